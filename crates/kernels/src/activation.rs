//! What a neuron does to the weighted sum of its features.

use serde::{Deserialize, Serialize};

/// What the neuron does to the weighted sum of its features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// `1 / (1 + exp(-z))`, between 0 and 1.
    #[default]
    Sigmoid,
    /// `tanh z`, between -1 and 1.
    Tanh,
    /// `z` itself, which makes the neuron a linear regression.
    Identity,
}

impl Activation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sigmoid, Self::Tanh, Self::Identity];

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Identity => "identity",
        }
    }

    /// Its value at `z`.
    pub fn apply(self, z: f64) -> f64 {
        match self {
            Self::Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Self::Tanh => z.tanh(),
            Self::Identity => z,
        }
    }

    /// Its slope where its value is `p`.
    pub fn slope(self, p: f64) -> f64 {
        match self {
            Self::Sigmoid => p * (1.0 - p),
            Self::Tanh => 1.0 - p * p,
            Self::Identity => 1.0,
        }
    }

    /// A warning, in one sentence, when it cannot take every value of `y`: the error then cannot vanish.
    pub fn out_of_range(self, y: &[f64]) -> Option<String> {
        let (low, high) = self.range();
        let value = y.iter().find(|y| **y <= low || **y >= high)?;
        let name = self.name();
        Some(format!(
            "{name} only gives values between {low} and {high}, and the target has {value:.3}: its error cannot vanish"
        ))
    }

    /// The open interval of the values it can take.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Sigmoid => (0.0, 1.0),
            Self::Tanh => (-1.0, 1.0),
            Self::Identity => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activation_that_cannot_reach_the_target_warns() {
        let cosine = [1.0, 0.5, -1.0];
        let warning = Activation::Sigmoid.out_of_range(&cosine).unwrap();
        assert!(
            warning.starts_with("sigmoid only gives values between 0 and 1"),
            "{warning}"
        );
        assert!(Activation::Tanh.out_of_range(&cosine[1..2]).is_none());
        assert!(Activation::Identity.out_of_range(&cosine).is_none());
    }
}
