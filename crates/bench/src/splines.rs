//! The best splines beside pwlf's, on the same samples, one after the other.

use std::time::{Duration, Instant};

use clap::Args;
use shallow::{
    analytic::Moments,
    data::{FREE_KNOT_TARGETS, TARGETS, linspace},
    splines::Spline,
};
use shallow_fitting::compare::pwlf;

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

/// A fit: seconds to prepare, seconds to fit, root mean square error.
#[derive(Debug, Clone, Copy)]
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
    if patience > 0
        && let Err(why) = pwlf::find(&args.python)
    {
        eprintln!("note: pwlf is left out: {why}");
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
    for problem in TARGETS.iter().chain(&FREE_KNOT_TARGETS) {
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
                    // A smaller difference comes from where a knot lies between two samples, or from rounding in its sums.
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
    let patience = Duration::from_secs(patience);
    let fit = pwlf::fit(&args.python, x, y, pieces, patience)?;
    let errors = x.iter().zip(y).map(|(x, y)| fit.spline.predict(*x) - y);
    let squares: f64 = errors.map(|error| error * error).sum();
    Ok(Fit {
        prepare: fit.prepare,
        seconds: fit.seconds,
        rms: (squares / x.len() as f64).sqrt(),
    })
}
