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

/// The last places and moves.
#[derive(Debug, Default)]
pub(super) struct Memory(VecDeque<(Vec<f64>, Vec<f64>)>);

impl Memory {
    /// Forgets all: the past tells nothing of what comes.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// A better move from this place than the plain one, after the first call; moves count by `weight`.
    pub(super) fn accelerate(
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
        let product = |a: &dyn Fn(usize) -> f64, b: &dyn Fn(usize) -> f64| {
            (0..step.len())
                .map(|i| weight[i] * a(i) * b(i))
                .sum::<f64>()
        };
        let mut rows = [[0.0; DEPTH + 1]; DEPTH];
        for i in 0..n {
            let first = |at: usize| step[at] - self.0[i].1[at];
            for j in 0..n {
                rows[i][j] = product(&first, &|at| step[at] - self.0[j].1[at]);
            }
            rows[i][DEPTH] = product(&first, &|at| step[at]);
            rows[i][i] *= 1.0 + 1e-10;
        }
        for i in 0..n {
            if rows[i][i] <= 0.0 {
                return None;
            }
            for j in i + 1..n {
                let factor = rows[j][i] / rows[i][i];
                for column in i..=DEPTH {
                    rows[j][column] -= factor * rows[i][column];
                }
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
