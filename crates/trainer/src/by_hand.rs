//! The engines that know no Burn: gradients by hand, in f64 on the host.

use shallow_analytic::{Descent, ExactGradient, Reduction, backprop, fused::NeuronSamples};
use shallow_data::Dataset;
use shallow_model::{HostModel, Regressor};

use crate::{
    Checkpoint, FitConfig, FitError,
    checkpoint::{flatten, unflatten},
    steps::{Errors, Steps},
};

/// What a loss that is looked at shall have of them.
const DIGITS: f64 = 12.0;

/// Where the gradient comes from.
pub(crate) enum Rule<'a> {
    /// Document 1's own rule, over all samples.
    Backprop(&'a Dataset),
    /// Document 2's.
    Neuron(NeuronSamples),
    /// Moments of the sorted samples.
    Exact(Box<ExactGradient<'a>>),
}

impl<'a> Rule<'a> {
    /// The rule of the model's document.
    pub(crate) fn by_hand<M: Regressor>(model: &M, data: &'a Dataset) -> Self {
        match model.to_host() {
            HostModel::Relu(_) => Self::Backprop(data),
            HostModel::Perceptron(neuron) => {
                let d = neuron.weight.len();
                let samples = NeuronSamples::new(data.x(), data.y(), d, neuron.activation);
                Self::Neuron(samples)
            }
        }
    }
}

/// A fit on the host.
pub(crate) struct ByHand<'a, M> {
    rule: Rule<'a>,
    reduction: Reduction,
    descent: Descent,
    parameters: HostModel,
    previous: HostModel,
    gradient: HostModel,
    errors: Errors,
    /// What the fitted model shall be like.
    like: M,
}

impl<'a, M: Regressor> ByHand<'a, M> {
    pub(crate) fn new(
        rule: Rule<'a>,
        like: M,
        config: &FitConfig,
        from: Option<&Checkpoint>,
    ) -> Self {
        let descent = Descent::new(config.optimizer, config.learning_rate, config.weight_decay);
        let (parameters, descent) = match from {
            None => (like.to_host(), descent),
            Some(from) => {
                let memory = from.memory.iter().map(flatten).collect();
                (from.parameters.clone(), descent.resume(from.epochs, memory))
            }
        };
        Self {
            rule,
            reduction: config.reduction,
            descent,
            previous: parameters.clone(),
            gradient: parameters.clone(),
            parameters,
            errors: Errors::default(),
            like,
        }
    }

    /// The loss; leaves its gradient.
    fn loss(&mut self, is_watched: bool) -> f64 {
        match (&mut self.rule, &self.parameters, &mut self.gradient) {
            (Rule::Exact(engine), HostModel::Relu(weights), HostModel::Relu(gradient)) => {
                let loss = engine.loss_and_gradient(weights, self.reduction, gradient);
                if is_watched && loss.is_finite() && engine.digits() < DIGITS {
                    engine.precise_loss(weights, self.reduction)
                } else {
                    loss
                }
            }
            (Rule::Backprop(data), HostModel::Relu(weights), HostModel::Relu(gradient)) => {
                backprop::loss_and_gradient(weights, data.x(), data.y(), self.reduction, gradient)
            }
            (
                Rule::Neuron(samples),
                HostModel::Perceptron(neuron),
                HostModel::Perceptron(gradient),
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

impl<M: Regressor> Steps<M> for ByHand<'_, M> {
    fn step(&mut self, is_watched: bool) {
        let loss = self.loss(is_watched);
        self.errors.losses.push(loss);
        if is_watched {
            self.previous.clone_from(&self.parameters);
        }
        match (&mut self.parameters, &self.gradient) {
            // Without collecting the blocks: this is all that a step allocates.
            (HostModel::Relu(parameters), HostModel::Relu(gradient)) => {
                self.descent
                    .step(parameters.blocks_mut().into_iter().zip(gradient.blocks()));
            }
            (parameters, gradient) => {
                self.descent
                    .step(parameters.blocks_mut().into_iter().zip(gradient.blocks()));
            }
        }
    }

    fn errors(&mut self) -> Result<Errors, FitError> {
        Ok(std::mem::take(&mut self.errors))
    }

    fn model(&self) -> M {
        self.like.with_host(&self.parameters)
    }

    fn checkpoint(&self, epochs: usize) -> Checkpoint {
        let shaped = |memory: Vec<f64>| unflatten(&memory, &self.parameters);
        Checkpoint {
            epochs,
            parameters: self.parameters.clone(),
            memory: self.descent.memory().into_iter().map(shaped).collect(),
        }
    }

    fn previous(&self) -> M {
        self.like.with_host(&self.previous)
    }
}
