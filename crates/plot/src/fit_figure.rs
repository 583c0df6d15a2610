//! Document 1's figure: the training loss on the left, the function and its fit on the right.

use std::path::Path;

use plotters::{coord::Shift, prelude::*};

use crate::{
    font::family,
    save::{Draw, Drawn, PlotError, save},
};

/// Blue and vermillion of the Okabe-Ito palette, told apart by every eye.
const BLUE: RGBColor = RGBColor(0, 114, 178);
const VERMILLION: RGBColor = RGBColor(213, 94, 0);

/// Two panels, 12 x 6 inches at 100 dots an inch: "Training Loss" over the epochs, on a logarithmic scale, and
/// "Function Fitting", the true and the predicted function.
///
/// Lines of more than a few thousand points are thinned to what the picture can show.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let [x, truth, prediction] = [&[0.0, 1.0], &[1.0, 3.0], &[1.1, 2.9]];
/// let figure = shallow_plot::FitFigure { losses: &[2.0, 0.5, 0.01], x, truth, prediction };
/// figure.save(folder.path().join("fit.svg"))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FitFigure<'a> {
    /// The loss of every epoch.
    pub losses: &'a [f64],
    /// Where the functions are drawn, in ascending order.
    pub x: &'a [f64],
    /// The true function at `x`.
    pub truth: &'a [f64],
    /// The predicted function at `x`.
    pub prediction: &'a [f64],
}

impl FitFigure<'_> {
    /// Draws the figure to `path`, as PNG or SVG by its ending; the file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// [`PlotError`]: no values or one that is not finite, an unknown ending, a file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        for (what, values) in [
            ("losses", self.losses),
            ("x", self.x),
            ("the true function", self.truth),
            ("the predicted function", self.prediction),
        ] {
            if values.is_empty() || !values.iter().all(|value| value.is_finite()) {
                return Err(PlotError::Values { what });
            }
        }
        save(self, path.as_ref())
    }

    fn draw_losses<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let (low, high) = decades(self.losses);
        let last_epoch = (self.losses.len() - 1).max(1) as f64;
        let mut chart = panel(area, "Training Loss", scale)
            .build_cartesian_2d(0.0..last_epoch, (low..high).log_scale())?;
        chart
            .configure_mesh()
            .x_desc("Epoch")
            .y_desc("Loss")
            .x_label_formatter(&|epoch| format!("{epoch:.0}"))
            .y_label_formatter(&|loss| power_of_ten(*loss))
            .label_style((family(), 15 * scale))
            .axis_desc_style((family(), 17 * scale))
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.15).stroke_width(scale))
            .axis_style(BLACK.stroke_width(scale))
            .draw()?;
        let points = thinned(self.losses.len()).map(|i| (i as f64, self.losses[i].max(low)));
        chart.draw_series(LineSeries::new(points, BLUE.stroke_width(2 * scale)))?;
        Ok(())
    }

    fn draw_functions<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: u32,
    ) -> Drawn<B> {
        let (x_low, x_high) = range(self.x.iter(), 0.0, 0.0);
        let (y_low, y_high) = range(self.truth.iter().chain(self.prediction), 0.05, 0.2);
        let mut chart = panel(area, "Function Fitting", scale)
            .build_cartesian_2d(x_low..x_high, y_low..y_high)?;
        chart
            .configure_mesh()
            .x_desc("x")
            .y_desc("y")
            .label_style((family(), 15 * scale))
            .axis_desc_style((family(), 17 * scale))
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.15).stroke_width(scale))
            .axis_style(BLACK.stroke_width(scale))
            .draw()?;
        for (name, y, style) in [
            ("True Function", self.truth, BLUE.stroke_width(4 * scale)),
            (
                "Predicted Function",
                self.prediction,
                VERMILLION.stroke_width(2 * scale),
            ),
        ] {
            let points = thinned(self.x.len()).map(|i| (self.x[i], y[i]));
            chart
                .draw_series(LineSeries::new(points, style))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 24 * scale as i32, y)], style)
                });
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .margin(12 * scale)
            .legend_area_size(32 * scale)
            .label_font((family(), 15 * scale))
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        Ok(())
    }
}

impl Draw for FitFigure<'_> {
    const SIZE: (u32, u32) = (1200, 600);

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        area.fill(&WHITE)?;
        let (left, right) = area.split_horizontally(scale * Self::SIZE.0 / 2);
        self.draw_losses(&left, scale)?;
        self.draw_functions(&right, scale)
    }
}

fn panel<'a, 'b, B: DrawingBackend>(
    area: &'a DrawingArea<B, Shift>,
    title: &str,
    scale: u32,
) -> ChartBuilder<'a, 'b, B> {
    let mut panel = ChartBuilder::on(area);
    panel
        .caption(title, (family(), 22 * scale))
        .margin(14 * scale)
        .margin_right(24 * scale)
        .x_label_area_size(48 * scale)
        .y_label_area_size(68 * scale);
    panel
}

fn extremes<'a>(values: impl Iterator<Item = &'a f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(low, high), &value| {
        (low.min(value), high.max(value))
    })
}

/// The extremes, with shares of their distance added below and above; never empty.
fn range<'a>(values: impl Iterator<Item = &'a f64>, below: f64, above: f64) -> (f64, f64) {
    let (low, high) = extremes(values);
    match high - low {
        0.0 => (
            low - 0.5 * low.abs().max(1.0),
            high + 0.5 * high.abs().max(1.0),
        ),
        height => (low - below * height, high + above * height),
    }
}

/// The whole decades around the losses, sixteen at most: a loss of 0 has no logarithm.
fn decades(losses: &[f64]) -> (f64, f64) {
    let (low, high) = extremes(losses.iter());
    let top = high.max(1e-280).log10().ceil();
    let bottom = low
        .max(10.0_f64.powf(top - 16.0))
        .log10()
        .floor()
        .min(top - 1.0);
    (10.0_f64.powf(bottom) * (1.0 - 1e-9), 10.0_f64.powf(top)) // a tick on the very edge is not drawn
}

fn power_of_ten(loss: f64) -> String {
    let exponent = loss.log10().round();
    if (-3.0..=4.0).contains(&exponent) {
        format!("{loss}")
    } else {
        format!("1e{exponent}")
    }
}

/// Indices into a line of `n` points, a few thousand at most, the first and the last among them.
fn thinned(n: usize) -> impl Iterator<Item = usize> {
    let step = n.div_ceil(4000).max(1);
    (0..n - 1).step_by(step).chain([n - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn figure(losses: &[f64]) -> FitFigure<'_> {
        FitFigure {
            losses,
            x: &[-1.0, 0.0, 1.0],
            truth: &[0.0, 1.0, 0.0],
            prediction: &[0.1, 0.8, 0.0],
        }
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
    fn a_value_that_is_not_finite_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fit.png");
        for losses in [&[][..], &[1.0, f64::NAN]] {
            let message = figure(losses).save(&path).unwrap_err().to_string();
            assert_eq!(
                message,
                "cannot draw losses: it needs at least one value, and all must be finite"
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

    #[test]
    fn a_long_line_is_thinned_to_its_ends_and_a_few_thousand_points_between() {
        let kept: Vec<usize> = thinned(1_000_000).collect();
        assert!(kept.len() <= 4001 && kept[0] == 0 && kept[kept.len() - 1] == 999_999);
        assert_eq!(thinned(3).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
