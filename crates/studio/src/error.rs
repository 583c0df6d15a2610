//! What can go wrong, and which answer says so.

use std::io;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shallow_data::{TableError, visible};
use shallow_export::ExportError;
use shallow_fitting::FittingError;

/// Why the page cannot be served, or one of its requests not be answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudioError {
    /// No port to listen on.
    #[error("cannot listen on port {port} of this machine, choose another: {source}")]
    Port {
        /// The port.
        port: u16,
        /// The system's reason.
        source: io::Error,
    },
    /// The system refuses something else that a server needs.
    #[error("cannot serve the page: {0}")]
    System(#[from] io::Error),
    /// What a fit has wrong with it.
    #[error(transparent)]
    Fitting(#[from] FittingError),
    /// What an export has wrong with it.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// What a table has wrong with it.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A request that no page of ours sends, or that says what cannot be.
    #[error("{0}")]
    Request(String),
    /// What was asked for is not here.
    #[error("{0}")]
    NotHere(String),
    /// Too much at once.
    #[error("{0}")]
    Busy(String),
    /// Work that panicked.
    #[error("this is a bug in shallow: {0}; please report it with what the page shows")]
    Bug(String),
}

impl StudioError {
    pub(crate) fn request(what: impl Into<String>) -> Self {
        Self::Request(what.into())
    }

    /// Whether the user can do nothing about it on the page.
    pub(crate) fn is_ours(&self) -> bool {
        self.status() == StatusCode::INTERNAL_SERVER_ERROR
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotHere(_) => StatusCode::NOT_FOUND,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Bug(_) | Self::Port { .. } | Self::System(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The sentence, in one line.
    pub(crate) fn sentence(&self) -> String {
        visible(&match self {
            Self::Fitting(FittingError::GoesWith { option, with }) => {
                format!("{option} goes with {with} alone; leave it out")
            }
            Self::Fitting(FittingError::NothingToFit) => {
                "there is nothing to fit; type a formula, drop a file or click points".into()
            }
            Self::Fitting(FittingError::Missing { .. }) => {
                format!("{self}, or pass over rows that lack a number")
            }
            Self::Fitting(FittingError::Columns { names, .. }) => {
                format!("choose the columns of x and y, by {names}")
            }
            Self::Fitting(FittingError::FolderTaken { path, .. }) => {
                format!(
                    "{} holds a run already; choose another name",
                    path.display()
                )
            }
            other => other.to_string(),
        })
    }
}

impl IntoResponse for StudioError {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "error": self.sentence() });
        (self.status(), Json(body)).into_response()
    }
}
