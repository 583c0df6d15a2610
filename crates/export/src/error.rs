//! What can go wrong with a fitted network's files, one variant a condition.

use std::{io, path::PathBuf};

use shallow_data::short;

use crate::options::Dtype;

/// Why a fitted network could not be read, written or verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Options that do not go together.
    #[error("{0}")]
    Options(String),
    /// A file that cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("cannot write {}, choose a folder with room that you may write to: {source}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A folder that is not there.
    #[error("there is no run folder {}", .path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A run's folder without a model.
    #[error("{} has no model.safetensors; its run is not done, or diverged", .path.display())]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// A model file that this program did not write, or not whole.
    #[error("{} is not a model of this program: {reason}; fit it again", .path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An export whose values are not the model's.
    #[error(
        "the export deviates from the model by {}, more than the {} that rounding explains, and is not written; {}",
        short(*.deviation), short(*.tolerance), remedy(*.dtype)
    )]
    Deviates {
        /// The largest |difference| found.
        deviation: f64,
        /// The deviation that rounding explains.
        tolerance: f64,
        /// The export's float type.
        dtype: Dtype,
    },
    /// A group that is not there, or none where there are some.
    #[error("{0}")]
    Group(String),
    /// A file whose content is wrong.
    #[error("{0}")]
    Content(String),
}

fn remedy(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::F32 => "use f64: f32 has too few digits for these numbers",
        _ => "use safetensors or ONNX, which hold the network itself, and report this as a bug",
    }
}

impl ExportError {
    pub(crate) fn content(what: impl Into<String>) -> Self {
        Self::Content(what.into())
    }
}

impl From<serde_json::Error> for ExportError {
    fn from(error: serde_json::Error) -> Self {
        Self::Content(error.to_string())
    }
}

impl From<safetensors::SafeTensorError> for ExportError {
    fn from(error: safetensors::SafeTensorError) -> Self {
        Self::Content(error.to_string())
    }
}

impl From<prost::DecodeError> for ExportError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Content(error.to_string())
    }
}
