//! `shallow fit`: from flags to a run's folder.

use anyhow::{Context, Result};
use shallow::{
    Dataset, Error, Fit, FitConfig, HostModel, Optimizer, Regressor, SigmoidPerceptron,
    TwoLayerReluNet, Verdict, extremes,
};

use crate::{
    args::{FitArgs, Flags},
    checkpoint::{self, Saved, fingerprint},
    error::usage,
    fitted::{Fitted, Function},
    pictures, print,
    problem::Problem,
    progress::Progress,
    report::{self, Errors, Remarks, Report},
    run_folder::RunFolder,
    settings::Settings,
    start::{self, Place, name_of},
    training::Training,
    width::Widths,
    yardstick::Yardstick,
};

/// Samples times parameters up to which the learning rate's limit is worth its time.
const WORTH_A_LIMIT: usize = 10_000_000;

pub fn run(args: &FitArgs) -> Result<()> {
    let mut settings = plan(args)?;
    let mut draw = settings.generator();
    let mut problem = Problem::load(&settings, &mut draw)?;
    let place = Place::choose(&settings)?;
    let noise = settings.flags().noise.unwrap_or(0.0);
    let mut widths = None;
    let weights = match settings.flags().tolerance.clone() {
        None => {
            let weights = start::weights(&settings, &mut draw)?;
            problem.add_noise(noise, &mut draw);
            weights
        }
        Some(tolerance) => {
            problem.add_noise(noise, &mut draw);
            let train = problem.train(settings.flags())?;
            let found = Widths::choose(&problem, &train, settings.flags(), &tolerance)?;
            settings = settings.with_hidden(found.chosen);
            widths = Some(found);
            start::weights(&settings, &mut draw)?
        }
    };
    let train = problem.train(settings.flags())?;
    let weights = start::best_if_asked(&settings, weights, &train);
    for note in notes(&problem, &settings, &train) {
        eprintln!("note: {note}");
    }
    let job = Job {
        args,
        settings,
        problem,
        place,
        train,
        widths,
    };
    let (device, dtype) = (&job.place.device, job.place.dtype);
    match &weights {
        HostModel::Relu(weights) => {
            job.run(TwoLayerReluNet::from_weights(weights, device, dtype).map_err(Error::from)?)
        }
        HostModel::Perceptron(neuron) => {
            job.run(SigmoidPerceptron::from_weights(neuron, device, dtype).map_err(Error::from)?)
        }
    }
}

/// The settings of a new run, or of the one to go on with.
fn plan(args: &FitArgs) -> Result<Settings> {
    let Some(dir) = &args.resume else {
        return Settings::new(args.flags.with(args.config.as_deref())?);
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
    Settings::new(args.flags.with(Some(&dir.join("config.toml")))?)
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

/// What to do about a network that leaves the range of a file's values, where it has few samples to hold it.
fn swing(fitted: &Fitted, problem: &Problem) -> Option<String> {
    if problem.truth.is_some() {
        return None;
    }
    let (low, high) = problem.domain;
    let mut kinks = fitted.pieces()?.kinks;
    kinks.retain(|kink| (low..high).contains(kink));
    let values = fitted.function.predict(&kinks);
    let (least, most) = extremes(&problem.y);
    let beyond = |y: f64| (least - y).max(y - most);
    let swings = kinks.iter().zip(values);
    let (x, y) = swings.max_by(|a, b| beyond(a.1).total_cmp(&beyond(b.1)))?;
    let [x_name, y_name] = &problem.names;
    (beyond(y) > 0.25 * (most - least)).then(|| {
        format!(
            "the network goes to {y_name} = {} at {x_name} = {}, beyond all samples, where these are few; try fewer --hidden units or --tolerance auto",
            report::short(y),
            report::short(*x)
        )
    })
}

/// All that a fit needs but its model.
struct Job<'a> {
    args: &'a FitArgs,
    settings: Settings,
    problem: Problem,
    place: Place,
    train: Dataset,
    /// Of a tolerance, the widths it was met with or not.
    widths: Option<Widths>,
}

impl Job<'_> {
    fn run<M: Regressor>(&self, start: M) -> Result<()> {
        let mut config = self.settings.fit_config();
        config.engine = config.choose_engine(&start).map_err(Error::from)?;
        let samples = fingerprint(&self.problem);
        let (folder, saved) = self.open(&start, &config, samples)?;
        let resolved = self
            .settings
            .resolved(config.engine, &self.place.name, self.place.dtype)?;
        folder.write("config.toml", toml::to_string(&resolved)?.as_bytes())?;

        let loss_scale = self.problem.y_scaling.scale.powi(2);
        let progress = Progress::new(saved.epochs(), config.epochs, self.args.quiet);
        let mut training = Training::new(&folder, &saved, &config, progress, samples, loss_scale)?;
        let (fit, seconds) =
            training.run(saved.checkpoint.as_ref(), &start, &self.train, &config)?;
        self.finish(&start, &fit, &config, &folder, training, seconds)
    }

    /// The folder of this run, and where it stands.
    fn open<M: Regressor>(
        &self,
        start: &M,
        config: &FitConfig,
        samples: u64,
    ) -> Result<(RunFolder, Saved)> {
        let Some(dir) = &self.args.resume else {
            let folder = RunFolder::create(self.args.out.as_deref(), self.args.force)?;
            return Ok((folder, Saved::default()));
        };
        let folder = RunFolder::open(dir)?;
        let saved = match folder.read_checkpoint()? {
            None => Saved::default(), // it was ended before the first
            Some(bytes) => {
                checkpoint::from_bytes(&bytes, &start.to_host(), config.optimizer, samples)
                    .with_context(|| {
                        format!("cannot go on with the checkpoint of {}", dir.display())
                    })?
            }
        };
        if saved.epochs() >= config.epochs {
            return Err(usage(format!(
                "the run in {} is done, with {} epochs; go further with --epochs N",
                dir.display(),
                saved.epochs()
            )));
        }
        Ok((folder, saved))
    }

    /// Writes what a finished fit leaves, the most precious first.
    fn finish<M: Regressor>(
        &self,
        start: &M,
        fit: &Fit<M>,
        config: &FitConfig,
        folder: &RunFolder,
        training: Training,
        seconds: f64,
    ) -> Result<()> {
        let problem = &self.problem;
        let function =
            |trained: HostModel| Function::new(trained, problem.x_scaling, problem.y_scaling);
        let fitted = Fitted {
            function: function(fit.model.to_host()),
            domain: problem.domain,
            names: problem.names.clone(),
        };
        folder.write("model.safetensors", &fitted.to_safetensors(&[])?)?;

        let logged = training.end(fit, config)?;
        let last_mae = match fit.mean_absolute_errors.last() {
            Some(mae) => problem.y_scaling.scale * mae,
            None => report::mean_absolute_error(&function(fit.previous.to_host()), problem),
        };
        let report = Report {
            engine: fit.engine.name().into(),
            device: shallow::describe(&self.place.device),
            dtype: name_of(self.place.dtype),
            epochs: fit.checkpoint.epochs,
            losses: logged.iter().map(|metric| metric.loss).collect(),
            final_loss: logged[logged.len() - 1].loss,
            final_mae: last_mae,
            seconds,
            run_dir: folder.path().display().to_string(),
            errors: Errors::new(&fitted.function, problem),
            widths: self.widths.as_ref().map(|widths| widths.rows.clone()),
        };
        let json = serde_json::to_string(&report)?;
        folder.write("report.json", format!("{json}\n").as_bytes())?;
        pictures::draw_losses(folder.path(), &logged)?;
        pictures::draw_fit(folder.path(), problem, &fitted)?;
        if let Some(widths) = &self.widths {
            widths.draw(folder.path())?;
        }

        let remarks = Remarks::new(&fitted, problem, folder);
        match (self.args.json, self.args.quiet) {
            (true, _) => print(format!("{json}\n").as_bytes())?,
            (false, true) => {}
            (false, false) => {
                let yardstick = Yardstick::new(problem, Yardstick::width_of(&start.to_host()));
                let rms = yardstick.describe(&report.errors, problem.truth.is_some());
                let widths = self.widths.as_ref().map(Widths::text);
                let text = widths.unwrap_or_default() + &report.summary(&remarks, &rms);
                print(text.as_bytes())?;
            }
        }
        if !self.args.quiet
            && let Some(advice) = self
                .advice(start, fit, config)
                .or_else(|| swing(&fitted, problem))
                .or_else(|| report.advice(&remarks, self.settings.flags()))
        {
            eprintln!("note: {advice}");
        }
        Ok(())
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
