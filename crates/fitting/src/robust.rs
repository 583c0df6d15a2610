//! Weights of samples that are far off: small, so that a few of them do not lead a fit.
//!
//! They are found with a smooth network by iteratively reweighted least squares: fitted, weighed by the residuals, and fitted again.
//!
//! # Source
//!
//! P. Huber, Robust estimation of a location parameter, Ann. Math. Stat. 35 (1964); A. Beaton and J. Tukey, Technometrics 16 (1974).

use shallow_analytic::Moments;
use shallow_splines::{Criterion, Smoother};

use crate::{choice::n_knots, request::LossName};

/// Where Huber's loss and Tukey's bend, in standard deviations of the noise: of normal noise both lose a twentieth of what samples say.
const HUBER: f64 = 1.345;
const TUKEY: f64 = 4.685;

/// A residual that is smaller than this share of the noise weighs no more.
const SMALLEST: f64 = 0.1;

/// The standard deviation of normal noise for each of its median size.
const OF_MEDIAN: f64 = 1.482_602_218_505_602;

/// A smaller weight is none.
const LIGHTEST: f64 = 1e-9;

/// Rounds, at most.
const ROUNDS: usize = 50;

/// Weights that change by no more are final.
const CLOSE: f64 = 1e-3;

/// What each sample counts, beside a weight of its own, with the mean 1; none where the loss is the squared one, and where half of the
/// samples are met exactly, which leaves no size to weigh the others by.
pub(crate) fn weights(
    x: &[f64],
    y: &[f64],
    own: Option<&[f64]>,
    loss: LossName,
) -> Option<Vec<f64>> {
    let mut robust = vec![1.0; x.len()];
    // Tukey's loss has many least places: it goes on from Huber's.
    let losses = match loss {
        LossName::Squared => return None,
        LossName::Tukey => vec![LossName::Huber, LossName::Tukey],
        loss => vec![loss],
    };
    for loss in losses {
        for _ in 0..ROUNDS {
            let residuals = residuals(x, y, &counted(&robust, own))?;
            let noise = OF_MEDIAN * median(residuals.clone());
            if noise <= f64::EPSILON * y.iter().fold(0.0, |most: f64, y| most.max(y.abs())) {
                return None;
            }
            let next: Vec<f64> = residuals
                .iter()
                .map(|size| weight(size / noise, loss))
                .collect();
            let change = next.iter().zip(&robust).map(|(a, b)| (a - b).abs());
            let change = change.fold(0.0, f64::max);
            robust = next;
            if change <= CLOSE {
                break;
            }
        }
    }
    Some(counted(&robust, own))
}

/// By the size of a residual in standard deviations of the noise.
fn weight(size: f64, loss: LossName) -> f64 {
    let weight = match loss {
        LossName::Squared => 1.0,
        LossName::Huber => (HUBER / size).min(1.0),
        LossName::Absolute => SMALLEST / size.max(SMALLEST),
        LossName::Tukey => (1.0 - (size / TUKEY).powi(2)).max(0.0).powi(2),
    };
    if weight < LIGHTEST { 0.0 } else { weight }
}

/// Times the samples' own weights, with the mean 1.
fn counted(robust: &[f64], own: Option<&[f64]>) -> Vec<f64> {
    let own = |at: usize| own.map_or(1.0, |own| own[at]);
    let all: Vec<f64> = robust
        .iter()
        .enumerate()
        .map(|(at, weight)| weight * own(at))
        .collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    all.into_iter().map(|weight| weight / mean).collect()
}

/// Their sizes, of a smooth network; none where the samples have no two inputs that count.
fn residuals(x: &[f64], y: &[f64], weight: &[f64]) -> Option<Vec<f64>> {
    let moments = Moments::weighted(x, y, weight);
    if moments.n_distinct() < 2 {
        return None;
    }
    let smoother = Smoother::new(&moments, n_knots(moments.n_distinct(), false));
    let spline = smoother.chosen(Criterion::Gcv).spline;
    let pairs = x.iter().zip(y);
    Some(pairs.map(|(x, y)| (y - spline.predict(*x)).abs()).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use shallow_data::{Draw, SeededRng};

    use super::*;
    use crate::choice::{Among, choose};

    /// Root mean square distances from a wave: of the clean fit, and of each loss's where a fifth of the samples are far off.
    fn errors(seed: u64, is_one_sided: bool) -> [f64; 5] {
        let mut draw = SeededRng::new(seed);
        let x: Vec<f64> = (0..300).map(|_| draw.uniform(-1.0, 1.0)).collect();
        let truth = |x: f64| (4.0 * x).sin();
        let clean: Vec<f64> = x
            .iter()
            .map(|x| truth(*x) + draw.normal(0.0, 0.2))
            .collect();
        let far = |y: &f64, draw: &mut SeededRng| {
            let side = if is_one_sided || draw.uniform(0.0, 1.0) < 0.5 {
                1.0
            } else {
                -1.0
            };
            match draw.uniform(0.0, 1.0) < 0.2 {
                true => y + side * draw.uniform(2.0, 6.0),
                false => *y,
            }
        };
        let bad: Vec<f64> = clean.iter().map(|y| far(y, &mut draw)).collect();
        let off = |y: &[f64], loss: LossName| {
            let weight = weights(&x, y, None, loss);
            let fit = choose(&x, y, weight.as_deref(), Among::All, 1).spline;
            let squares = (-95..=95).map(|at| {
                let at = f64::from(at) / 100.0;
                (fit.predict(at) - truth(at)).powi(2)
            });
            (squares.sum::<f64>() / 191.0).sqrt()
        };
        [
            off(&clean, LossName::Squared),
            off(&bad, LossName::Squared),
            off(&bad, LossName::Absolute),
            off(&bad, LossName::Huber),
            off(&bad, LossName::Tukey),
        ]
    }

    #[test]
    fn a_fifth_of_samples_far_off_does_not_lead_a_fit() {
        for is_one_sided in [false, true] {
            let mut mean = [0.0; 5];
            for seed in 0..6 {
                for (mean, error) in mean.iter_mut().zip(errors(seed, is_one_sided)) {
                    *mean += error / 6.0;
                }
            }
            let [clean, squared, absolute, huber, tukey] = mean;
            assert!(tukey < 1.3 * clean, "{mean:?}");
            assert!(
                squared > 3.0 * clean && huber < squared && absolute < squared,
                "{mean:?}"
            );
            if !is_one_sided {
                assert!(huber < 2.0 * clean && absolute < 2.0 * clean, "{mean:?}");
            }
        }
    }

    #[test]
    fn where_half_the_samples_are_met_none_is_weighed() {
        let x: Vec<f64> = (0..30).map(f64::from).collect();
        let mut y = x.clone();
        y[7] = 100.0;
        for loss in [
            LossName::Squared,
            LossName::Huber,
            LossName::Absolute,
            LossName::Tukey,
        ] {
            let found = weights(&x, &y, None, loss);
            assert!(
                found.is_none_or(|weight| weight[7] < 0.2 && weight.iter().all(|w| w.is_finite()))
            );
        }
    }
}
