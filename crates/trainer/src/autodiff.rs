//! The autodiff engine: Burn's tape, on the model's device.

use burn::tensor::Tensor;
use shallow_data::Dataset;
use shallow_model::Regressor;

use crate::{
    Checkpoint, FitConfig, FitError,
    descent::TensorDescent,
    gradient::{Batch, errors_and_gradient},
    steps::{Errors, Steps},
    tensors,
};

/// A fit on a device. The errors stay there until they are asked for.
pub(crate) struct Autodiff<M> {
    batch: Batch,
    descent: TensorDescent,
    model: M,
    previous: M,
    unread: Vec<Tensor<1>>,
}

impl<M: Regressor> Autodiff<M> {
    pub(crate) fn new(
        model: M,
        data: &Dataset,
        config: &FitConfig,
        from: Option<&Checkpoint>,
    ) -> Self {
        let mut descent = TensorDescent::new(config);
        let model = match from {
            None => model,
            Some(from) => {
                let model = model.with_host(&from.parameters);
                descent.resume(from, &model);
                model
            }
        };
        Self {
            batch: Batch::new(data, &model, config.reduction),
            descent,
            previous: model.clone(),
            model,
            unread: Vec::new(),
        }
    }
}

impl<M: Regressor> Steps<M> for Autodiff<M> {
    fn step(&mut self, is_watched: bool) {
        let (errors, gradient) = errors_and_gradient(&self.model, &self.batch);
        if is_watched {
            self.previous = self.model.clone();
        }
        self.model = self.descent.step(self.model.clone(), gradient);
        self.unread.extend(errors);
    }

    fn errors(&mut self) -> Result<Errors, FitError> {
        if self.unread.is_empty() {
            return Ok(Errors::default());
        }
        let pairs = tensors::host(Tensor::cat(std::mem::take(&mut self.unread), 0))?;
        let of = |which: usize| pairs.iter().skip(which).step_by(2).copied().collect();
        Ok(Errors {
            losses: of(0),
            mean_absolute: of(1),
        })
    }

    fn model(&self) -> M {
        self.model.clone()
    }

    fn checkpoint(&self, epochs: usize) -> Checkpoint {
        Checkpoint {
            epochs,
            parameters: self.model.to_host(),
            memory: self.descent.memory(&self.model),
        }
    }

    fn previous(&self) -> M {
        self.previous.clone()
    }
}
