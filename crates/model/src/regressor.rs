//! What the trainer needs of a model: rows in, rows out.

use burn::{
    module::Module,
    tensor::{DType, Device, Tensor},
};

/// A module that maps each row of its input to a row of predictions.
pub trait Regressor: Module {
    /// The predictions for `x`.
    ///
    /// # Shapes
    ///
    /// `[n, d]` to `[n, k]`.
    fn forward(&self, x: Tensor<2>) -> Tensor<2>;

    /// Where the parameters are, and the float type they have: what `x` must have too.
    fn placement(&self) -> (Device, DType);
}
