//! `--tolerance`: the smallest network that is good enough, or as wide as noisy samples support.

use std::{fmt::Write, path::Path};

use anyhow::{Result, bail};
use serde::Serialize;
use shallow::{Dataset, Figure, Layout, Mark, Moments, Panel, Spline};

use crate::{
    args::{Flags, NormKind, Tolerance},
    pictures::{line, save},
    problem::Problem,
    report::short,
};

/// The widest network that is tried.
const WIDEST: usize = 4096;

/// After so many widths that did not help, wider ones are not tried.
const PATIENCE: usize = 4;

/// The best networks of some widths.
#[derive(Debug, Clone, PartialEq)]
pub struct Widths {
    /// In increasing width.
    pub rows: Vec<Row>,
    /// Hidden units of the one chosen.
    pub chosen: usize,
    /// Where their errors were measured.
    samples: &'static str,
    /// Why it was chosen, and what was asked for.
    why: String,
    goal: Option<(NormKind, f64)>,
}

/// The best network of one width.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Row {
    pub hidden: usize,
    pub rms: f64,
    pub max_error: f64,
    /// Bayes' information criterion on the training samples.
    #[serde(skip)]
    criterion: f64,
}

impl Row {
    fn error(&self, norm: NormKind) -> f64 {
        match norm {
            NormKind::Rms => self.rms,
            NormKind::Max => self.max_error,
        }
    }
}

/// Widths tried so far, on one problem.
struct Search<'a> {
    problem: &'a Problem,
    /// Of the training samples as the network sees them, so that a fit finds these very networks.
    moments: Moments,
    is_noisy: bool,
    rows: Vec<Row>,
}

impl Widths {
    /// The smallest width whose best network is within the tolerance on the test samples, or on the training samples where
    /// there are no others; for `auto` the one with the least information criterion.
    pub fn choose(
        problem: &Problem,
        train: &Dataset,
        flags: &Flags,
        tolerance: &Tolerance,
    ) -> Result<Self> {
        let norm = flags.norm.unwrap_or(NormKind::Rms);
        let mut search = Search {
            problem,
            moments: Moments::new(train.x(), train.y()),
            is_noisy: problem.truth.is_none() || flags.noise.unwrap_or(0.0) > 0.0,
            rows: Vec::new(),
        };
        let samples = match (&problem.truth, problem.test_x.is_empty()) {
            (Some(_), _) => "test samples",
            (None, false) => "rows held out",
            (None, true) => "training rows",
        };
        let (chosen, why, goal) = match tolerance {
            Tolerance::Error(error) => {
                let chosen = search.within(*error, norm, samples)?;
                let what = match norm {
                    NormKind::Rms => "an RMS",
                    NormKind::Max => "a largest error",
                };
                let why = format!(
                    "the fewest whose best net has {what} of at most {} on the {samples}",
                    short(*error)
                );
                (chosen, why, Some((norm, *error)))
            }
            Tolerance::Named(_) => {
                let why = "as many as the samples support, by Bayes' information criterion".into();
                (search.supported(), why, None)
            }
        };
        let mut rows = search.rows;
        rows.sort_by_key(|row| row.hidden);
        Ok(Self {
            rows,
            chosen,
            samples,
            why,
            goal,
        })
    }

    /// The table.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{:>8}  {:<12}{:<14}best nets, on the {}\n",
            "hidden", "RMS", "largest error", self.samples
        );
        for row in &self.rows {
            let mark = if row.hidden == self.chosen { "  <" } else { "" };
            let (rms, most) = (short(row.rms), short(row.max_error));
            let _ = writeln!(text, "{:>8}  {rms:<12}{most:<14}{mark}", row.hidden); // writing to a String does not fail
        }
        let units = if self.chosen == 1 { "unit" } else { "units" };
        let _ = writeln!(text, "{:<14}{} {units}, {}", "width", self.chosen, self.why);
        text.lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect()
    }

    /// `widths.svg` and `widths.png`: errors against width.
    pub fn draw(&self, folder: &Path) -> Result<()> {
        // What is far wider than needed would squeeze the rest.
        let rows: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.hidden <= 2 * self.chosen.max(4))
            .collect();
        let hidden: Vec<f64> = rows.iter().map(|row| row.hidden as f64).collect();
        let rms: Vec<f64> = rows.iter().map(|row| row.rms).collect();
        let most: Vec<f64> = rows.iter().map(|row| row.max_error).collect();
        let goal: Vec<f64> = rows
            .iter()
            .map(|_| self.goal.map_or(0.0, |goal| goal.1))
            .collect();
        let mut lines = vec![
            line("RMS", Some(&hidden), &rms, Mark::Line),
            line("largest error", Some(&hidden), &most, Mark::Line),
        ];
        if self.goal.is_some() {
            lines.insert(0, line("tolerance", Some(&hidden), &goal, Mark::Reference));
        }
        let x_label = format!("Hidden units (tick: the {} chosen)", self.chosen);
        let y_label = format!("Error on the {}", self.samples);
        let ticks = [self.chosen as f64];
        let figure = Figure {
            panels: vec![Panel {
                title: "The best network of each width",
                x_label: &x_label,
                y_label: &y_label,
                log_y: true,
                lines,
                x_range: None,
                ticks: &ticks,
            }],
            layout: Layout::Stacked,
        };
        save(&figure, folder, "widths.svg")?;
        save(&figure, folder, "widths.png")
    }
}

impl Search<'_> {
    /// The best network of a width, tried once.
    fn row(&mut self, hidden: usize) -> Row {
        if let Some(row) = self.rows.iter().find(|row| row.hidden == hidden) {
            return *row;
        }
        let problem = self.problem;
        let (spline, loss) = Spline::best(&self.moments, hidden, &[]);
        let (x, y) = match problem.test_x.is_empty() {
            false => (&problem.test_x, &problem.test_y),
            true => (&problem.x, &problem.y),
        };
        let predictions = problem.x_scaling.apply(x).into_iter();
        let predictions = predictions.map(|x| problem.y_scaling.invert(spline.predict(x)));
        let errors: Vec<f64> = predictions.zip(y).map(|(p, y)| (p - y).abs()).collect();
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        let n = problem.x.len() as f64;
        let row = Row {
            hidden,
            rms: (squares / x.len() as f64).sqrt(),
            max_error: errors.into_iter().fold(0.0, f64::max),
            criterion: n * loss.max(1e-300).ln() + (2 * hidden) as f64 * n.ln(),
        };
        self.rows.push(row);
        row
    }

    /// 1, 2, 3, 4, 6, 8, 12, ..., as far as the samples can tell wider networks apart.
    fn widths(&self) -> impl Iterator<Item = usize> + use<> {
        let widest = WIDEST
            .min(self.moments.n_distinct().saturating_sub(1))
            .max(1);
        let powers = (0..).map(|power| 1_usize << power);
        let steps = powers.flat_map(|power| [Some(power), (power > 1).then(|| power + power / 2)]);
        let below = steps.flatten().take_while(move |width| *width < widest);
        below.chain([widest])
    }

    fn within(&mut self, tolerance: f64, norm: NormKind, samples: &str) -> Result<usize> {
        let (mut below, mut least, mut in_vain) = (0, (f64::INFINITY, 0), 0);
        let mut met = None;
        for width in self.widths() {
            let error = self.row(width).error(norm);
            if error <= tolerance {
                met = Some(width);
                break;
            }
            below = width;
            if error < 0.99 * least.0 {
                (least, in_vain) = ((error, width), 0);
            } else {
                in_vain += 1;
            }
            if self.is_noisy && in_vain >= PATIENCE {
                break;
            }
        }
        let Some(mut met) = met else {
            let (error, width) = least;
            let otherwise = if self.is_noisy {
                ", or for --tolerance auto"
            } else {
                ""
            };
            bail!(
                "no width up to {below} meets the tolerance {}: {width} units have the least error on the {samples}, {}; ask for no less{otherwise}",
                short(tolerance),
                short(error)
            );
        };
        while met - below > 1 {
            let middle = usize::midpoint(below, met);
            match self.row(middle).error(norm) <= tolerance {
                true => met = middle,
                false => below = middle,
            }
        }
        Ok(met)
    }

    fn supported(&mut self) -> usize {
        let (mut least, mut in_vain) = ((f64::INFINITY, 1), 0);
        for width in self.widths() {
            let criterion = self.row(width).criterion;
            if criterion < least.0 {
                (least, in_vain) = ((criterion, width), 0);
            } else {
                in_vain += 1;
            }
            if in_vain >= PATIENCE {
                break;
            }
        }
        // Between the widths on either side of it.
        let tried: Vec<usize> = self.rows.iter().map(|row| row.hidden).collect();
        let below = tried
            .iter()
            .filter(|width| **width < least.1)
            .max()
            .map_or(1, |width| width + 1);
        let above = tried
            .iter()
            .filter(|width| **width > least.1)
            .min()
            .map_or(least.1, |width| width - 1);
        let step = ((above + 1).saturating_sub(below) / 16).max(1);
        for width in (below..=above).step_by(step) {
            let criterion = self.row(width).criterion;
            if criterion < least.0 {
                least = (criterion, width);
            }
        }
        least.1
    }
}
