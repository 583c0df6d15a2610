//! What an answer holds of samples and networks.

use serde::Serialize;
use shallow_data::Scaling;
use shallow_export::Function;
use shallow_fitting::Samples;

/// More points than this are not told apart in a picture.
const DRAWN: usize = 3000;

/// Places at which a function is drawn.
const PLACES: usize = 801;

/// Some of the samples, and how many there are.
#[derive(Debug, Serialize)]
pub(crate) struct Points {
    x: Vec<f64>,
    y: Vec<f64>,
    n: usize,
}

impl Points {
    pub(crate) fn of(x: &[f64], y: &[f64]) -> Self {
        let step = x.len().div_ceil(DRAWN).max(1);
        let some = |values: &[f64]| values.iter().step_by(step).copied().collect();
        Self {
            x: some(x),
            y: some(y),
            n: x.len(),
        }
    }
}

/// The samples of a fit, the function that they are of, if it is known, and what is around them.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    names: [String; 2],
    x_is_time: bool,
    domain: (f64, f64),
    training: Points,
    held_out: Option<Points>,
    truth: Option<Points>,
}

impl Shown {
    pub(crate) fn of(samples: &Samples) -> Self {
        let (low, high) = samples.domain;
        let truth = samples.truth.as_ref().map(|truth| {
            let x = shallow_data::linspace(low, high, PLACES);
            Points::of(&x, &truth.values(&x))
        });
        let is_held_out = truth.is_none() && !samples.test_x.is_empty();
        Self {
            names: samples.names.clone(),
            x_is_time: samples.x_is_time,
            domain: samples.domain,
            training: Points::of(&samples.x, &samples.y),
            held_out: is_held_out.then(|| Points::of(&samples.test_x, &samples.test_y)),
            truth,
        }
    }
}

/// A network in the user's units, for the page to compute with.
#[derive(Debug, Serialize)]
#[serde(tag = "model", rename_all = "lowercase")]
pub(crate) enum Net {
    Relu {
        w1: Vec<f64>,
        b1: Vec<f64>,
        w2: Vec<f64>,
        b2: f64,
        /// Subtracted from x before.
        x_shift: f64,
    },
    Perceptron {
        /// Of x^D, ..., x, 1.
        weight: Vec<f64>,
        activation: &'static str,
        /// x is (x - shift) / scale before, y times scale plus shift after.
        x: [f64; 2],
        y: [f64; 2],
    },
}

impl From<&Function> for Net {
    fn from(function: &Function) -> Self {
        let pair = |scaling: &Scaling| [scaling.shift, scaling.scale];
        match function {
            Function::Relu { weights, x_shift } => Self::Relu {
                w1: weights.w1.clone(),
                b1: weights.b1.clone(),
                w2: weights.w2.clone(),
                b2: weights.b2[0],
                x_shift: *x_shift,
            },
            Function::Perceptron { neuron, x, y } => Self::Perceptron {
                weight: neuron.weight.clone(),
                activation: neuron.activation.name(),
                x: pair(x),
                y: pair(y),
            },
        }
    }
}
