//! The program `shallow`, for a binary and for the Python package: fit any function or CSV column, check it, predict with it and ship it.

mod args;
mod bug;
mod commands;
mod error;
mod print;
mod progress;

use std::{ffi::OsString, io};

use anyhow::Result;
use args::{Command, Shallow};
use clap::{Parser, error::ErrorKind};
use commands::{
    check, compare, completions, devices, export, fit, man, moments, predict, sql, studio,
};
use print::say;

const SUCCESS: u8 = 0;
const FAILURE: u8 = 1;

/// Runs the program with its arguments, its own name first, and returns its exit code: 0 done, 1 failed, 2 usage, 3 diverged.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    bug::caught(|| start(arguments))
}

fn start(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match Shallow::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) if !error.use_stderr() => {
            return match error.print() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => FAILURE,
                _ => SUCCESS,
            };
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            say(error.to_string().trim_end());
            return 2;
        }
        Err(error) => {
            say(&one_sentence(&error.to_string()));
            return 2;
        }
    };
    match run(&args.command) {
        Ok(()) => SUCCESS,
        // A closed pipe is no error.
        Err(error) if is_broken_pipe(&error) => SUCCESS,
        Err(error) => {
            say(&format!("error: {}", error::sentence(&error)));
            error::exit_code(&error)
        }
    }
}

fn run(command: &Command) -> Result<()> {
    match command {
        Command::Fit(args) => fit::run_command(args),
        Command::Predict(args) => predict::run(args),
        Command::Check(args) => check::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Export(args) => export::run(args),
        Command::Sql(args) => sql::run(args),
        Command::Moments(args) => moments::run(args),
        Command::Studio(args) => studio::run(args),
        Command::Devices => devices::run(),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man => man::run(),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain();
    causes.any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// What the argument parser says, without its usage lines.
fn one_sentence(rendered: &str) -> String {
    let lines = rendered.lines().map(str::trim);
    let kept = lines.filter(|line| {
        !line.is_empty() && !line.starts_with("Usage:") && !line.starts_with("For more information")
    });
    let sentence = kept.collect::<Vec<_>>().join("; ");
    format!(
        "{}; `shallow help` lists commands and flags",
        sentence.replace(":;", ":")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_sound() {
        Shallow::command().debug_assert();
    }
}
