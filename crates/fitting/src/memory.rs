//! What a plan takes of the machine's memory, told before it is taken.

use shallow_analytic::descent::{Engine, Optimizer};
use sysinfo::System;

use crate::{
    error::FittingError,
    plan::{Goal, Method, Model, Plan, Source, Width},
};

/// A plan of so many bytes is carried out without asking how many there are.
const ALWAYS_FREE: f64 = 1e7;

/// Refuses a plan that needs more memory than is free.
///
/// # Errors
///
/// [`FittingError::Memory`].
pub(crate) fn check(plan: &Plan) -> Result<(), FittingError> {
    let parts = parts(plan);
    let needed: f64 = parts.iter().map(|part| part.bytes).sum();
    if needed <= ALWAYS_FREE {
        return Ok(());
    }
    let free = free().min(reservable(needed));
    if needed <= free {
        return Ok(());
    }
    let most = parts.into_iter().max_by(|a, b| a.bytes.total_cmp(&b.bytes));
    let most = most.expect("there are samples");
    Err(FittingError::Memory {
        what: most.what,
        count: most.count,
        needed,
        free,
    })
}

/// One of the things that memory is taken for.
struct Part {
    what: &'static str,
    count: usize,
    bytes: f64,
}

/// An estimate, from the most that runs of a million samples, units and epochs were seen to take.
fn parts(plan: &Plan) -> Vec<Part> {
    let n_samples = match &plan.source {
        Source::Function(function) => function.n_samples.saturating_add(function.n_test),
        Source::File(_) | Source::Moments(_) | Source::Given { .. } => 0, // not known before it is read
    };
    let part = |what, count: usize, bytes_each: f64| Part {
        what,
        count,
        bytes: count as f64 * bytes_each,
    };
    match &plan.method {
        Method::Best(width) => {
            let hidden = match width {
                Width::Units(hidden) => *hidden,
                Width::Within(_) => 0, // never more than the samples
            };
            vec![
                part("samples", n_samples, 90.0),
                part("hidden units", hidden, 110.0),
            ]
        }
        Method::Smooth(smooth) => vec![
            part("samples", n_samples, 90.0),
            part("hidden units", smooth.hidden.unwrap_or(0), 500.0),
        ],
        Method::Chosen(_) => vec![part("samples", n_samples, 300.0)],
        Method::Corridor(corridor) => {
            let hidden = match corridor.goal {
                Goal::Units(hidden) => hidden,
                Goal::Within(_) => 0, // no more than are told before the work
            };
            vec![
                part("samples", n_samples, 200.0),
                part("hidden units", hidden, 5000.0),
            ]
        }
        Method::Descent(descent) => {
            let config = &descent.config;
            let (hidden, of_sample) = match descent.model {
                Model::Relu { hidden } => (hidden, 90.0),
                Model::Perceptron { degree, .. } => (0, 200.0 + 20.0 * degree as f64),
            };
            let of_unit = match (config.optimizer, config.engine) {
                // A square matrix of all parameters, and its factors.
                (Optimizer::LevenbergMarquardt, _) => 16.0 * 9.0 * hidden as f64,
                (_, Engine::Exact | Engine::Auto) => 900.0,
                (_, Engine::Backprop | Engine::Autodiff) => 2600.0,
            };
            let of_log = 40.0 / config.log_every.max(1) as f64;
            vec![
                part("samples", n_samples, of_sample),
                part("hidden units", hidden, of_unit),
                part("epochs", config.epochs, 56.0 + of_log),
            ]
        }
    }
}

/// Bytes that the machine, or the group of processes that this one belongs to, has left.
fn free() -> f64 {
    let mut system = System::new();
    system.refresh_memory();
    let of_machine = system.available_memory();
    let of_group = system.cgroup_limits().map(|limits| limits.free_memory);
    of_group.map_or(of_machine, |free| free.min(of_machine)) as f64
}

/// How much of this the process may take: it can have a limit of its own. It is reserved and given back, not touched.
fn reservable(bytes: f64) -> f64 {
    let reserves = |bytes: f64| Vec::<u8>::new().try_reserve_exact(bytes as usize).is_ok();
    let (mut low, mut high) = (0.0, bytes);
    if reserves(bytes) {
        return f64::INFINITY;
    }
    for _ in 0..20 {
        let middle = 0.5 * (low + high);
        match reserves(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}
