//! Symmetric matrices with two diagonals beside the main one.

/// A symmetric matrix `[h, h]` that is 0 more than two places off its diagonal.
#[derive(Debug, Clone)]
pub(crate) struct Band {
    pub(crate) diagonal: Vec<f64>,
    /// Beside the diagonal; the last number has no place in the matrix.
    pub(crate) first: Vec<f64>,
    /// Two places off; the last two have none.
    pub(crate) second: Vec<f64>,
}

impl Band {
    pub(crate) fn zeros(h: usize) -> Self {
        let zeros = || vec![0.0; h];
        Self {
            diagonal: zeros(),
            first: zeros(),
            second: zeros(),
        }
    }

    /// This and so many times the other.
    pub(crate) fn plus(&self, times: f64, other: &Self) -> Self {
        let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + times * b).collect();
        Self {
            diagonal: sum(&self.diagonal, &other.diagonal),
            first: sum(&self.first, &other.first),
            second: sum(&self.second, &other.second),
        }
    }

    /// The product with a vector.
    pub(crate) fn times(&self, vector: &[f64]) -> Vec<f64> {
        let mut product: Vec<f64> = self
            .diagonal
            .iter()
            .zip(vector)
            .map(|(a, b)| a * b)
            .collect();
        for (off, beside) in [(1, &self.first), (2, &self.second)] {
            for at in 0..vector.len().saturating_sub(off) {
                product[at] += beside[at] * vector[at + off];
                product[at + off] += beside[at] * vector[at];
            }
        }
        product
    }

    /// The vector's product with itself by the matrix.
    pub(crate) fn form(&self, vector: &[f64]) -> f64 {
        let of = |at: usize| vector.get(at).copied().unwrap_or_default();
        let rows = vector.iter().enumerate().map(|(at, value)| {
            let beside = self.first[at] * of(at + 1) + self.second[at] * of(at + 2);
            value * (self.diagonal[at] * value + 2.0 * beside)
        });
        rows.sum()
    }

    /// The trace of the product.
    pub(crate) fn dot(&self, other: &Self) -> f64 {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let beside = dot(&self.first, &other.first) + dot(&self.second, &other.second);
        dot(&self.diagonal, &other.diagonal) + 2.0 * beside
    }
}

/// The factors `L D L^T` of a positive definite band, `L` with ones on its diagonal.
#[derive(Debug)]
pub(crate) struct Factor {
    pivots: Vec<f64>,
    /// Below the diagonal, by column.
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Factor {
    pub(crate) fn new(band: &Band) -> Self {
        let h = band.diagonal.len();
        let (mut pivots, mut first, mut second) = (vec![0.0; h], vec![0.0; h], vec![0.0; h]);
        let (mut one_before, mut two_before) = ([0.0; 3], [0.0; 3]);
        for at in 0..h {
            // Of each column before: its pivot, and what it has here and in the next row.
            let [d1, here1, next1] = one_before;
            let [d2, here2] = [two_before[0], two_before[2]];
            let pivot = band.diagonal[at] - d1 * here1 * here1 - d2 * here2 * here2;
            pivots[at] = pivot;
            first[at] = (band.first[at] - d1 * here1 * next1) / pivot;
            second[at] = band.second[at] / pivot;
            (two_before, one_before) = (one_before, [pivot, first[at], second[at]]);
        }
        Self {
            pivots,
            first,
            second,
        }
    }

    /// The logarithm of the determinant.
    pub(crate) fn log_determinant(&self) -> f64 {
        self.pivots.iter().map(|pivot| pivot.ln()).sum()
    }

    /// The solution of the system.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let h = right.len();
        let mut solution = right.to_vec();
        for at in 0..h {
            let value = solution[at];
            for (row, of) in [(at + 1, self.first[at]), (at + 2, self.second[at])] {
                if row < h {
                    solution[row] -= of * value;
                }
            }
        }
        for at in (0..h).rev() {
            let mut value = solution[at] / self.pivots[at];
            for (row, of) in [(at + 1, self.first[at]), (at + 2, self.second[at])] {
                if row < h {
                    value -= of * solution[row];
                }
            }
            solution[at] = value;
        }
        solution
    }

    /// What of the inverse lies in the band. Time `O(h)`: B. Erisman and W. Tinney, On computing certain elements of the inverse of a
    /// sparse matrix, Commun. ACM 18 (1975).
    pub(crate) fn inverse(&self) -> Band {
        let h = self.pivots.len();
        let mut inverse = Band::zeros(h);
        for at in (0..h).rev() {
            let [one, two] = [at + 1, at + 2].map(|row| {
                let diagonal = inverse.diagonal.get(row);
                diagonal.copied().unwrap_or_default()
            });
            let between = inverse.first.get(at + 1).copied().unwrap_or_default();
            let (a, b) = (self.first[at], self.second[at]);
            inverse.first[at] = -a * one - b * between;
            inverse.second[at] = -a * between - b * two;
            inverse.diagonal[at] =
                1.0 / self.pivots[at] - a * inverse.first[at] - b * inverse.second[at];
        }
        inverse
    }
}
