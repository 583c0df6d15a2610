//! The course of a fit: progress, metrics and checkpoints, all on the one observer, and Ctrl-C.

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use shallow::{Checkpoint, Dataset, Epoch, Error, Fit, FitConfig, Regressor};

use crate::{
    checkpoint::{self, Saved},
    progress::Progress,
    run_folder::{Metric, Metrics, RunFolder},
};

/// How often a checkpoint is written on the way.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(10);

/// Set by the first Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// A fit under way in its folder.
pub struct Training<'a> {
    folder: &'a RunFolder,
    metrics: Metrics,
    progress: Progress,
    /// Which samples it is fitted to.
    samples: u64,
    /// What turns a loss into the user's units.
    loss_scale: f64,
    seconds_before: f64,
    since: Instant,
    saved_at: Instant,
}

impl<'a> Training<'a> {
    pub fn new(
        folder: &'a RunFolder,
        saved: &Saved,
        config: &FitConfig,
        progress: Progress,
        samples: u64,
        loss_scale: f64,
    ) -> Result<Self> {
        // First: who sees the metrics may press Ctrl-C.
        stop_on_ctrl_c();
        let metrics = Metrics::resume(folder, &saved.losses, config.log_every)?;
        Ok(Self {
            folder,
            metrics,
            progress,
            samples,
            loss_scale,
            seconds_before: saved.seconds,
            since: Instant::now(),
            saved_at: Instant::now(),
        })
    }

    /// Fits to the end, and writes the checkpoint; also tells the seconds of training. An interrupted fit is an error that
    /// says how to go on.
    pub fn run<M: Regressor>(
        &mut self,
        from: Option<&Checkpoint>,
        start: &M,
        train: &Dataset,
        config: &FitConfig,
    ) -> Result<(Fit<M>, f64)> {
        let mut failure = None;
        let fit = shallow::fit_from(
            from,
            start.clone(),
            train,
            config,
            &STOP,
            |epoch| match self.observe(epoch) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            },
        );
        let seconds = self.seconds();
        self.progress.end();
        if let Some(failure) = failure {
            return Err(failure);
        }
        self.metrics.flush()?;
        let fit = fit.map_err(Error::from)?;
        self.save(&fit.checkpoint)?;
        if fit.checkpoint.epochs < config.epochs {
            bail!(
                "interrupted after {} of {} epochs; go on with `shallow fit --resume {}`",
                fit.checkpoint.epochs,
                config.epochs,
                self.folder.path().display()
            );
        }
        Ok((fit, seconds))
    }

    fn observe<M>(&mut self, epoch: &Epoch<M>) -> Result<()> {
        let metric = Metric {
            epoch: epoch.epoch,
            loss: self.loss_scale * epoch.loss,
        };
        self.progress.show(metric.epoch, metric.loss);
        self.metrics.add(metric)?;
        if self.saved_at.elapsed() > BETWEEN_CHECKPOINTS {
            self.saved_at = Instant::now();
            self.save(&epoch.checkpoint())?;
        }
        Ok(())
    }

    fn save(&self, checkpoint: &Checkpoint) -> Result<()> {
        let losses = self.metrics.losses();
        let bytes = checkpoint::to_bytes(checkpoint, &losses, self.seconds(), self.samples)?;
        self.folder.write_checkpoint(&bytes)
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.since.elapsed().as_secs_f64()
    }

    /// Logs the last loss, and returns all that were logged.
    pub fn end<M>(mut self, fit: &Fit<M>, config: &FitConfig) -> Result<Vec<Metric>> {
        let last = Metric {
            epoch: config.epochs - 1,
            loss: self.loss_scale * fit.losses[fit.losses.len() - 1],
        };
        if self.metrics.logged.last().map(|metric| metric.epoch) != Some(last.epoch) {
            self.metrics.add(last)?;
        }
        self.metrics.flush()?;
        Ok(self.metrics.logged)
    }
}

/// The first Ctrl-C lets the epoch end; a second one ends the program.
fn stop_on_ctrl_c() {
    let set = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
    });
    if let Err(error) = set {
        eprintln!("note: Ctrl-C will end the program at once: {error}");
    }
}
