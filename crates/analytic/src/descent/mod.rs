//! The descent: one loop with one observer, over engines on the host or engines of another crate.

mod advice;
mod by_hand;
mod checkpoint;
mod config;
mod course;
mod engine;
mod error;
mod fit;
mod optimizer;
mod second_order;
mod steps;
mod verdict;

pub use advice::Diagnosis;
pub use checkpoint::Checkpoint;
pub use config::FitConfig;
pub use course::{Course, Epoch, Fit};
pub use engine::Engine;
pub use error::FitError;
pub use fit::{fit, fit_as, fit_moments, fit_moments_as, fit_moments_on};
pub use optimizer::{Descent, Optimizer};
pub use steps::Steps;
pub use verdict::{Verdict, advice, verdict};
