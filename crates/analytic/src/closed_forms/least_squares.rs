//! Linear least squares by QR: the closed form that gradient descent is measured against.

use faer::{Mat, MatRef, linalg::solvers::ColPivQr};

/// The solution of `min |X w - y|`, and how far to trust it.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastSquares {
    /// w `[d]`; where several fit equally well, the one of smallest norm.
    pub weight: Vec<f64>,
    /// Number of columns of X that are independent to rounding, at most d and n; below d, the fit is not unique.
    pub rank: usize,
    /// Largest over smallest singular value of X, as `numpy.linalg.cond(X)`; infinite when `rank` is below d. About
    /// `log10` of it digits can be lost.
    pub condition: f64,
}

/// Minimises `|X w - y|` over w.
///
/// Householder QR with column pivoting, on columns scaled to length 1, so that the powers of a polynomial are not
/// taken for dependent because they differ in size; then iterative refinement of weight and residual together, which
/// keeps digits when the residual is large. Time grows as `n d^2`, memory as `n d`.
///
/// # Shapes
///
/// x `[n, d]` row-major, y `[n]`.
///
/// # Panics
///
/// When the lengths do not fit, or a value is not finite.
///
/// # Source
///
/// G. Golub and C. Van Loan, Matrix Computations, 4th edition, 5.5 (rank deficiency); Å. Björck, Iterative refinement
/// of linear least squares solutions I, BIT 7 (1967).
///
/// ```
/// // Through (0, 1), (1, 3) and (2, 5): 2 x + 1.
/// use shallow_analytic::least_squares;
/// let line = least_squares(&[0.0, 1.0, 1.0, 1.0, 2.0, 1.0], &[1.0, 3.0, 5.0], 2);
/// assert!((line.weight[0] - 2.0).abs() < 1e-15 && (line.weight[1] - 1.0).abs() < 1e-15);
/// ```
pub fn least_squares(x: &[f64], y: &[f64], n_features: usize) -> LeastSquares {
    let (n, d) = (y.len(), n_features);
    assert!(
        n > 0 && d > 0 && x.len() == n * d,
        "x must have {d} values for each of y's {n}"
    );
    assert!(
        x.iter().chain(y).all(|value| value.is_finite()),
        "every value must be finite"
    );

    let length = |j: usize| {
        x[j..]
            .iter()
            .step_by(d)
            .fold(0.0_f64, |length, x| length.hypot(*x))
    };
    let scale: Vec<f64> = (0..d)
        .map(|j| Some(length(j)).filter(|l| *l > 0.0).unwrap_or(1.0))
        .collect();
    let qr = Mat::from_fn(n, d, |i, j| x[i * d + j] / scale[j]).col_piv_qr();
    let r = qr.thin_R();
    let tolerance = f64::EPSILON * n.max(d) as f64 * r[(0, 0)].abs();
    let rank = (0..r.nrows())
        .take_while(|&i| r[(i, i)].abs() > tolerance)
        .count();
    let t = independent_rows(&qr, rank, &scale);
    if rank < d {
        let weight = smallest_solution(&qr, t.as_ref(), y);
        return LeastSquares {
            weight,
            rank,
            condition: f64::INFINITY,
        };
    }
    let singular = t.singular_values().unwrap_or_default();
    let condition = singular
        .first()
        .zip(singular.last())
        .map_or(f64::INFINITY, |(s0, s1)| s0 / s1);
    LeastSquares {
        weight: Refinement { x, y, scale, qr }.solve(),
        rank,
        condition,
    }
}

/// T of `X = Q T`, `[rank, d]`: R's independent rows, in the columns' own order and size.
fn independent_rows(qr: &ColPivQr<f64>, rank: usize, scale: &[f64]) -> Mat<f64> {
    let mut t = Mat::zeros(rank, scale.len());
    for (at, &j) in qr.P().arrays().0.iter().enumerate() {
        for i in 0..rank.min(at + 1) {
            t[(i, j)] = qr.thin_R()[(i, at)] * scale[j];
        }
    }
    t
}

/// The smallest w with `T w = Q^T y`. T's rows are independent, so no singular value has to be cut off.
fn smallest_solution(qr: &ColPivQr<f64>, t: MatRef<f64>, y: &[f64]) -> Vec<f64> {
    let (rank, d) = t.shape();
    let Ok(svd) = t.thin_svd() else {
        return vec![0.0; d];
    };
    let q = qr.compute_thin_Q();
    let y = Mat::from_fn(y.len(), 1, |i, _| y[i]);
    let along = svd.U().transpose() * (q.subcols(0, rank).transpose() * &y);
    let s = svd.S().column_vector();
    let w = svd.V() * Mat::from_fn(rank, 1, |i, _| along[(i, 0)] / s[i]);
    (0..d).map(|j| w[(j, 0)]).collect()
}

/// Solves `residual + X w = y`, `X^T residual = 0` for both unknowns, again and again for what is left of either.
struct Refinement<'a> {
    x: &'a [f64],
    y: &'a [f64],
    scale: Vec<f64>,
    qr: ColPivQr<f64>,
}

impl Refinement<'_> {
    fn solve(&self) -> Vec<f64> {
        let (n, d) = (self.y.len(), self.scale.len());
        let q = self.qr.compute_thin_Q();
        let (mut weight, mut residual) = (vec![0.0; d], vec![0.0; n]);
        // Each round gains the digits that the condition number leaves; where it leaves any, four rounds are enough.
        for _ in 0..4 {
            let f: Vec<f64> = (0..n)
                .map(|i| {
                    let products = self.x[i * d..][..d]
                        .iter()
                        .zip(&weight)
                        .map(|(x, w)| (-x, *w));
                    accurate_sum(self.y[i], products.chain([(-residual[i], 1.0)]))
                })
                .collect();
            let g: Vec<f64> = (0..d)
                .map(|j| {
                    let column = self.x[j..].iter().step_by(d);
                    accurate_sum(0.0, column.zip(&residual).map(|(x, r)| (-x, *r))) / self.scale[j]
                })
                .collect();
            let f = Mat::from_fn(n, 1, |i, _| f[i]);
            let along = q.transpose() * &f;
            let h = self.forward(&g);
            let step = self.backward(&(0..d).map(|i| along[(i, 0)] - h[i]).collect::<Vec<_>>());
            let rest = &f + &q * Mat::from_fn(d, 1, |i, _| h[i] - along[(i, 0)]);
            weight.iter_mut().zip(step).for_each(|(w, step)| *w += step);
            residual
                .iter_mut()
                .enumerate()
                .for_each(|(i, r)| *r += rest[(i, 0)]);
        }
        weight
    }

    /// h of `R^T h = g`, with g in the columns' own order.
    fn forward(&self, g: &[f64]) -> Vec<f64> {
        let (r, order) = (self.qr.thin_R(), self.qr.P().arrays().0);
        let mut h: Vec<f64> = Vec::with_capacity(g.len());
        for i in 0..g.len() {
            let known: f64 = (0..i).map(|j| r[(j, i)] * h[j]).sum();
            h.push((g[order[i]] - known) / r[(i, i)]);
        }
        h
    }

    /// w of `R (scale w) = c`, in the columns' own order.
    fn backward(&self, c: &[f64]) -> Vec<f64> {
        let (r, order) = (self.qr.thin_R(), self.qr.P().arrays().0);
        let mut scaled = vec![0.0; c.len()];
        for i in (0..c.len()).rev() {
            let known: f64 = (i + 1..c.len()).map(|j| r[(i, j)] * scaled[order[j]]).sum();
            scaled[order[i]] = (c[i] - known) / r[(i, i)];
        }
        scaled
            .iter()
            .zip(&self.scale)
            .map(|(w, scale)| w / scale)
            .collect()
    }
}

/// `start + sum a b`, as if in twice the precision and rounded once (Ogita, Rump and Oishi's Dot2).
fn accurate_sum(start: f64, products: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut lost) = (start, 0.0);
    for (a, b) in products {
        let product = a * b;
        let next = sum + product;
        let kept = next - sum;
        lost += a.mul_add(b, -product) + ((sum - (next - kept)) + (product - kept));
        sum = next;
    }
    sum + lost
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nist(name: &str) -> Vec<Vec<f64>> {
        let path = format!(
            "{}/../../assets/nist/{name}.txt",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        text.lines()
            .map(|line| {
                line.split(' ')
                    .map(|value| value.parse().unwrap())
                    .collect()
            })
            .collect()
    }

    /// Digits of agreement of the worst weight with its certified value.
    fn digits(fit: &LeastSquares, certified: &[f64]) -> f64 {
        let relative = fit
            .weight
            .iter()
            .zip(certified)
            .map(|(w, c)| ((w - c) / c).abs());
        -relative.fold(1e-16, f64::max).log10()
    }

    fn powers(x: f64, degree: i32) -> impl Iterator<Item = f64> {
        (0..=degree).map(move |k| x.powi(k))
    }

    /// Wampler 1 to 5: a polynomial of degree 5 at 0, 1, ..., 20, exact or with ever larger residuals. Certified are the
    /// coefficients it is made from. Wampler 2's y are not exact in f64, which costs it three digits.
    #[test]
    fn wampler_1_to_5_keep_thirteen_digits_however_large_the_residual() {
        const RESIDUALS: [f64; 21] = [
            759.0, -2048.0, 2048.0, -2048.0, 2523.0, -2048.0, 2048.0, -2048.0, 1838.0, -2048.0,
            2048.0, -2048.0, 1838.0, -2048.0, 2048.0, -2048.0, 2523.0, -2048.0, 2048.0, -2048.0,
            759.0,
        ];
        let x: Vec<f64> = (0..21).flat_map(|i| powers(i as f64, 5)).collect();
        for (base, amplitude) in [
            (1.0, 0.0),
            (0.1, 0.0),
            (1.0, 1.0),
            (1.0, 100.0),
            (1.0, 10_000.0),
        ] {
            let certified: Vec<f64> = powers(base, 5).collect();
            let y: Vec<f64> = (0..21)
                .map(|i| powers(i as f64 * base, 5).sum::<f64>() + amplitude * RESIDUALS[i])
                .collect();
            let fit = least_squares(&x, &y, 6);
            assert!(
                digits(&fit, &certified) > 13.0,
                "{base} {amplitude}: {:?}",
                fit.weight
            );
            assert!((fit.condition / 6.4e6 - 1.0).abs() < 0.01 && fit.rank == 6);
        }
    }

    #[test]
    fn longley_keeps_thirteen_digits() {
        let rows = nist("longley");
        let x: Vec<f64> = rows
            .iter()
            .flat_map(|row| [1.0].into_iter().chain(row[1..].iter().copied()))
            .collect();
        let y: Vec<f64> = rows.iter().map(|row| row[0]).collect();
        let certified = [
            -3482258.63459582,
            15.0618722713733,
            -0.0358191792925910,
            -2.02022980381683,
            -1.03322686717359,
            -0.0511041056535807,
            1829.15146461355,
        ];
        assert!(digits(&least_squares(&x, &y, 7), &certified) > 13.0);
    }

    /// Its powers up to x^10, rounded to f64, already move the certified solution by 2e-8: condition 1.8e15.
    #[test]
    fn filip_keeps_the_seven_digits_that_its_powers_in_f64_leave() {
        let rows = nist("filip");
        let x: Vec<f64> = rows.iter().flat_map(|row| powers(row[1], 10)).collect();
        let y: Vec<f64> = rows.iter().map(|row| row[0]).collect();
        let certified = [
            -1467.48961422980,
            -2772.17959193342,
            -2316.37108160893,
            -1127.97394098372,
            -354.478233703349,
            -75.1242017393757,
            -10.8753180355343,
            -1.06221498588947,
            -0.0670191154593408,
            -0.00246781078275479,
            -0.0000402962525080404,
        ];
        let fit = least_squares(&x, &y, 11);
        assert!(digits(&fit, &certified) > 7.0, "{:?}", fit.weight);
        assert!(fit.rank == 11 && (fit.condition / 1.768e15 - 1.0).abs() < 0.01);
    }

    #[test]
    fn of_the_solutions_of_a_deficient_problem_the_smallest_is_given() {
        let equal_columns = least_squares(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0], &[2.0, 4.0, 6.0], 2);
        assert!(equal_columns.weight.iter().all(|w| (w - 1.0).abs() < 1e-14));
        assert_eq!(
            (equal_columns.rank, equal_columns.condition),
            (1, f64::INFINITY)
        );

        let more_features_than_samples = least_squares(&[3.0, 4.0], &[25.0], 2);
        assert!((more_features_than_samples.weight[0] - 3.0).abs() < 1e-14);
        assert!((more_features_than_samples.weight[1] - 4.0).abs() < 1e-14);

        let nothing = least_squares(&[0.0, 0.0], &[1.0, 2.0], 1);
        assert_eq!((nothing.weight, nothing.rank), (vec![0.0], 0));
    }
}
