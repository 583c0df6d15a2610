//! A model's parameters on the host, in f64: what engines, devices and files exchange.

pub(crate) mod blocks;
pub(crate) mod perceptron;
pub(crate) mod piecewise_linear;
pub(crate) mod reduction;
pub(crate) mod relu_weights;

pub use blocks::Parameters;
pub use perceptron::Perceptron;
pub use piecewise_linear::PiecewiseLinear;
pub use reduction::Reduction;
pub use relu_weights::{ReluWeights, relative_difference};
