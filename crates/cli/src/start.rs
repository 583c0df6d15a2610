//! Where a fit begins: the device, the float type and the network with its first weights.

use anyhow::Result;
use shallow::{
    Device, Draw, Engine, Error, FloatDType, SigmoidPerceptron, SigmoidPerceptronConfig,
    TwoLayerReluNet, TwoLayerReluNetConfig,
};

use crate::{
    args::{Dtype, ModelKind},
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
        let cpu = || {
            let mut backends = CPU.into_iter();
            backends.find_map(|name| Some((shallow::device(name).ok()?, Vec::new())))
        };
        let (device, passed_over) = match cpu() {
            Some(cpu) if !on_device && asked == "auto" => cpu,
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

/// The backends that compute on the CPU, the fastest first.
const CPU: [&str; 2] = ["flex", "ndarray"];

/// A network before its first step.
pub enum Start {
    Relu(Box<TwoLayerReluNet>),
    Perceptron(SigmoidPerceptron),
}

impl Start {
    /// The network of these settings, its weights drawn as the documents draw them.
    pub fn new(settings: &Settings, place: &Place, draw: &mut impl Draw) -> Result<Self> {
        let flags = settings.flags();
        let start = match flags.model {
            Some(ModelKind::Perceptron) => SigmoidPerceptronConfig::new()
                .with_n_features(features(flags).len())
                .with_activation(flags.activation.unwrap_or_default())
                .init(|| draw.normal(0.0, 0.1), &place.device, place.dtype)
                .map(Self::Perceptron),
            _ => TwoLayerReluNetConfig::new()
                .with_n_hidden(flags.hidden.unwrap_or(64))
                .init(|| draw.normal(0.0, 1.0), &place.device, place.dtype)
                .map(|net| Self::Relu(Box::new(net))),
        };
        Ok(start.map_err(Error::from)?)
    }
}
