//! A fit from its plan to its folder: samples, method, network, report, files.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use shallow_analytic::Parameters;
use shallow_data::Dataset;

use crate::{
    error::FittingError,
    finish::{Finished, finish},
    generator::Generator,
    methods::{best, descent::Job},
    place::Place,
    plan::{DescentPlan, Method, Model, Plan, Width},
    progress::Progress,
    request::Request,
    run_folder::{FILES, OF_DESCENT, RunFolder},
    samples::Samples,
    saved::{self, Saved, fingerprint},
    start::{at_start, draw_weights},
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
    let is_whole = folder.has_all(&OF_DESCENT);
    let can_complete = saved.epochs() == descent.config.epochs && saved.previous.is_some();
    if saved.epochs() >= descent.config.epochs && (is_whole || !can_complete) {
        return Err(FittingError::Done {
            path: dir.into(),
            epochs: saved.epochs(),
        });
    }
    Ok((folder, saved))
}
