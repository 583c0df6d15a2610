//! NumPy's legacy random numbers: `numpy.random.RandomState(seed)`, bit for bit.

use rand::rand_core::TryRng;
use rand_mt::Mt;
use std::convert::Infallible;

use crate::Draw;

/// `numpy.random.RandomState(seed)`, or `numpy.random.seed(seed)` and the module's functions after it.
///
/// The Mersenne Twister is `rand_mt`'s; this adds what NumPy makes of its words: doubles of 53 bits, and normals by
/// the polar method, which makes two at a time and keeps the second for the next call. It is also a `rand` generator,
/// so every distribution of that crate can draw from it.
///
/// The logarithm in [`normal`](Draw::normal) is the platform's `log`, as in NumPy: the bits agree wherever both use
/// the same C library.
///
/// # Source
///
/// NumPy's `legacy-distributions.c` (`legacy_gauss`) and `_mt19937.pyx`.
///
/// ```
/// use shallow_data::{Draw, NumpyRng};
/// let mut rng = NumpyRng::new(42);
/// assert_eq!(rng.random_sample(), 0.3745401188473625);
/// ```
#[derive(Debug, Clone)]
pub struct NumpyRng {
    twister: Mt,
    second_normal: Option<f64>,
}

impl NumpyRng {
    /// The generator after `numpy.random.seed(seed)`; NumPy takes the same seeds, 0 to 2^32 - 1.
    pub fn new(seed: u32) -> Self {
        Self {
            twister: Mt::new(seed),
            second_normal: None,
        }
    }

    /// One double uniform on [0, 1), of 53 random bits: `numpy.random.random_sample()`.
    pub fn random_sample(&mut self) -> f64 {
        let high = (self.twister.next_u32() >> 5) as f64;
        let low = (self.twister.next_u32() >> 6) as f64;
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// Two independent standard normals from a point drawn inside the unit circle (Marsaglia's polar method).
    fn normal_pair(&mut self) -> (f64, f64) {
        loop {
            let x1 = 2.0 * self.random_sample() - 1.0;
            let x2 = 2.0 * self.random_sample() - 1.0;
            let r2 = x1 * x1 + x2 * x2;
            if r2 < 1.0 && r2 != 0.0 {
                let f = (-2.0 * r2.ln() / r2).sqrt();
                return (f * x2, f * x1);
            }
        }
    }
}

impl Draw for NumpyRng {
    /// `numpy.random.uniform(low, high)`.
    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.random_sample()
    }

    /// `numpy.random.normal(mean, standard_deviation)`.
    fn normal(&mut self, mean: f64, standard_deviation: f64) -> f64 {
        let standard = self.second_normal.take().unwrap_or_else(|| {
            let (first, second) = self.normal_pair();
            self.second_normal = Some(second);
            first
        });
        mean + standard_deviation * standard
    }
}

impl TryRng for NumpyRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.twister.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.twister.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.twister.fill_bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn a_distribution_of_rand_can_draw_from_it() {
        let mut rng = NumpyRng::new(1);
        assert!((0..100).all(|_| (1..=6).contains(&rng.random_range(1..=6))));
    }
}
