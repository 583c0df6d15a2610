//! What an engine reports of a logged epoch.

use std::ops::ControlFlow;

use shallow_analytic::descent::Checkpoint;

/// Takes the epoch's number, the losses since the fit began or went on, and a checkpoint if it is wanted.
pub(super) type Observer<'a> =
    &'a mut dyn FnMut(usize, &[f64], &dyn Fn() -> Checkpoint) -> ControlFlow<()>;
