//! How far a fit is from what no network of its width can beat.

use shallow_analytic::{Moments, Parameters};
use shallow_data::{extremes, largest};
use shallow_splines::BestNets;

use crate::{samples::Samples, truth::everywhere};

/// Beyond this many pieces only the function's curvature is asked: the search would take longer than most fits.
const WIDEST_SEARCHED: usize = 256;

/// How far the best pieces found may be from what the curvature says, for that to count.
const AGREEMENT: f64 = 0.1;

/// An RMS that is rounding alone: of the differences among values, and of the values.
pub(crate) fn negligible(y: &[f64]) -> f64 {
    let (low, high) = extremes(y);
    1e-13 * (high - low) + f64::EPSILON * largest(y)
}

/// What no network of some width can beat: a network of h units has h kinks, so at most h + 1 straight pieces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Yardstick {
    /// Straight pieces.
    pub n_pieces: usize,
    /// The root mean square error of the best continuous function of so many pieces that was found.
    pub rms: f64,
    /// What is rounding alone.
    negligible: f64,
}

impl Yardstick {
    /// For a function that of the best pieces found, or its asymptotic error, by the function's curvature, where that is close
    /// and smaller; for a file that of the best ones found for the training rows.
    pub fn new(samples: &Samples, n_pieces: usize) -> Self {
        let (rms, negligible) = match &samples.truth {
            Some(truth) if n_pieces > WIDEST_SEARCHED => {
                let asymptotic = truth.curvature(samples.domain).asymptotic_rms(n_pieces);
                (asymptotic, negligible(&samples.test_y))
            }
            Some(truth) => {
                let x = everywhere(samples.domain);
                let y = truth.values(&x);
                let curvature = truth.curvature(samples.domain);
                let moments = Moments::new(&x, &y);
                let found = BestNets::new(&moments).bound(n_pieces).sqrt();
                let asymptotic = curvature.asymptotic_rms(n_pieces);
                let agrees = (found / asymptotic - 1.0).abs() < AGREEMENT;
                let rms = if agrees { asymptotic.min(found) } else { found };
                (rms, negligible(&y))
            }
            None => {
                let moments = samples.moments(&samples.x, &samples.y);
                let found = BestNets::new(&moments).bound(n_pieces).sqrt();
                (found, negligible(&samples.y))
            }
        };
        Self {
            n_pieces,
            rms,
            negligible,
        }
    }

    /// Of pieces that were found, for outputs `y`.
    pub(crate) fn found(n_pieces: usize, rms: f64, y: &[f64]) -> Self {
        Self {
            n_pieces,
            rms,
            negligible: negligible(y),
        }
    }

    /// The pieces that a ReLU network can have; of a perceptron, as many as have no more free numbers, 2 m of m pieces.
    pub fn pieces_of(model: &Parameters) -> usize {
        match model {
            Parameters::Relu(weights) => weights.n_hidden() + 1,
            Parameters::Perceptron(neuron) => neuron.weight.len().div_ceil(2),
        }
    }

    /// How many times larger an RMS is; none where the best pieces are exact.
    pub fn times(&self, rms: f64) -> Option<f64> {
        (self.rms > self.negligible).then(|| rms / self.rms)
    }
}
