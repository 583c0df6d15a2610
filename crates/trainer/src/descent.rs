//! One step of gradient descent on every parameter of a module: `p <- p - learning_rate dL/dp`.

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::Tensor,
};

use crate::gradient::Gradient;

/// The module after one step; parameters without a gradient stay as they are.
pub(crate) fn descend<M: Module>(model: M, gradient: Gradient, learning_rate: f64) -> M {
    model.map(&mut Descent {
        gradient,
        learning_rate,
    })
}

struct Descent {
    gradient: Gradient,
    learning_rate: f64,
}

impl ModuleMapper for Descent {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        let value = match self.gradient.remove(id) {
            Some(grad) => value - grad * self.learning_rate,
            None => value,
        };
        Param::from_mapped_value(id, value, mapper)
    }
}
