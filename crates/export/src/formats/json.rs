//! The parameters, and the straight pieces, as JSON with test vectors.

use std::path::Path;

use serde::{Deserialize, Serialize};
use shallow_analytic::{Perceptron, PiecewiseLinear, ReluWeights};
use shallow_data::Scaling;

use crate::{
    error::ExportError,
    fitted::Function,
    job::{Export, Verified, larger, read},
    options::Form,
};

#[derive(Serialize, Deserialize)]
struct File {
    model: String,
    x: String,
    y: String,
    domain: (f64, f64),
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<Net>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<Table>,
    test: Test,
}

/// `y = relu((x - x_shift) w1 + b1) w2 + b2`, or `y = y_shift + y_scale activation(w . [u^D, ..., 1])`, `u = (x - x_shift) / x_scale`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Net {
    Relu {
        x_shift: f64,
        w1: Vec<f64>,
        b1: Vec<f64>,
        w2: Vec<f64>,
        b2: Vec<f64>,
    },
    Perceptron {
        activation: shallow_analytic::Activation,
        w: Vec<f64>,
        x_shift: f64,
        x_scale: f64,
        y_shift: f64,
        y_scale: f64,
    },
}

/// Between two kinks, `y = intercept + slope u`, `u = x - x_shift`; kinks are of u.
#[derive(Serialize, Deserialize)]
struct Table {
    x_shift: f64,
    kinks: Vec<f64>,
    slopes: Vec<f64>,
    intercepts: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
struct Test {
    x: Vec<f64>,
    y: Vec<f64>,
}

pub(crate) fn write(export: &Export) -> Result<Vec<u8>, ExportError> {
    let net = match export.fitted.function.clone() {
        Function::Relu { weights, x_shift } => Net::Relu {
            x_shift,
            w1: weights.w1,
            b1: weights.b1,
            w2: weights.w2,
            b2: weights.b2,
        },
        Function::Perceptron { neuron, x, y } => Net::Perceptron {
            activation: neuron.activation,
            w: neuron.weight,
            x_shift: x.shift,
            x_scale: x.scale,
            y_shift: y.shift,
            y_scale: y.scale,
        },
    };
    let table = export.table().cloned().map(|(pieces, x_shift)| Table {
        x_shift,
        kinks: pieces.kinks,
        slopes: pieces.slopes,
        intercepts: pieces.intercepts,
    });
    // Both, unless one was asked for.
    let wants_net = export.asked != Some(Form::Table);
    let [x, y] = export.fitted.names.clone();
    let file = File {
        model: export.fitted.function.describe(),
        x,
        y,
        domain: export.fitted.domain,
        net: wants_net.then_some(net),
        table,
        test: Test {
            x: export.vectors.x.clone(),
            y: export.vectors.y.clone(),
        },
    };
    let mut text = serde_json::to_vec_pretty(&file)?;
    text.push(b'\n');
    Ok(text)
}

pub(crate) fn verify(export: &Export, path: &Path) -> Result<Verified, ExportError> {
    let bytes = read(path)?;
    let file: File = serde_json::from_slice(&bytes)?;
    let net = file.net.map(|net| match net {
        Net::Relu {
            x_shift,
            w1,
            b1,
            w2,
            b2,
        } => Function::Relu {
            weights: ReluWeights { w1, b1, w2, b2 },
            x_shift,
        },
        Net::Perceptron {
            activation,
            w,
            x_shift,
            x_scale,
            y_shift,
            y_scale,
        } => Function::Perceptron {
            neuron: Perceptron {
                weight: w,
                activation,
            },
            x: Scaling {
                shift: x_shift,
                scale: x_scale,
            },
            y: Scaling {
                shift: y_shift,
                scale: y_scale,
            },
        },
    });
    let table = file.table.map(|table| {
        let pieces = PiecewiseLinear {
            kinks: table.kinks,
            slopes: table.slopes,
            intercepts: table.intercepts,
        };
        move |x: &f64| pieces.predict(x - table.x_shift)
    });
    let vectors = &export.vectors;
    let deviations = [
        net.map(|net| vectors.deviation(net.predict(&vectors.x))),
        table.map(|table| vectors.deviation(vectors.x.iter().map(table))),
    ];
    Ok(Verified {
        deviation: deviations.into_iter().flatten().fold(0.0, larger),
        by: "read back".into(),
    })
}
