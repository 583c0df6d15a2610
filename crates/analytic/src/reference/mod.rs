//! The references that every other engine is held against: hand-written backprop, central differences, curvature.

pub mod backprop;
pub mod differences;
mod stability;

pub use stability::{relu_curvature, stability_limit};
