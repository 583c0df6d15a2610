//! How far a fit is from the best network of its width.

use shallow_analytic::{Moments, Parameters};
use shallow_data::{extremes, largest, linspace};
use shallow_splines::Spline;

use crate::{poles::GRID, samples::Samples};

/// Beyond this many units only the function's curvature is asked: the search would take longer than most fits.
const WIDEST_SEARCHED: usize = 256;

/// How far the best network found may be from what the curvature says, for that to count.
const AGREEMENT: f64 = 0.1;

/// An RMS that is rounding alone: of the differences among values, and of the values.
pub(crate) fn negligible(y: &[f64]) -> f64 {
    let (low, high) = extremes(y);
    1e-13 * (high - low) + f64::EPSILON * largest(y)
}

/// What the best network of some width can do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Yardstick {
    /// Hidden units of the network.
    pub n_hidden: usize,
    /// Its root mean square error.
    pub rms: f64,
    /// What is rounding alone.
    negligible: f64,
}

impl Yardstick {
    /// Of the best network of `n_hidden` units: for a function its asymptotic error, by the function's curvature, where the
    /// best network found agrees with it, and else that one's; for a file that of the best one found for the training rows.
    pub fn new(samples: &Samples, n_hidden: usize) -> Self {
        let (rms, negligible) = match &samples.truth {
            Some(truth) if n_hidden > WIDEST_SEARCHED => {
                let asymptotic = truth.curvature(samples.domain).asymptotic_rms(n_hidden);
                (asymptotic, negligible(&samples.test_y))
            }
            Some(truth) => {
                let (low, high) = samples.domain;
                let x = linspace(low, high, GRID);
                let y: Vec<f64> = x.iter().map(|x| truth.at(*x)).collect();
                let curvature = truth.curvature(samples.domain);
                let starts = [curvature.knots(n_hidden)];
                let found = Spline::best(&Moments::new(&x, &y), n_hidden, &starts)
                    .1
                    .sqrt();
                let asymptotic = curvature.asymptotic_rms(n_hidden);
                let agrees = (found / asymptotic - 1.0).abs() < AGREEMENT;
                (if agrees { asymptotic } else { found }, negligible(&y))
            }
            None => {
                let moments = Moments::new(&samples.x, &samples.y);
                let found = Spline::best(&moments, n_hidden, &[]).1.sqrt();
                (found, negligible(&samples.y))
            }
        };
        Self {
            n_hidden,
            rms,
            negligible,
        }
    }

    /// The width of a network with as many free numbers: of a ReLU network its own, and of m pieces 2 m.
    pub fn width_of(model: &Parameters) -> usize {
        match model {
            Parameters::Relu(weights) => weights.n_hidden(),
            Parameters::Perceptron(neuron) => neuron.weight.len().div_ceil(2),
        }
    }

    /// How many times larger an RMS is; none where the best network is exact.
    pub fn times(&self, rms: f64) -> Option<f64> {
        (self.rms > self.negligible).then(|| rms / self.rms)
    }
}
