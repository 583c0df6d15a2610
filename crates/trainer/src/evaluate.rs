//! A model's predictions and errors on samples, outside training.

use shallow_analytic::descent::FitError;
use shallow_data::Dataset;
use shallow_model::{Regressor, placement};

use crate::tensors;

/// Rows sent through the model at once, so that memory does not grow with `n h`.
const ROWS: usize = 16_384;

/// The predictions for `x [n, d]`, row-major `[n, k]`, on the host.
///
/// # Errors
///
/// [`FitError::Device`] when the device fails, [`FitError::Shape`] of a model without parameters.
///
/// # Panics
///
/// As the model's `forward`, when it takes another number of inputs.
pub fn predict<M: Regressor>(model: &M, x: &[f64], n_inputs: usize) -> Result<Vec<f64>, FitError> {
    let model = model.valid();
    let Some(placement) = placement(&model) else {
        return Err(FitError::Shape("the model has no parameters".into()));
    };
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
/// As [`predict`], and [`FitError::Shape`] where the model's outputs are not the data's.
pub fn mean_squared_error<M: Regressor>(model: &M, data: &Dataset) -> Result<f64, FitError> {
    mean(model, data, |error| error.powi(2))
}

/// The mean absolute error of the model's predictions on `data`, summed on the host in f64.
///
/// # Errors
///
/// As [`predict`].
pub fn mean_absolute_error<M: Regressor>(model: &M, data: &Dataset) -> Result<f64, FitError> {
    mean(model, data, f64::abs)
}

fn mean<M: Regressor>(model: &M, data: &Dataset, of: fn(f64) -> f64) -> Result<f64, FitError> {
    let predictions = predict(model, data.x(), data.n_inputs())?;
    if predictions.len() != data.y().len() {
        let outputs = predictions.len() / data.n_samples();
        return Err(FitError::outputs(outputs, data.n_outputs()));
    }
    let errors = predictions.iter().zip(data.y());
    let sum: f64 = errors.map(|(p, y)| of(p - y)).sum();
    Ok(sum / data.y().len() as f64)
}
