//! The method `best`: the best network of a width, from the samples' moments.

use std::time::Instant;

use shallow_analytic::{Moments, Parameters};
use shallow_data::Dataset;
use shallow_splines::BestNets;

use super::account::{Account, Found};
use crate::{
    detail::{AT_LEAST, Detailed},
    error::FittingError,
    plan::Width,
    samples::Samples,
    width::Widths,
    yardstick::Yardstick,
};

/// A function's detail is looked at as long as there are at most so many times as many samples as at first.
const ROUNDS: usize = 4;

/// Finds the network, and its width where the plan leaves that open.
pub(crate) fn fit(
    width: Width,
    samples: &Samples,
    data: &Dataset,
    is_noisy: bool,
) -> Result<Found, FittingError> {
    let clock = Instant::now();
    let mut moments = Moments::new(data.x(), data.y());
    let n_most = ROUNDS * moments.n_distinct().max(AT_LEAST);
    let (mut detailed, mut fitted_to) = (None, None);
    let scale = samples.y_scaling.scale;
    let (widths, hidden, net) = loop {
        let nets = BestNets::new(&moments);
        let (widths, hidden) = chosen(width, samples, &nets, is_noisy)?;
        let net = nets.of(hidden);
        let n_before = moments.n_distinct();
        if let Some(truth) = samples.truth.as_ref().filter(|_| !is_noisy) {
            let predict = |x: f64| {
                let x = samples.x_scaling.apply(&[x])[0];
                samples.y_scaling.invert(net.spline.predict(x))
            };
            let loss = net.loss * scale * scale;
            detailed = Detailed::new(truth, samples, detailed, predict, loss);
        }
        match &detailed {
            Some(Detailed { x, y, weight }) if x.len() > n_before && x.len() <= n_most => {
                let (x, y) = (samples.x_scaling.apply(x), samples.y_scaling.apply(y));
                moments = Moments::weighted(&x, &y, weight);
                fitted_to = Some((x, y, weight.clone()));
            }
            _ => break (widths, hidden, net),
        }
    };
    let in_units = |loss: f64| loss.sqrt() * scale;
    // As the network is, not as the search saw it.
    let rms = fitted_to.map(|(x, y, weight)| {
        let errors = net.weights.predict(&x).into_iter().zip(&y);
        let squares = errors.zip(&weight).map(|((p, y), w)| w * (p - y).powi(2));
        squares.sum::<f64>() / weight.iter().sum::<f64>()
    });
    let network = Parameters::Relu(net.weights);
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
            yardstick: (samples.truth.is_none() || !is_noisy)
                .then(|| Yardstick::found(hidden + 1, in_units(net.bound), &samples.y)),
            rms: rms.map(in_units),
            advice: None,
        },
    })
}

/// A network's width, and the widths tried where the plan leaves it open.
fn chosen(
    width: Width,
    samples: &Samples,
    nets: &BestNets,
    is_noisy: bool,
) -> Result<(Option<Widths>, usize), FittingError> {
    let widths = match width {
        Width::Units(hidden) => return Ok((None, hidden)),
        Width::Supported => Widths::supported(samples, nets),
        Width::Within { tolerance, norm } => {
            Widths::within(samples, nets, is_noisy, tolerance, norm)?
        }
    };
    let hidden = widths.chosen;
    Ok((Some(widths), hidden))
}
