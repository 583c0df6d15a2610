//! What can be wrong with a model's description, one variant a condition.

use burn::tensor::{Device, FloatDType};

/// Why a model could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// A size of 0.
    #[error("{what} must be at least 1, got 0")]
    ZeroSize {
        /// The size, as a user would call it.
        what: &'static str,
    },
    /// A float type that the device cannot compute with.
    #[error("device {device} cannot compute in {dtype:?}; use F32, or a CPU device for F64")]
    UnsupportedDType {
        /// The device's backend.
        device: String,
        /// The type asked for.
        dtype: FloatDType,
    },
}

impl ModelError {
    pub(crate) fn check_dtype(device: &Device, dtype: FloatDType) -> Result<(), Self> {
        if device.supports_dtype(dtype) {
            Ok(())
        } else {
            Err(Self::UnsupportedDType {
                device: name(device),
                dtype,
            })
        }
    }
}

/// The backend's name: all that Burn offers to tell a device by is how it prints itself.
pub(crate) fn name(device: &Device) -> String {
    let debug = format!("{device:?}").to_lowercase();
    let known = ["ndarray", "flex", "wgpu", "cuda"].into_iter();
    let mut known = known.filter(|name| debug.contains(name));
    known.next().map_or(debug.clone(), String::from)
}
