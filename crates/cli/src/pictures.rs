//! A run's pictures: its losses, and the fit with its samples, kinks and residuals.

use std::path::Path;

use anyhow::Result;
use shallow::{Error, Figure, Layout, Line, Mark, Panel, extremes, linspace};

use crate::{fitted::Fitted, problem::Problem, run_folder::Metric};

/// `loss.svg`: the logged losses over the epochs.
pub fn draw_losses(folder: &Path, logged: &[Metric]) -> Result<()> {
    let epochs: Vec<f64> = logged.iter().map(|metric| metric.epoch as f64).collect();
    let losses: Vec<f64> = logged.iter().map(|metric| metric.loss).collect();
    let figure = Figure {
        panels: vec![Panel {
            title: "Training loss",
            x_label: "Epoch",
            y_label: "Loss",
            log_y: true,
            lines: vec![line("loss", Some(&epochs), &losses, Mark::Line)],
            x_range: None,
            ticks: &[],
        }],
        layout: Layout::Stacked,
    };
    save(&figure, folder, "loss.svg")
}

/// `fit.svg` and `fit.png`: samples, target and prediction, the kinks as ticks, and the residuals below.
pub fn draw_fit(folder: &Path, problem: &Problem, fitted: &Fitted) -> Result<()> {
    let (low, high) = extremes(problem.x.iter().chain(&problem.test_x));
    let kinks = fitted.pieces().map(|pieces| pieces.kinks);
    let kinks = kinks.unwrap_or_default();
    let inside = kinks.iter().filter(|kink| (low..high).contains(*kink));
    let mut grid = linspace(low, high, 1000);
    grid.extend(inside.clone());
    grid.sort_by(f64::total_cmp);
    let prediction = fitted.function.predict(&grid);

    let [x_name, y_name] = &problem.names;
    let mut functions = vec![line("samples", Some(&problem.x), &problem.y, Mark::Points)];
    let title = match &problem.truth {
        Some(truth) => {
            functions.push(line(
                "target",
                Some(&problem.test_x),
                &problem.test_y,
                Mark::Reference,
            ));
            truth.text().to_string()
        }
        None => format!("{y_name} against {x_name}"),
    };
    functions.push(line("prediction", Some(&grid), &prediction, Mark::Line));
    let x_label = match kinks.is_empty() {
        true => x_name.clone(),
        false => format!("{x_name} (ticks: the {} kinks)", inside.count()),
    };

    let (at, wanted, whose) = match problem.test_x.is_empty() {
        false => (&problem.test_x, &problem.test_y, "test samples"),
        true => (&problem.x, &problem.y, "training samples"),
    };
    let residuals = fitted.function.residuals(at, wanted);
    let mark = match problem.truth {
        Some(_) => Mark::Line,
        None => Mark::Points,
    };
    let below = format!("Residuals on the {whose}");
    let figure = Figure {
        panels: vec![
            Panel {
                title: &title,
                x_label: &x_label,
                y_label: y_name,
                log_y: false,
                lines: functions,
                x_range: Some((low, high)),
                ticks: &kinks,
            },
            Panel {
                title: &below,
                x_label: x_name,
                y_label: "Prediction - y",
                log_y: false,
                lines: vec![line("residual", Some(at), &residuals, mark)],
                x_range: Some((low, high)),
                ticks: &[],
            },
        ],
        layout: Layout::Stacked,
    };
    save(&figure, folder, "fit.svg")?;
    save(&figure, folder, "fit.png")
}

pub fn line<'a>(name: &str, x: Option<&'a [f64]>, y: &'a [f64], mark: Mark) -> Line<'a> {
    Line {
        name: name.into(),
        x,
        y,
        mark,
    }
}

pub fn save(figure: &Figure, folder: &Path, name: &str) -> Result<()> {
    Ok(figure.save(folder.join(name)).map_err(Error::from)?)
}
