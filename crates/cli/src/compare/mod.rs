//! `shallow compare`: every method on one problem, one table, one picture, and what follows from them.

mod advice;
mod methods;
mod picture;
mod pwlf;

use std::fmt::Write;

use anyhow::Result;
use methods::Row;
use shallow::{Dataset, HostModel, ReluWeights};

use crate::{
    args::{CompareArgs, Flags},
    error::usage,
    print,
    problem::Problem,
    report::short,
    run_folder::RunFolder,
    settings::Settings,
    start,
};

pub fn run(args: &CompareArgs) -> Result<()> {
    let settings = settings(&args.flags)?;
    let mut draw = settings.generator();
    let mut problem = Problem::load(&settings, &mut draw)?;
    let HostModel::Relu(weights) = start::weights(&settings, &mut draw)? else {
        unreachable!("the settings are of a ReLU network");
    };
    problem.add_noise(settings.flags().noise.unwrap_or(0.0), &mut draw);
    if problem.test_x.is_empty() {
        return Err(usage(
            "a comparison needs test samples; leave out --test-samples 0",
        ));
    }
    let folder = RunFolder::create_for(args.out.as_deref(), args.force, &FILES)?;
    let comparison = Comparison {
        train: problem.train(settings.flags())?,
        weights,
        problem,
    };
    let (methods, notes) = comparison.methods(!args.json)?;
    let rows: Vec<&Row> = methods.iter().map(|method| &method.row).collect();
    let advice = comparison.advice(&rows);
    let json = serde_json::json!({
        "methods": rows,
        "advice": advice,
        "notes": notes,
        "run_dir": folder.path().display().to_string(),
    });
    let json = format!("{json}\n");
    folder.write("compare.json", json.as_bytes())?;
    comparison.draw(&methods, folder.path())?;
    for note in &notes {
        eprintln!("note: {note}");
    }
    if args.json {
        return print(json.as_bytes());
    }
    let mut text = comparison.table(&rows);
    let _ = writeln!(text, "{advice}"); // writing to a String does not fail
    let _ = writeln!(
        text,
        "files {}/: {}",
        folder.path().display(),
        FILES.join(", ")
    );
    print(text.as_bytes())
}

/// What a comparison leaves in its folder.
const FILES: [&str; 3] = ["compare.json", "compare.svg", "compare.png"];

/// Of the flags that say what to fit and how wide; the methods say how to train.
fn settings(flags: &Flags) -> Result<Settings> {
    let others = Flags {
        function: None,
        domain: None,
        csv: None,
        x: None,
        y: None,
        samples: None,
        test_samples: None,
        noise: None,
        hidden: None,
        rng: None,
        seed: None,
        ..flags.clone()
    };
    if others != Flags::default() {
        return Err(usage(
            "compare trains by every method; give it the data, --hidden, --rng and --seed alone",
        ));
    }
    Settings::new(flags.clone())
}

struct Comparison {
    problem: Problem,
    /// The training samples as a network sees them.
    train: Dataset,
    /// The documents' first weights.
    weights: ReluWeights,
}

impl Comparison {
    fn table(&self, rows: &[&Row]) -> String {
        let is_file = self.problem.truth.is_none();
        let (first, second) = if is_file {
            ("RMS, trained", "RMS, held out")
        } else {
            ("RMS, trained", "RMS")
        };
        let mut text = format!(
            "{:<40}{:>10}  {first:<14}{second:<15}{:<15}seconds\n",
            "method", "parameters", "largest error"
        );
        for row in rows {
            let numbers = [row.train_rms, row.rms, row.max_error, row.seconds];
            let numbers = numbers.map(|number| {
                format!("{number:.3e}")
                    .parse()
                    .map_or_else(|_| short(number), short)
            });
            let _ = writeln!(
                text,
                "{:<40}{:>10}  {:<14}{:<15}{:<15}{}",
                row.method, row.parameters, numbers[0], numbers[1], numbers[2], numbers[3]
            ); // writing to a String does not fail
        }
        text
    }
}
