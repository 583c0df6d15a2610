//! The method `best`: the best network of a width, from the samples' moments.

use std::time::Instant;

use shallow_analytic::{Moments, Parameters};
use shallow_data::Dataset;
use shallow_export::Function;
use shallow_splines::{BestNet, BestNets, Shape};

use super::account::{Account, Found};
use crate::{
    detail::Detailed,
    error::FittingError,
    plan::Width,
    report::straight_line,
    samples::Samples,
    weighted::mean,
    width::Widths,
    yardstick::{Yardstick, negligible},
};

/// So many samples are looked at in the user's units.
const LOOKED_AT: usize = 10_000;

/// How often samples are added where a function has more detail.
const ROUNDS: usize = 2;

/// Finds the network, and its width where the plan leaves that open.
pub(crate) fn fit(
    width: Width,
    shape: Option<&Shape>,
    samples: &Samples,
    data: &Dataset,
    is_noisy: bool,
) -> Result<Found, FittingError> {
    let clock = Instant::now();
    let mut moments = samples.moments(data.x(), data.y());
    let truth = samples.truth.as_ref().filter(|_| !is_noisy);
    let scale = samples.y_scaling.scale;
    let mut detailed = truth.map(|truth| Detailed::new(truth, samples));
    let mut rounds = 0;
    let (widths, hidden, net) = loop {
        let nets = BestNets::new(&moments);
        let (widths, hidden) = chosen(width, samples, &nets, is_noisy)?;
        let net = match (shape, rounds) {
            (Some(shape), _) => {
                let net = nets.shaped(hidden, shape);
                let none = FittingError::Shape {
                    hidden: Some(hidden),
                };
                net.ok_or(none)?.widened(hidden)
            }
            (None, 0) => in_units(&nets, hidden, samples),
            (None, _) => nets.of(hidden), // fitted to more than the samples
        };
        let predict = |x: f64| {
            let x = samples.x_scaling.apply(&[x])[0];
            samples.y_scaling.invert(net.spline.predict(x))
        };
        let loss = net.loss * scale * scale;
        let more = match &mut detailed {
            Some(detailed) if rounds < ROUNDS => detailed.refine(predict, loss),
            _ => None,
        };
        let Some((x, y, weight)) = more else {
            break (widths, hidden, net);
        };
        let (x, y) = (samples.x_scaling.apply(x), samples.y_scaling.apply(y));
        moments = Moments::weighted(&x, &y, &weight);
        rounds += 1;
    };
    let errors = is_noisy.then(|| net.variance(&moments));
    let (variance, piece_errors) = errors.flatten().unzip();
    let (bound, at_samples) = (net.bound.sqrt() * scale, net.loss.sqrt() * scale);
    let network = Parameters::Relu(net.weights);
    let shipped = Function::new(network.clone(), samples.x_scaling, samples.y_scaling);
    let rms = detailed.map(|detailed| (at_samples, detailed.rms(|x| shipped.predict(x))));
    Ok(Found {
        previous: network.clone(),
        network,
        account: Account {
            widths,
            variance,
            piece_errors,
            yardstick: (shape.is_none() && (samples.truth.is_none() || !is_noisy))
                .then(|| Yardstick::found(hidden + 1, bound, &samples.y)),
            rms,
            ..Account::of_search(hidden, clock)
        },
    })
}

/// The best network of a width, as far as it is no worse than a straight line in the user's units, too: where inputs differ by
/// roundings of the largest, these lose digits, and fewer units have to do.
fn in_units(nets: &BestNets, hidden: usize, samples: &Samples) -> BestNet {
    let step = samples.x.len().div_ceil(LOOKED_AT);
    let some = |values: &[f64]| -> Vec<f64> { values.iter().step_by(step).copied().collect() };
    let (x, y) = (some(&samples.x), some(&samples.y));
    let weight = some(&samples.weight);
    let line = straight_line(samples);
    let of_line = mean(
        x.iter().zip(&y).map(|(x, y)| (line(*x) - y).powi(2)),
        &weight,
    );
    let rounding = negligible(&samples.y).powi(2);
    let mut units = hidden;
    loop {
        let net = nets.of(units).widened(hidden);
        let weights = Parameters::Relu(net.weights.clone());
        let shipped = Function::new(weights, samples.x_scaling, samples.y_scaling);
        let errors = shipped.residuals(&x, &y);
        let of_net = mean(errors.iter().map(|error| error * error), &weight);
        if units == 1 || of_net <= 1.05 * of_line + rounding {
            return net;
        }
        units /= 2;
    }
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
        Width::Within(tolerance) => Widths::within(samples, nets, is_noisy, tolerance)?,
    };
    let hidden = widths.chosen;
    Ok((Some(widths), hidden))
}
