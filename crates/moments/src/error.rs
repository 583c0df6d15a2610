//! What can go wrong with moments, one variant a condition.

use shallow_data::TableError;

/// Why a query cannot be written, or a table of moments not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MomentsError {
    /// What is asked for cannot be.
    #[error("{0}")]
    Query(String),
    /// A table that cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A table of something else, or moments that no samples have.
    #[error("{0}")]
    Content(String),
}

impl MomentsError {
    pub(crate) fn content(what: impl Into<String>) -> Self {
        Self::Content(what.into())
    }
}
