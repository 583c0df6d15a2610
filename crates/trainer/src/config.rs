//! How to train; the defaults are the document's numbers.

use serde::{Deserialize, Serialize};
use shallow_analytic::Reduction;

use crate::FitError;

/// Full-batch gradient descent: how many steps, how long, how often to look. The defaults are document 1's;
/// [`FitConfig::perceptron`] has document 2's.
///
/// | name            | default | purpose                                                                | range     |
/// |-----------------|---------|------------------------------------------------------------------------|-----------|
/// | `epochs`        | 500     | steps; full batch, so each sees every sample once                      | 1 or more |
/// | `learning_rate` | 0.01    | `p <- p - learning_rate dL/dp`                                         | above 0   |
/// | `log_every`     | 10      | epochs between calls of the observer, and between reads of the losses  | 1 or more |
/// | `reduction`     | mean    | `L = mean r^2`, or `L = 1/2 sum r^2`, whose gradient grows with n      | mean, sum |
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
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            epochs: 500,
            learning_rate: 0.01,
            log_every: 10,
            reduction: Reduction::Mean,
        }
    }
}

impl FitConfig {
    /// Document 2's numbers: 5000 steps of 0.01 along the gradient of half the sum of squares.
    pub fn perceptron() -> Self {
        Self {
            epochs: 5000,
            reduction: Reduction::Sum,
            ..Self::default()
        }
    }

    /// Checks every value's range; [`fit`](crate::fit()) does this first.
    ///
    /// # Errors
    ///
    /// [`FitError::LearningRate`] or [`FitError::ZeroCount`], with the value.
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
