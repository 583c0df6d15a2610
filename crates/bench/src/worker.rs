//! One engine's turn at the job.

use std::{
    f64::consts::PI,
    fs,
    ops::ControlFlow,
    time::{Duration, Instant},
};

use shallow::{
    Device, Error, FloatDType,
    analytic::{Activation, Moments, Perceptron, Reduction, ReluWeights},
    data::{Dataset, Draw, NumpyRng, PolynomialFeatures, Target},
    model::{HostRegressor, ModelError, PerceptronNet, TwoLayerReluNet},
    train::{Engine, FitConfig, Training},
};

use crate::{
    composed::Composed,
    contender::{COMPOSED, EXACT, Job, Measured, Model, SETTLED},
};

/// Epochs after which kinks move little from one to the next.
const SETTLED_AFTER: usize = 100_000;

pub(crate) fn turn(name: &str, job: &Job) -> Result<Measured, String> {
    measure(name, job).map_err(|error| error.to_string())
}

fn measure(name: &str, job: &Job) -> Result<Measured, Error> {
    let before = memory("VmRSS");
    let mut rng = NumpyRng::new(42);
    let (n, d, h) = (job.samples, job.inputs, job.hidden);
    let mut config = FitConfig {
        learning_rate: job.learning_rate(),
        ..Default::default()
    };
    let (prepare, steps, loss) = match job.model {
        Model::Relu => {
            let target = Target::named("smooth")?;
            let x: Vec<f64> = (0..n * d).map(|_| rng.uniform(-1.0, 1.0)).collect();
            let y = x.iter().step_by(d).map(|x| (target.f)(*x)).collect();
            let data = Dataset::new(x, y, n)?;
            let weights = ReluWeights::random(d, h, 1, || rng.normal(0.0, 1.0));
            match name {
                EXACT | SETTLED => exact(&data, &weights, &config, job, name == SETTLED)?,
                _ => through_fit(name, &data, &config, job, |device, dtype| {
                    TwoLayerReluNet::from_weights(&weights, device, dtype)
                })?,
            }
        }
        Model::Perceptron => {
            config.reduction = Reduction::HalfSum;
            let x: Vec<f64> = (0..n).map(|_| rng.uniform(0.0, PI / 4.0)).collect();
            let y = x
                .iter()
                .map(|x| Activation::Sigmoid.apply(x.cos()))
                .collect();
            let weight = (0..3).map(|_| rng.normal(0.0, 0.1)).collect();
            let neuron = Perceptron {
                weight,
                activation: Activation::Sigmoid,
            };
            let data = PolynomialFeatures { degree: 2 }.expand(&Dataset::new(x, y, n)?)?;
            through_fit(name, &data, &config, job, |device, dtype| {
                PerceptronNet::from_weights(&neuron, device, dtype)
            })?
        }
    };
    Ok(Measured {
        prepare: prepare.as_secs_f64(),
        steps,
        loss,
        memory: (memory("VmHWM") - before).max(0.0),
    })
}

type Times = (Duration, Vec<f64>, f64);

fn exact(
    data: &Dataset,
    weights: &ReluWeights,
    config: &FitConfig,
    job: &Job,
    settled: bool,
) -> Result<Times, Error> {
    // The module is only a carrier of weights here; any CPU device will do.
    let device = shallow::device("ndarray")?;
    let net = TwoLayerReluNet::from_weights(weights, &device, FloatDType::F64)?;
    let clock = Instant::now();
    let moments = Moments::new(data.x(), data.y());
    let fit =
        |epochs: usize| {
            let config = FitConfig {
                epochs,
                ..config.clone()
            };
            shallow::train::fit_moments(net.clone(), &moments, &config, |_| {
                ControlFlow::Continue(())
            })
        };
    fit(1)?;
    let prepare = clock.elapsed();
    let loss = fit(job.check)?.losses[job.check - 1];
    let mut steps = Vec::new();
    if settled {
        let config = FitConfig {
            epochs: usize::MAX,
            log_every: 1000,
            ..config.clone()
        };
        let mut batch = Batches::new(job, 1000);
        shallow::train::fit_moments(net.clone(), &moments, &config, |epoch| match epoch.epoch {
            early if early < SETTLED_AFTER => ControlFlow::Continue(()),
            _ => batch.next(),
        })?;
        steps = batch.steps;
    } else {
        let end = Instant::now() + Duration::from_secs_f64(job.seconds);
        while steps.len() < 3 || Instant::now() < end {
            let clock = Instant::now();
            fit(500)?;
            steps.push(clock.elapsed().as_secs_f64() / 500.0);
        }
    }
    Ok((prepare, steps, loss))
}

fn through_fit<M: HostRegressor + burn::module::ModuleDisplay>(
    name: &str,
    data: &Dataset,
    config: &FitConfig,
    job: &Job,
    model: impl Fn(&Device, FloatDType) -> Result<M, ModelError>,
) -> Result<Times, Error> {
    let (engine, device, dtype) = match name.strip_prefix("autodiff ") {
        Some(device) => (Engine::Autodiff, device, FloatDType::F32),
        None => (name.parse()?, "ndarray", FloatDType::F64),
    };
    match device.strip_suffix(COMPOSED) {
        None => {
            let model = model(&shallow::device(device)?, dtype)?;
            train(engine, model, data, config, job)
        }
        Some(device) => {
            let model = Composed {
                model: model(&shallow::device(device)?, dtype)?,
            };
            train(engine, model, data, config, job)
        }
    }
}

fn train<M: HostRegressor>(
    engine: Engine,
    model: M,
    data: &Dataset,
    config: &FitConfig,
    job: &Job,
) -> Result<Times, Error> {
    let config = FitConfig {
        engine,
        ..config.clone()
    };
    let fit = |epochs: usize, log_every: usize, observer: &mut dyn FnMut() -> ControlFlow<()>| {
        let config = FitConfig {
            epochs,
            log_every,
            ..config.clone()
        };
        Training::new(&config)
            .observer(|_| observer())
            .fit(model.clone(), data)
    };
    let clock = Instant::now();
    fit(1, 1, &mut || ControlFlow::Continue(()))?;
    let prepare = clock.elapsed();
    let clock = Instant::now();
    let loss = fit(job.check, job.check, &mut || ControlFlow::Continue(()))?.losses[job.check - 1];
    let a_step = clock.elapsed().as_secs_f64() / job.check as f64;
    let size = ((job.seconds / 5.0 / a_step) as usize).max(1);
    let mut batches = Batches::new(job, size);
    fit(usize::MAX, size, &mut || batches.next())?;
    Ok((prepare, batches.steps, loss))
}

/// The time of one batch of steps after the other.
struct Batches {
    size: usize,
    seconds: f64,
    started: Option<Instant>,
    last: Instant,
    steps: Vec<f64>,
}

impl Batches {
    fn new(job: &Job, size: usize) -> Self {
        Self {
            size,
            seconds: job.seconds,
            started: None,
            last: Instant::now(),
            steps: Vec::new(),
        }
    }

    /// At the end of every batch; the first call starts the clock.
    fn next(&mut self) -> ControlFlow<()> {
        let now = Instant::now();
        let started = *self.started.get_or_insert(now);
        if now > started {
            self.steps
                .push((now - self.last).as_secs_f64() / self.size as f64);
        }
        self.last = now;
        let passed = (now - started).as_secs_f64();
        if (self.steps.len() >= 3 && passed > self.seconds) || passed > 5.0 * self.seconds {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// A line of this process's memory status on Linux, in bytes; 0 elsewhere.
fn memory(what: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    1024.0 * kib.unwrap_or(0.0)
}
