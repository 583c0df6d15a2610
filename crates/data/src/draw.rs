//! Uniform and normal random numbers, from either generator.

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rand_distr::StandardNormal;

/// A source of uniform and normal numbers.
///
/// [`NumpyRng`](crate::NumpyRng) repeats NumPy's numbers; [`SeededRng`] is the modern alternative.
pub trait Draw {
    /// One number uniform on `[low, high)`.
    fn uniform(&mut self, low: f64, high: f64) -> f64;

    /// One number from the normal distribution with this mean and standard deviation.
    fn normal(&mut self, mean: f64, standard_deviation: f64) -> f64;
}

/// xoshiro256++ with a seed, and `rand`'s own distributions: the same numbers on every platform, from any `u64` seed.
///
/// ```
/// use shallow_data::{Draw, SeededRng};
/// let [mut a, mut b] = [SeededRng::new(7), SeededRng::new(7)];
/// assert_eq!(a.normal(0.0, 1.0), b.normal(0.0, 1.0));
/// ```
#[derive(Debug, Clone)]
pub struct SeededRng(Xoshiro256PlusPlus);

impl SeededRng {
    /// A generator whose whole sequence follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }
}

impl Draw for SeededRng {
    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.random::<f64>()
    }

    fn normal(&mut self, mean: f64, standard_deviation: f64) -> f64 {
        mean + standard_deviation * self.0.sample::<f64, _>(StandardNormal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five standard errors of each mean and variance over 100,000 draws: a false alarm in a million seeds.
    #[test]
    fn the_moments_are_those_of_the_distributions() {
        let mut draw = SeededRng::new(42);
        let n = 100_000;
        let moments = |values: Vec<f64>| {
            let mean = values.iter().sum::<f64>() / n as f64;
            (
                mean,
                values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64,
            )
        };
        let (mean, variance) = moments((0..n).map(|_| draw.uniform(-1.0, 3.0)).collect());
        assert!((mean - 1.0).abs() < 0.019 && (variance - 4.0 / 3.0).abs() < 0.019);
        let (mean, variance) = moments((0..n).map(|_| draw.normal(5.0, 2.0)).collect());
        assert!((mean - 5.0).abs() < 0.032 && (variance - 4.0).abs() < 0.09);
    }

    #[test]
    fn the_values_of_a_seed_never_change() {
        let mut draw = SeededRng::new(42);
        let first = [
            draw.uniform(0.0, 1.0),
            draw.normal(0.0, 1.0),
            draw.uniform(0.0, 1.0),
        ];
        assert_eq!(
            first,
            [0.8143051451229099, -0.514962928147295, 0.9838941681774888]
        );
    }
}
