//! How far a fit is from the best network of its width.

use shallow::{HostModel, Moments, Spline, linspace};

use crate::{
    problem::Problem,
    report::{Errors, largest, short},
};

/// Places at which a function is compared with its best network.
const GRID: usize = 10_001;

/// Beyond so many units a function's curvature is believed unseen: the search would take longer than most fits.
const WIDEST_SEARCHED: usize = 256;

/// How far the best network found may be from what the curvature says, for that to count.
const AGREEMENT: f64 = 0.1;

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
    /// best network found bears it out, and else that one's; for a file that of the best one found for the training rows.
    pub fn new(problem: &Problem, n_hidden: usize) -> Self {
        let (rms, size) = match &problem.truth {
            Some(truth) if n_hidden > WIDEST_SEARCHED => {
                let asymptotic = truth.curvature(problem.domain).asymptotic_rms(n_hidden);
                (asymptotic, largest(&problem.test_y))
            }
            Some(truth) => {
                let (low, high) = problem.domain;
                let x = linspace(low, high, GRID);
                let y: Vec<f64> = x.iter().map(|x| truth.at(*x)).collect();
                let curvature = truth.curvature(problem.domain);
                let starts = [curvature.knots(n_hidden)];
                let found = Spline::best(&Moments::new(&x, &y), n_hidden, &starts)
                    .1
                    .sqrt();
                let asymptotic = curvature.asymptotic_rms(n_hidden);
                let agrees = (found / asymptotic - 1.0).abs() < AGREEMENT;
                (if agrees { asymptotic } else { found }, largest(&y))
            }
            None => {
                let moments = Moments::new(&problem.x, &problem.y);
                let found = Spline::best(&moments, n_hidden, &[]).1.sqrt();
                (found, largest(&problem.y))
            }
        };
        Self {
            n_hidden,
            rms,
            negligible: 1e-13 * size,
        }
    }

    /// The width of a network with as many free numbers: of a ReLU network its own, and of m pieces 2 m.
    pub fn width_of(model: &HostModel) -> usize {
        match model {
            HostModel::Relu(weights) => weights.n_hidden(),
            HostModel::Perceptron(neuron) => neuron.weight.len().div_ceil(2),
        }
    }

    /// A fit beside it: of a function by its test samples, which are without noise, of a file by its training rows.
    pub fn describe(&self, errors: &Errors, is_function: bool) -> String {
        let (loss, on) = match errors.test_loss {
            Some(loss) if is_function => (loss, ""),
            _ => (errors.train_loss, " on the training rows"),
        };
        let rms = loss.sqrt();
        let best = format!("the best {}-unit net", self.n_hidden);
        if self.rms <= self.negligible {
            return format!("{}{on}; {best} is exact", short(rms));
        }
        let times = rms / self.rms;
        let digits = if times < 10.0 {
            format!("{times:.2}")
        } else {
            format!("{times:.0}")
        };
        format!(
            "{}{on}, {digits} x {best} ({})",
            short(rms),
            three(self.rms)
        )
    }
}

/// To three significant digits.
fn three(value: f64) -> String {
    if value < 1e-3 {
        format!("{value:.2e}")
    } else {
        short(format!("{value:.2e}").parse().unwrap_or(value))
    }
}
