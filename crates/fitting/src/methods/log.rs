//! A descent's log: progress, metrics and checkpoints, all from its one observer.

use std::time::{Duration, Instant};

use shallow_analytic::{
    Parameters,
    descent::{Checkpoint, FitConfig},
};

use crate::{
    error::FittingError,
    metrics::{Metric, Metrics},
    progress::Progress,
    run_folder::RunFolder,
    saved::{self, Saved},
};

/// Time from one checkpoint to the next.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(10);

/// The log of a descent under way in its folder.
pub(super) struct Log<'a> {
    folder: &'a RunFolder,
    metrics: Metrics,
    progress: &'a mut dyn Progress,
    /// The losses of every epoch before this part of the run.
    before: &'a [f64],
    /// A number of the samples.
    fingerprint: u64,
    /// What turns a loss into the user's units.
    scale: f64,
    seconds_before: f64,
    since: Instant,
    saved_at: Instant,
}

impl<'a> Log<'a> {
    pub(super) fn new(
        folder: &'a RunFolder,
        saved: &'a Saved,
        config: &FitConfig,
        fingerprint: u64,
        scale: f64,
        progress: &'a mut dyn Progress,
    ) -> Result<Self, FittingError> {
        let logged = saved.losses.iter().enumerate().step_by(config.log_every);
        let metric = |(epoch, loss): (usize, &f64)| Metric { epoch, loss: *loss };
        let metrics = Metrics::new(folder, logged.map(metric).collect())?;
        progress.begin(saved.epochs(), config.epochs);
        Ok(Self {
            folder,
            metrics,
            progress,
            before: &saved.losses,
            fingerprint,
            scale,
            seconds_before: saved.seconds,
            since: Instant::now(),
            saved_at: Instant::now(),
        })
    }

    /// After a logged epoch: `losses` are those since this part began, on the scale of training.
    pub(super) fn observe(
        &mut self,
        epoch: usize,
        losses: &[f64],
        checkpoint: &dyn Fn() -> Checkpoint,
    ) -> Result<(), FittingError> {
        let metric = Metric {
            epoch,
            loss: self.scale * losses[losses.len() - 1],
        };
        self.progress.show(metric.epoch, metric.loss);
        self.metrics.add(metric)?;
        if self.saved_at.elapsed() > BETWEEN_CHECKPOINTS {
            self.saved_at = Instant::now();
            self.save(&checkpoint(), losses, None)?;
        }
        Ok(())
    }

    /// Writes a checkpoint; of a run that has all its epochs, with the parameters before the last step.
    pub(super) fn save(
        &self,
        checkpoint: &Checkpoint,
        losses: &[f64],
        previous: Option<&Parameters>,
    ) -> Result<(), FittingError> {
        let all = self.all(losses);
        let (seconds, samples) = (self.seconds(), self.fingerprint);
        let bytes = saved::to_bytes(checkpoint, &all, seconds, samples, previous);
        let bytes = bytes.map_err(|reason| FittingError::Checkpoint {
            path: self.folder.path().into(),
            reason,
        })?;
        self.folder.write_checkpoint(&bytes)
    }

    pub(super) fn seconds(&self) -> f64 {
        self.seconds_before + self.since.elapsed().as_secs_f64()
    }

    /// The losses of every epoch of the run, in the user's units.
    pub(super) fn all(&self, losses: &[f64]) -> Vec<f64> {
        let new = losses.iter().map(|loss| self.scale * loss);
        self.before.iter().copied().chain(new).collect()
    }

    /// The descent has ended, well or not.
    pub(super) fn end(&mut self) -> Result<(), FittingError> {
        self.progress.end();
        self.metrics.flush()
    }

    /// Logs the last loss, and returns the losses of all epochs, and those that are in the metrics.
    pub(super) fn finish(mut self, losses: &[f64]) -> Result<(Vec<f64>, Vec<f64>), FittingError> {
        let all = self.all(losses);
        let last = Metric {
            epoch: all.len() - 1,
            loss: all[all.len() - 1],
        };
        if self.metrics.logged().last().map(|metric| metric.epoch) != Some(last.epoch) {
            self.metrics.add(last)?;
        }
        self.metrics.flush()?;
        let logged = self.metrics.logged().iter().map(|metric| metric.loss);
        Ok((all, logged.collect()))
    }
}
