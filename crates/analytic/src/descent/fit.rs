//! Fits on the host: parameters to parameters.

use std::{ops::ControlFlow, sync::atomic::AtomicBool};

use shallow_data::Dataset;

use super::{
    advice::Diagnosis,
    by_hand::{ByHand, Rule},
    checkpoint::Checkpoint,
    config::FitConfig,
    course::{Course, Epoch, Fit},
    engine::Engine,
    error::FitError,
    second_order::SecondOrder,
    steps::Steps,
};
use crate::{
    exact::{gradient::ExactGradient, moments::Moments},
    parameters::blocks::Parameters,
};

/// Fits `start` to `data` by full-batch descent on the squared error, with the exact engine or with backprop; `auto` is the
/// exact one where it applies. From a checkpoint on if there is one, until `config.epochs` are done or `stop` becomes true.
///
/// A fit that was stopped and taken up again passes through the same parameters as one that was not, to the last bit.
/// Time grows as sorting the samples once and `epochs` times `h` by the exact engine (by Levenberg-Marquardt `h^3`), as
/// `epochs` times `n h` by backprop. Memory beyond the samples is 3.6 f64 for each sample of one output, and 2 more while
/// sorting.
///
/// # Errors
///
/// [`FitError::Diverged`] at the first loss that is not finite, [`FitError::NotExact`], [`FitError::NoAutodiff`] and
/// [`FitError::SecondOrder`] when the engine does not apply, [`FitError::Shape`] when model and data do not fit,
/// [`FitError::Checkpoint`], and what [`FitConfig::check`] says of `config`.
///
/// ```
/// use shallow_analytic::{Parameters, ReluWeights, descent::{FitConfig, fit}};
/// use std::{ops::ControlFlow, sync::atomic::AtomicBool};
///
/// let data = shallow_data::Dataset::new(vec![-1.0, 0.0, 1.0], vec![1.0, 0.0, 1.0], 3).unwrap();
/// let start = ReluWeights { w1: vec![0.9, -0.9], b1: vec![0.0; 2], w2: vec![1.0; 2], b2: vec![0.0] };
/// let config = FitConfig { learning_rate: 0.1, ..Default::default() };
/// let fit = fit(&Parameters::Relu(start), &data, &config, None, &AtomicBool::new(false), |_| ControlFlow::Continue(())).unwrap();
/// assert!(fit.losses[499] < 1e-3 * fit.losses[0]);
/// ```
pub fn fit(
    start: &Parameters,
    data: &Dataset,
    config: &FitConfig,
    from: Option<&Checkpoint>,
    stop: &AtomicBool,
    mut observer: impl FnMut(&Epoch<Parameters>) -> ControlFlow<()>,
) -> Result<Fit<Parameters>, FitError> {
    let course = Course { from, stop, config };
    fit_as(start, data, &course, |parameters| parameters, &mut observer)
}

/// As [`fit`], of a model that is made of parameters when it is asked for.
///
/// # Errors
///
/// As [`fit`].
pub fn fit_as<M>(
    start: &Parameters,
    data: &Dataset,
    course: &Course,
    to_model: impl Fn(Parameters) -> M,
    observer: &mut dyn FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    let config = course.config;
    config.check()?;
    check_shapes(start, data)?;
    let engine = match config.choose_engine(Some(start))? {
        Engine::Autodiff if config.engine == Engine::Autodiff => return Err(FitError::NoAutodiff),
        Engine::Autodiff => Engine::Backprop,
        engine => engine,
    };
    if engine == Engine::Exact {
        return run_exact(
            start,
            &Moments::new(data.x(), data.y()),
            course,
            to_model,
            observer,
        );
    }
    check_checkpoint(start, course)?;
    let diagnose = || Diagnosis::of(start, data, config);
    let steps = ByHand::new(Rule::by_hand(start, data), start, config, course.from);
    course.run(As { steps, to_model }, engine, diagnose, observer)
}

/// Fits `start` to samples of which only the [`Moments`] are known, as [`fit`] does with the exact engine, whatever
/// `config.engine` says: to a stream reduced by a [`MomentsBuilder`](crate::MomentsBuilder), or several times to samples that
/// are sorted once.
///
/// # Errors
///
/// As [`fit`].
pub fn fit_moments(
    start: &Parameters,
    moments: &Moments,
    config: &FitConfig,
    mut observer: impl FnMut(&Epoch<Parameters>) -> ControlFlow<()>,
) -> Result<Fit<Parameters>, FitError> {
    fit_moments_as(
        start,
        moments,
        config,
        |parameters| parameters,
        &mut observer,
    )
}

/// As [`fit_moments`], of a model that is made of parameters when it is asked for.
///
/// # Errors
///
/// As [`fit`].
pub fn fit_moments_as<M>(
    start: &Parameters,
    moments: &Moments,
    config: &FitConfig,
    to_model: impl Fn(Parameters) -> M,
    observer: &mut dyn FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    let course = Course {
        from: None,
        stop: &AtomicBool::new(false),
        config,
    };
    fit_moments_on(start, moments, &course, to_model, observer)
}

/// As [`fit_moments_as`], on a course: from a checkpoint, until a flag is set.
///
/// # Errors
///
/// As [`fit_moments`].
pub fn fit_moments_on<M>(
    start: &Parameters,
    moments: &Moments,
    course: &Course,
    to_model: impl Fn(Parameters) -> M,
    observer: &mut dyn FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    let config = &FitConfig {
        engine: Engine::Exact,
        ..course.config.clone()
    };
    config.check()?;
    config.choose_engine(Some(start))?;
    if start.n_outputs() != moments.n_outputs() {
        return Err(FitError::outputs(start.n_outputs(), moments.n_outputs()));
    }
    let course = Course { config, ..*course };
    run_exact(start, moments, &course, to_model, observer)
}

fn run_exact<M>(
    start: &Parameters,
    moments: &Moments,
    course: &Course,
    to_model: impl Fn(Parameters) -> M,
    observer: &mut dyn FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    let Parameters::Relu(weights) = start else {
        unreachable!("the exact engine was chosen for a ReLU network");
    };
    check_checkpoint(start, course)?;
    let (config, from) = (course.config, course.from);
    let diagnose = || {
        let limit = start.stability_limit(&moments.quantiles(16_384), &[], config.reduction);
        Diagnosis::from_moments(start, moments, config, limit)
    };
    if config.optimizer.is_first_order() {
        let engine = Box::new(ExactGradient::new(moments, weights.n_hidden()));
        let steps = ByHand::new(Rule::Exact(engine), start, config, from);
        course.run(As { steps, to_model }, Engine::Exact, diagnose, observer)
    } else {
        let steps = SecondOrder::new(moments, weights.clone(), config, from);
        course.run(As { steps, to_model }, Engine::Exact, diagnose, observer)
    }
}

fn check_checkpoint(start: &Parameters, course: &Course) -> Result<(), FitError> {
    let lengths: Vec<usize> = start.blocks().iter().map(|block| block.len()).collect();
    let from = course.from;
    from.map_or(Ok(()), |from| from.check(&lengths, course.config))
}

fn check_shapes(start: &Parameters, data: &Dataset) -> Result<(), FitError> {
    if start.n_inputs() != data.n_inputs() {
        return Err(FitError::inputs(start.n_inputs(), data.n_inputs()));
    }
    if start.n_outputs() != data.n_outputs() {
        return Err(FitError::outputs(start.n_outputs(), data.n_outputs()));
    }
    Ok(())
}

/// Steps whose model is made of the parameters.
struct As<S, F> {
    steps: S,
    to_model: F,
}

impl<M, S: Steps<Parameters>, F: Fn(Parameters) -> M> Steps<M> for As<S, F> {
    fn step(&mut self, is_logged: bool, is_watched: bool) {
        self.steps.step(is_logged, is_watched);
    }

    fn losses(&mut self) -> Result<Vec<f64>, FitError> {
        self.steps.losses()
    }

    fn model(&self) -> M {
        (self.to_model)(self.steps.model())
    }

    fn checkpoint(&self, epochs: usize) -> Checkpoint {
        self.steps.checkpoint(epochs)
    }

    fn previous(&self) -> M {
        (self.to_model)(self.steps.previous())
    }
}
