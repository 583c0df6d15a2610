//! Where a descent runs: on the host, or on a device of Burn's.

use shallow_analytic::{Parameters, descent::Engine};

use shallow_export::Dtype;

use crate::{error::FittingError, plan::DescentPlan, progress::Progress, samples::Samples};

/// An engine, and where it computes.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    /// As a report names it.
    pub(crate) description: String,
    pub(crate) dtype: Dtype,
    /// As the options name it, so that the run repeats itself.
    pub(crate) name: String,
    #[cfg(feature = "burn")]
    pub(crate) device: Option<shallow::Device>,
}

/// The backends that compute on the CPU, the fastest first.
pub const CPU_BACKENDS: [&str; 2] = ["flex", "ndarray"];

/// The backends that this build has.
pub fn compiled_backends() -> Vec<&'static str> {
    let all = [
        ("cuda", cfg!(feature = "cuda")),
        ("wgpu", cfg!(feature = "wgpu")),
        ("flex", cfg!(feature = "flex")),
        ("ndarray", cfg!(feature = "ndarray")),
    ];
    let compiled = all.into_iter().filter(|(_, is_compiled)| *is_compiled);
    compiled.map(|(name, _)| name).collect()
}

impl Place {
    /// The engine that the plan asks for, or that suits the model, and its device.
    pub(crate) fn choose(
        plan: &DescentPlan,
        start: &Parameters,
        progress: &mut dyn Progress,
    ) -> Result<Self, FittingError> {
        match plan.config.choose_engine(Some(start))? {
            Engine::Autodiff | Engine::Auto => on_device(plan, progress),
            engine => on_host(plan, engine),
        }
    }
}

/// On the host, in f64: a device can only be the CPU then.
impl Place {
    /// The same, if it can take the samples: those with weights, which moments are, have the exact engine alone.
    pub(crate) fn of(self, samples: &Samples) -> Result<Self, FittingError> {
        match samples.weights().is_none() || self.engine == Engine::Exact {
            true => Ok(self),
            false => Err(FittingError::Options(format!(
                "the engine {} visits the samples one by one, and these are moments; leave it out, or fit the samples themselves",
                self.engine.name()
            ))),
        }
    }
}

fn on_host(plan: &DescentPlan, engine: Engine) -> Result<Place, FittingError> {
    let is_cpu = plan.device == "auto" || CPU_BACKENDS.contains(&plan.device.as_str());
    if !is_cpu {
        check_name(&plan.device)?;
        return Err(FittingError::GoesWith {
            option: "device",
            with: "engine autodiff",
        });
    }
    if plan.dtype == Some(Dtype::F32) {
        return Err(FittingError::GoesWith {
            option: "dtype f32",
            with: "engine autodiff",
        });
    }
    Ok(Place {
        engine,
        description: "cpu".into(),
        dtype: Dtype::F64,
        name: plan.device.clone(),
        #[cfg(feature = "burn")]
        device: None,
    })
}

#[cfg(not(feature = "burn"))]
fn check_name(device: &str) -> Result<(), FittingError> {
    Err(FittingError::NoDevices {
        what: format!("the device {device}"),
    })
}

#[cfg(feature = "burn")]
fn check_name(device: &str) -> Result<(), FittingError> {
    shallow::device(device).map_err(shallow::Error::from)?;
    Ok(())
}

#[cfg(not(feature = "burn"))]
fn on_device(plan: &DescentPlan, _: &mut dyn Progress) -> Result<Place, FittingError> {
    // Chosen, not asked for: backprop gives the same numbers.
    match plan.config.engine {
        Engine::Auto => on_host(plan, Engine::Backprop),
        _ => Err(FittingError::NoDevices {
            what: "the engine autodiff".into(),
        }),
    }
}

/// The CPU, unless another device is asked for: a GPU is started only for those who ask for autodiff.
#[cfg(feature = "burn")]
fn on_device(plan: &DescentPlan, progress: &mut dyn Progress) -> Result<Place, FittingError> {
    let cpu = CPU_BACKENDS
        .into_iter()
        .find_map(|name| shallow::device(name).ok());
    let wants_any = plan.device == "auto" && plan.config.engine == Engine::Auto;
    let (device, passed_over) = match cpu {
        Some(cpu) if wants_any => (cpu, Vec::new()),
        _ => shallow::choose(&plan.device).map_err(shallow::Error::from)?,
    };
    for why in passed_over {
        progress.note(&why.to_string());
    }
    let description = shallow::describe(&device);
    let backend = description.split(' ').next().unwrap_or_default();
    let name = match plan.device.as_str() {
        "auto" => backend,
        asked => asked,
    };
    Ok(Place {
        engine: Engine::Autodiff,
        dtype: match plan.dtype {
            Some(dtype) => dtype,
            None if CPU_BACKENDS.contains(&backend) => Dtype::F64,
            None => Dtype::F32,
        },
        name: name.into(),
        description: description.clone(),
        device: Some(device),
    })
}
