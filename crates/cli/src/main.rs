//! The program `shallow`: fit any function or CSV column, check it, predict with it and ship it.

mod args;
mod check;
mod checkpoint;
mod compare;
mod devices;
mod error;
mod export;
mod expression;
mod fit;
mod fitted;
mod pictures;
mod predict;
mod problem;
mod progress;
mod report;
mod run_folder;
mod settings;
mod start;
mod table;
mod tensors;
mod training;
mod width;
mod yardstick;

use std::{
    io::{self, Write, stdout},
    process::ExitCode,
};

use anyhow::{Context, Result};
use args::{Command, Shallow};
use clap::{CommandFactory, Parser, error::ErrorKind};

/// The default allocator hands every large buffer back to the kernel; on the CPU that costs more than the arithmetic.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match Shallow::try_parse() {
        Ok(args) => args,
        Err(error) if !error.use_stderr() => {
            return match error.print() {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            eprint!("{error}");
            return ExitCode::from(2);
        }
        Err(error) => {
            eprintln!("{}", one_sentence(&error.to_string()));
            return ExitCode::from(2);
        }
    };
    match run(&args.command) {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads no further wants no more.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(error::exit_code(&error))
        }
    }
}

fn run(command: &Command) -> Result<()> {
    match command {
        Command::Fit(args) => fit::run(args),
        Command::Predict(args) => predict::run(args),
        Command::Check(args) => check::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Export(args) => export::run(args),
        Command::Devices => devices::run(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Shallow::command(), "shallow", &mut script);
            print(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            for command in manual(Shallow::command()) {
                clap_mangen::Man::new(command).render(&mut page)?;
            }
            print(&page)
        }
    }
}

/// The program and its commands, each as it is called.
fn manual(mut program: clap::Command) -> Vec<clap::Command> {
    program.build();
    let commands: Vec<_> = program
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
        .map(|command| {
            command
                .clone()
                .display_name(format!("shallow-{}", command.get_name()))
        })
        .collect();
    [program].into_iter().chain(commands).collect()
}

/// To standard output, whole.
fn print(bytes: &[u8]) -> Result<()> {
    let mut out = stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
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

    #[test]
    fn the_commands_are_sound() {
        Shallow::command().debug_assert();
    }
}
