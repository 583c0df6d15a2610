//! The mean squared and the mean absolute error in one pass, and the gradient of the squared one.

use pulp::{Arch, Simd, WithSimd};

use crate::{
    float::Float,
    parts::{parts_of, run_parts},
};

/// Values of a part, at least.
const PART: usize = 1 << 16;

/// Independent sums, so that none waits for another.
const LANES: usize = 16;

/// `mean (p - y)^2` and `mean |p - y|`; of no values NaN, as 0 / 0 is.
///
/// # Panics
///
/// When there are not as many values of each.
pub fn errors<T: Float>(p: &[T], y: &[T]) -> [f64; 2] {
    assert!(
        p.len() == y.len(),
        "{} predictions of {} values",
        p.len(),
        y.len()
    );
    let of = parts_of(p.len(), PART);
    let parts = p.chunks(of).zip(y.chunks(of));
    let sums = run_parts(parts, |(p, y)| Arch::new().dispatch(Errors { p, y }));
    let sum = |which: usize| sums.iter().map(|part| part[which]).sum::<f64>();
    [0, 1].map(|which| sum(which) / p.len() as f64)
}

/// The gradient of `factor mean (p - y)^2` with respect to p: `2 factor (p - y) / n`.
///
/// # Panics
///
/// When there are not as many values of each.
pub fn errors_gradient<T: Float>(p: &[T], y: &[T], factor: f64) -> Vec<T> {
    assert!(
        p.len() == y.len(),
        "{} predictions of {} values",
        p.len(),
        y.len()
    );
    let factor = T::from_f64(2.0 * factor / p.len() as f64);
    p.iter().zip(y).map(|(p, y)| factor * (*p - *y)).collect()
}

/// The sums of the squared and of the absolute errors.
struct Errors<'a, T> {
    p: &'a [T],
    y: &'a [T],
}

impl<T: Float> WithSimd for Errors<'_, T> {
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f64; 2] {
        let (mut squares, mut absolutes) = ([0.0; LANES], [0.0; LANES]);
        let (p, p_rest) = self.p.as_chunks::<LANES>();
        let (y, y_rest) = self.y.as_chunks::<LANES>();
        for (p, y) in p.iter().zip(y) {
            for l in 0..LANES {
                let error = p[l].to_f64() - y[l].to_f64();
                squares[l] += error * error;
                absolutes[l] += error.abs();
            }
        }
        for (l, (p, y)) in p_rest.iter().zip(y_rest).enumerate() {
            let error = p.to_f64() - y.to_f64();
            squares[l] += error * error;
            absolutes[l] += error.abs();
        }
        [squares.iter().sum(), absolutes.iter().sum()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_means_and_their_gradient_is_twice_the_error() {
        for n in [1, 15, 16, 100, 70_000] {
            let p: Vec<f64> = (0..n).map(|i| f64::from(i % 7)).collect();
            let y: Vec<f64> = (0..n).map(|i| f64::from(i % 5)).collect();
            let sum = |of: fn(f64) -> f64| p.iter().zip(&y).map(|(p, y)| of(p - y)).sum::<f64>();
            let wanted = [sum(|r| r * r), sum(f64::abs)].map(|sum| sum / f64::from(n));
            assert_eq!(errors(&p, &y), wanted); // whole numbers, no rounding
            let gradient = errors_gradient(&p, &y, 0.5);
            for (gradient, (p, y)) in gradient.iter().zip(p.iter().zip(&y)) {
                assert!((gradient * f64::from(n) - (p - y)).abs() < 1e-12);
            }
        }
        assert!(errors::<f32>(&[], &[]).iter().all(|mean| mean.is_nan()));
    }
}
