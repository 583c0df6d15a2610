//! The parameters of any of the documents' models, as blocks of f64.

use super::{perceptron::Perceptron, relu_weights::ReluWeights};

/// The parameters of one of the documents' models, on the host in f64.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameters {
    /// Of a two-layer ReLU network.
    Relu(ReluWeights),
    /// Of one neuron.
    Perceptron(Perceptron),
}

impl Parameters {
    /// The predictions for every row of `x [n, d]`: `[n, k]`, computed on the host in f64.
    pub fn predict(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Relu(weights) => weights.predict(x),
            Self::Perceptron(neuron) => neuron.predict(x),
        }
    }

    /// Number of inputs, `d`.
    pub fn n_inputs(&self) -> usize {
        match self {
            Self::Relu(weights) => weights.n_inputs(),
            Self::Perceptron(neuron) => neuron.weight.len(),
        }
    }

    /// Number of outputs, `k`.
    pub fn n_outputs(&self) -> usize {
        match self {
            Self::Relu(weights) => weights.n_outputs(),
            Self::Perceptron(_) => 1,
        }
    }

    /// Number of parameters in all.
    pub fn n_parameters(&self) -> usize {
        self.blocks().iter().map(|block| block.len()).sum()
    }

    /// The parameter blocks, always in the same order.
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

    /// A copy of the blocks.
    pub fn to_blocks(&self) -> Vec<Vec<f64>> {
        self.blocks().into_iter().map(<[f64]>::to_vec).collect()
    }

    /// Parameters of the same model with other values.
    ///
    /// # Panics
    ///
    /// When the blocks have other sizes.
    pub fn with_blocks(&self, blocks: &[Vec<f64>]) -> Self {
        let mut parameters = self.clone();
        let own = parameters.blocks_mut();
        assert_eq!(own.len(), blocks.len(), "blocks of parameters");
        for (block, values) in own.into_iter().zip(blocks) {
            block.copy_from_slice(values);
        }
        parameters
    }
}
