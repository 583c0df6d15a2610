//! The first groups side by side: their rows and their networks.

use std::path::Path;

use shallow_data::{linspace, visible};
use shallow_export::Groups;
use shallow_plot::{Figure, Layout, Mark, Panel, PlotError};

use crate::{
    columns::SomeRows,
    pictures::{line, means, save},
};

/// Groups that are drawn, at most.
pub(super) const MOST: usize = 12;

/// `fit.svg` and `fit.png`; with a level the bands of new rows, too. Returns how many groups are in them.
pub(super) fn draw(
    folder: &Path,
    rows: &[(String, SomeRows)],
    groups: &Groups,
    x_is_time: bool,
    level: Option<f64>,
) -> Result<usize, PlotError> {
    let of = |at: usize| {
        let (name, rows) = &rows[at];
        let fitted = groups.get(name)?;
        let [(low, high), _] = rows.ranges();
        let mut grid = linspace(low, high, 400);
        let kinks = fitted.kinks();
        grid.extend(kinks.iter().filter(|kink| (low..high).contains(*kink)));
        grid.sort_by(f64::total_cmp);
        let prediction = fitted.function.predict(&grid);
        let bands = level.and_then(|level| fitted.bands(&grid, level));
        let title = format!("{} {}", visible(&groups.column), visible(name));
        let means = rows
            .stand_for
            .as_ref()
            .and_then(|group| means(&group.cells));
        Some((title, rows, means, grid, prediction, bands))
    };
    let drawn: Vec<_> = (0..rows.len()).filter_map(of).collect();
    let [x_name, y_name] = &groups.fits()[0].names;
    let panels: Vec<Panel> = drawn
        .iter()
        .map(|(name, rows, means, grid, prediction, bands)| {
            let (x, y) = match means {
                Some((x, y)) => (x, y),
                None => (&rows.x, &rows.y),
            };
            let mut lines = vec![
                line("samples", x, y, Mark::Points),
                line("prediction", grid, prediction, Mark::Line),
            ];
            if let Some(bands) = bands {
                let ends = [&bands.new_low, &bands.new_high];
                lines.extend(ends.map(|end| line("new rows", grid, end, Mark::Line)));
            }
            Panel {
                title: name,
                x_label: x_name,
                y_label: y_name,
                lines,
                x_range: Some(rows.ranges()[0]),
                has_no_legend: true,
                x_is_time,
                ..Panel::default()
            }
        })
        .collect();
    if panels.is_empty() {
        return Ok(0); // the first groups are those without a network
    }
    let figure = Figure {
        panels,
        layout: Layout::Tiles,
    };
    let n = figure.panels.len();
    save(&figure, folder, "fit").map(|()| n)
}
