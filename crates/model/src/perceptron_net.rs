//! The perceptron document's neuron as a Burn module: `p = activation(X w)`.

use burn::{
    config::Config,
    module::{Module, Param},
    tensor::{DType, Device, FloatDType, Tensor, TensorData},
};
use shallow_analytic::{Activation, Parameters, Perceptron};

use crate::{
    error::{self, ModelError},
    fused,
    regressor::{HostAccess, HostRegressor, Regressor},
};

/// The size and activation of a [`PerceptronNet`]; the defaults are the document's: three features, sigmoid.
#[derive(Config, Debug)]
pub struct PerceptronNetConfig {
    /// Number of features, `d`.
    #[config(default = 3)]
    pub n_features: usize,
    /// What the neuron does to the weighted sum of its features.
    #[config(default = "Activation::Sigmoid")]
    pub activation: Activation,
}

impl PerceptronNetConfig {
    /// A neuron with weights drawn from `normal`, in the order of the features; the document draws from N(0, 0.1).
    ///
    /// # Errors
    ///
    /// [`ModelError::ZeroSize`] without features, [`ModelError::UnsupportedDType`] when the device lacks `dtype`.
    pub fn init(
        &self,
        mut normal: impl FnMut() -> f64,
        device: &Device,
        dtype: FloatDType,
    ) -> Result<PerceptronNet, ModelError> {
        let weight = (0..self.n_features).map(|_| normal()).collect();
        let neuron = Perceptron {
            weight,
            activation: self.activation,
        };
        PerceptronNet::from_weights(&neuron, device, dtype)
    }
}

/// A neuron with a sigmoid: the size is all that is left to choose. The default is the document's: three features.
#[derive(Config, Debug)]
pub struct SigmoidPerceptronConfig {
    /// Number of features, `d`.
    #[config(default = 3)]
    pub n_features: usize,
}

impl SigmoidPerceptronConfig {
    /// A sigmoid neuron with weights drawn from `normal`, as [`PerceptronNetConfig::init`].
    ///
    /// # Errors
    ///
    /// As [`PerceptronNetConfig::init`].
    pub fn init(
        &self,
        normal: impl FnMut() -> f64,
        device: &Device,
        dtype: FloatDType,
    ) -> Result<SigmoidPerceptron, ModelError> {
        PerceptronNetConfig::new()
            .with_n_features(self.n_features)
            .init(normal, device, dtype)
    }
}

/// The neuron as [`SigmoidPerceptronConfig`] makes it; the type does not keep other activations out.
pub type SigmoidPerceptron = PerceptronNet;

/// One neuron without a bias; a constant feature takes its place: `p = activation(X w)`.
///
/// # Shapes
///
/// X `[n, d]`, w `[d, 1]`, p `[n, 1]`.
#[derive(Module, Debug)]
pub struct PerceptronNet {
    /// w.
    pub weight: Param<Tensor<2>>,
    /// What it does to `X w`.
    #[module(skip)]
    pub activation: Activation,
}

impl Regressor for PerceptronNet {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        if self.is_fused() {
            fused::neuron(x, self.weight.val(), self.activation)
        } else {
            self.forward_composed(x)
        }
    }

    fn host_access() -> Option<HostAccess<Self>> {
        Some(HostAccess::of())
    }
}

impl HostRegressor for PerceptronNet {
    fn forward_composed(&self, x: Tensor<2>) -> Tensor<2> {
        let z = x.matmul(self.weight.val());
        match self.activation {
            // 1 / (1 + exp(-z)), as a tanh: Burn's own computes in f32 on ndarray, and exp overflows in the gradient.
            Activation::Sigmoid => (z * 0.5).tanh() * 0.5 + 0.5,
            Activation::Tanh => z.tanh(),
            Activation::Identity => z,
        }
    }

    fn is_fused(&self) -> bool {
        let (device, dtype) = self.placement();
        fused::is_on_cpu(&device, dtype)
    }

    fn to_host(&self) -> Parameters {
        Parameters::Perceptron(self.to_weights())
    }

    fn with_host(&self, parameters: &Parameters) -> Self {
        let Parameters::Perceptron(neuron) = parameters else {
            panic!("not the parameters of a perceptron");
        };
        let (device, dtype) = self.placement();
        Self::on(neuron, &device, dtype)
    }
}

impl PerceptronNet {
    fn placement(&self) -> (Device, DType) {
        let weight = self.weight.val();
        (weight.device(), weight.dtype())
    }

    /// The neuron with these weights, rounded to `dtype`, on `device`.
    ///
    /// # Errors
    ///
    /// As for [`PerceptronNetConfig::init`]; a device whose tanh is wrong in `dtype` counts as lacking it.
    pub fn from_weights(
        neuron: &Perceptron,
        device: &Device,
        dtype: FloatDType,
    ) -> Result<Self, ModelError> {
        if neuron.weight.is_empty() {
            return Err(ModelError::ZeroSize {
                what: "the number of features",
            });
        }
        ModelError::check_dtype(device, dtype)?;
        if neuron.activation != Activation::Identity && !computes_tanh(device, dtype) {
            return Err(ModelError::UnsupportedDType {
                device: error::name(device),
                dtype,
            });
        }
        Ok(Self::on(neuron, device, dtype.into()))
    }

    fn on(neuron: &Perceptron, device: &Device, dtype: DType) -> Self {
        let data = TensorData::new(neuron.weight.clone(), [neuron.weight.len(), 1]);
        Self {
            weight: Param::from_tensor(Tensor::from_data(data, (device, dtype))),
            activation: neuron.activation,
        }
    }

    /// The weights on the host, in f64.
    pub fn to_weights(&self) -> Perceptron {
        let weight = self.weight.val().into_data().iter().collect();
        Perceptron {
            weight,
            activation: self.activation,
        }
    }
}

/// Whether the device's tanh is right in this float type: GPU drivers that offer f64 may have no functions in it, and
/// then give wrong numbers without a word.
fn computes_tanh(device: &Device, dtype: FloatDType) -> bool {
    let tolerance = if dtype == FloatDType::F64 {
        1e-12
    } else {
        1e-2
    };
    let z = Tensor::<1>::from_data([0.5_f64], (device, dtype.into()));
    let tanh: f64 = z.tanh().into_data().iter::<f64>().sum();
    (tanh - 0.5_f64.tanh()).abs() < tolerance
}
