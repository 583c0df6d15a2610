//! What can be wrong with data, one variant a condition.

/// Why samples could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataError {
    /// A data set without a single sample.
    #[error("a data set needs at least 1 sample, got 0")]
    Empty,
    /// A value that is NaN or infinite.
    #[error("{column} of sample {sample} must be finite, got {value}")]
    NotFinite {
        /// `x` or `y`.
        column: &'static str,
        /// The sample's index, from 0.
        sample: usize,
        /// The value found there.
        value: f64,
    },
    /// A target name that is not in [`TARGETS`](crate::TARGETS).
    #[error("unknown target `{name}`; choose one of {known}")]
    UnknownTarget {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}
