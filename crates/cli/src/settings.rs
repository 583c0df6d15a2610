//! What the flags mean: every setting of a fit, with its model's defaults.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;
use shallow::{Engine, FitConfig, FloatDType, Optimizer, Reduction, Target};

use crate::{
    args::{Dtype, Flags, ModelKind, NormKind, OptimizerKind, RngKind, StartKind, Tolerance},
    error::usage,
    expression::Expression,
};

/// What would fill any machine's memory is refused here, where it can be said in a sentence.
const MOST: usize = 1_000_000_000;

/// A fit's flags, every one of which that applies is there: a run's `config.toml`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Settings(Flags);

impl Flags {
    /// These flags, and where they are silent, those of a TOML file.
    pub fn with(&self, config: Option<&Path>) -> Result<Self> {
        match config {
            Some(path) => self.clone().or(Self::read(path)?),
            None => Ok(self.clone()),
        }
    }

    fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        toml::from_str(&text).map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| {
                text[..span.start.min(text.len())].matches('\n').count() + 1
            });
            let what = error.message().trim().replace('\n', ", ");
            usage(format!(
                "{name} line {line}: {what}; its names are the flags' of `shallow fit`"
            ))
        })
    }

    fn or(self, others: Self) -> Result<Self> {
        let mut merged = toml::Table::try_from(others)?;
        let flags = toml::Table::try_from(self)?;
        // A function takes the place of a file, and a file that of a function.
        let displaced: &[&str] = match (flags.contains_key("function"), flags.contains_key("csv")) {
            (true, _) => &["csv", "x", "y"],
            (_, true) => &["function", "domain", "noise"],
            _ => &[],
        };
        for name in displaced {
            merged.remove(*name);
        }
        for (name, other) in [
            ("tolerance", "hidden"),
            ("hidden", "tolerance"),
            ("hidden", "norm"),
        ] {
            if flags.contains_key(name) {
                merged.remove(other);
            }
        }
        // These take none, and a file of another optimiser's run has one.
        if matches!(
            flags.get("optimizer").and_then(|name| name.as_str()),
            Some("lm" | "best")
        ) {
            merged.remove("lr");
            merged.remove("epochs");
        }
        merged.extend(flags);
        Ok(merged.try_into()?)
    }
}

impl Settings {
    pub fn new(flags: Flags) -> Result<Self> {
        let mut all = flags;
        let is_relu = *all.model.get_or_insert(ModelKind::Relu) == ModelKind::Relu;
        match (&all.function, &all.csv) {
            (None, None) => {
                return Err(usage(
                    "there is nothing to fit; give --function \"sin(3*x)\" or --csv FILE",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(usage("choose one of function and csv, not both"));
            }
            (Some(name), None) => {
                let domain = match (Target::named(name), is_relu) {
                    (Ok(target), _) => format!("{:?}:{:?}", target.domain.0, target.domain.1),
                    (Err(_), true) => "-1:1".into(),
                    (Err(_), false) => "0:pi/4".into(),
                };
                all.domain.get_or_insert(domain);
                all.noise.get_or_insert(0.0);
                all.samples
                    .get_or_insert(if is_relu { 10_000 } else { 1000 });
                if *all.test_samples.get_or_insert(1000) == 0 {
                    return Err(usage(
                        "test samples of a function must be at least 1, got 0",
                    ));
                }
            }
            (None, Some(_)) => {}
        }
        let is_file = all.csv.is_some();
        let by_tolerance = all.tolerance.is_some();
        let usual = if by_tolerance {
            OptimizerKind::Best
        } else {
            OptimizerKind::Gd
        };
        let optimizer = *all.optimizer.get_or_insert(usual);
        let is_best = optimizer == OptimizerKind::Best;
        let is_first_order = !is_best && optimizer != OptimizerKind::Lm;
        for (flag, is_there, applies, to) in [
            ("x", all.x.is_some(), is_file, "--csv FILE"),
            ("y", all.y.is_some(), is_file, "--csv FILE"),
            ("domain", all.domain.is_some(), !is_file, "--function EXPR"),
            ("noise", all.noise.is_some(), !is_file, "--function EXPR"),
            ("hidden", all.hidden.is_some(), is_relu, "--model relu"),
            ("start", all.start.is_some(), is_relu, "--model relu"),
            (
                "tolerance",
                by_tolerance,
                is_relu && is_best,
                "--model relu and --optimizer best",
            ),
            ("norm", all.norm.is_some(), by_tolerance, "--tolerance E"),
            (
                "lr",
                all.lr.is_some(),
                is_first_order,
                "--optimizer gd, momentum or adam",
            ),
            (
                "weight-decay",
                all.weight_decay.is_some_and(|decay| decay != 0.0),
                !is_best,
                "--optimizer gd, momentum, adam or lm",
            ),
            (
                "degree",
                all.degree.is_some(),
                !is_relu,
                "--model perceptron",
            ),
            (
                "activation",
                all.activation.is_some(),
                !is_relu,
                "--model perceptron",
            ),
        ] {
            if is_there && !applies {
                return Err(usage(format!(
                    "--{flag} goes with {to} alone; leave it out"
                )));
            }
        }
        let documents = match is_relu {
            true => {
                match &all.tolerance {
                    None => {
                        all.hidden.get_or_insert(64);
                    }
                    Some(tolerance) => {
                        check_tolerance(tolerance, &all)?;
                        all.norm.get_or_insert(NormKind::Rms);
                    }
                }
                FitConfig::default()
            }
            false => {
                all.degree.get_or_insert(2);
                all.activation.get_or_insert_default();
                FitConfig::perceptron()
            }
        };
        if all.hidden == Some(0) {
            return Err(usage("hidden must be at least 1, got 0"));
        }
        for (name, count) in [
            ("samples", all.samples),
            ("test samples", all.test_samples),
            ("hidden", all.hidden),
            ("epochs", all.epochs),
        ] {
            if let Some(count) = count.filter(|count| *count > MOST) {
                return Err(usage(format!("{name} must be at most {MOST}, got {count}")));
            }
        }
        if let Some(noise) = all.noise
            && !(noise >= 0.0 && noise.is_finite())
        {
            return Err(usage(format!("noise must be 0 or more, got {noise}")));
        }
        all.engine.get_or_insert(Engine::Auto);
        if is_relu {
            all.start.get_or_insert(StartKind::Random);
        }
        if is_first_order {
            all.lr.get_or_insert(documents.learning_rate);
        }
        all.epochs
            .get_or_insert(if is_best { 2 } else { documents.epochs });
        all.reduction.get_or_insert(documents.reduction);
        all.weight_decay.get_or_insert(documents.weight_decay);
        all.log_every
            .get_or_insert(if is_best { 1 } else { documents.log_every });
        all.device.get_or_insert_with(|| "auto".into());
        all.rng.get_or_insert(RngKind::Numpy);
        all.seed.get_or_insert(42);
        let settings = Self(all);
        settings
            .fit_config()
            .check()
            .map_err(shallow::Error::from)?;
        if settings.rng() == RngKind::Numpy && settings.seed() > u64::from(u32::MAX) {
            return Err(usage(format!(
                "a seed of numpy's must be below 2^32, got {}; choose --rng rand for larger ones",
                settings.seed()
            )));
        }
        Ok(settings)
    }

    /// With the width that a tolerance was found to need.
    pub fn with_hidden(&self, hidden: usize) -> Self {
        Self(Flags {
            hidden: Some(hidden),
            ..self.0.clone()
        })
    }

    /// The flags as they are.
    pub fn flags(&self) -> &Flags {
        &self.0
    }

    /// With what a run found `auto` to mean, and a file's path that holds in every folder.
    pub fn resolved(&self, engine: Engine, device: &str, dtype: FloatDType) -> Result<Self> {
        let dtype = match dtype {
            FloatDType::F64 => Dtype::F64,
            _ => Dtype::F32,
        };
        let csv = match &self.0.csv {
            Some(path) if path != Path::new("-") => Some(std::path::absolute(path)?),
            other => other.clone(),
        };
        // A tolerance finds the width again.
        let hidden = self.0.hidden.filter(|_| self.0.tolerance.is_none());
        Ok(Self(Flags {
            csv,
            hidden,
            engine: Some(engine),
            device: Some(device.into()),
            dtype: Some(dtype),
            ..self.0.clone()
        }))
    }

    /// How to train.
    pub fn fit_config(&self) -> FitConfig {
        let documents = FitConfig::default();
        FitConfig {
            epochs: self.0.epochs.unwrap_or(documents.epochs),
            learning_rate: self.0.lr.unwrap_or(documents.learning_rate),
            log_every: self.0.log_every.unwrap_or(documents.log_every),
            reduction: self.0.reduction.unwrap_or(Reduction::Mean),
            engine: self.0.engine.unwrap_or(Engine::Auto),
            optimizer: match self.0.optimizer {
                Some(OptimizerKind::Momentum) => Optimizer::MOMENTUM,
                Some(OptimizerKind::Adam) => Optimizer::ADAM,
                Some(OptimizerKind::Lm) => Optimizer::LevenbergMarquardt,
                Some(OptimizerKind::Best) => Optimizer::Best,
                Some(OptimizerKind::Gd) | None => Optimizer::GradientDescent,
            },
            weight_decay: self.0.weight_decay.unwrap_or(documents.weight_decay),
        }
    }

    /// The interval of a function's x.
    pub fn domain(&self) -> Result<(f64, f64)> {
        let text = self.0.domain.as_deref().unwrap_or("-1:1");
        let number = |end: &str| {
            Expression::number(end).map_err(|error| usage(format!("domain `{text}`: {error}")))
        };
        let Some((low, high)) = text.split_once(':') else {
            return Err(usage(format!(
                "domain `{text}` must be two numbers with a colon between, such as -1:1"
            )));
        };
        let (low, high) = (number(low)?, number(high)?);
        // Not only the ends, but their distance must be a number.
        if low < high && (high - low).is_finite() {
            Ok((low, high))
        } else {
            Err(usage(format!(
                "domain `{text}` must go from a smaller to a larger number"
            )))
        }
    }

    fn rng(&self) -> RngKind {
        self.0.rng.unwrap_or(RngKind::Numpy)
    }

    fn seed(&self) -> u64 {
        self.0.seed.unwrap_or(42)
    }

    /// The generator of all that is drawn.
    pub fn generator(&self) -> Generator {
        match self.rng() {
            RngKind::Numpy => {
                Generator::Numpy(Box::new(shallow::NumpyRng::new(self.seed() as u32)))
            }
            RngKind::Rand => Generator::Rand(shallow::SeededRng::new(self.seed())),
        }
    }
}

fn check_tolerance(tolerance: &Tolerance, all: &Flags) -> Result<()> {
    let is_function = all.function.is_some();
    match tolerance {
        _ if all.hidden.is_some() => Err(usage("choose one of hidden and tolerance, not both")),
        Tolerance::Error(error) if *error > 0.0 && error.is_finite() => Ok(()),
        Tolerance::Error(error) => Err(usage(format!(
            "tolerance must be a number above 0, got {error}"
        ))),
        Tolerance::Named(name) if name != "auto" => Err(usage(format!(
            "tolerance must be a number or auto, got {name}"
        ))),
        Tolerance::Named(_) if is_function && all.noise.unwrap_or(0.0) == 0.0 => Err(usage(
            "of a function without noise, every width is supported; give --tolerance a number",
        )),
        Tolerance::Named(_) => Ok(()),
    }
}

/// Either generator.
pub enum Generator {
    Numpy(Box<shallow::NumpyRng>),
    Rand(shallow::SeededRng),
}

impl shallow::Draw for Generator {
    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        match self {
            Self::Numpy(rng) => rng.uniform(low, high),
            Self::Rand(rng) => rng.uniform(low, high),
        }
    }

    fn normal(&mut self, mean: f64, standard_deviation: f64) -> f64 {
        match self {
            Self::Numpy(rng) => rng.normal(mean, standard_deviation),
            Self::Rand(rng) => rng.normal(mean, standard_deviation),
        }
    }
}
