//! Anderson's acceleration of a descent: from the last few places and the moves there, to where the moves would vanish if
//! they depended on the place linearly.
//!
//! # Source
//!
//! D. G. Anderson, Iterative procedures for nonlinear integral equations, J. ACM 12 (1965); H. F. Walker and P. Ni, Anderson
//! acceleration for fixed-point iterations, SIAM J. Numer. Anal. 49 (2011).

use std::collections::VecDeque;

/// How many differences are combined.
const DEPTH: usize = 5;

/// Relative to the differences' size, the regularization of those that are nearly dependent.
const RIDGE: f64 = 1e-10;

/// The last places and moves.
#[derive(Debug, Default)]
pub(crate) struct Memory(VecDeque<(Vec<f64>, Vec<f64>)>);

impl Memory {
    /// Forgets the past steps.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// A better move from this place than the plain one, after the first call; moves count by `weight`.
    pub(crate) fn accelerate(
        &mut self,
        place: &[f64],
        step: &[f64],
        weight: &[f64],
    ) -> Option<Vec<f64>> {
        if self.0.len() > DEPTH {
            self.0.pop_front();
        }
        let gamma = self.combination(step, weight);
        let better = gamma.map(|gamma| {
            let mut better = step.to_vec();
            for ((then, step_then), gamma) in self.0.iter().zip(gamma) {
                for i in 0..better.len() {
                    better[i] -= gamma * (place[i] - then[i] + step[i] - step_then[i]);
                }
            }
            better
        });
        self.0.push_back((place.to_vec(), step.to_vec()));
        better
    }

    /// The combination of the steps' differences that is closest to this step: normal equations, by elimination.
    fn combination(&self, step: &[f64], weight: &[f64]) -> Option<[f64; DEPTH]> {
        let n = self.0.len().min(DEPTH);
        let differences: Vec<Vec<f64>> = (self.0.iter().take(n))
            .map(|(_, then)| {
                step.iter()
                    .zip(then)
                    .map(|(now, then)| now - then)
                    .collect()
            })
            .collect();
        let product = |a: &[f64], b: &[f64]| -> f64 {
            let products = a.iter().zip(b).zip(weight);
            products.map(|((a, b), weight)| weight * a * b).sum()
        };
        let mut rows = [[0.0; DEPTH + 1]; DEPTH];
        for (i, row) in rows[..n].iter_mut().enumerate() {
            for (j, value) in row[..n].iter_mut().enumerate() {
                *value = product(&differences[i], &differences[j]);
            }
            row[DEPTH] = product(&differences[i], step);
            row[i] *= 1.0 + RIDGE;
        }
        for i in 0..n {
            if rows[i][i] <= 0.0 {
                return None;
            }
            let pivot = rows[i];
            for row in &mut rows[i + 1..n] {
                let factor = row[i] / pivot[i];
                row.iter_mut()
                    .zip(pivot)
                    .for_each(|(value, pivot)| *value -= factor * pivot);
            }
        }
        let mut gamma = [0.0; DEPTH];
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|j| rows[i][j] * gamma[j]).sum();
            gamma[i] = (rows[i][DEPTH] - known) / rows[i][i];
        }
        (n > 0).then_some(gamma)
    }
}
