//! One neuron as one differentiable operation: `activation(X w)`.

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
use shallow_kernels::Activation;

/// Backends that compute a neuron as one operation.
#[backend_extension(NdArray: cfg(feature = "ndarray"), Flex: cfg(feature = "flex"), Autodiff)]
pub trait Neuron: Backend {
    /// `activation(X w)`: X `[n, d]`, w `[d, 1]` to `[n, 1]`.
    fn neuron(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self>;
}

/// Backends that know the operation's backward pass.
pub trait NeuronGradient: Neuron {
    /// From X, w, the predictions and their gradient, that of X where it is wanted, and that of w.
    fn neuron_backward(
        inputs: [FloatTensor<Self>; 3],
        grad: FloatTensor<Self>,
        activation: Activation,
        wants_x: bool,
    ) -> (Option<FloatTensor<Self>>, FloatTensor<Self>);
}

#[derive(Debug)]
struct NeuronBackward(Activation);

impl<B: NeuronGradient> Backward<B, 2> for NeuronBackward {
    /// X, w and the predictions.
    type State = [FloatTensor<B>; 3];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let [x, weight] = ops.parents;
        let (of_x, of_weight) = B::neuron_backward(ops.state, grad, self.0, x.is_some());
        if let (Some(x), Some(grad)) = (x, of_x) {
            grads.register::<B>(x.id, grad);
        }
        if let Some(weight) = weight {
            grads.register::<B>(weight.id, of_weight);
        }
    }
}

impl<B: NeuronGradient, C: CheckpointStrategy> Neuron for Autodiff<B, C> {
    fn neuron(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node()];
        let [x, weight] = [x, weight].map(|tensor| tensor.into_primitive());
        let p = B::neuron(x.clone(), weight.clone(), activation);
        match NeuronBackward(activation)
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => prep.finish([x, weight, p.clone()], p),
            OpsKind::UnTracked(prep) => prep.finish(p),
        }
    }
}

/// A neuron as one operation, on a device where it is one.
pub(crate) fn neuron(x: Tensor<2>, weight: Tensor<2>, activation: Activation) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Neuron>::neuron(
        x.into_dispatch(),
        weight.into_dispatch(),
        activation,
    ))
}
