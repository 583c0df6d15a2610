//! A descent's log: progress, metrics and checkpoints, all from its one observer.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use shallow_analytic::{
    Parameters,
    descent::{Checkpoint, Fit, FitConfig},
};
use shallow_data::Dataset;

use super::observer::Report;

use crate::{
    error::FittingError,
    metrics::{Metric, Metrics},
    progress::Progress,
    run_folder::RunFolder,
    saved::{self, Best, Saved},
};

/// Time from one checkpoint to the next.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(10);

/// The log of a descent under way in its folder.
pub(super) struct Log<'a> {
    folder: &'a RunFolder,
    metrics: Metrics,
    progress: &'a mut dyn Progress,
    /// The state before this part of the run.
    before: &'a Saved,
    /// A number of the samples.
    fingerprint: u64,
    /// What turns a loss into the user's units.
    scale: f64,
    held_out: Option<HeldOut>,
    best: Option<Best>,
    has_stopped: bool,
    since: Instant,
    saved_at: Instant,
}

/// Test samples as a network sees them, whose loss is followed.
pub(super) struct HeldOut {
    pub(super) data: Dataset,
    /// Epochs without a lower loss before the descent stops; without it, the last network is kept.
    pub(super) patience: Option<usize>,
}

impl<'a> Log<'a> {
    pub(super) fn new(
        folder: &'a RunFolder,
        saved: &'a Saved,
        config: &FitConfig,
        held_out: Option<HeldOut>,
        (fingerprint, scale): (u64, f64),
        progress: &'a mut dyn Progress,
    ) -> Result<Self, FittingError> {
        let logged = saved.losses.iter().enumerate().step_by(config.log_every);
        let logged = logged.enumerate().map(|(at, (epoch, loss))| Metric {
            epoch,
            loss: *loss,
            test_loss: saved.test_losses.get(at).copied(),
        });
        let metrics = Metrics::new(folder, logged.collect())?;
        progress.begin(saved.epochs(), config.epochs);
        Ok(Self {
            folder,
            metrics,
            progress,
            before: saved,
            fingerprint,
            scale,
            held_out,
            best: saved.best.clone(),
            has_stopped: saved.has_stopped,
            since: Instant::now(),
            saved_at: Instant::now(),
        })
    }

    /// After a logged epoch. Breaks where patience is at its end.
    pub(super) fn observe(&mut self, report: &Report) -> Result<ControlFlow<()>, FittingError> {
        let losses = report.losses;
        let test_loss = self.followed(report.epoch, report.previous);
        let metric = Metric {
            epoch: report.epoch,
            loss: self.scale * losses[losses.len() - 1],
            test_loss,
        };
        self.progress.show(metric.epoch, metric.loss);
        self.metrics.add(metric)?;
        let patience = self.held_out.as_ref().and_then(|of| of.patience);
        if let Some((patience, best)) = patience.zip(self.best.as_ref())
            && report.epoch - best.epoch >= patience
        {
            self.has_stopped = true;
            return Ok(ControlFlow::Break(()));
        }
        if self.saved_at.elapsed() > BETWEEN_CHECKPOINTS {
            self.saved_at = Instant::now();
            self.save(&(report.checkpoint)(), losses, None)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The loss on test samples after so many steps, where it is followed; with patience, the parameters of the least are kept.
    fn followed(&mut self, epoch: usize, parameters: &dyn Fn() -> Parameters) -> Option<f64> {
        let held_out = self.held_out.as_ref()?;
        let parameters = parameters();
        let predicted = parameters.predict(held_out.data.x());
        let loss = self.scale * mean_squared_error(&predicted, held_out.data.y());
        let is_better = self.best.as_ref().is_none_or(|best| loss < best.loss);
        if held_out.patience.is_some() && is_better {
            self.best = Some(Best {
                epoch,
                loss,
                parameters: parameters.to_blocks(),
            });
        }
        Some(loss)
    }

    /// Whether patience was at its end.
    pub(super) fn has_stopped(&self) -> bool {
        self.has_stopped
    }

    /// The steps and the parameters that are kept, where those that were best on test samples are: of the logged and the last.
    pub(super) fn kept(&mut self, last: &Fit<Parameters>) -> Option<(usize, Parameters)> {
        self.held_out.as_ref().and_then(|of| of.patience)?;
        self.followed(last.checkpoint.epochs, &|| last.model.clone());
        let best = self.best.as_ref()?;
        Some((best.epoch, last.model.with_blocks(&best.parameters)))
    }

    /// Writes a checkpoint; of a run that has ended, with the parameters before the last step.
    pub(super) fn save(
        &self,
        checkpoint: &Checkpoint,
        losses: &[f64],
        previous: Option<&Parameters>,
    ) -> Result<(), FittingError> {
        let logged = self.metrics.logged().iter();
        let saved = Saved {
            checkpoint: Some(checkpoint.clone()),
            seconds: self.seconds(),
            losses: self.all(losses),
            test_losses: logged.filter_map(|metric| metric.test_loss).collect(),
            best: self.best.clone(),
            has_stopped: self.has_stopped,
            previous: previous.map(Parameters::to_blocks),
        };
        let bytes = saved::to_bytes(&saved, self.fingerprint);
        let bytes = bytes.map_err(|reason| FittingError::Checkpoint {
            path: self.folder.path().into(),
            reason,
        })?;
        self.folder.write_checkpoint(&bytes)
    }

    pub(super) fn seconds(&self) -> f64 {
        self.before.seconds + self.since.elapsed().as_secs_f64()
    }

    /// The losses of every epoch of the run, in the user's units.
    pub(super) fn all(&self, losses: &[f64]) -> Vec<f64> {
        let new = losses.iter().map(|loss| self.scale * loss);
        self.before.losses.iter().copied().chain(new).collect()
    }

    /// The descent has ended, well or not.
    pub(super) fn end(&mut self) -> Result<(), FittingError> {
        self.progress.end();
        self.metrics.flush()
    }

    /// Logs the last loss, and returns the losses of all epochs, and what is in the metrics.
    pub(super) fn finish(
        mut self,
        losses: &[f64],
        previous: &Parameters,
    ) -> Result<(Vec<f64>, Vec<Metric>), FittingError> {
        let all = self.all(losses);
        let epoch = all.len() - 1;
        if self.metrics.logged().last().map(|metric| metric.epoch) != Some(epoch) {
            let test_loss = self.followed(epoch, &|| previous.clone());
            let loss = all[epoch];
            self.metrics.add(Metric {
                epoch,
                loss,
                test_loss,
            })?;
        }
        self.metrics.flush()?;
        Ok((all, self.metrics.logged().to_vec()))
    }
}

/// The mean of the squared differences.
pub(super) fn mean_squared_error(predicted: &[f64], wanted: &[f64]) -> f64 {
    let squares = predicted.iter().zip(wanted).map(|(p, y)| (p - y).powi(2));
    squares.sum::<f64>() / wanted.len() as f64
}
