//! The autodiff engine: Burn's tape, on the model's device.

use burn::tensor::Tensor;
use shallow_analytic::descent::{Checkpoint, FitError, Steps};
use shallow_model::Regressor;

use crate::{
    batches::Batches,
    blocks,
    gradient::{loss_and_gradient, total, weigh},
    loss::Loss,
    tensors,
    update::Update,
};

/// A fit on a device. The losses stay there until they are asked for.
pub(crate) struct Autodiff<'a, M> {
    batches: Batches<'a>,
    loss: &'a Loss<'a>,
    update: Update<'a>,
    model: M,
    previous: M,
    unread: Vec<Tensor<1>>,
}

impl<'a, M: Regressor> Autodiff<'a, M> {
    pub(crate) fn new(
        model: M,
        batches: Batches<'a>,
        loss: &'a Loss<'a>,
        mut update: Update<'a>,
        from: Option<&Checkpoint>,
    ) -> Self {
        let model = match from {
            None => model,
            Some(from) => {
                let model = blocks::replaced(model, &from.parameters);
                update.resume(from, &model);
                model
            }
        };
        Self {
            batches,
            loss,
            update,
            previous: model.clone(),
            model,
            unread: Vec::new(),
        }
    }
}

impl<M: Regressor> Steps<M> for Autodiff<'_, M> {
    fn step(&mut self, _: bool, is_watched: bool) {
        if is_watched {
            self.previous = self.model.clone();
        }
        let (model, update, loss) = (&mut self.model, &mut self.update, self.loss);
        let mut losses = Vec::new();
        self.batches.epoch(|batch, weight| {
            let (loss, gradient) = loss_and_gradient(model, batch, loss);
            *model = update.step(model.clone(), gradient);
            losses.push(weigh(loss, weight));
        });
        self.unread.push(total(losses));
    }

    fn losses(&mut self) -> Result<Vec<f64>, FitError> {
        if self.unread.is_empty() {
            return Ok(Vec::new());
        }
        tensors::host(Tensor::cat(std::mem::take(&mut self.unread), 0))
    }

    fn model(&self) -> M {
        self.model.clone()
    }

    fn checkpoint(&self, epochs: usize) -> Checkpoint {
        Checkpoint {
            epochs,
            parameters: blocks::read(&self.model),
            memory: self.update.memory(&self.model),
        }
    }

    fn previous(&self) -> M {
        self.previous.clone()
    }
}
