//! `shallow fit`: from flags to a run's folder.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use serde::Serialize;
use shallow_fitting::{
    Destination, FittingError, Method, OF_BEST, Plan, Request, RunFolder, run, run_groups,
};
use shallow_summary::{self as summary, advice};

use crate::{
    args::FitArgs,
    error::usage,
    print::{print, say},
    progress::OnStderr,
};

/// Set by the first Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// Fits, and prints what came of it.
pub fn run_command(args: &FitArgs) -> Result<()> {
    let (plan, destination) = plan(args)?;
    if matches!(plan.method, Method::Descent(_)) {
        stop_on_ctrl_c();
    }
    let mut progress = OnStderr::new(args.quiet);
    if plan.source.by().is_some() {
        let finished = run_groups(&plan, destination, &mut progress)?;
        return show(args, &finished.report, || summary::of_groups(&finished));
    }
    let finished = run(&plan, destination, &STOP, &mut progress)?;
    show(args, &finished.report, || summary::summary(&finished))?;
    if let (false, Some(what)) = (args.quiet, &finished.advice) {
        say(&format!("note: {}", advice(what)));
    }
    Ok(())
}

/// Prints a report for programs, a summary for people, or nothing.
fn show(args: &FitArgs, report: &impl Serialize, summary: impl FnOnce() -> String) -> Result<()> {
    match (args.json, args.quiet) {
        (true, _) => print((serde_json::to_string(report)? + "\n").as_bytes()),
        (false, true) => Ok(()),
        (false, false) => print(summary().as_bytes()),
    }
}

/// The plan of a new run, or of the one to go on with.
fn plan(args: &FitArgs) -> Result<(Plan, Destination)> {
    let Some(dir) = &args.resume else {
        let request = args.flags.request_over(args.config.as_deref())?;
        let destination = Destination::New {
            out: args.out.clone(),
            force: args.force,
        };
        return Ok((Plan::new(&request)?, destination));
    };
    let others = Request {
        epochs: None,
        ..args.flags.request()
    };
    if others != Request::default() || args.out.is_some() || args.config.is_some() || args.force {
        return Err(usage(format!(
            "--resume takes all settings from {}; beside it, give only --epochs, --json and --quiet",
            dir.join("config.toml").display()
        )));
    }
    let folder = RunFolder::open(dir)?;
    let plan = resumed(&folder, args.flags.epochs)?;
    Ok((plan, Destination::Resumed(folder)))
}

fn resumed(folder: &RunFolder, epochs: Option<usize>) -> Result<Plan> {
    let dir = folder.path();
    let written = Request::read(&folder.join("config.toml"))?;
    let plan = Plan::new(&written)?;
    let is_descent = matches!(plan.method, Method::Descent(_));
    match epochs {
        Some(_) if !is_descent => Err(usage(format!(
            "the network in {} was found without epochs; leave --epochs out",
            dir.display()
        ))),
        None if !is_descent && folder.has_all(&OF_BEST) && !folder.is_replacement() => {
            Err(FittingError::Done {
                path: dir.into(),
                epochs: None,
            }
            .into())
        }
        epochs => {
            let epochs = epochs.or(written.epochs);
            Ok(Plan::new(&Request { epochs, ..written })?)
        }
    }
}

/// The first Ctrl-C lets the epoch end; a second one ends the program.
fn stop_on_ctrl_c() {
    let set = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
    });
    if let Err(error) = set {
        say(&format!(
            "note: Ctrl-C will end the program at once: {error}"
        ));
    }
}
