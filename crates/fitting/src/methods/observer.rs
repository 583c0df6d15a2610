//! What an engine reports of a logged epoch.

use std::ops::ControlFlow;

use shallow_analytic::{Parameters, descent::Checkpoint};

/// What an engine reports.
pub(super) struct Report<'a> {
    /// The epoch, from 0.
    pub(super) epoch: usize,
    /// The losses since the fit began or went on, on the scale of training.
    pub(super) losses: &'a [f64],
    /// The parameters that the last of them is of.
    pub(super) previous: &'a dyn Fn() -> Parameters,
    /// The state after the epoch.
    pub(super) checkpoint: &'a dyn Fn() -> Checkpoint,
}

/// Takes it, and says whether to go on.
pub(super) type Observer<'a> = &'a mut dyn FnMut(&Report) -> ControlFlow<()>;
