//! `shallow fit`: from flags to a run's folder.

use std::{
    io::{Write, stdout},
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use shallow::{
    Checkpoint, Dataset, Error, Fit, FitConfig, HostModel, Optimizer, Regressor, Verdict,
};

use crate::{
    args::{FitArgs, Flags},
    checkpoint::{self, fingerprint},
    error::usage,
    fitted::{Fitted, Function},
    pictures,
    problem::Problem,
    progress::Progress,
    report::{Remarks, Report},
    run_folder::{Metric, Metrics, RunFolder},
    settings::Settings,
    start::{Place, Start},
};

/// How often a checkpoint is written on the way.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(10);

/// Samples times parameters up to which the learning rate's limit is worth its time.
const WORTH_A_LIMIT: usize = 10_000_000;

/// Set by the first Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

pub fn run(args: &FitArgs) -> Result<()> {
    let settings = plan(args)?;
    let mut draw = settings.generator();
    let mut problem = Problem::load(&settings, &mut draw)?;
    let place = Place::choose(&settings)?;
    let start = Start::new(&settings, &place, &mut draw)?;
    problem.add_noise(settings.flags().noise.unwrap_or(0.0), &mut draw);
    let train = problem.train(settings.flags())?;
    for note in notes(&problem, &settings, &train) {
        eprintln!("note: {note}");
    }
    let job = Job {
        args,
        settings,
        problem,
        place,
        train,
    };
    match start {
        Start::Relu(net) => job.run(net),
        Start::Perceptron(neuron) => job.run(neuron),
    }
}

/// The settings of a new run, or of the one to go on with.
fn plan(args: &FitArgs) -> Result<Settings> {
    let Some(dir) = &args.resume else {
        let flags = match &args.config {
            Some(path) => args.flags.clone().or(Flags::read(path)?)?,
            None => args.flags.clone(),
        };
        return Settings::new(flags);
    };
    let others = Flags {
        epochs: None,
        ..args.flags.clone()
    };
    if others != Flags::default() || args.out.is_some() || args.config.is_some() || args.force {
        return Err(usage(format!(
            "--resume takes all settings from {}; beside it, give only --epochs, --json and --quiet",
            dir.join("config.toml").display()
        )));
    }
    RunFolder::open(dir)?;
    Settings::new(
        args.flags
            .clone()
            .or(Flags::read(&dir.join("config.toml"))?)?,
    )
}

/// What a user should know before the fit.
fn notes(problem: &Problem, settings: &Settings, train: &Dataset) -> Vec<String> {
    let mut notes = Vec::new();
    if problem.truth.is_none() && problem.y.iter().all(|y| *y == problem.y[0]) {
        notes.push(format!(
            "column {} is {} in every row; the fit can only be that constant",
            problem.names[1], problem.y[0]
        ));
    }
    let activation = settings.flags().activation;
    let unreachable = activation.filter(|_| problem.truth.is_some());
    notes.extend(unreachable.and_then(|activation| activation.out_of_range(train.y())));
    notes
}

/// All that a fit needs but its model.
struct Job<'a> {
    args: &'a FitArgs,
    settings: Settings,
    problem: Problem,
    place: Place,
    train: Dataset,
}

impl Job<'_> {
    fn run<M: Regressor>(&self, start: M) -> Result<()> {
        let mut config = self.settings.fit_config();
        config.engine = config.engine.choose(&start).map_err(Error::from)?;
        let samples = fingerprint(&self.problem);
        let host = start.to_host();
        let (folder, saved) = match &self.args.resume {
            None => (
                RunFolder::create(self.args.out.as_deref(), self.args.force)?,
                None,
            ),
            Some(dir) => {
                let folder = RunFolder::open(dir)?;
                let saved = folder
                    .read_checkpoint()?
                    .map(|bytes| checkpoint::from_bytes(&bytes, &host, config.optimizer, samples));
                let saved = saved.transpose().with_context(|| {
                    format!("cannot go on with the checkpoint of {}", dir.display())
                })?;
                (folder, saved)
            }
        };
        let from = saved.as_ref().map(|saved| &saved.checkpoint);
        let seconds_before = saved.as_ref().map_or(0.0, |saved| saved.seconds);
        let first = from.map_or(0, |from| from.epochs);
        if first >= config.epochs {
            return Err(usage(format!(
                "the run in {} is done, with {first} epochs; go further with --epochs N",
                folder.path().display()
            )));
        }
        let resolved = self
            .settings
            .resolved(config.engine, &self.place.name, self.place.dtype)?;
        folder.write("config.toml", toml::to_string(&resolved)?.as_bytes())?;
        let losses = saved.as_ref().map_or(&[][..], |saved| &saved.losses);
        let mut metrics = Metrics::resume(&folder, losses, config.log_every)?;

        stop_on_ctrl_c();
        let progress = Progress::new(first, config.epochs, self.args.quiet);
        let scale = self.problem.y_scaling.scale.powi(2);
        let clock = Instant::now();
        let seconds = || seconds_before + clock.elapsed().as_secs_f64();
        let save = |checkpoint: &Checkpoint, metrics: &Metrics| {
            let losses = metrics.losses();
            let bytes = checkpoint::to_bytes(checkpoint, &losses, seconds(), samples)?;
            folder.write_checkpoint(&bytes)
        };
        let mut saved_at = Instant::now();
        let mut failure = None;
        let fit = shallow::fit_from(from, start.clone(), &self.train, &config, &STOP, |epoch| {
            let loss = scale * epoch.loss;
            progress.show(epoch.epoch, loss);
            let mut written = metrics.add(Metric {
                epoch: epoch.epoch,
                loss,
            });
            if saved_at.elapsed() > BETWEEN_CHECKPOINTS {
                saved_at = Instant::now();
                written = written.and_then(|()| save(&epoch.checkpoint(), &metrics));
            }
            match written {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        let seconds = seconds();
        progress.end();
        if let Some(failure) = failure {
            return Err(failure);
        }
        metrics.flush()?;
        let fit = fit.map_err(Error::from)?;
        save(&fit.checkpoint, &metrics)?;
        if fit.checkpoint.epochs < config.epochs {
            return Err(anyhow!(
                "interrupted after {} of {} epochs; go on with `shallow fit --resume {}`",
                fit.checkpoint.epochs,
                config.epochs,
                folder.path().display()
            ));
        }
        self.finish(&start, &fit, &config, &folder, metrics, seconds)
    }

    /// Writes what a finished fit leaves, the most precious first.
    fn finish<M: Regressor>(
        &self,
        start: &M,
        fit: &Fit<M>,
        config: &FitConfig,
        folder: &RunFolder,
        mut metrics: Metrics,
        seconds: f64,
    ) -> Result<()> {
        let problem = &self.problem;
        let fitted = Fitted {
            function: self.function(fit.model.to_host()),
            domain: problem.domain,
            names: problem.names.clone(),
        };
        folder.write("model.safetensors", &fitted.to_safetensors(&[])?)?;

        let last = Metric {
            epoch: config.epochs - 1,
            loss: problem.y_scaling.scale.powi(2) * fit.losses[fit.losses.len() - 1],
        };
        if metrics.logged.last().map(|metric| metric.epoch) != Some(last.epoch) {
            metrics.add(last)?;
        }
        metrics.flush()?;
        let (report, remarks) = self.report(fit, &fitted, folder, &metrics.logged, seconds);
        let json = serde_json::to_string(&report)?;
        folder.write("report.json", format!("{json}\n").as_bytes())?;
        pictures::draw_losses(folder.path(), &metrics.logged)?;
        pictures::draw_fit(folder.path(), problem, &fitted)?;

        let text = match (self.args.json, self.args.quiet) {
            (true, _) => format!("{json}\n"),
            (false, true) => String::new(),
            (false, false) => report.summary(&remarks),
        };
        stdout()
            .write_all(text.as_bytes())
            .context("cannot write to standard output")?;
        if !self.args.quiet
            && let Some(advice) = self
                .advice(start, fit, config)
                .or_else(|| report.advice(&remarks))
        {
            eprintln!("note: {advice}");
        }
        Ok(())
    }

    /// The function of trained parameters, in the user's units.
    fn function(&self, trained: HostModel) -> Function {
        Function::new(trained, self.problem.x_scaling, self.problem.y_scaling)
    }

    fn report<M: Regressor>(
        &self,
        fit: &Fit<M>,
        fitted: &Fitted,
        folder: &RunFolder,
        logged: &[Metric],
        seconds: f64,
    ) -> (Report, Remarks) {
        let problem = &self.problem;
        let errors = |function: &Function, x: &[f64], y: &[f64]| -> Vec<f64> {
            let predicted = function.predict(x);
            predicted.iter().zip(y).map(|(p, y)| p - y).collect()
        };
        let final_mae = match fit.mean_absolute_errors.last() {
            Some(mae) => problem.y_scaling.scale * mae,
            None => {
                let before = self.function(fit.previous.to_host());
                mean(
                    errors(&before, &problem.x, &problem.y)
                        .iter()
                        .map(|e| e.abs()),
                )
            }
        };
        let squares = |errors: &[f64]| mean(errors.iter().map(|e| e * e));
        let on_test = errors(&fitted.function, &problem.test_x, &problem.test_y);
        let worst = (on_test.iter().map(|e| e.abs()).zip(&problem.test_x))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let has_test = !on_test.is_empty();
        let report = Report {
            engine: fit.engine.name().into(),
            device: shallow::describe(&self.place.device),
            dtype: format!("{:?}", self.place.dtype).to_lowercase(),
            epochs: fit.checkpoint.epochs,
            losses: logged.iter().map(|metric| metric.loss).collect(),
            final_loss: logged[logged.len() - 1].loss,
            train_loss: squares(&errors(&fitted.function, &problem.x, &problem.y)),
            test_loss: has_test.then(|| squares(&on_test)),
            final_mae,
            max_error: worst.map(|(error, _)| error),
            seconds,
            run_dir: folder.path().display().to_string(),
        };
        let line = straight_line(&problem.x, &problem.y);
        let (x, y) = match has_test {
            true => (&problem.test_x, &problem.test_y),
            false => (&problem.x, &problem.y),
        };
        let remarks = Remarks {
            model: fitted.function.describe(),
            worst: worst.map(|(_, at)| (problem.names[0].clone(), *at)),
            line_loss: mean(x.iter().zip(y).map(|(x, y)| (line(*x) - y).powi(2))),
            files: folder.files(),
        };
        (report, remarks)
    }

    /// What to do about a learning rate that failed without diverging.
    fn advice<M: Regressor>(&self, start: &M, fit: &Fit<M>, config: &FitConfig) -> Option<String> {
        let n_parameters: usize = start
            .to_host()
            .blocks()
            .iter()
            .map(|block| block.len())
            .sum();
        let is_gd = config.optimizer == Optimizer::GradientDescent;
        if !is_gd || self.train.n_samples() * n_parameters > WORTH_A_LIMIT {
            return None;
        }
        let limit = start.stability_limit(self.train.x(), self.train.y(), config.reduction);
        let verdict = fit.verdict(&self.train, config.learning_rate, limit);
        let failed = matches!(verdict, Verdict::Oscillating | Verdict::Saturated);
        failed.then(|| {
            format!(
                "{}: {}",
                verdict.name(),
                shallow::advice(config.learning_rate, limit)
            )
        })
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len();
    values.sum::<f64>() / n as f64
}

/// The straight line of least squares.
fn straight_line(x: &[f64], y: &[f64]) -> impl Fn(f64) -> f64 {
    let (x_mean, y_mean) = (mean(x.iter().copied()), mean(y.iter().copied()));
    let (mut xx, mut xy) = (0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        xx += (x - x_mean).powi(2);
        xy += (x - x_mean) * (y - y_mean);
    }
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    move |x| y_mean + slope * (x - x_mean)
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
