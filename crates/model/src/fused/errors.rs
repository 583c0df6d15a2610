//! The mean squared error, with the mean absolute one beside it, as one differentiable operation.

use burn::{
    backend::{
        Autodiff, Backend, Dispatch,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        tensor::FloatTensor,
    },
    tensor::Tensor,
};

use super::support::is_on_cpu;

/// Backends that compute both errors as one operation.
#[backend_extension(NdArray: cfg(feature = "ndarray"), Flex: cfg(feature = "flex"), Autodiff)]
pub trait Errors: Backend {
    /// `mean (p - y)^2` and `mean |p - y|` of p and y, both `[n, k]`: `[1]` each.
    fn errors(p: FloatTensor<Self>, y: FloatTensor<Self>)
    -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// Backends that know the squared error's backward pass.
pub trait ErrorsGradient: Errors {
    /// From p, y and the squared error's gradient, that of p.
    fn errors_backward(
        inputs: [FloatTensor<Self>; 2],
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

#[derive(Debug)]
struct ErrorsBackward;

impl<B: ErrorsGradient> Backward<B, 2> for ErrorsBackward {
    /// p and y.
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let [p, y] = ops.parents;
        let of_p = B::errors_backward(ops.state, grad);
        if let Some(y) = y {
            grads.register::<B>(y.id, B::float_neg(of_p.clone()));
        }
        if let Some(p) = p {
            grads.register::<B>(p.id, of_p);
        }
    }
}

impl<B: ErrorsGradient, C: CheckpointStrategy> Errors for Autodiff<B, C> {
    fn errors(
        p: FloatTensor<Self>,
        y: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [p.node(), y.node()];
        let [p, y] = [p, y].map(|tensor| tensor.into_primitive());
        let (squared, absolute) = B::errors(p.clone(), y.clone());
        let squared = match ErrorsBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => prep.finish([p, y], squared),
            OpsKind::UnTracked(prep) => prep.finish(squared),
        };
        (
            squared,
            <Self as burn::backend::AutodiffBackend>::from_inner(absolute),
        )
    }
}

/// The mean squared and the mean absolute error of predictions p of y, both `[n, k]`: `[1]` each. A gradient comes from the
/// squared one alone.
pub fn errors(p: Tensor<2>, y: Tensor<2>) -> (Tensor<1>, Tensor<1>) {
    if is_on_cpu(&p.device(), p.dtype()) {
        let (squared, absolute) =
            <Dispatch as Errors>::errors(p.into_dispatch(), y.into_dispatch());
        (
            Tensor::from_dispatch(squared),
            Tensor::from_dispatch(absolute),
        )
    } else {
        // A number as the factor would pass backward through f32.
        let n = p.shape().num_elements();
        let share = Tensor::full([1], 1.0 / n as f64, (&p.device(), p.dtype()));
        let residual = (p - y).reshape([n]);
        let absolute = sum(residual.clone().detach().abs()) * share.clone();
        (sum(residual.square()) * share, absolute)
    }
}

/// Burn's sum may be a loop of one thread, and Mesa's software GPU ends every loop after 65,535 steps without an error. So
/// more than half as many terms are first summed in parts.
fn sum(terms: Tensor<1>) -> Tensor<1> {
    const AT_ONCE: usize = 1 << 15;
    const PART: usize = 256;
    let n = terms.shape()[0];
    if n <= AT_ONCE {
        return terms.sum_dim(0);
    }
    let whole = n - n % PART;
    let parts = terms.clone().slice(0..whole).reshape([whole / PART, PART]);
    let sums = parts.sum_dim(1).reshape([whole / PART]);
    sum(Tensor::cat(vec![sums, terms.slice(whole..n)], 0))
}
