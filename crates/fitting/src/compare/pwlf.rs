//! pwlf's fit to the same samples, where Python has it.

use std::{
    fmt::Write as _,
    io::{Read, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde::Deserialize;
use shallow_splines::Spline;

/// How long pwlf may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What pwlf does to the samples on its standard input: fits, and says where its pieces meet.
const PWLF: &str = "
import sys, time, json
import numpy, pwlf
x, y = numpy.loadtxt(sys.stdin, ndmin=2).T
began = time.time()
fit = pwlf.PiecewiseLinFit(x, y)
numpy.random.seed(1)
knots = fit.fitfast(int(sys.argv[1]))
seconds = time.time() - began
print(json.dumps({'seconds': seconds, 'knots': list(knots), 'values': list(fit.predict(knots))}))
";

/// What the script prints.
#[derive(Deserialize)]
struct Printed {
    seconds: f64,
    knots: Vec<f64>,
    values: Vec<f64>,
}

/// Its best spline of this number of segments, and the seconds that took; or, in half a sentence, why there is none.
///
/// # Errors
///
/// Where Python or pwlf is missing, fails, or takes more than a minute.
pub fn fit(x: &[f64], y: &[f64], n_segments: usize) -> Result<(Spline, f64), String> {
    let has_it = Command::new("python3").args(["-c", "import pwlf"]).output();
    if !has_it.is_ok_and(|output| output.status.success()) {
        return Err("`python3` has no module pwlf".into());
    }
    let mut child = Command::new("python3")
        .args(["-c", PWLF, &n_segments.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start python3: {error}"))?;
    let mut samples = String::new();
    for (x, y) in x.iter().zip(y) {
        let _ = writeln!(samples, "{x:?} {y:?}"); // writing to a String does not fail
    }
    if let Some(mut input) = child.stdin.take() {
        // One that ends early says so by its exit status.
        let _ = input.write_all(samples.as_bytes());
    }
    let since = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if since.elapsed() > PATIENCE {
            let _ = child.kill().and_then(|()| child.wait().map(drop)); // it may have ended by itself
            return Err(format!(
                "it was stopped after {} seconds",
                PATIENCE.as_secs()
            ));
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut text = String::new();
    if let Some(mut output) = child.stdout.take() {
        output
            .read_to_string(&mut text)
            .map_err(|error| error.to_string())?;
    }
    if !status.success() {
        return Err("it failed on these samples".into());
    }
    let Printed {
        seconds,
        knots,
        values,
    } = serde_json::from_str(text.trim())
        .map_err(|error| format!("it printed something else: {error}"))?;
    Ok((Spline { knots, values }, seconds))
}
