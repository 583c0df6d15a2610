//! How a fit went: one JSON object for programs, a few lines for people.

use std::fmt::Write;

use serde::Serialize;

use crate::{
    args::{Flags, ModelKind, OptimizerKind},
    fitted::{Fitted, Function},
    problem::Problem,
    run_folder::RunFolder,
    width::Row,
};

/// What `--json` prints and `report.json` holds. Errors are in the user's units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub engine: String,
    pub device: String,
    pub dtype: String,
    pub epochs: usize,
    /// The first epoch's, every `log_every`-th and the last's, each before its update.
    pub losses: Vec<f64>,
    pub final_loss: f64,
    #[serde(flatten)]
    pub errors: Errors,
    /// The best networks of the widths that a tolerance was tried with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub widths: Option<Vec<Row>>,
    /// The mean absolute error of the last step's forward pass.
    pub final_mae: f64,
    pub seconds: f64,
    pub run_dir: String,
}

/// How far the fitted network is from its samples; of the test samples only where some were held out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Errors {
    /// Mean squared errors after the last update.
    pub train_loss: f64,
    pub test_loss: Option<f64>,
    /// The largest |error| on the test samples.
    pub max_error: Option<f64>,
    /// Where that is.
    #[serde(skip)]
    pub worst: Option<f64>,
}

impl Errors {
    pub fn new(function: &Function, problem: &Problem) -> Self {
        let squares = |errors: &[f64]| mean(errors.iter().map(|e| e * e));
        let on_train = function.residuals(&problem.x, &problem.y);
        let on_test = function.residuals(&problem.test_x, &problem.test_y);
        let sizes = on_test.iter().map(|e| e.abs()).zip(&problem.test_x);
        let worst = sizes.max_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            train_loss: squares(&on_train),
            test_loss: worst.map(|_| squares(&on_test)),
            max_error: worst.map(|(error, _)| error),
            worst: worst.map(|(_, x)| *x),
        }
    }
}

/// Of a network's predictions on the training samples.
pub fn mean_absolute_error(function: &Function, problem: &Problem) -> f64 {
    mean(
        function
            .residuals(&problem.x, &problem.y)
            .iter()
            .map(|e| e.abs()),
    )
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len();
    values.sum::<f64>() / n as f64
}

/// What a person wants to know besides.
pub struct Remarks {
    pub model: String,
    /// What x is called.
    pub x_name: String,
    /// The mean squared error of the best straight line on the test samples, or else the training samples.
    pub line_loss: f64,
    pub files: Vec<String>,
}

impl Remarks {
    pub fn new(fitted: &Fitted, problem: &Problem, folder: &RunFolder) -> Self {
        let line = straight_line(&problem.x, &problem.y);
        let (x, y) = match problem.test_x.is_empty() {
            true => (&problem.x, &problem.y),
            false => (&problem.test_x, &problem.test_y),
        };
        Self {
            model: fitted.function.describe(),
            x_name: problem.names[0].clone(),
            line_loss: mean(x.iter().zip(y).map(|(x, y)| (line(*x) - y).powi(2))),
            files: folder.files(),
        }
    }
}

/// The straight line of least squares.
fn straight_line(x: &[f64], y: &[f64]) -> impl Fn(f64) -> f64 {
    let (x_mean, y_mean) = (mean(x.iter().copied()), mean(y.iter().copied()));
    let (mut xx, mut xy) = (0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        xx += (x - x_mean).powi(2);
        xy += (x - x_mean) * (y - y_mean);
    }
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    move |x| y_mean + slope * (x - x_mean)
}

impl Report {
    /// `rms` is the fit beside the best network of its width.
    pub fn summary(&self, remarks: &Remarks, rms: &str) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "{name:<14}{value}"); // writing to a String does not fail
        };
        line("model", remarks.model.clone());
        line(
            "loss",
            format!("{} after {} epochs", short(self.final_loss), self.epochs),
        );
        line("train loss", short(self.errors.train_loss));
        let beside = format!("the best straight line has {}", short(remarks.line_loss));
        match self.errors.test_loss {
            Some(loss) => line("test loss", format!("{}; {beside}", short(loss))),
            None => line("test loss", format!("no samples were held out; {beside}")),
        }
        line("RMS", rms.into());
        if let (Some(error), Some(at)) = (self.errors.max_error, self.errors.worst) {
            let name = &remarks.x_name;
            line(
                "largest error",
                format!("{} at {name} = {at}", short(error)),
            );
        }
        line("engine", self.engine.clone());
        line("device", format!("{}, {}", self.device, self.dtype));
        line("seconds", short(self.seconds));
        line(
            "files",
            format!("{}/: {}", self.run_dir, remarks.files.join(", ")),
        );
        text
    }

    /// What to try where a straight line does better.
    pub fn advice(&self, remarks: &Remarks, flags: &Flags) -> Option<String> {
        let compared = self.errors.test_loss.unwrap_or(self.errors.train_loss);
        if compared <= remarks.line_loss {
            return None;
        }
        let remedy = match (flags.optimizer, flags.model) {
            (Some(OptimizerKind::Best), _) => "fewer --hidden units or --tolerance auto".into(),
            (_, Some(ModelKind::Perceptron)) => format!(
                "--epochs {}, --optimizer adam or another --lr",
                10 * self.epochs
            ),
            _ => format!(
                "--optimizer best, --epochs {} or another --lr",
                10 * self.epochs
            ),
        };
        Some(format!("the best straight line is closer; try {remedy}"))
    }
}

/// The largest magnitude; 0 of none.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

/// To six significant digits, without a tail of zeros.
pub fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    match rounded.abs() {
        0.0 => "0".into(),
        size if !(1e-4..1e7).contains(&size) => format!("{rounded:e}"),
        _ => format!("{rounded}"),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_short() {
        let written = [0.014924707, 1.0, 123456.789, 1.5e-7, 0.0, -2e9].map(short);
        assert_eq!(written, ["0.0149247", "1", "123457", "1.5e-7", "0", "-2e9"]);
    }
}
