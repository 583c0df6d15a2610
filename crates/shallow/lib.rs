//! `shallow` fits functions with shallow neural networks, on Burn.
//!
//! The facade: one crate to depend on, the only place that knows which backends there are, and the one error type of
//! all of them, with its exit codes. What it re-exports lives in the crates named in the README's map.
//!
//! ```
//! use shallow::{Dataset, Draw, FitConfig, FloatDType, NumpyRng, Target, TwoLayerReluNetConfig};
//! use std::ops::ControlFlow;
//!
//! # fn main() -> Result<(), shallow::Error> {
//! let mut rng = NumpyRng::new(42);
//! let data = Dataset::random(Target::named("smooth")?, 200, &mut rng)?;
//! let net = TwoLayerReluNetConfig::new().with_n_hidden(16).init(
//!     || rng.normal(0.0, 1.0),
//!     &shallow::device("auto")?,
//!     FloatDType::F32,
//! )?;
//! let config = FitConfig { epochs: 50, ..Default::default() };
//! let fit = shallow::fit(net, &data, &config, |_| ControlFlow::Continue(()))?;
//! assert!(fit.losses[49] < fit.losses[0]);
//! # Ok(())
//! # }
//! ```

mod device;
mod error;

pub use burn::tensor::{Device, FloatDType};
pub use device::{BACKENDS, DeviceError, choose, describe, device, devices};
pub use error::Error;
pub use shallow_analytic::{
    self as analytic, Activation, Chebyshev, Curvature, ExactGradient, LeastSquares,
    LevenbergMarquardt, Moments, MomentsBuilder, Optimizer, Perceptron, PiecewiseLinear, Reduction,
    ReluWeights, Spline, least_squares,
};
pub use shallow_data::{
    DataError, Dataset, Draw, NumpyRng, PolynomialFeatures, Scaling, SeededRng, TARGETS, Target,
    extremes, linspace,
};
pub use shallow_model::{
    HostModel, ModelError, Regressor, SigmoidPerceptron, SigmoidPerceptronConfig, TwoLayerReluNet,
    TwoLayerReluNetConfig,
};
pub use shallow_plot::{Figure, Layout, Line, Mark, Panel, PlotError};
pub use shallow_trainer::{
    Checkpoint, Engine, Epoch, Fit, FitConfig, FitError, Verdict, advice, fit, fit_from,
    fit_moments, gradient, mean_squared_error, predict,
};
