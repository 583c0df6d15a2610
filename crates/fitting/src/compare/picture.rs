//! The methods' functions and errors, drawn.

use std::path::Path;

use shallow_data::{extremes, linspace};
use shallow_plot::{Figure, Layout, Mark, Panel, PlotError};

use super::{methods::Method, row::BEST_NET};
use crate::{
    pictures::{line, save},
    samples::Samples,
};

pub(super) fn draw(
    samples: &Samples,
    methods: &[Method],
    judged_on: &str,
    folder: &Path,
) -> Result<(), PlotError> {
    let (low, high) = samples.domain;
    let grid = linspace(low, high, 1000);
    let drawn = || {
        methods
            .iter()
            .filter_map(|method| Some((method.drawn?, method)))
    };
    let curves: Vec<Vec<f64>> = drawn()
        .map(|(_, method)| grid.iter().map(|x| (method.predict)(*x)).collect())
        .collect();
    let mut above = Vec::new();
    match samples.truth {
        Some(_) => above.push(line(
            "target",
            &samples.test_x,
            &samples.test_y,
            Mark::Reference,
        )),
        None => above.push(line("samples", &samples.x, &samples.y, Mark::Points)),
    }
    // A polynomial may leave the picture; then it is only below.
    let (least, most) = extremes(samples.y.iter().chain(&samples.test_y));
    let room = 0.5 * (most - least).max(f64::MIN_POSITIVE);
    for ((name, _), curve) in drawn().zip(&curves) {
        if curve
            .iter()
            .all(|y| (least - room..=most + room).contains(y))
        {
            above.push(line(name, &grid, curve, Mark::Line));
        }
    }
    // By x, as lines go.
    let mut order: Vec<usize> = (0..samples.test_x.len()).collect();
    order.sort_by(|a, b| samples.test_x[*a].total_cmp(&samples.test_x[*b]));
    let sorted: Vec<f64> = order.iter().map(|at| samples.test_x[*at]).collect();
    // Of a function a broad line, too, so that the methods have their colours of above.
    let best = methods.iter().find(|method| method.drawn == Some(BEST_NET));
    let rms = best.map_or(0.0, |best| best.row.rms);
    let level = vec![rms; sorted.len()];
    let sizes: Vec<Vec<f64>> = drawn()
        .map(|(_, method)| order.iter().map(|at| method.errors[*at].abs()).collect())
        .collect();
    let mut below = Vec::new();
    if samples.truth.is_some() {
        below.push(line("the best net's RMS", &sorted, &level, Mark::Reference));
    }
    for ((name, _), sizes) in drawn().zip(&sizes) {
        below.push(line(name, &sorted, sizes, Mark::Line));
    }
    let title = match &samples.truth {
        Some(truth) => truth.text().to_string(),
        None => format!("{} against {}", samples.names[1], samples.names[0]),
    };
    let error_title = format!("Errors on the {judged_on}");
    let figure = Figure {
        panels: vec![
            Panel {
                title: &title,
                x_label: &samples.names[0],
                y_label: &samples.names[1],
                log_y: false,
                lines: above,
                x_range: Some((low, high)),
                x_is_time: samples.x_is_time,
                ticks: &[],
                ..Panel::default()
            },
            Panel {
                title: &error_title,
                x_label: &samples.names[0],
                y_label: "|Prediction - y|",
                log_y: true,
                lines: below,
                x_range: Some((low, high)),
                x_is_time: samples.x_is_time,
                ticks: &[],
                ..Panel::default()
            },
        ],
        layout: Layout::Stacked,
    };
    save(&figure, folder, "compare")
}
