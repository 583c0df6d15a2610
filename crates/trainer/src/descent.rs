//! One step of gradient descent on every parameter of a module: `p <- p - learning_rate dL/dp`.

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{Gradients, Tensor},
};

/// The module after one step; parameters without a gradient stay as they are.
pub(crate) fn descend<M: Module>(model: M, gradients: &mut Gradients, learning_rate: f64) -> M {
    model.map(&mut Descent {
        gradients,
        learning_rate,
    })
}

struct Descent<'a> {
    gradients: &'a mut Gradients,
    learning_rate: f64,
}

impl ModuleMapper for Descent<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        let value = match value.grad_remove(self.gradients) {
            Some(grad) => (value.inner() - grad * self.learning_rate)
                .autodiff()
                .require_grad(),
            None => value,
        };
        Param::from_mapped_value(id, value, mapper)
    }
}
