//! A fitted network as a file for other programs, verified on the spot.

use std::path::Path;

use shallow_analytic::PiecewiseLinear;
use shallow_data::{count, extremes, short};

use crate::{
    error::ExportError,
    facts::TableFacts,
    fitted::{Fitted, Function},
    formats::{c, json, onnx, rust, safetensors, sql},
    job::{Export, Vectors, Verified},
    names::is_taken,
    options::{Dtype, Form, Format, Options, SourceOptions},
    target::{Lines, Table, TableBounds, TableScales},
};

/// Up to so many times the range of its values, a network's terms may cancel without a word.
const MOST_TERMS: f64 = 1e8;

/// What an exported function may deviate by from the model: a small share of the range of its values on the domain, and some
/// roundings of the largest value; in f64 of a network's terms there, which may be larger and cancel.
fn tolerance(fitted: &Fitted, vectors: &Vectors, dtype: Dtype) -> f64 {
    let (low, high) = fitted.domain;
    let inside = vectors.x.iter().zip(&vectors.y);
    let inside = inside.filter(|(x, _)| (low..=high).contains(*x));
    let (least, largest) = extremes(inside.map(|(_, y)| y));
    let (of_range, of_rounding) = match dtype {
        Dtype::F64 => (1e-11, 64.0 * f64::EPSILON),
        _ => (1e-4, 64.0 * f64::from(f32::EPSILON)),
    };
    let inside = vectors.x.iter().filter(|x| (low..=high).contains(*x));
    let rounded = match dtype {
        Dtype::F64 => {
            let terms = inside.map(|x| fitted.function.terms(*x));
            let most = MOST_TERMS * (largest - least) + vectors.largest();
            let terms = terms.fold(vectors.largest(), f64::max);
            if terms < most {
                terms
            } else {
                vectors.largest()
            }
        }
        _ => vectors.largest(),
    };
    (of_range * largest - of_range * least + of_rounding * rounded).max(f64::MIN_POSITIVE)
}

/// A file's bytes, and what their check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// What the file holds.
    pub bytes: Vec<u8>,
    /// What a header beside it holds, where that is a file of its own.
    pub header: Option<Vec<u8>>,
    /// What the function is called in source.
    pub name: String,
    /// What the function is, in a few words.
    pub model: String,
    /// What form it has in the file, in a few words.
    pub form: String,
    /// The largest |difference| from the model at the test vectors.
    pub deviation: f64,
    /// Number of test vectors.
    pub n_vectors: usize,
    /// By what the file's values were computed.
    pub by: String,
    /// Of source in straight pieces: what is known of its table.
    pub table: Option<TableFacts>,
}

impl Exported {
    /// Whether its numbers are counts.
    pub fn is_fixed(&self) -> bool {
        self.table
            .as_ref()
            .is_some_and(|table| table.dtype.is_fixed())
    }
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Safetensors,
        Self::Onnx,
        Self::Rust,
        Self::C,
        Self::Json,
        Self::Sql,
    ];

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            other => other.extension(),
        }
    }

    /// The usual ending of such a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Rust => "rs",
            Self::C => "c",
            Self::Json => "json",
            Self::Sql => "sql",
        }
    }
}

/// How far a ReLU network's table in the numbers of a type may be from it, on a domain; what its counts stand for, and those at its
/// ends.
///
/// # Errors
///
/// [`ExportError::Options`] where the numbers do not hold the table, and of a perceptron, which has none.
pub fn table_bounds(
    function: &Function,
    domain: (f64, f64),
    dtype: Dtype,
    options: &SourceOptions,
) -> Result<(TableBounds, Option<TableScales>), ExportError> {
    let Function::Relu { weights, x_shift } = function else {
        return Err(ExportError::Options(
            "a perceptron has no straight pieces to make a table of".into(),
        ));
    };
    let lines = Lines::new(&PiecewiseLinear::new(weights), *x_shift, domain);
    let table = Table::new(&lines, dtype, options)?;
    Ok((table.bounds(), table.scales()))
}

/// What checks a format's file.
type Verify = fn(&Export, &Path) -> Result<Verified, ExportError>;

/// The bytes of a format's file, those of a header beside it, and what checks them.
fn written(job: &Export, format: Format) -> Result<(c::Files, Verify), ExportError> {
    let alone = |source: Vec<u8>| c::Files {
        source,
        header: None,
    };
    Ok(match format {
        Format::Safetensors => (alone(safetensors::write(job)?), safetensors::verify),
        Format::Onnx => (alone(onnx::write(job)?), onnx::verify),
        Format::Rust => (alone(rust::write(job)?), rust::verify),
        Format::C => (c::write(job)?, c::verify),
        Format::Json => (alone(json::write(job)?), json::verify),
        Format::Sql => (alone(sql::write(job)?), sql::verify),
    })
}

/// Makes the file in a temporary folder, reads, compiles or runs it there, and compares its values with the model's.
///
/// # Errors
///
/// [`ExportError::Options`] where the options do not go together, [`ExportError::Write`], what the check could not read, compile
/// or run, and [`ExportError::Deviates`] where the values are not the model's.
pub fn export(fitted: &Fitted, options: &Options) -> Result<Exported, ExportError> {
    let pieces = match &fitted.function {
        Function::Relu { weights, x_shift } => Some((PiecewiseLinear::new(weights), *x_shift)),
        Function::Perceptron { .. } => None,
    };
    check_options(options, pieces.is_some())?;
    let is_source = matches!(options.format, Format::C | Format::Rust);
    let in_pieces = is_source && options.form != Some(Form::Net);
    let of_table = pieces.as_ref().filter(|_| in_pieces);
    let of_table = of_table.map(|(pieces, x_shift)| (pieces, *x_shift));
    let (dtype, source) = (options.dtype, &options.source);
    let lines = of_table.map(|(pieces, x_shift)| Lines::new(pieces, x_shift, fitted.domain));
    let made = lines.as_ref().map(|lines| Table::new(lines, dtype, source));
    let mut job = Export {
        fitted,
        asked: options.form,
        dtype,
        name: identifier(&options.name),
        stem: options.name.clone(),
        source: source.clone(),
        dialect: options.dialect,
        column: options.column.clone(),
        made: made.transpose()?,
        lines,
        pieces,
        tolerance: 0.0,
        vectors: Vectors::default(),
    }
    .with_vectors();
    if let Some((x, y)) = job.vectors.not_finite() {
        return Err(ExportError::content(format!(
            "the model's value at x = {} is {y}: its weights are too large to be exported; scale the samples and fit again",
            short(x)
        )));
    }
    job.tolerance = tolerance(fitted, &job.vectors, dtype);
    let (files, verify) = written(&job, options.format)?;
    let verified = in_a_folder(&job, options.format, &files, |path| verify(&job, path))?;
    // What rounding a table may do is proven; it is refused where that is more than rounding and the network's own error.
    let within = job.made.as_ref().is_some_and(|table| {
        let rounding = table.bounds().from_network;
        let error = fitted.max_error.map_or(0.0, |error| error.bound);
        dtype.is_fixed() || (verified.deviation <= rounding && rounding <= error)
    });
    let is_close = within || verified.deviation <= job.tolerance; // no NaN is
    if !is_close {
        return Err(ExportError::Deviates {
            deviation: verified.deviation,
            tolerance: job.tolerance,
            dtype: options.dtype,
        });
    }
    let form = match (&job.lines, job.table()) {
        (Some(lines), _) => count(lines.len() - 1, "kink"),
        _ if dtype == Dtype::F32 => "in f32".to_string(),
        (None, Some((pieces, _))) => count(pieces.kinks.len(), "kink"),
        (None, None) => "f64".to_string(),
    };
    let n_measured = match &job.made {
        Some(Table::Fixed(table)) => table.n_measured,
        _ => job.vectors.x.len(),
    };
    Ok(Exported {
        model: fitted.function.describe(),
        form,
        deviation: verified.deviation,
        n_vectors: n_measured,
        by: verified.by,
        table: TableFacts::new(&job),
        bytes: files.source,
        header: files.header,
        name: job.name,
    })
}

fn check_options(options: &Options, has_table: bool) -> Result<(), ExportError> {
    let Options {
        format,
        form,
        dtype,
        source,
        ..
    } = options;
    let has_form = !matches!(format, Format::Onnx | Format::Safetensors);
    let is_source = matches!(format, Format::C | Format::Rust);
    let is_sql = *format == Format::Sql;
    let is_table = has_table && *form != Some(Form::Net);
    let of_table = source.lookup.is_some() || source.monotone.is_some();
    let of_counts = source.x_counts.is_some() || source.y_counts.is_some();
    let problem = match form {
        Some(_) if !has_form => {
            "a form goes with the formats rust, c, json and sql alone; the others hold the network"
        }
        Some(Form::Table) if !has_table => {
            "a perceptron has no straight pieces to make a table of; export it as net"
        }
        _ if dtype.is_fixed() && !is_source => {
            "dtypes q15 and q31 go with the formats c and rust alone"
        }
        _ if *dtype == Dtype::F32 && !(is_source || *format == Format::Onnx) => {
            "dtype f32 goes with the formats onnx, c and rust; the others are f64"
        }
        _ if dtype.is_fixed() && !has_table => {
            "counts hold straight pieces, and a perceptron has none; fit a relu network to the same samples"
        }
        _ if dtype.is_fixed() && !is_table => "counts hold straight pieces; export it as table",
        _ if of_counts && !dtype.is_fixed() => {
            "a scale of x or y goes with the dtypes q15 and q31 alone"
        }
        _ if of_table && !(is_source && is_table) => {
            "a lookup and monotone go with tables in the formats c and rust alone"
        }
        _ if *dtype == Dtype::F32 && *format == Format::Rust && !has_table => {
            "a perceptron in Rust is f64: core has no exponential function of f32"
        }
        _ if source.clamp && !is_source => "clamp goes with the formats c and rust alone",
        _ if (source.is_const || source.progmem) && *format != Format::C => {
            "const and progmem go with the format c alone"
        }
        _ if source.progmem && !is_table => "progmem goes with tables alone; export it as table",
        _ if source.progmem && *dtype == Dtype::F64 => {
            "an AVR has no f64; with progmem, use f32, q15 or q31"
        }
        _ if is_sql && options.dialect.is_none() => {
            "format sql needs a dialect: duckdb, postgres, spark or sqlite"
        }
        _ if !is_sql && (options.dialect.is_some() || options.column.is_some()) => {
            "a dialect and a column go with the format sql alone"
        }
        _ => return Ok(()),
    };
    Err(ExportError::Options(problem.into()))
}

/// Writes the files to a temporary folder, for a check.
fn in_a_folder(
    job: &Export,
    format: Format,
    files: &c::Files,
    check: impl FnOnce(&Path) -> Result<Verified, ExportError>,
) -> Result<Verified, ExportError> {
    let cannot = |source| ExportError::Write {
        path: std::env::temp_dir(),
        source,
    };
    let folder = tempfile::tempdir().map_err(cannot)?;
    // Where a header is beside it, the source names that.
    let stem = match files.header {
        Some(_) => &job.stem,
        None => &job.name,
    };
    let path = folder.path().join(format!("{stem}.{}", format.extension()));
    std::fs::write(&path, &files.source).map_err(cannot)?;
    if let Some(header) = &files.header {
        std::fs::write(folder.path().join(format!("{stem}.h")), header).map_err(cannot)?;
    }
    check(&path)
}

/// A file's name, without its ending, as what a function may be called in C and in Rust.
fn identifier(stem: &str) -> String {
    let mut name: String = stem
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "model_");
    }
    if is_taken(&name) {
        name.push_str("_model");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_becomes_an_identifier() {
        let names = ["volts", "2nd-fit", "double", "my model", "sinf", "puts", ""];
        assert_eq!(
            names.map(identifier),
            [
                "volts",
                "model_2nd_fit",
                "double_model",
                "my_model",
                "sinf_model",
                "puts_model",
                "model_"
            ]
        );
    }
}
