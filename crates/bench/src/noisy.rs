//! Noisy samples: errors on rows left out beside peers', and what is found of simulated kinks that are known.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use shallow::{
    data::{Draw, SeededRng, extremes, linspace},
    splines::Spline,
};
use shallow_fitting::{Among, choose};

const SCRIPT: &str = include_str!("../peers/noisy.py");

/// Peers whose error is at most so many times ours are as good.
const AS_GOOD: f64 = 1.03;

#[derive(Args)]
pub(crate) struct NoisyArgs {
    /// Repetitions of five-fold cross-validation; 0 leaves the data sets out
    #[arg(long, default_value_t = 2)]
    repetitions: usize,
    /// Simulated sets with known kinks
    #[arg(long, default_value_t = 200)]
    kinks: usize,
    /// Simulated sets of which only the range of predictions is looked at
    #[arg(long, default_value_t = 10_000)]
    swings: usize,
    /// The folder of our own data sets
    #[arg(long, default_value = "assets/data")]
    data: PathBuf,
    /// The Python that has the peers
    #[arg(long, default_value = "python3")]
    python: String,
}

/// A data set, its rows left out in turn, and what peers did.
#[derive(Deserialize)]
struct Set {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
    left_out: Vec<Vec<usize>>,
    peers: BTreeMap<String, Measured>,
}

#[derive(Clone, Copy, Deserialize)]
struct Measured {
    rms: f64,
    seconds: f64,
}

pub(crate) fn compare(args: &NoisyArgs) -> Result<(), String> {
    if args.repetitions > 0 {
        data_sets(args)?;
    }
    if args.kinks > 0 {
        known_kinks(args)?;
    }
    swings(args.swings)
}

/// Five-fold cross-validation on real and simulated sets.
fn data_sets(args: &NoisyArgs) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("cannot run {}: {error}", args.python);
    let mut child = Command::new(&args.python)
        .args(["-c", SCRIPT])
        .arg(&args.data)
        .arg(args.repetitions.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    let output = child.stdout.take().expect("its output is a pipe");
    println!(
        "| set | n | RMS | milliseconds | best peer | RMS, times | milliseconds, as good | times faster |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for text in BufReader::new(output).lines() {
        let set: Set =
            serde_json::from_str(&text.map_err(fail)?).map_err(|error| error.to_string())?;
        let ours = ours(&set);
        let best = set.peers.iter().min_by(|a, b| a.1.rms.total_cmp(&b.1.rms));
        let Some((name, best)) = best else {
            println!(
                "| {} | {} | {:.4} | no peer | | | |",
                set.name,
                set.x.len(),
                ours.rms
            );
            continue;
        };
        let good = set
            .peers
            .values()
            .filter(|peer| peer.rms <= AS_GOOD * ours.rms);
        let good = good.map(|peer| peer.seconds).min_by(f64::total_cmp);
        let [as_good, times] = match good {
            Some(seconds) => [1e3 * seconds, seconds / ours.seconds].map(|of| format!("{of:.2}")),
            None => ["none".into(), String::new()],
        };
        println!(
            "| {} | {} | {:.4} | {:.2} | {name}, {:.4} | {:.3} | {as_good} | {times} |",
            set.name,
            set.x.len(),
            ours.rms,
            1e3 * ours.seconds,
            best.rms,
            ours.rms / best.rms
        );
        let of_best = [("the best of them", best)];
        let peers = set.peers.iter().map(|(name, peer)| (&name[..], peer));
        for (name, peer) in peers.chain(of_best) {
            all.entry(name.into())
                .or_default()
                .push(ours.rms / peer.rms);
        }
    }
    println!("\n| peer | sets | RMS, times: geometric mean | least | most | above 1.03 |");
    println!("|---|---|---|---|---|---|");
    for (name, ratios) in all {
        let n = ratios.len();
        let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / n as f64).exp();
        let (least, most) = extremes(&ratios);
        let above = ratios.iter().filter(|ratio| **ratio > AS_GOOD).count();
        println!("| {name} | {n} | {mean:.3} | {least:.3} | {most:.3} | {above} |");
    }
    match child.wait().map_err(fail)?.success() {
        true => Ok(()),
        false => Err(format!("{} failed", args.python)),
    }
}

fn ours(set: &Set) -> Measured {
    let (mut losses, mut seconds) = (Vec::new(), 0.0);
    for rows in &set.left_out {
        let kept = (0..set.x.len()).filter(|row| !rows.contains(row));
        let (x, y): (Vec<f64>, Vec<f64>) = kept.map(|row| (set.x[row], set.y[row])).unzip();
        let clock = Instant::now();
        let choice = choose(&x, &y, None, Among::All, 42);
        seconds += clock.elapsed().as_secs_f64();
        let square = |row: &usize| (choice.spline.predict(set.x[*row]) - set.y[*row]).powi(2);
        losses.push(rows.iter().map(square).sum::<f64>() / rows.len() as f64);
    }
    let n = losses.len() as f64;
    Measured {
        rms: (losses.iter().sum::<f64>() / n).sqrt(),
        seconds: seconds / n,
    }
}

/// Samples of a spline that is known.
#[derive(Serialize)]
struct Simulated {
    x: Vec<f64>,
    y: Vec<f64>,
    #[serde(skip)]
    truth: Truth,
}

struct Truth {
    spline: Spline,
    n_kinks: usize,
}

impl Simulated {
    /// With `n_kinks`, the slope changing at each by at least as much as would bring half the range over a piece.
    fn new(n_kinks: usize, n: usize, noise: f64, draw: &mut SeededRng) -> Self {
        let piece = 1.0 / (n_kinks + 1) as f64;
        let shift = |draw: &mut SeededRng| draw.uniform(-0.25, 0.25) * piece;
        let inner: Vec<f64> = (1..=n_kinks)
            .map(|knot| knot as f64 * piece + shift(draw))
            .collect();
        let knots: Vec<f64> = [&[0.0][..], &inner, &[1.0]].concat();
        let mut values = vec![draw.uniform(0.0, 1.0)];
        let mut slope = draw.uniform(-1.0, 1.0) / piece;
        for two in knots.windows(2) {
            let last = values[values.len() - 1];
            values.push(last + slope * (two[1] - two[0]));
            let bend = draw.uniform(0.5, 1.5) / piece;
            slope += if slope > 0.0 { -bend } else { bend };
        }
        let (low, high) = extremes(&values);
        let spline = Spline { knots, values };
        let x: Vec<f64> = (0..n).map(|_| draw.uniform(0.0, 1.0)).collect();
        let noise = noise * (high - low);
        let y = x
            .iter()
            .map(|x| spline.predict(*x) + draw.normal(0.0, noise))
            .collect();
        Self {
            x,
            y,
            truth: Truth { spline, n_kinks },
        }
    }
}

/// What one way found of the known kinks.
#[derive(Default)]
struct Score {
    exact: usize,
    within_one: usize,
    /// Of sets whose number is right: the median distance of kinks, as shares of the domain.
    places: Vec<f64>,
    /// Root mean square distances from the truth, as shares of its range.
    rms: Vec<f64>,
    seconds: f64,
}

impl Score {
    fn add(&mut self, set: &Simulated, found: &Spline, seconds: f64) {
        let kinks = &found.knots[1..found.knots.len() - 1];
        let truth = &set.truth;
        self.exact += usize::from(kinks.len() == truth.n_kinks);
        self.within_one += usize::from(kinks.len().abs_diff(truth.n_kinks) <= 1);
        if kinks.len() == truth.n_kinks {
            let known = &truth.spline.knots[1..=truth.n_kinks];
            self.places
                .extend(kinks.iter().zip(known).map(|(a, b)| (a - b).abs()));
        }
        let (low, high) = extremes(&truth.spline.values);
        let x = linspace(0.0, 1.0, 1001);
        let off = |x: &f64| (found.predict(*x) - truth.spline.predict(*x)).powi(2);
        let loss = x.iter().map(off).sum::<f64>() / x.len() as f64;
        self.rms.push(loss.sqrt() / (high - low));
        self.seconds += seconds;
    }

    fn print(mut self, name: &str) {
        let n = self.rms.len();
        let median = |values: &mut Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
        };
        println!(
            "| {name} | {} of {n} | {} | {:.4} | {:.4} | {:.2} |",
            self.exact,
            self.within_one,
            median(&mut self.places),
            median(&mut self.rms),
            1e3 * self.seconds / n as f64
        );
    }
}

/// 0 to 5 kinks, noise of 2 to 30 % of the range, 30 to 3000 samples.
fn known_kinks(args: &NoisyArgs) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("cannot run {}: {error}", args.python);
    let mut draw = SeededRng::new(7);
    let sets: Vec<Simulated> = (0..args.kinks)
        .map(|at| {
            let n = 30.0 * 100_f64.powf(draw.uniform(0.0, 1.0));
            let noise = 0.02 * 15_f64.powf(draw.uniform(0.0, 1.0));
            Simulated::new(at % 6, n as usize, noise, &mut draw)
        })
        .collect();
    let mut scores = [Score::default(), Score::default()];
    for set in &sets {
        for (score, among) in scores.iter_mut().zip([Among::Best, Among::All]) {
            let clock = Instant::now();
            let choice = choose(&set.x, &set.y, None, among, 42);
            score.add(set, &choice.spline, clock.elapsed().as_secs_f64());
        }
    }
    println!(
        "\n| known kinks | number right | within one | places, median | RMS from the truth, median | milliseconds |"
    );
    println!("|---|---|---|---|---|---|");
    let [best, all] = scores;
    best.print("among best networks");
    all.print("among all candidates");
    let mut child = Command::new(&args.python)
        .args(["-c", SCRIPT, "--kinks"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    let lines: Vec<String> = sets
        .iter()
        .map(|set| serde_json::to_string(set).expect("samples are numbers") + "\n")
        .collect();
    let mut input = child.stdin.take().expect("its input is a pipe");
    let writer = std::thread::spawn(move || input.write_all(lines.concat().as_bytes()));
    let mut output = String::new();
    let mut pipe = child.stdout.take().expect("its output is a pipe");
    pipe.read_to_string(&mut output).map_err(fail)?;
    let _ = writer.join(); // a script that ends early says so by its exit status
    let mut pwlf = Score::default();
    for (set, line) in sets.iter().zip(output.lines()) {
        let found: Found = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let spline = Spline {
            knots: found.knots,
            values: found.values,
        };
        pwlf.add(set, &spline, found.seconds);
    }
    match child.wait().map_err(fail)?.success() {
        true => pwlf.print("pwlf, BIC"),
        false => eprintln!("note: pwlf is left out: {} has it not", args.python),
    }
    Ok(())
}

/// What pwlf found.
#[derive(Deserialize)]
struct Found {
    knots: Vec<f64>,
    values: Vec<f64>,
    seconds: f64,
}

/// How far predictions leave the range of y, over sets of all sizes and kinds.
fn swings(n_sets: usize) -> Result<(), String> {
    let mut draw = SeededRng::new(11);
    let mut most: f64 = 0.0;
    for at in 0..n_sets {
        let n = (3.0 * 100_f64.powf(draw.uniform(0.0, 1.0))) as usize;
        let noise = draw.uniform(0.0, 2.0);
        let mut set = Simulated::new(at % 6, n, noise, &mut draw);
        match at % 4 {
            0 => {}
            1 => set.x.iter_mut().for_each(|x| *x = x.powi(6)),
            2 => set.x.iter_mut().for_each(|x| *x = (8.0 * *x).floor()),
            _ => set.y.iter_mut().for_each(|y| *y = y.powi(5)),
        }
        let choice = choose(&set.x, &set.y, None, Among::All, 42);
        let (low, high) = extremes(&set.y);
        let beyond = choice.spline.values.iter().map(|y| (low - y).max(y - high));
        let beyond = beyond.fold(0.0, f64::max) / (high - low).max(f64::MIN_POSITIVE);
        most = most.max(beyond);
    }
    println!(
        "\n{n_sets} simulated sets: no prediction inside the domain is farther outside the range of y than {most:.3} of it"
    );
    match most <= 0.25 + 1e-9 {
        true => Ok(()),
        false => Err("a network swings".into()),
    }
}
