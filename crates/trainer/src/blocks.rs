//! A module's float parameters as blocks of f64 on the host, in the order in which the module lists them.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::{Tensor, TensorData},
};

/// The values of every parameter.
pub(crate) fn read<M: Module>(module: &M) -> Vec<Vec<f64>> {
    let mut read = Read(Vec::new());
    module.visit(&mut read);
    read.0
}

/// The number of values of every parameter.
pub(crate) fn lengths<M: Module>(module: &M) -> Vec<usize> {
    let mut lengths = Lengths(Vec::new());
    module.visit(&mut lengths);
    lengths.0
}

/// The module with other values, rounded to its float type.
pub(crate) fn replaced<M: Module>(module: M, blocks: &[Vec<f64>]) -> M {
    module.map(&mut Replace(blocks.iter()))
}

/// A tensor of these values with another one's shape, device and float type.
pub(crate) fn like<const D: usize>(tensor: &Tensor<D>, values: &[f64]) -> Tensor<D> {
    let data = TensorData::new(values.to_vec(), tensor.shape());
    Tensor::from_data(data, (&tensor.device(), tensor.dtype()))
}

struct Read(Vec<Vec<f64>>);

impl ModuleVisitor for Read {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().into_data().iter().collect());
    }
}

struct Lengths(Vec<usize>);

impl ModuleVisitor for Lengths {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().shape().num_elements());
    }
}

struct Replace<'a>(std::slice::Iter<'a, Vec<f64>>);

impl ModuleMapper for Replace<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        let value = match self.0.next() {
            Some(values) => like(&value, values),
            None => value,
        };
        Param::from_mapped_value(id, value, mapper)
    }
}
