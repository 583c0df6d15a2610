//! A model's predictions and errors on samples, outside training.

use shallow_data::Dataset;
use shallow_model::Regressor;

use crate::{FitError, tensors};

/// Rows sent through the model at once, so that memory does not grow with `n h`.
const ROWS: usize = 16_384;

/// The predictions for `x [n, d]`, row-major `[n, k]`, on the host.
///
/// # Errors
///
/// [`FitError::Device`] when the device fails.
pub fn predict<M: Regressor>(model: &M, x: &[f64], n_inputs: usize) -> Result<Vec<f64>, FitError> {
    let model = model.valid();
    let placement = model.placement();
    let mut predictions = Vec::with_capacity(x.len() / n_inputs);
    for x in x.chunks(ROWS * n_inputs) {
        predictions.extend(tensors::host(
            model.forward(tensors::rows(x, n_inputs, &placement)),
        )?);
    }
    Ok(predictions)
}

/// The mean squared error of the model's predictions on `data`, summed on the host in f64: the document's `test`.
///
/// # Errors
///
/// [`FitError::Device`] when the device fails.
pub fn mean_squared_error<M: Regressor>(model: &M, data: &Dataset) -> Result<f64, FitError> {
    let predictions = predict(model, data.x(), data.n_inputs())?;
    let squares = predictions
        .iter()
        .zip(data.y())
        .map(|(h2, y)| (h2 - y).powi(2));
    Ok(squares.sum::<f64>() / data.y().len() as f64)
}
