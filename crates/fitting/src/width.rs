//! How wide a best network must be for a tolerance.

use serde::Serialize;
use shallow_splines::BestNets;

use crate::{error::FittingError, samples::Samples};

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
    /// The root mean square error that was asked for.
    pub goal: f64,
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

    fn chosen(mut self, chosen: usize, goal: f64) -> Widths {
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
        Ok(search.chosen(chosen, tolerance))
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
        let row = WidthRow {
            hidden,
            rms: samples
                .mean_judged(errors.iter().map(|error| error * error))
                .sqrt(),
            max_error: errors.into_iter().fold(0.0, f64::max),
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
}
