//! Standard output and files, written whole, and standard error, which may be gone.

use std::{
    io::{Write, stderr, stdout},
    path::Path,
};

use anyhow::{Context, Result};
use shallow_data::write_whole;
use shallow_fitting::FittingError;

/// Prints all bytes.
pub fn print(bytes: &[u8]) -> Result<()> {
    let mut out = stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

/// Writes a whole file; a link stays one.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.into());
    write_whole(&target, bytes).map_err(|source| FittingError::Write {
        path: path.into(),
        source,
    })?;
    Ok(())
}

/// A line on standard error. It ends nothing if that is closed or full: what is said there is never all there is.
pub fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}
