//! The README's and the course's commands run as they are printed, each page in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The lines of a page's `sh` blocks; `cargo` itself is left to other tests.
fn commands(page: &str) -> Vec<String> {
    let blocks = page.split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    let text = blocks.collect::<String>().replace("\\\n", " ");
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("cargo "))
        .map(String::from)
        .collect()
}

/// Runs a page's commands in order, as a reader would type them.
fn run(path: &Path) {
    let page = fs::read_to_string(path).unwrap();
    let commands = commands(&page);
    assert!(!commands.is_empty(), "{} has no command", path.display());
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_shallow")).parent().unwrap();
    let search = std::env::var("PATH").unwrap_or_default();
    for command in commands {
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{search}", program.display()))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}: `{command}`: {}",
            path.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[cfg(unix)]
#[test]
fn the_readmes_commands_run() {
    run(&root().join("README.md"));
}

#[cfg(unix)]
#[test]
fn the_courses_commands_run_and_every_page_has_its_picture() {
    let mut pages: Vec<_> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    let number = |page: &PathBuf| {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let (number, _) = name.split_once('-').unwrap();
        number.parse::<usize>().unwrap()
    };
    pages.sort_by_key(number);
    assert_eq!(pages.len(), 15);
    for (page, number) in pages.iter().zip(1..) {
        let text = fs::read_to_string(page).unwrap();
        assert!(
            text.starts_with(&format!("# {number}. ")),
            "{}",
            page.display()
        );
        for part in text.split("](").skip(1) {
            let target = part.split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.contains("://") {
                let there = page.with_file_name(target);
                assert!(there.exists(), "{}: {target}", page.display());
            }
        }
        assert!(text.contains("!["), "{} has no picture", page.display());
        run(page);
    }
}

#[test]
fn the_readme_is_short() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(text.lines().count() <= 190, "{}", text.lines().count());
}
