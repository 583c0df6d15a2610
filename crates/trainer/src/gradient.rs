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
use shallow_analytic::Reduction;
use shallow_data::Dataset;
use shallow_model::Regressor;

use crate::{FitError, tensors};

/// Rows of a block on the CPU: of 256, 512, 1024 and 2048 the fastest on flex with 64 hidden units. It does not depend
/// on the number of cores, so neither do the sums.
const ROWS: usize = 1024;

/// Rows of a block on an accelerator: Burn's sums over them are loops, and a software GPU ends every loop after 65,535
/// steps and says nothing.
const ROWS_OF_ACCELERATOR: usize = 1 << 15;

/// All samples on a model's device, in blocks of rows.
pub(crate) struct Batch {
    blocks: Vec<Block>,
    is_on_cpu: bool,
}

struct Block {
    x: Tensor<2>,
    y: Tensor<2>,
    /// What this block's mean squared error counts for in the loss, and its mean absolute error in the whole's.
    share: Share,
}

#[derive(Clone, Copy)]
struct Share {
    loss: f64,
    rows: f64,
}

impl Batch {
    pub(crate) fn new<M: Regressor>(data: &Dataset, model: &M, reduction: Reduction) -> Self {
        let (n, d, k) = (data.n_samples(), data.n_inputs(), data.n_outputs());
        let placement = model.placement();
        let is_on_cpu = placement.0.memory_pool_usage().is_none();
        let rows = match (model.is_fused(), is_on_cpu) {
            (true, _) => n,
            (false, true) => ROWS,
            (false, false) => ROWS_OF_ACCELERATOR,
        };
        let blocks = data.x().chunks(rows * d).zip(data.y().chunks(rows * k));
        let on_device = |(x, y): (&[f64], &[f64])| Block {
            share: Share {
                loss: y.len() as f64 * reduction.factor((n * k) as f64),
                rows: y.len() as f64 / (n * k) as f64,
            },
            x: tensors::rows(x, d, &placement),
            y: tensors::rows(y, k, &placement),
        };
        Self {
            blocks: blocks.map(on_device).collect(),
            is_on_cpu,
        }
    }
}

/// Each parameter's gradient, by the parameter's id.
pub(crate) struct Gradient(TensorContainer<ParamId>);

impl Gradient {
    /// Takes the gradient of one parameter out; none where the loss does not depend on it.
    pub(crate) fn remove<const D: usize>(&mut self, id: ParamId) -> Option<Tensor<D>> {
        self.0.remove(&id)
    }
}

/// Over the whole batch, the loss and the mean absolute error, `[1]` each, and the loss's gradient.
pub(crate) fn errors_and_gradient<M: Regressor>(
    model: &M,
    batch: &Batch,
) -> ([Tensor<1>; 2], Gradient) {
    let differentiate = |(model, block): (M, &Block)| {
        let model = model.train();
        let predictions = model.forward(block.x.clone());
        let (loss, absolute) = shallow_model::errors(predictions, block.y.clone());
        (
            loss.backward(),
            model,
            loss.inner(),
            absolute.inner(),
            block.share,
        )
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
    let (mut losses, mut absolutes) = (Vec::new(), Vec::new());
    for (gradients, model, loss, absolute, share) in done {
        model.visit(&mut Add {
            gradients,
            share: share.loss,
            sum: &mut sum,
        });
        losses.push(weigh(loss, share.loss));
        absolutes.push(weigh(absolute, share.rows));
    }
    let total = |mut parts: Vec<Tensor<1>>| match (parts.pop(), parts.is_empty()) {
        (Some(one), true) => one,
        (last, _) => Tensor::cat(parts.into_iter().chain(last).collect(), 0).sum(),
    };
    ([total(losses), total(absolutes)], sum)
}

/// Outside the tape: inside it, a factor passes backward through f32, also when the tensor is f64.
fn weigh<const D: usize>(tensor: Tensor<D>, share: f64) -> Tensor<D> {
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
/// [`FitError::Device`] when the device fails.
pub fn gradient<M: Regressor>(
    model: &M,
    data: &Dataset,
    reduction: Reduction,
) -> Result<(f64, M), FitError> {
    let model = model.valid();
    let ([loss, _], gradient) = errors_and_gradient(&model, &Batch::new(data, &model, reduction));
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
