//! Levenberg-Marquardt for a one-input ReLU network: second order, whatever the number of samples.
//!
//! Where one unit is active, every derivative of the network by its parameters is a line in x, and two units are active
//! together on a half-line or an interval. So the products of the Jacobian's columns, `J^T J`, follow from W, X and XX between
//! two kinks: `O(h^2)` of them in all. With the gradient of the [exact engine](ExactGradient) they give the step
//!
//! ```text
//! (J^T J + damping diag(J^T J)) step = -J^T r
//! ```
//!
//! # Source
//!
//! D. Marquardt, An algorithm for least-squares estimation of nonlinear parameters, SIAM J. 11 (1963); the damping's changes
//! after H. B. Nielsen, Damping parameter in Marquardt's method, IMM-REP-1999-05 (1999).

use faer::{Mat, Side, linalg::solvers::Solve};

use super::{gradient::ExactGradient, moments::Moments};
use crate::{
    closed_forms::damping::Damping,
    parameters::{reduction::Reduction, relu_weights::ReluWeights},
};

/// The least diagonal element, relative to the largest: units that are off have 0.
const LEAST_DIAGONAL: f64 = 1e-12;

/// A loss with fewer correct digits than this is summed again in double-double.
const DIGITS: f64 = 8.0;

/// A descent of second order on the mean squared error, or half the sum, of the samples behind some [`Moments`].
///
/// A step takes `O((h k)^2)` to assemble and `O((2 h + h k)^3)` to solve; memory is `O((2 h + h k)^2)`.
#[derive(Debug)]
pub struct LevenbergMarquardt<'a> {
    engine: ExactGradient<'a>,
    reduction: Reduction,
    weight_decay: f64,
    damping: Damping,
    gradient: ReluWeights,
}

impl<'a> LevenbergMarquardt<'a> {
    /// For networks of `n_hidden` units on these samples; `weight_decay` as in [`Descent::new`](crate::descent::Descent::new).
    pub fn new(
        moments: &'a Moments,
        n_hidden: usize,
        reduction: Reduction,
        weight_decay: f64,
    ) -> Self {
        Self {
            engine: ExactGradient::new(moments, n_hidden),
            reduction,
            weight_decay,
            damping: Damping::FIRST,
            gradient: ReluWeights::zeros(1, n_hidden, moments.n_outputs()),
        }
    }

    /// What it remembers from step to step: how much the next one is damped.
    pub fn damping(&self) -> f64 {
        self.damping.0
    }

    /// Goes on with this damping.
    pub fn resume(mut self, damping: f64) -> Self {
        self.damping = Damping(damping);
        self
    }

    /// One step, which is undone where the loss would rise; returns the loss before it.
    ///
    /// # Panics
    ///
    /// When the network has another width or other outputs than it was made for.
    pub fn step(&mut self, weights: &mut ReluWeights) -> f64 {
        let mut gradient = self.gradient.clone();
        let loss = self.loss(weights, &mut gradient);
        if !loss.is_finite() || self.damping.is_exhausted() {
            return loss;
        }
        let mut normal = self.normal_matrix(weights);
        let mut right = flat(&gradient);
        for (right, p) in right.iter_mut().zip(flat(weights)) {
            *right += self.weight_decay * p;
        }
        let n = right.len();
        let largest = (0..n).fold(0.0_f64, |most, i| most.max(normal[(i, i)]));
        let scale: Vec<f64> = (0..n)
            .map(|i| normal[(i, i)].max(LEAST_DIAGONAL * largest))
            .collect();
        for (i, scale) in scale.iter().enumerate() {
            normal[(i, i)] += self.weight_decay + self.damping.0 * scale;
        }
        let step = normal
            .llt(Side::Lower)
            .ok()
            .map(|llt| llt.solve(Mat::from_fn(n, 1, |i, _| -right[i])));
        let Some(step) = step.filter(|step| (0..n).all(|i| step[(i, 0)].is_finite())) else {
            self.damping.fail();
            return loss;
        };
        // What the quadratic model promises: step^T (damping D step - gradient) / 2.
        let promised = (0..n).map(|i| {
            let step = step[(i, 0)];
            0.5 * step * (self.damping.0 * scale[i] * step - right[i])
        });
        let promised: f64 = promised.sum();
        let mut trial = weights.clone();
        let values = trial.blocks_mut().into_iter().flatten();
        values
            .enumerate()
            .for_each(|(i, value)| *value += step[(i, 0)]);
        let before = loss + self.penalty(weights);
        let after = self.loss(&trial, &mut gradient) + self.penalty(&trial);
        if after < before {
            self.damping.accept((before - after) / promised);
            *weights = trial;
        } else {
            self.damping.reject();
        }
        loss
    }

    /// Loss and gradient of the squared error alone.
    fn loss(&mut self, weights: &ReluWeights, gradient: &mut ReluWeights) -> f64 {
        let loss = self
            .engine
            .loss_and_gradient(weights, self.reduction, gradient);
        if loss.is_finite() && self.engine.digits() < DIGITS {
            self.engine.precise_loss(weights, self.reduction)
        } else {
            loss
        }
    }

    fn penalty(&self, weights: &ReluWeights) -> f64 {
        let squares = weights.blocks().into_iter().flatten().map(|p| p * p);
        0.5 * self.weight_decay * squares.sum::<f64>()
    }

    /// Gauss-Newton's Hessian of the loss, its lower half: `J^T J` over the samples, times twice the reduction's factor.
    fn normal_matrix(&self, weights: &ReluWeights) -> Mat<f64> {
        let half_lines = self.engine.half_lines();
        let moments = half_lines.moments();
        let (h, k) = (weights.n_hidden(), weights.n_outputs());
        let (units, prefix) = (half_lines.units(), half_lines.prefix());
        let origin = moments.x_origin;
        let factor = 2.0 * self.reduction.factor(moments.total_weight() * k as f64);
        let mut normal = Mat::zeros((2 + k) * h + k, (2 + k) * h + k);
        let is_left = |unit: usize| weights.w1[unit] < 0.0;
        // Each parameter's derivative is a line in x, measured from the origin: value there and slope, for w1, b1 and, of an
        // output that v belongs to, w2.
        let lines = |unit: usize| {
            let (w, b) = (weights.w1[unit], weights.b1[unit]);
            ([origin, 1.0], [1.0, 0.0], [w.mul_add(origin, b), w])
        };
        let mut put = |row: usize, column: usize, value: f64| {
            normal[(row.max(column), row.min(column))] = factor * value;
        };
        let product = |[w, x, xx]: [f64; 3], a: [f64; 2], b: [f64; 2]| {
            a[0] * b[0] * w + (a[0] * b[1] + a[1] * b[0]) * x + a[1] * b[1] * xx
        };
        let between = |from: usize, to: usize| -> [f64; 3] {
            if from >= to {
                return [0.0; 3];
            }
            std::array::from_fn(|moment| prefix[to][moment] - prefix[from][moment])
        };
        for (i, &unit) in units.iter().enumerate() {
            for (j, &other) in units[..=i].iter().enumerate() {
                // Where both are active: slots count from 1, and h + 1 is the right end.
                let sums = match (is_left(unit), is_left(other)) {
                    (true, true) => between(0, j + 1),
                    (false, false) => between(i + 1, h + 1),
                    (true, false) => between(j + 1, i + 1),
                    (false, true) => [0.0; 3],
                };
                let (v, v_other) = (&weights.w2[unit * k..][..k], &weights.w2[other * k..][..k]);
                let both: f64 = v.iter().zip(v_other).map(|(a, b)| a * b).sum();
                let (a, b) = (lines(unit), lines(other));
                put(unit, other, both * product(sums, a.0, b.0));
                put(h + unit, h + other, both * product(sums, a.1, b.1));
                put(h + unit, other, both * product(sums, a.1, b.0));
                put(h + other, unit, both * product(sums, b.1, a.0));
                for o in 0..k {
                    let (w2, w2_other) = (2 * h + unit * k + o, 2 * h + other * k + o);
                    put(w2, w2_other, product(sums, a.2, b.2));
                    put(w2, other, v_other[o] * product(sums, a.2, b.0));
                    put(w2, h + other, v_other[o] * product(sums, a.2, b.1));
                    put(w2_other, unit, v[o] * product(sums, b.2, a.0));
                    put(w2_other, h + unit, v[o] * product(sums, b.2, a.1));
                }
            }
            let sums = if is_left(unit) {
                between(0, i + 1)
            } else {
                between(i + 1, h + 1)
            };
            let line = lines(unit);
            for o in 0..k {
                let b2 = (2 + k) * h + o;
                let v = weights.w2[unit * k + o];
                put(b2, unit, v * product(sums, line.0, [1.0, 0.0]));
                put(b2, h + unit, v * product(sums, line.1, [1.0, 0.0]));
                put(b2, 2 * h + unit * k + o, product(sums, line.2, [1.0, 0.0]));
            }
        }
        for o in 0..k {
            put((2 + k) * h + o, (2 + k) * h + o, prefix[h + 1][0]);
        }
        normal
    }
}

fn flat(weights: &ReluWeights) -> Vec<f64> {
    weights.blocks().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(i: usize) -> f64 {
        (i as f64 * 0.754_877_666_246_692_7).fract() * 4.0 - 2.0
    }

    fn net(h: usize, k: usize) -> ReluWeights {
        let mut next = 0;
        let mut weights = ReluWeights::random(1, h, k, || {
            next += 7;
            wave(next * next)
        });
        let biases = weights.b1.iter_mut().enumerate();
        biases.for_each(|(i, b)| *b = 0.3 * wave(3 * i * i + 1));
        weights
    }

    /// Its other witness: every sample's derivatives, one by one.
    #[test]
    fn the_normal_matrix_is_the_jacobians() {
        for (h, k, shift) in [(1, 1, 0.0), (9, 1, 0.0), (5, 3, 0.0), (6, 2, 100.0)] {
            let mut weights = net(h, k);
            for (b, w) in weights.b1.iter_mut().zip(&weights.w1) {
                *b -= shift * w;
            }
            let x: Vec<f64> = (0..70).map(|i| wave(i) + shift).collect();
            let y: Vec<f64> = (0..70 * k).map(wave).collect();
            let moments = Moments::new(&x, &y);
            let mut lm = LevenbergMarquardt::new(&moments, h, Reduction::Mean, 0.0);
            let mut gradient = weights.clone();
            lm.loss(&weights, &mut gradient);
            let normal = lm.normal_matrix(&weights);
            let n = normal.nrows();
            let mut theirs: Mat<f64> = Mat::zeros(n, n);
            for x in &x {
                for o in 0..k {
                    let mut row = ReluWeights::zeros(1, h, k);
                    for unit in 0..h {
                        let (w, b, v) =
                            (weights.w1[unit], weights.b1[unit], weights.w2[unit * k + o]);
                        if w * x + b > 0.0 {
                            (row.w1[unit], row.b1[unit]) = (v * x, v);
                            row.w2[unit * k + o] = w * x + b;
                        }
                    }
                    row.b2[o] = 1.0;
                    let row = flat(&row);
                    for i in 0..n {
                        for j in 0..=i {
                            theirs[(i, j)] += 2.0 / (70 * k) as f64 * row[i] * row[j];
                        }
                    }
                }
            }
            for i in 0..n {
                for j in 0..=i {
                    let size =
                        (theirs[(i, i)] * theirs[(j, j)]).sqrt().max(1.0) * (1.0 + shift * shift);
                    let difference = (normal[(i, j)] - theirs[(i, j)]).abs();
                    assert!(
                        difference < 1e-12 * size,
                        "h {h}, k {k}: {i}, {j}: {difference:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_network_that_can_be_exact_becomes_exact() {
        let x: Vec<f64> = (0..200).map(wave).collect();
        let y: Vec<f64> = x.iter().map(|x| (x - 0.4).abs()).collect();
        let moments = Moments::new(&x, &y);
        let mut lm = LevenbergMarquardt::new(&moments, 6, Reduction::Mean, 0.0);
        let mut weights = net(6, 1);
        let losses: Vec<f64> = (0..60).map(|_| lm.step(&mut weights)).collect();
        assert!(
            losses.windows(2).all(|pair| pair[1] <= pair[0]),
            "{losses:?}"
        );
        assert!(losses[59] < 1e-20, "{losses:?}");
    }

    #[test]
    fn weight_decay_holds_the_weights() {
        let x: Vec<f64> = (0..200).map(wave).collect();
        let moments = Moments::new(&x, &x);
        let after = |weight_decay: f64| {
            let mut lm = LevenbergMarquardt::new(&moments, 4, Reduction::Mean, weight_decay);
            let mut weights = net(4, 1);
            (0..50).for_each(|_| {
                lm.step(&mut weights);
            });
            flat(&weights).iter().map(|p| p * p).sum::<f64>()
        };
        assert!(after(0.1) < 0.5 * after(0.0));
    }
}
