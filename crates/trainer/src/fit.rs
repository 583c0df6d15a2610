//! Full-batch gradient descent with one observer.

use std::ops::ControlFlow;

use burn::tensor::Tensor;
use shallow_data::Dataset;
use shallow_model::Regressor;

use crate::{
    FitConfig, FitError,
    descent::descend,
    gradient::{Batch, loss_and_gradient},
    tensors,
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
}

/// Fits `model` to `data` by full-batch gradient descent on the mean squared error.
///
/// The losses stay on the device and are read together every `log_every` epochs; then `observer` is called, and may
/// stop the fit with [`ControlFlow::Break`]. A loss that is not finite is noticed at that moment, and reported for the
/// epoch in which it happened.
///
/// Time grows as `epochs` times a forward and a backward pass over all samples. On the CPU, memory beyond the samples
/// does not grow with them: they pass through the model in blocks of rows. The loop itself keeps one number an epoch.
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
    let mut model = model.valid();
    let batch = Batch::new(data, &model);

    let mut losses = Vec::with_capacity(config.epochs);
    let mut unread = Vec::with_capacity(config.log_every.min(config.epochs));
    for epoch in 0..config.epochs {
        let (loss, gradient) = loss_and_gradient(&model, &batch);
        model = descend(model, gradient, config.learning_rate);
        unread.push(loss);

        if epoch % config.log_every == 0 {
            read_losses(&mut unread, &mut losses, config.learning_rate)?;
            let seen = Epoch {
                epoch,
                loss: losses[epoch],
                losses: &losses,
                model: &model,
            };
            if observer(&seen).is_break() {
                break;
            }
        }
    }
    read_losses(&mut unread, &mut losses, config.learning_rate)?;
    Ok(Fit { model, losses })
}

/// Moves the losses from the device to the end of `losses`, up to the first that is not finite.
fn read_losses(
    unread: &mut Vec<Tensor<1>>,
    losses: &mut Vec<f64>,
    learning_rate: f64,
) -> Result<(), FitError> {
    if unread.is_empty() {
        return Ok(());
    }
    for loss in tensors::host(Tensor::cat(std::mem::take(unread), 0))? {
        if !loss.is_finite() {
            return Err(FitError::Diverged {
                epoch: losses.len(),
                loss,
                last_finite_loss: losses.last().copied(),
                learning_rate,
            });
        }
        losses.push(loss);
    }
    Ok(())
}
