//! What a person reads of a fit.

use std::fmt::Write;

use shallow_data::{count, short};
use shallow_export::Function;
use shallow_fitting::{Finished, FinishedGroups, Report, Widths, Yardstick};

use crate::{
    noise::{self, three},
    proven,
};

/// The lines of a finished fit.
pub fn summary(run: &Finished) -> String {
    let report = &run.report;
    let mut text = run.widths.as_ref().map(widths).unwrap_or_default();
    text += &run
        .choices
        .as_ref()
        .map(noise::candidates)
        .unwrap_or_default();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<14}{value}"); // writing to a String does not fail
    };
    if let Some(table) = run.table() {
        line("table", table.into());
    }
    line("model", run.fitted.function.describe());
    if report.method == "descent" {
        let loss = short(report.final_loss);
        line(
            "loss",
            format!("{loss} in the last of {} epochs", report.epochs),
        );
    }
    if let Some(kept) = &report.kept {
        let why = match kept.has_stopped {
            true => "; it has not fallen since",
            false => "",
        };
        line(
            "kept",
            format!(
                "the network after {} epochs, whose loss on the test samples is least{why}",
                kept.epoch
            ),
        );
    }
    line(
        "train loss",
        with_bound(report.errors.train_loss, report.errors.train_loss_bound),
    );
    let beside = format!("the best straight line has {}", short(run.line_loss));
    match report.errors.test_loss {
        Some(loss) => line("test loss", format!("{}; {beside}", short(loss))),
        None => line("test loss", format!("no samples were held out; {beside}")),
    }
    line("RMS", rms(run));
    if let Some(within) = &run.within {
        line("width", proven::width(within, report.hidden));
        if let Some((departure, at)) = run.between_rows() {
            line(
                "between rows",
                format!(
                    "up to {} from the straight lines between them, at {} = {}",
                    short(departure),
                    run.fitted.names[0],
                    run.place(at)
                ),
            );
        }
        if let Some(table) = &within.shipped {
            line("table", proven::table(table, within.is_of_function));
        }
    }
    if let Some(error) = proven::largest_error(run) {
        line("largest error", error);
    }
    if let Some(smoothing) = report.smoothing {
        line(
            "smoothing",
            format!(
                "penalty {}{}; {} degrees of freedom",
                three(smoothing.penalty),
                match smoothing.criterion {
                    Some("reml") => ", by restricted maximum likelihood",
                    Some(_) => ", by generalised cross-validation",
                    None => "",
                },
                three(smoothing.degrees_of_freedom)
            ),
        );
    }
    if let Some(shape) = &report.shape {
        line("shape", shape.clone());
    }
    if let Some(bands) = &report.bands {
        for (name, value) in noise::bands(bands) {
            line(name, value);
        }
    }
    line("method", method(run));
    line("device", format!("{}, {}", report.device, report.dtype));
    line("seconds", short(report.seconds));
    if !run.files.is_empty() {
        line(
            "files",
            format!("{}/: {}", report.run_dir, run.files.join(", ")),
        );
    }
    text
}

/// The lines of a finished run by groups.
pub fn of_groups(run: &FinishedGroups) -> String {
    let report = &run.report;
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<14}{value}"); // writing to a String does not fail
    };
    line("table", run.table.clone());
    line(
        "groups",
        format!(
            "{} by {}, {} rows{}",
            report.groups,
            report.by,
            report.rows,
            match report.left_out {
                0 => String::new(),
                n => format!("; {n} without a network"),
            }
        ),
    );
    line(
        "model",
        format!("relu, {} hidden units in all", report.hidden),
    );
    line(
        "RMS",
        format!("{} on the training rows", short(report.train_loss.sqrt())),
    );
    let mut shares: Vec<(f64, &str)> = run
        .rows
        .iter()
        .filter_map(|row| Some((row.r2?, &row.group[..])))
        .collect();
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let (Some(least), Some(most)) = (shares.first(), shares.last()) {
        let n = shares.len();
        let middle = f64::midpoint(shares[(n - 1) / 2].0, shares[n / 2].0);
        line(
            "R squared",
            format!(
                "from {:.3} ({}) to {:.3} ({}), in the median {middle:.3}",
                least.0, least.1, most.0, most.1
            ),
        );
    }
    if let Some(shape) = &report.shape {
        line("shape", shape.clone());
    }
    line(
        "method",
        match report.method {
            "auto" => "each chosen by the samples left out".into(),
            method => format!("{method}, from the samples' moments"),
        },
    );
    line("seconds", short(report.seconds));
    let n = run.n_drawn;
    if n < report.groups {
        line("picture", format!("the first {n} of the groups"));
    }
    line(
        "files",
        format!("{}/: {}", report.run_dir, run.files.join(", ")),
    );
    text
}

fn method(run: &Finished) -> String {
    let report: &Report = &run.report;
    match report.method {
        "descent" => format!("descent, by the engine {}", report.engine),
        method if run.choices.is_some() => format!("{method}, chosen by the samples left out"),
        method if run.within.is_some() => {
            format!("{method} in the largest error, by the fewest straight pieces in a corridor")
        }
        method => format!("{method}, from the samples' moments"),
    }
}

/// The root mean square error, and how good it is.
fn rms(run: &Finished) -> String {
    let (rms, on) = match run.rms_everywhere {
        Some(rms) => (rms, " over the domain"),
        None => (run.report.errors.train_loss.sqrt(), " on the training rows"),
    };
    let yardstick = run.yardstick();
    let beside = yardstick.map(|yardstick| beside_the_best(run, rms, &yardstick));
    format!("{}{on}{}", short(rms), beside.unwrap_or_default())
}

/// The fit beside the best straight pieces: of a function over its whole domain, without noise, of a file on its training rows.
fn beside_the_best(run: &Finished, rms: f64, yardstick: &Yardstick) -> String {
    let best = format!("the best {} straight pieces", yardstick.n_pieces);
    let limit = match run.fitted.function {
        Function::Relu { .. } => match run.report.hidden {
            1 => "; 1 unit makes no more".into(),
            hidden => format!("; {hidden} units make no more"),
        },
        Function::Perceptron { .. } => String::new(),
    };
    // What the yardstick is of, and where the two are measured.
    let (compared, at) = match run.rms_at_samples {
        Some(at_samples) => (at_samples, "; at the samples"),
        None => (rms, ","),
    };
    let beside = match yardstick.times(compared) {
        None => format!("{} {best} are exact", at.replace(',', ";")),
        Some(times) => {
            let digits = match times {
                times if times < 0.01 => short(format!("{times:.1e}").parse().unwrap_or(times)),
                times if times < 10.0 => format!("{times:.2}"),
                times => format!("{times:.0}"),
            };
            let least = three(yardstick.rms);
            format!("{at} {digits} x {best} found ({least})")
        }
    };
    format!("{beside}{limit}")
}

/// The table of widths that were tried.
fn widths(widths: &Widths) -> String {
    let mut text = format!(
        "{:>8}  {:<12}{:<14}best nets, on the {}\n",
        "hidden", "RMS", "largest error", widths.judged_on
    );
    for row in &widths.rows {
        let mark = if row.hidden == widths.chosen { "<" } else { "" };
        let (rms, most) = (short(row.rms), short(row.max_error));
        let line = format!("{:>8}  {rms:<12}{most:<14}  {mark}", row.hidden);
        text += line.trim_end();
        text.push('\n');
    }
    let units = count(widths.chosen, "unit");
    let why = format!(
        "the fewest whose best net has an RMS of at most {} on the {}",
        short(widths.goal),
        widths.judged_on
    );
    let _ = writeln!(text, "{:<14}{units}, {why}", "width");
    text
}

/// A loss, and what the cells of moments may have changed, where there are some, in digits that show it.
fn with_bound(loss: f64, bound: Option<f64>) -> String {
    let Some(bound) = bound else {
        return short(loss);
    };
    if bound == 0.0 {
        let loss = short(loss);
        return format!("{loss}; that of the samples themselves is the same, but for rounding");
    }
    // Not more digits than sums of rows have.
    let digits = (loss / bound).log10().ceil().clamp(5.0, 11.0) as usize;
    let loss: f64 = format!("{loss:.digits$e}").parse().unwrap_or(loss);
    let bound = three(bound);
    format!("{loss}; of the samples themselves within {bound} of it")
}
