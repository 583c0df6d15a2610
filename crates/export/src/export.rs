//! A fitted network as a file for other programs, verified on the spot.

use std::path::Path;

use shallow_analytic::PiecewiseLinear;
use shallow_data::{extremes, short};

use crate::{
    error::ExportError,
    fitted::{Fitted, Function},
    formats::{c, json, onnx, rust, safetensors, sql},
    job::{Export, Vectors, Verified},
    names::is_taken,
    options::{Dtype, Form, Format, Options},
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
        Dtype::F32 => (1e-4, 64.0 * f64::from(f32::EPSILON)),
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
        Dtype::F32 => vectors.largest(),
    };
    (of_range * largest - of_range * least + of_rounding * rounded).max(f64::MIN_POSITIVE)
}

/// A file's bytes, and what their check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// What the file holds.
    pub bytes: Vec<u8>,
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

/// What makes a format's bytes.
type Write = fn(&Export) -> Result<Vec<u8>, ExportError>;

/// What checks a format's file.
type Verify = fn(&Export, &Path) -> Result<Verified, ExportError>;

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
    let (write, verify): (Write, Verify) = match options.format {
        Format::Safetensors => (safetensors::write, safetensors::verify),
        Format::Onnx => (onnx::write, onnx::verify),
        Format::Rust => (rust::write, rust::verify),
        Format::C => (c::write, c::verify),
        Format::Json => (json::write, json::verify),
        Format::Sql => (sql::write, sql::verify),
    };
    let vectors = Vectors::new(fitted, options.dtype);
    if let Some((x, y)) = vectors.not_finite() {
        return Err(ExportError::content(format!(
            "the model's value at x = {} is {y}: its weights are too large to be exported; scale the samples and fit again",
            short(x)
        )));
    }
    let job = Export {
        fitted,
        pieces,
        asked: options.form,
        dtype: options.dtype,
        name: identifier(&options.name),
        dialect: options.dialect,
        column: options.column.clone(),
        tolerance: tolerance(fitted, &vectors, options.dtype),
        vectors,
    };
    let bytes = write(&job)?;
    let verified = in_a_folder(&job.name, options.format, &bytes, |path| verify(&job, path))?;
    let is_close = verified.deviation <= job.tolerance; // no NaN is
    if !is_close {
        return Err(ExportError::Deviates {
            deviation: verified.deviation,
            tolerance: job.tolerance,
            dtype: options.dtype,
        });
    }
    let form = match job.table() {
        _ if job.dtype == Dtype::F32 => "in f32".to_string(),
        Some((pieces, _)) if pieces.kinks.len() == 1 => "1 kink".to_string(),
        Some((pieces, _)) => format!("{} kinks", pieces.kinks.len()),
        None => "f64".to_string(),
    };
    Ok(Exported {
        bytes,
        model: fitted.function.describe(),
        form,
        deviation: verified.deviation,
        n_vectors: job.vectors.x.len(),
        by: verified.by,
    })
}

fn check_options(options: &Options, has_table: bool) -> Result<(), ExportError> {
    let is_source = !matches!(options.format, Format::Onnx | Format::Safetensors);
    let is_sql = options.format == Format::Sql;
    let problem = match options.form {
        Some(_) if !is_source => {
            "a form goes with the formats rust, c, json and sql alone; the others hold the network"
        }
        Some(Form::Table) if !has_table => {
            "a perceptron has no straight pieces to make a table of; export it as net"
        }
        _ if options.dtype == Dtype::F32 && !matches!(options.format, Format::Onnx | Format::C) => {
            "dtype f32 goes with the formats onnx and c; the others are f64"
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

/// Writes the bytes to a file of a temporary folder, for a check.
fn in_a_folder(
    name: &str,
    format: Format,
    bytes: &[u8],
    check: impl FnOnce(&Path) -> Result<Verified, ExportError>,
) -> Result<Verified, ExportError> {
    let cannot = |source| ExportError::Write {
        path: std::env::temp_dir(),
        source,
    };
    let folder = tempfile::tempdir().map_err(cannot)?;
    let path = folder.path().join(name).with_extension(format.extension());
    std::fs::write(&path, bytes).map_err(cannot)?;
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
