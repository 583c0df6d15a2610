//! `shallow` fits functions with shallow neural networks, on Burn.
//!
//! The facade: one crate to depend on, the only place that knows which backends there are, and the one error type of all of
//! them, with its exit codes. What it re-exports is grouped by crate; `burn` itself is among it, so that one version is used.
//!
//! ```
//! use shallow::{
//!     FloatDType,
//!     data::{Dataset, Draw, NumpyRng, Target},
//!     model::TwoLayerReluNetConfig,
//!     train::{FitConfig, fit},
//! };
//!
//! # fn main() -> Result<(), shallow::Error> {
//! let mut rng = NumpyRng::new(42);
//! let data = Dataset::random(Target::named("smooth")?, 200, &mut rng)?;
//! let net = TwoLayerReluNetConfig::new().with_n_hidden(16).init(
//!     || rng.normal(0.0, 1.0),
//!     &shallow::device("auto")?,
//!     FloatDType::F32,
//! )?;
//! let fit = fit(net, &data, &FitConfig { epochs: 50, ..Default::default() })?;
//! assert!(fit.losses[49] < fit.losses[0]);
//! # Ok(())
//! # }
//! ```

mod device;
mod error;

pub use burn;
pub use burn::tensor::{Device, FloatDType};
pub use device::{BACKENDS, DeviceError, choose, describe, device, devices};
pub use error::Error;
/// Gradients and fits on the host, without Burn.
pub use shallow_analytic as analytic;
/// Samples, targets and random numbers.
pub use shallow_data as data;
/// The fused loops that the engines and the Burn operations call.
pub use shallow_kernels as kernels;
/// The networks as Burn modules.
pub use shallow_model as model;
/// Pictures.
pub use shallow_plot as plot;
/// The best networks of a width.
pub use shallow_splines as splines;
/// The loop for Burn modules.
pub use shallow_trainer as train;
