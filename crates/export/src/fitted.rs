//! A fitted network in the user's own units, and its file.

use std::collections::HashMap;

use shallow_analytic::{Activation, Parameters, Perceptron, PiecewiseLinear, ReluWeights};
use shallow_data::{PolynomialFeatures, Scaling};
use shallow_splines::Variance;

use crate::{
    error::ExportError,
    tensors::{self, Metadata, Tensor},
    uncertainty::{self, Bands},
};

/// A network that takes and gives the user's units.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// What it computes.
    pub function: Function,
    /// The inputs between which it was trained.
    pub domain: (f64, f64),
    /// Some of the training inputs, at which an export is checked.
    pub inputs: Vec<f64>,
    /// What x and y are called.
    pub names: [String; 2],
    /// How much noise moves its values, where that is known.
    pub variance: Option<Variance>,
    /// A proven bound of its largest error, where there is one.
    pub max_error: Option<MaxError>,
}

/// A proven bound of the largest error of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaxError {
    /// In the units of y.
    pub bound: f64,
    /// Whether it holds at the rows of a table alone; else everywhere on the domain of a function.
    pub at_rows: bool,
}

/// What the network computes.
#[derive(Debug, Clone, PartialEq)]
pub enum Function {
    /// `relu((x - x_shift) W1 + b1) W2 + b2`.
    ///
    /// The scales are in the weights. The shift is not: inputs that are far from 0 and close together would lose their digits.
    Relu {
        /// The network, on shifted inputs.
        weights: ReluWeights,
        /// What is subtracted from x.
        x_shift: f64,
    },
    /// `y.shift + y.scale activation(w . [u^D, ..., u, 1])`, `u = (x - x.shift) / x.scale`.
    Perceptron {
        /// The neuron, on scaled inputs.
        neuron: Perceptron,
        /// The scaling of x.
        x: Scaling,
        /// The scaling of y.
        y: Scaling,
    },
}

impl Function {
    /// The function of parameters that were trained on scaled samples.
    pub fn new(trained: Parameters, x: Scaling, y: Scaling) -> Self {
        match trained {
            Parameters::Relu(weights) => Self::Relu {
                weights: with_scales(weights, x.scale, y),
                x_shift: x.shift,
            },
            Parameters::Perceptron(neuron) => Self::Perceptron { neuron, x, y },
        }
    }

    /// The sizes of what is added up for the value at x, together.
    pub(crate) fn terms(&self, x: f64) -> f64 {
        let Self::Relu { weights, x_shift } = self else {
            return 0.0;
        };
        let x = x - x_shift;
        let units = weights.w1.iter().zip(&weights.b1).zip(&weights.w2);
        let active = units.filter(|((w1, b1), _)| *w1 * x + *b1 > 0.0);
        let sizes = active.map(|((w1, b1), w2)| w2.abs() * ((w1 * x).abs() + b1.abs()));
        weights.b2[0].abs() + sizes.sum::<f64>()
    }

    /// Its values, `[n]` to `[n]`.
    pub fn predict(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Relu { weights, x_shift } => {
                let shifted: Vec<f64> = x.iter().map(|x| x - x_shift).collect();
                weights.predict(&shifted)
            }
            Self::Perceptron {
                neuron,
                x: scaling,
                y,
            } => {
                let features = PolynomialFeatures {
                    degree: neuron.weight.len() - 1,
                };
                let scaled = neuron.predict(&features.of(&scaling.apply(x)));
                scaled.into_iter().map(|p| y.invert(p)).collect()
            }
        }
    }

    /// Its values less others, `[n]`.
    pub fn residuals(&self, x: &[f64], y: &[f64]) -> Vec<f64> {
        let predicted = self.predict(x);
        predicted.iter().zip(y).map(|(p, y)| p - y).collect()
    }

    /// What it is, in a few words.
    pub fn describe(&self) -> String {
        match self {
            Self::Relu { weights, .. } => format!("relu, 1 -> {} -> 1", weights.n_hidden()),
            Self::Perceptron { neuron, .. } => format!(
                "perceptron, {} of degree {}",
                neuron.activation.name(),
                neuron.weight.len() - 1
            ),
        }
    }
}

/// The weights with the scale of x and the scaling of y in them.
fn with_scales(mut weights: ReluWeights, x_scale: f64, y: Scaling) -> ReluWeights {
    weights.w1.iter_mut().for_each(|w| *w /= x_scale);
    if y != Scaling::IDENTITY {
        weights.w2.iter_mut().for_each(|v| *v *= y.scale);
        weights.b2.iter_mut().for_each(|c| *c = y.invert(*c));
    }
    weights
}

/// The keys of a proven bound.
const EVERYWHERE: &str = "max_error_bound";
const AT_ROWS: &str = "max_error_bound_at_rows";

impl Fitted {
    /// The network as a safetensors file: f64, weights `[out, in]` as PyTorch keeps them.
    ///
    /// Of ReLU: `hidden.weight [h, 1]`, `hidden.bias [h]`, `output.weight [1, h]`, `output.bias [1]`, and `x.shift [1]` where it is
    /// not 0, `variance.knots [m + 1]`, `variance.values [m, 3]` and `variance.noise [2]`, with its degrees of freedom, where noise is
    /// known; of a perceptron: `weight [1, D + 1]`, and the scalings `x.shift`, `x.scale`, `y.shift`, `y.scale` `[1]`. Text is in
    /// the metadata.
    pub fn to_safetensors(&self, more: &[(&str, String)]) -> Result<Vec<u8>, ExportError> {
        let mut metadata = Metadata::from([
            ("x".to_string(), self.names[0].clone()),
            ("y".to_string(), self.names[1].clone()),
            (
                "domain".to_string(),
                format!("{:?}:{:?}", self.domain.0, self.domain.1),
            ),
            ("inputs".to_string(), serde_json::to_string(&self.inputs)?),
        ]);
        if let Some(MaxError { bound, at_rows }) = self.max_error {
            let key = if at_rows { AT_ROWS } else { EVERYWHERE };
            metadata.insert(key.into(), format!("{bound:?}"));
        }
        metadata.extend(
            more.iter()
                .map(|(key, value)| (key.to_string(), value.clone())),
        );
        let scalings;
        let mut tensors = match &self.function {
            Function::Relu { weights, x_shift } => {
                metadata.insert("model".into(), "relu".into());
                let h = weights.n_hidden();
                let mut tensors = vec![
                    Tensor("hidden.weight".into(), vec![h, 1], &weights.w1),
                    Tensor("hidden.bias".into(), vec![h], &weights.b1),
                    Tensor("output.weight".into(), vec![1, h], &weights.w2),
                    Tensor("output.bias".into(), vec![1], &weights.b2),
                ];
                if *x_shift != 0.0 {
                    let value = std::slice::from_ref(x_shift);
                    tensors.push(Tensor("x.shift".into(), vec![1], value));
                }
                tensors
            }
            Function::Perceptron { neuron, x, y } => {
                metadata.insert("model".into(), "perceptron".into());
                metadata.insert("activation".into(), neuron.activation.name().into());
                scalings = [x.shift, x.scale, y.shift, y.scale];
                let of = |name: &str, at: usize| Tensor(name.into(), vec![1], &scalings[at..=at]);
                vec![
                    Tensor(
                        "weight".into(),
                        vec![1, neuron.weight.len()],
                        &neuron.weight,
                    ),
                    of("x.shift", 0),
                    of("x.scale", 1),
                    of("y.shift", 2),
                    of("y.scale", 3),
                ]
            }
        };
        let flat;
        if let Some(variance) = &self.variance {
            flat = uncertainty::flat(variance);
            tensors.extend(uncertainty::tensors(variance, &flat));
        }
        tensors::write(&tensors, &metadata)
    }

    /// Reads what [`to_safetensors`](Self::to_safetensors) wrote.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, ExportError> {
        let (metadata, tensors) = tensors::read(bytes)?;
        Self::from_tensors(&metadata, &tensors)
    }

    pub(crate) fn from_tensors(
        metadata: &Metadata,
        tensors: &HashMap<String, Vec<f64>>,
    ) -> Result<Self, ExportError> {
        if !tensors.values().flatten().all(|value| value.is_finite()) {
            return Err(ExportError::content(
                "it has a value that is no finite number",
            ));
        }
        let text = |key: &str| {
            metadata
                .get(key)
                .cloned()
                .ok_or_else(|| ExportError::content(format!("it has no `{key}`")))
        };
        let tensor = |name: &str| {
            tensors
                .get(name)
                .cloned()
                .ok_or_else(|| ExportError::content(format!("it has no tensor `{name}`")))
        };
        let number = |name: &str| match tensor(name)?.as_slice() {
            [value] => Ok(*value),
            values => Err(ExportError::content(format!(
                "its `{name}` has {} values, not 1",
                values.len()
            ))),
        };
        let function = match text("model")?.as_str() {
            "relu" => {
                let weights = ReluWeights {
                    w1: tensor("hidden.weight")?,
                    b1: tensor("hidden.bias")?,
                    w2: tensor("output.weight")?,
                    b2: tensor("output.bias")?,
                };
                let h = weights.b1.len();
                if h == 0 || weights.w1.len() != h || weights.w2.len() != h || weights.b2.len() != 1
                {
                    return Err(ExportError::content(
                        "the sizes of its tensors are not those of one network",
                    ));
                }
                let x_shift = match tensors.contains_key("x.shift") {
                    true => number("x.shift")?,
                    false => 0.0,
                };
                Function::Relu { weights, x_shift }
            }
            "perceptron" => {
                let name = text("activation")?;
                let known = Activation::ALL
                    .into_iter()
                    .find(|known| known.name() == name);
                let weight = tensor("weight")?;
                if weight.is_empty() {
                    return Err(ExportError::content("its `weight` has no values"));
                }
                Function::Perceptron {
                    neuron: Perceptron {
                        weight,
                        activation: known.ok_or_else(|| {
                            ExportError::content(format!("it has the unknown activation `{name}`"))
                        })?,
                    },
                    x: Scaling {
                        shift: number("x.shift")?,
                        scale: number("x.scale")?,
                    },
                    y: Scaling {
                        shift: number("y.shift")?,
                        scale: number("y.scale")?,
                    },
                }
            }
            other => {
                return Err(ExportError::content(format!(
                    "it has the unknown model `{other}`"
                )));
            }
        };
        let domain = text("domain")?;
        let ends = domain.split_once(':');
        let ends = ends.and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
        Ok(Self {
            function,
            domain: ends.ok_or_else(|| {
                ExportError::content(format!("its domain is `{domain}`, not two numbers"))
            })?,
            inputs: match metadata.get("inputs") {
                Some(inputs) => serde_json::from_str(inputs)?,
                None => Vec::new(),
            },
            names: [text("x")?, text("y")?],
            variance: uncertainty::read(tensors)?,
            max_error: max_error(metadata)?,
        })
    }

    /// Pointwise bands of a level such as 0.95 around the predictions at x; none where the noise is not known. By Student's
    /// distribution. What they do not have in them is that the kind of network was chosen by the same samples.
    ///
    /// # Panics
    ///
    /// With a level that is not between 0 and 1.
    pub fn bands(&self, x: &[f64], level: f64) -> Option<Bands> {
        let variance = self.variance.as_ref()?;
        Some(Bands::new(variance, x, &self.function.predict(x), level))
    }

    /// Where one straight piece of a ReLU network ends and the next begins, ascending; none of a perceptron's.
    pub fn kinks(&self) -> Vec<f64> {
        match &self.function {
            Function::Relu { weights, x_shift } => {
                let kinks = PiecewiseLinear::new(weights).kinks;
                kinks.into_iter().map(|kink| kink + x_shift).collect()
            }
            Function::Perceptron { .. } => Vec::new(),
        }
    }
}

/// The proven bound in a file's text.
fn max_error(metadata: &Metadata) -> Result<Option<MaxError>, ExportError> {
    for (key, at_rows) in [(EVERYWHERE, false), (AT_ROWS, true)] {
        if let Some(text) = metadata.get(key) {
            let bound = text.parse().ok().filter(|bound: &f64| *bound >= 0.0);
            let bound = bound.ok_or_else(|| {
                ExportError::content(format!("its `{key}` is `{text}`, no error"))
            })?;
            return Ok(Some(MaxError { bound, at_rows }));
        }
    }
    Ok(None)
}
