//! The view Fit: the network of a problem, and the best values at knots that are dragged.

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use shallow_fitting::{Finished, LargestError, Method, Plan, Report, fit as fit_plan, values_at};

use super::read::Json;
use crate::{
    answer::{Net, Shown},
    error::StudioError,
    state::{Asked, Shared},
};

/// A fit as the page shows it.
#[derive(Serialize)]
pub(crate) struct Fitted {
    /// What the program prints.
    summary: String,
    /// What it advises.
    note: Option<String>,
    report: Report,
    shown: Shown,
    net: Net,
    /// Where straight pieces end, the domain's ends among them, and the values there.
    knots: [Vec<f64>; 2],
    largest: Option<Largest>,
    /// Of the best network in the largest error at rows: what none of them is off by more than.
    at_rows: Option<f64>,
    /// The root mean square error over the domain of a function; else on the training rows.
    rms: f64,
}

/// The largest error of a fit to a function.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Largest {
    Proven { least: f64, at: f64, most: f64 },
    Unfinished { least: f64, at: f64 },
    Undefined { at: f64 },
}

pub(crate) async fn fit(
    State(studio): State<Shared>,
    Json(asked): Json<Asked>,
) -> Result<Answer<Fitted>, StudioError> {
    let plan = asked.plan(&studio)?;
    if matches!(plan.method, Method::Descent(_)) {
        return Err(StudioError::request(
            "a descent is watched in the view Train",
        ));
    }
    let its = studio.clone();
    let work = move |_: &_| {
        let mut fitted = Fitted::of(&fit_plan(&plan)?);
        fitted.summary = its.tables.with_names(&fitted.summary);
        Ok(fitted)
    };
    studio.work(work).await.map(Answer)
}

impl Fitted {
    fn of(run: &Finished) -> Self {
        let function = &run.fitted.function;
        let (low, high) = run.fitted.domain;
        let inside = run
            .fitted
            .kinks()
            .into_iter()
            .filter(|kink| low < *kink && *kink < high);
        let knots: Vec<f64> = [low].into_iter().chain(inside).chain([high]).collect();
        let values = function.predict(&knots);
        Self {
            summary: shallow_summary::summary(run),
            note: run.advice.as_ref().map(shallow_summary::advice),
            report: run.report.clone(),
            shown: Shown::of(run.samples()),
            net: function.into(),
            knots: [knots, values],
            largest: run.largest_error.map(Largest::from),
            at_rows: run
                .within
                .filter(|within| !within.is_of_function && !within.band.is_relative)
                .map(|within| within.band.tolerance),
            rms: run
                .rms_everywhere
                .unwrap_or(run.report.errors.train_loss.sqrt()),
        }
    }
}

impl From<LargestError> for Largest {
    fn from(error: LargestError) -> Self {
        match error {
            LargestError::Proven { least, at, most } => Self::Proven { least, at, most },
            LargestError::Unfinished { least, at, .. } => Self::Unfinished { least, at },
            LargestError::Undefined { at } => Self::Undefined { at },
        }
    }
}

/// Knots that are held.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Held {
    asked: Asked,
    knots: Vec<f64>,
}

/// The best values there.
#[derive(Serialize)]
pub(crate) struct Values {
    values: Vec<f64>,
    /// On the training samples.
    loss: f64,
}

pub(crate) async fn values(
    State(studio): State<Shared>,
    Json(held): Json<Held>,
) -> Result<Answer<Values>, StudioError> {
    let plan: Plan = held.asked.plan(&studio)?;
    let work = move |_: &_| {
        let (values, loss) = values_at(&plan, &held.knots)?;
        Ok(Values { values, loss })
    };
    studio.work(work).await.map(Answer)
}
