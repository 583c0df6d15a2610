//! The function as `no_std` Rust source without dependencies, with its own test.

use std::path::Path;

use shallow_analytic::{Activation, PiecewiseLinear};

use crate::{
    compiler::Compiler,
    error::ExportError,
    fitted::Function,
    job::{Export, Verified, literals, one_line},
};

pub(crate) fn write(export: &Export) -> Result<Vec<u8>, ExportError> {
    let (name, fitted) = (&export.name, export.fitted);
    let [x, y] = fitted.names.each_ref().map(|name| one_line(name));
    let (low, high) = fitted.domain;
    let mut text = format!(
        "//! {y} from {x}: {}, trained on [{low:?}, {high:?}].\n\
        //!\n\
        //! For `no_std`, without dependencies; `rustc --test` makes a program that checks it.\n\n",
        fitted.function.describe(),
    );
    let signature = format!("/// {y} at {x} = x.\npub(crate) fn {name}(x: f64) -> f64 {{\n");
    text += &match (&fitted.function, export.table()) {
        (_, Some((pieces, x_shift))) => table(&signature, pieces, *x_shift),
        (Function::Relu { weights, x_shift }, None) => format!(
            "{}{}{}\n{signature}{}    let mut y = {:?};\n    \
            for j in 0..{} {{\n        let h1 = {} * W1[j] + B1[j];\n        \
            if h1 > 0.0 || h1.is_nan() {{\n            y += h1 * W2[j];\n        }}\n    }}\n    y\n}}\n",
            array("W1", &weights.w1),
            array("B1", &weights.b1),
            array("W2", &weights.w2),
            shifted(*x_shift).1,
            weights.b2[0],
            weights.n_hidden(),
            shifted(*x_shift).0,
        ),
        (Function::Perceptron { neuron, x, y }, None) => {
            let (activation, exp) = match neuron.activation {
                Activation::Sigmoid => ("1.0 / (1.0 + exp(-z))", EXP),
                Activation::Tanh => (
                    "{\n        let e = exp(-2.0 * z.abs());\n        ((1.0 - e) / (1.0 + e)).copysign(z)\n    }",
                    EXP,
                ),
                Activation::Identity => ("z", ""),
            };
            format!(
                "{}\n{signature}    let u = (x - {:?}) / {:?};\n    \
                let z = W.iter().fold(0.0, |z, w| z * u + w);\n    \
                let p = {activation};\n    {:?} + {:?} * p\n}}\n{exp}",
                array("W", &neuron.weight),
                x.shift,
                x.scale,
                y.shift,
                y.scale
            )
        }
    };
    text += &test(export);
    Ok(text.into_bytes())
}

/// What the formulas call the input, and the line that makes it.
fn shifted(x_shift: f64) -> (&'static str, String) {
    match x_shift == 0.0 {
        true => ("x", String::new()),
        false => ("u", format!("    let u = x - {x_shift:?};\n")),
    }
}

fn table(signature: &str, pieces: &PiecewiseLinear, x_shift: f64) -> String {
    let (u, shift) = shifted(x_shift);
    format!(
        "{}{}{}\n{signature}{shift}    // Between two kinks y = intercept + slope {u}; the piece is found by binary search.\n    \
        let piece = KINKS.partition_point(|kink| *kink <= {u});\n    \
        INTERCEPTS[piece] + SLOPES[piece] * {u}\n}}\n",
        array("KINKS", &pieces.kinks),
        array("SLOPES", &pieces.slopes),
        array("INTERCEPTS", &pieces.intercepts),
    )
}

/// `core` has no exponential function. `|r| <= ln(2) / 2`, where fourteen terms of the series leave less than a rounding.
const EXP: &str = "
/// e^x, to a few roundings.
fn exp(x: f64) -> f64 {
    let x = x.clamp(-745.0, 709.0);
    let n = (x * core::f64::consts::LOG2_E + if x < 0.0 { -0.5 } else { 0.5 }) as i32;
    let r = (x - f64::from(n) * 6.931_471_803_691_238e-1) - f64::from(n) * 1.908_214_929_270_587_7e-10;
    let series = (1..15).rev().fold(1.0, |sum, k| 1.0 + r / f64::from(k) * sum);
    // In two halves, so that neither power of two is too small to be a normal number.
    let power = |n: i32| f64::from_bits(((1023 + n) as u64) << 52);
    series * power(n / 2) * power(n - n / 2)
}
";

fn test(export: &Export) -> String {
    let Export {
        name,
        vectors,
        tolerance,
        ..
    } = export;
    format!(
        "\n#[cfg(test)]\nmod tests {{\n    extern crate std;\n\n    \
        #[test]\n    fn the_function_is_the_network() {{\n        let mut worst = 0.0;\n        \
        for (x, y) in X.iter().zip(Y) {{\n            let error = (super::{name}(*x) - y).abs();\n            \
        if !(error <= worst) {{\n                worst = error;\n            }}\n        }}\n        \
        std::println!(\"largest deviation {{worst:e}}\");\n        assert!(worst <= {tolerance:?});\n    }}\n\n\
        {}{}}}\n",
        array("X", &vectors.x),
        array("Y", &vectors.y),
    )
}

fn array(name: &str, values: &[f64]) -> String {
    format!(
        "#[rustfmt::skip]\nstatic {name}: [f64; {}] = [\n{}];\n",
        values.len(),
        literals(values)
    )
}

pub(crate) fn verify(export: &Export, path: &Path) -> Result<Verified, ExportError> {
    let compiler = Compiler {
        what: "Rust compiler",
        then: "its test run",
        variable: "RUSTC",
        usual: &["rustc"],
        before: &["--edition", "2021", "--test", "-O"],
        after: &[],
    };
    compiler.verify(export, path)
}
