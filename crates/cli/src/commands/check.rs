//! `shallow check`: the gradients of every engine and device, side by side.

use std::fmt::Write;

use anyhow::{Result, bail};
use shallow_fitting::{Check, Method, MethodName, Plan, Request, check};

use crate::{args::CheckArgs, error::usage, print::print, progress::OnStderr};

/// Checks, and prints a table.
pub fn run(args: &CheckArgs) -> Result<()> {
    let request = args.flags.request_over(args.config.as_deref())?;
    let is_descent = request.method == Some(MethodName::Descent);
    if request.tolerance.is_some() || (request.method.is_some() && !is_descent) {
        return Err(usage(
            "a check is of a descent of known width; give it --hidden H, without --method and --tolerance",
        ));
    }
    let request = Request {
        method: Some(MethodName::Descent),
        ..request
    };
    let plan = Plan::new(&request)?;
    let Method::Descent(descent) = &plan.method else {
        unreachable!("descent was asked for");
    };
    let found = check(&plan, descent, &mut OnStderr::new(false))?;
    print(table(&found).as_bytes())?;
    match found.n_failed() {
        0 => Ok(()),
        n => bail!("{n} of the gradients above differ by more than their tolerance"),
    }
}

fn table(check: &Check) -> String {
    let mut text = format!("{}, {} samples\n", check.model, check.n_samples);
    text += &format!("{:<38}{:>9}", "largest relative difference", "rms");
    check
        .blocks
        .iter()
        .for_each(|block| text += &format!("{block:>9}"));
    text += "   tolerance\n";
    for line in &check.lines {
        let _ = write!(text, "{:<38}", line.what); // writing to a String does not fail
        let _ = match line.root {
            Some(root) => write!(text, "{root:>9.1e}"),
            None => write!(text, "{:>9}", ""),
        };
        for difference in &line.blocks {
            let _ = write!(text, "{difference:>9.1e}");
        }
        let verdict = if line.passed { "" } else { "  failed" };
        let _ = writeln!(text, "   {:.0e}{verdict}", line.tolerance);
    }
    text
}
