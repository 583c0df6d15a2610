//! The method `best`: the best network of a width, from the samples' moments.

use std::time::Instant;

use shallow_analytic::{Moments, Parameters};
use shallow_data::Dataset;
use shallow_splines::BestNets;

use super::account::{Account, Found};
use crate::{error::FittingError, plan::Width, samples::Samples, width::Widths};

/// Finds the network, and its width where the plan leaves that open.
pub(crate) fn fit(
    width: Width,
    samples: &Samples,
    data: &Dataset,
    is_noisy: bool,
) -> Result<Found, FittingError> {
    let clock = Instant::now();
    let moments = Moments::new(data.x(), data.y());
    let nets = BestNets::new(&moments);
    let widths = match width {
        Width::Units(_) => None,
        Width::Supported => Some(Widths::supported(samples, &nets)),
        Width::Within { tolerance, norm } => {
            Some(Widths::within(samples, &nets, is_noisy, tolerance, norm)?)
        }
    };
    let hidden = match (&widths, width) {
        (Some(widths), _) => widths.chosen,
        (None, Width::Units(hidden)) => hidden,
        (None, _) => unreachable!("a width that is not given was searched for"),
    };
    let network = Parameters::Relu(nets.of(hidden).weights);
    Ok(Found {
        previous: network.clone(),
        network,
        account: Account {
            method: "best",
            engine: "exact",
            device: "cpu".into(),
            dtype: "f64",
            hidden,
            epochs: 0,
            losses: Vec::new(),
            logged: Vec::new(),
            seconds: clock.elapsed().as_secs_f64(),
            widths,
            advice: None,
        },
    })
}
