//! How wide a best network should be: wide enough for a tolerance, or as wide as noisy samples support.

use serde::Serialize;
use shallow_splines::BestNets;

use crate::{error::FittingError, plan::SAMPLES_OF_PIECE, samples::Samples};

/// The widest network that is tried.
const WIDEST: usize = 4096;

/// After this many widths in a row that did not help, wider ones are not tried.
const PATIENCE: usize = 4;

/// The best networks of some widths.
#[derive(Debug, Clone, PartialEq)]
pub struct Widths {
    /// In increasing width.
    pub rows: Vec<WidthRow>,
    /// Hidden units of the one chosen.
    pub chosen: usize,
    /// Where their errors were measured.
    pub judged_on: &'static str,
    /// The root mean square error that was asked for; none where the samples decide.
    pub goal: Option<f64>,
}

/// The best network of one width. Errors are in the user's units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WidthRow {
    /// Hidden units.
    pub hidden: usize,
    /// Root mean square error.
    pub rms: f64,
    /// Largest error.
    pub max_error: f64,
    /// Bayes' information criterion on the training samples.
    #[serde(skip)]
    criterion: f64,
}

/// Widths tried so far, on the same samples.
struct Search<'a> {
    samples: &'a Samples,
    /// Of the training samples as the network sees them, so that a fit finds these very networks.
    nets: &'a BestNets<'a>,
    is_noisy: bool,
    /// The widest network that the samples can tell from narrower ones.
    widest: usize,
    rows: Vec<WidthRow>,
}

impl<'a> Search<'a> {
    fn new(samples: &'a Samples, nets: &'a BestNets<'a>, is_noisy: bool, widest: usize) -> Self {
        Self {
            samples,
            nets,
            is_noisy,
            widest,
            rows: Vec::new(),
        }
    }

    fn chosen(mut self, chosen: usize, goal: Option<f64>) -> Widths {
        self.rows.sort_by_key(|row| row.hidden);
        Widths {
            rows: self.rows,
            chosen,
            judged_on: self.samples.judged_on().2,
            goal,
        }
    }
}

impl Widths {
    /// The fewest units whose best network is within the tolerance on the samples that a fit is judged on.
    ///
    /// # Errors
    ///
    /// [`FittingError::Tolerance`] where no width meets it.
    pub fn within(
        samples: &Samples,
        nets: &BestNets,
        is_noisy: bool,
        tolerance: f64,
    ) -> Result<Self, FittingError> {
        let widest = nets.n_distinct().saturating_sub(1);
        let mut search = Search::new(samples, nets, is_noisy, widest);
        let chosen = search.within(tolerance)?;
        Ok(search.chosen(chosen, Some(tolerance)))
    }

    /// The width with the least information criterion, with at most one unit for five samples.
    pub fn supported(samples: &Samples, nets: &BestNets) -> Self {
        let widest = nets.n_distinct() / SAMPLES_OF_PIECE;
        let mut search = Search::new(samples, nets, true, widest);
        let chosen = search.supported();
        search.chosen(chosen, None)
    }
}

impl Search<'_> {
    /// The best network of a width, tried once.
    fn row(&mut self, hidden: usize) -> WidthRow {
        if let Some(row) = self.rows.iter().find(|row| row.hidden == hidden) {
            return *row;
        }
        let samples = self.samples;
        let net = self.nets.of(hidden);
        let (x, y, _) = samples.judged_on();
        let predictions = samples.x_scaling.apply(x).into_iter();
        let predictions = predictions.map(|x| samples.y_scaling.invert(net.spline.predict(x)));
        let errors: Vec<f64> = predictions.zip(y).map(|(p, y)| (p - y).abs()).collect();
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        let n = samples.x.len() as f64;
        let row = WidthRow {
            hidden,
            rms: (squares / x.len() as f64).sqrt(),
            max_error: errors.into_iter().fold(0.0, f64::max),
            criterion: n * net.loss.max(1e-300).ln() + (2 * hidden) as f64 * n.ln(),
        };
        self.rows.push(row);
        row
    }

    /// 1, 2, 3, 4, 6, 8, 12, ..., as far as the samples can tell wider networks apart.
    fn widths(&self) -> impl Iterator<Item = usize> + use<> {
        let widest = WIDEST.min(self.widest).max(1);
        let powers = (0..).map(|power| 1_usize << power);
        let steps = powers.flat_map(|power| [Some(power), (power > 1).then(|| power + power / 2)]);
        let below = steps.flatten().take_while(move |width| *width < widest);
        below.chain([widest])
    }

    fn within(&mut self, tolerance: f64) -> Result<usize, FittingError> {
        let (mut below, mut least, mut in_vain) = (0, (f64::INFINITY, 0), 0);
        let mut met = None;
        for width in self.widths() {
            let error = self.row(width).rms;
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
            let (error, best) = least;
            return Err(FittingError::Tolerance {
                widest: below,
                tolerance,
                best,
                error,
                samples: self.samples.judged_on().2,
                is_noisy: self.is_noisy,
            });
        };
        while met - below > 1 {
            let middle = usize::midpoint(below, met);
            match self.row(middle).rms <= tolerance {
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
