//! What the trainer needs of a model: rows in, rows out, and what its shape says about training it.

use burn::{
    module::Module,
    tensor::{DType, Device, Tensor},
};
use shallow_analytic::Reduction;

use crate::HostModel;

/// A module that maps each row of its input to a row of predictions.
pub trait Regressor: Module {
    /// The predictions for `x`.
    ///
    /// # Shapes
    ///
    /// `[n, d]` to `[n, k]`.
    fn forward(&self, x: Tensor<2>) -> Tensor<2>;

    /// The same composed of Burn's operations, which works on every backend; what a fused operation is held against.
    fn forward_composed(&self, x: Tensor<2>) -> Tensor<2>;

    /// Whether the forward pass is one operation with a backward pass written by hand, or composed of Burn's operations.
    fn is_fused(&self) -> bool;

    /// Where the parameters are, and the float type they have: what `x` must have too.
    fn placement(&self) -> (Device, DType);

    /// The parameters on the host: exact, since f64 holds every smaller float type.
    fn to_host(&self) -> HostModel;

    /// This model with other parameters, rounded to its float type, on its device.
    ///
    /// # Panics
    ///
    /// When they are another kind of model's.
    fn with_host(&self, parameters: &HostModel) -> Self;

    /// The largest learning rate with which gradient descent can settle, by hand-written derivatives on the host: at the
    /// minimum of the loss where the model finds it without gradient descent, else at these weights.
    ///
    /// # Shapes
    ///
    /// x `[n, d]`, y `[n, k]`, row-major.
    fn stability_limit(&self, x: &[f64], y: &[f64], reduction: Reduction) -> f64;

    /// Whether gradients vanish on `x [n, d]` because every unit is where its activation is flat.
    fn is_saturated(&self, x: &[f64]) -> bool;
}
