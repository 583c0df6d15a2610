//! What the loop asks of an engine: a step, the losses so far, the model.

use super::{checkpoint::Checkpoint, error::FitError};

/// One engine at work on one fit of a model `M`.
pub trait Steps<M> {
    /// One epoch: forward, backward, update. `is_logged` when its loss must carry all digits, `is_watched` when the model before
    /// the update will be asked for.
    fn step(&mut self, is_logged: bool, is_watched: bool);

    /// The losses of all epochs since the last call.
    ///
    /// # Errors
    ///
    /// When the device they are on fails.
    fn losses(&mut self) -> Result<Vec<f64>, FitError>;

    /// The model as it is now.
    fn model(&self) -> M;

    /// The state after this number of epochs, counted from the first of all.
    fn checkpoint(&self, epochs: usize) -> Checkpoint;

    /// The model before the last update; the last epoch must have been watched.
    fn previous(&self) -> M;
}
