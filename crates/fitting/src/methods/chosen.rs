//! The method `auto` for noisy samples: the network that predicts samples best that it was not fitted to.

use std::time::Instant;

use shallow_analytic::Parameters;
use shallow_data::Dataset;

use super::account::{Account, Found};
use crate::{
    choice::{Among, choose},
    samples::Samples,
};

/// Chooses among the candidates.
pub(crate) fn fit(among: Among, samples: &Samples, data: &Dataset, seed: u64) -> Found {
    let clock = Instant::now();
    let mut choice = choose(data.x(), data.y(), samples.weights(), among, seed);
    for row in &mut choice.choices.rows {
        row.rms *= samples.y_scaling.scale;
        row.standard_error *= samples.y_scaling.scale;
    }
    let hidden = choice.weights.n_hidden();
    let network = Parameters::Relu(choice.weights);
    Found {
        previous: network.clone(),
        network,
        account: Account {
            method: choice.candidate.method(),
            smoothing: choice.smoothing,
            variance: choice.variance,
            piece_errors: choice.piece_errors,
            choices: Some(choice.choices),
            ..Account::of_search(hidden, clock)
        },
    }
}
