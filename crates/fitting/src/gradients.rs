//! Gradients side by side: the relative difference of the loss's root, and the largest in each block of parameters.

use shallow_analytic::{Parameters, ReluWeights, relative_difference};
use shallow_data::largest;

/// Where the terms of a gradient cancel to less than this share, differences are relative to that share of the terms.
const CANCELLED: f64 = 25.0;
/// Central differences carry the loss's rounding, divided by their step, besides this.
const NUMERIC: f64 = 1e-9;

/// The root of a loss, which differs by roundings of its terms as a gradient does, and the gradient in a model's place.
pub(crate) struct RootAndGradient {
    root: f64,
    pub(crate) gradient: Parameters,
}

impl RootAndGradient {
    pub(crate) fn new(loss: f64, gradient: Parameters) -> Self {
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
pub(crate) struct Reference {
    pub(crate) by_hand: RootAndGradient,
    pub(crate) magnitudes: RootAndGradient,
}

/// Pairs of gradients and how much they differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The model, in a few words.
    pub model: String,
    /// Samples that the gradients are of.
    pub n_samples: usize,
    /// What the columns after the first are called.
    pub blocks: Vec<&'static str>,
    /// The loss there.
    pub loss: f64,
    /// Its gradient, by hand-written backprop.
    pub gradient: Parameters,
    /// A line for each pair.
    pub lines: Vec<CheckLine>,
}

/// One pair of gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckLine {
    /// Which pair.
    pub what: String,
    /// The relative difference of the loss's root; none where it was not computed.
    pub root: Option<f64>,
    /// The largest relative difference in each block.
    pub blocks: Vec<f64>,
    /// The first of the two gradients.
    pub gradient: Parameters,
    /// What may differ.
    pub tolerance: f64,
    /// Whether no more does.
    pub passed: bool,
}

impl Check {
    pub(crate) fn new(gradient: Parameters, loss: f64, n_samples: usize) -> Self {
        let (model, blocks) = match &gradient {
            Parameters::Relu(weights) => (
                format!("relu, {} hidden units", weights.n_hidden()),
                ReluWeights::BLOCKS.to_vec(),
            ),
            Parameters::Perceptron(neuron) => (
                format!("perceptron, {} features", neuron.weight.len()),
                vec!["w"],
            ),
        };
        Self {
            model,
            n_samples,
            blocks,
            loss,
            gradient,
            lines: Vec::new(),
        }
    }

    /// How many pairs differ by more than their tolerance.
    pub fn n_failed(&self) -> usize {
        self.lines.iter().filter(|line| !line.passed).count()
    }

    pub(crate) fn add(
        &mut self,
        what: &str,
        a: &RootAndGradient,
        reference: &Reference,
        tolerance: f64,
    ) {
        let terms = reference.magnitudes.blocks().into_iter();
        let smallest = terms.map(|terms| largest(terms) / CANCELLED).collect();
        let mut differences = differences(a.blocks(), reference.by_hand.blocks(), smallest);
        let passed = differences
            .iter()
            .all(|difference| *difference <= tolerance);
        self.lines.push(CheckLine {
            what: what.into(),
            root: Some(differences.remove(0)),
            gradient: a.gradient.clone(),
            blocks: differences,
            tolerance,
            passed,
        });
    }

    /// Of two gradients the first of which is made of differences of a loss over a step.
    pub(crate) fn add_differences(
        &mut self,
        n: usize,
        a: &Parameters,
        b: &Parameters,
        loss: f64,
        step: f64,
    ) {
        // A loss has thousands of roundings in it at worst, most of which cancel.
        let rounding = 100.0 * f64::EPSILON * loss / step;
        let smallest = vec![rounding / NUMERIC; b.blocks().len()];
        let blocks = differences(a.blocks(), b.blocks(), smallest);
        self.lines.push(CheckLine {
            what: format!("backprop, differences ({n})"),
            root: None,
            gradient: a.clone(),
            passed: blocks.iter().all(|difference| *difference <= NUMERIC),
            blocks,
            tolerance: NUMERIC,
        });
    }
}

/// Relative to the largest entry of a block, or to the smallest size that is given for it.
fn differences(a: Vec<&[f64]>, b: Vec<&[f64]>, smallest: Vec<f64>) -> Vec<f64> {
    let pairs = a.into_iter().zip(b).zip(smallest);
    pairs
        .map(|((a, b), smallest)| {
            let size = largest(a).max(largest(b));
            // Also where all is 0.
            let share = if size >= smallest {
                1.0
            } else {
                size / smallest
            };
            share * relative_difference(a, b)
        })
        .collect()
}
