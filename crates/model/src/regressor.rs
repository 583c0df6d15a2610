//! What training asks of a module: rows in, rows out; and what the documents' networks add.

use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::{DType, Device, Tensor},
};
use shallow_analytic::Parameters;

/// A module that maps each row of its input to a row of predictions. `forward` is all that a module of your own needs.
///
/// ```
/// use burn::{module::Module, nn::Linear, tensor::Tensor};
///
/// #[derive(Module, Debug)]
/// struct Line { layer: Linear }
///
/// impl shallow_model::Regressor for Line {
///     fn forward(&self, x: Tensor<2>) -> Tensor<2> {
///         self.layer.forward(x)
///     }
/// }
/// ```
pub trait Regressor: Module {
    /// The predictions for `x`.
    ///
    /// # Shapes
    ///
    /// `[n, d]` to `[n, k]`.
    fn forward(&self, x: Tensor<2>) -> Tensor<2>;

    /// How to read and replace the parameters on the host, of a [`HostRegressor`]: what the engines that know no Burn need. A
    /// module of your own has none, and is trained by autodiff.
    fn host_access() -> Option<HostAccess<Self>> {
        None
    }
}

/// One of the documents' networks: its parameters have a form on the host, and its passes one that is fused.
pub trait HostRegressor: Regressor {
    /// [`forward`](Regressor::forward) composed of Burn's operations, which works on every backend; what a fused operation is
    /// held against.
    fn forward_composed(&self, x: Tensor<2>) -> Tensor<2>;

    /// Whether the forward pass is one operation with a backward pass written by hand, or composed of Burn's operations.
    fn is_fused(&self) -> bool;

    /// The parameters on the host: exact, since f64 holds every smaller float type.
    fn to_host(&self) -> Parameters;

    /// This model with other parameters, rounded to its float type, on its device.
    ///
    /// # Panics
    ///
    /// When they are another kind of model's.
    fn with_host(&self, parameters: &Parameters) -> Self;
}

/// The functions of a [`HostRegressor`], for code that is generic over every [`Regressor`].
#[derive(Debug, Clone, Copy)]
pub struct HostAccess<M> {
    /// [`HostRegressor::to_host`].
    pub to_host: fn(&M) -> Parameters,
    /// [`HostRegressor::with_host`].
    pub with_host: fn(&M, &Parameters) -> M,
    /// [`HostRegressor::is_fused`].
    pub is_fused: fn(&M) -> bool,
}

impl<M: HostRegressor> HostAccess<M> {
    /// Those of `M`.
    pub fn of() -> Self {
        Self {
            to_host: M::to_host,
            with_host: M::with_host,
            is_fused: M::is_fused,
        }
    }
}

/// The device and float type of a module's first parameter, which its inputs must have too; none of a module without one.
pub fn placement<M: Module>(module: &M) -> Option<(Device, DType)> {
    let mut first = First(None);
    module.visit(&mut first);
    first.0
}

struct First(Option<(Device, DType)>);

impl ModuleVisitor for First {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.0.is_none() {
            let value = param.val();
            self.0 = Some((value.device(), value.dtype()));
        }
    }
}
