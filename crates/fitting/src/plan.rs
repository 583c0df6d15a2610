//! A fit, decided: what to fit, by which method, with every setting that applies.

use std::path::PathBuf;

use shallow_analytic::{Activation, descent::FitConfig};
use shallow_export::{Counts, Dtype};
use shallow_splines::Criterion;

use crate::{
    choice::Among,
    request::{LossName, Request, RngName, Side, StartName},
    shape::ShapePlan,
};

/// A fit, decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What to fit.
    pub source: Source,
    /// How the network is found.
    pub method: Method,
    /// What is least over noisy samples.
    pub loss: LossName,
    /// The shape that the fit must have.
    pub shape: ShapePlan,
    /// The share of cases that bands hold, where some are wanted.
    pub bands: Option<f64>,
    /// The generator of all that is drawn.
    pub rng: RngName,
    /// Its seed.
    pub seed: u64,
}

/// What to fit.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A function.
    Function(FunctionSource),
    /// Two columns of a table.
    File(FileSource),
    /// Tables of moments.
    Moments(MomentsSource),
    /// Samples that the caller has.
    Given {
        /// Whether they carry noise.
        is_noisy: bool,
    },
}

/// A function to fit, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionSource {
    /// As it was typed.
    pub text: String,
    /// The interval of x, as it was typed.
    pub domain: String,
    /// Training samples, drawn evenly.
    pub n_samples: usize,
    /// Test samples, evenly spaced.
    pub n_test: usize,
    /// Standard deviation of normal noise on the training samples.
    pub noise: f64,
}

/// Two columns of a CSV file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSource {
    /// The file, or `-`.
    pub path: PathBuf,
    /// The column of inputs, by name or number.
    pub x: Option<String>,
    /// The column to fit.
    pub y: Option<String>,
    /// The column of weights; all rows count alike, if not given.
    pub weight: Option<String>,
    /// The column of groups, each of which is fitted on its own.
    pub by: Option<String>,
    /// Whether rows that lack a number are passed over.
    pub skips_missing: bool,
    /// Rows to train on; all that are not held out, if not given.
    pub n_samples: Option<usize>,
    /// Rows to hold out; a fifth, if not given.
    pub n_test: Option<usize>,
}

/// Tables of moments, which add up.
#[derive(Debug, Clone, PartialEq)]
pub struct MomentsSource {
    /// The files, or `-`.
    pub paths: Vec<PathBuf>,
    /// What their groups are called, each of which is fitted on its own.
    pub by: Option<String>,
    /// What x and y are called.
    pub names: [String; 2],
}

impl MomentsSource {
    /// As asked for.
    pub(crate) fn new(request: &Request, paths: Vec<PathBuf>) -> Self {
        let name = |asked: &Option<String>, usual: &str| asked.clone().unwrap_or(usual.into());
        Self {
            paths,
            by: request.by.clone(),
            names: [name(&request.x, "x"), name(&request.y, "y")],
        }
    }
}

/// How a network is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// The best ReLU network of a width.
    Best(Width),
    /// The ReLU network whose largest error is least, or the narrowest within one.
    Corridor(CorridorPlan),
    /// A ReLU network whose bends are penalised.
    Smooth(SmoothPlan),
    /// What predicts best of these, on samples left out.
    Chosen(Among),
    /// Gradient descent and its kin.
    Descent(Box<DescentPlan>),
}

impl Method {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Best(_) | Self::Corridor(_) => "best",
            Self::Smooth(_) => "smooth",
            Self::Chosen(_) => "auto",
            Self::Descent(_) => "descent",
        }
    }

    /// The hidden units that are asked for, where a number is.
    pub(crate) fn hidden(&self) -> Option<usize> {
        match self {
            Self::Best(Width::Units(hidden)) => Some(*hidden),
            Self::Smooth(smooth) => smooth.hidden,
            Self::Corridor(corridor) => match corridor.goal {
                Goal::Units(hidden) => Some(hidden),
                Goal::Within(_) => None,
            },
            Self::Best(Width::Within(_)) | Self::Chosen(_) => None,
            Self::Descent(descent) => match descent.model {
                Model::Relu { hidden } => Some(hidden),
                Model::Perceptron { .. } => None,
            },
        }
    }
}

/// How wide a best network is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Width {
    /// This many hidden units.
    Units(usize),
    /// The fewest that meet this root mean square error.
    Within(f64),
}

/// A network whose bends are penalised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmoothPlan {
    /// Hidden units; if not given, the fewest that are as good as very many.
    pub hidden: Option<usize>,
    /// How much bends are penalised.
    pub penalty: Penalty,
}

/// How much bends are penalised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Penalty {
    /// So much.
    Fixed(f64),
    /// As much as this says.
    By(Criterion),
}

/// A best network in the largest error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorridorPlan {
    /// What is given of the width and the error.
    pub goal: Goal,
    /// Whether errors are shares of the values.
    pub is_relative: bool,
    /// On which side of the values the network may be.
    pub side: Side,
    /// The numbers of the table that is to be within the error, in place of the network.
    pub target: Option<Target>,
}

/// The numbers of a table for another machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The type.
    pub dtype: Dtype,
    /// What counts of x stand for; spread over the domain, if not given.
    pub x_scale: Option<Counts>,
    /// What counts of y stand for; spread over the values, if not given.
    pub y_scale: Option<Counts>,
}

/// One of a width and an error is given, the other is to be least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// This many hidden units, with the least largest error.
    Units(usize),
    /// The fewest units within this largest error.
    Within(f64),
}

/// How to descend.
#[derive(Debug, Clone, PartialEq)]
pub struct DescentPlan {
    /// The model.
    pub model: Model,
    /// Where to begin.
    pub start: StartName,
    /// Steps, rate, engine, optimizer and the rest.
    pub config: FitConfig,
    /// Epochs without a lower loss on test samples before it stops, and keeps the best network; to the end, if not given.
    pub patience: Option<usize>,
    /// The device for autodiff, by name.
    pub device: String,
    /// Float type there; the device's best, if not given.
    pub dtype: Option<Dtype>,
}

/// A model and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Model {
    /// The two-layer ReLU network.
    Relu {
        /// Hidden units.
        hidden: usize,
    },
    /// One neuron on x^D, ..., x, 1.
    Perceptron {
        /// D.
        degree: usize,
        /// What it does to the weighted sum.
        activation: Activation,
    },
}

/// Samples that a piece of a best network must have by default: with fewer it fits their noise.
pub(crate) const SAMPLES_OF_PIECE: usize = 5;

impl Plan {
    /// The same fit with what was found out on the way: a width, an engine, a device.
    pub fn with_method(&self, method: Method) -> Self {
        Self {
            method,
            ..self.clone()
        }
    }
}

impl Source {
    /// The column of groups, where each is to have a network of its own.
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Function(_) | Self::Given { .. } => None,
            Self::Moments(moments) => moments.by.as_deref(),
            Self::File(file) => file.by.as_deref(),
        }
    }

    /// Whether the samples carry noise, as far as is known.
    pub fn is_noisy(&self) -> bool {
        match self {
            Self::Function(function) => function.noise > 0.0,
            Self::File(_) | Self::Moments(_) => true,
            Self::Given { is_noisy } => *is_noisy,
        }
    }
}
