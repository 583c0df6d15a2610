//! What a fit computes over and over, as one differentiable operation each.
//!
//! Composed of Burn's operations, a network keeps arrays of `n x h`, and even a small step is dozens of calls; as an
//! operation of its own, with its backward pass written by hand, it keeps `O(n + h)` and is one. A backend that lacks one
//! composes it.

#![allow(deprecated)] // ndarray, which this project's user asked for

#[cfg(any(feature = "ndarray", feature = "flex"))]
mod cpu;
#[cfg(feature = "cube")]
mod cube;
mod errors;
mod neuron;
mod support;
mod two_layer_relu;

pub use errors::errors;
pub(crate) use neuron::neuron;
pub(crate) use support::{is_on_cpu, is_supported};
pub(crate) use two_layer_relu::two_layer_relu;
