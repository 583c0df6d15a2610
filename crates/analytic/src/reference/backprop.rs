//! The ReLU document's hand-written backprop, class by class: the reference that every engine is held against.
//!
//! A layer keeps what its `forward` saw; its `backward` takes the loss's gradient with respect to its output, keeps the
//! gradients of its own parameters, and returns the gradient with respect to its input. A step costs `O(n h (d + k))`
//! time and keeps three arrays of `n x h`: meant to be read, not to be fast.

use ndarray::{Array2, ArrayView2, Axis, Zip};

use crate::parameters::{reduction::Reduction, relu_weights::ReluWeights};

/// Rows of [`loss_and_gradient`] at once.
const ROWS: usize = 4096;

/// `y = x W + b`.
///
/// # Shapes
///
/// x `[n, d]`, weight `[d, k]`, bias `[1, k]`, y `[n, k]`.
#[derive(Debug, Clone)]
pub struct LinearLayer {
    /// W.
    pub weight: Array2<f64>,
    /// b.
    pub bias: Array2<f64>,
    /// The loss's gradient with respect to `weight`, after [`backward`](Self::backward).
    pub weight_grad: Array2<f64>,
    /// The loss's gradient with respect to `bias`, after [`backward`](Self::backward).
    pub bias_grad: Array2<f64>,
    x: Array2<f64>,
}

impl LinearLayer {
    fn new(weight: &[f64], bias: &[f64]) -> Self {
        let weight = rows(weight, bias.len()).to_owned();
        let bias = rows(bias, bias.len()).to_owned();
        Self {
            weight_grad: Array2::zeros(weight.raw_dim()),
            bias_grad: Array2::zeros(bias.raw_dim()),
            x: Array2::zeros((0, weight.nrows())),
            weight,
            bias,
        }
    }

    /// `x W + b`; keeps x.
    pub fn forward(&mut self, x: Array2<f64>) -> Array2<f64> {
        let y = x.dot(&self.weight) + &self.bias;
        self.x = x;
        y
    }

    /// From `grad = dL/dy`: keeps `dL/dW = x^T grad` and `dL/db = sum of grad over the samples`, returns
    /// `dL/dx = grad W^T`.
    pub fn backward(&mut self, grad: &Array2<f64>) -> Array2<f64> {
        self.weight_grad = self.x.t().dot(grad);
        self.bias_grad = grad.sum_axis(Axis(0)).insert_axis(Axis(0));
        grad.dot(&self.weight.t())
    }

    fn descend(&mut self, learning_rate: f64) {
        self.weight.scaled_add(-learning_rate, &self.weight_grad);
        self.bias.scaled_add(-learning_rate, &self.bias_grad);
    }
}

/// `max(x, 0)`, element by element; its slope at 0 is taken as 0.
#[derive(Debug, Clone)]
pub struct Relu {
    x: Array2<f64>,
}

impl Relu {
    /// `x` where x > 0, else 0 (also where x is NaN, as in NumPy's `where`); keeps x.
    pub fn forward(&mut self, x: Array2<f64>) -> Array2<f64> {
        let y = x.mapv(|x| if x > 0.0 { x } else { 0.0 });
        self.x = x;
        y
    }

    /// `grad` where the forward's x was > 0, else 0.
    pub fn backward(&self, mut grad: Array2<f64>) -> Array2<f64> {
        Zip::from(&mut grad).and(&self.x).for_each(|grad, &x| {
            if x.is_nan() || x <= 0.0 {
                *grad = 0.0;
            }
        });
        grad
    }
}

/// The document's network, `relu(x W1 + b1) W2 + b2`, with the loss `mean((h2 - y)^2)`.
///
/// ```
/// use shallow_analytic::{ReluWeights, backprop::LayeredNet};
/// // |x| = relu(x) + relu(-x): two units, no error, so a step changes nothing.
/// let abs = ReluWeights { w1: vec![1.0, -1.0], b1: vec![0.0; 2], w2: vec![1.0; 2], b2: vec![0.0] };
/// let mut net = LayeredNet::new(&abs);
/// assert_eq!(net.train_one_step(&[-2.0, 0.5], &[2.0, 0.5], 0.01), 0.0);
/// assert_eq!(net.weights(), abs);
/// ```
#[derive(Debug, Clone)]
pub struct LayeredNet {
    /// The hidden layer, x to h1.
    pub layer1: LinearLayer,
    /// The activation between them.
    pub relu: Relu,
    /// The output layer, to h2.
    pub layer2: LinearLayer,
}

impl LayeredNet {
    /// The network with these weights.
    pub fn new(weights: &ReluWeights) -> Self {
        Self {
            layer1: LinearLayer::new(&weights.w1, &weights.b1),
            relu: Relu {
                x: Array2::zeros((0, weights.n_hidden())),
            },
            layer2: LinearLayer::new(&weights.w2, &weights.b2),
        }
    }

    /// The prediction h2 for every row of x, `[n, d]` to `[n, k]`.
    pub fn forward(&mut self, x: ArrayView2<f64>) -> Array2<f64> {
        let h1 = self.layer1.forward(x.to_owned());
        let a = self.relu.forward(h1);
        self.layer2.forward(a)
    }

    /// Every layer's gradients, from the loss's at the output: `2 (h2 - y) / n`, divided by k too when k > 1.
    pub fn backward(&mut self, y: ArrayView2<f64>, h2: &Array2<f64>) {
        self.backward_from(&((h2 - &y) * (2.0 / y.len() as f64)));
    }

    fn backward_from(&mut self, grad: &Array2<f64>) {
        let grad = self.layer2.backward(grad);
        let grad = self.relu.backward(grad);
        self.layer1.backward(&grad);
    }

    /// One step of gradient descent; returns the loss of its forward pass, before the update.
    pub fn train_one_step(&mut self, x: &[f64], y: &[f64], learning_rate: f64) -> f64 {
        let loss = self.loss_and_gradients(x, y);
        self.layer1.descend(learning_rate);
        self.layer2.descend(learning_rate);
        loss
    }

    /// The loss on other samples, without touching a weight.
    pub fn test(&mut self, x: &[f64], y: &[f64]) -> f64 {
        let h2 = self.forward(rows(x, self.layer1.weight.nrows()));
        mean_squared_error(&h2, rows(y, h2.ncols()))
    }

    /// The parameters as they are now.
    pub fn weights(&self) -> ReluWeights {
        let [layer1, layer2] = [&self.layer1, &self.layer2];
        flatten([&layer1.weight, &layer1.bias, &layer2.weight, &layer2.bias])
    }

    /// The network with these weights, after its forward pass over `x`.
    pub(crate) fn at(weights: &ReluWeights, x: &[f64]) -> Self {
        let mut net = Self::new(weights);
        net.forward(rows(x, weights.n_inputs()));
        net
    }

    /// `J v`: how the predictions of the last forward pass change as the weights move along `direction`.
    pub(crate) fn derivative_along(&self, direction: &ReluWeights) -> Array2<f64> {
        let along = Self::new(direction);
        let h1 = self.layer1.x.dot(&along.layer1.weight) + &along.layer1.bias;
        let a = self.relu.backward(h1); // relu's slopes multiply a change of h1 as they do a gradient
        a.dot(&self.layer2.weight) + self.layer2.x.dot(&along.layer2.weight) + &along.layer2.bias
    }

    /// `J^T u`: the gradient of the sum of `u` times the predictions of the last forward pass.
    pub(crate) fn pull_back(&mut self, u: &Array2<f64>) -> ReluWeights {
        self.backward_from(u);
        self.gradients()
    }

    fn loss_and_gradients(&mut self, x: &[f64], y: &[f64]) -> f64 {
        let h2 = self.forward(rows(x, self.layer1.weight.nrows()));
        let y = rows(y, h2.ncols());
        self.backward(y, &h2);
        mean_squared_error(&h2, y)
    }

    fn gradients(&self) -> ReluWeights {
        let [layer1, layer2] = [&self.layer1, &self.layer2];
        flatten([
            &layer1.weight_grad,
            &layer1.bias_grad,
            &layer2.weight_grad,
            &layer2.bias_grad,
        ])
    }
}

/// The mean squared error on `x [n, d]`, `y [n, k]` and its gradient, by hand-written backprop.
pub fn gradient(weights: &ReluWeights, x: &[f64], y: &[f64]) -> (f64, ReluWeights) {
    let mut net = LayeredNet::new(weights);
    let loss = net.loss_and_gradients(x, y);
    (loss, net.gradients())
}

/// The reduced loss over all samples, and its gradient into `gradient`, some thousand rows at once: memory does not grow
/// with `n h`.
pub fn loss_and_gradient(
    weights: &ReluWeights,
    x: &[f64],
    y: &[f64],
    reduction: Reduction,
    gradient: &mut ReluWeights,
) -> f64 {
    let (d, k) = (weights.n_inputs(), weights.n_outputs());
    gradient
        .blocks_mut()
        .into_iter()
        .for_each(|block| block.fill(0.0));
    let mut loss = 0.0;
    for (x, y_rows) in x.chunks(ROWS * d).zip(y.chunks(ROWS * k)) {
        let share = y_rows.len() as f64 * reduction.factor(y.len() as f64);
        let (mean, part) = self::gradient(weights, x, y_rows);
        loss += share * mean;
        for (sum, part) in gradient.blocks_mut().into_iter().zip(part.blocks()) {
            sum.iter_mut()
                .zip(part)
                .for_each(|(sum, part)| *sum += share * part);
        }
    }
    loss
}

fn mean_squared_error(h2: &Array2<f64>, y: ArrayView2<f64>) -> f64 {
    (h2 - &y).mapv(|r| r * r).sum() / y.len() as f64
}

fn rows(values: &[f64], n_columns: usize) -> ArrayView2<'_, f64> {
    ArrayView2::from_shape((values.len() / n_columns, n_columns), values)
        .unwrap_or_else(|_| panic!("{} values do not make rows of {n_columns}", values.len()))
}

fn flatten(blocks: [&Array2<f64>; 4]) -> ReluWeights {
    let [w1, b1, w2, b2] = blocks.map(|block| block.iter().copied().collect());
    ReluWeights { w1, b1, w2, b2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net() -> ReluWeights {
        ReluWeights {
            w1: vec![0.5, -1.5, 2.0, 0.25, 1.0, -0.75],
            b1: vec![0.1, 0.2, -0.3],
            w2: vec![1.0, -2.0, 0.5, 0.75, -1.25, 0.3],
            b2: vec![0.05, -0.4],
        }
    }

    const X: [f64; 8] = [0.3, -0.9, 1.1, 0.4, -0.6, 0.8, 0.2, 0.1];
    const Y: [f64; 8] = [1.0, 0.0, -0.5, 0.25, 0.75, -1.0, 0.3, 0.6];

    /// Sums taken in another order differ by a few roundings of numbers near 1.
    const ROUNDINGS: f64 = 1e-14;

    #[test]
    fn the_gradient_of_a_mean_is_the_mean_of_the_gradients() {
        let (loss, whole) = gradient(&net(), &X, &Y);
        let halves = [0, 4].map(|at| gradient(&net(), &X[at..at + 4], &Y[at..at + 4]));
        assert!((loss - (halves[0].0 + halves[1].0) / 2.0).abs() < ROUNDINGS);
        let mut mean = halves[0].1.clone();
        for (ours, theirs) in mean.blocks_mut().into_iter().zip(halves[1].1.blocks()) {
            ours.iter_mut()
                .zip(theirs)
                .for_each(|(a, b)| *a = (*a + b) / 2.0);
        }
        assert!(
            whole
                .relative_difference(&mean)
                .into_iter()
                .all(|d| d < ROUNDINGS)
        );
    }

    #[test]
    fn swapping_two_hidden_units_swaps_their_gradients() {
        let swap = |w: &ReluWeights| ReluWeights {
            w1: [1, 0, 2, 4, 3, 5].map(|i| w.w1[i]).to_vec(),
            b1: [1, 0, 2].map(|i| w.b1[i]).to_vec(),
            w2: [2, 3, 0, 1, 4, 5].map(|i| w.w2[i]).to_vec(),
            b2: w.b2.clone(),
        };
        let (_, straight) = gradient(&net(), &X, &Y);
        let (_, swapped) = gradient(&swap(&net()), &X, &Y);
        assert!(
            swap(&straight)
                .relative_difference(&swapped)
                .into_iter()
                .all(|d| d < ROUNDINGS)
        );
    }

    #[test]
    fn with_every_kink_outside_the_data_a_step_is_linear_regression() {
        let weights = ReluWeights {
            w1: vec![1.0],
            b1: vec![10.0],
            w2: vec![0.5],
            b2: vec![-5.0],
        };
        let (x, y) = ([-1.0, 0.0, 3.0], [0.0, 1.0, 2.0]);
        let residuals = [-0.5, -1.0, -0.5]; // 0.5 x - y
        let (loss, grad) = gradient(&weights, &x, &y);
        assert!((loss - 0.5).abs() < ROUNDINGS);
        let sum_r: f64 = residuals.iter().sum::<f64>() * 2.0 / 3.0;
        assert!((grad.b2[0] - sum_r).abs() < ROUNDINGS);
        let sum_rx: f64 = residuals.iter().zip(x).map(|(r, x)| r * x).sum::<f64>() * 2.0 / 3.0;
        assert!((grad.w1[0] - 0.5 * sum_rx).abs() < ROUNDINGS);
    }

    #[test]
    fn the_slope_of_relu_at_zero_is_zero() {
        let weights = ReluWeights {
            w1: vec![1.0],
            b1: vec![0.0],
            w2: vec![1.0],
            b2: vec![0.0],
        };
        let (_, grad) = gradient(&weights, &[0.0], &[1.0]);
        assert_eq!(
            grad,
            ReluWeights {
                w1: vec![0.0],
                b1: vec![0.0],
                w2: vec![0.0],
                b2: vec![-2.0]
            }
        );
    }
}
