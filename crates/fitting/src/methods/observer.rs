//! What an engine reports of a logged epoch.

use std::ops::ControlFlow;

use shallow_analytic::{Parameters, descent::Checkpoint};

/// What an engine reports.
pub(crate) struct Report<'a> {
    /// The epoch, from 0.
    pub(crate) epoch: usize,
    /// The losses since the fit began or went on, on the scale of training.
    pub(crate) losses: &'a [f64],
    /// The parameters after the epoch's update.
    pub(crate) model: &'a dyn Fn() -> Parameters,
    /// The parameters before it, which the last of the losses is of.
    pub(super) previous: &'a dyn Fn() -> Parameters,
    /// The state after the epoch.
    pub(super) checkpoint: &'a dyn Fn() -> Checkpoint,
}

/// Takes it, and says whether to go on.
pub(crate) type Observer<'a> = &'a mut dyn FnMut(&Report) -> ControlFlow<()>;
