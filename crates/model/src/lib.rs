//! Shallow networks as Burn modules: x in, y out.
//!
//! This crate knows no data set and no optimizer. A module lives on whatever [`Device`] it is put on, at run time; on the
//! backends named in `fused` the documents' networks pass forward and backward in one operation each, on others they are
//! composed of Burn's. In every shape, `n` is the number of samples, `d` of inputs, `h` of hidden units, `k` of outputs.
//!
//! [`Device`]: burn::tensor::Device

mod error;
mod fused;
mod perceptron_net;
mod regressor;
mod two_layer_relu_net;

pub use error::ModelError;
pub use fused::errors;
pub use perceptron_net::{
    PerceptronNet, PerceptronNetConfig, SigmoidPerceptron, SigmoidPerceptronConfig,
};
pub use regressor::{HostAccess, HostRegressor, Regressor, placement};
pub use two_layer_relu_net::{TwoLayerReluNet, TwoLayerReluNetConfig};
