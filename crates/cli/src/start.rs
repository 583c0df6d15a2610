//! Where a fit begins: the device, the float type and the first weights.

use anyhow::{Context, Result};
use shallow::{
    Dataset, Device, Draw, Engine, Error, FloatDType, HostModel, Moments, Perceptron, ReluWeights,
    Spline,
};

use crate::{
    args::{Dtype, ModelKind, StartKind},
    problem::features,
    settings::Settings,
};

/// A device, its name among the flags, and the float type to use there.
pub struct Place {
    pub device: Device,
    pub name: String,
    pub dtype: FloatDType,
}

impl Place {
    /// The CPU, unless another device is asked for: only where autodiff is, a GPU may be worth waking.
    pub fn choose(settings: &Settings) -> Result<Self> {
        let flags = settings.flags();
        let asked = flags.device.as_deref().unwrap_or("auto");
        let on_device = flags.engine == Some(Engine::Autodiff);
        let (device, passed_over) = match cpu() {
            Ok(cpu) if !on_device && asked == "auto" => (cpu, Vec::new()),
            _ => shallow::choose(asked).map_err(Error::from)?,
        };
        for why in passed_over {
            eprintln!("note: {why}");
        }
        let description = shallow::describe(&device);
        let backend = description.split(' ').next().unwrap_or_default();
        let dtype = match flags.dtype {
            Some(Dtype::F32) => FloatDType::F32,
            Some(Dtype::F64) => FloatDType::F64,
            None if CPU.contains(&backend) => FloatDType::F64,
            None => FloatDType::F32,
        };
        Ok(Self {
            name: if asked == "auto" { backend } else { asked }.into(),
            dtype,
            device,
        })
    }
}

/// A float type as the flags name it.
pub fn name_of(dtype: FloatDType) -> String {
    format!("{dtype:?}").to_lowercase()
}

/// The backends that compute on the CPU, the fastest first.
pub const CPU: [&str; 2] = ["flex", "ndarray"];

/// The fastest of them that is there.
pub fn cpu() -> Result<Device> {
    let mut backends = CPU.into_iter();
    let found = backends.find_map(|name| shallow::device(name).ok());
    found.context("this build has no CPU backend; build it with --features ndarray or flex")
}

/// The best network of these settings' width for the training samples, where they ask for it, in place of the drawn one.
pub fn best_if_asked(settings: &Settings, drawn: HostModel, train: &Dataset) -> HostModel {
    match drawn {
        HostModel::Relu(weights) if settings.flags().start == Some(StartKind::Best) => {
            let h = weights.n_hidden();
            let (spline, _) = Spline::best(&Moments::new(train.x(), train.y()), h, &[]);
            HostModel::Relu(spline.to_weights(h))
        }
        drawn => drawn,
    }
}

/// The weights of these settings' network before its first step, drawn as the documents draw them.
pub fn weights(settings: &Settings, draw: &mut impl Draw) -> Result<HostModel> {
    let flags = settings.flags();
    Ok(match flags.model {
        Some(ModelKind::Perceptron) => HostModel::Perceptron(Perceptron {
            weight: (0..features(flags).len())
                .map(|_| draw.normal(0.0, 0.1))
                .collect(),
            activation: flags.activation.unwrap_or_default(),
        }),
        _ => {
            let h = flags.hidden.unwrap_or(64);
            HostModel::Relu(ReluWeights::random(1, h, 1, || draw.normal(0.0, 1.0)))
        }
    })
}
