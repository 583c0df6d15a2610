//! How a module follows from its gradient: by our optimizers, or by one of Burn's.

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::{GradientsParams, ModuleOptimizer},
    tensor::Tensor,
};
use shallow_analytic::descent::Checkpoint;

use crate::{descent::TensorDescent, gradient::Gradient};

/// The learning rate of each step, counted from 0.
pub(crate) type Schedule<'a> = Box<dyn FnMut(usize) -> f64 + 'a>;

/// An optimizer at work.
pub(crate) enum Update<'a> {
    /// Ours, whose numbers are f64 on the host.
    Own(TensorDescent),
    /// One of Burn's.
    Burn {
        optimizer: Box<ModuleOptimizer>,
        schedule: Schedule<'a>,
        steps: usize,
    },
}

impl Update<'_> {
    pub(crate) fn resume<M: Module>(&mut self, from: &Checkpoint, model: &M) {
        if let Self::Own(descent) = self {
            descent.resume(from, model);
        }
    }

    /// The module after one step; it comes and goes without autodiff.
    pub(crate) fn step<M: Module>(&mut self, model: M, gradient: Gradient) -> M {
        match self {
            Self::Own(descent) => descent.step(model, gradient),
            Self::Burn {
                optimizer,
                schedule,
                steps,
            } => {
                let mut gradients = Gradients {
                    from: gradient,
                    to: GradientsParams::new(),
                };
                model.visit(&mut gradients);
                let rate = schedule(*steps);
                *steps += 1;
                optimizer.step(rate, model.train(), gradients.to).valid()
            }
        }
    }

    /// What it remembers of each parameter; of Burn's, nothing that a checkpoint could hold.
    pub(crate) fn memory<M: Module>(&self, model: &M) -> Vec<Vec<Vec<f64>>> {
        match self {
            Self::Own(descent) => descent.memory(model),
            Self::Burn { .. } => Vec::new(),
        }
    }
}

/// Moves gradients into Burn's container.
struct Gradients {
    from: Gradient,
    to: GradientsParams,
}

impl ModuleVisitor for Gradients {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.from.remove::<D>(param.id) {
            self.to.register(param.id, gradient);
        }
    }
}
