//! The function as `no_std` Rust source without dependencies, with its own test.

use std::path::Path;

use shallow_analytic::{Activation, Perceptron, ReluWeights};
use shallow_data::Scaling;

use crate::{
    compiler::Compiler,
    error::ExportError,
    fitted::Function,
    job::{Export, Verified, literals, literals_as, one_line},
    options::{Counts, Dtype},
    target::{Axis, FixedTable, FloatTable, Norms, Sweep, Table, halves, row_bytes, test_counts},
};

pub(crate) fn write(export: &Export) -> Result<Vec<u8>, ExportError> {
    let source = Source { export };
    let mut text = source.opening();
    text += &match (&export.made, &export.fitted.function) {
        (Some(Table::Float(table)), _) => source.float_table(table),
        (Some(Table::Fixed(table)), _) => source.fixed_table(table),
        (None, Function::Relu { weights, x_shift }) => source.net(weights, *x_shift),
        (None, Function::Perceptron { neuron, x, y }) => source.perceptron(neuron, *x, *y),
    };
    text += &match &export.made {
        Some(Table::Fixed(table)) => source.counts_test(table),
        _ => source.float_test(),
    };
    Ok(text.into_bytes())
}

struct Source<'a> {
    export: &'a Export<'a>,
}

impl Source<'_> {
    /// What Rust calls the type of x and of y.
    fn real(&self) -> &'static str {
        match self.export.dtype {
            Dtype::F64 => "f64",
            Dtype::F32 => "f32",
            Dtype::Q15 => "i16",
            Dtype::Q31 => "i32",
        }
    }

    /// The shortest text that reads back as the same number of the type.
    fn number(&self, value: f64) -> String {
        match self.export.dtype {
            Dtype::F32 => format!("{:?}", value as f32),
            _ => format!("{value:?}"),
        }
    }

    fn opening(&self) -> String {
        let fitted = self.export.fitted;
        let [x, y] = fitted.names.each_ref().map(|name| one_line(name));
        let (low, high) = fitted.domain;
        let mut text = format!(
            "//! {y} from {x}: {}, trained on [{low:?}, {high:?}].\n\
            //!\n\
            //! For `no_std`, without dependencies; `rustc --test` makes a program that checks it.\n\n",
            fitted.function.describe(),
        );
        if let Some(Table::Fixed(table)) = &self.export.made {
            text += &format!(
                "// A count X stands for {x} = X_OFFSET + X_SCALE X, from X = {} to {}; its value Y for {y} = Y_OFFSET + Y_SCALE Y.\n",
                table.ends()[0],
                table.ends()[1]
            );
            for (axis, of) in [("X", table.x), ("Y", table.y)] {
                let Counts { scale, offset } = of.counts;
                for (what, value) in [("SCALE", scale), ("OFFSET", offset)] {
                    text += &format!(
                        "#[allow(dead_code)]\npub(crate) const {axis}_{what}: f64 = {value:?};\n"
                    );
                }
            }
            text += "\n";
        }
        text
    }

    /// What the caller's x and y are.
    fn types(&self) -> [&'static str; 2] {
        match &self.export.made {
            Some(Table::Fixed(table)) => {
                [table.x, table.y].map(|axis: Axis| match (table.bits, axis.has_sign()) {
                    (16, true) => "i16",
                    (16, false) => "u16",
                    (_, true) => "i32",
                    (_, false) => "u32",
                })
            }
            _ => [self.real(); 2],
        }
    }

    /// The documentation and the head of the function.
    fn head(&self) -> String {
        let [x, y] = self
            .export
            .fitted
            .names
            .each_ref()
            .map(|name| one_line(name));
        let (name, [of_x, of_y]) = (&self.export.name, self.types());
        format!(
            "/// {y} at {x}{}; {}.\npub(crate) fn {name}(x: {of_x}) -> {of_y} {{\n",
            self.export.promise(),
            self.export.beyond()
        )
    }

    fn array(&self, name: &str, of: &str, numbers: &[String]) -> String {
        format!(
            "#[rustfmt::skip]\nstatic {name}: [{of}; {}] = [\n{}];\n",
            numbers.len(),
            literals_as(numbers, String::clone)
        )
    }

    fn floats(&self, name: &str, values: &[f64]) -> String {
        let numbers: Vec<String> = values.iter().map(|value| self.number(*value)).collect();
        self.array(name, self.real(), &numbers)
    }

    /// The line that moves inputs beyond the domain to its ends; NaN stays.
    fn held(&self, low: f64, high: f64) -> String {
        match self.export.source.clamp {
            true => format!(
                "    let x = x.clamp({}, {});\n",
                self.number(low),
                self.number(high)
            ),
            false => String::new(),
        }
    }

    fn net(&self, weights: &ReluWeights, x_shift: f64) -> String {
        let (u, shift) = self.shifted(x_shift);
        let (low, high) = self.export.fitted.domain;
        format!(
            "{}{}{}\n{}{}{shift}    let mut y = {};\n    \
            for j in 0..{} {{\n        let h1 = {u} * W1[j] + B1[j];\n        \
            if h1 > 0.0 || h1.is_nan() {{\n            y += h1 * W2[j];\n        }}\n    }}\n    y\n}}\n",
            self.floats("W1", &weights.w1),
            self.floats("B1", &weights.b1),
            self.floats("W2", &weights.w2),
            self.head(),
            self.held(low, high),
            self.number(weights.b2[0]),
            weights.n_hidden(),
        )
    }

    /// What the formulas call the input, and the line that makes it.
    fn shifted(&self, x_shift: f64) -> (&'static str, String) {
        match x_shift == 0.0 {
            true => ("x", String::new()),
            false => ("u", format!("    let u = x - {};\n", self.number(x_shift))),
        }
    }

    fn perceptron(&self, neuron: &Perceptron, x: Scaling, y: Scaling) -> String {
        let (activation, exp) = match neuron.activation {
            Activation::Sigmoid => ("1.0 / (1.0 + exp(-z))", EXP),
            Activation::Tanh => (
                "{\n        let e = exp(-2.0 * z.abs());\n        ((1.0 - e) / (1.0 + e)).copysign(z)\n    }",
                EXP,
            ),
            Activation::Identity => ("z", ""),
        };
        let (low, high) = self.export.fitted.domain;
        format!(
            "{}\n{}{}    let u = (x - {:?}) / {:?};\n    \
            let z = W.iter().fold(0.0, |z, w| z * u + w);\n    \
            let p = {activation};\n    {:?} + {:?} * p\n}}\n{exp}",
            self.floats("W", &neuron.weight),
            self.head(),
            self.held(low, high),
            x.shift,
            x.scale,
            y.shift,
            y.scale
        )
    }

    /// The steps of a search among so many rows, from row i on.
    fn steps(n_rows: usize) -> String {
        let step =
            |half: &usize| format!("    if x >= X[i + {half}] {{\n        i += {half};\n    }}\n");
        halves(n_rows).iter().map(step).collect()
    }

    /// The line that begins a search in a window of rows.
    fn first(value: &str, window: usize) -> String {
        let mutable = if window > 1 { "mut " } else { "" };
        format!("    let {mutable}i = {value};\n{}", Self::steps(window))
    }

    /// Row numbers of cells.
    fn cells(&self, rows: &[usize]) -> String {
        let of = match row_bytes(rows) {
            1 => "u8",
            _ => "u16",
        };
        let numbers: Vec<String> = rows.iter().map(usize::to_string).collect();
        self.array("CELL", of, &numbers)
    }

    fn float_table(&self, table: &FloatTable) -> String {
        let mut arrays = self.floats("X", &table.knots)
            + &self.floats("Y", &table.values)
            + &self.floats("SLOPE", &table.slopes);
        let find = match self.export.is_uniform() {
            false => Self::first("0", table.knots.len()),
            true => {
                let cells = table.cells();
                arrays += &self.cells(&cells.rows);
                // A number becomes an integer by what is nearest to it: 0 below 0 and of NaN.
                let cell = format!(
                    "usize::from(CELL[(((x - {}) * {}) as usize).min({})])",
                    self.paren(table.knots[0]),
                    self.number(cells.cells_per_x),
                    cells.rows.len() - 1
                );
                Self::first(&cell, cells.window)
            }
        };
        format!(
            "// Where each straight piece begins, the value there, and the slope.\n{arrays}\n{}{}{find}    Y[i] + SLOPE[i] * (x - X[i])\n}}\n",
            self.head(),
            self.held(table.knots[0], table.high),
        )
    }

    fn paren(&self, value: f64) -> String {
        match value < 0.0 {
            true => format!("({})", self.number(value)),
            false => self.number(value),
        }
    }

    fn fixed_table(&self, table: &FixedTable) -> String {
        let (real, bits) = (self.real(), table.bits);
        let array = |name: &str, values: &[i64]| {
            let numbers: Vec<String> = values.iter().map(i64::to_string).collect();
            self.array(name, real, &numbers)
        };
        let mut arrays =
            array("X", &table.knots) + &array("Y", &table.values) + &array("SLOPE", &table.slopes);
        let norm = match &table.norms {
            Norms::Common(norm) => norm.to_string(),
            Norms::Each(norms) => {
                let numbers: Vec<String> = norms.iter().map(u32::to_string).collect();
                arrays += &self.array("NORM", "u8", &numbers);
                "NORM[i]".into()
            }
        };
        let find = match self.export.is_uniform() {
            false => Self::first("0", table.knots.len()),
            true => {
                let cells = table.cells();
                arrays += &self.cells(&cells.rows);
                let from = table.knots[0];
                let cell = format!(
                    "usize::from(CELL[(x.wrapping_sub({from}) as u{bits} >> {}) as usize])",
                    cells.shift
                );
                Self::first(&cell, cells.window)
            }
        };
        let start = match table.x.has_sign() {
            true => "x".into(),
            false => format!("(x ^ {}) as {real}", 1_u32 << (bits - 1)),
        };
        let (low, high) = (table.knots[0], table.high);
        let limit = 1_i64 << (bits - 1);
        let held = match low == -limit && high == limit - 1 {
            true if start == "x" => String::new(),
            true => format!("    let x = {start};\n"),
            false if start == "x" => format!("    let x = x.clamp({low}, {high});\n"),
            false => format!("    let x = ({start}).clamp({low}, {high});\n"),
        };
        let (sum, helper) = match bits {
            16 => (
                format!(
                    "    let dx = (x.wrapping_sub(X[i]) as u16) << {norm};\n    \
                    let sum = (i32::from(Y[i]) << 16) + i32::from(SLOPE[i]) * i32::from(dx);\n"
                ),
                "",
            ),
            _ => (
                format!(
                    "    let dx = (x.wrapping_sub(X[i]) as u32) << {norm};\n    \
                    let rise = high(SLOPE[i].unsigned_abs(), dx) as i32;\n    \
                    let sum = if SLOPE[i] < 0 {{ Y[i] - rise }} else {{ Y[i] + rise }};\n"
                ),
                HIGH,
            ),
        };
        let below = if bits == 16 { 16 } else { 0 } + table.fraction;
        // The bits below are rounded off: half of them, and then the last, so that no sum passes the largest number.
        let whole = match below {
            0 => "sum".into(),
            _ => format!("((sum >> {}) + 1) >> 1", below - 1),
        };
        let value = match (table.y.has_sign(), bits) {
            (true, 16) => format!("    ({whole}) as i16\n}}\n"),
            (true, _) => format!("    {whole}\n}}\n"),
            (false, _) => format!("    ({whole}) as u{bits} ^ {}\n}}\n", 1_u32 << (bits - 1)),
        };
        let result = sum + &value;
        format!(
            "// Where each straight piece begins, the value there, and the slope: the rise in 2^{bits} counts that are shifted to the left by {}.\n\
            {arrays}\n{}{held}{find}{result}{helper}",
            if matches!(table.norms, Norms::Each(_)) {
                "NORM"
            } else {
                &norm
            },
            self.head(),
        )
    }

    fn float_test(&self) -> String {
        let Export { name, vectors, .. } = self.export;
        let tolerance = self.export.test_tolerance();
        format!(
            "\n#[cfg(test)]\nmod tests {{\n    extern crate std;\n\n    \
            #[test]\n    fn the_function_is_the_network() {{\n        let mut worst = 0.0;\n        \
            for (x, y) in X.iter().zip(Y) {{\n            let error = (f64::from(super::{name}(*x)) - y).abs();\n            \
            if !(error <= worst) {{\n                worst = error;\n            }}\n        }}\n        \
            std::println!(\"largest deviation {{worst:e}}\");\n        assert!(worst <= {tolerance:?});\n    }}\n\n\
            {}#[rustfmt::skip]\nstatic Y: [f64; {}] = [\n{}];\n}}\n",
            self.floats("X", &vectors.x),
            vectors.y.len(),
            literals(&vectors.y),
        )
    }

    /// Counts are the same everywhere, to the last bit: some of them, and a checksum of many.
    fn counts_test(&self, table: &FixedTable) -> String {
        let (name, [of_x, of_y], bits) = (&self.export.name, self.types(), table.bits);
        let x = test_counts(table);
        let y: Vec<i64> = x.iter().map(|x| table.at(*x)).collect();
        let list = |values: &[i64]| -> Vec<String> { values.iter().map(i64::to_string).collect() };
        let Sweep { first, step, sums } = Sweep::of(table);
        format!(
            "\n#[cfg(test)]\nmod tests {{\n    #[test]\n    fn the_counts_are_those_that_were_proven() {{\n        \
            for (x, y) in X.iter().zip(Y) {{\n            assert_eq!(super::{name}(*x), y, \"at {{x}}\");\n        }}\n    }}\n\n    \
            /// 65536 inputs, {}: two sums of their values, the second of which knows their order.\n    \
            #[test]\n    fn the_checksums_hold() {{\n        let (mut sum, mut sum_of_sums) = (0_u32, 0_u32);\n        \
            let mut x: {of_x} = {first};\n        for _ in 0..65536 {{\n            \
            sum = sum.wrapping_add(super::{name}(x) as u{bits} as u32);\n            \
            sum_of_sums = sum_of_sums.wrapping_add(sum);\n            x = x.wrapping_add({step});\n        }}\n        \
            assert_eq!((sum, sum_of_sums), ({}, {}));\n    }}\n\n{}{}}}\n",
            if bits == 16 {
                "all there are"
            } else {
                "over the domain"
            },
            sums[0],
            sums[1],
            self.array("X", of_x, &list(&x)),
            self.array("Y", of_y, &list(&y)),
        )
    }
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

/// Numbers of 32 bits alone, as small processors have them.
const HIGH: &str = "
/// The upper half of a product, from products of 16 bits.
fn high(a: u32, b: u32) -> u32 {
    let (a0, a1, b0, b1) = (a & 0xffff, a >> 16, b & 0xffff, b >> 16);
    let middle = a1 * b0 + (a0 * b0 >> 16);
    let other = a0 * b1 + (middle & 0xffff);
    a1 * b1 + (middle >> 16) + (other >> 16)
}
";

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
