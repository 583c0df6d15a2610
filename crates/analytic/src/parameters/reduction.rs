//! What the squared errors are divided by.

use serde::{Deserialize, Serialize};

/// What the squared errors are divided by; the gradient, and so the learning rate's meaning, scales with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reduction {
    /// `L = mean r^2`: the ReLU document's loss. The gradient does not grow with the number of samples.
    #[default]
    Mean,
    /// `L = 1/2 sum r^2`: its gradient is `-X^T (error * slope)`, along which the perceptron document steps.
    #[serde(rename = "sum")]
    HalfSum,
}

impl Reduction {
    /// What the sum of the squares of `n_values` residuals is multiplied by.
    pub fn factor(self, n_values: f64) -> f64 {
        match self {
            Self::Mean => 1.0 / n_values,
            Self::HalfSum => 0.5,
        }
    }
}
