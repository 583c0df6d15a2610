//! What a person reads of a fit.

use std::fmt::Write;

use shallow_data::short;
use shallow_export::Function;
use shallow_fitting::{Advice, Finished, Goal, LargestError, Report, Widths, Within, Yardstick};

/// The lines of a finished fit.
pub fn summary(run: &Finished) -> String {
    let report = &run.report;
    let mut text = run.widths.as_ref().map(widths).unwrap_or_default();
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
    line("train loss", short(report.errors.train_loss));
    let beside = format!("the best straight line has {}", short(run.line_loss));
    match report.errors.test_loss {
        Some(loss) => line("test loss", format!("{}; {beside}", short(loss))),
        None => line("test loss", format!("no samples were held out; {beside}")),
    }
    line("RMS", rms(run));
    if let Some(within) = &run.within {
        line("width", width(within, report.hidden));
    }
    if let Some(error) = largest_error(run) {
        line("largest error", error);
    }
    line("method", method(run));
    line("device", format!("{}, {}", report.device, report.dtype));
    line("seconds", short(report.seconds));
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
        method if run.within.is_some() => {
            format!("{method} in the largest error, by the fewest straight pieces in a corridor")
        }
        method => format!("{method}, from the samples' moments"),
    }
}

/// The root mean square error, and how good it is.
fn rms(run: &Finished) -> String {
    match (run.yardstick(), run.rms_everywhere) {
        (Some(yardstick), _) => beside_the_best(run, &yardstick),
        (None, Some(rms)) => format!("{} over the domain", short(rms)),
        (None, None) => {
            let rms = run.report.errors.train_loss.sqrt();
            format!("{} on the training rows", short(rms))
        }
    }
}

/// The fewest units within an error, or the least error of some units, and what is proven.
fn width(within: &Within, hidden: usize) -> String {
    let band = within.band;
    let what = match band.is_relative {
        true => "relative error",
        false => "error",
    };
    let place = match within.is_of_function {
        true => "everywhere",
        false => "at every row",
    };
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let at_least = within.at_least;
    match within.goal {
        Goal::Within(tolerance) => {
            let of = format!(
                "{} in {} {} within {} {place}",
                count(hidden, "unit"),
                count(within.n_pieces, "straight piece"),
                if hidden == 1 { "is" } else { "are" },
                short(tolerance)
            );
            match at_least.units == hidden {
                true => format!("{of}, and no fewer: proven"),
                false => {
                    let fewer = count(at_least.units, "unit");
                    let are = if at_least.units == 1 { "is" } else { "are" };
                    format!("{of}: proven; {fewer} {are} not excluded")
                }
            }
        }
        Goal::Units(units) => format!(
            "{}, with {what}s of at most {} {place}; no network of {} is below {}: proven",
            count(within.n_pieces, "straight piece"),
            six_up(band.tolerance),
            count(units, "unit"),
            six_down(at_least.error)
        ),
    }
}

/// To six significant digits, and no less.
fn six_up(value: f64) -> String {
    six(value, |digits, value| digits < value, 1.0)
}

/// To six significant digits, and no more.
fn six_down(value: f64) -> String {
    six(value, |digits, value| digits > value, -1.0)
}

fn six(value: f64, is_wrong: impl Fn(f64, f64) -> bool, by: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if value == 0.0 || !is_wrong(rounded, value) {
        return short(rounded);
    }
    let unit = 10_f64.powi(value.abs().log10().floor() as i32 - 5);
    let moved = format!("{:.5e}", rounded + by * unit);
    short(moved.parse().unwrap_or(value))
}

/// The largest error: of a function on its whole domain, with its bound where that is proven.
fn largest_error(run: &Finished) -> Option<String> {
    let name = &run.fitted.names[0];
    let errors = &run.report.errors;
    let measured = errors.max_error.zip(errors.worst);
    let at_rows = || {
        let (error, at) = measured?;
        Some(format!("{} at {name} = {at}", short(error)))
    };
    let Some(error) = run.largest_error else {
        return at_rows();
    };
    Some(match error {
        LargestError::Proven { least, at, most } => format!(
            "{} at {name} = {}, at most {} everywhere: proven",
            short(least.max(0.0)),
            short(at),
            six_up(most)
        ),
        LargestError::Unfinished { least, at, .. } => format!(
            "{} at {name} = {}; not proven to be the largest, as the function varies too much for that",
            short(least),
            short(at)
        ),
        LargestError::Undefined { at } => format!(
            "{} on the test samples; not proven to be the largest, as the formula may have no value around {name} = {}",
            at_rows()?,
            short(at)
        ),
    })
}

/// The fit beside the best straight pieces: of a function over its whole domain, without noise, of a file on its training rows.
fn beside_the_best(run: &Finished, yardstick: &Yardstick) -> String {
    let report = &run.report;
    let (rms, on) = match run.rms_everywhere {
        Some(rms) => (rms, " over the domain"),
        None => (report.errors.train_loss.sqrt(), " on the training rows"),
    };
    let best = format!("the best {} straight pieces", yardstick.n_pieces);
    let limit = match run.fitted.function {
        Function::Relu { .. } => match report.hidden {
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
    format!("{}{on}{beside}{limit}", short(rms))
}

/// To three significant digits.
fn three(value: f64) -> String {
    if value < 1e-3 {
        format!("{value:.2e}")
    } else {
        short(format!("{value:.2e}").parse().unwrap_or(value))
    }
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
    let units = if widths.chosen == 1 { "unit" } else { "units" };
    let why = match widths.goal {
        Some(tolerance) => format!(
            "the fewest whose best net has an RMS of at most {} on the {}",
            short(tolerance),
            widths.judged_on
        ),
        None => "as many as the samples support, by Bayes' information criterion".into(),
    };
    let _ = writeln!(text, "{:<14}{} {units}, {why}", "width", widths.chosen);
    text
}

fn narrower(is_chosen: bool) -> &'static str {
    match is_chosen {
        true => "more samples, or fewer units with --hidden",
        false => "fewer --hidden units or --hidden auto",
    }
}

/// What to do next, in a sentence.
pub fn advice(advice: &Advice) -> String {
    match advice {
        Advice::LearningRate(what) => what.clone(),
        Advice::HiddenDetail { rms, n_test } => format!(
            "over the whole domain the RMS is {}: the function has more detail than {n_test} test samples show; try more --test-samples and --samples, or a smaller --domain",
            short(*rms)
        ),
        Advice::Swings { what, is_chosen } => format!("{what}; try {}", narrower(*is_chosen)),
        Advice::LineBeatsBest { is_chosen } => format!(
            "the best straight line is closer; try {}",
            narrower(*is_chosen)
        ),
        Advice::LineBeatsDescent {
            is_stuck: true,
            is_perceptron: true,
            ..
        } => {
            "the best straight line is closer, and the loss no longer falls; try a smaller --lr or another --seed".into()
        }
        Advice::LineBeatsDescent { is_stuck: true, .. } => {
            "the best straight line is closer, and the loss no longer falls; try a smaller --lr, another --seed or --method best"
                .into()
        }
        Advice::LineBeatsDescent {
            epochs,
            is_perceptron: true,
            ..
        } => format!(
            "the best straight line is closer; try --epochs {epochs}, --optimizer adam or another --lr"
        ),
        Advice::LineBeatsDescent { epochs, .. } => format!(
            "the best straight line is closer; try --method best, --epochs {epochs} or another --lr"
        ),
    }
}
