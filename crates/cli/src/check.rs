//! `shallow check`: the gradients of every engine and device at the start of a fit, held against hand-written backprop.

use std::fmt::Write;

use anyhow::{Result, bail};
use shallow::{
    BACKENDS, Dataset, DeviceError, Error, ExactGradient, FloatDType, HostModel, Moments,
    Perceptron, Reduction, Regressor, ReluWeights, SigmoidPerceptron, TwoLayerReluNet,
    analytic::{backprop, numeric, relative_difference},
};

use crate::{
    args::CheckArgs,
    error::usage,
    print,
    problem::Problem,
    report::largest,
    settings::Settings,
    start::{self, name_of},
};

/// The largest relative difference allowed between autodiff and backprop: thousands of roundings in f64, a hundred in f32.
const AUTODIFF: [(FloatDType, f64); 2] = [(FloatDType::F64, 1e-12), (FloatDType::F32, 1e-5)];
/// The same between the exact engine and backprop: sums of the same terms in another order.
const EXACT: f64 = 1e-12;
/// Where the terms of a gradient cancel to less than one in so many, differences are relative to that share of the terms.
const CANCELLED: f64 = 25.0;
/// Central differences carry the loss's rounding, divided by their step, besides this.
const NUMERIC: f64 = 1e-9;
/// Terms that central differences may sum up; samples beyond are left out of them.
const WORTH: usize = 4_000_000_000;

pub fn run(args: &CheckArgs) -> Result<()> {
    let settings = Settings::new(args.flags.with(args.config.as_deref())?)?;
    let flags = settings.flags();
    if flags.tolerance.is_some() {
        return Err(usage(
            "a check needs a width; give it --hidden in place of --tolerance",
        ));
    }
    let mut draw = settings.generator();
    let mut problem = Problem::load(&settings, &mut draw)?;
    let model = start::weights(&settings, &mut draw)?;
    problem.add_noise(flags.noise.unwrap_or(0.0), &mut draw);
    let data = problem.train(flags)?;
    let model = start::best_if_asked(&settings, model, &data);
    let reduction = settings.fit_config().reduction;
    let mut table = Table::new(&model, data.n_samples());
    match &model {
        HostModel::Relu(weights) => check_relu(&mut table, weights, &data, reduction)?,
        HostModel::Perceptron(neuron) => check_perceptron(&mut table, neuron, &data, reduction)?,
    }
    print(table.text.as_bytes())?;
    match table.n_failed {
        0 => Ok(()),
        n => bail!("{n} of the gradients above differ by more than their tolerance"),
    }
}

fn check_relu(
    table: &mut Table,
    weights: &ReluWeights,
    data: &Dataset,
    reduction: Reduction,
) -> Result<()> {
    let backprop = |weights: &ReluWeights, data: &Dataset| {
        let mut gradient = weights.clone();
        let loss =
            backprop::loss_and_gradient(weights, data.x(), data.y(), reduction, &mut gradient);
        (loss, gradient)
    };
    let (loss, gradient) = backprop(weights, data);
    let n_parameters = 3 * weights.n_hidden() + 1;
    let worth = (WORTH / (2 * n_parameters * weights.n_hidden())).max(10);
    // A difference across a kink has two slopes: samples that near one are left out.
    let is_clear = |x: &f64| {
        numeric::distance_to_kink(weights, &[*x]) > 2.0 * numeric::STEP * x.abs().max(1.0)
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
        let clear = Dataset::new(x, y, n).map_err(Error::from)?;
        let differences = numeric::gradient(weights, |moved| backprop(moved, &clear).0);
        table.add_differences(
            n,
            &HostModel::Relu(differences),
            &HostModel::Relu(backprop(weights, &clear).1),
            loss,
            numeric::STEP,
        );
    }
    let (loss_terms, terms) = numeric::magnitudes(weights, data.x(), data.y(), reduction);
    let reference = Reference {
        by_hand: RootAndGradient::new(loss, HostModel::Relu(gradient)),
        magnitudes: RootAndGradient::new(loss_terms, HostModel::Relu(terms)),
    };
    let moments = Moments::new(data.x(), data.y());
    let mut exact = weights.clone();
    let mut engine = ExactGradient::new(&moments, weights.n_hidden());
    engine.loss_and_gradient(weights, reduction, &mut exact);
    let loss = engine.precise_loss(weights, reduction);
    let exact = RootAndGradient::new(loss, HostModel::Relu(exact));
    table.add("exact, backprop", &exact, &reference, EXACT);
    check_devices(table, data, reduction, &reference, |device, dtype| {
        TwoLayerReluNet::from_weights(weights, device, dtype)
    })
}

fn check_perceptron(
    table: &mut Table,
    neuron: &Perceptron,
    data: &Dataset,
    reduction: Reduction,
) -> Result<()> {
    // The cube root of a rounding, at which truncation and rounding are alike.
    const STEP: f64 = 1e-5;
    let of = |weight: Vec<f64>| {
        HostModel::Perceptron(Perceptron {
            weight,
            activation: neuron.activation,
        })
    };
    let (loss, gradient) = neuron.gradient(data.x(), data.y(), reduction);
    let (loss_terms, terms) = neuron.magnitudes(data.x(), data.y(), reduction);
    let reference = Reference {
        by_hand: RootAndGradient::new(loss, of(gradient)),
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
    table.add_differences(n, &of(differences), &reference.by_hand.gradient, loss, STEP);
    check_devices(table, data, reduction, &reference, |device, dtype| {
        SigmoidPerceptron::from_weights(neuron, device, dtype)
    })
}

/// Autodiff on every device of this build, in every float type it has.
fn check_devices<M: Regressor>(
    table: &mut Table,
    data: &Dataset,
    reduction: Reduction,
    reference: &Reference,
    module: impl Fn(&shallow::Device, FloatDType) -> Result<M, shallow::ModelError>,
) -> Result<()> {
    for backend in BACKENDS {
        let device = match shallow::device(backend) {
            Ok(device) => device,
            Err(DeviceError::NotCompiledIn { .. }) => continue,
            Err(error) => {
                eprintln!("note: {error}");
                continue;
            }
        };
        for (dtype, tolerance) in AUTODIFF {
            match module(&device, dtype) {
                Ok(model) => {
                    let (loss, gradient) =
                        shallow::gradient(&model, data, reduction).map_err(Error::from)?;
                    let how = if model.is_fused() {
                        "fused"
                    } else {
                        "composed"
                    };
                    let what = format!("autodiff {backend} {} {how}, backprop", name_of(dtype));
                    let theirs = RootAndGradient::new(loss, gradient.to_host());
                    table.add(&what, &theirs, reference, tolerance);
                }
                Err(error) => eprintln!("note: {error}"),
            }
        }
    }
    Ok(())
}

/// The root of a loss, which differs by roundings of its terms as a gradient does, and the gradient in a model's place.
struct RootAndGradient {
    root: f64,
    gradient: HostModel,
}

impl RootAndGradient {
    fn new(loss: f64, gradient: HostModel) -> Self {
        let root = loss.sqrt();
        Self { root, gradient }
    }

    fn blocks(&self) -> Vec<&[f64]> {
        let mut blocks = self.gradient.blocks();
        blocks.insert(0, std::slice::from_ref(&self.root));
        blocks
    }
}

/// What the others are held against: backprop's, and how large that would be if nothing cancelled.
struct Reference {
    by_hand: RootAndGradient,
    magnitudes: RootAndGradient,
}

/// The relative difference of the loss's root and the largest in each block of parameters, a line for each pair of gradients.
struct Table {
    text: String,
    n_failed: usize,
}

impl Table {
    fn new(model: &HostModel, n_samples: usize) -> Self {
        let (what, blocks): (_, &[&str]) = match model {
            HostModel::Relu(weights) => (
                format!("relu, {} hidden units", weights.n_hidden()),
                &ReluWeights::BLOCKS,
            ),
            HostModel::Perceptron(neuron) => (
                format!("perceptron, {} features", neuron.weight.len()),
                &["w"],
            ),
        };
        let mut text = format!("{what}, {n_samples} samples\n");
        text += &format!("{:<38}{:>9}", "largest relative difference", "rms");
        blocks
            .iter()
            .for_each(|block| text += &format!("{block:>9}"));
        text += "   tolerance\n";
        Self { text, n_failed: 0 }
    }

    fn add(&mut self, what: &str, a: &RootAndGradient, reference: &Reference, tolerance: f64) {
        let _ = write!(self.text, "{what:<38}"); // writing to a String does not fail
        let terms = reference.magnitudes.blocks().into_iter();
        let smallest = terms.map(|terms| largest(terms) / CANCELLED).collect();
        self.add_line(a.blocks(), reference.by_hand.blocks(), smallest, tolerance);
    }

    /// Of two gradients the first of which is made of differences of a loss over a step.
    fn add_differences(&mut self, n: usize, a: &HostModel, b: &HostModel, loss: f64, step: f64) {
        let what = format!("backprop, differences ({n})");
        let _ = write!(self.text, "{what:<38}{:>9}", "");
        // A loss has thousands of roundings in it at worst, most of which cancel.
        let rounding = 100.0 * f64::EPSILON * loss / step;
        let smallest = vec![rounding / NUMERIC; b.blocks().len()];
        self.add_line(a.blocks(), b.blocks(), smallest, NUMERIC);
    }

    /// Relative to the largest entry of a block, or to the smallest size it is given.
    fn add_line(&mut self, a: Vec<&[f64]>, b: Vec<&[f64]>, smallest: Vec<f64>, tolerance: f64) {
        let mut passed = true;
        for ((a, b), smallest) in a.into_iter().zip(b).zip(smallest) {
            let size = largest(a).max(largest(b));
            let share = if size > smallest {
                1.0
            } else {
                size / smallest
            };
            let difference = share * relative_difference(a, b);
            passed &= difference <= tolerance;
            let _ = write!(self.text, "{difference:>9.1e}");
        }
        self.n_failed += usize::from(!passed);
        let verdict = if passed { "" } else { "  failed" };
        let _ = writeln!(self.text, "   {tolerance:.0e}{verdict}");
    }
}
