//! Steps by Levenberg-Marquardt, on the host, from moments.

use super::{checkpoint::Checkpoint, config::FitConfig, error::FitError, steps::Steps};
use crate::{
    exact::{levenberg_marquardt::LevenbergMarquardt, moments::Moments},
    parameters::{blocks::Parameters, relu_weights::ReluWeights},
};

/// A fit by Levenberg-Marquardt.
pub(super) struct SecondOrder<'a> {
    rule: LevenbergMarquardt<'a>,
    weights: ReluWeights,
    previous: ReluWeights,
    losses: Vec<f64>,
}

impl<'a> SecondOrder<'a> {
    /// From these weights, or from a checkpoint's.
    pub(super) fn new(
        moments: &'a Moments,
        mut weights: ReluWeights,
        config: &FitConfig,
        from: Option<&Checkpoint>,
    ) -> Self {
        let h = weights.n_hidden();
        let mut rule = LevenbergMarquardt::new(moments, h, config.reduction, config.weight_decay);
        if let Some(from) = from {
            for (block, values) in weights.blocks_mut().into_iter().zip(&from.parameters) {
                block.copy_from_slice(values);
            }
            rule = rule.resume(from.memory[0][0][0]); // its one number is remembered for each parameter
        }
        Self {
            rule,
            previous: weights.clone(),
            weights,
            losses: Vec::new(),
        }
    }
}

impl Steps<Parameters> for SecondOrder<'_> {
    fn step(&mut self, _: bool, is_watched: bool) {
        if is_watched {
            self.previous.clone_from(&self.weights);
        }
        let loss = self.rule.step(&mut self.weights);
        self.losses.push(loss);
    }

    fn losses(&mut self) -> Result<Vec<f64>, FitError> {
        Ok(std::mem::take(&mut self.losses))
    }

    fn model(&self) -> Parameters {
        Parameters::Relu(self.weights.clone())
    }

    fn checkpoint(&self, epochs: usize) -> Checkpoint {
        let parameters: Vec<Vec<f64>> = self.weights.blocks().map(<[f64]>::to_vec).into();
        let mut damping = parameters.clone();
        damping
            .iter_mut()
            .for_each(|block| block.fill(self.rule.damping()));
        Checkpoint {
            epochs,
            parameters,
            memory: vec![damping],
        }
    }

    fn previous(&self) -> Parameters {
        Parameters::Relu(self.previous.clone())
    }
}
