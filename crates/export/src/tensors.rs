//! Named tensors of f64 in a safetensors file, beside text.

use std::collections::{BTreeMap, HashMap};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use xxhash_rust::xxh3::Xxh3;

use crate::error::ExportError;

/// The file's text, by key.
pub type Metadata = BTreeMap<String, String>;

/// The key of the checksum in the text.
const CHECKSUM: &str = "xxh3";

/// The key of all text, as one JSON object: the format does not keep several keys in order.
const KEY: &str = "shallow";

/// A tensor: its name, shape and values, row-major.
pub struct Tensor<'a>(pub String, pub Vec<usize>, pub &'a [f64]);

/// The file's bytes.
pub fn write(tensors: &[Tensor], metadata: &Metadata) -> Result<Vec<u8>, ExportError> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|Tensor(_, _, values)| {
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        })
        .collect();
    let views: Result<Vec<_>, safetensors::SafeTensorError> = tensors
        .iter()
        .zip(&bytes)
        .map(|(Tensor(name, shape, _), bytes)| {
            Ok((
                name.as_str(),
                TensorView::new(Dtype::F64, shape.clone(), bytes)?,
            ))
        })
        .collect();
    let mut metadata = metadata.clone();
    let parts = tensors.iter().zip(&bytes);
    let sum = checksum(
        &metadata,
        parts.map(|(Tensor(name, ..), bytes)| (name.as_str(), bytes.as_slice())),
    );
    metadata.insert(CHECKSUM.into(), sum);
    let text = HashMap::from([(KEY.to_string(), serde_json::to_string(&metadata)?)]);
    Ok(safetensors::serialize(views?, Some(text))?)
}

/// The text and the tensors' values. A checksum that is there must be theirs.
pub fn read(bytes: &[u8]) -> Result<(Metadata, HashMap<String, Vec<f64>>), ExportError> {
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let tensors = SafeTensors::deserialize(bytes)?;
    let mut values = HashMap::new();
    for (name, view) in tensors.tensors() {
        if view.dtype() != Dtype::F64 {
            return Err(ExportError::content(format!(
                "its tensor `{name}` is of {:?}, not F64",
                view.dtype()
            )));
        }
        let numbers = view
            .data()
            .chunks_exact(8)
            .map(|bytes| f64::from_le_bytes(std::array::from_fn(|i| bytes[i])));
        values.insert(name, numbers.collect());
    }
    let text = header.metadata().as_ref().and_then(|all| all.get(KEY));
    let text = text.ok_or_else(|| ExportError::content(format!("it has no metadata `{KEY}`")))?;
    let mut metadata: Metadata = serde_json::from_str(text)?;
    if let Some(wanted) = metadata.remove(CHECKSUM) {
        let all = tensors.tensors();
        let parts = all.iter().map(|(name, view)| (name.as_str(), view.data()));
        if checksum(&metadata, parts) != wanted {
            return Err(ExportError::content(
                "its content is not what was written, by its checksum",
            ));
        }
    }
    Ok((metadata, values))
}

/// XXH3 of the text and of the tensors in the order of their names.
fn checksum<'a>(metadata: &Metadata, tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut tensors: Vec<_> = tensors.collect();
    tensors.sort();
    let mut hash = Xxh3::new();
    let text = metadata
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_bytes()));
    for (name, bytes) in text.chain(tensors) {
        hash.update(name.as_bytes());
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    format!("{:016x}", hash.digest())
}
