//! The README's map and the tree agree, and every source file opens with its caption.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The map's lines, `path   caption`, between the heading and the end of the first code block after it.
fn map() -> Vec<(String, String)> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, after) = readme
        .split_once("## The map")
        .expect("the README has a map");
    let block = after.split("```").nth(1).expect("the map is a code block");
    let lines = block
        .lines()
        .skip(1)
        .filter_map(|line| line.trim().split_once("  "));
    lines
        .map(|(path, caption)| (path.into(), caption.trim().into()))
        .collect()
}

#[test]
fn every_path_on_the_map_exists_and_every_crate_example_and_test_is_on_it() {
    let map = map();
    for (path, _) in &map {
        assert!(
            root().join(path).exists(),
            "{path} is on the README's map but not in the tree"
        );
    }
    for folder in ["crates", "examples", "tests"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy());
            assert!(
                map.iter()
                    .any(|(on_map, _)| on_map.trim_end_matches('/') == path),
                "{path} is not on the README's map"
            );
        }
    }
}

#[test]
fn the_maps_captions_are_the_files_own() {
    for (path, caption) in map() {
        if path.ends_with(".rs") {
            let source = fs::read_to_string(root().join(&path)).unwrap();
            assert_eq!(
                source.lines().next(),
                Some(format!("//! {caption}").as_str()),
                "{path}"
            );
        }
    }
}

#[test]
fn every_source_file_opens_with_its_caption() {
    let mut files = Vec::new();
    for folder in ["crates", "examples", "tests"] {
        rust_files(&root().join(folder), &mut files);
    }
    assert!(files.len() > 20);
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        assert!(
            source.starts_with("//! "),
            "{} opens without a caption",
            path.display()
        );
    }
}
