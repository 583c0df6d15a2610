//! The loop: steps, losses read every few epochs, an observer, a stop flag.

use std::{
    fmt,
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    advice::Diagnosis, checkpoint::Checkpoint, config::FitConfig, engine::Engine, error::FitError,
    steps::Steps,
};

/// What the observer sees, every `log_every` epochs from the first on.
pub struct Epoch<'a, M> {
    /// This epoch, from 0.
    pub epoch: usize,
    /// Its loss, before its update; the last of `losses`.
    pub loss: f64,
    /// The losses of all epochs since the fit began, or was taken up from a checkpoint.
    pub losses: &'a [f64],
    steps: &'a dyn Steps<M>,
}

impl<M> Epoch<'_, M> {
    /// The model after this epoch's update; made when asked for, which may take longer than a step.
    pub fn model(&self) -> M {
        self.steps.model()
    }

    /// The model before this epoch's update, which `loss` is of.
    pub fn previous(&self) -> M {
        self.steps.previous()
    }

    /// The state of the fit after this epoch.
    pub fn checkpoint(&self) -> Checkpoint {
        self.steps.checkpoint(self.epoch + 1)
    }
}

impl<M> fmt::Debug for Epoch<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch {{ epoch: {}, loss: {} }}", self.epoch, self.loss)
    }
}

/// A fitted model and the account of its fit.
#[derive(Debug, Clone)]
pub struct Fit<M> {
    /// The model after the last update.
    pub model: M,
    /// The model before it, which the last of `losses` is of.
    pub previous: M,
    /// The state at the end, from which a longer fit can go on.
    pub checkpoint: Checkpoint,
    /// The engine that ran: never [`Engine::Auto`].
    pub engine: Engine,
    /// The loss of every epoch's forward pass, before its update.
    pub losses: Vec<f64>,
}

/// Checkpoint to start from, stop flag, and how long and how often to look: the loop's own settings.
#[derive(Debug, Clone, Copy)]
pub struct Course<'a> {
    /// The checkpoint from which to go on, if the fit is not new.
    pub from: Option<&'a Checkpoint>,
    /// Once it is true, the epoch at work is the last.
    pub stop: &'a AtomicBool,
    /// Epochs, and epochs between two looks.
    pub config: &'a FitConfig,
}

impl Course<'_> {
    /// Runs steps to the end. `diagnose` is called when the loss diverges, for the advice in the error.
    ///
    /// # Errors
    ///
    /// [`FitError::Diverged`] at the first loss that is not finite, and what [`Steps::losses`] says.
    pub fn run<M>(
        &self,
        mut steps: impl Steps<M>,
        engine: Engine,
        diagnose: impl Fn() -> Diagnosis,
        observer: &mut dyn FnMut(&Epoch<M>) -> ControlFlow<()>,
    ) -> Result<Fit<M>, FitError> {
        let config = self.config;
        let mut losses = Vec::new();
        let mut epoch = self.from.map_or(0, |from| from.epochs);
        loop {
            let is_logged = epoch.is_multiple_of(config.log_every);
            let is_end = epoch + 1 == config.epochs;
            let is_last = is_end || self.stop.load(Ordering::Relaxed);
            // A fit that is stopped must not differ from one that is not, in no loss.
            steps.step(is_logged || is_end, is_logged || is_last);
            if is_logged || is_last {
                self.read(&mut steps, &mut losses, &diagnose)?;
            }
            let is_ended = is_logged && {
                let seen = Epoch {
                    epoch,
                    loss: losses[losses.len() - 1],
                    losses: &losses,
                    steps: &steps,
                };
                observer(&seen).is_break()
            };
            epoch += 1;
            if is_last || is_ended {
                break;
            }
        }
        Ok(Fit {
            model: steps.model(),
            previous: steps.previous(),
            checkpoint: steps.checkpoint(epoch),
            engine,
            losses,
        })
    }

    /// Adds the losses since the last call, up to the first that is not finite.
    fn read<M>(
        &self,
        steps: &mut impl Steps<M>,
        losses: &mut Vec<f64>,
        diagnose: impl Fn() -> Diagnosis,
    ) -> Result<(), FitError> {
        let new = steps.losses()?;
        let n_finite = new.iter().take_while(|loss| loss.is_finite()).count();
        losses.extend(&new[..n_finite]);
        match new.get(n_finite) {
            None => Ok(()),
            Some(loss) => {
                let diagnosis = diagnose();
                Err(FitError::Diverged {
                    epoch: self.from.map_or(0, |from| from.epochs) + losses.len(),
                    loss: *loss,
                    last_finite_loss: losses.last().copied(),
                    learning_rate: self.config.learning_rate,
                    stability_limit: diagnosis.stability_limit,
                    working_rate: diagnosis.working_rate,
                })
            }
        }
    }
}
