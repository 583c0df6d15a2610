//! Source files compiled and run on the spot, where there is a compiler.

use std::{path::Path, process::Command};

use crate::{
    error::ExportError,
    job::{Export, Verified},
    target::Table,
};

/// A compiler for a source file, and how to make a program of it that checks itself.
pub(crate) struct Compiler<'a> {
    /// Its name, for a message that there is none.
    pub(crate) what: &'static str,
    /// What is done with the program it makes.
    pub(crate) then: &'static str,
    /// The environment variable in which the user may name one.
    pub(crate) variable: &'static str,
    /// Those to try.
    pub(crate) usual: &'static [&'static str],
    /// The arguments before `-o program file`, and those after.
    pub(crate) before: &'a [&'a str],
    pub(crate) after: &'a [&'a str],
}

impl Compiler<'_> {
    /// Compiles an exported file, runs it, and reads the deviation it prints.
    pub(crate) fn verify(&self, export: &Export, path: &Path) -> Result<Verified, ExportError> {
        let folder = tempfile::tempdir().map_err(|error| {
            ExportError::content(format!("cannot make a temporary folder: {error}"))
        })?;
        let program = folder.path().join("verify");
        let named = std::env::var(self.variable)
            .ok()
            .filter(|name| !name.is_empty());
        // One that is named is taken, with its arguments, or none.
        let candidates = match &named {
            Some(named) => vec![named.as_str()],
            None => self.usual.to_vec(),
        };
        for compiler in candidates {
            let mut words = compiler.split_whitespace();
            let mut command = Command::new(words.next().unwrap_or(compiler));
            command.args(words).args(self.before);
            command.arg("-o").arg(&program).arg(path).args(self.after);
            let compiled = match command.output() {
                Ok(compiled) => compiled,
                Err(error) if named.is_some() => {
                    return Err(ExportError::content(format!(
                        "cannot run `{compiler}`, which {} names: {error}",
                        self.variable
                    )));
                }
                Err(_) => continue, // not here
            };
            if !compiled.status.success() {
                return Err(ExportError::content(format!(
                    "{compiler} does not compile the file: {}",
                    one_error(&String::from_utf8_lossy(&compiled.stderr))
                )));
            }
            let ran = Command::new(&program).arg("--nocapture").output();
            let ran = ran.map_err(|error| {
                ExportError::content(format!(
                    "cannot run what {compiler} made ({error}); {} must name a compiler for this machine",
                    self.variable
                ))
            })?;
            let printed = String::from_utf8_lossy(&ran.stdout);
            let by = format!("compiled by {compiler} and {}", self.then);
            return match &export.made {
                Some(Table::Fixed(table)) if ran.status.success() => Ok(Verified {
                    deviation: table.measured,
                    by,
                }),
                Some(Table::Fixed(_)) => Err(ExportError::content(
                    "what was compiled gives other values than were proven; report this as a bug",
                )),
                _ => Ok(Verified {
                    deviation: printed_deviation(&printed)?,
                    by,
                }),
            };
        }
        Ok(not_compiled(export, self.what))
    }
}

/// The first line of a compiler's output that names an error.
fn one_error(output: &str) -> &str {
    let mut lines = output.lines().map(str::trim);
    let error = lines.clone().find(|line| line.contains("error"));
    error.or_else(|| lines.next()).unwrap_or("it says nothing")
}

fn printed_deviation(text: &str) -> Result<f64, ExportError> {
    let printed = text
        .lines()
        .find_map(|line| line.split_once("largest deviation "));
    let number = printed.and_then(|(_, number)| number.trim().parse().ok());
    number.ok_or_else(|| ExportError::content("what was compiled printed no deviation"))
}

/// Without a compiler, only what was computed from the same numbers is known.
pub(crate) fn not_compiled(export: &Export, missing: &str) -> Verified {
    let vectors = &export.vectors;
    let at_vectors =
        |value: &dyn Fn(f64) -> f64| vectors.deviation(vectors.x.iter().map(|x| value(*x)));
    let deviation = match (&export.made, export.table()) {
        (Some(Table::Fixed(table)), _) => table.measured,
        (Some(Table::Float(table)), _) => at_vectors(&|x| table.at(export.held(x))),
        (None, Some((pieces, x_shift))) => at_vectors(&|x| pieces.predict(x - x_shift)),
        (None, None) => 0.0,
    };
    Verified {
        deviation,
        by: format!(
            "computed from the same numbers: the file was not run, for want of a {missing}"
        ),
    }
}
