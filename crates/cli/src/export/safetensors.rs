//! The network as a safetensors file that PyTorch loads; test vectors are in its metadata.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Export, Verified};
use crate::fitted::Fitted;

pub fn write(export: &Export) -> Result<Vec<u8>> {
    let vectors = &export.vectors;
    export.fitted.to_safetensors(&[
        ("test_x", serde_json::to_string(&vectors.x)?),
        ("test_y", serde_json::to_string(&vectors.y)?),
    ])
}

pub fn verify(export: &Export, path: &Path) -> Result<Verified> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let read_back = Fitted::from_safetensors(&bytes)?;
    Ok(Verified {
        deviation: export
            .vectors
            .deviation(read_back.function.predict(&export.vectors.x)),
        by: "read back".into(),
    })
}
