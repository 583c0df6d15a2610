//! The view Gradients: the check of every engine, at weights that the page may change.

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use shallow_analytic::Parameters;
use shallow_fitting::{
    Check, Descending, FittingError, Plan, Progress, Silent, central_differences, check_at,
};

use super::read::Json;
use crate::{
    error::StudioError,
    state::{Asked, Shared},
};

/// The most samples times parameters of a check that is made as one drags.
const MOST: usize = 20_000_000;

/// Steps of central differences: 10^-0.5, 10^-1, ..., 10^-13.
const STEPS: usize = 26;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Poke {
    asked: Asked,
    /// The parameters, block by block; those at the start, if not given.
    parameters: Option<Vec<Vec<f64>>>,
    /// The parameter whose central differences are wanted, as its block and its place there.
    at: (usize, usize),
}

/// The gradients at some parameters.
#[derive(Serialize)]
pub(crate) struct Gradients {
    model: String,
    n_samples: usize,
    loss: f64,
    blocks: Vec<&'static str>,
    parameters: Vec<Vec<f64>>,
    /// By hand-written backprop.
    gradient: Vec<Vec<f64>>,
    lines: Vec<Line>,
    notes: Vec<String>,
    steps: Vec<f64>,
    differences: Vec<f64>,
}

/// One pair of gradients.
#[derive(Serialize)]
struct Line {
    what: String,
    root: Option<f64>,
    blocks: Vec<f64>,
    tolerance: f64,
    passed: bool,
    /// What the first of the two makes of the parameter that is looked at.
    value: f64,
}

/// Keeps what is noted on the way.
#[derive(Default)]
struct Notes(Vec<String>);

impl Progress for Notes {
    fn begin(&mut self, _: usize, _: usize) {}
    fn show(&mut self, _: usize, _: f64) {}
    fn end(&mut self) {}
    fn note(&mut self, text: &str) {
        self.0.push(text.into());
    }
}

pub(crate) async fn check(
    State(studio): State<Shared>,
    Json(poke): Json<Poke>,
) -> Result<Answer<Gradients>, StudioError> {
    let plan = poke.asked.descent(&studio)?;
    studio
        .work(move |_| Gradients::of(&plan, poke))
        .await
        .map(Answer)
}

impl Gradients {
    fn of(plan: &Plan, poke: Poke) -> Result<Self, StudioError> {
        let descending = Descending::new(plan, &mut Silent)?;
        let start = descending.start();
        let n_samples = descending.data().n_samples();
        if n_samples.saturating_mul(start.n_parameters()) > MOST {
            return Err(StudioError::request(format!(
                "{n_samples} samples are too many to check {} parameters as one drags; take fewer, or use the program's check",
                start.n_parameters()
            )));
        }
        let parameters = match poke.parameters {
            Some(blocks) => moved(start, &blocks)?,
            None => start.clone(),
        };
        let (block, entry) = poke.at;
        let is_there = parameters
            .blocks()
            .get(block)
            .is_some_and(|block| entry < block.len());
        if !is_there {
            return Err(StudioError::request("there is no such parameter"));
        }
        let steps: Vec<f64> = (1..=STEPS)
            .map(|half| 10_f64.powf(-0.5 * half as f64))
            .collect();
        let mut notes = Notes::default();
        let Check {
            model,
            n_samples,
            blocks,
            loss,
            gradient,
            lines,
        } = check_at(&descending, &parameters, &mut notes)?;
        let lines = lines.into_iter().map(|line| Line {
            what: line.what,
            root: line.root,
            blocks: line.blocks,
            tolerance: line.tolerance,
            passed: line.passed,
            value: line.gradient.blocks()[block][entry],
        });
        Ok(Self {
            model,
            n_samples,
            loss,
            blocks,
            differences: central_differences(&descending, &parameters, poke.at, &steps),
            steps,
            gradient: gradient.to_blocks(),
            lines: lines.collect(),
            parameters: parameters.to_blocks(),
            notes: notes.0,
        })
    }
}

/// Parameters like those at the start, with other numbers.
fn moved(start: &Parameters, blocks: &[Vec<f64>]) -> Result<Parameters, StudioError> {
    let lengths = |blocks: &[Vec<f64>]| -> Vec<usize> { blocks.iter().map(Vec::len).collect() };
    let is_like = lengths(blocks) == lengths(&start.to_blocks());
    let are_numbers = blocks.iter().flatten().all(|value| value.abs() <= 1e6); // no NaN is
    match is_like && are_numbers {
        true => Ok(start.with_blocks(blocks)),
        false => Err(StudioError::Fitting(FittingError::Options(
            "weights must be numbers from -1e6 to 1e6, as many as the network has".into(),
        ))),
    }
}
