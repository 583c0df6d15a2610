//! The house stands: no two files import each other, no crate holds more than a quarter, and what needs no Burn has none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of one crate by the paths of their modules, such as `exact::moments`.
struct Modules {
    files: BTreeMap<Vec<String>, PathBuf>,
    sources: BTreeMap<Vec<String>, String>,
}

impl Modules {
    fn of(root_file: &Path) -> Self {
        let mut modules = Self {
            files: BTreeMap::new(),
            sources: BTreeMap::new(),
        };
        modules.add(Vec::new(), root_file);
        modules
    }

    fn add(&mut self, module: Vec<String>, file: &Path) {
        let source = without_tests(&fs::read_to_string(file).unwrap());
        let is_root = module.is_empty() || file.ends_with("mod.rs");
        let folder = match is_root {
            true => file.parent().unwrap().to_path_buf(),
            false => file.with_extension(""),
        };
        for line in source.lines() {
            let line = line
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub ");
            let Some(name) = line
                .strip_prefix("mod ")
                .and_then(|rest| rest.strip_suffix(';'))
            else {
                continue;
            };
            let mut child = module.clone();
            child.push(name.into());
            let places = [
                folder.join(format!("{name}.rs")),
                folder.join(name).join("mod.rs"),
            ];
            let place = places.iter().find(|place| place.exists());
            self.add(child, place.unwrap_or_else(|| panic!("no file of {name}")));
        }
        self.files.insert(module.clone(), file.into());
        self.sources.insert(module, source);
    }

    /// The module whose file defines what a path names, followed through re-exports.
    fn resolve(&self, path: &[String]) -> Vec<String> {
        let mut module = Vec::new();
        for (at, segment) in path.iter().enumerate() {
            let mut child = module.clone();
            child.push(segment.clone());
            if self.files.contains_key(&child) {
                module = child;
                continue;
            }
            // An item: of this file, unless the file takes it from another.
            for used in uses(&self.sources[&module]) {
                let full = absolute(&module, &used, self);
                if used.last() == Some(segment) && full != path[..=at] {
                    return self.resolve(&full);
                }
            }
            break;
        }
        module
    }

    /// Which file imports which.
    fn imports(&self) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
        let mut imports = BTreeMap::new();
        for (module, source) in &self.sources {
            let paths = uses(source).into_iter().chain(inline_paths(source));
            let targets = paths
                .filter(|path| self.is_inside(module, path))
                .map(|path| self.resolve(&absolute(module, &path, self)))
                .filter(|target| target != module);
            imports.insert(module.clone(), targets.collect());
        }
        imports
    }

    fn is_inside(&self, module: &[String], path: &[String]) -> bool {
        let first = path[0].as_str();
        let mut child = module.to_vec();
        child.push(first.into());
        matches!(first, "crate" | "super" | "self") || self.files.contains_key(&child)
    }
}

/// The source up to its tests.
fn without_tests(source: &str) -> String {
    let end = source
        .find("#[cfg(test)]\nmod tests {")
        .unwrap_or(source.len());
    let lines = source[..end].lines();
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    // In a module inside the file, the parent is the file itself.
    let has_modules = source
        .lines()
        .any(|line| line.starts_with("mod ") && line.ends_with('{'));
    let code: Vec<_> = code
        .map(|line| match has_modules && line.starts_with(' ') {
            true => line.replace("use super::", "use self::"),
            false => line.into(),
        })
        .collect();
    code.join("\n").replace("#[cfg(test)]\nmod tests;", "")
}

/// The paths of all `use` statements.
fn uses(source: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find("use ") {
        let is_start = rest[..at]
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace());
        rest = &rest[at + 4..];
        let Some(end) = rest.find(';').filter(|_| is_start) else {
            continue;
        };
        expand(&rest[..end], &[], &mut paths);
    }
    paths
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn expand(tree: &str, before: &[String], paths: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let mut path = before.to_vec();
    let (head, group) = match tree.split_once('{') {
        Some((head, group)) => (head, group.strip_suffix('}')),
        None => (tree, None),
    };
    let head = head.split(" as ").next().unwrap_or(head);
    path.extend(
        head.split("::")
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(String::from),
    );
    let Some(group) = group else {
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        if !path.is_empty() {
            paths.push(path);
        }
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !group[start..at].trim().is_empty() {
                    expand(&group[start..at], &path, paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// Paths from the crate's root or the parent that stand in the code itself.
fn inline_paths(source: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in source.match_indices(start) {
            let text: String = source[at..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || "_:".contains(*c))
                .collect();
            let path = text.split("::").filter(|s| !s.is_empty()).map(String::from);
            let path: Vec<String> = path.collect();
            // Before a group there is no item: the `use` statement has it.
            if path.len() > 1 {
                paths.push(path);
            }
        }
    }
    paths
}

/// A path as it is from the crate's root.
fn absolute(module: &[String], path: &[String], modules: &Modules) -> Vec<String> {
    let mut full = module.to_vec();
    let mut rest = path;
    match path[0].as_str() {
        "crate" => (full, rest) = (Vec::new(), &path[1..]),
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|segment| segment == "super") {
                full.pop();
                rest = &rest[1..];
            }
        }
        first => {
            let mut child = module.to_vec();
            child.push(first.into());
            if !modules.files.contains_key(&child) {
                return path.to_vec();
            }
        }
    }
    full.extend(rest.iter().cloned());
    full
}

/// A chain of files each of which imports the next, and the last the first.
fn circle(imports: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Option<Vec<String>> {
    fn visit(
        at: &Vec<String>,
        imports: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
        chain: &mut Vec<Vec<String>>,
        done: &mut BTreeSet<Vec<String>>,
    ) -> Option<Vec<String>> {
        if let Some(start) = chain.iter().position(|seen| seen == at) {
            return Some(
                chain[start..]
                    .iter()
                    .map(|module| module.join("::"))
                    .collect(),
            );
        }
        if done.contains(at) {
            return None;
        }
        chain.push(at.clone());
        let found = imports[at]
            .iter()
            .find_map(|next| visit(next, imports, chain, done));
        chain.pop();
        done.insert(at.clone());
        found
    }
    let mut done = BTreeSet::new();
    imports
        .keys()
        .find_map(|start| visit(start, imports, &mut Vec::new(), &mut done))
}

/// The root file of every crate.
fn crates() -> Vec<PathBuf> {
    let mut roots = vec![root().join("crates/shallow/lib.rs")];
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let source = entry.unwrap().path().join("src");
        let files = ["lib.rs", "main.rs"].map(|name| source.join(name));
        roots.extend(files.into_iter().filter(|file| file.exists()));
    }
    roots
}

#[test]
fn no_two_files_import_each_other() {
    for root_file in crates() {
        let modules = Modules::of(&root_file);
        if let Some(circle) = circle(&modules.imports()) {
            panic!(
                "{}: {} import each other",
                root_file.display(),
                circle.join(" -> ")
            );
        }
    }
}

#[test]
fn a_circle_is_found_also_through_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("lib.rs", "mod a;\nmod b;\npub use a::A;\npub use b::{B};\n");
    write("a.rs", "use crate::B;\npub struct A(B);\n");
    write("b.rs", "pub struct B;\n");
    let imports = || Modules::of(&folder.path().join("lib.rs")).imports();
    assert_eq!(circle(&imports()), None);
    write("b.rs", "pub struct B;\nfn f(_: crate::A) {}\n");
    assert_eq!(circle(&imports()).unwrap().len(), 2);
    write("b.rs", "use super::ROOT;\npub struct B;\n");
    write(
        "lib.rs",
        "mod a;\nmod b;\npub use a::A;\npub use b::{B};\npub const ROOT: u8 = 1;\n",
    );
    assert!(circle(&imports()).is_some());
}

#[test]
fn no_crate_holds_more_than_a_quarter_of_the_lines() {
    fn lines(folder: &Path) -> usize {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .map(|path| match path.extension() {
                _ if path.is_dir() => lines(&path),
                Some(ending) if ending == "rs" => {
                    fs::read_to_string(&path).unwrap().lines().count()
                }
                _ => 0,
            })
            .sum()
    }
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let sizes: BTreeMap<String, usize> = crates
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into(),
                lines(&path),
            )
        })
        .collect();
    let total: usize = sizes.values().sum();
    println!("{sizes:?}, {total} in all");
    for (name, size) in &sizes {
        assert!(4 * size <= total, "{name} holds {size} of {total} lines");
    }
}

#[test]
fn what_needs_no_burn_has_none() {
    for package in [
        "shallow-fitting",
        "shallow-export",
        "shallow-moments",
        "shallow-splines",
        "shallow-cli",
        "shallow-python",
        "shallow-studio",
        "shallow-summary",
    ] {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(root()).args([
            "tree",
            "--locked",
            "--offline",
            "--package",
            package,
            "--no-default-features",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ]);
        let output = command.output().unwrap();
        let tree = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(tree.contains("shallow-data "), "{tree}");
        for line in tree.lines() {
            assert!(
                !line.starts_with("burn") && !line.starts_with("cubecl"),
                "{package}: {line}"
            );
        }
    }
}
