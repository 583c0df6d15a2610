//! A fit from its plan to its folder: samples, method, network, report, files.

use std::sync::atomic::AtomicBool;

use shallow_analytic::{Parameters, descent::FitError};
use shallow_data::Dataset;
use shallow_splines::Spline;

use crate::{
    error::FittingError,
    finish::{Finished, finish},
    methods::{descent::Job, search::search},
    place::Place,
    plan::{DescentPlan, Method, Model, Plan, Target},
    progress::Progress,
    request::{MethodName, Norm, Request},
    run_folder::{Destination, OF_DESCENT, RunFolder},
    samples::Samples,
    saved::{self, Saved, fingerprint},
    shape::ShapePlan,
    start::{at_start, draw},
};

/// Fits as planned. `stop` ends a descent after the epoch at work.
///
/// # Errors
///
/// Every variant of [`FittingError`]. Nothing is written or removed before the samples, the method and the device are known to
/// be right.
pub fn run(
    plan: &Plan,
    into: Destination,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Finished, FittingError> {
    let (samples, drawn) = draw(plan)?;
    match (&plan.method, drawn) {
        (Method::Descent(descent), Some(drawn)) => {
            run_descent(plan, descent, drawn, samples, into, stop, progress)
        }
        _ => run_search(plan, samples, into, progress),
    }
}

/// Fits as planned, without a folder, by a method that takes no steps.
///
/// # Errors
///
/// As [`run`].
///
/// # Panics
///
/// With a plan of a descent.
pub fn fit(plan: &Plan) -> Result<Finished, FittingError> {
    let (mut samples, _) = draw(plan)?;
    let data = samples.dataset(&Model::Relu { hidden: 1 })?;
    let shape = samples.shape(&plan.shape)?;
    let mut found = search(plan, shape.as_ref(), &mut samples, &data)?;
    found.account.shape = shape.map(|_| plan.shape.summary());
    Ok(finish(found, samples, plan.bands, None))
}

/// The network of the fewest units whose table, in the numbers of a target, is within a largest error of what a run was fitted to: the
/// run's request says what that is. Without a folder.
///
/// # Errors
///
/// As [`run`], [`FittingError::NoNetwork`] where the numbers cannot hold the error, and [`FittingError::Options`] of moments and of groups.
pub fn fit_within(run: &Request, tolerance: f64, target: Target) -> Result<Finished, FittingError> {
    if run.by.is_some() || !run.moments.is_empty() {
        return Err(FittingError::Options(
            "a tolerance is of a function or of the rows of one table; this run is of groups or of moments".into(),
        ));
    }
    if ShapePlan::new(run)? != ShapePlan::default() {
        return Err(FittingError::Options(
            "a tolerance of the largest error knows no shape, and this run was fitted to one; export its network as it is".into(),
        ));
    }
    let run = run.clone();
    fit(&Plan::new(&Request {
        function: run.function,
        domain: run.domain,
        csv: run.csv,
        x: run.x,
        y: run.y,
        missing: run.missing,
        method: Some(MethodName::Best),
        norm: Some(Norm::Max),
        tolerance: Some(tolerance),
        dtype: Some(target.dtype),
        x_scale: target.x_scale,
        y_scale: target.y_scale,
        ..Request::default()
    })?)
}

/// The continuous function of straight pieces with these knots that is best on a plan's samples, as its values at the knots, and its
/// mean squared error. Samples beyond the outer knots belong to the outer pieces.
///
/// # Errors
///
/// As [`run`], and where the knots do not ascend.
pub fn values_at(plan: &Plan, knots: &[f64]) -> Result<(Vec<f64>, f64), FittingError> {
    let is_sound = knots.len() > 1
        && knots.iter().all(|knot| knot.is_finite())
        && knots.is_sorted_by(|a, b| a < b);
    if !is_sound {
        return Err(FittingError::Options(
            "knots must be two or more finite numbers in ascending order".into(),
        ));
    }
    let (samples, _) = draw(plan)?;
    let moments = samples.moments(&samples.x_scaling.apply(&samples.x), &samples.y);
    let knots = samples.x_scaling.apply(knots);
    if !knots.is_sorted_by(|a, b| a < b) {
        return Err(FittingError::Options("two of the knots are one".into()));
    }
    let (spline, loss) = Spline::with_knots(&moments, &knots);
    Ok((spline.values, loss))
}

/// Runs a method that searches for a network.
fn run_search(
    plan: &Plan,
    mut samples: Samples,
    into: Destination,
    progress: &mut dyn Progress,
) -> Result<Finished, FittingError> {
    let model = Model::Relu { hidden: 1 };
    let data = samples.dataset(&model)?;
    tell(&samples, &model, &data, progress);
    let shape = samples.shape(&plan.shape)?;
    let (mut folder, is_new) = match into {
        Destination::New { out, force } => (RunFolder::create(out.as_deref(), force)?, true),
        Destination::Resumed(folder) => (folder, false),
    };
    // Before the search: what is cut off can be resumed.
    write_plan(plan, &folder)?;
    let mut found = match search(plan, shape.as_ref(), &mut samples, &data) {
        Err(error) if is_new => {
            folder.abandon()?;
            return Err(error);
        }
        found => found?,
    };

    found.account.shape = shape.map(|_| plan.shape.summary());
    let mut finished = finish(found, samples, plan.bands, Some(&folder));
    finished.write(&folder)?;
    folder.replace()?;
    Ok(finished)
}

fn run_descent(
    plan: &Plan,
    descent: &DescentPlan,
    drawn: Parameters,
    samples: Samples,
    into: Destination,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Finished, FittingError> {
    if descent.patience.is_some() && samples.test_x.is_empty() {
        return Err(FittingError::Options(
            "patience needs rows held out, and there are none; give test samples".into(),
        ));
    }
    let data = samples.dataset(&descent.model)?;
    let start = at_start(descent, drawn, &data, samples.weights());
    tell(&samples, &descent.model, &data, progress);
    let place = Place::choose(descent, &start, progress)?.of(&samples)?;
    let (mut folder, saved) = match into {
        Destination::New { out, force } => {
            let folder = RunFolder::create(out.as_deref(), force)?;
            (folder, Saved::default())
        }
        Destination::Resumed(folder) => {
            let saved = read_saved(&folder, descent, &start, &samples)?;
            (folder, saved)
        }
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
    let found = match job.run(&start, progress) {
        Err(error @ FittingError::Fit(FitError::Diverged { .. })) => {
            folder.discard_replacement()?; // the run that it was to replace stays
            return Err(error);
        }
        found => found?,
    };
    let mut finished = finish(found, samples, None, Some(&folder));
    finished.write(&folder)?;
    folder.replace()?;
    Ok(finished)
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

/// The state of a run to go on with.
fn read_saved(
    folder: &RunFolder,
    descent: &DescentPlan,
    start: &Parameters,
    samples: &Samples,
) -> Result<Saved, FittingError> {
    let optimizer = descent.config.optimizer;
    let saved =
        match folder.read_checkpoint()? {
            None => Saved::default(), // it was ended before the first
            Some(bytes) => saved::from_bytes(&bytes, start, optimizer, fingerprint(samples))
                .map_err(|reason| FittingError::Checkpoint {
                    path: folder.path().into(),
                    reason,
                })?,
        };
    let is_whole = folder.has_all(&OF_DESCENT) && !folder.is_replacement();
    let has_all = saved.epochs() >= descent.config.epochs || saved.has_stopped;
    let is_last = saved.epochs() == descent.config.epochs || saved.has_stopped;
    let can_complete = is_last && saved.previous.is_some();
    if has_all && (is_whole || !can_complete) {
        return Err(FittingError::Done {
            path: folder.path().into(),
            epochs: (!saved.has_stopped).then_some(saved.epochs()),
        });
    }
    Ok(saved)
}
