//! Polynomials in Chebyshev's basis: what networks of straight pieces are measured against.

use faer::{Mat, Side};

/// Relative to the largest eigenvalue, what counts as 0.
const TOLERANCE: f64 = 1e-13;

/// `sum_k c_k T_k(u)`, with `u` from -1 to 1 over an interval of x.
///
/// ```
/// use shallow_analytic::Chebyshev;
/// let cubic = Chebyshev::interpolate(|x| x * x * x, 0.0, 2.0, 4);
/// assert!((cubic.predict(1.7) - 4.913).abs() < 1e-14);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Chebyshev {
    /// Of `T_0`, `T_1`, ...
    pub coefficients: Vec<f64>,
    low: f64,
    high: f64,
}

impl Chebyshev {
    /// The polynomial of `n` coefficients that equals a function at the zeros of `T_n`, which is never far from the one of
    /// least largest error. Time `O(n^2)`.
    ///
    /// # Panics
    ///
    /// Without coefficients.
    ///
    /// # Source
    ///
    /// L. N. Trefethen, Approximation Theory and Approximation Practice, chapters 4 and 15.
    pub fn interpolate(f: impl Fn(f64) -> f64, low: f64, high: f64, n: usize) -> Self {
        assert!(n > 0, "a polynomial has at least one coefficient");
        let angle = |i: usize| std::f64::consts::PI * (i as f64 + 0.5) / n as f64;
        let values: Vec<f64> = (0..n)
            .map(|i| f(f64::midpoint(low, high) + 0.5 * (high - low) * angle(i).cos()))
            .collect();
        let coefficient = |k: usize| {
            let products = values
                .iter()
                .enumerate()
                .map(|(i, value)| value * (k as f64 * angle(i)).cos());
            products.sum::<f64>() * if k == 0 { 1.0 } else { 2.0 } / n as f64
        };
        Self {
            coefficients: (0..n).map(coefficient).collect(),
            low,
            high,
        }
    }

    /// The polynomial of `n` coefficients, or as many as there are samples, with the least squared error; where several fit
    /// equally well, the one of smallest coefficients.
    ///
    /// The products of the basis's polynomials are halves of others, `2 T_j T_k = T_(j + k) + T_|j - k|`, so the normal
    /// equations follow from `2 n` sums over the samples; three rounds of refinement, each from the samples' residuals, give
    /// back the digits that these equations lose. Time `O(N n + n^3)` for N samples, memory `O(n^2)`.
    ///
    /// # Panics
    ///
    /// Without coefficients or samples, and when the lengths do not fit.
    pub fn least_squares(x: &[f64], y: &[f64], n: usize) -> Self {
        assert!(n > 0 && !x.is_empty() && x.len() == y.len());
        let n = n.min(x.len());
        let (low, high) = x.iter().fold((f64::MAX, f64::MIN), |(low, high), x| {
            (low.min(*x), high.max(*x))
        });
        let mut fit = Self {
            coefficients: vec![0.0; n],
            low,
            high,
        };
        let mut sums = vec![0.0; 2 * n];
        x.iter().for_each(|x| basis(fit.scaled(*x), &mut sums, 1.0));
        let gram = Mat::from_fn(n, n, |j, k| 0.5 * (sums[j + k] + sums[j.abs_diff(k)]));
        let Ok(eigen) = gram.self_adjoint_eigen(Side::Lower) else {
            return fit;
        };
        let (vectors, values) = (eigen.U(), eigen.S().column_vector());
        let largest = (0..n).fold(0.0_f64, |most, i| most.max(values[i]));
        for _ in 0..3 {
            let mut right = vec![0.0; n];
            for (x, y) in x.iter().zip(y) {
                basis(fit.scaled(*x), &mut right, y - fit.predict(*x));
            }
            let along = vectors.transpose() * Mat::from_fn(n, 1, |i, _| right[i]);
            let kept = |i: usize| {
                if values[i] > TOLERANCE * largest {
                    along[(i, 0)] / values[i]
                } else {
                    0.0
                }
            };
            let step = vectors * Mat::from_fn(n, 1, |i, _| kept(i));
            for (i, coefficient) in fit.coefficients.iter_mut().enumerate() {
                *coefficient += step[(i, 0)];
            }
        }
        fit
    }

    /// Its value at x, by Clenshaw's recurrence.
    pub fn predict(&self, x: f64) -> f64 {
        let u = self.scaled(x);
        let (mut next, mut after) = (0.0, 0.0);
        for coefficient in self.coefficients[1..].iter().rev() {
            (next, after) = (coefficient + 2.0 * u * next - after, next);
        }
        self.coefficients[0] + u * next - after
    }

    fn scaled(&self, x: f64) -> f64 {
        if self.high > self.low {
            (2.0 * x - self.low - self.high) / (self.high - self.low)
        } else {
            0.0
        }
    }
}

/// Adds to the sums `factor T_k(u)`, for k from 0 on.
fn basis(u: f64, sums: &mut [f64], factor: f64) {
    let (mut this, mut next) = (factor, factor * u);
    for sum in sums {
        *sum += this;
        (this, next) = (next, 2.0 * u * next - this);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::least_squares;

    #[test]
    fn the_least_squares_are_those_of_qr() {
        let x: Vec<f64> = (0..400)
            .map(|i| 3.0 + 2.0 * f64::from(i * i % 401) / 401.0)
            .collect();
        let y: Vec<f64> = x
            .iter()
            .map(|x| (3.0 * x).sin() + (17.0 * x).cos())
            .collect();
        let ours = Chebyshev::least_squares(&x, &y, 12);
        let rows: Vec<f64> = x
            .iter()
            .flat_map(|x| {
                let mut row = [0.0; 12];
                basis(ours.scaled(*x), &mut row, 1.0);
                row
            })
            .collect();
        let theirs = least_squares(&rows, &y, 12).weight;
        for (ours, theirs) in ours.coefficients.iter().zip(theirs) {
            assert!((ours - theirs).abs() < 1e-13, "{ours} for {theirs}");
        }
    }

    #[test]
    fn a_smooth_function_is_met_to_rounding() {
        let x: Vec<f64> = (0..5000)
            .map(|i| (f64::from(i) * 0.754_877_666).fract() * 2.0 - 1.0)
            .collect();
        let f = |x: f64| (3.0 * x).sin() + x * x / 2.0;
        let y: Vec<f64> = x.iter().map(|x| f(*x)).collect();
        for polynomial in [
            Chebyshev::least_squares(&x, &y, 40),
            Chebyshev::interpolate(f, -1.0, 1.0, 40),
        ] {
            let largest = x
                .iter()
                .map(|x| (polynomial.predict(*x) - f(*x)).abs())
                .fold(0.0, f64::max);
            assert!(largest < 1e-12, "{largest:e}");
        }
    }

    #[test]
    fn fewer_samples_than_coefficients_are_passed_through() {
        let (x, y) = ([1.0, 2.0, 4.0], [1.0, -1.0, 5.0]);
        let fit = Chebyshev::least_squares(&x, &y, 10);
        assert_eq!(fit.coefficients.len(), 3);
        for (x, y) in x.iter().zip(y) {
            assert!((fit.predict(*x) - y).abs() < 1e-12);
        }
        assert_eq!(
            Chebyshev::least_squares(&[2.0, 2.0], &[1.0, 3.0], 2).predict(2.0),
            2.0
        );
    }
}
