//! Named tensors of f64 in a safetensors file, beside text.

use std::collections::HashMap;

use anyhow::{Result, bail};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

/// The file's text, by key.
pub type Metadata = HashMap<String, String>;

/// A tensor: its name, shape and values, row-major.
pub struct Tensor<'a>(pub String, pub Vec<usize>, pub &'a [f64]);

/// The file's bytes.
pub fn write(tensors: &[Tensor], metadata: Metadata) -> Result<Vec<u8>> {
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
    Ok(safetensors::serialize(views?, Some(metadata))?)
}

/// The text and the tensors' values.
pub fn read(bytes: &[u8]) -> Result<(Metadata, HashMap<String, Vec<f64>>)> {
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let tensors = SafeTensors::deserialize(bytes)?;
    let mut values = HashMap::new();
    for (name, view) in tensors.tensors() {
        if view.dtype() != Dtype::F64 {
            bail!("its tensor `{name}` is of {:?}, not F64", view.dtype());
        }
        let numbers = view
            .data()
            .chunks_exact(8)
            .map(|bytes| f64::from_le_bytes(std::array::from_fn(|i| bytes[i])));
        values.insert(name, numbers.collect());
    }
    Ok((header.metadata().clone().unwrap_or_default(), values))
}
