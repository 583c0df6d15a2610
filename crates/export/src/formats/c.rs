//! The function as C99 source without dependencies, with a `main` that checks it.

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
        "/* {y} from {x}: {}, trained on [{low:?}, {high:?}].\n\
        \n\
        \x20  double {name}(double x);\n\
        \n\
        \x20  C99; with -D{upper}_TEST, a program that checks itself. */\n\
        #include <stddef.h>\n\n",
        fitted.function.describe(),
        upper = name.to_uppercase(),
    );
    text += &match (&fitted.function, export.table()) {
        (_, Some((pieces, x_shift))) => table(name, pieces, *x_shift),
        (Function::Relu { weights, x_shift }, None) => {
            let h = weights.n_hidden();
            let (u, shift) = shifted(*x_shift);
            let mut net = array(name, "w1", &weights.w1)
                + &array(name, "b1", &weights.b1)
                + &array(name, "w2", &weights.w2);
            net += &format!(
                "\ndouble {name}(double x)\n{{\n    {}double y = {:?};\n    \
                for (size_t j = 0; j < {h}; j++) {{\n        \
                const double h1 = {u} * {name}_w1[j] + {name}_b1[j];\n        \
                if (!(h1 <= 0.0))\n            y += h1 * {name}_w2[j];\n    }}\n    return y;\n}}\n",
                shift, weights.b2[0]
            );
            net
        }
        (Function::Perceptron { neuron, x, y }, None) => {
            let activation = match neuron.activation {
                Activation::Sigmoid => "1.0 / (1.0 + exp(-z))",
                Activation::Tanh => "tanh(z)",
                Activation::Identity => "z",
            };
            format!(
                "#include <math.h>\n\n{}\ndouble {name}(double x)\n{{\n    \
                const double u = (x - {}) / {};\n    double z = 0.0;\n    \
                for (size_t i = 0; i < {}; i++)\n        z = z * u + {name}_w[i];\n    \
                return {} + {} * ({activation});\n}}\n",
                array(name, "w", &neuron.weight),
                literal(x.shift),
                literal(x.scale),
                neuron.weight.len(),
                literal(y.shift),
                literal(y.scale)
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
        false => (
            "u",
            format!("const double u = x - {};\n    ", literal(x_shift)),
        ),
    }
}

fn table(name: &str, pieces: &PiecewiseLinear, x_shift: f64) -> String {
    let (u, shift) = shifted(x_shift);
    let m = pieces.kinks.len();
    // C has no empty arrays; without kinks the element is never read.
    let kinks = if m == 0 { &[0.0][..] } else { &pieces.kinks };
    format!(
        "{}{}{}\n/* Between two kinks y = intercept + slope {u}; the piece is found by binary search. */\n\
        double {name}(double x)\n{{\n    {shift}size_t piece = 0, left = {m};\n    \
        while (left > 0) {{\n        const size_t half = left / 2;\n        \
        if ({name}_kinks[piece + half] <= {u}) {{\n            piece += half + 1;\n            left -= half + 1;\n        \
        }} else {{\n            left = half;\n        }}\n    }}\n    \
        return {name}_intercepts[piece] + {name}_slopes[piece] * {u};\n}}\n",
        array(name, "kinks", kinks),
        array(name, "slopes", &pieces.slopes),
        array(name, "intercepts", &pieces.intercepts),
    )
}

fn test(export: &Export) -> String {
    let Export {
        name,
        vectors,
        tolerance,
        ..
    } = export;
    format!(
        "\n#ifdef {}_TEST\n#include <stdio.h>\n\n{}{}\nint main(void)\n{{\n    double worst = 0.0;\n    \
        for (size_t i = 0; i < {}; i++) {{\n        const double error = {name}({name}_test_x[i]) - {name}_test_y[i];\n        \
        const double size = error < 0.0 ? -error : error;\n        if (!(size <= worst))\n            worst = size;\n    \
        }}\n    printf(\"largest deviation %.17g\\n\", worst);\n    return worst <= {tolerance:?} ? 0 : 1;\n}}\n#endif\n",
        name.to_uppercase(),
        array(name, "test_x", &vectors.x),
        array(name, "test_y", &vectors.y),
        vectors.x.len(),
    )
}

/// An array with internal linkage, whose name begins with the function's, so that the two never clash.
fn array(function: &str, name: &str, values: &[f64]) -> String {
    format!(
        "static const double {function}_{name}[{}] = {{\n{}}};\n",
        values.len(),
        literals(values)
    )
}

fn literal(value: f64) -> String {
    if value < 0.0 {
        format!("({value:?})")
    } else {
        format!("{value:?}")
    }
}

pub(crate) fn verify(export: &Export, path: &Path) -> Result<Verified, ExportError> {
    let define = format!("-D{}_TEST", export.name.to_uppercase());
    let compiler = Compiler {
        what: "C compiler",
        then: "run",
        variable: "CC",
        usual: &["cc", "gcc", "clang"],
        before: &["-std=c99", "-pedantic", "-Wall", "-Werror", "-O2", &define],
        after: &["-lm"],
    };
    compiler.verify(export, path)
}
