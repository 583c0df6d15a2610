//! Full-batch training: one loop with one observer, whatever the engine.

use std::{fmt, ops::ControlFlow};

use shallow_analytic::{ExactGradient, Moments};
use shallow_data::Dataset;
use shallow_model::{HostModel, Regressor};

use crate::{
    Engine, FitConfig, FitError, Verdict,
    autodiff::Autodiff,
    by_hand::{ByHand, Rule},
    steps::{Errors, Steps},
    verdict::verdict,
};

/// What the observer sees, every `log_every` epochs from the first on.
pub struct Epoch<'a, M> {
    /// This epoch, from 0.
    pub epoch: usize,
    /// Its loss, before its update; the last of `losses`.
    pub loss: f64,
    /// The losses of all epochs so far.
    pub losses: &'a [f64],
    steps: &'a dyn Steps<M>,
}

impl<M> Epoch<'_, M> {
    /// The model after this epoch's update; made when asked for, which may take longer than a step.
    pub fn model(&self) -> M {
        self.steps.model()
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
    /// The engine that ran: never [`Engine::Auto`].
    pub engine: Engine,
    /// The loss of every epoch's forward pass, before its update.
    pub losses: Vec<f64>,
    /// The mean absolute error of the same forward passes; only of [`Engine::Autodiff`], empty from the others.
    pub mean_absolute_errors: Vec<f64>,
}

impl<M: Regressor> Fit<M> {
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
/// samples once and `epochs` times `h`. On the CPU, memory beyond the samples does not grow with them (they pass through
/// the model in blocks of rows), but for the exact engine's 3.6 f64 for each sample of one output, and 2 more while
/// sorting. The loop itself keeps two numbers an epoch.
///
/// # Errors
///
/// [`FitError::Diverged`] at the first loss that is not finite, [`FitError::Device`] when the device fails,
/// [`FitError::NotExact`] when the exact engine is asked for where it does not apply, and what [`FitConfig::check`] says of
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
    config.check()?;
    let start = model.valid();
    let limit = || start.stability_limit(data.x(), data.y(), config.reduction);
    match config.engine.choose(&start)? {
        Engine::Backprop => {
            let steps = ByHand::new(Rule::Backprop(data), start.clone(), config);
            run(steps, Engine::Backprop, limit, config, observer)
        }
        Engine::Exact => {
            let moments = Moments::new(data.x(), data.y());
            fit_moments(start.clone(), &moments, config, observer)
        }
        Engine::Autodiff | Engine::Auto => {
            let steps = Autodiff::new(start.clone(), data, config);
            run(steps, Engine::Autodiff, limit, config, observer)
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
    Engine::Exact.choose(&start)?;
    let engine = ExactGradient::new(moments, n_hidden(&start));
    let steps = ByHand::new(Rule::Exact(Box::new(engine)), start.clone(), config);
    let limit = || start.stability_limit(&moments.quantiles(16_384), &[], config.reduction);
    run(steps, Engine::Exact, limit, config, observer)
}

fn n_hidden<M: Regressor>(model: &M) -> usize {
    match model.to_host() {
        HostModel::Relu(weights) => weights.n_hidden(),
        HostModel::Perceptron(_) => unreachable!("the exact engine was chosen for a ReLU network"),
    }
}

fn run<M: Regressor>(
    mut steps: impl Steps<M>,
    engine: Engine,
    stability_limit: impl Fn() -> f64,
    config: &FitConfig,
    mut observer: impl FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    let mut history = Errors::default();
    for epoch in 0..config.epochs {
        let is_logged = epoch % config.log_every == 0;
        let is_last = epoch + 1 == config.epochs;
        steps.step(is_logged || is_last);
        if is_logged || is_last {
            read(&mut steps, &mut history, &stability_limit, config)?;
        }
        if is_logged {
            let losses = &history.losses;
            let seen = Epoch {
                epoch,
                loss: losses[epoch],
                losses,
                steps: &steps,
            };
            if observer(&seen).is_break() {
                break;
            }
        }
    }
    Ok(Fit {
        model: steps.model(),
        previous: steps.previous(),
        engine,
        losses: history.losses,
        mean_absolute_errors: history.mean_absolute,
    })
}

/// Adds the errors since the last call to the history, up to the first loss that is not finite.
fn read<M: Regressor>(
    steps: &mut impl Steps<M>,
    history: &mut Errors,
    stability_limit: impl Fn() -> f64,
    config: &FitConfig,
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
            epoch: history.losses.len(),
            loss: *loss,
            last_finite_loss: history.losses.last().copied(),
            learning_rate: config.learning_rate,
            stability_limit: stability_limit(),
        });
    }
    history.mean_absolute.extend(errors.mean_absolute);
    Ok(())
}
