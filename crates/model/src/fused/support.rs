//! Which devices have the fused operations.

use burn::{
    backend::DispatchDevice,
    tensor::{DType, Device},
};

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

/// Whether a network with this number of inputs and outputs is one operation in this float type on this device.
pub(crate) fn is_supported(
    device: &Device,
    dtype: DType,
    n_inputs: usize,
    n_outputs: usize,
) -> bool {
    match device.clone().inner().as_dispatch() {
        #[cfg(feature = "cube")]
        DispatchDevice::Cube(_) => {
            matches!(dtype, DType::F32 | DType::F64)
                && n_inputs + 1 + n_outputs <= super::cube::MOST
        }
        _ => {
            let _ = (n_inputs, n_outputs);
            is_on_cpu(device, dtype)
        }
    }
}
