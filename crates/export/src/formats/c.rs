//! The function as C99 source without dependencies, with a `main` that checks it.

use std::path::Path;

use shallow_analytic::{Activation, Perceptron, PiecewiseLinear, ReluWeights};
use shallow_data::Scaling;

use crate::{
    compiler::Compiler,
    error::ExportError,
    fitted::Function,
    job::{Export, Vectors, Verified, literals_as, one_line},
    options::Dtype,
};

pub(crate) fn write(export: &Export) -> Result<Vec<u8>, ExportError> {
    let source = Source {
        name: &export.name,
        dtype: export.dtype,
    };
    let fitted = export.fitted;
    let real = source.real();
    let [x, y] = fitted.names.each_ref().map(|name| one_line(name));
    let (low, high) = fitted.domain;
    let mut text = format!(
        "/* {y} from {x}: {}, trained on [{low:?}, {high:?}].\n\
        \n\
        \x20  {real} {name}({real} x);\n\
        \n\
        \x20  C99; with -D{upper}_TEST, a program that checks itself. */\n\
        #include <stddef.h>\n\n",
        fitted.function.describe(),
        name = source.name,
        upper = source.name.to_uppercase(),
    );
    text += &match (&fitted.function, export.table()) {
        (_, Some((pieces, x_shift))) => source.table(pieces, *x_shift),
        (Function::Relu { weights, x_shift }, None) => source.net(weights, *x_shift),
        (Function::Perceptron { neuron, x, y }, None) => source.perceptron(neuron, *x, *y),
    };
    text += &source.test(&export.vectors, export.tolerance);
    Ok(text.into_bytes())
}

/// A function's source.
struct Source<'a> {
    name: &'a str,
    dtype: Dtype,
}

impl Source<'_> {
    /// What C calls the type.
    fn real(&self) -> &'static str {
        match self.dtype {
            Dtype::F64 => "double",
            Dtype::F32 => "float",
        }
    }

    /// The ending of literals, and of the functions of `math.h`.
    fn ending(&self) -> &'static str {
        match self.dtype {
            Dtype::F64 => "",
            Dtype::F32 => "f",
        }
    }

    /// The shortest text that reads back as the same number of the type.
    fn number(&self, value: f64) -> String {
        match self.dtype {
            Dtype::F64 => format!("{value:?}"),
            Dtype::F32 => format!("{:?}f", value as f32),
        }
    }

    fn literal(&self, value: f64) -> String {
        match value < 0.0 {
            true => format!("({})", self.number(value)),
            false => self.number(value),
        }
    }

    /// An array with internal linkage, whose name begins with the function's, so that the two never clash.
    fn array(&self, name: &str, values: &[f64]) -> String {
        format!(
            "static const {} {}_{name}[{}] = {{\n{}}};\n",
            self.real(),
            self.name,
            values.len(),
            literals_as(values, |value| self.number(value))
        )
    }

    /// What the formulas call the input, and the line that makes it.
    fn shifted(&self, x_shift: f64) -> (&'static str, String) {
        match x_shift == 0.0 {
            true => ("x", String::new()),
            false => (
                "u",
                format!(
                    "const {} u = x - {};\n    ",
                    self.real(),
                    self.literal(x_shift)
                ),
            ),
        }
    }

    fn net(&self, weights: &ReluWeights, x_shift: f64) -> String {
        let (name, real, h) = (self.name, self.real(), weights.n_hidden());
        let (u, shift) = self.shifted(x_shift);
        let arrays = self.array("w1", &weights.w1)
            + &self.array("b1", &weights.b1)
            + &self.array("w2", &weights.w2);
        format!(
            "{arrays}\n{real} {name}({real} x)\n{{\n    {shift}{real} y = {};\n    \
            for (size_t j = 0; j < {h}; j++) {{\n        \
            const {real} h1 = {u} * {name}_w1[j] + {name}_b1[j];\n        \
            if (!(h1 <= {}))\n            y += h1 * {name}_w2[j];\n    }}\n    return y;\n}}\n",
            self.number(weights.b2[0]),
            self.number(0.0),
        )
    }

    fn perceptron(&self, neuron: &Perceptron, x: Scaling, y: Scaling) -> String {
        let (name, real, f) = (self.name, self.real(), self.ending());
        let (zero, one) = (self.number(0.0), self.number(1.0));
        let activation = match neuron.activation {
            Activation::Sigmoid => format!("{one} / ({one} + exp{f}(-z))"),
            Activation::Tanh => format!("tanh{f}(z)"),
            Activation::Identity => "z".into(),
        };
        format!(
            "#include <math.h>\n\n{}\n{real} {name}({real} x)\n{{\n    \
            const {real} u = (x - {}) / {};\n    {real} z = {zero};\n    \
            for (size_t i = 0; i < {}; i++)\n        z = z * u + {name}_w[i];\n    \
            return {} + {} * ({activation});\n}}\n",
            self.array("w", &neuron.weight),
            self.literal(x.shift),
            self.literal(x.scale),
            neuron.weight.len(),
            self.literal(y.shift),
            self.literal(y.scale)
        )
    }

    fn table(&self, pieces: &PiecewiseLinear, x_shift: f64) -> String {
        let (name, real) = (self.name, self.real());
        let (u, shift) = self.shifted(x_shift);
        let m = pieces.kinks.len();
        // C has no empty arrays; without kinks the element is never read.
        let kinks = if m == 0 { &[0.0][..] } else { &pieces.kinks };
        format!(
            "{}{}{}\n/* Between two kinks y = intercept + slope {u}; the piece is found by binary search. */\n\
            {real} {name}({real} x)\n{{\n    {shift}size_t piece = 0, left = {m};\n    \
            while (left > 0) {{\n        const size_t half = left / 2;\n        \
            if ({name}_kinks[piece + half] <= {u}) {{\n            piece += half + 1;\n            left -= half + 1;\n        \
            }} else {{\n            left = half;\n        }}\n    }}\n    \
            return {name}_intercepts[piece] + {name}_slopes[piece] * {u};\n}}\n",
            self.array("kinks", kinks),
            self.array("slopes", &pieces.slopes),
            self.array("intercepts", &pieces.intercepts),
        )
    }

    fn test(&self, vectors: &Vectors, tolerance: f64) -> String {
        let name = self.name;
        let wanted = Source {
            name,
            dtype: Dtype::F64,
        };
        format!(
            "\n#ifdef {}_TEST\n#include <stdio.h>\n\n{}{}\nint main(void)\n{{\n    double worst = 0.0;\n    \
            for (size_t i = 0; i < {}; i++) {{\n        const double error = {name}({name}_test_x[i]) - {name}_test_y[i];\n        \
            const double size = error < 0.0 ? -error : error;\n        if (!(size <= worst))\n            worst = size;\n    \
            }}\n    printf(\"largest deviation %.17g\\n\", worst);\n    return worst <= {tolerance:?} ? 0 : 1;\n}}\n#endif\n",
            name.to_uppercase(),
            self.array("test_x", &vectors.x),
            wanted.array("test_y", &vectors.y),
            vectors.x.len(),
        )
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
