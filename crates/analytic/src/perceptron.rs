//! Document 2's rule for one neuron, by hand: `p = activation(X w)`, and the gradient of its squared error.

use serde::{Deserialize, Serialize};

/// What the squared errors are divided by; the gradient, and so the learning rate's meaning, scales with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reduction {
    /// `L = mean r^2`: document 1's loss. The gradient does not grow with the number of samples.
    #[default]
    Mean,
    /// `L = 1/2 sum r^2`: its gradient is `-X^T (error * slope)`, the rule document 2 steps along.
    Sum,
}

impl Reduction {
    /// What the sum of the squares of `n_values` residuals is multiplied by.
    pub fn factor(self, n_values: f64) -> f64 {
        match self {
            Self::Mean => 1.0 / n_values,
            Self::Sum => 0.5,
        }
    }
}

/// What the neuron does to the weighted sum of its features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// `1 / (1 + exp(-z))`, between 0 and 1.
    #[default]
    Sigmoid,
    /// `tanh z`, between -1 and 1.
    Tanh,
    /// `z` itself, which makes the neuron a linear regression.
    Identity,
}

impl Activation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sigmoid, Self::Tanh, Self::Identity];

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Identity => "identity",
        }
    }

    /// Its value at `z`.
    pub fn apply(self, z: f64) -> f64 {
        match self {
            Self::Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Self::Tanh => z.tanh(),
            Self::Identity => z,
        }
    }

    /// Its slope where its value is `p`.
    pub fn slope(self, p: f64) -> f64 {
        match self {
            Self::Sigmoid => p * (1.0 - p),
            Self::Tanh => 1.0 - p * p,
            Self::Identity => 1.0,
        }
    }

    /// A warning, in one sentence, when it cannot take every value of `y`: the error then cannot vanish.
    pub fn out_of_range(self, y: &[f64]) -> Option<String> {
        let (low, high) = self.range();
        let value = y.iter().find(|y| **y <= low || **y >= high)?;
        let name = self.name();
        Some(format!(
            "{name} only gives values between {low} and {high}, and the target has {value:.3}: its error cannot vanish"
        ))
    }

    /// The open interval of the values it can take.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Sigmoid => (0.0, 1.0),
            Self::Tanh => (-1.0, 1.0),
            Self::Identity => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

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
    /// `|error|` before it. It descends [`Reduction::Sum`]'s loss.
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
    /// [`crate::numeric::magnitudes`].
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
                for reduction in [Reduction::Mean, Reduction::Sum] {
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
        assert_eq!(neuron.gradient(&x, &y, Reduction::Sum).1, [0.0]);
        let terms = neuron.magnitudes(&x, &y, Reduction::Sum);
        assert_eq!(terms, (5.0, vec![4.0])); // half of 3^2 + 1^2
    }

    #[test]
    fn an_activation_that_cannot_reach_the_target_warns() {
        let cosine = [1.0, 0.5, -1.0];
        let warning = Activation::Sigmoid.out_of_range(&cosine).unwrap();
        assert!(
            warning.starts_with("sigmoid only gives values between 0 and 1"),
            "{warning}"
        );
        assert!(Activation::Tanh.out_of_range(&cosine[1..2]).is_none());
        assert!(Activation::Identity.out_of_range(&cosine).is_none());
    }

    #[test]
    fn the_documents_step_descends_half_the_sum_of_squares() {
        let mut neuron = Perceptron {
            weight: vec![0.3, -0.2],
            activation: Activation::Sigmoid,
        };
        let (x, y) = ([0.5, 1.0, -0.3, 1.0], [0.9, 0.1]);
        let (_, gradient) = neuron.gradient(&x, &y, Reduction::Sum);
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
