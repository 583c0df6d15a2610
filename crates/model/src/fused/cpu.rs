//! The operation on the backends that compute on the CPU, by the kernels on slices.

use std::{borrow::Cow, sync::Arc};

use burn::{
    backend::{Backend, TensorMetadata, tensor::FloatTensor},
    tensor::{DType, Element, TensorData},
};
use shallow_analytic::fused::{Float, Net, Saved};

use super::{Inputs, TwoLayerRelu, TwoLayerReluGradient};

/// What a forward pass on the CPU saves, in either float type.
#[derive(Debug, Clone)]
pub enum SavedOnCpu {
    /// In f32.
    F32(Arc<Saved<f32>>),
    /// In f64.
    F64(Arc<Saved<f64>>),
}

/// A backend whose tensors are in the program's own memory.
trait OnCpu: Backend {
    /// The values of an f32 tensor, row-major; not copied where they lie so.
    fn f32s(tensor: &FloatTensor<Self>) -> Cow<'_, [f32]>;

    /// The same of an f64 tensor.
    fn f64s(tensor: &FloatTensor<Self>) -> Cow<'_, [f64]>;

    /// A tensor of these values, which are not copied.
    fn tensor<T: Real>(values: Vec<T>, shape: &[usize]) -> FloatTensor<Self>;
}

/// A float type of the kernels and of Burn.
trait Real: Float + Element {
    /// A tensor's values.
    fn values<B: OnCpu>(tensor: &FloatTensor<B>) -> Cow<'_, [Self]>;
    /// Wraps what was saved in this type.
    fn wrap(saved: Saved<Self>) -> SavedOnCpu;
    /// Unwraps it.
    fn unwrap(saved: &SavedOnCpu) -> Option<&Saved<Self>>;
}

impl Real for f32 {
    fn values<B: OnCpu>(tensor: &FloatTensor<B>) -> Cow<'_, [f32]> {
        B::f32s(tensor)
    }

    fn wrap(saved: Saved<f32>) -> SavedOnCpu {
        SavedOnCpu::F32(Arc::new(saved))
    }

    fn unwrap(saved: &SavedOnCpu) -> Option<&Saved<f32>> {
        match saved {
            SavedOnCpu::F32(saved) => Some(saved),
            SavedOnCpu::F64(_) => None,
        }
    }
}

impl Real for f64 {
    fn values<B: OnCpu>(tensor: &FloatTensor<B>) -> Cow<'_, [f64]> {
        B::f64s(tensor)
    }

    fn wrap(saved: Saved<f64>) -> SavedOnCpu {
        SavedOnCpu::F64(Arc::new(saved))
    }

    fn unwrap(saved: &SavedOnCpu) -> Option<&Saved<f64>> {
        match saved {
            SavedOnCpu::F64(saved) => Some(saved),
            SavedOnCpu::F32(_) => None,
        }
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
    (B::tensor(y, &output_shape::<B>(inputs)), T::wrap(saved))
}

fn backward<B: OnCpu, T: Real>(
    saved: &SavedOnCpu,
    inputs: &Inputs<B>,
    grad: &FloatTensor<B>,
    wants_x: bool,
) -> (Option<FloatTensor<B>>, [FloatTensor<B>; 4]) {
    let slices = Slices::<T>::of::<B>(inputs);
    let Some(saved) = T::unwrap(saved) else {
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
