//! A run's pictures: its losses, the fit with its samples, kinks and residuals, and errors against width.

use std::path::Path;

use shallow_analytic::CellMoments;
use shallow_data::{day, extremes, linspace, short};
use shallow_export::Fitted;
use shallow_plot::{Figure, Layout, Line, Mark, Panel, PlotError};

use crate::{
    columns::SomeRows, corridor::Within, methods::account::Account, plan::Model, samples::Samples,
    width::Widths,
};

/// `loss.svg`: the loss of every epoch, that on test samples where it was followed, and a tick at the network that was kept.
pub(crate) fn draw_losses(folder: &Path, account: &Account) -> Result<(), PlotError> {
    let losses = &account.losses;
    let followed = account.followed.iter();
    let (at, test): (Vec<f64>, Vec<f64>) = followed
        .filter_map(|metric| Some((metric.epoch as f64, metric.test_loss?)))
        .unzip();
    let kept: Vec<f64> = account.kept.iter().map(|kept| kept.epoch as f64).collect();
    let epochs: Vec<f64> = (0..losses.len()).map(|epoch| epoch as f64).collect();
    let figure = Figure {
        panels: vec![Panel {
            title: if test.is_empty() {
                "Training loss"
            } else {
                "Loss"
            },
            x_label: match kept.is_empty() {
                true => "Epoch",
                false => "Epoch (tick: the network kept)",
            },
            y_label: "Loss",
            log_y: losses.iter().all(|loss| *loss > 0.0),
            lines: match test.is_empty() {
                true => vec![line("loss", &epochs, losses, Mark::Line)],
                false => vec![
                    line("training", &epochs, losses, Mark::Line),
                    line("held out", &at, &test, Mark::Line),
                ],
            },
            x_range: None,
            ticks: &kept,
            ..Panel::default()
        }],
        layout: Layout::Stacked,
    };
    figure.save(folder.join("loss.svg"))
}

/// `fit.svg` and `fit.png`: samples, rows held out or the target, prediction, the kinks as ticks, and the residuals below, between their
/// proven bounds where there are some.
pub(crate) fn draw_fit(
    folder: &Path,
    samples: &Samples,
    fitted: &Fitted,
    within: Option<&Within>,
    level: Option<f64>,
) -> Result<(), PlotError> {
    with_fit(samples, fitted, within, level, |figure| {
        save(figure, folder, "fit")
    })
}

/// A fit of samples as the text of an SVG picture, with bands of a level where one is given and noise is known; without samples, the
/// curve alone.
///
/// # Errors
///
/// [`PlotError`] where no sample can be drawn.
pub fn fit_picture(
    fitted: &Fitted,
    x: &[f64],
    y: &[f64],
    level: Option<f64>,
) -> Result<String, PlotError> {
    let rows = SomeRows {
        x: x.into(),
        y: y.into(),
        weight: Vec::new(),
        unit: 1.0,
        stand_for: None,
    };
    if x.is_empty() {
        return curve(fitted);
    }
    let samples = Samples::of_rows(rows, fitted.names.clone(), &Model::Relu { hidden: 1 });
    with_fit(&samples, fitted, None, level, |figure| figure.to_svg())
}

fn curve(fitted: &Fitted) -> Result<String, PlotError> {
    let kinks = fitted.kinks();
    let grid = grid(fitted.domain, &kinks);
    let values = fitted.function.predict(&grid);
    let [x_name, y_label] = &fitted.names;
    let x_label = match kinks.is_empty() {
        true => x_name.clone(),
        false => format!("{x_name} (ticks: the kinks)"),
    };
    let panel = Panel {
        title: &fitted.function.describe(),
        x_label: &x_label,
        y_label,
        lines: vec![line("prediction", &grid, &values, Mark::Line)],
        x_range: Some(fitted.domain),
        ticks: &kinks,
        ..Panel::default()
    };
    let figure = Figure {
        panels: vec![panel],
        layout: Layout::Stacked,
    };
    figure.to_svg()
}

/// The means of some cells, if there are any.
pub(crate) fn means(cells: &[CellMoments]) -> Option<(Vec<f64>, Vec<f64>)> {
    let means = cells.iter().map(|cell| (cell.x, cell.y));
    (!cells.is_empty()).then(|| means.unzip())
}

/// Places that show a curve with kinks between two inputs.
fn grid((low, high): (f64, f64), kinks: &[f64]) -> Vec<f64> {
    let mut grid = linspace(low, high, 1000);
    grid.extend(kinks.iter().filter(|kink| (low..high).contains(*kink)));
    grid.sort_by(f64::total_cmp);
    grid
}

fn with_fit<R>(
    samples: &Samples,
    fitted: &Fitted,
    within: Option<&Within>,
    level: Option<f64>,
    draw: impl FnOnce(&Figure) -> R,
) -> R {
    // Moments know no sample, but the mean of each cell's.
    let means = means(&samples.cells);
    let (x, y, points) = match &means {
        Some((x, y)) => (x, y, "cell means"),
        None => (&samples.x, &samples.y, "samples"),
    };
    let (low, high) = match &means {
        Some(_) => samples.domain,
        None => extremes(x.iter().chain(&samples.test_x)),
    };
    let kinks = fitted.kinks();
    let inside = kinks.iter().filter(|kink| (low..high).contains(*kink));
    let grid = grid((low, high), &kinks);
    let prediction = fitted.function.predict(&grid);

    let [x_name, y_name] = &samples.names;
    let mut lines = vec![line(points, x, y, Mark::Points)];
    let (test_x, test_y) = (&samples.test_x, &samples.test_y);
    let title = match &samples.truth {
        Some(truth) => {
            lines.push(line("target", test_x, test_y, Mark::Reference));
            truth.text().to_string()
        }
        None => {
            if !test_x.is_empty() {
                lines.push(line("held out", test_x, test_y, Mark::Points));
            }
            format!("{y_name} against {x_name}")
        }
    };
    lines.push(line("prediction", &grid, &prediction, Mark::Line));
    let bands = level.and_then(|level| Some((level, fitted.bands(&grid, level)?)));
    let band_name;
    if let Some((level, bands)) = &bands {
        let percent = short(100.0 * level);
        band_name = [
            format!("{percent} %: curve"),
            format!("{percent} %: new rows"),
        ];
        let ends = [[&bands.low, &bands.high], [&bands.new_low, &bands.new_high]];
        for (name, ends) in band_name.iter().zip(ends) {
            lines.extend(ends.map(|end| line(name, &grid, end, Mark::Line)));
        }
    }
    let unit = match samples.x_is_time {
        true => format!(", UTC, from {}", day(low)),
        false => String::new(),
    };
    let x_label = match inside.count() {
        0 => format!("{x_name}{unit}"),
        1 => format!("{x_name}{unit} (tick: the kink)"),
        n => format!("{x_name}{unit} (ticks: the {n} kinks)"),
    };

    let (mut at, mut wanted, mut judged_on) = samples.judged_on();
    if means.is_some() {
        (at, wanted, judged_on) = (x, y, points);
    }
    // The largest errors are at kinks and between them.
    let values;
    if let (Some(truth), Some(_)) = (&samples.truth, within) {
        values = truth.values(&grid);
        (at, wanted) = (&grid, &values);
    }
    let residuals = fitted.function.residuals(at, wanted);
    let bounds = within.map(|within| within.bounds(at, wanted));
    let (name, mark) = match (&samples.truth, judged_on) {
        (Some(_), _) => ("residual", Mark::Line),
        (None, "rows held out") => ("held out", Mark::Points),
        (None, _) => (points, Mark::Points),
    };
    let below = match within {
        Some(_) => "Residuals and their bounds".into(),
        None => format!("Residuals on the {judged_on}"),
    };
    let mut below_lines = vec![line(name, at, &residuals, mark)];
    if let Some([x, low, high]) = &bounds {
        below_lines.push(line("lower bound", x, low, Mark::Reference));
        below_lines.push(line("upper bound", x, high, Mark::Reference));
    }
    let figure = Figure {
        panels: vec![
            Panel {
                title: &title,
                x_label: &x_label,
                y_label: y_name,
                log_y: false,
                lines,
                x_range: Some((low, high)),
                x_is_time: samples.x_is_time,
                ticks: &kinks,
                ..Panel::default()
            },
            Panel {
                title: &below,
                x_label: x_name,
                y_label: "Prediction - y",
                log_y: false,
                lines: below_lines,
                x_range: Some((low, high)),
                x_is_time: samples.x_is_time,
                ticks: &[],
                ..Panel::default()
            },
        ],
        layout: Layout::Stacked,
    };
    draw(&figure)
}

/// `widths.svg` and `widths.png`: errors against width.
pub(crate) fn draw_widths(folder: &Path, widths: &Widths) -> Result<(), PlotError> {
    // Widths far beyond the chosen one would squeeze the rest.
    let widest = 2 * widths.chosen.max(4);
    let rows: Vec<_> = widths
        .rows
        .iter()
        .filter(|row| row.hidden <= widest)
        .collect();
    let hidden: Vec<f64> = rows.iter().map(|row| row.hidden as f64).collect();
    let rms: Vec<f64> = rows.iter().map(|row| row.rms).collect();
    let most: Vec<f64> = rows.iter().map(|row| row.max_error).collect();
    let goal = vec![widths.goal; rows.len()];
    let lines = vec![
        line("tolerance", &hidden, &goal, Mark::Reference),
        line("RMS", &hidden, &rms, Mark::Line),
        line("largest error", &hidden, &most, Mark::Line),
    ];
    let x_label = format!("Hidden units (tick: the {} chosen)", widths.chosen);
    let y_label = format!("Error on the {}", widths.judged_on);
    let chosen = [widths.chosen as f64];
    let figure = Figure {
        panels: vec![Panel {
            title: "The best network of each width",
            x_label: &x_label,
            y_label: &y_label,
            log_y: rms.iter().all(|rms| *rms > 0.0),
            lines,
            x_range: None,
            ticks: &chosen,
            ..Panel::default()
        }],
        layout: Layout::Stacked,
    };
    save(&figure, folder, "widths")
}

/// A line of a figure.
pub(crate) fn line<'a>(name: &str, x: &'a [f64], y: &'a [f64], mark: Mark) -> Line<'a> {
    Line {
        name: name.into(),
        x: Some(x),
        y,
        mark,
    }
}

/// As SVG and as PNG.
pub(crate) fn save(figure: &Figure, folder: &Path, name: &str) -> Result<(), PlotError> {
    figure.save(folder.join(format!("{name}.svg")))?;
    figure.save(folder.join(format!("{name}.png")))
}
