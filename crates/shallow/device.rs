//! Names to devices: the only place that knows which backends there are.

use burn::tensor::Device;

/// Every backend's name, which is also its Cargo feature, the one that `auto` prefers first.
pub const BACKENDS: [&str; 4] = ["cuda", "wgpu", "flex", "ndarray"];

/// Why there is no such device, one variant a condition.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeviceError {
    /// A name that no backend has.
    #[error("unknown device `{name}`; choose auto, ndarray, flex, wgpu[:I] or cuda[:I]")]
    Unknown {
        /// The name given.
        name: String,
    },
    /// A backend whose Cargo feature is off in this build.
    #[error("this build has no {backend} backend; compile it with the feature {backend}")]
    NotCompiledIn {
        /// The backend asked for.
        backend: &'static str,
    },
    /// A GPU backend that finds nothing to run on.
    #[error("found no {backend} device on this machine; install {}, or choose ndarray", driver(.backend))]
    NoAdapter {
        /// The backend asked for.
        backend: &'static str,
    },
    /// An index beyond the devices there are.
    #[error("found no device `{backend}:{index}`; the largest index on this machine is {}", .n_devices - 1)]
    NoSuchIndex {
        /// The backend asked for.
        backend: &'static str,
        /// The index asked for.
        index: usize,
        /// Number of devices the backend has here, at least 1.
        n_devices: usize,
    },
    /// A device that is there but does not start.
    #[error("cannot start the {backend} device: {message}")]
    Failed {
        /// The backend asked for.
        backend: &'static str,
        /// What the driver said.
        message: String,
    },
}

fn driver(backend: &str) -> &'static str {
    match backend {
        "cuda" => "the NVIDIA driver",
        _ => {
            "a Vulkan, Metal or DirectX 12 driver (on Debian, mesa-vulkan-drivers gives a software device)"
        }
    }
}

/// The device of this name: `auto`, `ndarray`, `flex`, `wgpu`, `cuda`, or `wgpu:I` and `cuda:I` for the I-th of several.
///
/// `auto` is the first device there is, in the order of [`BACKENDS`], that is no software on the CPU.
///
/// # Errors
///
/// Every variant of [`DeviceError`]; a GPU is looked for before it is used, so nothing panics later.
///
/// ```
/// let error = shallow::device("tpu").unwrap_err();
/// assert_eq!(error.to_string(), "unknown device `tpu`; choose auto, ndarray, flex, wgpu[:I] or cuda[:I]");
/// ```
pub fn device(name: &str) -> Result<Device, DeviceError> {
    choose(name).map(|(device, _)| device)
}

/// As [`device`], and why `auto` passed over each backend before the one it chose: a GPU backend that is compiled in and
/// finds nothing to run on.
///
/// # Errors
///
/// As [`device`].
pub fn choose(name: &str) -> Result<(Device, Vec<DeviceError>), DeviceError> {
    if name == "auto" {
        auto()
    } else {
        named(name).map(|device| (device, Vec::new()))
    }
}

fn named(name: &str) -> Result<Device, DeviceError> {
    let unknown = || DeviceError::Unknown { name: name.into() };
    let (backend, index) = match name.split_once(':') {
        Some((backend, index)) => (backend, Some(index.parse().map_err(|_| unknown())?)),
        None => (name, None),
    };
    let backend = BACKENDS
        .into_iter()
        .find(|known| *known == backend)
        .ok_or_else(unknown)?;
    match index {
        None => first(backend),
        Some(_) if matches!(backend, "ndarray" | "flex") => Err(unknown()),
        Some(index) => {
            let mut devices = present(backend)?;
            let n_devices = devices.len();
            let known = index < n_devices;
            known
                .then(|| devices.swap_remove(index))
                .ok_or(DeviceError::NoSuchIndex {
                    backend,
                    index,
                    n_devices,
                })
        }
    }
}

/// The first device there is, in the order of [`BACKENDS`]; one that a program on the CPU plays, only where there is no other.
fn auto() -> Result<(Device, Vec<DeviceError>), DeviceError> {
    let mut passed_over = Vec::new();
    let mut played = None;
    for backend in BACKENDS {
        match first(backend) {
            Ok(device) if is_software(&device) => played = Some(device),
            Ok(device) => return Ok((device, passed_over)),
            Err(DeviceError::NotCompiledIn { .. }) => {}
            Err(error) => passed_over.push(error),
        }
    }
    if let Some(device) = played {
        return Ok((device, Vec::new()));
    }
    Err(passed_over
        .pop()
        .unwrap_or(DeviceError::NotCompiledIn { backend: "ndarray" }))
}

/// Whether a program on the CPU plays the device: slower than the CPU backends.
fn is_software(device: &Device) -> bool {
    const PROGRAMS: [&str; 3] = ["llvmpipe", "swiftshader", "basic render"];
    let name = describe(device).to_lowercase();
    PROGRAMS.iter().any(|program| name.contains(program))
}

/// The first device of every backend that is compiled in, with its name.
///
/// # Errors
///
/// When a backend that is compiled in has no device here.
pub fn devices() -> Result<Vec<(&'static str, Device)>, DeviceError> {
    let compiled_in = BACKENDS
        .into_iter()
        .filter(|backend| listed(backend).is_some());
    compiled_in
        .map(|backend| Ok((backend, first(backend)?)))
        .collect()
}

/// What to call a device in print: its backend, and the part's own name where it has one.
pub fn describe(device: &Device) -> String {
    let device = device.clone().inner();
    let debug = format!("{device:?}").to_lowercase(); // all that Burn offers to tell a device's backend
    let backend = BACKENDS
        .into_iter()
        .find(|backend| debug.contains(backend))
        .unwrap_or(&debug);
    #[cfg(any(feature = "wgpu", feature = "cuda"))]
    if let Some(identity) = device.identity() {
        return format!("{backend} ({})", identity.name);
    }
    backend.into()
}

/// The device a backend's plain name stands for: the driver's own choice where there are several.
fn first(backend: &'static str) -> Result<Device, DeviceError> {
    let mut devices = present(backend)?;
    #[cfg(feature = "wgpu")]
    if backend == "wgpu" {
        return default_wgpu();
    }
    Ok(devices.swap_remove(0))
}

/// All devices of a backend, at least one.
fn present(backend: &'static str) -> Result<Vec<Device>, DeviceError> {
    let devices = listed(backend).ok_or(DeviceError::NotCompiledIn { backend })?;
    if devices.is_empty() {
        Err(DeviceError::NoAdapter { backend })
    } else {
        Ok(devices)
    }
}

/// All devices of a backend; none where there is no hardware, `None` where the backend is not compiled in.
fn listed(backend: &str) -> Option<Vec<Device>> {
    match backend {
        #[cfg(feature = "cuda")]
        "cuda" => Some(Device::enumerate(burn::tensor::DeviceType::Cuda).into_vec()),
        #[cfg(feature = "wgpu")]
        "wgpu" => Some(Device::enumerate(burn::tensor::DeviceType::Wgpu).into_vec()),
        #[cfg(feature = "flex")]
        "flex" => Some(vec![Device::flex()]),
        #[cfg(feature = "ndarray")]
        "ndarray" => Some(vec![ndarray()]),
        _ => None,
    }
}

/// Deprecated upstream in favour of `flex`; `default` in Cargo.toml decides which of them is compiled in.
#[cfg(feature = "ndarray")]
#[allow(deprecated)]
fn ndarray() -> Device {
    Device::ndarray()
}

/// Starts wgpu once, so that a driver's refusal is an error here and not a panic on another thread.
#[cfg(feature = "wgpu")]
fn default_wgpu() -> Result<Device, DeviceError> {
    use burn::tensor::{DeviceKind, wgpu::WgpuInitError};
    use std::sync::OnceLock;

    static STARTED: OnceLock<Result<Device, DeviceError>> = OnceLock::new();
    STARTED
        .get_or_init(|| match Device::wgpu_options().init() {
            Ok(device) => Ok(device),
            Err(WgpuInitError::Registration { .. }) => Ok(Device::wgpu(DeviceKind::DefaultDevice)),
            Err(error) => Err(DeviceError::Failed {
                backend: "wgpu",
                message: error.to_string(),
            }),
        })
        .clone()
}
