//! Samples between the host and a device.

use burn::tensor::{DType, Device, Tensor, TensorData};

use shallow_analytic::descent::FitError;

/// Row-major host values as rows of `n_columns` on a device: `[n, n_columns]`.
pub(crate) fn rows(values: &[f64], n_columns: usize, placement: &(Device, DType)) -> Tensor<2> {
    let data = TensorData::new(values.to_vec(), [values.len() / n_columns, n_columns]);
    Tensor::from_data(data, (&placement.0, placement.1))
}

/// The values of a tensor on the host, row-major.
pub(crate) fn host<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f64>, FitError> {
    let data = tensor.try_into_data();
    Ok(data
        .map_err(|error| FitError::Device {
            message: error.to_string(),
        })?
        .iter()
        .collect())
}
