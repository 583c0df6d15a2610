//! Losses of predictions and targets.

use burn::tensor::Tensor;

/// A loss of predictions and targets, `[n, k]` both: `[1]`.
pub(crate) type Loss<'a> = dyn Fn(Tensor<2>, Tensor<2>) -> Tensor<1> + Send + Sync + 'a;

/// The mean squared error.
pub(crate) fn squared_error(predictions: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    shallow_model::errors(predictions, targets).0
}
