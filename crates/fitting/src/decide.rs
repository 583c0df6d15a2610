//! Everything that a request leaves open, decided.

use shallow_analytic::descent::{Engine, FitConfig};
use shallow_data::Target as Catalogued;
use shallow_splines::Criterion;

use crate::{
    choice::Among,
    company::{check_company, check_counts},
    error::FittingError,
    plan::{
        CorridorPlan, DescentPlan, FileSource, FunctionSource, Goal, Method, Model, MomentsSource,
        Penalty, Plan, SAMPLES_OF_PIECE, SmoothPlan, Source, Target, Width,
    },
    request::{
        AutoName, CriterionName, Hidden, LossName, MethodName, MissingName, ModelName, Norm,
        Request, RngName, Side, StartName,
    },
    shape::ShapePlan,
    uncertainty::check_level,
};

/// More noise would have squares that are not finite.
const LOUDEST: f64 = 1e145;

/// Smaller penalties change no digit, and of larger ones a straight line is left.
const LEAST_PENALTY: f64 = 1e-15;
const LARGEST_PENALTY: f64 = 1e6;

/// Hidden units of a group's smooth network, where nothing says otherwise.
const HIDDEN_OF_GROUP: usize = 32;

/// Hidden units where nothing says otherwise.
const HIDDEN: usize = 64;

impl Plan {
    /// Decides everything that the request leaves open.
    ///
    /// # Errors
    ///
    /// [`FittingError::NothingToFit`], [`FittingError::Options`], [`FittingError::GoesWith`], [`FittingError::NumpySeed`] and
    /// [`FittingError::Fit`] for what is asked and cannot be.
    pub fn new(request: &Request) -> Result<Self, FittingError> {
        check_counts(request)?;
        Self::of(request, Source::new(request)?)
    }

    /// As [`new`](Self::new), for samples that the caller has, with noise or without.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn of_samples(request: &Request, is_noisy: bool) -> Result<Self, FittingError> {
        check_counts(request)?;
        Self::of(request, Source::Given { is_noisy })
    }

    /// As [`new`](Self::new), for moments that the caller has.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and what moments cannot serve.
    pub fn of_moments(request: &Request) -> Result<Self, FittingError> {
        check_counts(request)?;
        let source = Source::Moments(MomentsSource::new(request, Vec::new()));
        Self::of(request, source)
    }

    fn of(request: &Request, source: Source) -> Result<Self, FittingError> {
        let is_descent = is_descent(request)?;
        if matches!(source, Source::Moments(_)) {
            let is_open = request.hidden == Some(Hidden::Named(AutoName::Auto))
                && request.method == Some(MethodName::Best);
            if request.model == Some(ModelName::Perceptron) {
                return Err(of_moments("a perceptron visits each sample"));
            }
            if request.norm == Some(Norm::Max) {
                return Err(of_moments("the largest error is that of one sample"));
            }
            if is_open {
                return Err(of_moments(
                    "the width of a best network is chosen by samples left out",
                ));
            }
        }
        check_company(request, &source, is_descent)?;
        let method = if is_descent {
            Method::Descent(Box::new(DescentPlan::new(request)?))
        } else if request.method == Some(MethodName::Smooth)
            || is_default_of_groups(request)
            || is_default_of_moments(request, &source)
        {
            Method::Smooth(SmoothPlan::new(request, &source)?)
        } else if let Some(among) = chosen_among(request, &source) {
            Method::Chosen(among)
        } else if request.norm == Some(Norm::Max) {
            Method::Corridor(CorridorPlan::new(request, &source)?)
        } else {
            Method::Best(Width::new(request, &source)?)
        };
        let rng = request.rng.unwrap_or(RngName::Numpy);
        let seed = request.seed.unwrap_or(42);
        if rng == RngName::Numpy && seed > u64::from(u32::MAX) {
            return Err(FittingError::NumpySeed { seed });
        }
        Ok(Self {
            bands: bands(request, &source)?,
            shape: ShapePlan::new(request)?,
            loss: loss(request, &source)?,
            source,
            method,
            rng,
            seed,
        })
    }
}

impl Source {
    fn new(request: &Request) -> Result<Self, FittingError> {
        let moments = &request.moments;
        match (&request.function, &request.csv) {
            (None, None) if !moments.is_empty() => {
                Ok(Self::Moments(MomentsSource::new(request, moments.clone())))
            }
            (None, None) => Err(FittingError::NothingToFit),
            (Some(_), Some(_)) => Err(FittingError::Options(
                "choose one of function and csv, not both".into(),
            )),
            _ if !moments.is_empty() => Err(FittingError::Options(
                "choose one of function, csv and moments".into(),
            )),
            (Some(text), None) => FunctionSource::new(text, request).map(Self::Function),
            (None, Some(path)) => Ok(Self::File(FileSource {
                path: path.clone(),
                x: request.x.clone(),
                y: request.y.clone(),
                weight: request.weight.clone(),
                by: request.by.clone(),
                skips_missing: request.missing == Some(MissingName::Skip),
                n_samples: request.samples,
                n_test: match request.norm {
                    // Every row is to be within the error.
                    Some(Norm::Max) => request.test_samples.or(Some(0)),
                    _ => request.test_samples,
                },
            })),
        }
    }
}

impl FunctionSource {
    fn new(text: &str, request: &Request) -> Result<Self, FittingError> {
        let text = text.trim();
        let is_relu = request.model != Some(ModelName::Perceptron);
        let usual = match (Catalogued::named(text), is_relu) {
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
        if noise > LOUDEST {
            return Err(FittingError::Options(format!(
                "noise must be at most {LOUDEST:e}, got {noise:e}; use other units"
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
            (Some(Hidden::Named(AutoName::Auto)), ..) => {
                Err(FittingError::Options(
                    "of a function without noise, every width is supported; give hidden units or a tolerance as a number".into(),
                ))
            }
            (None, Some(tolerance), _) => Ok(Self::Within(positive(tolerance)?)),
            (None, None, Source::Function(function)) => Ok(Self::Units(
                (function.n_samples / SAMPLES_OF_PIECE).clamp(1, HIDDEN),
            )),
            (None, None, Source::Given { is_noisy: false }) => Ok(Self::Units(HIDDEN)),
            (None, None, _) => unreachable!("the network of noisy samples is chosen"),
        }
    }
}

/// The level of bands, where there is noise for them.
fn bands(request: &Request, source: &Source) -> Result<Option<f64>, FittingError> {
    request.bands.map_or(Ok(()), check_level)?;
    match request.bands {
        Some(_) if !source.is_noisy() => Err(FittingError::Options(
            "a function without noise has no bands; leave them out, or add noise".into(),
        )),
        level => Ok(level),
    }
}

/// Why moments do not serve.
fn of_moments(what: &str) -> FittingError {
    FittingError::Options(format!(
        "{what}, and moments are sums of squares over many; fit the samples themselves"
    ))
}

fn loss(request: &Request, source: &Source) -> Result<LossName, FittingError> {
    let loss = request.loss.unwrap_or_default();
    if loss != LossName::Squared && matches!(source, Source::Moments(_)) {
        return Err(of_moments("a robust loss looks at each sample"));
    }
    match loss == LossName::Squared || source.is_noisy() {
        true => Ok(loss),
        false => Err(FittingError::Options(
            "a function without noise has no samples that are far off; leave the loss out, or add noise".into(),
        )),
    }
}

/// What noisy samples choose among, where nothing says how wide a network is to be.
fn chosen_among(request: &Request, source: &Source) -> Option<Among> {
    let is_open = match request.hidden {
        Some(Hidden::Units(_)) => false,
        Some(Hidden::Named(AutoName::Auto)) => true,
        None => request.tolerance.is_none(),
    };
    let is_best = request.hidden.is_some() || request.method == Some(MethodName::Best);
    let among = if is_best { Among::Best } else { Among::All };
    (is_open && source.is_noisy() && request.norm != Some(Norm::Max)).then_some(among)
}

impl SmoothPlan {
    fn new(request: &Request, source: &Source) -> Result<Self, FittingError> {
        let penalty = match (request.penalty, request.criterion) {
            (Some(_), Some(_)) => {
                return Err(FittingError::Options(
                    "choose one of penalty and criterion, not both".into(),
                ));
            }
            (Some(penalty), None) if (LEAST_PENALTY..=LARGEST_PENALTY).contains(&penalty) => {
                Penalty::Fixed(penalty)
            }
            (Some(penalty), None) => {
                return Err(FittingError::Options(format!(
                    "penalty must be a number from {LEAST_PENALTY:e} to {LARGEST_PENALTY:e}, got {penalty}"
                )));
            }
            (None, criterion) => {
                Penalty::By(criterion.map_or(Criterion::Gcv, CriterionName::criterion))
            }
        };
        Ok(Self {
            hidden: match request.hidden {
                Some(Hidden::Named(AutoName::Auto)) => None,
                None if request.by.is_some() => Some(HIDDEN_OF_GROUP),
                None if is_default_of_moments(request, source) => None,
                _ => Some(units(request)),
            },
            penalty,
        })
    }
}

fn positive(tolerance: f64) -> Result<f64, FittingError> {
    match tolerance > 0.0 && tolerance.is_finite() {
        true => Ok(tolerance),
        false => Err(FittingError::Options(format!(
            "tolerance must be a number above 0, got {tolerance}"
        ))),
    }
}

impl CorridorPlan {
    fn new(request: &Request, source: &Source) -> Result<Self, FittingError> {
        let goal = match (&request.hidden, request.tolerance, source) {
            (Some(Hidden::Units(hidden)), ..) => Goal::Units(*hidden),
            (None, Some(tolerance), _) => Goal::Within(positive(tolerance)?),
            (None, None, Source::Function(_) | Source::Given { is_noisy: false }) => {
                Goal::Units(HIDDEN)
            }
            _ => {
                return Err(FittingError::Options(
                    "the least largest error of a table needs a number of hidden units or a tolerance"
                        .into(),
                ));
            }
        };
        let side = request.side.unwrap_or_default();
        let is_plain = request.relative != Some(true) && side == Side::Both;
        Ok(Self {
            goal,
            is_relative: request.relative.unwrap_or(false),
            side,
            target: request
                .dtype
                .filter(|_| matches!(goal, Goal::Within(_)) && is_plain)
                .map(|dtype| Target {
                    dtype,
                    x_scale: request.x_scale,
                    y_scale: request.y_scale,
                }),
        })
    }
}

impl DescentPlan {
    fn new(request: &Request) -> Result<Self, FittingError> {
        let config = config(request);
        config.check()?;
        Ok(Self {
            model: model(request),
            start: request.start.unwrap_or(StartName::Random),
            patience: request.patience,
            config,
            device: request.device.clone().unwrap_or_else(|| "auto".into()),
            dtype: request.dtype,
        })
    }
}

fn model(request: &Request) -> Model {
    match request.model {
        Some(ModelName::Perceptron) => Model::Perceptron {
            degree: request.degree.unwrap_or(2),
            activation: request.activation.unwrap_or_default(),
        },
        _ => Model::Relu {
            hidden: units(request),
        },
    }
}

fn units(request: &Request) -> usize {
    match &request.hidden {
        Some(Hidden::Units(hidden)) => *hidden,
        _ => HIDDEN,
    }
}

/// How to train; the documents' numbers where the request is silent.
fn config(request: &Request) -> FitConfig {
    let documents = match request.model {
        Some(ModelName::Perceptron) => FitConfig::perceptron(),
        _ => FitConfig::default(),
    };
    let usual = match request.needs_device() {
        true => Engine::Autodiff,
        false => Engine::Auto,
    };
    FitConfig {
        epochs: request.epochs.unwrap_or(documents.epochs),
        learning_rate: request.lr.unwrap_or(documents.learning_rate),
        log_every: request.log_every.unwrap_or(documents.log_every),
        reduction: request.reduction.unwrap_or(documents.reduction),
        engine: request.engine.unwrap_or(usual),
        optimizer: request.optimizer.map_or(documents.optimizer, Into::into),
        weight_decay: request.weight_decay.unwrap_or(documents.weight_decay),
    }
}

/// Whether the method of many groups is taken: where nothing is said, and a choice for each would take long.
fn is_default_of_groups(request: &Request) -> bool {
    request.by.is_some()
        && request.method.is_none()
        && request.tolerance.is_none()
        && request.norm.is_none()
}

/// Whether the method of moments is taken: where nothing is said, and the samples are not here to be left out in turn.
fn is_default_of_moments(request: &Request, source: &Source) -> bool {
    matches!(source, Source::Moments(_))
        && request
            .method
            .is_none_or(|method| method == MethodName::Auto)
        && !matches!(request.hidden, Some(Hidden::Units(_)))
        && request.tolerance.is_none()
        && request.norm.is_none()
}

/// Whether descent was asked for, by its name or by one of its options.
fn is_descent(request: &Request) -> Result<bool, FittingError> {
    match request.method {
        Some(MethodName::Descent) => Ok(true),
        Some(MethodName::Best | MethodName::Smooth) => Ok(false),
        None | Some(MethodName::Auto) => Ok(request.means_descent()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::OptimizerName;

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
            Method::Chosen(Among::All)
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
                method: Some(MethodName::Smooth),
                penalty: Some(1e-3),
                ..Default::default()
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
