//! The optimizers; gradient descent, momentum and Adam at work on plain slices, by PyTorch's definitions.

use serde::{Deserialize, Serialize};

/// How a step follows from the gradient g. Levenberg-Marquardt knows more than the gradient: it needs the moments of the
/// [exact engine](crate::ExactGradient), and takes no learning rate.
///
/// | optimizer | step | defaults |
/// |---|---|---|
/// | gradient descent | `p <- p - rate g` | |
/// | momentum | `u <- momentum u + g`, from u = 0; `p <- p - rate u` | momentum 0.9 |
/// | Adam | `m <- m + (1 - beta1) (g - m)`, `v <- beta2 v + (1 - beta2) g^2`, from 0; in step t `p <- p - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)` | beta1 0.9, beta2 0.999, epsilon 1e-8 |
/// | Levenberg-Marquardt | `p <- p - (J^T J + damping diag(J^T J))^-1 J^T r`, undone where the loss would rise: [`LevenbergMarquardt`](crate::LevenbergMarquardt) | damping 1e-3 at first |
///
/// # Source
///
/// PyTorch's `SGD` (dampening 0, not Nesterov's) and `Adam`, with their defaults where they have one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// Against the gradient: the documents' rule.
    #[default]
    #[serde(rename = "gd")]
    GradientDescent,
    /// Along a running sum of gradients that forgets.
    Momentum {
        /// What is kept of the sum in each step, from 0 to below 1.
        momentum: f64,
    },
    /// Along the gradient's running mean over the root of its running mean square.
    Adam {
        /// What is kept of the mean in each step, from 0 to below 1.
        beta1: f64,
        /// What is kept of the mean square in each step, from 0 to below 1.
        beta2: f64,
        /// What keeps the step finite where the gradient vanishes, above 0.
        epsilon: f64,
    },
    /// Second order, on all parameters.
    #[serde(rename = "lm")]
    LevenbergMarquardt,
}

impl Optimizer {
    /// Momentum with its usual 0.9.
    pub const MOMENTUM: Self = Self::Momentum { momentum: 0.9 };

    /// Adam with its authors' numbers.
    pub const ADAM: Self = Self::Adam {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
    };

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::GradientDescent => "gd",
            Self::Momentum { .. } => "momentum",
            Self::Adam { .. } => "adam",
            Self::LevenbergMarquardt => "lm",
        }
    }

    /// How many numbers it remembers of each parameter from step to step.
    pub fn n_remembered(self) -> usize {
        match self {
            Self::GradientDescent => 0,
            Self::Momentum { .. } | Self::LevenbergMarquardt => 1,
            Self::Adam { .. } => 2,
        }
    }

    /// Whether the gradient is all it needs, so that any engine will do.
    pub fn is_first_order(self) -> bool {
        !matches!(self, Self::LevenbergMarquardt)
    }
}

/// An [`Optimizer`] at work on some parameters: what it remembers from step to step.
#[derive(Debug, Clone)]
pub struct Descent {
    optimizer: Optimizer,
    learning_rate: f64,
    weight_decay: f64,
    steps: i32,
    /// Momentum's sum or Adam's mean of gradients, and Adam's mean of their squares: one for each parameter.
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Descent {
    /// Before the first step. `weight_decay` times each parameter is added to its gradient, as PyTorch's optimizers do;
    /// it is the gradient of the L2 penalty `weight_decay / 2 sum p^2`.
    ///
    /// # Panics
    ///
    /// With an optimizer that is not of first order.
    pub fn new(optimizer: Optimizer, learning_rate: f64, weight_decay: f64) -> Self {
        assert!(
            optimizer.is_first_order(),
            "{} takes more than gradients",
            optimizer.name()
        );
        Self {
            optimizer,
            learning_rate,
            weight_decay,
            steps: 0,
            first: Vec::new(),
            second: Vec::new(),
        }
    }

    /// After `steps` steps that left this [`memory`](Self::memory): continues as if it had made them itself.
    ///
    /// # Panics
    ///
    /// When this optimizer remembers another number of vectors.
    pub fn resume(mut self, steps: usize, memory: Vec<Vec<f64>>) -> Self {
        assert_eq!(memory.len(), self.optimizer.n_remembered());
        self.steps = i32::try_from(steps).unwrap_or(i32::MAX);
        let mut memory = memory.into_iter();
        self.first = memory.next().unwrap_or_default();
        self.second = memory.next().unwrap_or_default();
        self
    }

    /// What it remembers: nothing, momentum's sum of gradients, or Adam's mean and mean square of them, each with a number
    /// for every parameter, block after block.
    pub fn memory(&self) -> Vec<Vec<f64>> {
        let all = [&self.first, &self.second];
        all[..self.optimizer.n_remembered()]
            .iter()
            .map(|memory| (*memory).clone())
            .collect()
    }

    /// One step of all parameters, block by block; the blocks must be the same in every step.
    pub fn step<'a>(&mut self, blocks: impl Iterator<Item = (&'a mut [f64], &'a [f64])>) {
        self.steps = self.steps.saturating_add(1);
        let mut start = 0;
        for (parameters, gradient) in blocks {
            let end = start + parameters.len();
            let memory = [&mut self.first, &mut self.second];
            for memory in memory.into_iter().take(self.optimizer.n_remembered()) {
                if memory.len() < end {
                    memory.resize(end, 0.0);
                }
            }
            self.step_block(start, parameters, gradient);
            start = end;
        }
    }

    fn step_block(&mut self, start: usize, parameters: &mut [f64], gradient: &[f64]) {
        let (rate, decay) = (self.learning_rate, self.weight_decay);
        let pairs = parameters.iter_mut().zip(gradient);
        // Not even by adding 0 may decay touch a plain step.
        let decayed = |p: f64, g: f64| if decay == 0.0 { g } else { g + decay * p };
        match self.optimizer {
            Optimizer::GradientDescent => pairs.for_each(|(p, g)| *p -= rate * decayed(*p, *g)),
            Optimizer::Momentum { momentum } => {
                for ((p, g), u) in pairs.zip(&mut self.first[start..]) {
                    *u = momentum * *u + decayed(*p, *g);
                    *p -= rate * *u;
                }
            }
            Optimizer::Adam {
                beta1,
                beta2,
                epsilon,
            } => {
                let rate = rate / (1.0 - beta1.powi(self.steps));
                let root = (1.0 - beta2.powi(self.steps)).sqrt();
                let memory = self.first[start..]
                    .iter_mut()
                    .zip(&mut self.second[start..]);
                for ((p, g), (m, v)) in pairs.zip(memory) {
                    let g = decayed(*p, *g);
                    *m += (1.0 - beta1) * (g - *m);
                    *v = beta2 * *v + (1.0 - beta2) * g * g;
                    *p -= rate * (*m / (v.sqrt() / root + epsilon));
                }
            }
            Optimizer::LevenbergMarquardt => {
                unreachable!("new takes optimizers of first order alone")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(optimizer: Optimizer, steps: usize) -> f64 {
        let mut descent = Descent::new(optimizer, 0.1, 0.0);
        let mut p = [1.0];
        for _ in 0..steps {
            let g = [2.0 * p[0]]; // of p^2
            descent.step([(&mut p[..], &g[..])].into_iter());
        }
        p[0]
    }

    #[test]
    fn the_first_steps_are_those_of_the_definitions() {
        assert_eq!(after(Optimizer::GradientDescent, 1), 0.8);
        assert_eq!(after(Optimizer::MOMENTUM, 1), 0.8);
        // The second: u = 0.9 * 2 + 1.6.
        assert!((after(Optimizer::MOMENTUM, 2) - (0.8 - 0.1 * 3.4)).abs() < 1e-15);
        // Adam's first step is the learning rate, whatever the gradient.
        assert!((after(Optimizer::ADAM, 1) - 0.9).abs() < 1e-8);
    }

    #[test]
    fn an_optimizer_resumed_steps_as_one_that_never_stopped() {
        for optimizer in [
            Optimizer::GradientDescent,
            Optimizer::MOMENTUM,
            Optimizer::ADAM,
        ] {
            let mut unbroken = Descent::new(optimizer, 0.1, 0.01);
            let mut p = [1.0, 3.0];
            let step = |descent: &mut Descent, p: &mut [f64; 2]| {
                let g = p.map(|p| 2.0 * p);
                descent.step([(&mut p[..], &g[..])].into_iter());
            };
            (0..3).for_each(|_| step(&mut unbroken, &mut p));
            let mut q = p;
            let mut resumed = Descent::new(optimizer, 0.1, 0.01).resume(3, unbroken.memory());
            for _ in 0..3 {
                step(&mut unbroken, &mut p);
                step(&mut resumed, &mut q);
            }
            assert_eq!(p, q);
        }
    }

    #[test]
    fn weight_decay_descends_an_l2_penalty() {
        let mut descent = Descent::new(Optimizer::GradientDescent, 0.1, 0.5);
        let mut p = [2.0];
        descent.step([(&mut p[..], &[0.0][..])].into_iter());
        assert_eq!(p[0], 2.0 - 0.1 * 0.5 * 2.0);
    }
}
