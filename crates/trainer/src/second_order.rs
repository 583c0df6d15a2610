//! The optimisers that know more than the gradient, on the host, from moments.

use shallow_analytic::{
    ExactGradient, LevenbergMarquardt, Moments, Optimizer, Reduction, ReluWeights, Spline,
};
use shallow_model::{HostModel, Regressor};

use crate::{
    Checkpoint, FitConfig, FitError,
    steps::{Errors, Steps},
};

/// How the parameters change.
enum Rule<'a> {
    LevenbergMarquardt(Box<LevenbergMarquardt<'a>>),
    /// To the best network, unless they are as good already.
    Best(Box<ExactGradient<'a>>, &'a Moments, Reduction),
}

/// A fit by one of these optimisers.
pub(crate) struct SecondOrder<'a, M> {
    rule: Rule<'a>,
    weights: ReluWeights,
    previous: ReluWeights,
    losses: Vec<f64>,
    /// What the fitted model shall be like.
    like: M,
}

impl<'a, M: Regressor> SecondOrder<'a, M> {
    /// `weights` are those of `like`; a checkpoint's come before them.
    pub(crate) fn new(
        moments: &'a Moments,
        weights: ReluWeights,
        like: M,
        config: &FitConfig,
        from: Option<&Checkpoint>,
    ) -> Self {
        let h = weights.n_hidden();
        let rule = match config.optimizer {
            Optimizer::Best => {
                let engine = ExactGradient::new(moments, h);
                Rule::Best(Box::new(engine), moments, config.reduction)
            }
            _ => {
                let lm = LevenbergMarquardt::new(moments, h, config.reduction, config.weight_decay);
                // Its one number is remembered for each parameter.
                let damping = from.and_then(|from| Some(from.memory.first()?.blocks()[0][0]));
                Rule::LevenbergMarquardt(Box::new(match damping {
                    Some(damping) => lm.resume(damping),
                    None => lm,
                }))
            }
        };
        let weights = match from.map(|from| &from.parameters) {
            Some(HostModel::Relu(weights)) => weights.clone(),
            _ => weights,
        };
        Self {
            rule,
            previous: weights.clone(),
            weights,
            losses: Vec::new(),
            like,
        }
    }

    fn shaped(&self, weights: &ReluWeights) -> M {
        self.like.with_host(&HostModel::Relu(weights.clone()))
    }
}

impl<M: Regressor> Steps<M> for SecondOrder<'_, M> {
    fn step(&mut self, is_watched: bool) {
        if is_watched {
            self.previous.clone_from(&self.weights);
        }
        let loss = match &mut self.rule {
            Rule::LevenbergMarquardt(lm) => lm.step(&mut self.weights),
            Rule::Best(engine, moments, reduction) => {
                let loss = engine.precise_loss(&self.weights, *reduction);
                let n_hidden = self.weights.n_hidden();
                let (spline, _) = Spline::best(moments, n_hidden, &[]);
                let best = spline.to_weights(n_hidden);
                // Not by a rounding.
                let is_better = engine.precise_loss(&best, *reduction) < (1.0 - 1e-9) * loss;
                if is_better || !loss.is_finite() {
                    self.weights = best;
                }
                loss
            }
        };
        self.losses.push(loss);
    }

    fn errors(&mut self) -> Result<Errors, FitError> {
        Ok(Errors {
            losses: std::mem::take(&mut self.losses),
            mean_absolute: Vec::new(),
        })
    }

    fn model(&self) -> M {
        self.shaped(&self.weights)
    }

    fn checkpoint(&self, epochs: usize) -> Checkpoint {
        let memory = match &self.rule {
            Rule::LevenbergMarquardt(lm) => {
                let mut memory = self.weights.clone();
                memory
                    .blocks_mut()
                    .into_iter()
                    .for_each(|block| block.fill(lm.damping()));
                vec![HostModel::Relu(memory)]
            }
            Rule::Best(..) => Vec::new(),
        };
        Checkpoint {
            epochs,
            parameters: HostModel::Relu(self.weights.clone()),
            memory,
        }
    }

    fn previous(&self) -> M {
        self.shaped(&self.previous)
    }
}
