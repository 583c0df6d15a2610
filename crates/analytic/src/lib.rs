//! Gradients worked out by hand, and the descent by them, in f64 on the host; this crate knows no Burn.
//!
//! [`backprop`] has the ReLU document's own classes and [`Perceptron`] the other's rule, the references that every other
//! engine is held against. [`ExactGradient`] is the same gradient for one input in time that does not depend on the samples,
//! from their [`Moments`]. [`differences`] are central differences, which know nothing of calculus and so check the
//! references themselves. [`stability_limit`] is how large a learning rate may be, [`least_squares`] the closed form,
//! [`LevenbergMarquardt`] descends by second order. [`Chebyshev`] is polynomials to compare with.
//!
//! [`descent`] is the loop: steps by one of these engines, or by one of another crate, with a checkpoint and a verdict.
//!
//! `n` is the number of samples, `d` of inputs, `h` of hidden units, `k` of outputs; arrays are row-major.

mod closed_forms;
pub mod descent;
mod exact;
mod parameters;
mod reference;
pub mod stop;

pub use closed_forms::{Chebyshev, LeastSquares, least_squares};
pub use exact::{
    BLOCK, Block, CellMoments, Double, ExactGradient, LevenbergMarquardt, Moments, MomentsBuilder,
};
pub use parameters::{
    Parameters, Perceptron, PiecewiseLinear, Reduction, ReluWeights, relative_difference,
};
pub use reference::{backprop, differences, relu_curvature, stability_limit};
pub use shallow_kernels::Activation;
