//! The loop for Burn modules: descent by Burn's autodiff on any device, for any module; and for the documents' networks by every
//! engine.
//!
//! This crate is the only caller of `backward()`. The loop itself, its configuration and the engines on the host are in
//! [`shallow_analytic::descent`], and re-exported here. In every shape, `n` is the number of samples, `d` of inputs, `k` of
//! outputs.

mod autodiff;
mod batches;
mod blocks;
mod descent;
mod evaluate;
mod gradient;
mod loss;
mod probe;
mod tensors;
mod training;
mod update;

pub use evaluate::{mean_absolute_error, mean_squared_error, predict};
pub use gradient::gradient;
pub use shallow_analytic::descent::{
    Checkpoint, Diagnosis, Engine, Epoch, Fit, FitConfig, FitError, Optimizer, Verdict, advice,
    verdict,
};
pub use training::{Training, describe_engine, fit, fit_moments};
