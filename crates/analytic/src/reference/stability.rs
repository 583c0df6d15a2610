//! How large a learning rate may be: the largest curvature of the loss, and where a perceptron's loss is least.
//!
//! Near a minimum, gradient descent multiplies the distance along an eigenvector of the Hessian H by
//! `1 - learning_rate lambda` a step, so it converges only while `learning_rate < 2 / lambda_max(H)`: the stability
//! limit. H is taken as Gauss and Newton do, `2 factor J^T J` with J the predictions' derivatives, which is the whole
//! Hessian where the residuals vanish.

use faer::{Mat, Side};

use super::backprop::LayeredNet;
use crate::{
    closed_forms::{damping::Damping, least_squares::least_squares},
    parameters::{
        blocks::Parameters, perceptron::Perceptron, reduction::Reduction, relu_weights::ReluWeights,
    },
};

/// `2 / curvature`: gradient descent with a larger rate cannot settle where the loss has this largest curvature.
pub fn stability_limit(curvature: f64) -> f64 {
    2.0 / curvature
}

impl Perceptron {
    /// The largest eigenvalue of the Gauss-Newton Hessian at these weights, on `x [n, d]`: exact, by eigenvalues of the
    /// `d x d` matrix.
    pub fn curvature(&self, x: &[f64], reduction: Reduction) -> f64 {
        let d = self.weight.len();
        let jacobian = self.jacobian(x);
        let mut gram = Mat::<f64>::zeros(d, d);
        for row in jacobian.chunks_exact(d) {
            for i in 0..d {
                for j in 0..=i {
                    gram[(i, j)] += row[i] * row[j];
                }
            }
        }
        let eigenvalues = gram
            .self_adjoint_eigenvalues(Side::Lower)
            .unwrap_or_default();
        2.0 * reduction.factor((x.len() / d) as f64)
            * eigenvalues.last().copied().unwrap_or(f64::NAN)
    }

    /// The neuron of least squared error on `x`, `y`, by Levenberg and Marquardt's method from these weights.
    ///
    /// Where the errors of several weights are the same, one of them; where the error only falls towards infinite
    /// weights (a target outside the activation's range), weights far out.
    pub fn minimum(&self, x: &[f64], y: &[f64]) -> Self {
        let d = self.weight.len();
        let squares = |neuron: &Self| neuron.gradient(x, y, Reduction::HalfSum).0;
        let mut best = self.clone();
        let mut damping = Damping::FIRST;
        for _ in 0..200 {
            if damping.is_exhausted() {
                break;
            }
            let jacobian = best.jacobian(x);
            let residual: Vec<f64> = best.predict(x).iter().zip(y).map(|(p, y)| y - p).collect();
            // min |J step - residual|^2 + damping |step|^2, as one least-squares problem with d more rows.
            let root = damping.0.sqrt();
            let damper = (0..d * d).map(|i| if i / d == i % d { root } else { 0.0 });
            let rows: Vec<f64> = jacobian.iter().copied().chain(damper).collect();
            let right: Vec<f64> = residual.iter().copied().chain(vec![0.0; d]).collect();
            let step = least_squares(&rows, &right, d).weight;
            let mut next = best.clone();
            next.weight
                .iter_mut()
                .zip(&step)
                .for_each(|(w, step)| *w += step);
            let won = squares(&best) - squares(&next);
            if won > 0.0 {
                let descent = |i: usize| -> f64 {
                    let column = jacobian[i..].iter().step_by(d);
                    column.zip(&residual).map(|(j, r)| j * r).sum()
                };
                let promised = step.iter().enumerate();
                let promised = promised.map(|(i, s)| 0.5 * s * (damping.0 * s + descent(i)));
                damping.accept(won / promised.sum::<f64>());
                best = next;
            } else {
                damping.reject();
            }
        }
        best
    }

    /// `dp_i / dw_j`, `[n, d]`.
    fn jacobian(&self, x: &[f64]) -> Vec<f64> {
        let slopes = self
            .predict(x)
            .into_iter()
            .map(|p| self.activation.slope(p));
        let rows = x.chunks_exact(self.weight.len()).zip(slopes);
        rows.flat_map(|(row, slope)| row.iter().map(move |x| slope * x))
            .collect()
    }
}

impl Parameters {
    /// The largest learning rate with which gradient descent can settle on `x [n, d]`, `y [n, k]`: of a neuron at the minimum
    /// of its loss, looked for from the origin, since a saturated one could not find it from where it is; of a ReLU network at
    /// these weights, as its minimum is not known.
    pub fn stability_limit(&self, x: &[f64], y: &[f64], reduction: Reduction) -> f64 {
        stability_limit(match self {
            Self::Relu(weights) => relu_curvature(weights, x, reduction),
            Self::Perceptron(neuron) => {
                let mut origin = neuron.clone();
                origin.weight.fill(0.0);
                origin.minimum(x, y).curvature(x, reduction)
            }
        })
    }

    /// Whether gradients vanish on `x [n, d]`: no ReLU unit is active on any sample, so that only `b2` is left to learn, or no
    /// sample sees a thousandth of the neuron's steepest slope.
    pub fn is_saturated(&self, x: &[f64]) -> bool {
        match self {
            Self::Relu(weights) => weights.is_dead(x),
            Self::Perceptron(neuron) => {
                let activation = neuron.activation;
                let steepest = activation.slope(activation.apply(0.0));
                let is_flat = |p: f64| activation.slope(p) < 1e-3 * steepest;
                neuron.predict(x).into_iter().all(is_flat)
            }
        }
    }
}

/// The largest eigenvalue of the Gauss-Newton Hessian of a two-layer ReLU network at these weights, on `x [n, d]`.
///
/// Power iteration on `v -> J^T (J v)`, from a fixed start, to a relative change of 1e-9 or 1000 rounds; the result
/// never exceeds the eigenvalue. A round costs a forward and a backward pass over samples that are evenly chosen where there are
/// more than 16,384, or of a network of more than 64 units than a million over these; of very wide ones there are fewer rounds.
pub fn relu_curvature(weights: &ReluWeights, x: &[f64], reduction: Reduction) -> f64 {
    let (d, k) = (weights.n_inputs(), weights.n_outputs());
    let n = x.len() / d;
    let h = weights.n_hidden().max(1);
    let most = ((1 << 20) / h).clamp(64, 16_384);
    let rounds = ((1 << 30) / (most * h)).clamp(20, 1000);
    let chosen: Vec<f64> = x
        .chunks_exact(d)
        .step_by(n.div_ceil(most).max(1))
        .flatten()
        .copied()
        .collect();
    let n_chosen = chosen.len() / d;
    let mut net = LayeredNet::at(weights, &chosen);
    let mut direction = weights.clone();
    // No eigenvector is likely to be orthogonal to a start without pattern.
    for (i, value) in direction.blocks_mut().into_iter().flatten().enumerate() {
        *value = 1.0 + (i as f64 * 0.7548776662466927).fract();
    }
    let mut eigenvalue = 0.0;
    for _ in 0..rounds {
        let norm = direction
            .blocks()
            .concat()
            .into_iter()
            .fold(0.0_f64, f64::hypot);
        if norm == 0.0 || !norm.is_finite() {
            return norm;
        }
        direction
            .blocks_mut()
            .into_iter()
            .flatten()
            .for_each(|value| *value /= norm);
        let image = net.derivative_along(&direction);
        let next = image.iter().map(|value| value * value).sum::<f64>();
        let settled = (next - eigenvalue).abs() <= 1e-9 * next;
        eigenvalue = next;
        if settled {
            break;
        }
        direction = net.pull_back(&image);
    }
    2.0 * reduction.factor((n * k) as f64) * eigenvalue * n as f64 / n_chosen as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, backprop};
    use proptest::prelude::*;

    fn descend(
        neuron: &mut Perceptron,
        x: &[f64],
        y: &[f64],
        reduction: Reduction,
        rate: f64,
        steps: usize,
    ) -> f64 {
        for _ in 0..steps {
            let (_, gradient) = neuron.gradient(x, y, reduction);
            neuron
                .weight
                .iter_mut()
                .zip(gradient)
                .for_each(|(w, g)| *w -= rate * g);
        }
        neuron.gradient(x, y, reduction).0
    }

    proptest! {
        /// A neuron recovers weights that it made the data with, from nearby, below the limit, and moves away above it.
        /// 500 steps shrink or grow the stiffest direction by 0.9^500 or 1.1^500.
        #[test]
        fn below_the_limit_a_neuron_converges_and_above_it_does_not(
            truth in prop::collection::vec(-1.0_f64..1.0, 2),
            features in prop::collection::vec(-1.0_f64..1.0, 40),
        ) {
            for activation in Activation::ALL {
                for reduction in [Reduction::Mean, Reduction::HalfSum] {
                    let truth = Perceptron { weight: truth.clone(), activation };
                    let y = truth.predict(&features);
                    let limit = stability_limit(truth.curvature(&features, reduction));
                    let start = Perceptron { weight: truth.weight.iter().map(|w| w + 1e-4).collect(), activation };
                    let before = start.gradient(&features, &y, reduction).0;
                    let after = |share: f64| descend(&mut start.clone(), &features, &y, reduction, share * limit, 500);
                    prop_assert!(after(0.95) < 0.5 * before, "{activation:?}: {:e} from {before:e}", after(0.95));
                    prop_assert!(after(1.05) > 2.0 * before, "{activation:?}: {:e} from {before:e}", after(1.05));
                }
            }
        }

        #[test]
        fn a_neuron_finds_the_weights_its_data_was_made_with(
            truth in prop::collection::vec(-1.0_f64..1.0, 3),
            features in prop::collection::vec(-1.0_f64..1.0, 60),
        ) {
            for activation in Activation::ALL {
                let y = Perceptron { weight: truth.clone(), activation }.predict(&features);
                let found = Perceptron { weight: vec![0.0; 3], activation }.minimum(&features, &y);
                for (found, truth) in found.weight.iter().zip(&truth) {
                    prop_assert!((found - truth).abs() < 1e-6, "{found} for {truth}");
                }
            }
        }

        /// The same of a net beside the net that made the data, where the residuals vanish.
        #[test]
        fn below_the_limit_a_relu_net_converges_and_above_it_does_not(
            values in prop::collection::vec(-1.0_f64..1.0, 13),
            x in prop::collection::vec(-1.0_f64..1.0, 60),
        ) {
            let mut truth = ReluWeights::zeros(1, 4, 1);
            let mut values = values.into_iter();
            truth.blocks_mut().into_iter().flatten().for_each(|value| *value = values.next().unwrap());
            prop_assume!(x.iter().all(|x| crate::differences::distance_to_kink(&truth, &[*x]) > 1e-4));
            let column = ndarray::ArrayView2::from_shape((x.len(), 1), &x).unwrap();
            let y: Vec<f64> = LayeredNet::new(&truth).forward(column).into_iter().collect();
            let limit = stability_limit(relu_curvature(&truth, &x, Reduction::Mean));
            let mut start = truth.clone();
            start.blocks_mut().into_iter().flatten().for_each(|value| *value += 1e-7);
            let (before, _) = backprop::gradient(&start, &x, &y);
            let after = |share: f64| {
                let mut net = LayeredNet::new(&start);
                (0..200).for_each(|_| { net.train_one_step(&x, &y, share * limit); });
                net.test(&x, &y)
            };
            prop_assert!(after(0.95) < before, "{:e} from {before:e}", after(0.95));
            prop_assert!(after(1.05) > 2.0 * before, "{:e} from {before:e}", after(1.05));
        }
    }

    #[test]
    fn power_iteration_finds_what_the_whole_matrix_has() {
        let weights = ReluWeights {
            w1: vec![0.5, -1.5, 2.0, 0.25, 1.0, -0.75],
            b1: vec![0.1, 0.2, -0.3],
            w2: vec![1.0, -2.0, 0.5, 0.75, -1.25, 0.3],
            b2: vec![0.05, -0.4],
        };
        let x = [0.3, -0.9, 1.1, 0.4, -0.6, 0.8, 0.2, 0.1];
        let net = LayeredNet::at(&weights, &x);
        let p = weights.blocks().concat().len();
        let columns: Vec<Vec<f64>> = (0..p)
            .map(|i| {
                let mut unit = ReluWeights::zeros(2, 3, 2);
                *unit.blocks_mut().into_iter().flatten().nth(i).unwrap() = 1.0;
                net.derivative_along(&unit).iter().copied().collect()
            })
            .collect();
        let dot = |i: usize, j: usize| {
            columns[i]
                .iter()
                .zip(&columns[j])
                .map(|(a, b)| a * b)
                .sum::<f64>()
        };
        let eigenvalues = Mat::from_fn(p, p, dot)
            .self_adjoint_eigenvalues(Side::Lower)
            .unwrap();
        let whole = 2.0 / 8.0 * eigenvalues[p - 1];
        let iterated = relu_curvature(&weights, &x, Reduction::Mean);
        assert!(
            (iterated / whole - 1.0).abs() < 1e-6,
            "{iterated} against {whole}"
        );
    }
}
