//! A fit from its plan to its folder: samples, method, network, report, files.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use shallow_analytic::Parameters;
use shallow_data::{Dataset, extremes, short};
use shallow_export::{Fitted, Function};

use crate::{
    error::FittingError,
    generator::Generator,
    methods::{account::Found, best, descent::Job},
    pictures,
    place::Place,
    plan::{DescentPlan, Method, Model, Plan, Width},
    progress::Progress,
    report::{MeasuredErrors, Report, line_loss, mean_absolute_error},
    request::Request,
    run_folder::{FILES, RunFolder},
    samples::Samples,
    saved::{self, Saved, fingerprint},
    start::{at_start, draw_weights},
    width::Widths,
    yardstick::Yardstick,
};

/// Where a run's files go.
#[derive(Debug, Clone, PartialEq)]
pub enum Destination {
    /// A new folder: this one, or the next of `runs/1`, `runs/2`, ...
    New {
        /// The folder.
        out: Option<PathBuf>,
        /// Whether a run that is there may be replaced.
        force: bool,
    },
    /// The folder of a run to go on with.
    Resumed(PathBuf),
}

/// A finished run.
pub struct Finished {
    /// What came of it.
    pub report: Report,
    /// The network, in the user's units.
    pub fitted: Fitted,
    /// The best networks of the widths that were tried.
    pub widths: Option<Widths>,
    /// The mean squared error of the best straight line, on the samples that the fit is judged on.
    pub line_loss: f64,
    /// The names of the files that were written.
    pub files: Vec<String>,
    /// What the user might do next, if the fit is not good.
    pub advice: Option<Advice>,
    samples: Samples,
    n_pieces: usize,
}

/// What a user might do about a fit.
#[derive(Debug, Clone, PartialEq)]
pub enum Advice {
    /// About the learning rate.
    LearningRate(String),
    /// The network leaves the range of a file's values between its samples: fewer units, or as many as the samples support.
    Swings(String),
    /// The best straight line is closer than a best network: fewer units.
    LineBeatsBest,
    /// The best straight line is closer than the descent: more epochs, or another way.
    LineBeatsDescent {
        /// Ten times the epochs.
        epochs: usize,
        /// Whether the model is a perceptron.
        is_perceptron: bool,
    },
}

impl Finished {
    /// The best network of as many free numbers, found anew; takes as long as a search.
    pub fn yardstick(&self) -> Yardstick {
        Yardstick::new(&self.samples, self.n_pieces)
    }

    /// Whether the samples are of a function.
    pub fn is_of_function(&self) -> bool {
        self.samples.truth.is_some()
    }
}

/// Fits as planned. `stop` ends a descent after the epoch at work.
///
/// # Errors
///
/// Every variant of [`FittingError`]. Nothing is written or removed before the samples, the method and the device are known to
/// be right.
pub fn run(
    plan: &Plan,
    into: &Destination,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Finished, FittingError> {
    let mut draw = Generator::new(plan);
    let without_noise = Samples::draw(plan, &mut draw)?;
    match &plan.method {
        Method::Best(width) => {
            let samples = without_noise.with_noise(&mut draw);
            run_best(plan, *width, samples, into, progress)
        }
        Method::Descent(descent) => {
            let drawn = draw_weights(&descent.model, &mut draw);
            let samples = without_noise.with_noise(&mut draw);
            run_descent(plan, descent, drawn, samples, into, stop, progress)
        }
    }
}

fn run_best(
    plan: &Plan,
    width: Width,
    samples: Samples,
    into: &Destination,
    progress: &mut dyn Progress,
) -> Result<Finished, FittingError> {
    let model = Model::Relu { hidden: 1 };
    let data = samples.dataset(&model)?;
    tell(&samples, &model, &data, progress);
    if let Destination::New { out, force } = into {
        RunFolder::check(out.as_deref(), *force, &FILES)?;
    }
    let found = best::fit(width, &samples, &data, plan.source.is_noisy())?;
    let folder = match into {
        Destination::New { out, force } => RunFolder::create(out.as_deref(), *force, &FILES)?,
        Destination::Resumed(dir) => RunFolder::open(dir)?,
    };
    write_plan(plan, &folder)?;
    finish(found, samples, &folder)
}

fn run_descent(
    plan: &Plan,
    descent: &DescentPlan,
    drawn: Parameters,
    samples: Samples,
    into: &Destination,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Finished, FittingError> {
    let data = samples.dataset(&descent.model)?;
    let start = at_start(descent, drawn, &data);
    tell(&samples, &descent.model, &data, progress);
    let place = Place::choose(descent, &start, progress)?;
    let (folder, saved) = match into {
        Destination::New { out, force } => {
            let folder = RunFolder::create(out.as_deref(), *force, &FILES)?;
            (folder, Saved::default())
        }
        Destination::Resumed(dir) => resumed(dir, descent, &start, &samples)?,
    };
    let resolved = plan.with_method(Method::Descent(Box::new(resolve(descent, &place))));
    write_plan(&resolved, &folder)?;
    let job = Job {
        plan: descent,
        place: &place,
        samples: &samples,
        data: &data,
        folder: &folder,
        saved: &saved,
        stop,
    };
    let found = job.run(&start, progress)?;
    finish(found, samples, &folder)
}

fn tell(samples: &Samples, model: &Model, data: &Dataset, progress: &mut dyn Progress) {
    for note in samples.notes(model, data) {
        progress.note(&note);
    }
}

fn write_plan(plan: &Plan, folder: &RunFolder) -> Result<(), FittingError> {
    folder.write("config.toml", Request::from(plan).to_toml().as_bytes())
}

/// With what `auto` was found to mean.
fn resolve(descent: &DescentPlan, place: &Place) -> DescentPlan {
    let mut resolved = descent.clone();
    resolved.config.engine = place.engine;
    resolved.device = place.name.clone();
    resolved.dtype = Some(place.dtype);
    resolved
}

/// The folder of a run to go on with, and its state.
fn resumed(
    dir: &Path,
    descent: &DescentPlan,
    start: &Parameters,
    samples: &Samples,
) -> Result<(RunFolder, Saved), FittingError> {
    let folder = RunFolder::open(dir)?;
    let optimizer = descent.config.optimizer;
    let saved =
        match folder.read_checkpoint()? {
            None => Saved::default(), // it was ended before the first
            Some(bytes) => saved::from_bytes(&bytes, start, optimizer, fingerprint(samples))
                .map_err(|reason| FittingError::Checkpoint {
                    path: dir.into(),
                    reason,
                })?,
        };
    if saved.epochs() >= descent.config.epochs {
        return Err(FittingError::Done {
            path: dir.into(),
            epochs: saved.epochs(),
        });
    }
    Ok((folder, saved))
}

/// Writes what a fit leaves, the most precious first.
fn finish(found: Found, samples: Samples, folder: &RunFolder) -> Result<Finished, FittingError> {
    let of = |network: Parameters| Function::new(network, samples.x_scaling, samples.y_scaling);
    let n_pieces = Yardstick::width_of(&found.network);
    let is_perceptron = matches!(found.network, Parameters::Perceptron(_));
    let fitted = Fitted {
        function: of(found.network),
        domain: samples.domain,
        names: samples.names.clone(),
    };
    folder.write("model.safetensors", &fitted.to_safetensors(&[])?)?;

    let account = found.account;
    let errors = MeasuredErrors::new(&fitted.function, &samples);
    let losses = match account.logged.is_empty() {
        true => vec![errors.train_loss],
        false => account.logged,
    };
    let report = Report {
        method: account.method,
        engine: account.engine,
        device: account.device,
        dtype: account.dtype,
        hidden: account.hidden,
        epochs: account.epochs,
        final_loss: losses[losses.len() - 1],
        losses,
        errors,
        max_error_bound: None,
        widths: account.widths.as_ref().map(|widths| widths.rows.clone()),
        final_mae: mean_absolute_error(&of(found.previous), &samples),
        seconds: account.seconds,
        run_dir: folder.path().display().to_string(),
    };
    let json = serde_json::to_string(&report).expect("a report is numbers and text") + "\n";
    folder.write("report.json", json.as_bytes())?;
    if !account.losses.is_empty() {
        pictures::draw_losses(folder.path(), &account.losses)?;
    }
    pictures::draw_fit(folder.path(), &samples, &fitted)?;
    if let Some(widths) = &account.widths {
        pictures::draw_widths(folder.path(), widths)?;
    }

    let line_loss = line_loss(&samples);
    let swings = || swing(&fitted, &samples).map(Advice::Swings);
    let line = || {
        (report.errors.judged() > line_loss).then(|| match report.method {
            "best" => Advice::LineBeatsBest,
            _ => Advice::LineBeatsDescent {
                epochs: 10 * report.epochs,
                is_perceptron,
            },
        })
    };
    let advice = account.advice.map(Advice::LearningRate);
    Ok(Finished {
        advice: advice.or_else(swings).or_else(line),
        widths: account.widths,
        line_loss,
        files: folder.files(),
        report,
        fitted,
        samples,
        n_pieces,
    })
}

/// Where a network leaves the range of a file's values, between few samples.
fn swing(fitted: &Fitted, samples: &Samples) -> Option<String> {
    if samples.truth.is_some() {
        return None;
    }
    let (low, high) = samples.domain;
    let mut kinks = fitted.pieces()?.kinks;
    kinks.retain(|kink| (low..high).contains(kink));
    let values = fitted.function.predict(&kinks);
    let (least, most) = extremes(&samples.y);
    let beyond = |y: f64| (least - y).max(y - most);
    let swings = kinks.iter().zip(values);
    let (x, y) = swings.max_by(|a, b| beyond(a.1).total_cmp(&beyond(b.1)))?;
    let [x_name, y_name] = &samples.names;
    (beyond(y) > 0.25 * (most - least)).then(|| {
        format!(
            "the network goes to {y_name} = {} at {x_name} = {}, beyond all samples, where these are few",
            short(y),
            short(*x)
        )
    })
}
