//! Training of any Burn module: what is fixed, what may be chosen, and the call that runs it.

use std::{ops::ControlFlow, sync::atomic::AtomicBool};

use burn::optim::ModuleOptimizer;
use burn::tensor::Tensor;
use shallow_analytic::{
    Moments,
    descent::{
        Checkpoint, Course, Diagnosis, Engine, Epoch, Fit, FitConfig, FitError, fit_as,
        fit_moments_as,
    },
};
use shallow_data::Dataset;
use shallow_model::Regressor;

use crate::{
    autodiff::Autodiff,
    batches::{Batches, Division},
    blocks,
    descent::TensorDescent,
    loss::{Loss, squared_error},
    probe,
    update::{Schedule, Update},
};

/// Fits `model` to `data` by full-batch descent on the squared error, as [`Training`] does with nothing else chosen.
///
/// # Errors
///
/// As [`Training::fit`].
pub fn fit<M: Regressor>(model: M, data: &Dataset, config: &FitConfig) -> Result<Fit<M>, FitError> {
    Training::new(config).fit(model, data)
}

/// A fit to be made: its configuration, and what differs from full-batch descent on the squared error by our own optimizers.
///
/// ```
/// use burn::{module::Module, nn::{Linear, LinearConfig}, optim::AdamWConfig, tensor::{Device, Tensor}};
/// use shallow_model::Regressor;
/// use shallow_trainer::{FitConfig, Training};
///
/// #[derive(Module, Debug)]
/// struct Line { layer: Linear }
///
/// impl Regressor for Line {
///     fn forward(&self, x: Tensor<2>) -> Tensor<2> { self.layer.forward(x) }
/// }
///
/// # #[cfg(feature = "never")] { // a crate without a backend has no device
/// let data = shallow_data::Dataset::new(vec![0.0, 1.0, 2.0], vec![1.0, 3.0, 5.0], 3).unwrap();
/// let line = Line { layer: LinearConfig::new(1, 1).init(&Device::default()) };
/// let fit = Training::new(&FitConfig::default())
///     .optimizer(AdamWConfig::new().init(), |step| 0.1 / (1.0 + step as f64 / 100.0))
///     .batch_size(2, 42)
///     .fit(line, &data)
///     .unwrap();
/// # }
/// ```
pub struct Training<'a, M> {
    config: FitConfig,
    loss: Option<Box<Loss<'a>>>,
    optimizer: Option<(Box<ModuleOptimizer>, Schedule<'a>)>,
    batch_size: Option<(usize, u64)>,
    observer: Option<Box<Observer<'a, M>>>,
    from: Option<&'a Checkpoint>,
    stop: Option<&'a AtomicBool>,
}

type Observer<'a, M> = dyn FnMut(&Epoch<M>) -> ControlFlow<()> + 'a;

impl<'a, M: Regressor> Training<'a, M> {
    /// With this configuration.
    pub fn new(config: &FitConfig) -> Self {
        Self {
            config: config.clone(),
            loss: None,
            optimizer: None,
            batch_size: None,
            observer: None,
            from: None,
            stop: None,
        }
    }

    /// A loss of predictions and targets, `[n, k]` both, in place of the squared error; `[1]`. `config.reduction` has no say then.
    pub fn loss(
        mut self,
        loss: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1> + Send + Sync + 'a,
    ) -> Self {
        self.loss = Some(Box::new(loss));
        self
    }

    /// One of Burn's optimizers, in place of `config.optimizer`, and its learning rate in each step, counted from 0, in place of
    /// `config.learning_rate`. Burn keeps its optimizers' numbers in f32; ours keep them in f64.
    pub fn optimizer(
        mut self,
        optimizer: ModuleOptimizer,
        learning_rate: impl FnMut(usize) -> f64 + 'a,
    ) -> Self {
        self.optimizer = Some((Box::new(optimizer), Box::new(learning_rate)));
        self
    }

    /// Mini-batches of this many rows, in an order drawn anew each epoch from this seed; an epoch is a pass over all rows, and its
    /// loss the mean over the batches, each before its update.
    pub fn batch_size(mut self, rows: usize, seed: u64) -> Self {
        self.batch_size = Some((rows, seed));
        self
    }

    /// Called every `log_every` epochs; it may stop the fit with [`ControlFlow::Break`].
    pub fn observer(mut self, observer: impl FnMut(&Epoch<M>) -> ControlFlow<()> + 'a) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Goes on from a checkpoint, if there is one: on the CPU through the same parameters as a fit that was not stopped, to the
    /// last bit. The model says what the fitted one will be like: its sizes, device and float type.
    pub fn resume(mut self, from: Option<&'a Checkpoint>) -> Self {
        self.from = from;
        self
    }

    /// A flag that ends the fit after the epoch at work.
    pub fn stop(mut self, stop: &'a AtomicBool) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Fits the model.
    ///
    /// Time grows as `epochs` times a forward and a backward pass over all samples; with the exact engine, as sorting the
    /// samples once and `epochs` times `h`. Memory beyond the samples is a few numbers a sample for the documents' networks, and
    /// some blocks of rows of every layer for other modules. Losses are read from the device every `log_every` epochs; a loss
    /// that is not finite is noticed then, and reported for the epoch in which it happened.
    ///
    /// # Errors
    ///
    /// [`FitError::Diverged`] at the first loss that is not finite, [`FitError::Device`] when the device fails,
    /// [`FitError::Shape`] when model, loss and data do not fit, [`FitError::NotExact`], [`FitError::NotByHand`],
    /// [`FitError::SecondOrder`] and [`FitError::OnlyAutodiff`] when the engine asked for does not apply,
    /// [`FitError::Checkpoint`] when the checkpoint does not fit, and what [`FitConfig::check`] says of the configuration.
    pub fn fit(self, model: M, data: &Dataset) -> Result<Fit<M>, FitError> {
        self.config.check()?;
        let start = model.valid();
        let engine = self.engine(&start)?;
        let never = AtomicBool::new(false);
        let mut ignore = |_: &Epoch<M>| ControlFlow::Continue(());
        let mut observer = self.observer;
        let observer: &mut Observer<M> = match &mut observer {
            Some(observer) => observer.as_mut(),
            None => &mut ignore,
        };
        let course = Course {
            from: self.from,
            stop: self.stop.unwrap_or(&never),
            config: &self.config,
        };
        if let (Some(access), true) = (M::host_access(), engine != Engine::Autodiff) {
            let to_model = |parameters| (access.with_host)(&start, &parameters);
            return fit_as(&(access.to_host)(&start), data, &course, to_model, observer);
        }
        let placement = probe::check(&start, data)?;
        let squared: &Loss = &squared_error;
        let loss = self.loss.as_deref().unwrap_or(squared);
        let division = match &self.loss {
            None => probe::division(&start, self.config.reduction),
            Some(users) => {
                probe::check_loss(&start, data, &placement, users)?;
                Division::UsersLoss
            }
        };
        let update = match self.optimizer {
            None => Update::Own(TensorDescent::new(&self.config)),
            Some((optimizer, schedule)) => Update::Burn {
                optimizer,
                schedule,
                steps: 0,
            },
        };
        let diagnose = || match M::host_access() {
            Some(access) => Diagnosis::of(&(access.to_host)(&start), data, &self.config),
            None => Diagnosis::UNKNOWN,
        };
        let batches = Batches::new(data, placement, division, self.batch_size);
        let steps = Autodiff::new(start.clone(), batches, loss, update, self.from);
        course.run(steps, Engine::Autodiff, diagnose, observer)
    }

    /// The engine for this model, once everything that was chosen is known to go together.
    fn engine(&self, start: &M) -> Result<Engine, FitError> {
        if self.batch_size.is_some_and(|(rows, _)| rows == 0) {
            return Err(FitError::ZeroCount { what: "batch size" });
        }
        let own = [
            (self.loss.is_some(), "a loss of your own"),
            (self.optimizer.is_some(), "an optimizer of Burn's"),
            (self.batch_size.is_some(), "a batch size"),
        ];
        let own = own
            .into_iter()
            .find_map(|(is_there, what)| is_there.then_some(what));
        if let Some(from) = self.from {
            if let Some(what) =
                own.filter(|_| self.optimizer.is_some() || self.batch_size.is_some())
            {
                return Err(FitError::Checkpoint {
                    epochs: from.epochs,
                    obstacle: format!("a fit with {what} cannot be resumed"),
                });
            }
            from.check(&blocks::lengths(start), &self.config)?;
        }
        let host = M::host_access().map(|access| (access.to_host)(start));
        match (own, self.config.engine) {
            (Some(_), Engine::Auto | Engine::Autodiff)
                if !self.config.optimizer.is_first_order() =>
            {
                self.config.choose_engine(None)
            }
            (Some(_), Engine::Auto | Engine::Autodiff) => Ok(Engine::Autodiff),
            (Some(what), engine) => Err(FitError::OnlyAutodiff {
                what,
                engine: engine.name(),
            }),
            (None, _) => self.config.choose_engine(host.as_ref()),
        }
    }
}

/// Fits one of the documents' networks to samples of which only the [`Moments`] are known, as [`fit`] does with the exact
/// engine, whatever `config.engine` says.
///
/// # Errors
///
/// As [`Training::fit`].
pub fn fit_moments<M: Regressor>(
    model: M,
    moments: &Moments,
    config: &FitConfig,
    mut observer: impl FnMut(&Epoch<M>) -> ControlFlow<()>,
) -> Result<Fit<M>, FitError> {
    let start = model.valid();
    let Some(access) = M::host_access() else {
        let error = Engine::Exact.choose(None).err();
        return Err(error.unwrap_or(FitError::NotByHand));
    };
    let to_model = |parameters| (access.with_host)(&start, &parameters);
    fit_moments_as(
        &(access.to_host)(&start),
        moments,
        config,
        to_model,
        &mut observer,
    )
}

/// The name of the engine that ran, and of autodiff, whether each pass was one operation or composed of Burn's.
pub fn describe_engine<M: Regressor>(fit: &Fit<M>) -> String {
    let is_fused = M::host_access().is_some_and(|access| (access.is_fused)(&fit.model));
    match (fit.engine, is_fused) {
        (Engine::Autodiff, true) => "autodiff, fused".into(),
        (Engine::Autodiff, false) => "autodiff, composed".into(),
        (engine, _) => engine.name().into(),
    }
}
