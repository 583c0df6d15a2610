//! The files that a pattern matches.

use std::path::{Path, PathBuf};

use glob::{MatchOptions, glob_with};

use super::error::TableError;

/// Whether a path is no file but has what patterns are made of.
pub(super) fn is_pattern(path: &Path) -> bool {
    let has_wildcard = path.to_string_lossy().contains(['*', '?', '[']);
    has_wildcard && !path.exists()
}

/// The files that it matches, in the order of their names.
///
/// # Errors
///
/// [`TableError::Content`] where there is none, or the pattern is none.
pub(super) fn files(pattern: &Path) -> Result<Vec<PathBuf>, TableError> {
    let shown = pattern.display();
    let options = MatchOptions {
        require_literal_leading_dot: true, // as a shell
        ..MatchOptions::new()
    };
    let found = glob_with(&pattern.to_string_lossy(), options);
    let found = found.map_err(|error| {
        TableError::Content(format!("{shown} is no file, and no pattern: {}", error.msg))
    })?;
    let mut files = Vec::new();
    for path in found {
        let path = path.map_err(|error| TableError::Read {
            name: error.path().display().to_string(),
            source: error.into(),
        })?;
        if !path.is_dir() {
            files.push(path);
        }
    }
    match files.is_empty() {
        true => Err(TableError::Content(format!(
            "no file matches {shown}; correct the path or the pattern"
        ))),
        false => Ok(files),
    }
}
