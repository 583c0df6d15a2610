//! Full-batch training: one loop with one observer, whatever the engine.

use std::{
    fmt,
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

use shallow_analytic::{ExactGradient, Moments};
use shallow_data::Dataset;
use shallow_model::{HostModel, Regressor};

use crate::{
    Checkpoint, Engine, FitConfig, FitError, Verdict,
    autodiff::Autodiff,
    by_hand::{ByHand, Rule},
    second_order::SecondOrder,
    steps::{Errors, Steps},
    verdict::verdict,
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

    /// Where the fit stands after this epoch.
    pub fn checkpoint(&self) -> Checkpoint {
        self.steps.checkpoint(self.epoch + 1)
    }
}

impl<M> fmt::Debug for Epoch<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch {{ epoch: {}, loss: {} }}", self.epoch, self.loss)
    }
}

/// A fitted model and how it came about.
#[derive(Debug, Clone)]
pub struct Fit<M> {
    /// The model after the last update, without autodiff.
    pub model: M,
    /// The model before it, which the last of `losses` is of.
    pub previous: M,
    /// Where the fit ended; [`fit_from`] goes on from there.
    pub checkpoint: Checkpoint,
    /// The engine that ran: never [`Engine::Auto`].
    pub engine: Engine,
    /// The loss of every epoch's forward pass, before its update.
    pub losses: Vec<f64>,
    /// The mean absolute error of the same forward passes; only of [`Engine::Autodiff`], empty from the others.
    pub mean_absolute_errors: Vec<f64>,
}

impl<M: Regressor> Fit<M> {
    /// The engine's name, and of autodiff, whether each pass was one operation or composed of Burn's.
    pub fn describe_engine(&self) -> String {
        match (self.engine, self.model.is_fused()) {
            (Engine::Autodiff, true) => "autodiff, fused".into(),
            (Engine::Autodiff, false) => "autodiff, composed".into(),
            (engine, _) => engine.name().into(),
        }
    }

    /// How the fit to `data` at `learning_rate` went, `stability_limit` being [`Regressor::stability_limit`]'s.
    pub fn verdict(&self, data: &Dataset, learning_rate: f64, stability_limit: f64) -> Verdict {
        let is_saturated = self.model.is_saturated(data.x());
        verdict(&self.losses, is_saturated, learning_rate, stability_limit)
    }
}

/// Fits `model` to `data` by full-batch descent on the mean squared error.
///
/// Every `log_every` epochs the losses are read and `observer` is called, which may stop the fit with
/// [`ControlFlow::Break`]. A loss that is not finite is noticed at that moment, and reported for the epoch in which it
/// happened.
///
/// Time grows as `epochs` times a forward and a backward pass over all samples; with the exact engine, as sorting the
/// samples once and `epochs` times `h`, by Levenberg-Marquardt `h^3`. Memory beyond the samples is a few numbers a sample (of a composed model on the CPU,
/// some blocks of rows), and of the exact engine 3.6 f64 for each sample of one output, and 2 more while sorting. The loop itself keeps two numbers an epoch.
///
/// # Errors
///
/// [`FitError::Diverged`] at the first loss that is not finite, [`FitError::Device`] when the device fails,
/// [`FitError::NotExact`] when the exact engine is asked for where it does not apply, [`FitError::SecondOrder`] when an
/// optimiser needs it and it does not, and what [`FitConfig::check`] says of
/// `config`.
///
/// # Panics
///
/// When the model's inputs or outputs are not as many as the data's.
pub fn fit<M: Regressor>(
    model: M,
    data: &Dataset,
    config: &FitConfig,
    observer: impl FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    fit_from(None, model, data, config, &AtomicBool::new(false), observer)
}

/// Fits as [`fit`] does, from a checkpoint on if there is one, until `config.epochs` are done or `stop` becomes true: the
/// epoch at work is then finished, whatever `log_every` is, and [`Fit::checkpoint`] says where it ended.
///
/// On the CPU, a fit that was stopped and taken up again passes through the same parameters as one that was not, to the
/// last bit; so do its logged losses. `model` says what the fitted model shall be like: its sizes, device and float type.
///
/// # Errors
///
/// As [`fit`], and [`FitError::Checkpoint`] when the checkpoint is not of such a model and optimiser, or has all the epochs
/// behind it.
///
/// # Panics
///
/// As [`fit`].
pub fn fit_from<M: Regressor>(
    from: Option<&Checkpoint>,
    model: M,
    data: &Dataset,
    config: &FitConfig,
    stop: &AtomicBool,
    observer: impl FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    config.check()?;
    let start = model.valid();
    if let Some(from) = from {
        from.check(&start.to_host(), config)?;
    }
    let course = Course { from, stop, config };
    let limit = || start.stability_limit(data.x(), data.y(), config.reduction);
    match config.choose_engine(&start)? {
        Engine::Backprop => {
            let steps = ByHand::new(Rule::by_hand(&start, data), start.clone(), config, from);
            course.run(steps, Engine::Backprop, limit, observer)
        }
        Engine::Exact => {
            let moments = Moments::new(data.x(), data.y());
            course.run_exact(&start, &moments, observer)
        }
        Engine::Autodiff | Engine::Auto => {
            let steps = Autodiff::new(start.clone(), data, config, from);
            course.run(steps, Engine::Autodiff, limit, observer)
        }
    }
}

/// Fits `model` to samples of which only the [`Moments`] are known, as [`fit`] does with the exact engine, whatever
/// `config.engine` says: to a stream reduced by a [`MomentsBuilder`](shallow_analytic::MomentsBuilder), or several times to
/// samples that are sorted once.
///
/// # Errors
///
/// As [`fit`].
///
/// # Panics
///
/// As [`fit`].
pub fn fit_moments<M: Regressor>(
    model: M,
    moments: &Moments,
    config: &FitConfig,
    observer: impl FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    config.check()?;
    let start = model.valid();
    let config = &FitConfig {
        engine: Engine::Exact,
        ..config.clone()
    };
    config.choose_engine(&start)?;
    let course = Course {
        from: None,
        stop: &AtomicBool::new(false),
        config,
    };
    course.run_exact(&start, moments, observer)
}

/// From where to where a fit goes.
struct Course<'a> {
    from: Option<&'a Checkpoint>,
    stop: &'a AtomicBool,
    config: &'a FitConfig,
}

impl Course<'_> {
    fn run_exact<M: Regressor>(
        &self,
        start: &M,
        moments: &Moments,
        observer: impl FnMut(&Epoch<M>) -> ControlFlow<()>,
    ) -> Result<Fit<M>, FitError> {
        let HostModel::Relu(weights) = start.to_host() else {
            unreachable!("the exact engine was chosen for a ReLU network");
        };
        let reduction = self.config.reduction;
        let limit = || start.stability_limit(&moments.quantiles(16_384), &[], reduction);
        if !self.config.optimizer.is_first_order() {
            let steps = SecondOrder::new(moments, weights, start.clone(), self.config, self.from);
            return self.run(steps, Engine::Exact, limit, observer);
        }
        let engine = Box::new(ExactGradient::new(moments, weights.n_hidden()));
        let steps = ByHand::new(Rule::Exact(engine), start.clone(), self.config, self.from);
        self.run(steps, Engine::Exact, limit, observer)
    }

    fn run<M: Regressor>(
        &self,
        mut steps: impl Steps<M>,
        engine: Engine,
        stability_limit: impl Fn() -> f64,
        mut observer: impl FnMut(&Epoch<M>) -> ControlFlow<()>,
    ) -> Result<Fit<M>, FitError> {
        let config = self.config;
        let mut history = Errors::default();
        let mut epoch = self.from.map_or(0, |from| from.epochs);
        loop {
            let is_logged = epoch.is_multiple_of(config.log_every);
            let is_last = epoch + 1 == config.epochs || self.stop.load(Ordering::Relaxed);
            steps.step(is_logged || is_last);
            if is_logged || is_last {
                self.read(&mut steps, &mut history, &stability_limit)?;
            }
            let is_ended = is_logged && {
                let seen = Epoch {
                    epoch,
                    loss: history.losses[history.losses.len() - 1],
                    losses: &history.losses,
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
            losses: history.losses,
            mean_absolute_errors: history.mean_absolute,
        })
    }

    /// Adds the errors since the last call to the history, up to the first loss that is not finite.
    fn read<M: Regressor>(
        &self,
        steps: &mut impl Steps<M>,
        history: &mut Errors,
        stability_limit: impl Fn() -> f64,
    ) -> Result<(), FitError> {
        let errors = steps.errors()?;
        let finite = errors
            .losses
            .iter()
            .take_while(|loss| loss.is_finite())
            .count();
        history.losses.extend(&errors.losses[..finite]);
        if let Some(loss) = errors.losses.get(finite) {
            return Err(FitError::Diverged {
                epoch: self.from.map_or(0, |from| from.epochs) + history.losses.len(),
                loss: *loss,
                last_finite_loss: history.losses.last().copied(),
                learning_rate: self.config.learning_rate,
                stability_limit: stability_limit(),
            });
        }
        history.mean_absolute.extend(errors.mean_absolute);
        Ok(())
    }
}
