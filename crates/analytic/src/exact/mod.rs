//! The exact engine: full-batch gradients of a one-input ReLU network from moments of the sorted samples.

mod bound;
mod builder;
mod cell;
pub(crate) mod double;
pub(crate) mod gradient;
mod kinks;
pub(crate) mod levenberg_marquardt;
pub(crate) mod moments;

pub use builder::MomentsBuilder;
pub use cell::CellMoments;
pub use double::Double;
pub use gradient::ExactGradient;
pub use levenberg_marquardt::LevenbergMarquardt;
pub use moments::{BLOCK, Block, Moments};
