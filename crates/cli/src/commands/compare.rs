//! `shallow compare`: every method on one problem, one table, one picture, and what follows from them.

use std::fmt::Write;

use anyhow::Result;
use shallow_data::short;
use shallow_fitting::{
    Hidden, MethodName, OF_COMPARISON, Plan, Progress, Request,
    compare::{Comparison, compare},
};

use crate::{
    args::CompareArgs,
    error::usage,
    print::{print, say},
};

/// Compares, and prints a table.
pub fn run(args: &CompareArgs) -> Result<()> {
    let (plan, hidden) = plan(args.flags.request())?;
    let mut progress = Steps {
        is_shown: !args.json,
    };
    let found = compare(
        &plan,
        hidden,
        args.out.as_deref(),
        args.force,
        &mut progress,
    )?;
    for note in &found.notes {
        say(&format!("note: {note}"));
    }
    if args.json {
        return print(found.json.as_bytes());
    }
    print(table(&found).as_bytes())
}

/// Of the flags that say what to fit and how wide; the methods say how.
fn plan(request: Request) -> Result<(Plan, usize)> {
    let others = Request {
        function: None,
        domain: None,
        csv: None,
        x: None,
        y: None,
        missing: None,
        samples: None,
        test_samples: None,
        noise: None,
        hidden: None,
        rng: None,
        seed: None,
        ..request.clone()
    };
    let hidden = match request.hidden {
        None => 64,
        Some(Hidden::Units(hidden)) => hidden,
        Some(Hidden::Named(_)) => 0,
    };
    // The first of them, as its flag.
    let misplaced = others.to_toml();
    if let Some((name, _)) = misplaced.split_once(" = ") {
        return Err(usage(format!(
            "compare fits by every method, so --{name} has no place there; leave it out"
        )));
    }
    if hidden == 0 {
        return Err(usage(
            "compare fits by every method; give it --hidden with a number",
        ));
    }
    let request = Request {
        method: Some(MethodName::Best),
        hidden: Some(Hidden::Units(hidden)),
        ..request
    };
    Ok((Plan::new(&request)?, hidden))
}

/// What is at work, a line each.
struct Steps {
    is_shown: bool,
}

impl Progress for Steps {
    fn begin(&mut self, _: usize, _: usize) {}

    fn show(&mut self, _: usize, _: f64) {}

    fn end(&mut self) {}

    fn note(&mut self, note: &str) {
        if self.is_shown {
            say(note);
        }
    }
}

fn table(found: &Comparison) -> String {
    let (first, second) = match found.judged_on {
        "test samples" => ("RMS, trained", "RMS"),
        "rows held out" => ("RMS, trained", "RMS, held out"),
        _ => ("RMS, trained", "RMS, left out"),
    };
    let mut text = format!(
        "{:<40}{:>10}  {first:<14}{second:<15}{:<15}seconds\n",
        "method", "parameters", "largest error"
    );
    for row in &found.rows {
        let numbers = [row.train_rms, row.rms, row.max_error, row.seconds].map(four_digits);
        let _ = writeln!(
            text,
            "{:<40}{:>10}  {:<14}{:<15}{:<15}{}",
            row.method, row.parameters, numbers[0], numbers[1], numbers[2], numbers[3]
        ); // writing to a String does not fail
    }
    let _ = writeln!(text, "{}", found.advice);
    let _ = writeln!(
        text,
        "files {}/: {}",
        found.run_dir,
        OF_COMPARISON.join(", ")
    );
    text
}

fn four_digits(number: f64) -> String {
    short(format!("{number:.3e}").parse().unwrap_or(number))
}
