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
mod two_layer_relu;

use burn::{
    backend::DispatchDevice,
    tensor::{DType, Device},
};

pub use errors::errors;
pub(crate) use neuron::neuron;
pub(crate) use two_layer_relu::two_layer_relu;

/// Whether the operations that only the CPU's backends have are there in this float type on this device.
pub(crate) fn is_on_cpu(device: &Device, dtype: DType) -> bool {
    let is_real = matches!(dtype, DType::F32 | DType::F64);
    match device.clone().inner().as_dispatch() {
        #[cfg(feature = "ndarray")]
        DispatchDevice::NdArray(_) => is_real,
        #[cfg(feature = "flex")]
        DispatchDevice::Flex(_) => is_real,
        #[allow(unreachable_patterns)] // where these are all there are
        _ => false,
    }
}

/// Whether a network of so many inputs and outputs is one operation in this float type on this device.
pub(crate) fn is_supported(
    device: &Device,
    dtype: DType,
    n_inputs: usize,
    n_outputs: usize,
) -> bool {
    match device.clone().inner().as_dispatch() {
        #[cfg(feature = "cube")]
        DispatchDevice::Cube(_) => {
            matches!(dtype, DType::F32 | DType::F64) && n_inputs + 1 + n_outputs <= cube::MOST
        }
        _ => {
            let _ = (n_inputs, n_outputs);
            is_on_cpu(device, dtype)
        }
    }
}
