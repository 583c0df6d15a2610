//! The ReLU document's network as a Burn module: `y = relu(x W1 + b1) W2 + b2`.

use burn::{
    config::Config,
    module::{Module, Param},
    nn::Linear,
    tensor::{DType, Device, FloatDType, Tensor, TensorData, activation::relu},
};
use shallow_analytic::{Parameters, ReluWeights};

use crate::{
    error::ModelError,
    fused,
    regressor::{HostAccess, HostRegressor, Regressor},
};

/// The sizes of a [`TwoLayerReluNet`]; the defaults are the document's 1 -> 64 -> 1.
#[derive(Config, Debug)]
pub struct TwoLayerReluNetConfig {
    /// Number of inputs, `d`.
    #[config(default = 1)]
    pub n_inputs: usize,
    /// Number of hidden units, `h`.
    #[config(default = 64)]
    pub n_hidden: usize,
    /// Number of outputs, `k`.
    #[config(default = 1)]
    pub n_outputs: usize,
}

impl TwoLayerReluNetConfig {
    /// A network with weights drawn from `normal`, `W1` before `W2` as in the document, and zero biases.
    ///
    /// The numbers are drawn on the host in f64, so every device and float type starts from the same ones.
    ///
    /// # Errors
    ///
    /// [`ModelError::ZeroSize`] when a size is 0, [`ModelError::UnsupportedDType`] when the device lacks `dtype`.
    pub fn init(
        &self,
        normal: impl FnMut() -> f64,
        device: &Device,
        dtype: FloatDType,
    ) -> Result<TwoLayerReluNet, ModelError> {
        for (what, size) in [
            ("the number of inputs", self.n_inputs),
            ("the number of hidden units", self.n_hidden),
            ("the number of outputs", self.n_outputs),
        ] {
            if size == 0 {
                return Err(ModelError::ZeroSize { what });
            }
        }
        let weights = ReluWeights::random(self.n_inputs, self.n_hidden, self.n_outputs, normal);
        TwoLayerReluNet::from_weights(&weights, device, dtype)
    }
}

/// A linear layer, a ReLU and a linear layer: `y = relu(x W1 + b1) W2 + b2`.
///
/// As a function of one input it is piecewise linear, with a kink where a unit's `x w1 + b1` changes sign. Forward and
/// backward are one operation each, where the backend has it: with one input time grows as `(n + h) log h` on the CPU, else
/// as `n h d`, and memory as `n + h` always. Elsewhere it is composed of Burn's operations, and both grow as `n h`.
///
/// # Shapes
///
/// x `[n, d]`, y `[n, k]`; `W1 [d, h]`, `b1 [h]`, `W2 [h, k]`, `b2 [k]`.
#[derive(Module, Debug)]
pub struct TwoLayerReluNet {
    /// `W1` and `b1`.
    pub hidden: Linear,
    /// `W2` and `b2`.
    pub output: Linear,
}

impl Regressor for TwoLayerReluNet {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        match (&self.hidden.bias, &self.output.bias) {
            (Some(b1), Some(b2)) if self.is_fused() => {
                let (w1, w2) = (self.hidden.weight.val(), self.output.weight.val());
                fused::two_layer_relu(x, w1, b1.val(), w2, b2.val())
            }
            _ => self.forward_composed(x),
        }
    }

    fn host_access() -> Option<HostAccess<Self>> {
        Some(HostAccess::of())
    }
}

impl HostRegressor for TwoLayerReluNet {
    fn forward_composed(&self, x: Tensor<2>) -> Tensor<2> {
        self.output.forward(relu(self.hidden.forward(x)))
    }

    fn is_fused(&self) -> bool {
        let (device, dtype) = self.placement();
        let [d, _] = self.hidden.weight.shape().dims();
        let [_, k] = self.output.weight.shape().dims();
        fused::is_supported(&device, dtype, d, k)
    }

    fn to_host(&self) -> Parameters {
        Parameters::Relu(self.to_weights())
    }

    fn with_host(&self, parameters: &Parameters) -> Self {
        let Parameters::Relu(weights) = parameters else {
            panic!("not the parameters of a ReLU network");
        };
        let (device, dtype) = self.placement();
        Self::on(weights, &device, dtype)
    }
}

impl TwoLayerReluNet {
    fn placement(&self) -> (Device, DType) {
        let weight = self.hidden.weight.val();
        (weight.device(), weight.dtype())
    }

    /// The network with these weights, rounded to `dtype`, on `device`.
    ///
    /// # Errors
    ///
    /// [`ModelError::UnsupportedDType`] when the device cannot compute in `dtype`.
    pub fn from_weights(
        weights: &ReluWeights,
        device: &Device,
        dtype: FloatDType,
    ) -> Result<Self, ModelError> {
        ModelError::check_dtype(device, dtype)?;
        Ok(Self::on(weights, device, dtype.into()))
    }

    fn on(weights: &ReluWeights, device: &Device, dtype: DType) -> Self {
        let (d, h, k) = (weights.n_inputs(), weights.n_hidden(), weights.n_outputs());
        let linear = |weight: &[f64], bias: &[f64], shape| Linear {
            weight: parameter(weight, shape, device, dtype),
            bias: Some(parameter(bias, [bias.len()], device, dtype)),
        };
        Self {
            hidden: linear(&weights.w1, &weights.b1, [d, h]),
            output: linear(&weights.w2, &weights.b2, [h, k]),
        }
    }

    /// The weights on the host, in f64: exact, since f64 holds every smaller float type.
    pub fn to_weights(&self) -> ReluWeights {
        let bias = |layer: &Linear| {
            layer
                .bias
                .as_ref()
                .map(|bias| host(bias.val()))
                .unwrap_or_default()
        };
        ReluWeights {
            w1: host(self.hidden.weight.val()),
            b1: bias(&self.hidden),
            w2: host(self.output.weight.val()),
            b2: bias(&self.output),
        }
    }
}

fn parameter<const D: usize>(
    values: &[f64],
    shape: [usize; D],
    device: &Device,
    dtype: DType,
) -> Param<Tensor<D>> {
    let data = TensorData::new(values.to_vec(), shape);
    Param::from_tensor(Tensor::from_data(data, (device, dtype)))
}

fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}
