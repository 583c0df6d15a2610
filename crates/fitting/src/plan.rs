//! A fit, decided: what to fit, by which method, with every setting that applies.

use std::path::PathBuf;

use shallow_analytic::{
    Activation,
    descent::{Engine, FitConfig},
};

use crate::{
    error::FittingError,
    request::{
        AutoName, Dtype, Hidden, MethodName, ModelName, Norm, OptimizerName, Request, RngName,
        StartName,
    },
};

/// A fit, decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What to fit.
    pub source: Source,
    /// How the network is found.
    pub method: Method,
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
    /// Rows to train on; all that are not held out, if not given.
    pub n_samples: Option<usize>,
    /// Rows to hold out; a fifth, if not given.
    pub n_test: Option<usize>,
}

/// How a network is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// The best ReLU network of a width.
    Best(Width),
    /// Gradient descent and its kin.
    Descent(Box<DescentPlan>),
}

/// How wide a best network is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Width {
    /// This many hidden units.
    Units(usize),
    /// As many as noisy samples support, by Bayes' information criterion.
    Supported,
    /// The fewest that meet an error.
    Within {
        /// The error.
        tolerance: f64,
        /// Which error.
        norm: Norm,
    },
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

/// Larger counts would fill any machine's memory.
const MOST: usize = 1_000_000_000;

/// Hidden units where nothing says otherwise.
const HIDDEN: usize = 64;

/// Samples that a piece of a best network must have by default: with fewer it fits their noise.
pub(crate) const SAMPLES_OF_PIECE: usize = 5;

impl Plan {
    /// Decides everything that the request leaves open.
    ///
    /// # Errors
    ///
    /// [`FittingError::NothingToFit`], [`FittingError::Options`], [`FittingError::GoesWith`], [`FittingError::NumpySeed`] and
    /// [`FittingError::Fit`] for what is asked and cannot be.
    pub fn new(request: &Request) -> Result<Self, FittingError> {
        check_counts(request)?;
        let is_descent = is_descent(request)?;
        let source = Source::new(request)?;
        check_company(request, is_descent)?;
        let method = if is_descent {
            Method::Descent(Box::new(DescentPlan::new(request)?))
        } else {
            Method::Best(Width::new(request, &source)?)
        };
        let rng = request.rng.unwrap_or(RngName::Numpy);
        let seed = request.seed.unwrap_or(42);
        if rng == RngName::Numpy && seed > u64::from(u32::MAX) {
            return Err(FittingError::NumpySeed { seed });
        }
        Ok(Self {
            source,
            method,
            rng,
            seed,
        })
    }

    /// The same fit with what was found out on the way: a width, an engine, a device.
    pub fn with_method(&self, method: Method) -> Self {
        Self {
            method,
            ..self.clone()
        }
    }
}

impl Source {
    fn new(request: &Request) -> Result<Self, FittingError> {
        match (&request.function, &request.csv) {
            (None, None) => Err(FittingError::NothingToFit),
            (Some(_), Some(_)) => Err(FittingError::Options(
                "choose one of function and csv, not both".into(),
            )),
            (Some(text), None) => FunctionSource::new(text, request).map(Self::Function),
            (None, Some(path)) => Ok(Self::File(FileSource {
                path: path.clone(),
                x: request.x.clone(),
                y: request.y.clone(),
                n_samples: request.samples,
                n_test: request.test_samples,
            })),
        }
    }

    /// Whether the samples carry noise, as far as is known.
    pub fn is_noisy(&self) -> bool {
        match self {
            Self::Function(function) => function.noise > 0.0,
            Self::File(_) => true,
        }
    }
}

impl FunctionSource {
    fn new(text: &str, request: &Request) -> Result<Self, FittingError> {
        let is_relu = request.model != Some(ModelName::Perceptron);
        let usual = match (shallow_data::Target::named(text), is_relu) {
            (Ok(target), _) => format!("{:?}:{:?}", target.domain.0, target.domain.1),
            (Err(_), true) => "-1:1".into(),
            (Err(_), false) => "0:pi/4".into(),
        };
        let noise = request.noise.unwrap_or(0.0);
        if !(noise >= 0.0 && noise.is_finite()) {
            return Err(FittingError::Options(format!(
                "noise must be 0 or more, got {noise}"
            )));
        }
        let n_test = request.test_samples.unwrap_or(1000);
        if n_test == 0 {
            return Err(FittingError::Options(
                "test samples of a function must be at least 1, got 0".into(),
            ));
        }
        Ok(Self {
            text: text.into(),
            domain: request.domain.clone().unwrap_or(usual),
            n_samples: request
                .samples
                .unwrap_or(if is_relu { 10_000 } else { 1000 }),
            n_test,
            noise,
        })
    }
}

impl Width {
    fn new(request: &Request, source: &Source) -> Result<Self, FittingError> {
        match (&request.hidden, request.tolerance, source) {
            (Some(Hidden::Units(hidden)), ..) => Ok(Self::Units(*hidden)),
            (Some(Hidden::Named(AutoName::Auto)), ..) if !source.is_noisy() => {
                Err(FittingError::Options(
                    "of a function without noise, every width is supported; give hidden units or a tolerance as a number".into(),
                ))
            }
            (Some(Hidden::Named(AutoName::Auto)), ..) => Ok(Self::Supported),
            (None, Some(tolerance), _) if tolerance > 0.0 && tolerance.is_finite() => {
                Ok(Self::Within {
                    tolerance,
                    norm: request.norm.unwrap_or(Norm::Rms),
                })
            }
            (None, Some(tolerance), _) => Err(FittingError::Options(format!(
                "tolerance must be a number above 0, got {tolerance}"
            ))),
            (None, None, Source::Function(function)) if !source.is_noisy() => Ok(Self::Units(
                (function.n_samples / SAMPLES_OF_PIECE).clamp(1, HIDDEN),
            )),
            (None, None, _) => Ok(Self::Supported),
        }
    }
}

impl DescentPlan {
    fn new(request: &Request) -> Result<Self, FittingError> {
        let is_relu = request.model != Some(ModelName::Perceptron);
        let documents = if is_relu {
            FitConfig::default()
        } else {
            FitConfig::perceptron()
        };
        let model = if is_relu {
            Model::Relu {
                hidden: match request.hidden {
                    Some(Hidden::Units(hidden)) => hidden,
                    _ => HIDDEN,
                },
            }
        } else {
            Model::Perceptron {
                degree: request.degree.unwrap_or(2),
                activation: request.activation.unwrap_or_default(),
            }
        };
        let usual = match request.needs_device() {
            true => Engine::Autodiff,
            false => Engine::Auto,
        };
        let config = FitConfig {
            epochs: request.epochs.unwrap_or(documents.epochs),
            learning_rate: request.lr.unwrap_or(documents.learning_rate),
            log_every: request.log_every.unwrap_or(documents.log_every),
            reduction: request.reduction.unwrap_or(documents.reduction),
            engine: request.engine.unwrap_or(usual),
            optimizer: request.optimizer.map_or(documents.optimizer, Into::into),
            weight_decay: request.weight_decay.unwrap_or(documents.weight_decay),
        };
        config.check()?;
        Ok(Self {
            model,
            start: request.start.unwrap_or(StartName::Random),
            config,
            device: request.device.clone().unwrap_or_else(|| "auto".into()),
            dtype: request.dtype,
        })
    }
}

/// Whether descent was asked for, by its name or by one of its options.
fn is_descent(request: &Request) -> Result<bool, FittingError> {
    match request.method {
        Some(MethodName::Descent) => Ok(true),
        Some(MethodName::Best) => Ok(false),
        None | Some(MethodName::Auto) => Ok(request.means_descent()),
    }
}

/// Counts within their ranges.
fn check_counts(request: &Request) -> Result<(), FittingError> {
    let hidden = match request.hidden {
        Some(Hidden::Units(hidden)) => Some(hidden),
        _ => None,
    };
    if hidden == Some(0) {
        return Err(FittingError::Options(
            "hidden must be at least 1, got 0".into(),
        ));
    }
    for (name, count) in [
        ("samples", request.samples),
        ("test samples", request.test_samples),
        ("hidden", hidden),
        ("epochs", request.epochs),
    ] {
        if let Some(count) = count.filter(|count| *count > MOST) {
            return Err(FittingError::Options(format!(
                "{name} must be at most {MOST}, got {count}"
            )));
        }
    }
    Ok(())
}

/// Every option beside those that it belongs to.
fn check_company(request: &Request, is_descent: bool) -> Result<(), FittingError> {
    let is_file = request.csv.is_some();
    let is_relu = request.model != Some(ModelName::Perceptron);
    let is_lm = request.optimizer == Some(OptimizerName::Lm);
    let is_auto = request.hidden == Some(Hidden::Named(AutoName::Auto));
    let (file, function) = ("csv FILE", "function EXPR");
    let (relu, perceptron) = ("model relu", "model perceptron");
    let descent = "method descent";
    for (option, is_there, applies, with) in [
        ("x", request.x.is_some(), is_file, file),
        ("y", request.y.is_some(), is_file, file),
        ("domain", request.domain.is_some(), !is_file, function),
        ("noise", request.noise.is_some(), !is_file, function),
        ("hidden", request.hidden.is_some(), is_relu, relu),
        ("hidden auto", is_auto, !is_descent, "method best"),
        ("start", request.start.is_some(), is_relu, relu),
        (
            "tolerance",
            request.tolerance.is_some(),
            !is_descent,
            "method best",
        ),
        (
            "norm",
            request.norm.is_some(),
            request.tolerance.is_some(),
            "tolerance E",
        ),
        (
            "lr",
            request.lr.is_some(),
            !is_lm,
            "optimizer gd, momentum or adam",
        ),
        ("degree", request.degree.is_some(), !is_relu, perceptron),
        (
            "activation",
            request.activation.is_some(),
            !is_relu,
            perceptron,
        ),
        ("model perceptron", !is_relu, is_descent, descent),
        ("engine", request.engine.is_some(), is_descent, descent),
        (
            "optimizer",
            request.optimizer.is_some(),
            is_descent,
            descent,
        ),
        ("start", request.start.is_some(), is_descent, descent),
        ("lr", request.lr.is_some(), is_descent, descent),
        ("epochs", request.epochs.is_some(), is_descent, descent),
        (
            "reduction",
            request.reduction.is_some(),
            is_descent,
            descent,
        ),
        (
            "weight-decay",
            request.weight_decay.is_some(),
            is_descent,
            descent,
        ),
        (
            "log-every",
            request.log_every.is_some(),
            is_descent,
            descent,
        ),
        ("device", request.needs_device(), is_descent, descent),
    ] {
        if is_there && !applies {
            return Err(FittingError::GoesWith { option, with });
        }
    }
    if request.hidden.is_some() && request.tolerance.is_some() {
        return Err(FittingError::Options(
            "choose one of hidden and tolerance, not both".into(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: &str) -> Request {
        Request {
            function: Some(function.into()),
            ..Default::default()
        }
    }

    #[test]
    fn a_function_takes_the_best_network_and_an_option_of_descent_means_descent() {
        let best = Plan::new(&of("x^2")).unwrap();
        assert_eq!(best.method, Method::Best(Width::Units(64)));
        let few = Request {
            samples: Some(40),
            ..of("x^2")
        };
        assert_eq!(
            Plan::new(&few).unwrap().method,
            Method::Best(Width::Units(8))
        );
        let noisy = Request {
            noise: Some(0.1),
            ..of("x^2")
        };
        assert_eq!(
            Plan::new(&noisy).unwrap().method,
            Method::Best(Width::Supported)
        );
        for descent in [
            Request {
                epochs: Some(5),
                ..of("x")
            },
            Request {
                model: Some(ModelName::Perceptron),
                ..of("x")
            },
            Request {
                device: Some("wgpu".into()),
                ..of("x")
            },
        ] {
            let plan = Plan::new(&descent).unwrap();
            assert!(matches!(plan.method, Method::Descent(_)), "{plan:?}");
        }
    }

    #[test]
    fn a_plan_is_the_request_it_writes_down() {
        for request in [
            of("smooth"),
            Request {
                noise: Some(0.1),
                tolerance: Some(0.5),
                ..of("x")
            },
            Request {
                model: Some(ModelName::Perceptron),
                degree: Some(3),
                ..of("cos(x)")
            },
            Request {
                csv: Some(std::path::absolute("a.csv").unwrap()),
                optimizer: Some(OptimizerName::Lm),
                ..Default::default()
            },
        ] {
            let plan = Plan::new(&request).unwrap();
            let written = Request::from(&plan);
            assert_eq!(Plan::new(&written).unwrap(), plan);
        }
    }
}
