//! Standard output, written whole.

use std::io::{Write, stdout};

use anyhow::{Context, Result};

/// Prints all bytes.
pub fn print(bytes: &[u8]) -> Result<()> {
    let mut out = stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}
