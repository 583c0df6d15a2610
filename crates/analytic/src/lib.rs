//! Gradients worked out by hand, and what is best without them, in f64 on the host; this crate knows no Burn.
//!
//! [`backprop`] is document 1's own classes and [`Perceptron`] document 2's rule, the references that every other engine
//! is held against. [`ExactGradient`] is the same gradient for one input in time that does not depend on the samples, from
//! their [`Moments`]. [`numeric`] is central differences, which know nothing of calculus and so check the references
//! themselves. [`stability_limit`] is how large a learning rate may be, [`least_squares`] the closed form.
//!
//! [`Spline`] is the best network of a width, from moments too, and [`Curvature`] what theory says of its error;
//! [`LevenbergMarquardt`] descends by second order. [`Chebyshev`] is polynomials to compare with.
//!
//! `n` is the number of samples, `d` of inputs, `h` of hidden units, `k` of outputs; arrays are row-major.

pub mod backprop;
mod chebyshev;
mod double;
mod exact;
pub mod fused;
mod kinks;
mod least_squares;
mod levenberg_marquardt;
mod moments;
pub mod numeric;
mod optimizer;
mod perceptron;
mod piecewise_linear;
mod relu_weights;
mod spline;
mod stability;
mod stream;

pub use chebyshev::Chebyshev;
pub use exact::ExactGradient;
pub use least_squares::{LeastSquares, least_squares};
pub use levenberg_marquardt::LevenbergMarquardt;
pub use moments::Moments;
pub use optimizer::{Descent, Optimizer};
pub use perceptron::{Activation, Perceptron, Reduction};
pub use piecewise_linear::PiecewiseLinear;
pub use relu_weights::{ReluWeights, relative_difference};
pub use spline::{Curvature, Spline};
pub use stability::{relu_curvature, stability_limit};
pub use stream::MomentsBuilder;
