//! The method `descent`: gradient descent and its kin, from a checkpoint on where there is one.

use std::{ops::ControlFlow, sync::atomic::AtomicBool};

use shallow_analytic::{
    Moments, Parameters,
    descent::{
        Course, Diagnosis, Engine, Epoch, Fit, FitConfig, FitError, Optimizer, Verdict, advice,
        fit_as, fit_moments_on, verdict,
    },
};
use shallow_data::Dataset;

use super::{
    account::{Account, Found, Kept},
    log::{HeldOut, Log, mean_squared_error},
    observer::{Observer, Report},
};
use crate::{
    error::FittingError,
    place::Place,
    plan::{DescentPlan, Model},
    progress::Progress,
    run_folder::RunFolder,
    samples::Samples,
    saved::{Saved, fingerprint},
};

/// Samples times parameters up to which a learning rate's limit is worth its time.
pub(crate) const WORTH_A_LIMIT: usize = 100_000_000;

/// How many times the mean squared error at the start, or of the mean of y if that is larger, a descent has at its end that has
/// diverged.
const DIVERGED: f64 = 100.0;

/// So many rows are enough to tell.
const JUDGED_ROWS: usize = 10_000;

/// A descent to be made.
pub(crate) struct Job<'a> {
    pub(crate) plan: &'a DescentPlan,
    pub(crate) place: &'a Place,
    pub(crate) samples: &'a Samples,
    pub(crate) data: &'a Dataset,
    pub(crate) folder: &'a RunFolder,
    pub(crate) saved: &'a Saved,
    pub(crate) stop: &'a AtomicBool,
}

impl Job<'_> {
    /// Descends to the end, unless the checkpoint is there already.
    pub(crate) fn run(
        &self,
        start: &Parameters,
        progress: &mut dyn Progress,
    ) -> Result<Found, FittingError> {
        let scale = self.samples.y_scaling.scale.powi(2);
        let config = FitConfig {
            engine: self.place.engine,
            ..self.plan.config.clone()
        };
        let samples = fingerprint(self.samples);
        let held_out = self.held_out()?;
        let numbers = (samples, scale);
        let mut log = Log::new(
            self.folder,
            self.saved,
            &config,
            held_out,
            numbers,
            progress,
        )?;
        let course = Course {
            from: self.saved.checkpoint.as_ref(),
            stop: self.stop,
            config: &config,
        };
        let mut fit = match self.ended(start) {
            Some(fit) => fit,
            None => self.descend_logged(start, &course, &mut log)?,
        };
        log.end()?;
        let seconds = log.seconds();
        check_converged(start, &fit, &config, self.data, scale)?;
        let (kept_epoch, kept) = log.kept(&fit).unzip();
        let has_stopped = log.has_stopped();
        let (losses, metrics) = log.finish(&fit.losses, &fit.previous)?;
        if let Some(kept) = kept {
            fit.model = kept;
        }
        Ok(Found {
            account: Account {
                method: "descent",
                engine: fit.engine.name(),
                device: self.place.description.clone(),
                dtype: self.place.dtype.name(),
                hidden: match self.plan.model {
                    Model::Relu { hidden } => hidden,
                    Model::Perceptron { .. } => 1,
                },
                epochs: fit.checkpoint.epochs,
                yardstick: None,
                rms: None,
                advice: self.advice(start, &fit.model, &losses, &config),
                losses,
                followed: metrics,
                kept: kept_epoch.map(|epoch| Kept { epoch, has_stopped }),
                seconds,
                widths: None,
                choices: None,
                corridor: None,
                smoothing: None,
                shape: None,
                variance: None,
                piece_errors: None,
            },
            network: fit.model,
            previous: fit.previous,
        })
    }

    /// The test samples whose loss is followed: the rows held out of a file, and where patience is asked for.
    fn held_out(&self) -> Result<Option<HeldOut>, FittingError> {
        let patience = self.plan.patience;
        let is_wanted = patience.is_some() || self.samples.truth.is_none();
        if !is_wanted || self.samples.test_x.is_empty() {
            return Ok(None);
        }
        let data = self.samples.test_dataset(&self.plan.model)?;
        Ok(Some(HeldOut { data, patience }))
    }

    /// The fit of a run that has all its epochs, and only its files are wanting.
    fn ended(&self, start: &Parameters) -> Option<Fit<Parameters>> {
        let checkpoint = self.saved.checkpoint.as_ref()?;
        let previous = self.saved.previous.as_ref()?;
        let has_ended = checkpoint.epochs == self.plan.config.epochs || self.saved.has_stopped;
        has_ended.then(|| Fit {
            model: start.with_blocks(&checkpoint.parameters),
            previous: start.with_blocks(previous),
            checkpoint: checkpoint.clone(),
            engine: self.place.engine,
            losses: Vec::new(),
        })
    }

    /// Descends and writes the checkpoint at the end; not to reach the end is an error, whose checkpoint is written as well.
    fn descend_logged(
        &self,
        start: &Parameters,
        course: &Course,
        log: &mut Log,
    ) -> Result<Fit<Parameters>, FittingError> {
        let mut failure = None;
        let fit = descend(
            self.place,
            start,
            self.data,
            self.samples.weights(),
            course,
            &mut |report| match log.observe(report) {
                Ok(flow) => flow,
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            },
        );
        let ended = log.end();
        if let Some(failure) = failure {
            return Err(failure);
        }
        ended?;
        let fit = fit?;
        let (done, epochs) = (fit.checkpoint.epochs, course.config.epochs);
        let has_ended = done == epochs || log.has_stopped();
        let previous = has_ended.then_some(&fit.previous);
        log.save(&fit.checkpoint, &fit.losses, previous)?;
        if !has_ended {
            return Err(FittingError::Interrupted {
                done,
                epochs,
                path: self.folder.path().into(),
            });
        }
        Ok(fit)
    }

    /// What to do about a learning rate that failed without diverging.
    fn advice(
        &self,
        start: &Parameters,
        model: &Parameters,
        losses: &[f64],
        config: &FitConfig,
    ) -> Option<String> {
        let has_rate = config.optimizer != Optimizer::LevenbergMarquardt;
        let work = self.data.n_samples() * start.n_parameters();
        if !has_rate || work > WORTH_A_LIMIT {
            return None;
        }
        let is_saturated = model.is_saturated(self.data.x());
        let verdict = verdict(losses, is_saturated, config.learning_rate, 0.0);
        if !matches!(verdict, Verdict::Oscillating | Verdict::Saturated) {
            return None;
        }
        let diagnosis = Diagnosis::of(start, self.data, config);
        let what = advice(
            config.learning_rate,
            diagnosis.stability_limit,
            diagnosis.working_rate,
        );
        Some(format!("{}: {what}", verdict.name()))
    }
}

/// A descent that ends far above where it began has diverged, though no loss on the way was infinite; the last update may
/// be the one that does it, which no loss tells.
pub(crate) fn check_converged(
    start: &Parameters,
    fit: &Fit<Parameters>,
    config: &FitConfig,
    data: &Dataset,
    scale: f64,
) -> Result<(), FittingError> {
    let step = data.n_samples().div_ceil(JUDGED_ROWS);
    let width = data.x().len() / data.n_samples();
    let rows = data.x().chunks(width).step_by(step);
    let x: Vec<f64> = rows.flatten().copied().collect();
    let y: Vec<f64> = data.y().iter().step_by(step).copied().collect();
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let variance = mean_squared_error(&vec![mean; y.len()], &y);
    let first = mean_squared_error(&start.predict(&x), &y);
    let last = mean_squared_error(&fit.model.predict(&x), &y);
    if last <= DIVERGED * first.max(variance) {
        return Ok(());
    }
    let diagnosis = Diagnosis::of(start, data, config);
    Err(FittingError::Fit(FitError::Diverged {
        epoch: fit.checkpoint.epochs,
        loss: scale * last,
        last_finite_loss: fit.losses.last().copied(),
        learning_rate: config.learning_rate,
        stability_limit: diagnosis.stability_limit,
        working_rate: diagnosis.working_rate,
    }))
}

/// Descends at a place; on samples with weights by the exact engine.
pub(crate) fn descend(
    place: &Place,
    start: &Parameters,
    data: &Dataset,
    weights: Option<&[f64]>,
    course: &Course,
    observer: Observer,
) -> Result<Fit<Parameters>, FittingError> {
    if let Some(weights) = weights {
        let moments = Moments::weighted(data.x(), data.y(), weights);
        let mut on_epoch = |epoch: &Epoch<Parameters>| tell(observer, epoch);
        return Ok(fit_moments_on(
            start,
            &moments,
            course,
            |parameters| parameters,
            &mut on_epoch,
        )?);
    }
    #[cfg(feature = "burn")]
    if let Some(device) = &place.device {
        return super::burn::fit(device, place.dtype, start, data, course, observer);
    }
    let _ = place; // without Burn there is only the host
    on_host(start, data, course, observer)
}

/// Tells an observer of an epoch.
fn tell(observer: Observer, epoch: &Epoch<Parameters>) -> ControlFlow<()> {
    observer(&Report {
        epoch: epoch.epoch,
        losses: epoch.losses,
        model: &|| epoch.model(),
        previous: &|| epoch.previous(),
        checkpoint: &|| epoch.checkpoint(),
    })
}

fn on_host(
    start: &Parameters,
    data: &Dataset,
    course: &Course,
    observer: Observer,
) -> Result<Fit<Parameters>, FittingError> {
    let mut on_epoch = |epoch: &Epoch<Parameters>| tell(observer, epoch);
    let fit = fit_as(start, data, course, |parameters| parameters, &mut on_epoch);
    fit.map_err(|error| match error {
        FitError::NoAutodiff => FittingError::NoDevices {
            what: format!("the engine {}", Engine::Autodiff.name()),
        },
        error => error.into(),
    })
}
