//! Standard output, written whole, and standard error, which may be gone.

use std::io::{Write, stderr, stdout};

use anyhow::{Context, Result};

/// Prints all bytes.
pub fn print(bytes: &[u8]) -> Result<()> {
    let mut out = stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

/// A line on standard error. It ends nothing if that is closed or full: what is said there is never all there is.
pub fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}
