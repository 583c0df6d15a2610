//! The operations on the backends that compute on the CPU, by the kernels on slices.

use std::{any::Any, borrow::Cow, sync::Arc};

use burn::{
    backend::{Backend, TensorMetadata, tensor::FloatTensor},
    tensor::{DType, Element, TensorData},
};
use shallow_kernels::{self as kernels, Activation, Float, Net, Saved};

use super::{
    errors::{Errors, ErrorsGradient},
    neuron::{Neuron, NeuronGradient},
    two_layer_relu::{Inputs, TwoLayerRelu, TwoLayerReluGradient},
};

/// What a forward pass saves: a [`Saved`] of either float type.
type SavedOnCpu = Arc<dyn Any + Send + Sync>;

/// A backend whose tensors are in the program's own memory.
trait OnCpu: Backend {
    /// The values of an f32 tensor, row-major; not copied where they are stored in that order.
    fn f32s(tensor: &FloatTensor<Self>) -> Cow<'_, [f32]>;

    /// The values of an f64 tensor, likewise.
    fn f64s(tensor: &FloatTensor<Self>) -> Cow<'_, [f64]>;

    /// A tensor of these values, which are not copied.
    fn tensor<T: Real>(values: Vec<T>, shape: &[usize]) -> FloatTensor<Self>;
}

/// A float type of the kernels and of Burn.
trait Real: Float + Element {
    /// A tensor's values.
    fn values<B: OnCpu>(tensor: &FloatTensor<B>) -> Cow<'_, [Self]>;
}

impl Real for f32 {
    fn values<B: OnCpu>(tensor: &FloatTensor<B>) -> Cow<'_, [f32]> {
        B::f32s(tensor)
    }
}

impl Real for f64 {
    fn values<B: OnCpu>(tensor: &FloatTensor<B>) -> Cow<'_, [f64]> {
        B::f64s(tensor)
    }
}

/// The slices of a pass.
struct Slices<'a, T: Clone> {
    x: Cow<'a, [T]>,
    parameters: [Cow<'a, [T]>; 4],
}

impl<'a, T: Real> Slices<'a, T> {
    fn of<B: OnCpu>(inputs: &'a Inputs<B>) -> Self {
        let [x, parameters @ ..] = inputs;
        Self {
            x: T::values::<B>(x),
            parameters: parameters.each_ref().map(|block| T::values::<B>(block)),
        }
    }

    fn net(&self) -> Net<'_, T> {
        let [w1, b1, w2, b2] = &self.parameters;
        Net { w1, b1, w2, b2 }
    }
}

/// n and k.
fn output_shape<B: OnCpu>(inputs: &Inputs<B>) -> [usize; 2] {
    [inputs[0].shape()[0], inputs[4].shape()[0]]
}

fn forward<B: OnCpu, T: Real>(inputs: &Inputs<B>) -> FloatTensor<B> {
    let slices = Slices::<T>::of::<B>(inputs);
    B::tensor(slices.net().forward(&slices.x), &output_shape::<B>(inputs))
}

fn forward_saving<B: OnCpu, T: Real>(inputs: &Inputs<B>) -> (FloatTensor<B>, SavedOnCpu) {
    let slices = Slices::<T>::of::<B>(inputs);
    let (y, saved) = slices.net().forward_saving(&slices.x);
    (B::tensor(y, &output_shape::<B>(inputs)), Arc::new(saved))
}

fn backward<B: OnCpu, T: Real>(
    saved: &SavedOnCpu,
    inputs: &Inputs<B>,
    grad: &FloatTensor<B>,
    wants_x: bool,
) -> (Option<FloatTensor<B>>, [FloatTensor<B>; 4]) {
    let slices = Slices::<T>::of::<B>(inputs);
    let Some(saved) = saved.downcast_ref::<Saved<T>>() else {
        panic!("x and its gradient have different float types");
    };
    let gradient = slices
        .net()
        .backward(saved, &slices.x, &T::values::<B>(grad), wants_x);
    let [x, w1, b1, w2, b2] = inputs.each_ref().map(|tensor| tensor.shape());
    (
        gradient.x.map(|of_x| B::tensor(of_x, &x)),
        [
            B::tensor(gradient.w1, &w1),
            B::tensor(gradient.b1, &b1),
            B::tensor(gradient.w2, &w2),
            B::tensor(gradient.b2, &b2),
        ],
    )
}

fn neuron<B: OnCpu, T: Real>(
    x: &FloatTensor<B>,
    weight: &FloatTensor<B>,
    activation: Activation,
) -> FloatTensor<B> {
    let weight = &T::values::<B>(weight);
    let p = kernels::Neuron { weight, activation }.forward(&T::values::<B>(x));
    let n = p.len();
    B::tensor(p, &[n, 1])
}

fn neuron_backward<B: OnCpu, T: Real>(
    [x, weight, p]: &[FloatTensor<B>; 3],
    grad: &FloatTensor<B>,
    activation: Activation,
    wants_x: bool,
) -> (Option<FloatTensor<B>>, FloatTensor<B>) {
    let [x_values, weight_values, p, grad] = [x, weight, p, grad].map(|t| T::values::<B>(t));
    let neuron = kernels::Neuron {
        weight: &weight_values,
        activation,
    };
    let (of_weight, of_x) = neuron.backward(&x_values, &p, &grad, wants_x);
    (
        of_x.map(|of_x| B::tensor(of_x, &x.shape())),
        B::tensor(of_weight, &weight.shape()),
    )
}

fn errors<B: OnCpu, T: Real>(
    p: &FloatTensor<B>,
    y: &FloatTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let [squared, absolute] = kernels::errors(&T::values::<B>(p), &T::values::<B>(y));
    let tensor = |error| B::tensor(vec![T::from_f64(error)], &[1]);
    (tensor(squared), tensor(absolute))
}

fn errors_backward<B: OnCpu, T: Real>(
    [p, y]: &[FloatTensor<B>; 2],
    grad: &FloatTensor<B>,
) -> FloatTensor<B> {
    let factor = T::values::<B>(grad)[0].to_f64();
    let of_p = kernels::errors_gradient(&T::values::<B>(p), &T::values::<B>(y), factor);
    B::tensor(of_p, &p.shape())
}

macro_rules! on_cpu {
    ($backend:ty) => {
        impl TwoLayerRelu for $backend {
            fn two_layer_relu(
                x: FloatTensor<Self>,
                w1: FloatTensor<Self>,
                b1: FloatTensor<Self>,
                w2: FloatTensor<Self>,
                b2: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                let inputs = [x, w1, b1, w2, b2];
                match inputs[0].dtype() {
                    DType::F32 => forward::<Self, f32>(&inputs),
                    _ => forward::<Self, f64>(&inputs),
                }
            }
        }

        impl TwoLayerReluGradient for $backend {
            type Saved = SavedOnCpu;

            fn forward(inputs: Inputs<Self>) -> (FloatTensor<Self>, SavedOnCpu) {
                match inputs[0].dtype() {
                    DType::F32 => forward_saving::<Self, f32>(&inputs),
                    _ => forward_saving::<Self, f64>(&inputs),
                }
            }

            fn backward(
                saved: SavedOnCpu,
                inputs: Inputs<Self>,
                grad: FloatTensor<Self>,
                wants_x: bool,
            ) -> (Option<FloatTensor<Self>>, [FloatTensor<Self>; 4]) {
                match inputs[0].dtype() {
                    DType::F32 => backward::<Self, f32>(&saved, &inputs, &grad, wants_x),
                    _ => backward::<Self, f64>(&saved, &inputs, &grad, wants_x),
                }
            }
        }

        impl Neuron for $backend {
            fn neuron(
                x: FloatTensor<Self>,
                weight: FloatTensor<Self>,
                activation: Activation,
            ) -> FloatTensor<Self> {
                match x.dtype() {
                    DType::F32 => neuron::<Self, f32>(&x, &weight, activation),
                    _ => neuron::<Self, f64>(&x, &weight, activation),
                }
            }
        }

        impl NeuronGradient for $backend {
            fn neuron_backward(
                inputs: [FloatTensor<Self>; 3],
                grad: FloatTensor<Self>,
                activation: Activation,
                wants_x: bool,
            ) -> (Option<FloatTensor<Self>>, FloatTensor<Self>) {
                match grad.dtype() {
                    DType::F32 => neuron_backward::<Self, f32>(&inputs, &grad, activation, wants_x),
                    _ => neuron_backward::<Self, f64>(&inputs, &grad, activation, wants_x),
                }
            }
        }

        impl Errors for $backend {
            fn errors(
                p: FloatTensor<Self>,
                y: FloatTensor<Self>,
            ) -> (FloatTensor<Self>, FloatTensor<Self>) {
                match p.dtype() {
                    DType::F32 => errors::<Self, f32>(&p, &y),
                    _ => errors::<Self, f64>(&p, &y),
                }
            }
        }

        impl ErrorsGradient for $backend {
            fn errors_backward(
                inputs: [FloatTensor<Self>; 2],
                grad: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                match grad.dtype() {
                    DType::F32 => errors_backward::<Self, f32>(&inputs, &grad),
                    _ => errors_backward::<Self, f64>(&inputs, &grad),
                }
            }
        }
    };
}

#[cfg(feature = "flex")]
mod flex {
    use burn::backend::{Flex, flex::FlexTensor};

    use super::*;

    fn values<T: Real>(tensor: &FlexTensor) -> Cow<'_, [T]> {
        match tensor.as_slice() {
            Some(values) => Cow::Borrowed(values),
            None => Cow::Owned(tensor.to_contiguous().storage::<T>().to_vec()),
        }
    }

    impl OnCpu for Flex {
        fn f32s(tensor: &FlexTensor) -> Cow<'_, [f32]> {
            values(tensor)
        }

        fn f64s(tensor: &FlexTensor) -> Cow<'_, [f64]> {
            values(tensor)
        }

        fn tensor<T: Real>(values: Vec<T>, shape: &[usize]) -> FlexTensor {
            FlexTensor::from_data(TensorData::new(values, shape.to_vec()))
        }
    }

    on_cpu!(Flex);
}

#[cfg(feature = "ndarray")]
#[allow(deprecated)] // it is what this project's user asked for
mod ndarray {
    use burn::backend::{NdArray, ndarray::NdArrayTensor};

    use super::*;

    // The type of its arrays has no public name.
    macro_rules! values {
        ($tensor:ident, $dtype:ident) => {
            match $tensor {
                NdArrayTensor::$dtype(array) => match array.view().to_slice() {
                    Some(values) => Cow::Borrowed(values),
                    None => Cow::Owned(array.view().iter().copied().collect()),
                },
                other => panic!(
                    "x and its network have different float types: {:?}",
                    other.dtype()
                ),
            }
        };
    }

    impl OnCpu for NdArray {
        fn f32s(tensor: &NdArrayTensor) -> Cow<'_, [f32]> {
            values!(tensor, F32)
        }

        fn f64s(tensor: &NdArrayTensor) -> Cow<'_, [f64]> {
            values!(tensor, F64)
        }

        fn tensor<T: Real>(values: Vec<T>, shape: &[usize]) -> NdArrayTensor {
            NdArrayTensor::from_data(TensorData::new(values, shape.to_vec()))
        }
    }

    on_cpu!(NdArray);
}
