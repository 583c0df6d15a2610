//! Means and moments of samples that may have weights.

use shallow_analytic::Moments;

/// The mean by weights, or where there are none that of values which count alike.
pub(crate) fn mean(values: impl Iterator<Item = f64>, weight: &[f64]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (at, value) in values.enumerate() {
        let weight = weight.get(at).copied().unwrap_or(1.0);
        sum += weight * value;
        total += weight;
    }
    sum / total
}

/// The moments, each sample of weight 1 where there are no weights.
pub(crate) fn moments(x: &[f64], y: &[f64], weight: Option<&[f64]>) -> Moments {
    match weight {
        Some(weight) => Moments::weighted(x, y, weight),
        None => Moments::new(x, y),
    }
}
