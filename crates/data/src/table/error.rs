//! Why a table cannot be read.

use std::io;

/// What is wrong with a table, in a sentence.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A file that cannot be read.
    #[error("cannot read {name}: {source}")]
    Read {
        /// The file.
        name: String,
        /// The system's reason.
        source: io::Error,
    },
    /// What is in it.
    #[error("{0}")]
    Content(String),
    /// A cell without a number, as for want of a measurement.
    #[error("{cell} is missing; fill it or delete the row")]
    Missing {
        /// The file, the line, the column and the text.
        cell: String,
    },
}
