//! What came of a fit: one JSON object for programs, which a summary for people is made of.

use serde::Serialize;
use shallow_data::largest;
use shallow_export::Function;

use crate::{
    choice::CandidateRow,
    corridor::{AtLeast, Shipped},
    methods::account::Kept,
    samples::Samples,
    smoothing::Smoothing,
    uncertainty::BandsReport,
    weighted::mean,
    width::WidthRow,
};

/// What `--json` prints and `report.json` holds. Errors are in the user's units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// `best`, `smooth` or `descent`; of noisy samples `line` or `constant`, too, where no more is there.
    pub method: &'static str,
    /// How gradients or moments were computed.
    pub engine: &'static str,
    /// Where: `cpu` for the engines on the host, else a backend's device.
    pub device: String,
    /// Float type there.
    pub dtype: &'static str,
    /// Hidden units; 1 of a perceptron.
    pub hidden: usize,
    /// Steps; 0 of a network that was found without any.
    pub epochs: usize,
    /// The first epoch's, every `log_every`-th and the last's, each before its update; of a network found without steps, its
    /// own.
    pub losses: Vec<f64>,
    /// At the same epochs the loss on test samples of the same networks, where it was followed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test_losses: Vec<f64>,
    /// The network that was kept as the best on test samples, where not the last was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
    /// The last of `losses`.
    pub final_loss: f64,
    /// Errors after the last update.
    #[serde(flatten)]
    pub errors: MeasuredErrors,
    /// A proven bound of the largest error, where there is one.
    pub max_error_bound: Option<f64>,
    /// Of a network that is best in the largest error: what no other can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<AtLeast>,
    /// Of a network that was found for a table in other numbers: the table's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Shipped>,
    /// Of a network whose bends are penalised: how much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smoothing: Option<Smoothing>,
    /// The shape that was asked for, and that the network has between the least and the largest x.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// Of noisy samples: the candidates on samples left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<CandidateRow>>,
    /// Where the curve and new rows are, by the noise in the samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bands: Option<BandsReport>,
    /// The best networks of the widths that were tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub widths: Option<Vec<WidthRow>>,
    /// The mean absolute error of the network that `final_loss` is of, on the training samples.
    pub final_mae: Option<f64>,
    /// Seconds of the search or the descent.
    pub seconds: f64,
    /// The run's folder.
    pub run_dir: String,
}

impl Report {
    /// Whether the squared error on the samples was to be least, and nothing else.
    pub(crate) fn is_in_rms(&self) -> bool {
        let is_free = self.smoothing.is_none() && self.shape.is_none();
        self.at_least.is_none() && is_free && self.candidates.is_none()
    }
}

/// How far the fitted network is from its samples; of test samples only where some were held out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasuredErrors {
    /// Mean squared error on the training samples.
    pub train_loss: f64,
    /// How far that of the samples behind moments may be from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_loss_bound: Option<f64>,
    /// Mean squared error on the test samples.
    pub test_loss: Option<f64>,
    /// The largest |error| on the test samples.
    pub max_error: Option<f64>,
    /// Where that is.
    #[serde(skip)]
    pub worst: Option<f64>,
    /// The largest |error| on all samples, with the test samples.
    #[serde(skip)]
    pub largest: f64,
}

impl MeasuredErrors {
    /// Of a function in the user's units.
    pub fn new(function: &Function, samples: &Samples) -> Self {
        let squares = |errors: &[f64], weight: &[f64]| mean(errors.iter().map(|e| e * e), weight);
        let on_train = function.residuals(&samples.x, &samples.y);
        let on_test = function.residuals(&samples.test_x, &samples.test_y);
        let sizes = on_test.iter().map(|e| e.abs()).zip(&samples.test_x);
        let worst = sizes.max_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            train_loss: squares(&on_train, &samples.weight),
            train_loss_bound: samples.loss_bound(function),
            test_loss: worst.map(|_| squares(&on_test, &samples.test_weight)),
            max_error: worst.map(|(error, _)| error),
            worst: worst.map(|(_, x)| *x),
            largest: largest(&on_train).max(largest(&on_test)),
        }
    }

    /// The mean squared error on the samples that the fit is judged on.
    pub fn judged(&self) -> f64 {
        self.test_loss.unwrap_or(self.train_loss)
    }
}

/// The mean absolute error on the training samples; none of moments, which do not know it.
pub fn mean_absolute_error(function: &Function, samples: &Samples) -> Option<f64> {
    if !samples.cells.is_empty() {
        return None;
    }
    let residuals = function.residuals(&samples.x, &samples.y);
    Some(mean(residuals.iter().map(|e| e.abs()), &samples.weight))
}

/// The mean squared error, on the samples that a fit is judged on, of the training samples' straight line of least squares.
pub(crate) fn line_loss(samples: &Samples) -> f64 {
    let line = straight_line(samples);
    let (x, y, _) = samples.judged_on();
    samples.mean_judged(x.iter().zip(y).map(|(x, y)| (line(*x) - y).powi(2)))
}

/// The straight line of least squares through the training samples.
pub(crate) fn straight_line(samples: &Samples) -> impl Fn(f64) -> f64 + use<> {
    let (x, y, weight) = (&samples.x, &samples.y, &samples.weight);
    // From the first value on: sums of large numbers that are close together lose their digits.
    let mean_of = |values: &[f64]| {
        let first = values[0];
        first + mean(values.iter().map(|value| value - first), weight)
    };
    let (x_mean, y_mean) = (mean_of(x), mean_of(y));
    let pairs = || x.iter().zip(y);
    let xx = mean(pairs().map(|(x, _)| (x - x_mean).powi(2)), weight);
    let xy = mean(pairs().map(|(x, y)| (x - x_mean) * (y - y_mean)), weight);
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    move |x| y_mean + slope * (x - x_mean)
}
