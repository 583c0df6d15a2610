//! What a person reads of a fit to noisy samples: what was chosen among, and how sure it is.

use std::fmt::Write;

use shallow_data::{count, short};
use shallow_fitting::{BandsReport, Choices};

/// Pieces of which a summary has a line each.
const FEW_PIECES: usize = 12;

/// How wide the bands are, and what is known of few pieces.
pub fn bands(bands: &BandsReport) -> Vec<(&'static str, String)> {
    let half = |low: &[f64], high: &[f64]| {
        let mut halves: Vec<f64> = low
            .iter()
            .zip(high)
            .map(|(low, high)| 0.5 * (high - low))
            .collect();
        halves.sort_by(f64::total_cmp);
        three(halves[halves.len() / 2])
    };
    let mut lines = vec![(
        "bands",
        format!(
            "{} %: the curve within {} of it, a new row within {} in the median; the noise has a standard deviation of {}",
            short(100.0 * bands.level),
            half(&bands.low, &bands.high),
            half(&bands.new_low, &bands.new_high),
            three(bands.noise)
        ),
    )];
    let place = |at: f64, error: Option<f64>| match error {
        Some(error) => format!("{} ± {}", short(at), two(error)),
        None => short(at),
    };
    let few = bands
        .pieces
        .iter()
        .filter(|_| bands.pieces.len() <= FEW_PIECES);
    lines.extend(few.map(|piece| {
        let value = format!(
            "slope {} ± {} from {} to {}",
            short(piece.slope),
            two(piece.slope_error),
            place(piece.from, piece.from_error),
            place(piece.to, piece.to_error)
        );
        ("piece", value)
    }));
    lines
}

/// The table of candidates, and which was chosen.
pub fn candidates(choices: &Choices) -> String {
    let mut text = format!(
        "{:<23}{:>8}  {}RMS on samples left out, by {}-fold cross-validation\n",
        "candidate",
        "hidden",
        if choices.is_weighted { "weighted " } else { "" },
        choices.n_folds
    );
    for row in &choices.rows {
        let mark = if row.is_chosen { "<" } else { "" };
        let rms = format!("{} ± {}", three(row.rms), two(row.standard_error));
        let line = format!("{:<23}{:>8}  {rms:<20}  {mark}", row.name, row.hidden);
        text += line.trim_end();
        text.push('\n');
    }
    let row = choices.chosen();
    let _ = writeln!(
        text,
        "{:<14}{}: the fewest units whose error is above the least by no more than chance",
        "chosen",
        match row.name.as_str() {
            "constant" | "line" => row.name.clone(),
            name => format!("{name}, {}", count(row.hidden, "unit")),
        }
    );
    text
}

/// To two significant digits.
fn two(value: f64) -> String {
    short(format!("{value:.1e}").parse().unwrap_or(value))
}

/// To three significant digits.
pub fn three(value: f64) -> String {
    if value < 1e-3 {
        format!("{value:.2e}")
    } else {
        short(format!("{value:.2e}").parse().unwrap_or(value))
    }
}
