//! Learning rates that were tried, for those that failed.

use shallow_data::Dataset;

use super::{
    by_hand::{ByHand, Rule},
    config::FitConfig,
    verdict::{oscillates, significant},
};
use crate::{
    exact::{gradient::ExactGradient, moments::Moments},
    parameters::{blocks::Parameters, reduction::Reduction},
};

/// Steps of a trial: as many as the fit has, within these.
const STEPS: (usize, usize) = (300, 1000);

/// Rates tried, each a third of the one before.
const RATES: usize = 16;

/// Parameters moved in all trials together, about; one rate is tried in any case.
const WORK: usize = 1 << 28;

/// Rows of a trial by backprop.
const ROWS: usize = 1000;

/// Why a learning rate failed, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diagnosis {
    /// The largest learning rate with which descent can settle: [`Parameters::stability_limit`]; NaN where it is not known.
    pub stability_limit: f64,
    /// A rate at which at least 300 steps from the same start went down, without oscillating and without a network that is dead after
    /// them.
    pub working_rate: Option<f64>,
}

impl Diagnosis {
    /// Of a model without parameters on the host.
    pub const UNKNOWN: Self = Self {
        stability_limit: f64::NAN,
        working_rate: None,
    };

    /// Of a failed fit of these parameters to these samples.
    ///
    /// Time is that of a few hundred to a few thousand steps on the host: by the exact engine where it applies, else by backprop
    /// on at most 1,000 rows.
    pub fn of(start: &Parameters, data: &Dataset, config: &FitConfig) -> Self {
        let limit = start.stability_limit(data.x(), data.y(), config.reduction);
        if let Parameters::Relu(weights) = start
            && weights.n_inputs() == 1
        {
            let moments = Moments::new(data.x(), data.y());
            return Self::from_moments(start, &moments, config, limit);
        }
        let n = data.n_samples();
        // Half a sum over fewer rows is smaller: all of them are needed to see its slope.
        let is_mean = config.reduction == Reduction::Mean;
        let step = if is_mean { n.div_ceil(ROWS) } else { 1 };
        let rows = |values: &[f64]| -> Vec<f64> {
            let width = values.len() / n;
            let rows = values.chunks_exact(width).step_by(step);
            rows.flatten().copied().collect()
        };
        let chosen = Dataset::new(rows(data.x()), rows(data.y()), n.div_ceil(step));
        let working_rate = chosen.ok().and_then(|chosen| {
            search(config, limit, start.n_parameters(), chosen.x(), |config| {
                ByHand::new(Rule::by_hand(start, &chosen), start, config, None)
            })
        });
        Self {
            stability_limit: limit,
            working_rate,
        }
    }

    pub(super) fn from_moments(
        start: &Parameters,
        moments: &Moments,
        config: &FitConfig,
        stability_limit: f64,
    ) -> Self {
        let Parameters::Relu(weights) = start else {
            return Self::UNKNOWN;
        };
        let x = moments.quantiles(ROWS);
        let working_rate = search(
            config,
            stability_limit,
            start.n_parameters(),
            &x,
            |config| {
                let engine = Box::new(ExactGradient::new(moments, weights.n_hidden()));
                ByHand::new(Rule::Exact(engine), start, config, None)
            },
        );
        Self {
            stability_limit,
            working_rate,
        }
    }
}

/// The first of some falling rates at which a trial goes well, from half the limit on, or from half the rate that failed;
/// `x` tells whether a network is dead.
fn search<'a>(
    config: &FitConfig,
    limit: f64,
    n_parameters: usize,
    x: &[f64],
    steps: impl Fn(&FitConfig) -> ByHand<'a>,
) -> Option<f64> {
    if !config.optimizer.is_first_order() {
        return None;
    }
    let highest = 0.5 * config.learning_rate.min(limit);
    let n_steps = config.epochs.clamp(STEPS.0, STEPS.1);
    let n_rates = (WORK / (n_steps * n_parameters)).clamp(1, RATES);
    let rates = (0..n_rates).map(|i| significant(highest / 3_f64.powi(i as i32), 2));
    let mut rates = rates.filter(|rate| *rate > 0.0 && rate.is_finite());
    rates.find(|rate| {
        let config = FitConfig {
            learning_rate: *rate,
            ..config.clone()
        };
        let (losses, after) = steps(&config).trial(n_steps);
        let falls = losses[losses.len() - 1] < losses[0];
        let is_finite = losses.iter().all(|loss| loss.is_finite());
        is_finite && falls && !oscillates(&losses) && !after.is_saturated(x)
    })
}
