//! One neuron's rule, by hand: `p = activation(X w)`, and the gradient of its squared error.

use shallow_kernels::Activation;

use super::reduction::Reduction;

/// One neuron without a bias: the constant feature plays its part.
///
/// # Shapes
///
/// X `[n, d]` row-major, w `[d]`, p `[n]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Perceptron {
    /// w.
    pub weight: Vec<f64>,
    /// What it does to `X w`.
    pub activation: Activation,
}

impl Perceptron {
    /// `activation(X w)`.
    pub fn predict(&self, x: &[f64]) -> Vec<f64> {
        x.chunks_exact(self.weight.len())
            .map(|row| self.forward(row))
            .collect()
    }

    fn forward(&self, row: &[f64]) -> f64 {
        self.activation
            .apply(row.iter().zip(&self.weight).map(|(x, w)| x * w).sum())
    }

    /// The document's step, `w += learning_rate X^T (error * slope)` with `error = y - p`; returns the mean of
    /// `|error|` before it. It descends [`Reduction::HalfSum`]'s loss.
    pub fn train_one_step(&mut self, x: &[f64], y: &[f64], learning_rate: f64) -> f64 {
        let mut descent = vec![0.0; self.weight.len()];
        let mut absolute_error = 0.0;
        for (row, y) in x.chunks_exact(self.weight.len()).zip(y) {
            let p = self.forward(row);
            let error = y - p;
            let delta = error * self.activation.slope(p);
            descent
                .iter_mut()
                .zip(row)
                .for_each(|(descent, x)| *descent += x * delta);
            absolute_error += error.abs();
        }
        self.weight
            .iter_mut()
            .zip(descent)
            .for_each(|(w, descent)| *w += learning_rate * descent);
        absolute_error / y.len() as f64
    }

    /// The squared error on `x`, `y`, reduced, and its gradient `[d]`.
    pub fn gradient(&self, x: &[f64], y: &[f64], reduction: Reduction) -> (f64, Vec<f64>) {
        self.sums(x, y, reduction, |p, y| p - y, |term| term)
    }

    /// How large that loss and each entry of its gradient `[d]` would be if nothing cancelled: see
    /// [`crate::differences::magnitudes`].
    pub fn magnitudes(&self, x: &[f64], y: &[f64], reduction: Reduction) -> (f64, Vec<f64>) {
        self.sums(x, y, reduction, |p, y| p.abs() + y.abs(), f64::abs)
    }

    /// The sums that loss and gradient are, of these errors and of what `of` makes of the other factors.
    fn sums(
        &self,
        x: &[f64],
        y: &[f64],
        reduction: Reduction,
        error: impl Fn(f64, f64) -> f64,
        of: impl Fn(f64) -> f64,
    ) -> (f64, Vec<f64>) {
        let factor = reduction.factor(y.len() as f64);
        let mut sums = vec![0.0; self.weight.len()];
        let mut loss = 0.0;
        for (row, y) in x.chunks_exact(self.weight.len()).zip(y) {
            let p = self.forward(row);
            let error = error(p, *y);
            let delta = 2.0 * factor * error * of(self.activation.slope(p));
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, x)| *sum += of(*x) * delta);
            loss += error.powi(2);
        }
        (factor * loss, sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The step 1e-5 leaves a truncation of 1e-10 and a rounding of 1e-11 in a loss near 1.
        #[test]
        fn the_gradient_equals_central_differences(
            weight in prop::collection::vec(-1.0_f64..1.0, 3),
            x in prop::collection::vec(-1.0_f64..1.0, 30),
            y in prop::collection::vec(-1.0_f64..1.0, 10),
        ) {
            for activation in Activation::ALL {
                for reduction in [Reduction::Mean, Reduction::HalfSum] {
                    let neuron = Perceptron { weight: weight.clone(), activation };
                    let (_, gradient) = neuron.gradient(&x, &y, reduction);
                    for (i, gradient) in gradient.into_iter().enumerate() {
                        let loss = |step: f64| {
                            let mut moved = neuron.clone();
                            moved.weight[i] += step;
                            moved.gradient(&x, &y, reduction).0
                        };
                        let numeric = (loss(1e-5) - loss(-1e-5)) / 2e-5;
                        prop_assert!((gradient - numeric).abs() < 1e-8, "{gradient} against {numeric}");
                    }
                }
            }
        }
    }

    /// Two samples whose errors, 1 and -1, cancel.
    #[test]
    fn magnitudes_are_of_what_does_not_cancel() {
        let neuron = Perceptron {
            weight: vec![1.0],
            activation: Activation::Identity,
        };
        let (x, y) = ([1.0, 1.0], [2.0, 0.0]);
        assert_eq!(neuron.gradient(&x, &y, Reduction::HalfSum).1, [0.0]);
        let terms = neuron.magnitudes(&x, &y, Reduction::HalfSum);
        assert_eq!(terms, (5.0, vec![4.0])); // half of 3^2 + 1^2
    }

    #[test]
    fn the_documents_step_descends_half_the_sum_of_squares() {
        let mut neuron = Perceptron {
            weight: vec![0.3, -0.2],
            activation: Activation::Sigmoid,
        };
        let (x, y) = ([0.5, 1.0, -0.3, 1.0], [0.9, 0.1]);
        let (_, gradient) = neuron.gradient(&x, &y, Reduction::HalfSum);
        let before = neuron.weight.clone();
        let error = neuron.train_one_step(&x, &y, 0.1);
        for ((before, after), gradient) in before.iter().zip(&neuron.weight).zip(gradient) {
            assert!((before - 0.1 * gradient - after).abs() < 1e-15);
        }
        let by_hand = 1.0 / (1.0 + (0.05_f64).exp());
        let other = 1.0 / (1.0 + (0.29_f64).exp());
        assert!((error - ((0.9 - by_hand).abs() + (0.1 - other).abs()) / 2.0).abs() < 1e-15);
    }
}
