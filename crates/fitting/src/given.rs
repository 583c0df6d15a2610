//! Fits of samples that the caller has: no table is read, no folder is written.

use std::{ops::ControlFlow, sync::atomic::AtomicBool};

use shallow_analytic::Parameters;
use shallow_data::{LARGEST, Scaling, extremes, largest, short};
use shallow_export::{Fitted, Function, MaxError};
use shallow_moments::GroupMoments;

use crate::{
    choice::CandidateRow,
    columns::SomeRows,
    corridor::Within,
    descending::{Descending, planned},
    error::FittingError,
    finish::in_units,
    generator::Generator,
    memory,
    methods::search::search,
    plan::{Method, Model, Plan, Width},
    progress::Silent,
    samples::{NARROWEST, NEAR, Samples, some_of},
    smoothing::Smoothing,
    start::{at_start, draw_weights},
    uncertainty::PieceRow,
    weighted::mean,
};

/// Samples, in any order.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The inputs.
    pub x: Vec<f64>,
    /// The outputs.
    pub y: Vec<f64>,
    /// What each counts; none where all count alike.
    pub weight: Vec<f64>,
}

impl Given {
    /// Checks that there are as many of each, and that each is a number whose square is one.
    ///
    /// # Errors
    ///
    /// [`FittingError::Table`] with the first that is not.
    pub fn check(&self, names: [&str; 3]) -> Result<(), FittingError> {
        let columns = [&self.x, &self.y, &self.weight];
        for (name, column) in names.into_iter().zip(columns) {
            let n = column.len();
            let is_none = n == 0 && std::ptr::eq(column, &self.weight);
            if n != self.x.len() && !is_none {
                return Err(FittingError::Table(format!(
                    "{} has {} values and {name} has {n}; they must be as many",
                    names[0],
                    self.x.len()
                )));
            }
            let is_good = |value: &f64| value.abs() <= LARGEST; // no NaN is
            if let Some(at) = column.iter().position(|value| !is_good(value)) {
                let value = column[at];
                let what = match value.is_finite() {
                    true => "its square overflows; use other units",
                    false => "it must be a finite number",
                };
                let value = format!("{value:e}").to_lowercase();
                return Err(FittingError::Table(format!(
                    "{name}[{at}] is {value}: {what}"
                )));
            }
        }
        if let Some(at) = self.weight.iter().position(|weight| *weight < 0.0) {
            let (name, weight) = (names[2], self.weight[at]);
            return Err(FittingError::Table(format!(
                "{name}[{at}] is {weight}: it must be 0 or more"
            )));
        }
        Ok(())
    }

    pub(crate) fn rows(self, of: &str) -> Result<SomeRows, FittingError> {
        SomeRows::new(vec![self.x, self.y, self.weight], of)
    }
}

/// What a fit of samples comes to.
#[derive(Debug, Clone)]
pub struct GivenFit {
    /// The network, in the user's units.
    pub fitted: Fitted,
    /// How it was found: `best`, `smooth`, `line` or `constant`.
    pub method: &'static str,
    /// Its hidden units.
    pub hidden: usize,
    /// Its mean squared error, by the samples' weights.
    pub loss: f64,
    /// How far that of the samples behind moments may be from it.
    pub loss_bound: Option<f64>,
    /// The largest size of its errors.
    pub max_error: f64,
    /// The variance of y around its mean, by the samples' weights.
    pub variance_of_y: f64,
    /// The candidates on samples left out, where these decided; their errors are in the user's units.
    pub candidates: Vec<CandidateRow>,
    /// Of a network that is best in the largest error: what is proven of it, at the samples.
    pub within: Option<Within>,
    /// Of a network whose bends are penalised: how much.
    pub smoothing: Option<Smoothing>,
    /// The straight pieces with their standard errors, where these are known.
    pub pieces: Vec<PieceRow>,
}

/// Fits samples by a plan [`of_samples`](Plan::of_samples) that takes no steps. `names` are what x and y are called.
///
/// # Errors
///
/// What is wrong with the samples, and what the method cannot do with them.
///
/// # Panics
///
/// With a plan of a descent.
///
/// ```
/// use shallow_fitting::{Given, Hidden, Plan, Request, fit_given};
/// let x: Vec<f64> = (0..50).map(f64::from).collect();
/// let y = x.iter().map(|x| (x - 20.0).abs()).collect();
/// let request = Request { hidden: Some(Hidden::Units(2)), ..Default::default() };
/// let plan = Plan::of_samples(&request, true)?;
/// let fit = fit_given(&plan, Given { x, y, weight: vec![] }, ["x", "y"])?;
/// assert!(fit.fitted.function.predict(&[20.0])[0].abs() < 1e-9 && fit.loss < 1e-18);
/// # Ok::<(), shallow_fitting::FittingError>(())
/// ```
pub fn fit_given(plan: &Plan, given: Given, names: [&str; 2]) -> Result<GivenFit, FittingError> {
    memory::check(plan)?;
    let given = checked(given, names)?;
    let inputs = some_of(&given.x);
    let rows = counting(given, names)?;
    let mut fit = fit_rows(plan, rows, &names.map(String::from))?;
    fit.fitted.inputs = inputs;
    Ok(fit)
}

/// Fits moments by a plan [`of_moments`](Plan::of_moments) that takes no steps. `names` are what x and y are called.
///
/// # Errors
///
/// As [`fit_given`], and where all samples are at one x.
///
/// # Panics
///
/// With a plan of a descent.
pub fn fit_moments(
    plan: &Plan,
    moments: GroupMoments,
    names: [&str; 2],
) -> Result<GivenFit, FittingError> {
    memory::check(plan)?;
    let (low, high) = moments.x();
    if low >= high {
        return Err(FittingError::Table(match moments.n {
            0 => "no row has the numbers that are needed; nothing can be fitted".into(),
            n => format!(
                "all {n} values of {} are {}; nothing can be a function of that",
                names[0],
                short(low)
            ),
        }));
    }
    let rows = SomeRows::standing_for(moments);
    let inputs = some_of(&rows.x);
    let mut fit = fit_rows(plan, rows, &names.map(String::from))?;
    fit.fitted.inputs = inputs;
    Ok(fit)
}

/// Samples that one curve can be fitted to.
fn checked(given: Given, names: [&str; 2]) -> Result<Given, FittingError> {
    given.check([names[0], names[1], "weights"])?;
    let (n, (low, high)) = (given.x.len(), extremes(&given.x));
    let x = names[0];
    let problem = match n {
        0 | 1 => format!(
            "there {}; a fit needs at least 2",
            ["are no samples", "is 1 sample"][n]
        ),
        _ if low == high => {
            let low = short(low);
            format!("all {n} values of {x} are {low}; nothing can be a function of that")
        }
        _ if high - low < NARROWEST => {
            format!("{x} spans less than {NARROWEST:e}; use other units")
        }
        _ => return Ok(given),
    };
    Err(FittingError::Table(problem))
}

/// Those that count, at two inputs at least.
fn counting(given: Given, names: [&str; 2]) -> Result<SomeRows, FittingError> {
    let rows = given.rows("the samples")?;
    let (low, high) = extremes(&rows.x);
    match low < high {
        true => Ok(rows),
        false => Err(FittingError::Table(format!(
            "of the samples whose weight is not 0, all {} are {}; nothing can be a function of that",
            names[0],
            short(low)
        ))),
    }
}

/// Fits rows; where these have one input, by their mean.
pub(crate) fn fit_rows(
    plan: &Plan,
    rows: SomeRows,
    axes: &[String; 2],
) -> Result<GivenFit, FittingError> {
    let [(low, high), _] = rows.ranges();
    if let Some(moments) = &rows.stand_for {
        moments.check()?;
    }
    let is_level = low == high;
    if is_level && !plan.shape.is_free() || !is_level && high - low < NARROWEST {
        return Err(FittingError::Table(format!(
            "all its {} are alike",
            axes[0]
        )));
    }
    let model = Model::Relu { hidden: 1 };
    let mut samples = Samples::of_rows(rows.all_kept(), axes.clone(), &model);
    let data = samples.dataset(&model)?;
    let shape = samples.shape(&plan.shape)?;
    let level;
    let plan = match is_level {
        true => {
            level = plan.with_method(Method::Best(Width::Units(1)));
            &level
        }
        false => plan,
    };
    let found = search(plan, shape.as_ref(), &mut samples, &data)?;
    let account = found.account;
    let variance = account.variance.as_ref();
    let mut fitted = Fitted {
        function: Function::new(found.network, samples.x_scaling, samples.y_scaling),
        domain: samples.domain,
        inputs: Vec::new(),
        names: axes.clone(),
        variance: variance.and_then(|variance| in_units(variance, &samples)),
        max_error: account.corridor.and_then(|within| within.at_rows()),
    };
    let errors = fitted.function.residuals(&samples.x, &samples.y);
    let loss = mean(errors.iter().map(|error| error * error), &samples.weight);
    let max_error = largest(&errors);
    if samples.cells.is_empty() {
        fitted.max_error = fitted.max_error.or(Some(MaxError {
            bound: max_error,
            at_rows: true,
        }));
    }
    if !loss.is_finite() {
        return Err(FittingError::Table(
            "its squared errors overflow; use other units".into(),
        ));
    }
    let loss_bound = samples.loss_bound(&fitted.function);
    let piece_errors = account.piece_errors.as_ref();
    Ok(GivenFit {
        pieces: piece_errors.map_or(Vec::new(), |errors| {
            PieceRow::all(&fitted, errors, &samples)
        }),
        fitted,
        method: account.method,
        hidden: account.hidden,
        loss,
        loss_bound,
        max_error,
        variance_of_y: variance_of(&samples),
        candidates: account.choices.map_or(Vec::new(), |choices| choices.rows),
        within: account.corridor,
        smoothing: account.smoothing,
    })
}

/// What a descent on samples comes to.
#[derive(Debug, Clone)]
pub struct Descended {
    /// The network after the last step, in the user's units.
    pub fitted: Fitted,
    /// The parameters as they were trained, on samples that may be scaled.
    pub parameters: Parameters,
    /// The loss of every epoch before its update, in the user's units.
    pub losses: Vec<f64>,
    /// How gradients were computed.
    pub engine: &'static str,
    /// The mean squared error after the last update.
    pub loss: f64,
    /// The variance of y around its mean.
    pub variance_of_y: f64,
}

/// What is looked at every few epochs: the epoch, its loss, and the network after it.
pub type Look<'a> = &'a mut dyn FnMut(usize, f64, &dyn Fn() -> Fitted) -> ControlFlow<()>;

/// Descends by the engines on the host, by a plan [`of_samples`](Plan::of_samples), from `start` or, if there is none, from weights drawn
/// as the documents draw them. Samples are scaled onto [-1, 1] where x reaches beyond [-4, 4] and no start is given. Once `stop` is
/// true, the epoch at work is the last.
///
/// # Errors
///
/// What is wrong with the samples, a start of another shape, and a loss that diverges.
///
/// # Panics
///
/// With a plan of another method.
pub fn descend_given(
    plan: &Plan,
    given: Given,
    names: [&str; 2],
    start: Option<Parameters>,
    stop: &AtomicBool,
    look: Look,
) -> Result<Descended, FittingError> {
    let descent = planned(plan);
    memory::check(plan)?;
    let rows = counting(checked(given, names)?, names)?;
    let axes = names.map(String::from);
    let mut samples = Samples::of_rows(rows.all_kept(), axes, &descent.model);
    let (low, high) = samples.domain;
    if start.is_some() || -NEAR <= low && high <= NEAR {
        (samples.x_scaling, samples.y_scaling) = (Scaling::IDENTITY, Scaling::IDENTITY);
    }
    let start = |data: &_, weights: Option<&[f64]>| {
        start.unwrap_or_else(|| {
            let drawn = draw_weights(&descent.model, &mut Generator::new(plan));
            at_start(descent, drawn, data, weights)
        })
    };
    let mut descending = Descending::of(descent, samples, start, &mut Silent)?;
    let fit = descending.go_on(stop, &mut |step| {
        look(step.epochs - 1, step.loss, &|| step.fitted())
    })?;
    descending.check(&fit)?;
    let fitted = descending.fitted(fit.model.clone());
    let (samples, scale) = (&descending.samples, descending.scale());
    let errors = fitted.function.residuals(&samples.x, &samples.y);
    Ok(Descended {
        loss: mean(errors.iter().map(|error| error * error), &samples.weight),
        variance_of_y: variance_of(samples),
        losses: fit.losses.iter().map(|loss| scale * loss).collect(),
        engine: fit.engine.name(),
        parameters: fit.model,
        fitted,
    })
}

/// The variance of y around its mean.
fn variance_of(samples: &Samples) -> f64 {
    let mean_y = mean(samples.y.iter().copied(), &samples.weight);
    let squares = samples.y.iter().map(|y| (y - mean_y).powi(2));
    mean(squares, &samples.weight)
}
