//! `shallow export`: a fitted network for other programs, verified on the spot.

mod c;
mod json;
mod onnx;
mod rust;
mod safetensors;

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail};
use shallow::{PiecewiseLinear, linspace};

use crate::{
    args::{Dtype, ExportArgs, Form, Format},
    error::usage,
    fitted::Fitted,
    print,
    report::{largest, short},
    run_folder::{cannot_write, write_whole},
};

/// What an exported function may deviate by from the model, as a share of the largest value: thousands of roundings.
fn tolerance(dtype: Dtype) -> f64 {
    match dtype {
        Dtype::F64 => 1e-11,
        Dtype::F32 => 1e-4,
    }
}

/// What is exported.
pub struct Export<'a> {
    pub fitted: &'a Fitted,
    /// The straight pieces, of a ReLU network.
    pub pieces: Option<PiecewiseLinear>,
    /// The form that was asked for.
    pub asked: Option<Form>,
    pub dtype: Dtype,
    /// What the function is called in source.
    pub name: String,
    pub vectors: Vectors,
    /// How close the values must be.
    pub tolerance: f64,
}

impl Export<'_> {
    /// The straight pieces, unless the network itself was asked for.
    pub fn table(&self) -> Option<&PiecewiseLinear> {
        let wanted = self.asked != Some(Form::Net);
        self.pieces.as_ref().filter(|_| wanted)
    }
}

/// What makes a format's bytes.
type Write = fn(&Export) -> Result<Vec<u8>>;

/// What checks a format's file.
type Verify = fn(&Export, &Path) -> Result<Verified>;

/// Test vectors: inputs, and the model's values there.
pub struct Vectors {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
}

/// What an export was found to be.
pub struct Verified {
    /// By what its values were computed.
    pub by: String,
    /// The largest |difference| from the model.
    pub deviation: f64,
}

impl Vectors {
    /// Evenly over the domain and a quarter of it on each side, and at some of the kinks.
    fn new(fitted: &Fitted, pieces: Option<&PiecewiseLinear>) -> Self {
        let (low, high) = fitted.domain;
        let beside = 0.25 * (high - low);
        let mut x = linspace(low - beside, high + beside, 61);
        x.extend([low, high]);
        let kinks = pieces.map_or(&[][..], |pieces| &pieces.kinks);
        let near = |kink: &&f64| (low - beside..high + beside).contains(*kink);
        let near: Vec<f64> = kinks.iter().filter(near).copied().collect();
        x.extend(near.iter().step_by(near.len().div_ceil(40).max(1)));
        let y = fitted.function.predict(&x);
        Self { x, y }
    }

    /// The largest |difference| of some values from the model's.
    pub fn deviation(&self, values: impl IntoIterator<Item = f64>) -> f64 {
        let differences = values.into_iter().zip(&self.y).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, larger)
    }

    fn largest(&self) -> f64 {
        largest(&self.y)
    }
}

/// The larger of two deviations, a NaN being the largest.
pub fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b <= a { a } else { b }
}

pub fn run(args: &ExportArgs) -> Result<()> {
    let fitted = Fitted::load(&args.dir)?;
    let pieces = fitted.pieces();
    check_form(args, pieces.is_some())?;
    let dtype = args.dtype.unwrap_or(Dtype::F64);
    if dtype == Dtype::F32 && args.format != Format::Onnx {
        return Err(usage(
            "--dtype f32 goes with --format onnx alone; the others are f64",
        ));
    }
    let (extension, write, verify): (_, Write, Verify) = match args.format {
        Format::Safetensors => ("safetensors", safetensors::write, safetensors::verify),
        Format::Onnx => ("onnx", onnx::write, onnx::verify),
        Format::Rust => ("rs", rust::write, rust::verify),
        Format::C => ("c", c::write, c::verify),
        Format::Json => ("json", json::write, json::verify),
    };
    let path = match &args.out {
        Some(path) => path.clone(),
        None => {
            let folder = args.dir.join("export");
            std::fs::create_dir_all(&folder).with_context(|| cannot_write(&folder))?;
            folder.join("model").with_extension(extension)
        }
    };
    let vectors = Vectors::new(&fitted, pieces.as_ref());
    let export = Export {
        fitted: &fitted,
        pieces,
        asked: args.form,
        dtype,
        name: identifier(&path),
        tolerance: tolerance(dtype) * vectors.largest().max(f64::MIN_POSITIVE),
        vectors,
    };
    write_whole(&path, &write(&export)?)?;
    report(&export, &path, &verify(&export, &path)?)
}

fn check_form(args: &ExportArgs, has_table: bool) -> Result<()> {
    let is_source = matches!(args.format, Format::C | Format::Rust | Format::Json);
    match args.form {
        Some(_) if !is_source => Err(usage(
            "--as goes with the formats rust, c and json alone; the others hold the network",
        )),
        Some(Form::Table) if !has_table => Err(usage(
            "a perceptron has no straight pieces to make a table of; use --as net",
        )),
        _ => Ok(()),
    }
}

fn report(export: &Export, path: &Path, verified: &Verified) -> Result<()> {
    let what = match export.table() {
        _ if export.dtype == Dtype::F32 => "in f32".to_string(),
        Some(pieces) => format!("{} kinks", pieces.kinks.len()),
        None => "f64".to_string(),
    };
    let text = format!(
        "{}: {}, {what}; largest deviation from the model {} at {} test vectors, {}\n",
        path.display(),
        export.fitted.function.describe(),
        short(verified.deviation),
        export.vectors.x.len(),
        verified.by
    );
    print(text.as_bytes())?;
    if verified.deviation <= export.tolerance {
        Ok(())
    } else {
        bail!(
            "that is more than the {} that rounding explains; do not use the file",
            short(export.tolerance)
        )
    }
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

/// Numbers as literals, some to a line: the shortest text that reads back as the same f64.
pub fn literals(values: &[f64]) -> String {
    let lines = values.chunks(4).map(|line| {
        let line: Vec<_> = line.iter().map(|value| format!("{value:?}")).collect();
        format!("    {},\n", line.join(", "))
    });
    lines.collect()
}

/// A name from a file's header, fit for a comment.
pub fn one_line(name: &str) -> String {
    name.replace(|c: char| c.is_control() || c == '*' || c == '\\', " ")
}

/// A compiler for a source file, and how to make a program of it that checks itself.
pub struct Compiler<'a> {
    /// What it is called where there is none.
    pub what: &'static str,
    /// What is done with the program it makes.
    pub then: &'static str,
    /// Where the user may name one.
    pub variable: &'static str,
    /// Those to try.
    pub usual: &'static [&'static str],
    /// The arguments before `-o program file`, and those after.
    pub before: &'a [&'a str],
    pub after: &'a [&'a str],
}

impl Compiler<'_> {
    /// Compiles an exported file, runs it, and reads the deviation it prints.
    pub fn verify(&self, export: &Export, path: &Path) -> Result<Verified> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let program = folder.path().join("verify");
        let named = std::env::var(self.variable)
            .ok()
            .filter(|name| !name.is_empty());
        for compiler in named
            .as_deref()
            .into_iter()
            .chain(self.usual.iter().copied())
        {
            let mut command = Command::new(compiler);
            command.args(self.before).arg("-o").arg(&program).arg(path);
            let Ok(compiled) = command.args(self.after).output() else {
                continue; // not here
            };
            if !compiled.status.success() {
                bail!(
                    "{compiler} does not compile the file: {}",
                    String::from_utf8_lossy(&compiled.stderr).trim()
                );
            }
            let ran = Command::new(&program)
                .arg("--nocapture")
                .output()
                .with_context(|| format!("cannot run what {compiler} made"))?;
            return Ok(Verified {
                deviation: printed_deviation(&String::from_utf8_lossy(&ran.stdout))?,
                by: format!("compiled by {compiler} and {}", self.then),
            });
        }
        Ok(not_compiled(export, self.what))
    }
}

fn printed_deviation(text: &str) -> Result<f64> {
    let printed = text
        .lines()
        .find_map(|line| line.split_once("largest deviation "));
    let (_, number) = printed.context("what was compiled printed no deviation")?;
    number
        .trim()
        .parse()
        .context("what was compiled printed no number")
}

/// Without a compiler, what is known is how far the table is from the network.
fn not_compiled(export: &Export, missing: &str) -> Verified {
    let vectors = &export.vectors;
    let deviation = export.table().map_or(0.0, |pieces| {
        vectors.deviation(vectors.x.iter().map(|x| pieces.predict(*x)))
    });
    Verified {
        deviation,
        by: format!(
            "computed from the same numbers: the file was not compiled, for want of a {missing}"
        ),
    }
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
