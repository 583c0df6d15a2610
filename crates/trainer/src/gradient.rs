//! The loss and its gradient over all samples, by autodiff on one block of rows after another.
//!
//! The loss is a sum over samples, so loss and gradient are sums over the blocks. On the CPU a composed model's arrays of a
//! block stay in the cache, blocks run on all cores, and memory holds a block for each core instead of `n h`; on an
//! accelerator, parallel in itself, it holds one larger block after another. For a fused operation all rows are one block.

use burn::{
    module::{ModuleMapper, ModuleVisitor, Param, ParamId},
    tensor::{Gradients, Tensor, container::TensorContainer},
};
use rayon::prelude::*;
use shallow_analytic::{Reduction, descent::FitError};
use shallow_data::Dataset;
use shallow_model::Regressor;

use crate::{
    batches::{Batch, Block},
    loss::{Loss, squared_error},
    probe, tensors,
};

/// Each parameter's gradient, by the parameter's id.
pub(crate) struct Gradient(TensorContainer<ParamId>);

impl Gradient {
    /// Takes the gradient of one parameter out; none where the loss does not depend on it.
    pub(crate) fn remove<const D: usize>(&mut self, id: ParamId) -> Option<Tensor<D>> {
        self.0.remove(&id)
    }
}

/// Over the whole batch, the loss `[1]` and its gradient.
pub(crate) fn loss_and_gradient<M: Regressor>(
    model: &M,
    batch: &Batch,
    loss: &Loss,
) -> (Tensor<1>, Gradient) {
    let differentiate = |(model, block): (M, &Block)| {
        let model = model.train();
        let loss = loss(model.forward(block.x.clone()), block.y.clone());
        (loss.backward(), model, loss.inner(), block.share)
    };
    // Every block gets leaves of its own: autodiff locks a graph, and blocks that share leaves would share one.
    let blocks = batch.blocks.iter();
    let tasks: Vec<_> = blocks.map(|block| (model.clone(), block)).collect();
    let done: Vec<_> = if tasks.len() > 1 && batch.is_on_cpu {
        tasks.into_par_iter().map(differentiate).collect()
    } else {
        tasks.into_iter().map(differentiate).collect()
    };

    let mut sum = Gradient(TensorContainer::new());
    let mut losses = Vec::new();
    for (gradients, model, loss, share) in done {
        model.visit(&mut Add {
            gradients,
            share,
            sum: &mut sum,
        });
        losses.push(weigh(loss, share));
    }
    (total(losses), sum)
}

/// The sum of scalars, `[1]` each.
pub(crate) fn total(mut parts: Vec<Tensor<1>>) -> Tensor<1> {
    match (parts.pop(), parts.is_empty()) {
        (Some(one), true) => one,
        (last, _) => Tensor::cat(parts.into_iter().chain(last).collect(), 0).sum(),
    }
}

/// Outside the tape: inside it, a factor passes backward through f32, also when the tensor is f64.
pub(crate) fn weigh<const D: usize>(tensor: Tensor<D>, share: f64) -> Tensor<D> {
    if share == 1.0 { tensor } else { tensor * share }
}

struct Add<'a> {
    gradients: Gradients,
    share: f64,
    sum: &'a mut Gradient,
}

impl ModuleVisitor for Add<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = param.val().grad_remove(&mut self.gradients) {
            let grad = weigh(grad, self.share);
            let sum = match self.sum.remove::<D>(param.id) {
                Some(sum) => sum + grad,
                None => grad,
            };
            self.sum.0.register(param.id, sum);
        }
    }
}

/// The loss of `model` on `data` and its gradient, as a module with each parameter's gradient in the parameter's place,
/// by Burn's autodiff in the model's float type.
///
/// # Errors
///
/// [`FitError::Device`] when the device fails, [`FitError::Shape`] when model and data do not fit.
pub fn gradient<M: Regressor>(
    model: &M,
    data: &Dataset,
    reduction: Reduction,
) -> Result<(f64, M), FitError> {
    let model = model.valid();
    let placement = probe::check(&model, data)?;
    let batch = Batch::new(data, &placement, probe::division(&model, reduction));
    let (loss, gradient) = loss_and_gradient(&model, &batch, &squared_error);
    Ok((tensors::host(loss)?[0], model.map(&mut InPlace(gradient))))
}

/// Puts every parameter's gradient in the parameter's place; zero where the loss does not depend on it.
struct InPlace(Gradient);

impl ModuleMapper for InPlace {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        let grad = self.0.remove(id).unwrap_or_else(|| value.zeros_like());
        Param::from_mapped_value(id, grad, mapper)
    }
}
