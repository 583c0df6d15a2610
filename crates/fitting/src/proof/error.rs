//! The largest error of any fit of a function, on its whole domain.

use shallow_export::Function;
use shallow_expression::Expression;

use super::{
    largest::{Side, Verdict, largest},
    network::Network,
};

/// A bound that is more than this many times an error that there is says little.
const CLOSE: f64 = 1.01;

/// The largest error of a fit of a function on its domain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LargestError {
    /// It is at least `least`, which is at `at`, and at most `most`, which is at most 1 % more: proven.
    Proven {
        /// An error that there is.
        least: f64,
        /// Where.
        at: f64,
        /// No error is larger.
        most: f64,
    },
    /// Within the work that is done, no bound came closer than `most`.
    Unfinished {
        /// An error that there is.
        least: f64,
        /// Where.
        at: f64,
        /// No error is larger.
        most: f64,
    },
    /// It is not known that the formula has a value around this place.
    Undefined {
        /// The place.
        at: f64,
    },
}

impl LargestError {
    /// Of a fit of `f` on a domain.
    pub(crate) fn new(f: &Expression, function: &Function, domain: (f64, f64)) -> Self {
        let network = Network::new(function, domain);
        match largest(f, &network, &Side::OF_ERROR, None) {
            Verdict::Between { least, at, most } => {
                let is_rounding = most - least <= 8.0 * network.most_rounding() + 1e-13 * most;
                match most <= CLOSE * least || (is_rounding && most.is_finite()) {
                    true => Self::Proven { least, at, most },
                    false => Self::Unfinished { least, at, most },
                }
            }
            Verdict::Pole { at } | Verdict::Undefined { at } => Self::Undefined { at },
        }
    }

    /// With a bound that is proven elsewhere.
    pub(crate) fn at_most(self, proven: f64) -> Self {
        match self {
            Self::Proven { least, at, most } | Self::Unfinished { least, at, most } => {
                Self::Proven {
                    least,
                    at,
                    most: most.min(proven),
                }
            }
            Self::Undefined { .. } => self,
        }
    }

    /// The bound, where it is close to an error that there is.
    pub fn bound(&self) -> Option<f64> {
        match self {
            Self::Proven { most, .. } => Some(*most),
            _ => None,
        }
    }
}
