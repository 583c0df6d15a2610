//! A network as C: every unit, or the neuron and its polynomial.

use shallow_analytic::{Activation, Perceptron, ReluWeights};
use shallow_data::Scaling;

use super::source::Source;
use crate::options::Dtype;

impl Source<'_> {
    /// The ending of the functions of `math.h`.
    fn ending(&self) -> &'static str {
        match self.export.dtype {
            Dtype::F32 => "f",
            _ => "",
        }
    }

    pub(super) fn net(&self, weights: &ReluWeights, x_shift: f64) -> String {
        let (name, real, h) = (self.name(), self.real(), weights.n_hidden());
        let (low, high) = self.export.fitted.domain;
        let (input, held) = self.held(low, high);
        let (u, shift) = match x_shift == 0.0 {
            true => (input, String::new()),
            false => (
                "u",
                format!(
                    "    const {real} u = {input} - {};\n",
                    self.literal(x_shift)
                ),
            ),
        };
        let array = |of: &str, values: &[f64]| self.array(real, of, &self.numbers(values));
        let arrays =
            array("w1", &weights.w1) + &array("b1", &weights.b1) + &array("w2", &weights.w2);
        format!(
            "{arrays}\n{}\n{{\n{held}{shift}    {real} y = {};\n    \
            for (unsigned j = 0; j < {h}; j++) {{\n        \
            const {real} h1 = {u} * {name}_w1[j] + {name}_b1[j];\n        \
            if (!(h1 <= {}))\n            y += h1 * {name}_w2[j];\n    }}\n    return y;\n}}\n",
            self.signature(),
            self.number(weights.b2[0]),
            self.number(0.0),
        )
    }

    pub(super) fn perceptron(&self, neuron: &Perceptron, x: Scaling, y: Scaling) -> String {
        let (name, real, f) = (self.name(), self.real(), self.ending());
        let (zero, one) = (self.number(0.0), self.number(1.0));
        let activation = match neuron.activation {
            Activation::Sigmoid => format!("{one} / ({one} + exp{f}(-z))"),
            Activation::Tanh => format!("tanh{f}(z)"),
            Activation::Identity => "z".into(),
        };
        let (low, high) = self.export.fitted.domain;
        let (input, held) = self.held(low, high);
        format!(
            "#include <math.h>\n\n{}\n{}\n{{\n{held}    \
            const {real} u = ({input} - {}) / {};\n    {real} z = {zero};\n    \
            for (unsigned i = 0; i < {}; i++)\n        z = z * u + {name}_w[i];\n    \
            return {} + {} * ({activation});\n}}\n",
            self.array(real, "w", &self.numbers(&neuron.weight)),
            self.signature(),
            self.literal(x.shift),
            self.literal(x.scale),
            neuron.weight.len(),
            self.literal(y.shift),
            self.literal(y.scale)
        )
    }
}
