//! Fit sigmoid(cos x) with one neuron, see why learning rate 1 fails and why least squares is better.
//!
//! `p = sigmoid(X w)` on the features `[x^2, x, 1]`, 1000 samples on [0, pi/4], 5000 steps `w += lr X^T (error * slope)`.
//! The document asserts that a rate of 1 fails, that a sigmoid's range limits it and that least squares is better; here
//! each is computed.
//!
//! Exit codes: 0 done, 1 failed or the claims at the end do not hold, 2 usage, 3 diverged.

use std::{f64::consts::PI, fs, ops::ControlFlow, path::PathBuf, process::ExitCode};

use clap::Parser;
use shallow::{
    Device, Error, FloatDType,
    analytic::{Activation, Parameters, Perceptron, Reduction, least_squares, stability_limit},
    data::{Dataset, Draw, NumpyRng, PolynomialFeatures, Target},
    model::{HostRegressor, PerceptronNet, PerceptronNetConfig, Regressor, TwoLayerReluNetConfig},
    plot::{Figure, Layout, Line, Mark, Panel},
    train::{
        Diagnosis, Engine, Fit, FitConfig, FitError, Training, Verdict, advice,
        mean_absolute_error, verdict,
    },
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Fit sigmoid(cos x) with one neuron, see why learning rate 1 fails and why least squares is better.
#[derive(Parser)]
struct Args {
    /// auto, ndarray, flex, wgpu[:I] or cuda[:I]; auto is a GPU where the build and the machine have one
    #[arg(long, default_value = "auto")]
    device: String,
    /// Training samples, uniform on [0, pi/4]
    #[arg(long, default_value_t = 1000)]
    samples: usize,
    /// Test samples, evenly spaced
    #[arg(long, default_value_t = 1000)]
    test_samples: usize,
    /// Steps of gradient descent, each over all samples
    #[arg(long, default_value_t = 5000)]
    epochs: usize,
    /// Learning rate of the document's run
    #[arg(long, default_value_t = 0.01, allow_negative_numbers = true)]
    lr: f64,
    /// Degree of the polynomial features
    #[arg(long, default_value_t = 2)]
    degree: usize,
    /// Folder for perceptron_fit.png and perceptron_fit.svg
    #[arg(long, default_value = "out")]
    out: PathBuf,
}

/// What a run needs besides its data: the device, its most exact float type, the features and the steps.
struct Setting {
    device: Device,
    dtype: FloatDType,
    features: PolynomialFeatures,
    epochs: usize,
}

const COSINE: Target = Target {
    name: "cosine",
    formula: "cos(x)",
    expression: "cos(x)",
    domain: (0.0, PI),
    note: "falls to -1",
    f: f64::cos,
};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(args: &Args) -> Result<bool, Error> {
    FitConfig {
        learning_rate: args.lr,
        epochs: args.epochs,
        ..FitConfig::perceptron()
    }
    .check()?;
    let mut rng = NumpyRng::new(42);
    let samples = Dataset::random(Target::named("squashed")?, args.samples, &mut rng)?;
    let test = Dataset::grid(&COSINE, args.test_samples)?;
    let features = PolynomialFeatures {
        degree: args.degree,
    };
    let data = features.expand(&samples)?;
    let (device, passed_over) = shallow::choose(&args.device)?;
    for why in passed_over {
        eprintln!("note: {why}");
    }
    let mut setting = Setting {
        device,
        dtype: FloatDType::F64,
        features,
        epochs: args.epochs,
    };
    fs::create_dir_all(&args.out).map_err(|error| shallow::plot::PlotError::Write {
        path: args.out.clone(),
        message: error.to_string(),
    })?;

    let start: Vec<f64> = (0..features.len()).map(|_| rng.normal(0.0, 0.1)).collect();
    if setting.neuron(Activation::Sigmoid, &start).is_err() {
        setting.dtype = FloatDType::F32;
    }
    let limit = setting
        .neuron(Activation::Sigmoid, &start)?
        .to_host()
        .stability_limit(data.x(), data.y(), Reduction::HalfSum);
    println!(
        "device {}, {:?}; stability limit of the learning rate {limit:.4}",
        shallow::describe(&setting.device),
        setting.dtype
    );

    let documents = the_document(args, &setting, &start, &samples, &data)?;
    let verdict = documents.verdict(&data, args.lr, limit);
    let histories = learning_rates(&setting, &start, &data, limit)?;
    let fits = activations(&setting, &mut rng, &test)?;
    when_to_use_which(&setting, documents.error(), &samples, &fits)?;
    draw(args, &histories, &fits, &test)?;

    let error = documents.error();
    let rate_1_fails = histories
        .iter()
        .all(|history| history.rate != 1.0 || history.verdict == Verdict::Saturated);
    if args.lr > limit {
        eprintln!(
            "error: {}: {}",
            verdict.name(),
            advice(
                args.lr,
                limit,
                working_rate(&setting, &start, &data, args.lr)
            )
        );
    } else if error >= 2e-4 {
        eprintln!(
            "error: the mean absolute error {error:.2e} is not below 2e-4, what 5000 steps of 0.01 reach"
        );
    } else if !rate_1_fails {
        eprintln!("error: learning rate 1 did not saturate");
    }
    Ok(args.lr <= limit && error < 2e-4 && rate_1_fails)
}

impl Setting {
    fn neuron(&self, activation: Activation, weight: &[f64]) -> Result<PerceptronNet, Error> {
        let mut weight = weight.iter().copied();
        let config = PerceptronNetConfig::new()
            .with_n_features(self.features.len())
            .with_activation(activation);
        Ok(config.init(
            || weight.next().unwrap_or_default(),
            &self.device,
            self.dtype,
        )?)
    }

    fn config(&self, learning_rate: f64) -> FitConfig {
        FitConfig {
            learning_rate,
            epochs: self.epochs,
            log_every: LOOK,
            ..FitConfig::perceptron()
        }
    }

    fn fit<M: Regressor>(
        &self,
        model: M,
        data: &Dataset,
        config: &FitConfig,
    ) -> Result<Run<M>, Error> {
        let (mut errors, mut failure) = (Vec::new(), None);
        let fit = Training::new(config)
            .observer(|epoch| match mean_absolute_error(&epoch.previous(), data) {
                Ok(error) => {
                    errors.push(error);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            })
            .fit(model, data)?;
        if let Some(failure) = failure {
            return Err(failure.into());
        }
        errors.push(mean_absolute_error(&fit.previous, data)?);
        Ok(Run { fit, errors })
    }
}

/// Epochs from one mean absolute error to the next.
const LOOK: usize = 10;

/// A fit with its mean absolute errors: of every tenth epoch, and of the last.
struct Run<M> {
    fit: Fit<M>,
    errors: Vec<f64>,
}

impl<M: HostRegressor> Run<M> {
    fn error(&self) -> f64 {
        self.errors[self.errors.len() - 1]
    }

    fn verdict(&self, data: &Dataset, rate: f64, limit: f64) -> Verdict {
        let is_saturated = self.fit.model.to_host().is_saturated(data.x());
        verdict(&self.fit.losses, is_saturated, rate, limit)
    }
}

/// A learning rate that a trial from this start shows to work.
fn working_rate(setting: &Setting, start: &[f64], data: &Dataset, rate: f64) -> Option<f64> {
    let start = Parameters::Perceptron(Perceptron {
        weight: start.to_vec(),
        activation: Activation::Sigmoid,
    });
    Diagnosis::of(&start, data, &setting.config(rate)).working_rate
}

/// The document's run, and the closed form beside it.
fn the_document(
    args: &Args,
    setting: &Setting,
    start: &[f64],
    samples: &Dataset,
    data: &Dataset,
) -> Result<Run<PerceptronNet>, Error> {
    let neuron = setting.neuron(Activation::Sigmoid, start)?;
    let run = setting.fit(neuron, data, &setting.config(args.lr))?;
    let (fit, errors) = (&run.fit, &run.errors);
    println!(
        "\nThe document's run: sigmoid(cos x), {} steps of {}",
        args.epochs, args.lr
    );
    println!(
        "mean absolute error {:.6} at first, {:.3e} at last",
        errors[0],
        errors[errors.len() - 1]
    );
    let cosines: Vec<f64> = samples.x().iter().map(|x| x.cos()).collect();
    let closed = least_squares(data.x(), &cosines, setting.features.len());
    let through_cosine = setting
        .neuron(Activation::Sigmoid, start)?
        .to_weights()
        .minimum(data.x(), &cosines);
    print_weights("", &setting.features.names(), |name| format!("{name:>9}"));
    print_weights("gradient descent", &fit.model.to_weights().weight, |w| {
        format!("{w:9.4}")
    });
    print_weights("least squares on cos x", &closed.weight, |w| {
        format!("{w:9.4}")
    });
    print_weights("the neuron on cos x itself", &through_cosine.weight, |w| {
        format!("{w:9.4}")
    });
    println!(
        "The target is squashed by the neuron's own sigmoid, so here its weights approach the polynomial's"
    );
    println!(
        "coefficients; fitted to cos x itself, they are not. Condition number {:.1}, rank {} of {}{}.",
        closed.condition,
        closed.rank,
        setting.features.len(),
        if closed.rank < setting.features.len() {
            ", so the smallest of many solutions"
        } else {
            ""
        }
    );
    Ok(run)
}

fn print_weights<T>(name: &str, values: &[T], show: impl Fn(&T) -> String) {
    println!(
        "{name:<28}{}",
        values.iter().map(show).collect::<Vec<_>>().join(" ")
    );
}

struct History {
    rate: f64,
    errors: Vec<f64>,
    verdict: Verdict,
}

/// The same run at other learning rates, and how each went.
fn learning_rates(
    setting: &Setting,
    start: &[f64],
    data: &Dataset,
    limit: f64,
) -> Result<Vec<History>, Error> {
    println!(
        "\nLearning rates: the limit is {limit:.4}\n{:>8} {:>12} {:>12}  verdict",
        "rate", "rate/limit", "last MAE"
    );
    let mut histories = Vec::new();
    for rate in [0.001, 0.01, 0.03, 0.1, 0.3, 1.0] {
        let neuron = setting.neuron(Activation::Sigmoid, start)?;
        let run = match setting.fit(neuron, data, &setting.config(rate)) {
            Err(Error::Fit(diverged @ FitError::Diverged { .. })) => {
                println!("{rate:>8} {:>12.3} {:>12}  {diverged}", rate / limit, "-");
                continue;
            }
            run => run?,
        };
        let verdict = run.verdict(data, rate, limit);
        let advice = if rate > limit {
            format!(
                ": {}",
                advice(rate, limit, working_rate(setting, start, data, rate))
            )
        } else {
            String::new()
        };
        let last = run.error();
        println!(
            "{rate:>8} {:>12.3} {last:>12.3e}  {}{advice}",
            rate / limit,
            verdict.name()
        );
        histories.push(History {
            rate,
            errors: run.errors,
            verdict,
        });
    }
    Ok(histories)
}

/// What one activation makes of cos x on [0, pi], and its mean absolute error there.
struct ActivationFit {
    name: String,
    prediction: Vec<f64>,
    error: f64,
}

/// cos x itself through each activation, on a short and on a long interval, each at half its own stability limit.
fn activations(
    setting: &Setting,
    rng: &mut NumpyRng,
    test: &Dataset,
) -> Result<Vec<ActivationFit>, Error> {
    println!(
        "\nActivations on cos x, {} steps at half of the stability limit",
        setting.epochs
    );
    println!(
        "{:<15} {:<10} {:>12} {:>12}",
        "domain", "activation", "MAE", "least MAE"
    );
    let mut fits = Vec::new();
    for (domain, domain_name) in [((0.0, PI / 4.0), "[0, pi/4]"), ((0.0, PI), "[0, pi]")] {
        let samples = Dataset::random(&Target { domain, ..COSINE }, 1000, rng)?;
        let data = setting.features.expand(&samples)?;
        for activation in Activation::ALL {
            let neuron = setting.neuron(activation, &vec![0.0; setting.features.len()])?;
            // From the flat start to the minimum, the curvature is largest at one of the two.
            let start = neuron.to_weights().curvature(data.x(), Reduction::HalfSum);
            let limit = neuron
                .to_host()
                .stability_limit(data.x(), data.y(), Reduction::HalfSum);
            let rate = 0.5 * limit.min(stability_limit(start));
            let least = neuron.to_weights().minimum(data.x(), data.y());
            let run = setting.fit(neuron, &data, &setting.config(rate))?;
            let error = run.error();
            let least = mean_absolute(&least.predict(data.x()), data.y());
            println!(
                "{domain_name:<15} {:<10} {error:>12.3e} {least:>12.3e}",
                activation.name()
            );
            if let Some(warning) = activation.out_of_range(data.y()) {
                println!("{:>15} warning: {warning}", "");
            }
            if domain.1 == PI {
                let x = setting.features.of(test.x());
                let prediction =
                    shallow::train::predict(&run.fit.model, &x, setting.features.len())?;
                fits.push(ActivationFit {
                    name: activation.name().into(),
                    prediction,
                    error,
                });
            }
        }
        if domain.1 == PI {
            let closed = least_squares(data.x(), data.y(), setting.features.len()).weight;
            let line = Perceptron {
                weight: closed,
                activation: Activation::Identity,
            };
            let error = mean_absolute(&line.predict(data.x()), data.y());
            println!(
                "{domain_name:<15} {:<10} {error:>12.3e}   in one step",
                "least sq."
            );
            let prediction = line.predict(&setting.features.of(test.x()));
            fits.push(ActivationFit {
                name: "least squares".into(),
                prediction,
                error,
            });
        }
    }
    Ok(fits)
}

fn mean_absolute(prediction: &[f64], y: &[f64]) -> f64 {
    prediction
        .iter()
        .zip(y)
        .map(|(p, y)| (p - y).abs())
        .sum::<f64>()
        / y.len() as f64
}

/// The document's closing table, its answers replaced by this run's errors.
fn when_to_use_which(
    setting: &Setting,
    documents_error: f64,
    samples: &Dataset,
    fits: &[ActivationFit],
) -> Result<(), Error> {
    let squashed = setting.features.of(samples.x());
    let cosines: Vec<f64> = samples.x().iter().map(|x| x.cos()).collect();
    let closed = least_squares(&squashed, &cosines, setting.features.len()).weight;
    let squash = Perceptron {
        weight: closed,
        activation: Activation::Sigmoid,
    };
    let closed_error = mean_absolute(&squash.predict(&squashed), samples.y());

    let mut rng = NumpyRng::new(42);
    let waves = Dataset::random(Target::named("smooth")?, 1000, &mut rng)?;
    let features = setting.features.of(waves.x());
    let parabola = Perceptron {
        weight: least_squares(&features, waves.y(), setting.features.len()).weight,
        activation: Activation::Identity,
    };
    let net = TwoLayerReluNetConfig::new().init(
        || rng.normal(0.0, 1.0),
        &setting.device,
        setting.dtype,
    )?;
    let config = FitConfig {
        epochs: setting.epochs,
        log_every: 100,
        engine: Engine::Autodiff,
        ..Default::default()
    };
    let net = setting.fit(net, &waves, &config)?;

    let error = |name: &str| {
        fits.iter()
            .find(|fit| fit.name == name)
            .map_or(f64::NAN, |fit| fit.error)
    };
    println!("\nWhen to use which (mean absolute errors of this run, on its training samples)");
    println!(
        "a polynomial                      regression    {closed_error:.1e} by least squares, {documents_error:.1e} by gradient descent"
    );
    println!(
        "a non-linear transform, a layer   perceptron    {:.1e} with a fitting activation (tanh), {:.1e} with sigmoid",
        error("tanh"),
        error("sigmoid")
    );
    println!(
        "patterns of several bends         deeper nets   {:.1e} by 64 ReLU units on sin(pi x) + x^2/2, {:.1e} by the best polynomial",
        net.error(),
        mean_absolute(&parabola.predict(&features), waves.y())
    );
    Ok(())
}

fn draw(
    args: &Args,
    histories: &[History],
    fits: &[ActivationFit],
    test: &Dataset,
) -> Result<(), Error> {
    let residuals: Vec<Vec<f64>> = fits
        .iter()
        .map(|fit| {
            fit.prediction
                .iter()
                .zip(test.y())
                .map(|(p, y)| p - y)
                .collect()
        })
        .collect();
    let line = |name: &str, y, mark| Line {
        name: name.into(),
        x: Some(test.x()),
        y,
        mark,
    };
    // The steps at which errors were read: every tenth, and the last.
    let read = (0..args.epochs).step_by(LOOK).chain([args.epochs - 1]);
    let steps: Vec<f64> = read.map(|step| step as f64).collect();
    // The rates that fail first, so that their zigzag lies beneath.
    let errors = histories.iter().rev().map(|history| Line {
        name: format!("rate {}", history.rate),
        x: Some(&steps),
        y: &history.errors[..],
        mark: Mark::Line,
    });
    let fitted = fits
        .iter()
        .map(|fit| line(&fit.name, &fit.prediction[..], Mark::Line));
    let fitted = [line("cos x", test.y(), Mark::Reference)]
        .into_iter()
        .chain(fitted);
    let left = fits
        .iter()
        .zip(&residuals)
        .map(|(fit, residual)| line(&fit.name, &residual[..], Mark::Line));
    let panel = |title, x_label, y_label, log_y, lines| Panel {
        title,
        x_label,
        y_label,
        log_y,
        lines,
        x_range: None,
        ticks: &[],
        ..Panel::default()
    };
    let figure = Figure {
        panels: vec![
            panel(
                "Error by Learning Rate",
                "Step",
                "Mean absolute error",
                true,
                errors.collect(),
            ),
            panel("Fits of cos x", "x", "y", false, fitted.collect()),
            panel(
                "Residuals",
                "x",
                "Prediction - cos x",
                false,
                left.collect(),
            ),
        ],
        layout: Layout::SideBySide,
    };
    let pictures =
        ["png", "svg"].map(|ending| args.out.join("perceptron_fit").with_extension(ending));
    for path in &pictures {
        figure.save(path)?;
    }
    println!(
        "\npictures {}, {}",
        pictures[0].display(),
        pictures[1].display()
    );
    Ok(())
}
