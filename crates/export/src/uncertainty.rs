//! Bands: where the curve is, and where a new sample would be, by the noise in the samples.

use std::collections::HashMap;

use shallow_splines::Variance;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::{error::ExportError, tensors::Tensor};

/// With more degrees of freedom, Student's distribution is the normal one to five digits.
const NORMAL: f64 = 1e5;

/// Bands at some inputs, `[n]` each, in the user's units.
#[derive(Debug, Clone, PartialEq)]
pub struct Bands {
    /// Between these the curve is, at each input for itself, in the share of cases that was asked for.
    pub low: Vec<f64>,
    /// The upper ends.
    pub high: Vec<f64>,
    /// And a new sample of weight 1 is between these.
    pub new_low: Vec<f64>,
    /// The upper ends.
    pub new_high: Vec<f64>,
}

impl Bands {
    pub(crate) fn new(variance: &Variance, x: &[f64], y: &[f64], level: f64) -> Self {
        let t = quantile(level, variance.degrees_left);
        let ends = |side: f64, more: f64| -> Vec<f64> {
            let pairs = x.iter().zip(y);
            pairs
                .map(|(x, y)| y + side * t * (variance.at(*x) + more).sqrt())
                .collect()
        };
        Self {
            low: ends(-1.0, 0.0),
            high: ends(1.0, 0.0),
            new_low: ends(-1.0, variance.noise),
            new_high: ends(1.0, variance.noise),
        }
    }
}

/// By how many standard errors a value of Student's distribution is off at most, in the share of cases that is the level.
pub fn quantile(level: f64, degrees: f64) -> f64 {
    assert!(0.0 < level && level < 1.0, "a level is between 0 and 1");
    if degrees > NORMAL {
        let normal = Normal::standard();
        return normal.inverse_cdf(0.5 + 0.5 * level);
    }
    let student = StudentsT::new(0.0, 1.0, degrees).expect("degrees of freedom are above 0");
    student.inverse_cdf(0.5 + 0.5 * level)
}

/// How likely a value of Student's distribution is as far from 0 as `t`, on either side.
///
/// # Panics
///
/// With degrees of freedom that are not above 0.
pub fn two_sided(t: f64, degrees: f64) -> f64 {
    let student = StudentsT::new(0.0, 1.0, degrees).expect("degrees of freedom are above 0");
    2.0 * student.sf(t.abs())
}

pub(crate) fn flat(variance: &Variance) -> [Vec<f64>; 2] {
    let values = variance.values.iter().flatten().copied().collect();
    [values, vec![variance.noise, variance.degrees_left]]
}

pub(crate) fn tensors<'a>(variance: &'a Variance, flat: &'a [Vec<f64>; 2]) -> [Tensor<'a>; 3] {
    let m = variance.values.len();
    let of = |name: &str, shape: Vec<usize>, values: &'a [f64]| {
        Tensor(format!("variance.{name}"), shape, values)
    };
    [
        of("knots", vec![m + 1], &variance.knots),
        of("values", vec![m, 3], &flat[0]),
        of("noise", vec![2], &flat[1]),
    ]
}

/// What [`tensors`] wrote, if it is there.
pub(crate) fn read(tensors: &HashMap<String, Vec<f64>>) -> Result<Option<Variance>, ExportError> {
    let of = |name: &str| tensors.get(&format!("variance.{name}"));
    let (Some(knots), Some(values), Some(noise)) = (of("knots"), of("values"), of("noise")) else {
        return Ok(None);
    };
    let is_sound = values.len() == 3 * knots.len().saturating_sub(1)
        && !values.is_empty()
        && knots.is_sorted_by(|a, b| a < b)
        && values.iter().all(|value| *value >= 0.0);
    match noise[..] {
        [noise, degrees_left] if is_sound && noise >= 0.0 && degrees_left > 0.0 => {
            Ok(Some(Variance {
                knots: knots.clone(),
                values: values
                    .chunks_exact(3)
                    .map(|of| [of[0], of[1], of[2]])
                    .collect(),
                noise,
                degrees_left,
            }))
        }
        _ => Err(ExportError::content("its variance is none")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From tables of Student's distribution.
    #[test]
    fn quantiles_are_those_of_tables() {
        for (level, degrees, wanted) in [
            (0.95, 1.0, 12.706_204_736),
            (0.95, 10.0, 2.228_138_852),
            (0.99, 30.0, 2.749_995_654),
            (0.95, 1e6, 1.959_964),
        ] {
            let found = quantile(level, degrees);
            assert!((found / wanted - 1.0).abs() < 1e-6, "{found} {wanted}");
        }
    }
}
