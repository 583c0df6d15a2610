//! One loss and its gradient by autodiff, to hold against the hand-written ones.

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{Gradients, Tensor},
};
use shallow_analytic::ReluWeights;
use shallow_data::Dataset;
use shallow_model::{Regressor, TwoLayerReluNet};

use crate::{FitError, tensors};

/// The mean squared error of `model` on `data` and its gradient, by Burn's autodiff in the model's float type.
///
/// # Errors
///
/// [`FitError::Device`] when the device fails.
pub fn gradient(model: &TwoLayerReluNet, data: &Dataset) -> Result<(f64, ReluWeights), FitError> {
    let model = model.clone().train();
    let placement = model.placement();
    let x = tensors::rows(data.x(), data.n_inputs(), &placement);
    let y = tensors::rows(data.y(), data.n_outputs(), &placement);
    let loss = tensors::mean_squared_error(model.forward(x), y);
    let gradient = model.map(&mut Gradient(loss.backward())).to_weights();
    Ok((tensors::host(loss)?[0], gradient))
}

/// Puts every parameter's gradient in its place; zero where the loss does not depend on it.
struct Gradient(Gradients);

impl ModuleMapper for Gradient {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        let grad = value.grad_remove(&mut self.0);
        Param::from_mapped_value(
            id,
            grad.unwrap_or_else(|| value.inner().zeros_like()),
            mapper,
        )
    }
}
