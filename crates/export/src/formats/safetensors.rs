//! The network as a safetensors file that PyTorch loads; test vectors are in its metadata.

use std::path::Path;

use crate::{
    error::ExportError,
    fitted::Fitted,
    job::{Export, Verified, read},
};

pub(crate) fn write(export: &Export) -> Result<Vec<u8>, ExportError> {
    let vectors = &export.vectors;
    // What a framework loads is the network alone.
    let network = Fitted {
        variance: None,
        max_error: None,
        ..export.fitted.clone()
    };
    network.to_safetensors(&[
        ("test_x", serde_json::to_string(&vectors.x)?),
        ("test_y", serde_json::to_string(&vectors.y)?),
    ])
}

pub(crate) fn verify(export: &Export, path: &Path) -> Result<Verified, ExportError> {
    let bytes = read(path)?;
    let read_back = Fitted::from_safetensors(&bytes)?;
    Ok(Verified {
        deviation: export
            .vectors
            .deviation(read_back.function.predict(&export.vectors.x)),
        by: "read back".into(),
    })
}
