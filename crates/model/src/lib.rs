//! Shallow networks as Burn modules: x in, y out.
//!
//! This crate knows no data set and no optimiser. A module lives on whatever [`Device`] it is put on, at run time; on the
//! backends named in `fused` its forward and backward pass are one operation each, on others they are composed of Burn's. In every shape, `n` is the number of samples, `d` of inputs, `h` of hidden units, `k` of outputs.
//!
//! [`Device`]: burn::tensor::Device

mod error;
mod fused;
mod host_model;
mod regressor;
mod sigmoid_perceptron;
mod two_layer_relu_net;

pub use error::ModelError;
pub use fused::errors;
pub use host_model::HostModel;
pub use regressor::Regressor;
pub use sigmoid_perceptron::{SigmoidPerceptron, SigmoidPerceptronConfig};
pub use two_layer_relu_net::{TwoLayerReluNet, TwoLayerReluNetConfig};
