//! The gradients of every engine and device at the start of a fit, held against hand-written backprop.

use shallow_analytic::{
    ExactGradient, Moments, Parameters, Perceptron, Reduction, ReluWeights, backprop, differences,
};
use shallow_data::Dataset;

#[cfg(feature = "burn")]
use crate::check_devices::check_devices;
use crate::{
    descending::Descending,
    error::FittingError,
    gradients::{Check, Reference, RootAndGradient},
    plan::{DescentPlan, Plan},
    progress::Progress,
    start::{at_start, draw},
};

/// The largest relative difference allowed between the exact engine and backprop: sums of the same terms in another order.
const EXACT: f64 = 1e-12;
/// Terms that central differences may sum up; samples beyond are left out of them.
const WORTH: usize = 4_000_000_000;

/// Computes the gradients at the start of a planned descent by every engine, and on every device of this build.
///
/// # Errors
///
/// As [`run`](crate::run). Gradients that differ are not an error: see [`Check::n_failed`].
pub fn check(
    plan: &Plan,
    descent: &DescentPlan,
    progress: &mut dyn Progress,
) -> Result<Check, FittingError> {
    let (samples, drawn) = draw(plan)?;
    let drawn = drawn.expect("a descent has weights");
    let data = samples.dataset(&descent.model)?;
    let start = at_start(descent, drawn, &data, samples.weights());
    check_parameters(&start, &data, descent.config.reduction, progress)
}

/// As [`check`], at any parameters of a descent.
///
/// # Errors
///
/// As [`run`](crate::run).
pub fn check_at(
    descending: &Descending,
    parameters: &Parameters,
    progress: &mut dyn Progress,
) -> Result<Check, FittingError> {
    let reduction = descending.config.reduction;
    check_parameters(parameters, &descending.data, reduction, progress)
}

/// The central differences of hand-written backprop's loss in one parameter, over each of some steps.
pub fn central_differences(
    descending: &Descending,
    parameters: &Parameters,
    (block, entry): (usize, usize),
    steps: &[f64],
) -> Vec<f64> {
    let reduction = descending.config.reduction;
    let loss = |step: f64| {
        let mut blocks = parameters.to_blocks();
        blocks[block][entry] += step;
        by_hand(
            &parameters.with_blocks(&blocks),
            &descending.data,
            reduction,
        )
        .0
    };
    let difference = |step: &f64| (loss(*step) - loss(-step)) / (2.0 * step);
    steps.iter().map(difference).collect()
}

/// The loss and its gradient, by hand-written backprop.
fn by_hand(parameters: &Parameters, data: &Dataset, reduction: Reduction) -> (f64, Parameters) {
    match parameters {
        Parameters::Relu(weights) => {
            let mut gradient = weights.clone();
            let (x, y) = (data.x(), data.y());
            let loss = backprop::loss_and_gradient(weights, x, y, reduction, &mut gradient);
            (loss, Parameters::Relu(gradient))
        }
        Parameters::Perceptron(neuron) => {
            let (loss, weight) = neuron.gradient(data.x(), data.y(), reduction);
            let activation = neuron.activation;
            (
                loss,
                Parameters::Perceptron(Perceptron { weight, activation }),
            )
        }
    }
}

fn check_parameters(
    parameters: &Parameters,
    data: &Dataset,
    reduction: Reduction,
    progress: &mut dyn Progress,
) -> Result<Check, FittingError> {
    let (loss, gradient) = by_hand(parameters, data, reduction);
    let mut check = Check::new(gradient, loss, data.n_samples());
    match parameters {
        Parameters::Relu(weights) => check_relu(&mut check, weights, data, reduction, progress)?,
        Parameters::Perceptron(neuron) => {
            check_perceptron(&mut check, neuron, data, reduction, progress)?;
        }
    }
    Ok(check)
}

#[cfg(not(feature = "burn"))]
fn check_devices(
    _: &mut Check,
    _: &Parameters,
    _: &Dataset,
    _: Reduction,
    _: &Reference,
    progress: &mut dyn Progress,
) -> Result<(), FittingError> {
    progress.note("autodiff is left out, as this build is made without Burn");
    Ok(())
}

fn check_relu(
    check: &mut Check,
    weights: &ReluWeights,
    data: &Dataset,
    reduction: Reduction,
    progress: &mut dyn Progress,
) -> Result<(), FittingError> {
    let backprop = |weights: &ReluWeights, data: &Dataset| {
        by_hand(&Parameters::Relu(weights.clone()), data, reduction)
    };
    let loss = check.loss;
    let n_parameters = 3 * weights.n_hidden() + 1;
    let worth = (WORTH / (2 * n_parameters * weights.n_hidden())).max(10);
    // A difference across a kink has two slopes: samples that near one are left out.
    let is_clear = |x: &f64| {
        differences::distance_to_kink(weights, &[*x]) > 2.0 * differences::STEP * x.abs().max(1.0)
    };
    let (x, y): (Vec<f64>, Vec<f64>) = data
        .x()
        .iter()
        .zip(data.y())
        .filter(|(x, _)| is_clear(x))
        .take(worth)
        .unzip();
    if !x.is_empty() {
        let n = x.len();
        let clear = Dataset::new(x, y, n)?;
        let differences = differences::gradient(weights, |moved| backprop(moved, &clear).0);
        check.add_differences(
            n,
            &Parameters::Relu(differences),
            &backprop(weights, &clear).1,
            loss,
            differences::STEP,
        );
    }
    let (loss_terms, terms) = differences::magnitudes(weights, data.x(), data.y(), reduction);
    let reference = Reference {
        by_hand: RootAndGradient::new(loss, check.gradient.clone()),
        magnitudes: RootAndGradient::new(loss_terms, Parameters::Relu(terms)),
    };
    let moments = Moments::new(data.x(), data.y());
    let mut exact = weights.clone();
    let mut engine = ExactGradient::new(&moments, weights.n_hidden());
    engine.loss_and_gradient(weights, reduction, &mut exact);
    let loss = engine.precise_loss(weights, reduction);
    let exact = RootAndGradient::new(loss, Parameters::Relu(exact));
    check.add("exact, backprop", &exact, &reference, EXACT);
    check_devices(
        check,
        &Parameters::Relu(weights.clone()),
        data,
        reduction,
        &reference,
        progress,
    )
}

fn check_perceptron(
    check: &mut Check,
    neuron: &Perceptron,
    data: &Dataset,
    reduction: Reduction,
    progress: &mut dyn Progress,
) -> Result<(), FittingError> {
    // The cube root of a rounding, at which truncation and rounding are alike.
    const STEP: f64 = 1e-5;
    let of = |weight: Vec<f64>| {
        Parameters::Perceptron(Perceptron {
            weight,
            activation: neuron.activation,
        })
    };
    let loss = check.loss;
    let (loss_terms, terms) = neuron.magnitudes(data.x(), data.y(), reduction);
    let reference = Reference {
        by_hand: RootAndGradient::new(loss, check.gradient.clone()),
        magnitudes: RootAndGradient::new(loss_terms, of(terms)),
    };
    let at = |i: usize, step: f64| {
        let mut moved = neuron.clone();
        moved.weight[i] += step;
        moved.gradient(data.x(), data.y(), reduction).0
    };
    let difference = |i| (at(i, STEP) - at(i, -STEP)) / (2.0 * STEP);
    let differences = (0..neuron.weight.len()).map(difference).collect();
    let n = data.n_samples();
    check.add_differences(n, &of(differences), &reference.by_hand.gradient, loss, STEP);
    check_devices(
        check,
        &Parameters::Perceptron(neuron.clone()),
        data,
        reduction,
        &reference,
        progress,
    )
}
