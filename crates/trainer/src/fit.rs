//! Full-batch gradient descent with one observer.

use std::ops::ControlFlow;

use burn::tensor::Tensor;
use shallow_data::Dataset;
use shallow_model::Regressor;

use crate::{
    FitConfig, FitError, Verdict,
    descent::descend,
    gradient::{Batch, errors_and_gradient},
    tensors,
    verdict::verdict,
};

/// What the observer sees, every `log_every` epochs from the first on.
#[derive(Debug)]
pub struct Epoch<'a, M> {
    /// This epoch, from 0.
    pub epoch: usize,
    /// Its loss, before its update; the last of `losses`.
    pub loss: f64,
    /// The losses of all epochs so far.
    pub losses: &'a [f64],
    /// The model after this epoch's update.
    pub model: &'a M,
}

/// A fitted model and how it came about.
#[derive(Debug, Clone)]
pub struct Fit<M> {
    /// The model after the last update, without autodiff.
    pub model: M,
    /// The loss of every epoch's forward pass, before its update.
    pub losses: Vec<f64>,
    /// The mean absolute error of the same forward passes.
    pub mean_absolute_errors: Vec<f64>,
}

impl<M: Regressor> Fit<M> {
    /// How the fit to `data` at `learning_rate` went, `stability_limit` being [`Regressor::stability_limit`]'s.
    pub fn verdict(&self, data: &Dataset, learning_rate: f64, stability_limit: f64) -> Verdict {
        let is_saturated = self.model.is_saturated(data.x());
        verdict(&self.losses, is_saturated, learning_rate, stability_limit)
    }
}

/// Fits `model` to `data` by full-batch gradient descent on the mean squared error.
///
/// The losses stay on the device and are read together every `log_every` epochs; then `observer` is called, and may
/// stop the fit with [`ControlFlow::Break`]. A loss that is not finite is noticed at that moment, and reported for the
/// epoch in which it happened.
///
/// Time grows as `epochs` times a forward and a backward pass over all samples. On the CPU, memory beyond the samples
/// does not grow with them: they pass through the model in blocks of rows. The loop itself keeps two numbers an epoch.
///
/// # Errors
///
/// [`FitError::Diverged`] at the first loss that is not finite, [`FitError::Device`] when the device fails, and what
/// [`FitConfig::check`] says of `config`.
///
/// # Panics
///
/// When the model's inputs or outputs are not as many as the data's.
pub fn fit<M: Regressor>(
    model: M,
    data: &Dataset,
    config: &FitConfig,
    mut observer: impl FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    config.check()?;
    let start = model.valid();
    let batch = Batch::new(data, &start, config.reduction);
    let mut model = start.clone();
    let mut history = History::default();
    for epoch in 0..config.epochs {
        let (errors, gradient) = errors_and_gradient(&model, &batch);
        model = descend(model, gradient, config.learning_rate);
        history.unread.push(errors);

        if epoch % config.log_every == 0 {
            history.read(&start, data, config)?;
            let losses = &history.losses;
            let seen = Epoch {
                epoch,
                loss: losses[epoch],
                losses,
                model: &model,
            };
            if observer(&seen).is_break() {
                break;
            }
        }
    }
    history.read(&start, data, config)?;
    let History {
        losses,
        mean_absolute_errors,
        ..
    } = history;
    Ok(Fit {
        model,
        losses,
        mean_absolute_errors,
    })
}

/// The errors of every epoch, first on the device and then on the host.
#[derive(Default)]
struct History {
    unread: Vec<Tensor<1>>,
    losses: Vec<f64>,
    mean_absolute_errors: Vec<f64>,
}

impl History {
    /// Moves what is on the device to the host, up to the first loss that is not finite.
    fn read<M: Regressor>(
        &mut self,
        start: &M,
        data: &Dataset,
        config: &FitConfig,
    ) -> Result<(), FitError> {
        if self.unread.is_empty() {
            return Ok(());
        }
        let errors = tensors::host(Tensor::cat(std::mem::take(&mut self.unread), 0))?;
        for pair in errors.chunks_exact(2) {
            if !pair[0].is_finite() {
                return Err(FitError::Diverged {
                    epoch: self.losses.len(),
                    loss: pair[0],
                    last_finite_loss: self.losses.last().copied(),
                    learning_rate: config.learning_rate,
                    stability_limit: start.stability_limit(data.x(), data.y(), config.reduction),
                });
            }
            self.losses.push(pair[0]);
            self.mean_absolute_errors.push(pair[1]);
        }
        Ok(())
    }
}
