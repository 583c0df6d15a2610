//! A model whose forward pass is composed of Burn's operations, without the fused operation.

use burn::{
    module::{Module, ModuleDisplay},
    tensor::Tensor,
};
use shallow::{
    analytic::Parameters,
    model::{HostAccess, HostRegressor, Regressor},
};

/// The same model, composed.
#[derive(Module, Debug)]
pub(crate) struct Composed<M: Module> {
    pub(crate) model: M,
}

impl<M: HostRegressor + ModuleDisplay> Regressor for Composed<M> {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.model.forward_composed(x)
    }

    fn host_access() -> Option<HostAccess<Self>> {
        Some(HostAccess::of())
    }
}

impl<M: HostRegressor + ModuleDisplay> HostRegressor for Composed<M> {
    fn forward_composed(&self, x: Tensor<2>) -> Tensor<2> {
        self.model.forward_composed(x)
    }

    fn is_fused(&self) -> bool {
        false
    }

    fn to_host(&self) -> Parameters {
        self.model.to_host()
    }

    fn with_host(&self, parameters: &Parameters) -> Self {
        Self {
            model: self.model.with_host(parameters),
        }
    }
}
