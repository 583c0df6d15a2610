//! The program `shallow`, in the package.

use pyo3::{Python, prelude::pyfunction};

/// Runs it with its arguments, the program's name first, and returns its exit code.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> u8 {
    py.detach(|| shallow_cli::main(arguments))
}
