//! One job on every engine and device of this build, and on the peers that Python has: times, ratios, memory.
//!
//! The job is the ReLU document's: full-batch gradient descent of a two-layer ReLU network on the mean squared error; or with more
//! inputs than one; or the perceptron document's. Every contender gets the same data and weights and must arrive at the same loss. Each measurement is a process of its own, so
//! that peak memory is its own, and contenders take turns, round by round, so that a ratio compares turns that are close in time.

mod composed;
mod contender;
mod corridors;
mod microcontrollers;
mod nets;
mod noisy;
mod report;
mod splines;
mod worker;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use contender::{BACKPROP, Contender, Job, Measured, Model};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One job on every engine and device of this build, and on the peers that Python has.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Whose training is measured
    #[arg(long, value_enum, default_value = "relu")]
    model: Model,
    /// Inputs of the network; the exact engine takes part with one alone
    #[arg(long, default_value_t = 1)]
    inputs: usize,
    /// Hidden units
    #[arg(long, value_delimiter = ',', default_value = "16,64,256,1024")]
    hidden: Vec<usize>,
    /// Samples of a step, which is a minibatch's as well as a small data set's; of 10,000,000 only the exact engine sees any
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1000,10000,100000,1000000,10000000"
    )]
    samples: Vec<usize>,
    /// How often each contender takes its turn
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long a turn measures
    #[arg(long, default_value_t = 0.5)]
    seconds: f64,
    /// Only contenders whose names contain one of these
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The Python that has the peers; those it lacks are left out
    #[arg(long, default_value = "python3")]
    python: String,
    /// Samples times hidden units above which only those run whose time does not grow with it
    #[arg(long, default_value_t = 1e8)]
    limit: f64,
    /// Folder for bench.png, bench.svg and bench.json
    #[arg(long, default_value = "out")]
    out: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// The fewest pieces within a largest error
    Corridors(corridors::CorridorsArgs),
    /// Tables for small processors beside the C library's formula and an equidistant table: bytes and instructions
    Microcontrollers(microcontrollers::MicrocontrollersArgs),
    /// The best networks beside what bounds them
    Nets(nets::NetsArgs),
    /// Noisy samples: errors on rows left out beside peers', and known kinks
    Noisy(noisy::NoisyArgs),
    /// The best splines beside pwlf's fitfast
    Splines(splines::SplinesArgs),
    /// One contender's turn; prints what it measured
    #[command(hide = true)]
    Turn {
        /// The contender's name
        name: String,
        /// The model
        model: Model,
        /// Training samples
        samples: usize,
        /// Inputs
        inputs: usize,
        /// Hidden units
        hidden: usize,
        /// The step whose loss is compared
        check: usize,
        /// How long to measure
        seconds: f64,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.command {
        Some(Command::Turn {
            name,
            model,
            samples,
            inputs,
            hidden,
            check,
            seconds,
        }) => {
            let job = Job {
                model: *model,
                samples: *samples,
                inputs: *inputs,
                hidden: *hidden,
                check: *check,
                seconds: *seconds,
            };
            worker::turn(name, &job).map(|measured| println!("{}", measured.to_json()))
        }
        Some(Command::Corridors(args)) => corridors::compare(args),
        Some(Command::Microcontrollers(args)) => microcontrollers::compare(args),
        Some(Command::Nets(args)) => nets::compare(args),
        Some(Command::Noisy(args)) => noisy::compare(args),
        Some(Command::Splines(args)) => splines::compare(args),
        None => compare(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn compare(args: &Args) -> Result<(), String> {
    let sizes = [args.rounds, args.inputs];
    if sizes.contains(&0) || args.samples.contains(&0) || args.hidden.contains(&0) {
        return Err("rounds, samples, inputs and hidden must be at least 1".into());
    }
    let mut contenders = contender::all(args.model, args.inputs, &args.python);
    let chosen =
        |name: &str| args.only.is_empty() || args.only.iter().any(|part| name.contains(part));
    contenders.retain(|contender| {
        let is_reference = contender.is_exact() || args.inputs > 1 && contender.name() == BACKPROP;
        is_reference || args.model == Model::Perceptron || chosen(contender.name())
    });
    let mut results = Vec::new();
    // A perceptron has no hidden units.
    let hidden = match args.model {
        Model::Relu => &args.hidden[..],
        Model::Perceptron => &[1],
    };
    for &hidden in hidden {
        for &samples in &args.samples {
            let size = (samples as f64) * (hidden as f64) * (args.inputs as f64);
            let job = Job {
                model: args.model,
                samples,
                inputs: args.inputs,
                hidden,
                check: if size > 2e7 { 3 } else { 20 },
                seconds: args.seconds,
            };
            let is_small = size <= args.limit && samples < 10_000_000;
            let here: Vec<&Contender> = contenders
                .iter()
                .filter(|contender| {
                    let is_sublinear = contender.is_sublinear(&job) && samples < 10_000_000;
                    is_small || is_sublinear || contender.is_exact()
                })
                .collect();
            let mut turns: Vec<Vec<Measured>> = here.iter().map(|_| Vec::new()).collect();
            for round in 0..args.rounds {
                eprintln!("samples {samples}, hidden {hidden}, round {}", round + 1);
                for (contender, turns) in here.iter().zip(&mut turns) {
                    match contender.turn(&job) {
                        Ok(measured) => turns.push(measured),
                        Err(message) if contender.name() == job.reference() => return Err(message),
                        Err(message) => eprintln!("note: {message}"), // too large for its memory, for one
                    }
                }
            }
            let all = here
                .into_iter()
                .zip(turns)
                .filter(|(_, turns)| turns.len() == args.rounds);
            let result = report::Size::new(&job, all.collect());
            println!("{result}");
            results.push(result);
        }
    }
    report::save(&results, &args.out)?;
    match results.iter().find_map(report::Size::disagreement) {
        Some(message) => Err(message),
        None => Ok(()),
    }
}
