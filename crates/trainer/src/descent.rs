//! A step of our optimizers on every parameter of a module, on its device; on the host, [`Descent`] does the same.
//!
//! [`Descent`]: shallow_analytic::descent::Descent

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId},
    tensor::{Tensor, container::TensorContainer},
};
use shallow_analytic::descent::{Checkpoint, FitConfig, Optimizer};

use crate::{blocks, gradient::Gradient};

/// An optimizer at work on some module, with what it remembers of each parameter.
pub(crate) struct TensorDescent {
    optimizer: Optimizer,
    learning_rate: f64,
    weight_decay: f64,
    steps: i32,
    first: TensorContainer<ParamId>,
    second: TensorContainer<ParamId>,
}

impl TensorDescent {
    pub(crate) fn new(config: &FitConfig) -> Self {
        Self {
            optimizer: config.optimizer,
            learning_rate: config.learning_rate,
            weight_decay: config.weight_decay,
            steps: 0,
            first: TensorContainer::new(),
            second: TensorContainer::new(),
        }
    }

    /// Takes up what it remembered at a checkpoint of this model.
    pub(crate) fn resume<M: Module>(&mut self, from: &Checkpoint, model: &M) {
        self.steps = i32::try_from(from.epochs).unwrap_or(i32::MAX);
        for (into, values) in [&mut self.first, &mut self.second]
            .into_iter()
            .zip(&from.memory)
        {
            let values = values.iter();
            model.visit(&mut Register { into, values });
        }
    }

    /// What it remembers of each parameter of this model, on the host.
    pub(crate) fn memory<M: Module>(&self, model: &M) -> Vec<Vec<Vec<f64>>> {
        [&self.first, &self.second]
            .into_iter()
            .take(self.optimizer.n_remembered())
            .map(|memory| blocks::read(&model.clone().map(&mut Remembered(memory))))
            .collect()
    }

    /// The module after one step; parameters without a gradient stay as they are.
    pub(crate) fn step<M: Module>(&mut self, model: M, gradient: Gradient) -> M {
        self.steps = self.steps.saturating_add(1);
        model.map(&mut Step {
            descent: self,
            gradient,
        })
    }

    /// What to subtract from a parameter with this gradient.
    fn change<const D: usize>(
        &mut self,
        id: ParamId,
        value: &Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let gradient = if self.weight_decay == 0.0 {
            gradient
        } else {
            gradient + value.clone() * self.weight_decay
        };
        let rate = self.learning_rate;
        match self.optimizer {
            Optimizer::GradientDescent => gradient * rate,
            Optimizer::Momentum { momentum } => {
                let sum = match self.first.remove::<Tensor<D>>(&id) {
                    Some(sum) => sum * momentum + gradient,
                    None => gradient,
                };
                self.first.register(id, sum.clone());
                sum * rate
            }
            Optimizer::Adam {
                beta1,
                beta2,
                epsilon,
            } => {
                let zeros = || gradient.zeros_like();
                let mean = self.first.remove(&id).unwrap_or_else(zeros);
                let square = self.second.remove(&id).unwrap_or_else(zeros);
                let mean = mean.clone() + (gradient.clone() - mean) * (1.0 - beta1);
                let square = square * beta2 + gradient.clone() * gradient * (1.0 - beta2);
                self.first.register(id, mean.clone());
                self.second.register(id, square.clone());
                let root = (1.0 - beta2.powi(self.steps)).sqrt();
                mean / (square.sqrt() / root + epsilon) * (rate / (1.0 - beta1.powi(self.steps)))
            }
            Optimizer::LevenbergMarquardt => unreachable!("it runs on the exact engine alone"),
        }
    }
}

struct Step<'a> {
    descent: &'a mut TensorDescent,
    gradient: Gradient,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        let value = match self.gradient.remove(id) {
            Some(gradient) => {
                let change = self.descent.change(id, &value, gradient);
                value - change
            }
            None => value,
        };
        Param::from_mapped_value(id, value, mapper)
    }
}

/// Keeps blocks of values under the ids of a module's parameters.
struct Register<'a> {
    into: &'a mut TensorContainer<ParamId>,
    values: std::slice::Iter<'a, Vec<f64>>,
}

impl ModuleVisitor for Register<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(values) = self.values.next() {
            let tensor = blocks::like(&param.val(), values);
            self.into.register(param.id, tensor);
        }
    }
}

/// Puts what is remembered of each parameter in the parameter's place; zero before the first step.
struct Remembered<'a>(&'a TensorContainer<ParamId>);

impl ModuleMapper for Remembered<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        let remembered = self.0.get(&id).unwrap_or_else(|| value.zeros_like());
        Param::from_mapped_value(id, remembered, mapper)
    }
}
