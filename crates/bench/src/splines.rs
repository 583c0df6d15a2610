//! The best splines beside pwlf's, on the same samples, one after the other.

use std::{
    f64::consts::PI,
    io::Write,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use serde::Deserialize;
use shallow::{
    analytic::Moments,
    data::{TARGETS, linspace},
    splines::Spline,
};

const SCRIPT: &str = include_str!("../peers/pwlf_peer.py");

/// How often a fit of ours is repeated; the median counts.
const REPEATS: usize = 9;

#[derive(Args)]
pub(crate) struct SplinesArgs {
    /// Pieces
    #[arg(long, value_delimiter = ',', default_value = "8,16,64")]
    pieces: Vec<usize>,
    /// Samples, evenly spaced
    #[arg(long, default_value_t = 10_000)]
    samples: usize,
    /// Only functions whose names contain one of these
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Seconds after which pwlf is stopped; 0 leaves it out
    #[arg(long, default_value_t = 300)]
    patience: u64,
    /// The Python that has pwlf
    #[arg(long, default_value = "python3")]
    python: String,
}

type Function = fn(f64) -> f64;

struct Problem {
    name: &'static str,
    f: Function,
    domain: (f64, f64),
}

/// The catalogue, and what else is hard, from the literature on free knots.
fn problems() -> Vec<Problem> {
    let others: [(&str, Function); 5] = [
        ("x(1-x)", |x| x * (1.0 - x)),
        ("x^(2/3)", |x| (x * x).cbrt()),
        ("tanh(100(x-1/4))", |x| (100.0 * (x - 0.25)).tanh()),
        ("exp(-500(x-3/4)^2)", |x| {
            (-500.0 * (x - 0.75).powi(2)).exp()
        }),
        ("exp(-500(x-1/2)^2)sin(20pi x)", |x| {
            (-500.0 * (x - 0.5).powi(2)).exp() * (20.0 * PI * x).sin()
        }),
    ];
    let catalogue = TARGETS.iter().map(|target| Problem {
        name: target.name,
        f: target.f,
        domain: target.domain,
    });
    let others = others.into_iter().map(|(name, f)| Problem {
        name,
        f,
        domain: (0.0, 1.0),
    });
    catalogue.chain(others).collect()
}

/// A fit: seconds to prepare, seconds to fit, root mean square error.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Fit {
    prepare: f64,
    seconds: f64,
    rms: f64,
}

pub(crate) fn compare(args: &SplinesArgs) -> Result<(), String> {
    if args.samples < 2 || args.pieces.contains(&0) {
        return Err("there must be at least 2 samples and 1 piece".into());
    }
    let mut patience = args.patience;
    let import = Command::new(&args.python)
        .args(["-c", "import pwlf"])
        .output();
    if patience > 0 && !import.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "note: pwlf is left out: `{}` has no module pwlf",
            args.python
        );
        patience = 0;
    }
    println!(
        "{} samples; milliseconds to prepare, which is to sort, and to fit\n",
        args.samples
    );
    println!(
        "| function | pieces | prepare | fit | RMS | pwlf prepare | fit | RMS | times, fit | times, all | RMS, times |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let mut worse = Vec::new();
    for problem in problems() {
        if !args.only.is_empty()
            && !args
                .only
                .iter()
                .any(|part| problem.name.contains(part.as_str()))
        {
            continue;
        }
        let x = linspace(problem.domain.0, problem.domain.1, args.samples);
        let y: Vec<f64> = x.iter().map(|x| (problem.f)(*x)).collect();
        for &pieces in &args.pieces {
            let ours = fit(&x, &y, pieces);
            let mut row = format!(
                "| {} | {pieces} | {:.3} | {:.3} | {:.6e} |",
                problem.name,
                1e3 * ours.prepare,
                1e3 * ours.seconds,
                ours.rms
            );
            match pwlf(&x, &y, pieces, patience, args) {
                Ok(theirs) => {
                    row += &format!(
                        " {:.2} | {:.0} | {:.6e} | {:.0} | {:.0} | {:.4} |",
                        1e3 * theirs.prepare,
                        1e3 * theirs.seconds,
                        theirs.rms,
                        theirs.seconds / ours.seconds,
                        (theirs.prepare + theirs.seconds) / (ours.prepare + ours.seconds),
                        theirs.rms / ours.rms
                    );
                    // Less hangs on where between two samples a knot lies; and its sums of squares have half our digits.
                    if ours.rms > theirs.rms * (1.0 + 1e-5) && ours.rms > 1e-7 {
                        worse.push(format!("{} with {pieces} pieces", problem.name));
                    }
                }
                Err(why) => row += &format!(" {why} | | | | | |"),
            }
            println!("{row}");
        }
    }
    if worse.is_empty() {
        Ok(())
    } else {
        Err(format!("pwlf is closer on {}", worse.join(", ")))
    }
}

fn fit(x: &[f64], y: &[f64], pieces: usize) -> Fit {
    let clock = Instant::now();
    let moments = Moments::new(x, y);
    let prepare = clock.elapsed().as_secs_f64();
    let mut fits: Vec<Fit> = (0..REPEATS)
        .map(|_| {
            let clock = Instant::now();
            let (_, loss) = Spline::best(&moments, pieces, &[]);
            Fit {
                prepare,
                seconds: clock.elapsed().as_secs_f64(),
                rms: loss.sqrt(),
            }
        })
        .collect();
    fits.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    fits[REPEATS / 2]
}

fn pwlf(
    x: &[f64],
    y: &[f64],
    pieces: usize,
    patience: u64,
    args: &SplinesArgs,
) -> Result<Fit, String> {
    if patience == 0 {
        return Err("-".into());
    }
    let fail = |error: std::io::Error| format!("cannot run {}: {error}", args.python);
    let mut child = Command::new(&args.python)
        .args(["-c", SCRIPT, &pieces.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(fail)?;
    let bytes: Vec<u8> = x
        .iter()
        .chain(y)
        .flat_map(|value| value.to_le_bytes())
        .collect();
    if let Some(mut input) = child.stdin.take() {
        input.write_all(&bytes).map_err(fail)?;
    }
    let since = Instant::now();
    while child.try_wait().map_err(fail)?.is_none() {
        if since.elapsed() > Duration::from_secs(patience) {
            child.kill().map_err(fail)?;
            child.wait().map_err(fail)?;
            return Err(format!("stopped after {patience} s"));
        }
        thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().map_err(fail)?;
    serde_json::from_slice(&output.stdout).map_err(|_| "failed".into())
}
