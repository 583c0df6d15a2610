//! A model whose forward pass is composed of Burn's operations, as it was before they were one.

use burn::{
    module::{Module, ModuleDisplay},
    tensor::{DType, Device, Tensor},
};
use shallow::{HostModel, Reduction, Regressor};

/// The same model, composed.
#[derive(Module, Debug)]
pub(crate) struct Composed<M: Module> {
    pub(crate) model: M,
}

impl<M: Regressor + ModuleDisplay> Regressor for Composed<M> {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.model.forward_composed(x)
    }

    fn forward_composed(&self, x: Tensor<2>) -> Tensor<2> {
        self.model.forward_composed(x)
    }

    fn is_fused(&self) -> bool {
        false
    }

    fn placement(&self) -> (Device, DType) {
        self.model.placement()
    }

    fn to_host(&self) -> HostModel {
        self.model.to_host()
    }

    fn with_host(&self, parameters: &HostModel) -> Self {
        Self {
            model: self.model.with_host(parameters),
        }
    }

    fn stability_limit(&self, x: &[f64], y: &[f64], reduction: Reduction) -> f64 {
        self.model.stability_limit(x, y, reduction)
    }

    fn is_saturated(&self, x: &[f64]) -> bool {
        self.model.is_saturated(x)
    }
}
