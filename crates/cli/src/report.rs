//! How a fit went: one JSON object for programs, a few lines for people.

use std::fmt::Write;

use serde::Serialize;

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
    /// Mean squared errors after the last update; none where nothing was held out.
    pub train_loss: f64,
    pub test_loss: Option<f64>,
    /// The mean absolute error of the last step's forward pass.
    pub final_mae: f64,
    /// The largest |error| on the test samples.
    pub max_error: Option<f64>,
    pub seconds: f64,
    pub run_dir: String,
}

/// What a person wants to know besides.
pub struct Remarks {
    pub model: String,
    /// What x is called, and where the largest error is.
    pub worst: Option<(String, f64)>,
    /// The mean squared error of the best straight line on the test samples, or else the training samples.
    pub line_loss: f64,
    pub files: Vec<String>,
}

impl Report {
    pub fn summary(&self, remarks: &Remarks) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "{name:<14}{value}"); // writing to a String does not fail
        };
        line("model", remarks.model.clone());
        line(
            "loss",
            format!("{} after {} epochs", short(self.final_loss), self.epochs),
        );
        line("train loss", short(self.train_loss));
        let beside = format!("the best straight line has {}", short(remarks.line_loss));
        match self.test_loss {
            Some(loss) => line("test loss", format!("{}; {beside}", short(loss))),
            None => line("test loss", format!("no samples were held out; {beside}")),
        }
        if let (Some(error), Some((name, at))) = (self.max_error, &remarks.worst) {
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
    pub fn advice(&self, remarks: &Remarks) -> Option<String> {
        let compared = self.test_loss.unwrap_or(self.train_loss);
        (compared > remarks.line_loss).then(|| {
            format!(
                "the best straight line is closer; try --epochs {}, --optimizer adam or another --lr",
                10 * self.epochs
            )
        })
    }
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
