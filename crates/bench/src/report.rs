//! Medians, spreads and ratios: as a table, a picture and JSON.

use std::{fmt, fs, path::Path};

use serde::Serialize;
use shallow::plot::{Figure, Layout, Line, Mark, Panel};

use crate::contender::{Contender, Job, Measured};

/// All contenders at one size.
#[derive(Serialize)]
pub(crate) struct Size {
    reference: &'static str,
    samples: usize,
    inputs: usize,
    hidden: usize,
    rows: Vec<Row>,
}

/// One contender at one size, over all rounds.
#[derive(Serialize)]
struct Row {
    name: String,
    is_f64: bool,
    loss: f64,
    prepare: Spread,
    step: Spread,
    /// Its step over the reference's in the same round.
    ratio: Spread,
    memory: f64,
}

/// Median, least and largest.
#[derive(Clone, Copy, Serialize)]
struct Spread {
    median: f64,
    low: f64,
    high: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        Self {
            median: values[values.len() / 2],
            low: values[0],
            high: values[values.len() - 1],
        }
    }
}

impl Size {
    /// Of each contender its turns, one a round.
    pub(crate) fn new(job: &Job, contenders: Vec<(&Contender, Vec<Measured>)>) -> Self {
        let median = |turn: &Measured| Spread::of(turn.steps.iter().copied()).median;
        let of = |(contender, turns): &(&Contender, Vec<Measured>)| {
            let is_reference = contender.name() == job.reference();
            is_reference.then(|| turns.iter().map(median).collect::<Vec<f64>>())
        };
        let reference = contenders
            .iter()
            .find_map(of)
            .expect("the reference always takes part");
        let row = |(contender, turns): (&Contender, Vec<Measured>)| Row {
            name: contender.name().into(),
            is_f64: contender.is_f64(),
            loss: turns[0].loss,
            prepare: Spread::of(turns.iter().map(|turn| turn.prepare)),
            step: Spread::of(turns.iter().flat_map(|turn| turn.steps.iter().copied())),
            ratio: Spread::of(
                turns
                    .iter()
                    .zip(&reference)
                    .map(|(turn, reference)| median(turn) / reference),
            ),
            memory: turns.iter().map(|turn| turn.memory).fold(0.0, f64::max),
        };
        Self {
            reference: job.reference(),
            samples: job.samples,
            inputs: job.inputs,
            hidden: job.hidden,
            rows: contenders.into_iter().map(row).collect(),
        }
    }

    /// A sentence about a contender that arrived at another loss. All start from the same numbers; twenty steps in f32
    /// keep four digits, in f64 ten.
    pub(crate) fn disagreement(&self) -> Option<String> {
        let reference = self
            .rows
            .iter()
            .find(|row| row.name == self.reference)?
            .loss;
        let differs = |row: &&Row| {
            let tolerance = if row.is_f64 { 1e-10 } else { 1e-4 };
            (row.loss - reference).abs() > tolerance * reference || row.loss.is_nan()
        };
        let row = self.rows.iter().find(differs)?;
        Some(format!(
            "{} has loss {} where {} has {reference} (samples {}, hidden {})",
            row.name, row.loss, self.reference, self.samples, self.hidden
        ))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} samples, {} inputs, {} hidden units\n",
            self.samples, self.inputs, self.hidden
        )?;
        writeln!(
            f,
            "| | prepare, ms | us a step | least to largest | times {} | least to largest | peak MiB |",
            self.reference
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            let (step, ratio) = (row.step, row.ratio);
            writeln!(
                f,
                "| {} | {} | {} | {} to {} | {} | {} to {} | {} |",
                row.name,
                digits(1e3 * row.prepare.median),
                digits(1e6 * step.median),
                digits(1e6 * step.low),
                digits(1e6 * step.high),
                digits(ratio.median),
                digits(ratio.low),
                digits(ratio.high),
                digits(row.memory / 1024.0 / 1024.0),
            )?;
        }
        Ok(())
    }
}

/// Three significant digits.
fn digits(value: f64) -> String {
    let decimals = if value > 0.0 {
        (2 - value.log10().floor() as i32).clamp(0, 3)
    } else {
        0
    };
    format!("{value:.*}", decimals as usize)
}

/// Writes bench.json, and step time over samples as a picture.
pub(crate) fn save(sizes: &[Size], folder: &Path) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("cannot write to `{}`: {error}", folder.display());
    fs::create_dir_all(folder).map_err(fail)?;
    let json = serde_json::to_string_pretty(sizes).map_err(|error| error.to_string())?;
    fs::write(folder.join("bench.json"), json).map_err(fail)?;

    // The document's width, if it is there, and the largest.
    let mut widths: Vec<usize> = sizes.iter().map(|size| size.hidden).collect();
    widths.sort_by_key(|hidden| (*hidden != 64, *hidden));
    widths.dedup();
    widths = widths[..1]
        .iter()
        .chain(widths[1..].last())
        .copied()
        .collect();
    let mut curves = Vec::new();
    for hidden in &widths {
        let here: Vec<&Size> = sizes.iter().filter(|size| size.hidden == *hidden).collect();
        let mut names: Vec<&str> = here
            .iter()
            .flat_map(|size| size.rows.iter().map(|row| row.name.as_str()))
            .collect();
        let mut seen = Vec::new();
        names.retain(|name| {
            let is_new = SHOWN.contains(name) && !seen.contains(name);
            seen.push(*name);
            is_new
        });
        for name in names {
            let points = here.iter().filter_map(|size| {
                let row = size.rows.iter().find(|row| row.name == name)?;
                Some(((size.samples as f64).log10(), 1e6 * row.step.median))
            });
            let (x, y): (Vec<f64>, Vec<f64>) = points.unzip();
            curves.push((*hidden, name, x, y));
        }
    }
    let titles: Vec<String> = widths
        .iter()
        .map(|hidden| format!("{hidden} hidden units"))
        .collect();
    let panels = widths.iter().zip(&titles).map(|(hidden, title)| Panel {
        title,
        x_label: "Samples, as a power of ten",
        y_label: "Microseconds a step",
        log_y: true,
        lines: curves
            .iter()
            .filter(|curve| curve.0 == *hidden)
            .map(|(_, name, x, y)| Line {
                name: (*name).into(),
                x: Some(x),
                y,
                mark: Mark::Line,
            })
            .collect(),
        x_range: None,
        ticks: &[],
        ..Panel::default()
    });
    let figure = Figure {
        panels: panels.collect(),
        layout: Layout::SideBySide,
    };
    for ending in ["png", "svg"] {
        figure
            .save(folder.join("bench").with_extension(ending))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The contenders in the picture: as many as there are colours.
const SHOWN: [&str; 7] = [
    "exact",
    "exact, settled",
    "autodiff flex",
    "autodiff ndarray",
    "PyTorch eager f32",
    "JAX jit f32",
    "NumPy f32",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::EXACT;

    fn row(name: &str, is_f64: bool, loss: f64) -> Row {
        let one = Spread::of([1.0].into_iter());
        Row {
            name: name.into(),
            is_f64,
            loss,
            prepare: one,
            step: one,
            ratio: one,
            memory: 0.0,
        }
    }

    #[test]
    fn another_loss_is_named_but_f32_may_round() {
        let size = |rows| Size {
            reference: EXACT,
            samples: 10,
            inputs: 1,
            hidden: 2,
            rows,
        };
        let exact = || row(EXACT, true, 1.0);
        assert_eq!(
            size(vec![exact(), row("a", false, 1.00001)]).disagreement(),
            None
        );
        let message = "a has loss 1.00001 where exact has 1 (samples 10, hidden 2)";
        let differing = size(vec![exact(), row("a", true, 1.00001)]);
        assert_eq!(differing.disagreement().as_deref(), Some(message));
        assert!(
            size(vec![exact(), row("a", false, f64::NAN)])
                .disagreement()
                .is_some()
        );
    }

    #[test]
    fn the_median_is_between_the_least_and_the_largest() {
        let spread = Spread::of([3.0, 1.0, 2.0].into_iter());
        assert_eq!((spread.low, spread.median, spread.high), (1.0, 2.0, 3.0));
        assert_eq!(digits(1234.5), "1234");
        assert_eq!(digits(0.5), "0.500");
    }
}
