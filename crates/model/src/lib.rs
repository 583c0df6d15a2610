//! Shallow networks as Burn modules: x in, y out.
//!
//! This crate knows no data set, no optimiser and no backend: a module lives on whatever [`Device`] it is put on, at
//! run time. In every shape, `n` is the number of samples, `d` of inputs, `h` of hidden units, `k` of outputs.
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
