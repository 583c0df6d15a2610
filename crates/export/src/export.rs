//! A fitted network to a file for other programs, verified on the spot.

use std::path::{Path, PathBuf};

use shallow_data::write_whole;

use crate::{
    error::ExportError,
    fitted::Fitted,
    formats::{c, json, onnx, rust, safetensors},
    job::{Export, Vectors, Verified},
    options::{Dtype, Form, Format, Options},
};

/// What an exported function may deviate by from the model, as a share of the largest value: thousands of roundings.
fn tolerance(dtype: Dtype) -> f64 {
    match dtype {
        Dtype::F64 => 1e-11,
        Dtype::F32 => 1e-4,
    }
}

/// A file that was written, and what its check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The file.
    pub path: PathBuf,
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
    /// The deviation that rounding explains.
    pub tolerance: f64,
}

impl Exported {
    /// Whether rounding explains the deviation.
    pub fn is_close(&self) -> bool {
        self.deviation <= self.tolerance
    }
}

impl Format {
    /// The usual ending of such a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Rust => "rs",
            Self::C => "c",
            Self::Json => "json",
        }
    }
}

/// What makes a format's bytes.
type Write = fn(&Export) -> Result<Vec<u8>, ExportError>;

/// What checks a format's file.
type Verify = fn(&Export, &Path) -> Result<Verified, ExportError>;

/// Writes the file whole, then reads, compiles or runs it and compares its values with the model's.
///
/// # Errors
///
/// [`ExportError::Options`] where the options do not go together, [`ExportError::Write`], and what the check could not read,
/// compile or run. A file that deviates is not an error: see [`Exported::is_close`].
pub fn export(fitted: &Fitted, options: &Options) -> Result<Exported, ExportError> {
    let pieces = fitted.pieces();
    check_options(options, pieces.is_some())?;
    let (write, verify): (Write, Verify) = match options.format {
        Format::Safetensors => (safetensors::write, safetensors::verify),
        Format::Onnx => (onnx::write, onnx::verify),
        Format::Rust => (rust::write, rust::verify),
        Format::C => (c::write, c::verify),
        Format::Json => (json::write, json::verify),
    };
    let path = &options.path;
    let vectors = Vectors::new(fitted, pieces.as_ref());
    let job = Export {
        fitted,
        pieces,
        asked: options.form,
        dtype: options.dtype,
        name: identifier(path),
        tolerance: tolerance(options.dtype) * vectors.largest().max(f64::MIN_POSITIVE),
        vectors,
    };
    write_whole(path, &write(&job)?).map_err(|source| ExportError::Write {
        path: path.clone(),
        source,
    })?;
    let verified = verify(&job, path)?;
    let form = match job.table() {
        _ if job.dtype == Dtype::F32 => "in f32".to_string(),
        Some(pieces) => format!("{} kinks", pieces.kinks.len()),
        None => "f64".to_string(),
    };
    Ok(Exported {
        path: path.clone(),
        model: fitted.function.describe(),
        form,
        deviation: verified.deviation,
        n_vectors: job.vectors.x.len(),
        by: verified.by,
        tolerance: job.tolerance,
    })
}

fn check_options(options: &Options, has_table: bool) -> Result<(), ExportError> {
    let is_source = matches!(options.format, Format::C | Format::Rust | Format::Json);
    let problem = match options.form {
        Some(_) if !is_source => {
            "a form goes with the formats rust, c and json alone; the others hold the network"
        }
        Some(Form::Table) if !has_table => {
            "a perceptron has no straight pieces to make a table of; export it as net"
        }
        _ if options.dtype == Dtype::F32 && options.format != Format::Onnx => {
            "dtype f32 goes with the format onnx alone; the others are f64"
        }
        _ => return Ok(()),
    };
    Err(ExportError::Options(problem.into()))
}

/// A file's name as what a function may be called in C and in Rust.
fn identifier(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
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
    /// What C, its mathematics or Rust have names for already.
    const TAKEN: &str = " abs abstract as asm async atan auto await become box bool break case char const continue cos crate \
        default deviation do double dyn else enum erf exp extern false float fn for gamma goto horner if impl in inline int j0 j1 jn let log long \
        loop macro main match mod move mut override pow priv pub ref register restrict return self short signed sin \
        sizeof sqrt static struct super switch tan tanh tests trait true try type typedef typeof union unsafe unsigned unsized use \
        virtual void volatile where while y0 y1 yield yn ";
    if TAKEN.contains(&format!(" {name} ")) {
        name.push_str("_model");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_becomes_an_identifier() {
        let names = ["out/volts.c", "2nd-fit.rs", "double.c", "my model.c"];
        let identifiers = names.map(|name| identifier(Path::new(name)));
        assert_eq!(
            identifiers,
            ["volts", "model_2nd_fit", "double_model", "my_model"]
        );
    }
}
