//! A figure of charts side by side, or one above the other.

use std::path::Path;

use plotters::{coord::Shift, prelude::*};

use crate::{
    colour::Colours,
    line::{Line, Mark},
    panel::Panel,
    save::{Draw, Drawn, Pen, PlotError, save, to_svg},
};

/// A panel's sides side by side, the width of panels that are stacked, and their heights without a legend.
const SIDE: u32 = 600;
const WIDTH: u32 = 900;
const FIRST: u32 = 520;
const OTHER: u32 = 240;

/// A tile's width and height, and how many are in a row.
const TILE: (u32, u32) = (360, 270);
const COLUMNS: u32 = 3;

/// Panels and how they are arranged.
#[derive(Debug, Clone)]
pub struct Figure<'a> {
    /// From left to right or from top to bottom.
    pub panels: Vec<Panel<'a>>,
    /// Where they lie.
    pub layout: Layout,
}

/// How a figure's panels lie, at 100 dots an inch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Side by side, each 6 x 6 inches.
    SideBySide,
    /// In rows of three, each 3.6 x 2.7 inches.
    Tiles,
    /// One above the other, 9 inches wide: the first 5.2 inches high, each other 2.4, and more for a legend.
    Stacked,
}

impl<'a> Figure<'a> {
    /// The ReLU document's figure: "Training Loss" over the epochs, on a logarithmic scale, and "Function Fitting", the true
    /// function and the predicted one.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let folder = tempfile::tempdir()?;
    /// let [x, truth, prediction] = [&[0.0, 1.0], &[1.0, 3.0], &[1.1, 2.9]];
    /// let figure = shallow_plot::Figure::fit(&[2.0, 0.5, 0.01], x, truth, prediction);
    /// figure.save(folder.path().join("fit.svg"))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn fit(losses: &'a [f64], x: &'a [f64], truth: &'a [f64], prediction: &'a [f64]) -> Self {
        let line = |name: &str, y, mark| Line {
            name: name.into(),
            x: Some(x),
            y,
            mark,
        };
        let loss = Panel {
            title: "Training Loss",
            x_label: "Epoch",
            y_label: "Loss",
            log_y: true,
            lines: vec![Line {
                name: "Loss".into(),
                x: None,
                y: losses,
                mark: Mark::Line,
            }],
            x_range: None,
            ticks: &[],
            ..Panel::default()
        };
        let functions = Panel {
            title: "Function Fitting",
            x_label: "x",
            y_label: "y",
            log_y: false,
            lines: vec![
                line("True Function", truth, Mark::Reference),
                line("Predicted Function", prediction, Mark::Line),
            ],
            x_range: None,
            ticks: &[],
            ..Panel::default()
        };
        Self {
            panels: vec![loss, functions],
            layout: Layout::SideBySide,
        }
    }

    /// Draws the figure to `path`, as PNG or SVG by its ending; the file appears whole or not at all.
    ///
    /// A value that is not finite leaves a gap in its line.
    ///
    /// # Errors
    ///
    /// [`PlotError`]: a panel whose lines have no finite point at all, an unknown ending, a file that cannot be
    /// written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.check()?;
        save(self, path.as_ref())
    }

    /// Draws the figure as the text of an SVG picture.
    ///
    /// # Errors
    ///
    /// [`PlotError::Values`], as [`save`](Self::save).
    pub fn to_svg(&self) -> Result<String, PlotError> {
        self.check()?;
        to_svg(self)
    }

    /// That each panel has something to draw.
    fn check(&self) -> Result<(), PlotError> {
        let is_bare = |panel: &&Panel| {
            panel
                .lines
                .iter()
                .all(|line| line.points().next().is_none())
        };
        let bare = self.panels.iter().filter(is_bare);
        match bare.flat_map(|panel| &panel.lines).next() {
            None => Ok(()),
            Some(line) => Err(PlotError::Values {
                line: line.name.clone(),
            }),
        }
    }

    /// Columns and rows of tiles.
    fn tiles(&self) -> (u32, u32) {
        let n = self.panels.len().max(1) as u32;
        (n.min(COLUMNS), n.div_ceil(COLUMNS))
    }

    /// The heights of panels that are stacked: what the layout says, and the legend's.
    fn heights(&self) -> Vec<u32> {
        let heights = [FIRST].into_iter().chain(std::iter::repeat(OTHER));
        let panels = self.panels.iter().zip(heights);
        panels
            .map(|(panel, height)| height + panel.legend_height(WIDTH as i32) as u32)
            .collect()
    }
}

impl Draw for Figure<'_> {
    fn size(&self) -> (u32, u32) {
        match self.layout {
            Layout::SideBySide => (SIDE * self.panels.len().max(1) as u32, SIDE),
            Layout::Tiles => {
                let (columns, rows) = self.tiles();
                (TILE.0 * columns, TILE.1 * rows)
            }
            Layout::Stacked => (WIDTH, self.heights().iter().sum::<u32>().max(OTHER)),
        }
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, pen: Pen) -> Drawn<B> {
        area.fill(&WHITE)?;
        let scale = pen.scale as u32;
        let areas = match self.layout {
            Layout::SideBySide => area.split_evenly((1, self.panels.len().max(1))),
            Layout::Tiles => {
                let (columns, rows) = self.tiles();
                area.split_evenly((rows as usize, columns as usize))
            }
            Layout::Stacked => {
                let ends = self.heights().into_iter().scan(0, |end, height| {
                    *end += scale * height;
                    Some(*end)
                });
                area.split_by_breakpoints([0_u32; 0], ends.collect::<Vec<_>>())
            }
        };
        let lines: Vec<&[Line]> = self.panels.iter().map(|panel| &panel.lines[..]).collect();
        let colours = Colours::new(&lines);
        let panels = || self.panels.iter().zip(&areas);
        // The same for all, so that charts above one another have their edges above one another.
        let sides = panels().fold((0, 0), |widest, (panel, area)| {
            let (width, height) = area.dim_in_pixel();
            let sides = panel.sides(((width / scale) as i32, (height / scale) as i32));
            (sides.0.max(widest.0), sides.1.max(widest.1))
        });
        panels().try_for_each(|(panel, area)| panel.draw(area, sides, &colours, pen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn figure(losses: &[f64]) -> Figure<'_> {
        Figure::fit(
            losses,
            &[-1.0, 0.0, 1.0],
            &[0.0, 1.0, 0.0],
            &[0.1, 0.8, 0.0],
        )
    }

    #[test]
    fn a_png_is_twelve_by_six_inches_and_an_svg_says_what_it_shows() {
        let folder = tempfile::tempdir().unwrap();
        let [png, svg] = ["fit.png", "fit.svg"].map(|name| folder.path().join(name));
        figure(&[1.0, 0.1]).save(&png).unwrap();
        figure(&[1.0, 0.1]).save(&svg).unwrap();

        let png = fs::read(png).unwrap();
        assert_eq!(png[1..4], *b"PNG");
        assert_eq!(
            [&png[16..20], &png[20..24]].map(|b| u32::from_be_bytes(b.try_into().unwrap())),
            [1200, 600]
        );
        let svg = fs::read_to_string(svg).unwrap();
        for text in [
            "Training Loss",
            "Epoch",
            "Loss",
            "Function Fitting",
            "True Function",
            "Predicted Function",
        ] {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            2,
            "no unfinished file is left"
        );
    }

    #[test]
    fn losses_of_one_epoch_of_zero_or_of_any_size_can_be_drawn() {
        let folder = tempfile::tempdir().unwrap();
        for losses in [
            &[0.3][..],
            &[0.0, 0.0],
            &[1.0, 0.0],
            &[1e300, 1e-300],
            &[f64::MIN_POSITIVE],
        ] {
            figure(losses).save(folder.path().join("fit.svg")).unwrap();
        }
    }

    #[test]
    fn a_panel_without_a_finite_value_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fit.png");
        for losses in [&[][..], &[f64::INFINITY, f64::NAN]] {
            let message = figure(losses).save(&path).unwrap_err().to_string();
            assert_eq!(
                message,
                "cannot draw line `Loss`: its panel has no finite value"
            );
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_folder_that_is_not_there_and_an_ending_that_is_no_picture_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let message = figure(&[1.0])
            .save(folder.path().join("no/fit.png"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("no/fit.png"), "{message}");
        let message = figure(&[1.0]).save("fit.gif").unwrap_err().to_string();
        assert!(
            message.contains("`fit.gif`; end its name in .png or .svg"),
            "{message}"
        );
    }
}
