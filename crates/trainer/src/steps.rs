//! What the loop asks of an engine: a step, the errors so far, the model.

use crate::{Checkpoint, FitError};

/// One engine at work on one fit.
pub(crate) trait Steps<M> {
    /// One epoch: forward, backward, update. `is_watched` when its errors and model will be looked at before the next.
    fn step(&mut self, is_watched: bool);

    /// The losses of all epochs since the last call, and their mean absolute errors where the engine has them.
    fn errors(&mut self) -> Result<Errors, FitError>;

    /// The model as it is now.
    fn model(&self) -> M;

    /// Where it stands after so many epochs, counted from the first of all.
    fn checkpoint(&self, epochs: usize) -> Checkpoint;

    /// The model before the last update; the last epoch must have been watched.
    fn previous(&self) -> M;
}

/// The errors of some epochs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Errors {
    pub(crate) losses: Vec<f64>,
    pub(crate) mean_absolute: Vec<f64>,
}
