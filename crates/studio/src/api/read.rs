//! The body of a request, whole, in time, and as JSON.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{StatusCode, header},
};
use serde::de::DeserializeOwned;
use shallow_fitting::plain_message;
use tokio::time::timeout;

use crate::{
    error::StudioError,
    state::{Reading, Shared},
    tables::LARGEST_UPLOAD,
};

/// How long a body may take.
const BODY: Duration = Duration::from_secs(60);

/// A body, counted while it is here.
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    _reading: Reading,
}

impl FromRequest<Shared> for Body {
    type Rejection = StudioError;

    async fn from_request(request: Request, studio: &Shared) -> Result<Self, StudioError> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let length: usize = length
            .ok_or_else(|| StudioError::request("the request does not say how long it is"))?;
        if length > LARGEST_UPLOAD {
            return Err(too_large());
        }
        let reading = Reading::of(studio, length)?;
        let read = timeout(BODY, Bytes::from_request(request, studio)).await;
        let late = |_| StudioError::request("the request took longer than a minute");
        let bytes = read
            .map_err(late)?
            .map_err(|error: BytesRejection| match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => StudioError::request("the request was cut off"),
            })?;
        Ok(Self {
            bytes,
            _reading: reading,
        })
    }
}

fn too_large() -> StudioError {
    StudioError::request(format!(
        "the page takes files of at most {} MB, and requests of 8; fit larger ones with the program",
        LARGEST_UPLOAD >> 20
    ))
}

/// A body of JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Json<T> {
    type Rejection = StudioError;

    async fn from_request(request: Request, studio: &Shared) -> Result<Self, StudioError> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_none_or(|kind| kind != "application/json") {
            return Err(StudioError::request("the request must be application/json"));
        }
        let body = Body::from_request(request, studio).await?;
        let read = serde_json::from_slice(&body.bytes);
        read.map(Self)
            .map_err(|error| StudioError::request(plain(&error.to_string())))
    }
}

/// The longest of what a parser says that is passed on, in characters.
const LONGEST: usize = 160;

/// What the parser says, where a user can have caused it.
fn plain(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or_default();
    let is_form = [
        "struct",
        "tuple",
        "EOF",
        "expected value",
        "sequence",
        "map",
        "trailing",
    ];
    if is_form.iter().any(|word| message.contains(word)) {
        return "this is no request of the page".into();
    }
    let said: String = plain_message(message).chars().take(LONGEST).collect();
    format!("an option cannot be read: {said}")
}
