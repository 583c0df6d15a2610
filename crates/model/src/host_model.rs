//! A model's parameters on the host, for the engines that know no Burn.

use shallow_analytic::{Perceptron, ReluWeights};

/// The parameters of any [`Regressor`](crate::Regressor) of this crate, in f64.
#[derive(Debug, Clone, PartialEq)]
pub enum HostModel {
    /// Of a [`TwoLayerReluNet`](crate::TwoLayerReluNet).
    Relu(ReluWeights),
    /// Of a [`SigmoidPerceptron`](crate::SigmoidPerceptron).
    Perceptron(Perceptron),
}

impl HostModel {
    /// The predictions for every row of `x [n, d]`: `[n, k]`, computed on the host in f64.
    pub fn predict(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Relu(weights) => weights.predict(x),
            Self::Perceptron(neuron) => neuron.predict(x),
        }
    }

    /// The parameter blocks, in an order that is always the same.
    pub fn blocks(&self) -> Vec<&[f64]> {
        match self {
            Self::Relu(weights) => weights.blocks().to_vec(),
            Self::Perceptron(neuron) => vec![&neuron.weight],
        }
    }

    /// The parameter blocks, to write to.
    pub fn blocks_mut(&mut self) -> Vec<&mut [f64]> {
        match self {
            Self::Relu(weights) => weights.blocks_mut().into(),
            Self::Perceptron(neuron) => vec![&mut neuron.weight],
        }
    }
}
