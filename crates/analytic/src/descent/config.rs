//! How to train; the defaults are the document's numbers.

use serde::{Deserialize, Serialize};

use super::{engine::Engine, error::FitError, optimizer::Optimizer};
use crate::parameters::{blocks::Parameters, reduction::Reduction};

/// Full-batch descent: how many steps, how long, how often to look, and by which gradient and rule. The defaults are the ReLU document's;
/// [`FitConfig::perceptron`] has the perceptron document's.
///
/// | name            | default | purpose                                                                | range     |
/// |-----------------|---------|------------------------------------------------------------------------|-----------|
/// | `epochs`        | 500     | steps; full batch, so each sees every sample once                      | 1 or more |
/// | `learning_rate` | 0.01    | `p <- p - learning_rate dL/dp`; `lm` takes none                        | above 0   |
/// | `log_every`     | 10      | epochs between calls of the observer, and between reads of the losses  | 1 or more |
/// | `reduction`     | mean    | `L = mean r^2`, or `L = 1/2 sum r^2`, whose gradient grows with n      | mean, sum |
/// | `engine`        | auto    | how loss and gradient are computed                                    | [`Engine`] |
/// | `optimizer`     | gd      | how a step follows from the gradient; `lm` needs the exact engine | [`Optimizer`] |
/// | `weight_decay`  | 0       | times each parameter, added to its gradient; the losses are without it | 0 or more |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Number of steps.
    pub epochs: usize,
    /// Step size.
    pub learning_rate: f64,
    /// Epochs between calls of the observer.
    pub log_every: usize,
    /// What the squared errors are divided by.
    pub reduction: Reduction,
    /// How loss and gradient are computed.
    pub engine: Engine,
    /// How a step follows from the gradient.
    pub optimizer: Optimizer,
    /// The factor of the L2 penalty `weight_decay / 2 sum p^2`.
    pub weight_decay: f64,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            epochs: 500,
            learning_rate: 0.01,
            log_every: 10,
            reduction: Reduction::Mean,
            engine: Engine::Auto,
            optimizer: Optimizer::GradientDescent,
            weight_decay: 0.0,
        }
    }
}

impl FitConfig {
    /// The perceptron document's numbers: 5000 steps of 0.01 along the gradient of half the sum of squares, and a look at every 500th.
    pub fn perceptron() -> Self {
        Self {
            epochs: 5000,
            log_every: 500,
            reduction: Reduction::HalfSum,
            ..Self::default()
        }
    }

    /// The engine that fits a model of these parameters, or one that has none on the host: never `Auto`.
    ///
    /// # Errors
    ///
    /// As [`Engine::choose`], and [`FitError::SecondOrder`] when the optimizer needs the exact engine and another was asked
    /// for, or it does not apply.
    pub fn choose_engine(&self, parameters: Option<&Parameters>) -> Result<Engine, FitError> {
        let engine = self.engine.choose(parameters)?;
        if self.optimizer.is_first_order() || engine == Engine::Exact {
            return Ok(engine);
        }
        let obstacle = match Engine::Exact.choose(parameters) {
            Err(FitError::NotExact { obstacle }) => obstacle,
            _ => format!("the engine is {}", engine.name()),
        };
        Err(FitError::SecondOrder {
            optimizer: self.optimizer.name(),
            obstacle,
        })
    }

    /// Checks every value's range; [`fit`](super::fit()) does this first.
    ///
    /// # Errors
    ///
    /// [`FitError::LearningRate`], [`FitError::Range`] or [`FitError::ZeroCount`], with the value.
    pub fn check(&self) -> Result<(), FitError> {
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return Err(FitError::LearningRate {
                learning_rate: self.learning_rate,
            });
        }
        for (what, count) in [("epochs", self.epochs), ("log_every", self.log_every)] {
            if count == 0 {
                return Err(FitError::ZeroCount { what });
            }
        }
        let below_1 = "from 0 to below 1";
        let mut ranges = vec![("weight decay", self.weight_decay, "0 or more", f64::MAX)];
        match self.optimizer {
            Optimizer::GradientDescent | Optimizer::LevenbergMarquardt => {}
            Optimizer::Momentum { momentum } => ranges.push(("momentum", momentum, below_1, 1.0)),
            Optimizer::Adam {
                beta1,
                beta2,
                epsilon,
            } => ranges.extend([
                ("beta1", beta1, below_1, 1.0),
                ("beta2", beta2, below_1, 1.0),
                ("epsilon", epsilon, "0 or more", f64::MAX),
            ]),
        }
        for (what, value, range, below) in ranges {
            if !(value >= 0.0 && value < below) {
                return Err(FitError::Range { what, range, value });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_learning_rate_must_be_a_positive_number() {
        for learning_rate in [0.0, -0.1, f64::NAN, f64::INFINITY] {
            let config = FitConfig {
                learning_rate,
                ..Default::default()
            };
            let message = config.check().unwrap_err().to_string();
            assert_eq!(
                message,
                format!("learning rate must be a positive number, got {learning_rate}")
            );
        }
    }

    #[test]
    fn what_an_optimizer_remembers_must_fade() {
        let config = FitConfig {
            optimizer: Optimizer::Momentum { momentum: 1.0 },
            ..Default::default()
        };
        let message = config.check().unwrap_err().to_string();
        assert_eq!(message, "momentum must be from 0 to below 1, got 1");
    }

    #[test]
    fn no_epochs_is_an_error() {
        let config = FitConfig {
            epochs: 0,
            ..Default::default()
        };
        assert_eq!(
            config.check().unwrap_err().to_string(),
            "epochs must be at least 1, got 0"
        );
    }
}
