//! The view One neuron: one start, several learning rates, and least squares in one step beside them.

use std::{ops::ControlFlow, sync::atomic::AtomicBool};

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use shallow_analytic::{
    Activation, Parameters, Perceptron,
    descent::{Verdict, verdict},
    least_squares,
};
use shallow_fitting::{Descending, FittingError, Plan, Silent, Step, mean_absolute_error};

use super::read::Json;
use crate::{
    answer::{Net, Shown},
    error::StudioError,
    state::{Asked, Shared},
};

/// Rates of one race, and steps of one run.
const RATES: usize = 12;
const STEPS: usize = 1_000_000;

/// The first frames are those of each step; later ones are this share of their epoch apart.
const EACH: usize = 60;
const APART: f64 = 0.03;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Begin {
    asked: Asked,
    rates: Vec<f64>,
}

/// A race that is over.
#[derive(Serialize)]
pub(crate) struct Race {
    shown: Shown,
    /// Before the first step.
    net: Net,
    /// 2 over the largest curvature, where small steps lead to.
    limit: Option<f64>,
    runs: Vec<Run>,
    /// The best polynomial.
    polynomial: Closed,
    /// The best polynomial for what the activation makes of it, where every y is in its range.
    through: Option<Closed>,
}

/// One of its runs.
#[derive(Default, Serialize)]
struct Run {
    rate: f64,
    /// After how many steps its frames are.
    epochs: Vec<usize>,
    /// The losses there, before the update.
    losses: Vec<f64>,
    /// The weights there, after it.
    weights: Vec<Vec<f64>>,
    /// How it went, or why it ended.
    verdict: String,
    has_failed: bool,
    /// The mean absolute error of the last network.
    mae: Option<f64>,
}

/// Least squares.
#[derive(Serialize)]
struct Closed {
    net: Net,
    mae: Option<f64>,
}

pub(crate) async fn race(
    State(studio): State<Shared>,
    Json(begin): Json<Begin>,
) -> Result<Answer<Race>, StudioError> {
    let plan = begin.asked.descent(&studio)?;
    if begin.rates.is_empty() || begin.rates.len() > RATES {
        return Err(StudioError::request(format!(
            "a race has 1 to {RATES} learning rates, got {}",
            begin.rates.len()
        )));
    }
    let work = move |stop: &AtomicBool| Race::run(&plan, &begin.rates, stop);
    studio.work(work).await.map(Answer)
}

impl Race {
    fn run(plan: &Plan, rates: &[f64], stop: &AtomicBool) -> Result<Self, StudioError> {
        let mut descending = Descending::new(plan, &mut Silent)?;
        let start = descending.start().clone();
        let Parameters::Perceptron(neuron) = &start else {
            return Err(StudioError::request(
                "a race is of one neuron; choose the model perceptron",
            ));
        };
        if descending.config.epochs > STEPS {
            return Err(StudioError::request(format!(
                "a race has at most {STEPS} steps, got {}; watch longer ones in the view Train",
                descending.config.epochs
            )));
        }
        let limit = descending.stability_limit(&start);
        let (x, y) = (
            descending.data().x().to_vec(),
            descending.data().y().to_vec(),
        );
        let closed = |targets: &[f64], activation| {
            let weight = least_squares(&x, targets, neuron.weight.len()).weight;
            let neuron = Perceptron { weight, activation };
            let fitted = descending.fitted(Parameters::Perceptron(neuron)).function;
            Closed {
                mae: mean_absolute_error(&fitted, descending.samples()),
                net: (&fitted).into(),
            }
        };
        let polynomial = closed(&y, Activation::Identity);
        let before: Option<Vec<f64>> = y.iter().map(|y| inverse(neuron.activation, *y)).collect();
        let through = before.map(|before| closed(&before, neuron.activation));
        let (shown, net) = (
            Shown::of(descending.samples()),
            (&descending.fitted(start.clone()).function).into(),
        );
        let mut runs = Vec::new();
        for rate in rates {
            runs.push(Run::of(*rate, limit, &mut descending, stop)?);
            descending.restart();
        }
        Ok(Self {
            shown,
            net,
            limit,
            runs,
            polynomial,
            through,
        })
    }
}

impl Run {
    fn of(
        rate: f64,
        limit: Option<f64>,
        descending: &mut Descending,
        stop: &AtomicBool,
    ) -> Result<Self, StudioError> {
        descending.config.learning_rate = rate;
        descending.config.check().map_err(FittingError::from)?;
        descending.config.log_every = 1;
        let mut run = Self {
            rate,
            ..Self::default()
        };
        let (mut next, last) = (1, descending.config.epochs);
        let mut look = |step: &Step| {
            if step.epochs >= next || step.epochs == last {
                run.epochs.push(step.epochs);
                run.losses.push(step.loss);
                run.weights.push(step.parameters().blocks()[0].to_vec());
                next = match step.epochs < EACH {
                    true => step.epochs + 1,
                    false => step.epochs + (APART * step.epochs as f64) as usize,
                };
            }
            ControlFlow::Continue(())
        };
        match descending.go_on(stop, &mut look) {
            Err(error) if run.epochs.is_empty() => return Err(error.into()),
            Err(error) => {
                run.verdict = StudioError::from(error).sentence();
                run.has_failed = true;
            }
            Ok(fit) => {
                let is_saturated = fit.model.is_saturated(descending.data().x());
                let limit = limit.unwrap_or(f64::NAN);
                let verdict = verdict(&fit.losses, is_saturated, rate, limit);
                let has_risen = fit.losses.last() > fit.losses.first();
                run.verdict = match descending.check(&fit) {
                    Err(error) => {
                        run.has_failed = true;
                        StudioError::from(error).sentence()
                    }
                    Ok(())
                        if has_risen && matches!(verdict, Verdict::Converging | Verdict::Slow) =>
                    {
                        "ended above its start".into()
                    }
                    Ok(()) => verdict.name().into(),
                };
                let function = descending.fitted(fit.model).function;
                run.mae = mean_absolute_error(&function, descending.samples());
            }
        }
        Ok(run)
    }
}

/// What the activation makes y of, where there is such a number.
fn inverse(activation: Activation, y: f64) -> Option<f64> {
    let before = match activation {
        Activation::Sigmoid => (y / (1.0 - y)).ln(),
        Activation::Tanh => y.atanh(),
        Activation::Identity => y,
    };
    before.is_finite().then_some(before)
}
