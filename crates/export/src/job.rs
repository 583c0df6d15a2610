//! One export: the network, its test vectors, and how close the written file must be.

use std::path::Path;

use shallow_analytic::PiecewiseLinear;
use shallow_data::{largest, linspace, short, short_up, visible};
use shallow_moments::Dialect;

use crate::{
    error::ExportError,
    fitted::Fitted,
    options::{Dtype, Form, Lookup, SourceOptions},
    target::{Lines, Table},
};

/// What is exported.
pub(crate) struct Export<'a> {
    pub(crate) fitted: &'a Fitted,
    /// The straight pieces of a ReLU network, and what is subtracted from x before.
    pub(crate) pieces: Option<(PiecewiseLinear, f64)>,
    /// The form that was asked for.
    pub(crate) asked: Option<Form>,
    pub(crate) dtype: Dtype,
    /// What the function is called in source.
    pub(crate) name: String,
    /// The name of the file without its ending.
    pub(crate) stem: String,
    /// Of C and Rust.
    pub(crate) source: SourceOptions,
    /// Of C and Rust, in straight pieces: the pieces of the domain, and the same in the type's numbers.
    pub(crate) lines: Option<Lines>,
    pub(crate) made: Option<Table>,
    /// Of SQL: the engine's, and the column of inputs.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) column: Option<String>,
    pub(crate) vectors: Vectors,
    /// How close the values must be.
    pub(crate) tolerance: f64,
}

impl Export<'_> {
    /// The straight pieces, unless the network itself was asked for.
    pub(crate) fn table(&self) -> Option<&(PiecewiseLinear, f64)> {
        let wanted = self.asked != Some(Form::Net);
        self.pieces.as_ref().filter(|_| wanted)
    }

    /// Whether a row of the table is found by equal cells; one row needs none.
    pub(crate) fn is_uniform(&self) -> bool {
        let has_rows = self.made.as_ref().is_some_and(|table| table.n_rows() > 1);
        self.source.lookup == Some(Lookup::Uniform) && has_rows
    }

    /// The input at which x has its value: itself, or the nearer end of the domain.
    pub(crate) fn held(&self, x: f64) -> f64 {
        let (low, high) = match &self.made {
            Some(Table::Float(table)) => (table.knots[0], table.high),
            _ => self.fitted.domain,
        };
        match self.source.clamp {
            true => x.clamp(low, high),
            false => x,
        }
    }

    /// How close the values of a self-test must be, wherever it runs: of a table what rounding leaves at these inputs, and some
    /// roundings more, as machines differ in how they add products.
    pub(crate) fn test_tolerance(&self) -> f64 {
        let Some(Table::Float(table)) = &self.made else {
            return self.tolerance;
        };
        let Vectors { x, y } = &self.vectors;
        let held = x.iter().map(|x| self.held(*x));
        let deviation = self.vectors.deviation(held.clone().map(|x| table.at(x)));
        let size = held.map(|x| table.size(x)).fold(largest(y), f64::max);
        (1.01 * deviation + 8.0 * self.dtype.rounding() * size).min(self.tolerance)
    }

    /// What is proven of its values, in words.
    pub(crate) fn promise(&self) -> String {
        let Some(table) = &self.made else {
            return String::new();
        };
        let rounding = table.bounds().from_network;
        let total = self.fitted.max_error.map(|error| {
            let total = error.bound + rounding;
            let of_x = table.bounds().of_x;
            match error.at_rows {
                false => format!(" and {} from the function", short_up(total)),
                true => format!(
                    " and {} from any row that was fitted",
                    short_up(total + of_x)
                ),
            }
        });
        format!(
            ", in the domain at most {} from the network{}",
            short_up(rounding),
            total.unwrap_or_default()
        )
    }

    /// What the function is beyond the domain, in words.
    pub(crate) fn beyond(&self) -> String {
        let (low, high) = self.fitted.domain;
        if let Some(Table::Fixed(table)) = &self.made {
            let [first, last] = table.ends();
            return format!("below the count {first} and above {last} the value there");
        }
        let rule = match (self.source.clamp, &self.made) {
            (true, _) => "the value there; of NaN, NaN",
            (false, Some(_)) => "what the straight piece there goes on to; of NaN, NaN",
            (false, None) => "what the network is there, untrained; of NaN, NaN",
        };
        format!("below {} and above {} {rule}", short(low), short(high))
    }

    /// The inputs to test, and the values that they must have.
    pub(crate) fn with_vectors(mut self) -> Self {
        let x = inputs(self.fitted, self.dtype);
        let (low, high) = self.fitted.domain;
        let held: Vec<f64> = x.iter().map(|x| self.held(*x)).collect();
        let mut y = self.fitted.function.predict(&held);
        // Beyond the domain, a table's pieces go on where the network may bend: nothing is promised but that.
        if let Some(Table::Float(table)) = &self.made {
            let beyond = held
                .iter()
                .zip(&mut y)
                .filter(|(x, _)| !(low..=high).contains(*x));
            beyond.for_each(|(x, y)| *y = table.at(*x));
        }
        self.vectors = Vectors { x, y };
        self
    }
}

/// Test vectors: inputs, and the model's values there.
#[derive(Default)]
pub(crate) struct Vectors {
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
}

/// What an export was found to be.
pub(crate) struct Verified {
    /// By what its values were computed.
    pub(crate) by: String,
    /// The largest |difference| from the model.
    pub(crate) deviation: f64,
}

/// Evenly over the domain and a quarter of it on each side, at some of the training inputs and at some of the kinks; all of them
/// numbers of the type.
fn inputs(fitted: &Fitted, dtype: Dtype) -> Vec<f64> {
    let (low, high) = fitted.domain;
    let beside = 0.25 * (high - low);
    let mut x = linspace(low - beside, high + beside, 61);
    x.extend([low, high]);
    x.extend(&fitted.inputs);
    let kinks = fitted.kinks();
    let near = |kink: &&f64| (low - beside..high + beside).contains(*kink);
    let near: Vec<f64> = kinks.iter().filter(near).copied().collect();
    x.extend(near.iter().step_by(near.len().div_ceil(40).max(1)));
    x.iter_mut().for_each(|x| *x = dtype.round(*x));
    x
}

impl Vectors {
    /// The first input at which the model's value is not a finite number, and that value.
    pub(crate) fn not_finite(&self) -> Option<(f64, f64)> {
        let mut pairs = self.x.iter().copied().zip(self.y.iter().copied());
        pairs.find(|(_, y)| !y.is_finite())
    }

    /// The largest |difference| of some values from the model's.
    pub(crate) fn deviation(&self, values: impl IntoIterator<Item = f64>) -> f64 {
        let differences = values.into_iter().zip(&self.y).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, larger)
    }

    pub(crate) fn largest(&self) -> f64 {
        largest(&self.y)
    }
}

/// The larger of two deviations, a NaN being the largest.
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b <= a { a } else { b }
}

/// A file's bytes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ExportError> {
    std::fs::read(path).map_err(|source| ExportError::Read {
        path: path.into(),
        source,
    })
}

/// Numbers as literals, some to a line: the shortest text that reads back as the same f64.
pub(crate) fn literals(values: &[f64]) -> String {
    literals_as(values, |value| format!("{value:?}"))
}

/// Numbers as some text, some to a line.
pub(crate) fn literals_as<T>(values: &[T], text: impl Fn(&T) -> String) -> String {
    let lines = values.chunks(4).map(|line| {
        let line: Vec<_> = line.iter().map(&text).collect();
        format!("    {},\n", line.join(", "))
    });
    lines.collect()
}

/// A name from a file's header, fit for a comment.
pub(crate) fn one_line(name: &str) -> String {
    visible(name).replace(['*', '\\'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_is_the_largest_deviation() {
        let vectors = Vectors {
            x: vec![0.0; 3],
            y: vec![1.0, 2.0, 3.0],
        };
        assert_eq!(vectors.deviation([1.0, 2.5, 3.0]), 0.5);
        assert!(vectors.deviation([1.0, f64::NAN, 3.0]).is_nan());
        let after_nan = vectors.deviation([f64::NAN, 2.0, 3.0]);
        assert!(after_nan.is_nan());
    }
}
