//! Steps by the engines on the host: gradients worked out by hand, in f64.

use shallow_data::Dataset;
use shallow_kernels::NeuronSamples;

use super::{
    checkpoint::{Checkpoint, in_blocks},
    config::FitConfig,
    error::FitError,
    optimizer::Descent,
    steps::Steps,
};
use crate::{
    exact::gradient::ExactGradient,
    parameters::{blocks::Parameters, reduction::Reduction},
    reference::backprop,
};

/// Digits that a logged loss must carry.
const DIGITS: f64 = 12.0;

/// Where the gradient comes from.
pub(super) enum Rule<'a> {
    /// The ReLU document's own classes, over all samples.
    Backprop(&'a Dataset),
    /// The perceptron document's rule.
    Neuron(NeuronSamples),
    /// Moments of the sorted samples.
    Exact(Box<ExactGradient<'a>>),
}

impl<'a> Rule<'a> {
    /// The rule of the model's document.
    pub(super) fn by_hand(parameters: &Parameters, data: &'a Dataset) -> Self {
        match parameters {
            Parameters::Relu(_) => Self::Backprop(data),
            Parameters::Perceptron(neuron) => {
                let d = neuron.weight.len();
                let samples = NeuronSamples::new(data.x(), data.y(), d, neuron.activation);
                Self::Neuron(samples)
            }
        }
    }
}

/// A first-order fit on the host.
pub(super) struct ByHand<'a> {
    rule: Rule<'a>,
    reduction: Reduction,
    descent: Descent,
    parameters: Parameters,
    previous: Parameters,
    gradient: Parameters,
    losses: Vec<f64>,
}

impl<'a> ByHand<'a> {
    pub(super) fn new(
        rule: Rule<'a>,
        start: &Parameters,
        config: &FitConfig,
        from: Option<&Checkpoint>,
    ) -> Self {
        let descent = Descent::new(config.optimizer, config.learning_rate, config.weight_decay);
        let (parameters, descent) = match from {
            None => (start.clone(), descent),
            Some(from) => {
                let memory = from.memory.iter().map(|blocks| blocks.concat()).collect();
                let parameters = start.with_blocks(&from.parameters);
                (parameters, descent.resume(from.epochs, memory))
            }
        };
        Self {
            rule,
            reduction: config.reduction,
            descent,
            previous: parameters.clone(),
            gradient: parameters.clone(),
            parameters,
            losses: Vec::new(),
        }
    }

    /// The losses of some steps, made here and now, and the parameters after them.
    pub(super) fn trial(mut self, n_steps: usize) -> (Vec<f64>, Parameters) {
        (0..n_steps).for_each(|_| self.step(false, false));
        (self.losses, self.parameters)
    }

    /// The loss; its gradient is left in `self.gradient`.
    fn loss(&mut self, is_logged: bool) -> f64 {
        match (&mut self.rule, &self.parameters, &mut self.gradient) {
            (Rule::Exact(engine), Parameters::Relu(weights), Parameters::Relu(gradient)) => {
                let loss = engine.loss_and_gradient(weights, self.reduction, gradient);
                if is_logged && loss.is_finite() && engine.digits() < DIGITS {
                    engine.precise_loss(weights, self.reduction)
                } else {
                    loss
                }
            }
            (Rule::Backprop(data), Parameters::Relu(weights), Parameters::Relu(gradient)) => {
                backprop::loss_and_gradient(weights, data.x(), data.y(), self.reduction, gradient)
            }
            (
                Rule::Neuron(samples),
                Parameters::Perceptron(neuron),
                Parameters::Perceptron(gradient),
            ) => {
                let errors = samples.squared_errors(&neuron.weight);
                let factor = self.reduction.factor(samples.n_samples() as f64);
                gradient.weight = errors.gradient;
                gradient
                    .weight
                    .iter_mut()
                    .for_each(|value| *value *= 2.0 * factor);
                factor * errors.squares
            }
            _ => unreachable!(
                "a gradient is shaped like its parameters, and only ReLU networks have an exact one"
            ),
        }
    }
}

impl Steps<Parameters> for ByHand<'_> {
    fn step(&mut self, is_logged: bool, is_watched: bool) {
        let loss = self.loss(is_logged);
        self.losses.push(loss);
        if is_watched {
            self.previous.clone_from(&self.parameters);
        }
        match (&mut self.parameters, &self.gradient) {
            // Without collecting the blocks: this is all that a step allocates.
            (Parameters::Relu(parameters), Parameters::Relu(gradient)) => {
                self.descent
                    .step(parameters.blocks_mut().into_iter().zip(gradient.blocks()));
            }
            (parameters, gradient) => {
                self.descent
                    .step(parameters.blocks_mut().into_iter().zip(gradient.blocks()));
            }
        }
    }

    fn losses(&mut self) -> Result<Vec<f64>, FitError> {
        Ok(std::mem::take(&mut self.losses))
    }

    fn model(&self) -> Parameters {
        self.parameters.clone()
    }

    fn checkpoint(&self, epochs: usize) -> Checkpoint {
        let blocks = self.parameters.to_blocks();
        let shaped = |memory: Vec<f64>| in_blocks(&memory, blocks.iter().map(Vec::len));
        let memory = self.descent.memory().into_iter().map(shaped).collect();
        Checkpoint {
            epochs,
            parameters: blocks,
            memory,
        }
    }

    fn previous(&self) -> Parameters {
        self.previous.clone()
    }
}
