//! The loop: full-batch descent by Burn's autodiff for any model on any device, or by an engine that knows no Burn.
//!
//! This crate is the only caller of `backward()`. In every shape, `n` is the number of samples, `d` of inputs, `k` of
//! outputs.

mod autodiff;
mod by_hand;
mod checkpoint;
mod config;
mod descent;
mod engine;
mod error;
mod evaluate;
mod fit;
mod gradient;
mod second_order;
mod steps;
mod tensors;
mod verdict;

pub use checkpoint::Checkpoint;
pub use config::FitConfig;
pub use engine::Engine;
pub use error::FitError;
pub use evaluate::{mean_squared_error, predict};
pub use fit::{Epoch, Fit, fit, fit_from, fit_moments};
pub use gradient::gradient;
pub use verdict::{Verdict, advice};
