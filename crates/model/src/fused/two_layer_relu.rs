//! The two-layer ReLU network as one differentiable operation: `relu(x W1 + b1) W2 + b2`.

use std::fmt::Debug;

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

/// Backends that compute the network as one operation.
#[backend_extension(
    NdArray: cfg(feature = "ndarray"),
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "cube"),
    Autodiff
)]
pub trait TwoLayerRelu: Backend {
    #[fusion(dtype = x, shape = burn::tensor::Shape::new([x[0], w2[1]]))]
    /// `relu(x W1 + b1) W2 + b2`: x `[n, d]`, W1 `[d, h]`, b1 `[h]`, W2 `[h, k]`, b2 `[k]` to `[n, k]`.
    fn two_layer_relu(
        x: FloatTensor<Self>,
        w1: FloatTensor<Self>,
        b1: FloatTensor<Self>,
        w2: FloatTensor<Self>,
        b2: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// The tensors of one pass: x, W1, b1, W2, b2.
pub(crate) type Inputs<B> = [FloatTensor<B>; 5];

/// Backends that know the operation's backward pass.
pub trait TwoLayerReluGradient: TwoLayerRelu {
    /// What the forward pass leaves to the backward pass.
    type Saved: Clone + Send + Debug + 'static;

    /// The forward pass of x, W1, b1, W2, b2, and what it saves.
    fn forward(inputs: Inputs<Self>) -> (FloatTensor<Self>, Self::Saved);

    /// From the gradient of the predictions, that of x where it is wanted, and those of W1, b1, W2, b2.
    fn backward(
        saved: Self::Saved,
        inputs: Inputs<Self>,
        grad: FloatTensor<Self>,
        wants_x: bool,
    ) -> (Option<FloatTensor<Self>>, [FloatTensor<Self>; 4]);
}

#[derive(Debug)]
struct TwoLayerReluBackward;

impl<B: TwoLayerReluGradient> Backward<B, 5> for TwoLayerReluBackward {
    type State = (Inputs<B>, B::Saved);

    fn backward(self, ops: Ops<Self::State, 5>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let (inputs, saved) = ops.state;
        let [x, parameters @ ..] = ops.parents;
        let (of_x, of_parameters) = B::backward(saved, inputs, grad, x.is_some());
        if let (Some(x), Some(grad)) = (x, of_x) {
            grads.register::<B>(x.id, grad);
        }
        for (node, grad) in parameters.into_iter().zip(of_parameters) {
            if let Some(node) = node {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

impl<B: TwoLayerReluGradient, C: CheckpointStrategy> TwoLayerRelu for Autodiff<B, C> {
    fn two_layer_relu(
        x: FloatTensor<Self>,
        w1: FloatTensor<Self>,
        b1: FloatTensor<Self>,
        w2: FloatTensor<Self>,
        b2: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), w1.node(), b1.node(), w2.node(), b2.node()];
        let inputs = [x, w1, b1, w2, b2].map(|tensor| tensor.into_primitive());
        match TwoLayerReluBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (y, saved) = B::forward(inputs.clone());
                prep.finish((inputs, saved), y)
            }
            OpsKind::UnTracked(prep) => {
                let [x, w1, b1, w2, b2] = inputs;
                prep.finish(B::two_layer_relu(x, w1, b1, w2, b2))
            }
        }
    }
}

/// The network as one operation, on a device where it is one.
pub(crate) fn two_layer_relu(
    x: Tensor<2>,
    w1: Tensor<2>,
    b1: Tensor<1>,
    w2: Tensor<2>,
    b2: Tensor<1>,
) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as TwoLayerRelu>::two_layer_relu(
        x.into_dispatch(),
        w1.into_dispatch(),
        b1.into_dispatch(),
        w2.into_dispatch(),
        b2.into_dispatch(),
    ))
}
