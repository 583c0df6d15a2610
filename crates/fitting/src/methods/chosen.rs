//! The method `auto` for noisy samples: the network that predicts samples best that it was not fitted to.

use std::time::Instant;

use shallow_analytic::Parameters;
use shallow_data::Dataset;
use shallow_splines::Shape;

use super::account::{Account, Found};
use crate::{
    choice::{Among, choose_shaped},
    error::FittingError,
    samples::Samples,
};

/// Chooses among the candidates.
pub(crate) fn fit(
    among: Among,
    shape: Option<&Shape>,
    samples: &Samples,
    data: &Dataset,
    seed: u64,
) -> Result<Found, FittingError> {
    let clock = Instant::now();
    let choice = choose_shaped(data.x(), data.y(), samples.weights(), among, shape, seed);
    let mut choice = choice.ok_or(FittingError::Shape { hidden: None })?;
    for row in &mut choice.choices.rows {
        row.rms *= samples.y_scaling.scale;
        row.standard_error *= samples.y_scaling.scale;
    }
    let hidden = choice.weights.n_hidden();
    let network = Parameters::Relu(choice.weights);
    Ok(Found {
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
    })
}
