//! The method `smooth`: a network whose bends are penalised, as much as is asked for or as a criterion says.

use std::time::Instant;

use shallow_analytic::Parameters;
use shallow_data::Dataset;
use shallow_splines::{Shape, Smooth, Smoother, Spline};

use super::account::{Account, Found};
use crate::{
    choice::{MOST_MERGED, n_knots},
    error::FittingError,
    plan::{Penalty, SmoothPlan},
    samples::Samples,
    smoothing::Smoothing,
};

/// Finds the network.
pub(crate) fn fit(
    plan: &SmoothPlan,
    shape: Option<&Shape>,
    samples: &Samples,
    data: &Dataset,
) -> Result<Found, FittingError> {
    let clock = Instant::now();
    let moments = samples.moments(data.x(), data.y());
    let n = moments.n_distinct();
    // One input has no slope, and no bends.
    let through = shape.map(Shape::xs).unwrap_or_default();
    let smoother = (n > 1).then(|| {
        let n_knots = match plan.hidden {
            Some(hidden) => (hidden + 1).saturating_sub(through.len()).max(2),
            None => n_knots(n, shape.is_some()),
        };
        Smoother::with_knots_at(&moments, n_knots, &through)
    });
    let smooth = match (&smoother, shape) {
        (None, _) => None,
        (Some(smoother), None) => Some(match plan.penalty {
            Penalty::Fixed(penalty) => smoother.with_penalty(penalty),
            Penalty::By(criterion) => smoother.chosen(criterion),
        }),
        (Some(smoother), Some(shape)) => {
            let smooth = match plan.penalty {
                Penalty::Fixed(penalty) => smoother.with_shape(penalty, shape),
                Penalty::By(criterion) => smoother.chosen_with_shape(criterion, shape),
            };
            let fits = |smooth: &Smooth| {
                let n_pieces = smooth.spline.n_pieces();
                plan.hidden.is_none_or(|most| n_pieces <= most)
            };
            let none = FittingError::Shape {
                hidden: plan.hidden,
            };
            Some(smooth.filter(fits).ok_or(none)?)
        }
    };
    let criterion = match plan.penalty {
        Penalty::Fixed(_) => None,
        Penalty::By(criterion) => Some(criterion),
    };
    let smoothing = smooth
        .as_ref()
        .map(|smooth| Smoothing::new(smooth, criterion));
    let points = shape.map_or(&[][..], |shape| &shape.through);
    let variance = smoother
        .as_ref()
        .zip(smooth.as_ref())
        .and_then(|(smoother, smooth)| smoother.variance(smooth, points));
    let merged = smoother
        .zip(smooth.as_ref())
        .filter(|_| plan.hidden.is_none())
        .and_then(|(smoother, smooth)| smoother.merged(smooth, MOST_MERGED, shape));
    let weights = match (merged, smooth) {
        (Some(net), _) => net.weights,
        (None, Some(smooth)) => {
            let spline = smooth.spline;
            spline.to_weights(plan.hidden.unwrap_or(spline.n_pieces()))
        }
        (None, None) => {
            let spline = Spline::best(&moments, 1, &[]).0;
            spline.to_weights(plan.hidden.unwrap_or(1))
        }
    };
    let hidden = weights.n_hidden();
    let network = Parameters::Relu(weights);
    Ok(Found {
        previous: network.clone(),
        network,
        account: Account {
            method: "smooth",
            smoothing,
            variance,
            ..Account::of_search(hidden, clock)
        },
    })
}
