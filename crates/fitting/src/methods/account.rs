//! What a method gives: a network, and the account of how it was found.

use std::time::Instant;

use serde::Serialize;
use shallow_analytic::Parameters;
use shallow_splines::{PieceErrors, Variance};

use crate::{
    choice::Choices, corridor::Within, metrics::Metric, smoothing::Smoothing, width::Widths,
    yardstick::Yardstick,
};

/// A network as it was trained, on scaled samples, with its account.
pub(crate) struct Found {
    pub(crate) network: Parameters,
    /// The network before the last step, which the last loss is of.
    pub(crate) previous: Parameters,
    pub(crate) account: Account,
}

/// The network that was best on test samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its steps.
    pub epoch: usize,
    /// Whether the descent was stopped for want of a better one.
    pub has_stopped: bool,
}

/// How a network was found.
pub(crate) struct Account {
    pub(crate) method: &'static str,
    pub(crate) engine: &'static str,
    pub(crate) device: String,
    pub(crate) dtype: &'static str,
    pub(crate) hidden: usize,
    pub(crate) epochs: usize,
    /// The loss of every epoch, in the user's units.
    pub(crate) losses: Vec<f64>,
    /// Those that were logged, and the last, with losses on test samples where these were followed.
    pub(crate) followed: Vec<Metric>,
    /// Which network was kept, where not the last.
    pub(crate) kept: Option<Kept>,
    pub(crate) seconds: f64,
    pub(crate) widths: Option<Widths>,
    /// The candidates on samples left out, where these decided.
    pub(crate) choices: Option<Choices>,
    /// What no network of the width can beat, where the search found that, too.
    pub(crate) yardstick: Option<Yardstick>,
    /// The root mean square error of a function's best network at the samples, and over the domain.
    pub(crate) rms: Option<(f64, f64)>,
    /// What is proven of a network that is best in the largest error.
    pub(crate) corridor: Option<Within>,
    /// How much of the samples a penalty leaves.
    pub(crate) smoothing: Option<Smoothing>,
    /// The shape that the network has, for a person, where one was asked for.
    pub(crate) shape: Option<String>,
    /// How much noise moves the network's values, on scaled samples.
    pub(crate) variance: Option<Variance>,
    /// What noise leaves open of slopes and kinks, on scaled samples.
    pub(crate) piece_errors: Option<PieceErrors>,
    /// What to do about a descent that did not go well.
    pub(crate) advice: Option<String>,
}

impl Account {
    /// Of a search for a best network on the host, which takes no steps.
    pub(crate) fn of_search(hidden: usize, clock: Instant) -> Self {
        Self {
            method: "best",
            engine: "exact",
            device: "cpu".into(),
            dtype: "f64",
            hidden,
            epochs: 0,
            losses: Vec::new(),
            followed: Vec::new(),
            kept: None,
            seconds: clock.elapsed().as_secs_f64(),
            widths: None,
            choices: None,
            yardstick: None,
            rms: None,
            corridor: None,
            smoothing: None,
            shape: None,
            variance: None,
            piece_errors: None,
            advice: None,
        }
    }
}
