//! The method `smooth`: a network whose bends are penalised, as much as generalised cross-validation says.

use std::time::Instant;

use shallow_analytic::{Moments, Parameters};
use shallow_data::Dataset;
use shallow_splines::{Smoother, Spline};

use super::account::{Account, Found};
use crate::report::Smoothing;

/// Finds the network.
pub(crate) fn fit(hidden: usize, data: &Dataset) -> Found {
    let clock = Instant::now();
    let moments = Moments::new(data.x(), data.y());
    // One input has no slope, and no bends.
    let smooth = (moments.n_distinct() > 1).then(|| Smoother::new(&moments, hidden + 1).chosen());
    let smoothing = smooth.as_ref().map(|smooth| Smoothing {
        penalty: smooth.penalty,
        degrees_of_freedom: smooth.degrees_of_freedom,
    });
    let spline = match smooth {
        Some(smooth) => smooth.spline,
        None => Spline::best(&moments, 1, &[]).0,
    };
    let network = Parameters::Relu(spline.to_weights(hidden));
    Found {
        previous: network.clone(),
        network,
        account: Account {
            method: "smooth",
            smoothing,
            ..Account::of_search(hidden, clock)
        },
    }
}
