//! Which engine computes the gradient.

use std::str::FromStr;

use super::error::FitError;
use crate::parameters::blocks::Parameters;
use serde::{Deserialize, Serialize};

/// How loss and gradient are computed; the numbers differ by rounding alone.
///
/// | engine | what it is | where it applies | a step costs |
/// |---|---|---|---|
/// | `autodiff` | Burn's tape, on the model's device, in its float type | every module | `O(n h)` |
/// | `backprop` | the documents' hand-written gradients, in f64 on the host: the reference | the documents' two models | `O(n h)` |
/// | `exact` | the same gradient from moments of the sorted samples, in f64 on the host | ReLU networks of one input | `O(h)`, after sorting once |
/// | `auto` | `exact` where it applies, else `autodiff` | everywhere; the default | |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The fastest that applies.
    #[default]
    Auto,
    /// Burn's autodiff.
    Autodiff,
    /// Hand-written gradients.
    Backprop,
    /// Moments of the sorted samples.
    Exact,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Autodiff, Self::Backprop, Self::Exact];

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Autodiff => "autodiff",
            Self::Backprop => "backprop",
            Self::Exact => "exact",
        }
    }

    /// The engine that this stands for with a model of these parameters, or with one that has none on the host: never `Auto`.
    ///
    /// # Errors
    ///
    /// [`FitError::NotExact`] and [`FitError::NotByHand`] when an engine is asked for where it does not apply.
    pub fn choose(self, parameters: Option<&Parameters>) -> Result<Self, FitError> {
        let obstacle = match parameters {
            Some(Parameters::Relu(weights)) if weights.n_inputs() == 1 => None,
            Some(Parameters::Relu(weights)) => {
                Some(format!("this one has {} inputs", weights.n_inputs()))
            }
            Some(Parameters::Perceptron(_)) => Some("this is a perceptron".into()),
            None => Some("this is another module".into()),
        };
        match (self, obstacle) {
            (Self::Auto, None) => Ok(Self::Exact),
            (Self::Auto, Some(_)) => Ok(Self::Autodiff),
            (Self::Exact, Some(obstacle)) => Err(FitError::NotExact { obstacle }),
            (Self::Backprop, _) if parameters.is_none() => Err(FitError::NotByHand),
            (engine, _) => Ok(engine),
        }
    }
}

impl FromStr for Engine {
    type Err = FitError;

    fn from_str(name: &str) -> Result<Self, FitError> {
        let known = Self::ALL.into_iter().find(|engine| engine.name() == name);
        known.ok_or_else(|| FitError::UnknownEngine { name: name.into() })
    }
}
