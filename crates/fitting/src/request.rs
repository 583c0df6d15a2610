//! What is asked for: the options of a fit by name, as a front end or a configuration file gives them.

use std::{fs, path::Path, path::PathBuf};

use serde::{Deserialize, Serialize};
use shallow_analytic::{Activation, Reduction, descent::Engine};
use shallow_export::{Counts, Direction, Dtype};
use shallow_splines::Criterion;

use crate::error::FittingError;

/// The options of a fit; those that are absent take their defaults in a [`Plan`](crate::Plan).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    /// The function, typed or by its name in the catalogue.
    pub function: Option<String>,
    /// The interval of x, as `a:b`.
    pub domain: Option<String>,
    /// A CSV file, or `-` for standard input.
    pub csv: Option<PathBuf>,
    /// Tables of moments, which add up; `-` is standard input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moments: Vec<PathBuf>,
    /// The column of inputs.
    pub x: Option<String>,
    /// The column to fit.
    pub y: Option<String>,
    /// The column of weights.
    pub weight: Option<String>,
    /// The column of groups, each of which is fitted on its own.
    pub by: Option<String>,
    /// What becomes of rows without a number.
    pub missing: Option<MissingName>,
    /// Training samples.
    pub samples: Option<usize>,
    /// Test samples.
    pub test_samples: Option<usize>,
    /// Standard deviation of normal noise on a function's training samples.
    pub noise: Option<f64>,
    /// How the network is found.
    pub method: Option<MethodName>,
    /// Hidden units.
    pub hidden: Option<Hidden>,
    /// How much the bends of a smooth network are penalised.
    pub penalty: Option<f64>,
    /// By what that is chosen.
    pub criterion: Option<CriterionName>,
    /// What is least over the samples.
    pub loss: Option<LossName>,
    /// The share of cases that bands hold.
    pub bands: Option<f64>,
    /// Whether the fit rises or falls.
    pub monotone: Option<Direction>,
    /// Whether its slopes rise.
    pub convex: Option<bool>,
    /// Whether its slopes fall.
    pub concave: Option<bool>,
    /// Points that it passes through, as `x:y,x:y`.
    pub through: Option<String>,
    /// The largest size of its slopes.
    pub max_slope: Option<f64>,
    /// The error that the fewest units must meet.
    pub tolerance: Option<f64>,
    /// Which error that is, or which one is to be least.
    pub norm: Option<Norm>,
    /// Whether a largest error is a share of the value.
    pub relative: Option<bool>,
    /// On which side of the values the network may be.
    pub side: Option<Side>,
    /// Which model.
    pub model: Option<ModelName>,
    /// Degree of a perceptron's polynomial.
    pub degree: Option<usize>,
    /// A perceptron's activation.
    pub activation: Option<Activation>,
    /// How gradients are computed.
    pub engine: Option<Engine>,
    /// How a step follows from the gradient.
    pub optimizer: Option<OptimizerName>,
    /// Where descent begins.
    pub start: Option<StartName>,
    /// Learning rate.
    pub lr: Option<f64>,
    /// Steps over all samples.
    pub epochs: Option<usize>,
    /// Epochs without a lower loss on test samples before descent stops.
    pub patience: Option<usize>,
    /// What the squared errors are divided by.
    pub reduction: Option<Reduction>,
    /// Times each parameter, added to its gradient.
    pub weight_decay: Option<f64>,
    /// Epochs from one logged loss to the next.
    pub log_every: Option<usize>,
    /// A device's name, or `auto`.
    pub device: Option<String>,
    /// Float type of the model on a device; with a largest error, the type of the table that is to be within it.
    pub dtype: Option<Dtype>,
    /// What counts of x stand for, in a table of counts.
    pub x_scale: Option<Counts>,
    /// What counts of y stand for.
    pub y_scale: Option<Counts>,
    /// The generator of all that is drawn.
    pub rng: Option<RngName>,
    /// Its seed.
    pub seed: Option<u64>,
}

/// What becomes of rows that lack a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MissingName {
    /// They are an error.
    Error,
    /// They are passed over, and counted.
    Skip,
}

/// How a network is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MethodName {
    /// The one that suits what is fitted.
    Auto,
    /// The best network of a width.
    Best,
    /// A network whose bends are penalised.
    Smooth,
    /// Gradient descent and its kin.
    Descent,
}

/// A number of hidden units, or as many as the samples support.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Hidden {
    /// This many.
    Units(usize),
    /// By the samples left out.
    Named(AutoName),
}

/// `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AutoName {
    /// `auto`.
    Auto,
}

/// What is least over the samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LossName {
    /// The squared errors.
    #[default]
    Squared,
    /// The squares of small errors, and the sizes of large ones.
    Huber,
    /// The sizes.
    Absolute,
    /// The squares of small errors; large ones count no more than some.
    Tukey,
}

/// By what a penalty is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CriterionName {
    /// Generalised cross-validation.
    Gcv,
    /// Restricted maximum likelihood.
    Reml,
}

impl CriterionName {
    pub(crate) fn criterion(self) -> Criterion {
        match self {
            Self::Gcv => Criterion::Gcv,
            Self::Reml => Criterion::Reml,
        }
    }

    pub(crate) fn of(criterion: Criterion) -> Self {
        match criterion {
            Criterion::Gcv => Self::Gcv,
            Criterion::Reml => Self::Reml,
        }
    }

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gcv => "gcv",
            Self::Reml => "reml",
        }
    }
}

/// A way to measure errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Norm {
    /// Root mean square.
    Rms,
    /// The largest.
    Max,
}

/// The sides of a function on which a network may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Above it and below it.
    #[default]
    Both,
    /// Nowhere below it.
    Above,
    /// Nowhere above it.
    Below,
}

/// A model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelName {
    /// The two-layer ReLU network.
    Relu,
    /// One neuron on powers of x.
    Perceptron,
}

/// An optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerName {
    /// Gradient descent.
    Gd,
    /// With momentum 0.9.
    Momentum,
    /// Adam with 0.9, 0.999 and 1e-8.
    Adam,
    /// Levenberg-Marquardt.
    Lm,
}

/// Where descent begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartName {
    /// At random weights, as the documents draw them.
    Random,
    /// At the best network of the width.
    Best,
}

/// A generator of random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RngName {
    /// NumPy's own numbers.
    Numpy,
    /// More seeds.
    Rand,
}

/// What a parser of options says, in one sentence and in words that are not Rust's.
pub fn plain_message(message: &str) -> String {
    let words = [
        (
            "data did not match any variant of untagged enum Hidden",
            "hidden must be a whole number or \"auto\"",
        ),
        ("invalid type: null", "nothing was given"),
        ("invalid type: ", "got "),
        ("invalid value: ", "got "),
        ("got integer", "got"),
        ("got floating point", "got"),
        ("unknown variant", "unknown name"),
        ("expected usize", "expected a whole number from 0 on"),
        ("expected u64", "expected a whole number from 0 on"),
        ("expected f64", "expected a number"),
    ];
    let mut text = message.trim().replace('\n', ", ");
    for (ours, plain) in words {
        text = text.replace(ours, plain);
    }
    text
}

impl Request {
    /// Reads the options in a TOML file.
    ///
    /// # Errors
    ///
    /// [`FittingError::Read`], and [`FittingError::Config`] with the line.
    pub fn read(path: &Path) -> Result<Self, FittingError> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|source| FittingError::Read {
            name: name.clone(),
            source,
        })?;
        toml::from_str(&text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| {
                text[..span.start.min(text.len())].matches('\n').count() + 1
            });
            FittingError::Config {
                file: name,
                line,
                what: plain_message(error.message()),
            }
        })
    }

    /// As the text of a TOML file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("options are text and numbers")
    }

    /// These options, and where they are silent, others; what contradicts these is left out of the others.
    pub fn or(self, mut others: Self) -> Self {
        if self.function.is_some() || !self.moments.is_empty() {
            (others.csv, others.x, others.y) = (None, None, None);
            (others.weight, others.missing, others.by) = (None, None, None);
        }
        if self.csv.is_some() || !self.moments.is_empty() {
            (others.function, others.domain, others.noise) = (None, None, None);
        }
        if self.function.is_some() || self.csv.is_some() || !self.moments.is_empty() {
            others.moments.clear();
        }
        if self.hidden.is_some() || self.tolerance.is_some() {
            (others.hidden, others.tolerance) = (None, None);
            others = others.without_norm();
        }
        let is_other = |method| method != MethodName::Smooth;
        if self.penalty.is_some() || self.criterion.is_some() || self.method.is_some_and(is_other) {
            (others.penalty, others.criterion) = (None, None);
        }
        if self.convex.is_some() || self.concave.is_some() {
            (others.convex, others.concave) = (None, None);
        }
        if self.optimizer == Some(OptimizerName::Lm) {
            (others.lr, others.epochs) = (None, None);
        }
        match self.method {
            None if self.means_descent() => {
                (others.method, others.tolerance) = (None, None);
                (others.loss, others.bands) = (None, None);
                others = others.without_shape();
                others = others.without_norm();
                if others.hidden == Some(Hidden::Named(AutoName::Auto)) {
                    others.hidden = None;
                }
            }
            None | Some(MethodName::Descent) => {}
            Some(_) => others = others.without_descent(),
        }
        Self {
            function: self.function.or(others.function),
            domain: self.domain.or(others.domain),
            csv: self.csv.or(others.csv),
            moments: match self.moments.is_empty() {
                true => others.moments,
                false => self.moments,
            },
            x: self.x.or(others.x),
            y: self.y.or(others.y),
            weight: self.weight.or(others.weight),
            by: self.by.or(others.by),
            missing: self.missing.or(others.missing),
            samples: self.samples.or(others.samples),
            test_samples: self.test_samples.or(others.test_samples),
            noise: self.noise.or(others.noise),
            method: self.method.or(others.method),
            hidden: self.hidden.or(others.hidden),
            penalty: self.penalty.or(others.penalty),
            criterion: self.criterion.or(others.criterion),
            loss: self.loss.or(others.loss),
            bands: self.bands.or(others.bands),
            monotone: self.monotone.or(others.monotone),
            convex: self.convex.or(others.convex),
            concave: self.concave.or(others.concave),
            through: self.through.or(others.through),
            max_slope: self.max_slope.or(others.max_slope),
            tolerance: self.tolerance.or(others.tolerance),
            norm: self.norm.or(others.norm),
            relative: self.relative.or(others.relative),
            side: self.side.or(others.side),
            model: self.model.or(others.model),
            degree: self.degree.or(others.degree),
            activation: self.activation.or(others.activation),
            engine: self.engine.or(others.engine),
            optimizer: self.optimizer.or(others.optimizer),
            start: self.start.or(others.start),
            lr: self.lr.or(others.lr),
            epochs: self.epochs.or(others.epochs),
            patience: self.patience.or(others.patience),
            reduction: self.reduction.or(others.reduction),
            weight_decay: self.weight_decay.or(others.weight_decay),
            log_every: self.log_every.or(others.log_every),
            device: self.device.or(others.device),
            dtype: self.dtype.or(others.dtype),
            x_scale: self.x_scale.or(others.x_scale),
            y_scale: self.y_scale.or(others.y_scale),
            rng: self.rng.or(others.rng),
            seed: self.seed.or(others.seed),
        }
    }

    /// Whether an option is there that only descent has, or a device that only descent uses.
    pub fn means_descent(&self) -> bool {
        self.model == Some(ModelName::Perceptron)
            || self.engine.is_some()
            || self.optimizer.is_some()
            || self.start.is_some()
            || self.lr.is_some()
            || self.epochs.is_some()
            || self.patience.is_some()
            || self.reduction.is_some()
            || self.weight_decay.is_some()
            || self.log_every.is_some()
            || self.needs_device()
    }

    /// Whether only a device of Burn's will do: a GPU, or 32 bits.
    pub fn needs_device(&self) -> bool {
        let device = self.device.as_deref().unwrap_or("auto");
        let is_of_table = self.norm == Some(Norm::Max) && self.tolerance.is_some();
        !matches!(device, "auto" | "ndarray" | "flex")
            || (self.dtype == Some(Dtype::F32) && !is_of_table)
    }

    fn without_norm(self) -> Self {
        Self {
            norm: None,
            relative: None,
            side: None,
            dtype: self.dtype.filter(|dtype| !dtype.is_fixed()),
            x_scale: None,
            y_scale: None,
            ..self
        }
    }

    fn without_shape(self) -> Self {
        Self {
            monotone: None,
            convex: None,
            concave: None,
            through: None,
            max_slope: None,
            ..self
        }
    }

    fn without_descent(self) -> Self {
        Self {
            model: None,
            degree: None,
            activation: None,
            engine: None,
            optimizer: None,
            start: None,
            lr: None,
            epochs: None,
            patience: None,
            reduction: None,
            weight_decay: None,
            log_every: None,
            device: None,
            dtype: self.dtype.filter(|dtype| dtype.is_fixed()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contradicts_is_left_out() {
        let file = Request {
            csv: Some("a.csv".into()),
            method: Some(MethodName::Best),
            hidden: Some(Hidden::Named(AutoName::Auto)),
            ..Default::default()
        };
        let asked = Request {
            function: Some("x".into()),
            epochs: Some(5),
            ..Default::default()
        };
        assert_eq!(asked.clone().or(file), asked);
        let best = Request {
            method: Some(MethodName::Best),
            ..Default::default()
        };
        assert_eq!(
            best.clone().or(Request {
                function: None,
                ..asked
            }),
            best
        );
    }

    #[test]
    fn text_and_options_are_the_same() {
        let request = Request {
            hidden: Some(Hidden::Named(AutoName::Auto)),
            weight_decay: Some(0.5),
            engine: Some(Engine::Exact),
            ..Default::default()
        };
        let text = request.to_toml();
        assert_eq!(toml::from_str::<Request>(&text).unwrap(), request);
        assert!(text.contains("hidden = \"auto\""), "{text}");
    }
}
