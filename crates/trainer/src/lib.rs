//! The loop: gradient descent through Burn's autodiff, for any model, on any device.
//!
//! This crate is the only caller of `backward()`. In every shape, `n` is the number of samples, `d` of inputs, `k` of
//! outputs.

mod config;
mod descent;
mod error;
mod evaluate;
mod fit;
mod gradient;
mod tensors;
mod verdict;

pub use config::FitConfig;
pub use error::FitError;
pub use evaluate::{mean_squared_error, predict};
pub use fit::{Epoch, Fit, fit};
pub use gradient::gradient;
pub use verdict::{Verdict, advice};
