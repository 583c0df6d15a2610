//! pwlf's fit to the same samples, where Python has it.

use std::{
    io::{self, Read, Write},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;
use shallow_splines::Spline;

/// What pwlf does to the samples on its standard input, x then y: fits, and says where its pieces meet.
const SCRIPT: &str = include_str!("pwlf.py");

/// What the script prints.
#[derive(Deserialize)]
struct Printed {
    #[serde(default)]
    prepare: f64,
    seconds: f64,
    knots: Vec<f64>,
    values: Vec<f64>,
}

/// pwlf's fit.
#[derive(Debug, Clone, PartialEq)]
pub struct PwlfFit {
    /// Its spline.
    pub spline: Spline,
    /// Seconds to prepare the samples.
    pub prepare: f64,
    /// Seconds to fit.
    pub seconds: f64,
}

/// Checks that this Python has pwlf.
///
/// # Errors
///
/// A sentence that says it has not.
pub fn find(python: &str) -> Result<(), String> {
    let import = Command::new(python).args(["-c", "import pwlf"]).output();
    match import.is_ok_and(|output| output.status.success()) {
        true => Ok(()),
        false => Err(format!("`{python}` has no module pwlf")),
    }
}

/// pwlf's `fitfast` with this number of segments.
///
/// # Errors
///
/// In half a sentence: where Python or pwlf is missing, fails, or takes longer than `patience`.
pub fn fit(
    python: &str,
    x: &[f64],
    y: &[f64],
    n_segments: usize,
    patience: Duration,
) -> Result<PwlfFit, String> {
    find(python)?;
    let fail = |error: io::Error| format!("cannot run {python}: {error}");
    let mut child = Command::new(python)
        .args(["-c", SCRIPT, &n_segments.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(fail)?;
    let samples: Vec<u8> = x.iter().chain(y).flat_map(|v| v.to_le_bytes()).collect();
    if let Some(mut input) = child.stdin.take() {
        // A script that ends early says so by its exit status.
        let _ = input.write_all(&samples);
    }
    let since = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(fail)? {
            break status;
        }
        if since.elapsed() > patience {
            let _ = child.kill().and_then(|()| child.wait().map(drop)); // it may have ended by itself
            return Err(format!(
                "it was stopped after {} seconds",
                patience.as_secs()
            ));
        }
        thread::sleep(Duration::from_millis(20));
    };
    let mut text = String::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_string(&mut text).map_err(fail)?;
    }
    if !status.success() {
        return Err("it failed on these samples".into());
    }
    let printed: Printed = serde_json::from_str(text.trim())
        .map_err(|error| format!("it printed something else: {error}"))?;
    Ok(PwlfFit {
        spline: Spline {
            knots: printed.knots,
            values: printed.values,
        },
        prepare: printed.prepare,
        seconds: printed.seconds,
    })
}
