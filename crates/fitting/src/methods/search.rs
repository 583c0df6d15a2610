//! The methods that search for a network of noisy samples, by their plan.

use shallow_data::Dataset;
use shallow_splines::Shape;

use super::{account::Found, best, chosen, corridor, smooth};
use crate::{
    error::FittingError,
    plan::{Method, Plan},
    robust,
    samples::Samples,
};

/// Finds a network by the method of a plan that takes no steps.
///
/// # Panics
///
/// Where that is descent.
pub(crate) fn search(
    plan: &Plan,
    shape: Option<&Shape>,
    samples: &mut Samples,
    data: &Dataset,
) -> Result<Found, FittingError> {
    if let Some(counted) = robust::weights(data.x(), data.y(), samples.weights(), plan.loss) {
        samples.counted = counted;
    }
    match &plan.method {
        Method::Best(width) => best::fit(*width, shape, samples, data, plan.source.is_noisy()),
        Method::Smooth(smooth) => smooth::fit(smooth, shape, samples, data),
        Method::Chosen(among) => chosen::fit(*among, shape, samples, data, plan.seed),
        Method::Corridor(corridor) => corridor::fit(corridor, samples, plan.source.is_noisy()),
        Method::Descent(_) => unreachable!("a descent takes steps"),
    }
}
