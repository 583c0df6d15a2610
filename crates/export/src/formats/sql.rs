//! The function as one SQL expression, so that an engine computes it beside its rows.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use shallow_analytic::{Activation, Perceptron, PiecewiseLinear, ReluWeights};
use shallow_data::{LARGEST, Scaling};
use shallow_moments::Dialect;

use crate::{
    compiler::not_compiled,
    error::ExportError,
    fitted::Function,
    job::{Export, Verified, one_line},
};

pub(crate) fn write(export: &Export) -> Result<Vec<u8>, ExportError> {
    let dialect = export.dialect.unwrap_or(Dialect::DuckDb);
    let [x, y] = export.fitted.names.each_ref().map(|name| one_line(name));
    let (low, high) = export.fitted.domain;
    let column = export.column.as_ref().unwrap_or(&export.fitted.names[0]);
    Ok(format!(
        "-- {y} from {x}: {}, trained on [{low:?}, {high:?}]. An expression of {}, to stand after SELECT or WHERE.\n{}\n",
        export.fitted.function.describe(),
        dialect.name(),
        expression(export, dialect, column)?
    )
    .into_bytes())
}

/// The function of a column.
fn expression(export: &Export, dialect: Dialect, column: &str) -> Result<String, ExportError> {
    let name = dialect
        .identifier(column)
        .map_err(|error| ExportError::Options(error.to_string()))?;
    let writer = Writer {
        dialect,
        float: dialect.number_of(&name),
        name,
    };
    let value = match (&export.fitted.function, export.table()) {
        (_, Some((pieces, x_shift))) => writer.table(pieces, *x_shift),
        (Function::Relu { weights, x_shift }, None) => writer.units(weights, *x_shift),
        (Function::Perceptron { neuron, x, y }, None) => writer.perceptron(neuron, *x, *y),
    };
    Ok(match dialect {
        // To which a text is larger than any number.
        Dialect::Sqlite => format!(
            "CASE WHEN typeof({}) IN ('integer', 'real') THEN\n{value}\nEND",
            writer.name
        ),
        _ => value,
    })
}

struct Writer {
    dialect: Dialect,
    /// The column, and the same as a float.
    name: String,
    float: String,
}

impl Writer {
    fn number(&self, value: f64) -> String {
        self.dialect.number(value)
    }

    /// The column less a number.
    fn less(&self, shift: f64) -> String {
        match shift == 0.0 {
            true => self.float.clone(),
            false => format!("({} - {})", self.float, self.number(shift)),
        }
    }

    /// In `CASE`s that halve what is left of the kinks: as deep as the logarithm of their number.
    fn table(&self, pieces: &PiecewiseLinear, x_shift: f64) -> String {
        let mut text = String::new();
        self.halve(pieces, x_shift, 0, pieces.slopes.len(), 0, &mut text);
        text
    }

    /// Pieces `from..to`, at a depth.
    fn halve(
        &self,
        pieces: &PiecewiseLinear,
        x_shift: f64,
        from: usize,
        to: usize,
        depth: usize,
        text: &mut String,
    ) {
        let indent = " ".repeat(depth);
        if to - from == 1 {
            *text += &format!(
                "{indent}{} + {} * {}",
                self.number(pieces.intercepts[from]),
                self.number(pieces.slopes[from]),
                self.less(x_shift)
            );
            return;
        }
        let middle = from.midpoint(to);
        let kink = self.number(pieces.kinks[middle - 1]);
        // Not against the kink in x, which would be rounded where x is far from 0.
        let x = match x_shift == 0.0 {
            true => self.name.clone(),
            false => self.less(x_shift),
        };
        *text += &format!("{indent}CASE WHEN {x} < {kink} THEN\n");
        self.halve(pieces, x_shift, from, middle, depth + 1, text);
        *text += &format!("\n{indent}ELSE\n");
        self.halve(pieces, x_shift, middle, to, depth + 1, text);
        *text += &format!("\n{indent}END");
    }

    /// The sum of the units.
    fn units(&self, weights: &ReluWeights, x_shift: f64) -> String {
        let x = self.less(x_shift);
        let units = weights.w1.iter().zip(&weights.b1).zip(&weights.w2);
        let units = units.map(|((w1, b1), w2)| {
            let z = format!("{} * {x} + {}", self.number(*w1), self.number(*b1));
            let [zero, w2] = [0.0, *w2].map(|value| self.number(value));
            format!("{w2} * CASE WHEN {z} < {zero} THEN {zero} ELSE {z} END")
        });
        let mut terms: Vec<String> = units.collect();
        terms.push(self.number(weights.b2[0]));
        sum(&terms)
    }

    /// NULL far beyond its samples, where powers of x overflow.
    fn perceptron(&self, neuron: &Perceptron, x: Scaling, y: Scaling) -> String {
        let u = format!("{} / {}", self.less(x.shift), self.number(x.scale));
        let weights = neuron.weight.iter().map(|weight| self.number(*weight));
        let z = weights.reduce(|z, weight| format!("({z}) * ({u}) + {weight}"));
        let z = z.unwrap_or_else(|| self.number(0.0));
        // Beyond 700, exp overflows, and adds nothing to 1 or leaves nothing of it.
        let bounded = |z: &str| {
            let below = self.dialect.least(z, &self.number(700.0));
            self.dialect.greatest(&below, &self.number(-700.0))
        };
        let [one, two] = [1.0, 2.0].map(|value| self.number(value));
        let value = match neuron.activation {
            Activation::Identity => z,
            Activation::Sigmoid => format!("{one} / ({one} + exp(-{}))", bounded(&z)),
            Activation::Tanh => {
                let z = bounded(&format!("{two} * ({z})"));
                format!("{two} / ({one} + exp(-{z})) - {one}")
            }
        };
        // As far as no term of the polynomial is near the largest number.
        let largest = neuron
            .weight
            .iter()
            .fold(1.0_f64, |most, w| most.max(w.abs()));
        let degree = (neuron.weight.len() as f64 - 1.0).max(1.0);
        let far = (LARGEST / largest).powf(1.0 / degree) * x.scale.abs();
        let ends = [x.shift - far, x.shift + far].map(|end| end.clamp(-LARGEST, LARGEST));
        let [shift, scale, low, high] =
            [y.shift, y.scale, ends[0], ends[1]].map(|value| self.number(value));
        format!(
            "CASE WHEN {} BETWEEN {low} AND {high} THEN {shift} + {scale} * ({value}) END",
            self.name
        )
    }
}

/// The sum of some terms, halved and halved again: engines limit how deep an expression may be.
fn sum(terms: &[String]) -> String {
    match terms {
        [] => String::new(),
        [term] => term.clone(),
        terms => {
            let (left, right) = terms.split_at(terms.len() / 2);
            format!("({}\n + {})", sum(left), sum(right))
        }
    }
}

/// SQLite, which comes with Python.
const SQLITE: &str = "
import sqlite3, sys
given = sys.stdin.read().split('\\0')
connection = sqlite3.connect(':memory:')
connection.execute('CREATE TABLE t (n INTEGER PRIMARY KEY, x REAL)')
connection.executemany('INSERT INTO t (x) VALUES (?)', [(float(x),) for x in given[1].split()])
print('\\n'.join(repr(y) for y, in connection.execute('SELECT ' + given[0] + ' FROM t ORDER BY n')))
";

/// Computes the test vectors by SQLite, whose SQL differs from the other engines' in the names of types alone.
pub(crate) fn verify(export: &Export, _: &Path) -> Result<Verified, ExportError> {
    let expression = expression(export, Dialect::Sqlite, "x")?;
    let x: Vec<String> = export.vectors.x.iter().map(|x| format!("{x:?}")).collect();
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let child = Command::new(&python)
        .args(["-c", SQLITE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return Ok(not_compiled(export, "python3 with SQLite"));
    };
    // It reads all before it writes.
    if let Some(mut input) = child.stdin.take() {
        let _ = write!(input, "{expression}\0{}", x.join(" "));
    }
    let output = child.wait_with_output().map_err(|error| {
        ExportError::content(format!("cannot read what {python} computed: {error}"))
    })?;
    if !output.status.success() {
        return Ok(not_compiled(export, "SQLite with exp"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let values: Vec<f64> = text
        .lines()
        .map(|line| line.trim().parse().unwrap_or(f64::NAN))
        .collect();
    if values.len() != x.len() {
        return Err(ExportError::content("SQLite computed too few values"));
    }
    Ok(Verified {
        deviation: export.vectors.deviation(values),
        by: "computed by SQLite".into(),
    })
}
