//! A figure of charts side by side, or one above the other.

use std::path::Path;

use plotters::{coord::Shift, prelude::*};

use crate::{
    font::family,
    save::{Draw, Drawn, PlotError, save},
};

/// The Okabe-Ito palette, told apart by every eye.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    BLACK,
];

/// Dots, which many may lie over each other.
const DOTS: RGBColor = RGBColor(140, 140, 140);

/// The height of a tick, as a share of the chart's.
const TICK: f64 = 0.025;

/// Panels and how they are arranged.
#[derive(Debug, Clone)]
pub struct Figure<'a> {
    /// From left to right or from top to bottom, at least one.
    pub panels: Vec<Panel<'a>>,
    /// Where they lie.
    pub layout: Layout,
}

/// How a figure's panels lie, at 100 dots an inch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Side by side, each 6 x 6 inches.
    SideBySide,
    /// One above the other, 9 inches wide: the first 5.2 inches high, each other 2.4.
    Stacked,
}

/// One chart.
#[derive(Debug, Clone, Default)]
pub struct Panel<'a> {
    /// The title above it.
    pub title: &'a str,
    /// What x is.
    pub x_label: &'a str,
    /// What y is.
    pub y_label: &'a str,
    /// Whether y has a logarithmic scale; values of 0 and below then lie on its lower edge.
    pub log_y: bool,
    /// The lines, at least one; they are named in a legend when there are several.
    pub lines: Vec<Line<'a>>,
    /// The x at the chart's left and right edges; the lines' ends when `None`.
    pub x_range: Option<(f64, f64)>,
    /// Places on the x axis to mark with a tick inside the chart; those beyond the lines are left out.
    pub ticks: &'a [f64],
}

/// One line of a chart, thinned when it has more than a few thousand points.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// Its name in the legend.
    pub name: String,
    /// x, ascending but for points; 0, 1, 2, ... when `None`.
    pub x: Option<&'a [f64]>,
    /// y.
    pub y: &'a [f64],
    /// How it is drawn.
    pub mark: Mark,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// A line.
    #[default]
    Line,
    /// A broad line, beneath the others, which are held against it.
    Reference,
    /// A dot for each of its points, without a line.
    Points,
}

/// The heights of panels that are stacked.
const FIRST: u32 = 520;
const OTHER: u32 = 240;

impl<'a> Figure<'a> {
    /// Document 1's figure: "Training Loss" over the epochs, on a logarithmic scale, and "Function Fitting", the true
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
        };
        Self {
            panels: vec![loss, functions],
            layout: Layout::SideBySide,
        }
    }

    /// Draws the figure to `path`, as PNG or SVG by its ending; the file appears whole or not at all.
    ///
    /// # Errors
    ///
    /// [`PlotError`]: a line without values or with one that is not finite, an unknown ending, a file that cannot be
    /// written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        for line in self.panels.iter().flat_map(|panel| &panel.lines) {
            let values = || line.y.iter().chain(line.x.unwrap_or_default());
            if line.y.is_empty() || !values().all(|value| value.is_finite()) {
                return Err(PlotError::Values {
                    line: line.name.clone(),
                });
            }
        }
        save(self, path.as_ref())
    }
}

impl Draw for Figure<'_> {
    fn size(&self) -> (u32, u32) {
        let n = self.panels.len() as u32;
        match self.layout {
            Layout::SideBySide => (600 * n, 600),
            Layout::Stacked => (900, FIRST + OTHER * (n - 1)),
        }
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        area.fill(&WHITE)?;
        let areas = match self.layout {
            Layout::SideBySide => area.split_evenly((1, self.panels.len())),
            Layout::Stacked => {
                let ends = (0..self.panels.len() as u32 - 1).map(|n| scale * (FIRST + OTHER * n));
                area.split_by_breakpoints([0_u32; 0], ends.collect::<Vec<_>>())
            }
        };
        self.panels
            .iter()
            .zip(areas)
            .try_for_each(|(panel, area)| panel.draw(&area, scale))
    }
}

impl Panel<'_> {
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, scale: u32) -> Drawn<B> {
        let ends = range(self.lines.iter().flat_map(Line::ends), 0.0, 0.0);
        let (left, right) = self.x_range.unwrap_or(ends);
        let is_long = tick(left, left, right)
            .len()
            .max(tick(right, left, right).len())
            > 8;
        let values = self.lines.iter().flat_map(|line| line.y).copied();
        let mut chart = ChartBuilder::on(area);
        chart
            .caption(self.title, (family(), 22 * scale))
            .margin(14 * scale)
            .margin_right(24 * scale)
            .x_label_area_size(48 * scale)
            .y_label_area_size(68 * scale);
        // The two scales are two types of plotters: all that differs is here.
        macro_rules! finish {
            ($y_range:expr, $format:expr, $lowest:expr, $legend:expr, $tick:expr) => {{
                let mut chart = chart.build_cartesian_2d(left..right, $y_range)?;
                chart
                    .configure_mesh()
                    .x_desc(self.x_label)
                    .y_desc(self.y_label)
                    .x_labels(if is_long { 5 } else { 11 })
                    .x_label_formatter(&|x| tick(*x, left, right))
                    .y_label_formatter(&$format)
                    .label_style((family(), 15 * scale))
                    .axis_desc_style((family(), 17 * scale))
                    .light_line_style(TRANSPARENT)
                    .bold_line_style(BLACK.mix(0.15).stroke_width(scale))
                    .axis_style(BLACK.stroke_width(scale))
                    .draw()?;
                let (bottom, top) = $tick;
                let ticks = self.ticks.iter().filter(|x| (left..=right).contains(*x));
                chart.draw_series(ticks.map(|x| {
                    PathElement::new([(*x, bottom), (*x, top)], BLACK.mix(0.6).stroke_width(scale))
                }))?;
                let colours = self.lines.iter().scan(0, |drawn, line| {
                    let dots = line.mark == Mark::Points;
                    *drawn += usize::from(!dots);
                    Some(if dots { DOTS } else { PALETTE[(*drawn - 1) % PALETTE.len()] })
                });
                for (line, colour) in self.lines.iter().zip(colours) {
                    let points: Vec<_> = line.points().map(|(x, y)| (x, y.max($lowest))).collect();
                    if line.mark == Mark::Points {
                        let style = colour.mix(0.7).filled();
                        let size = if points.len() > 300 { 3 } else { 5 } * scale as i32 / 2;
                        chart
                            .draw_series(points.into_iter().map(|at| Circle::new(at, size, style)))?
                            .label(&line.name)
                            .legend(move |(x, y)| {
                                Circle::new((x + 12 * scale as i32, y), 5 * scale as i32 / 2, style)
                            });
                        continue;
                    }
                    let broad = line.mark == Mark::Reference;
                    let style = colour.stroke_width(if broad { 4 } else { 2 } * scale);
                    // In a bitmap, pieces of two points: the joins of a zigzag would stick out as long spikes.
                    let piece = if scale > 1 { 2.min(points.len()) } else { points.len() };
                    let pieces =
                        points.windows(piece).map(|piece| PathElement::new(piece.to_vec(), style));
                    chart
                        .draw_series(pieces)?
                        .label(&line.name)
                        .legend(move |(x, y)| PathElement::new([(x, y), (x + 24 * scale as i32, y)], style));
                }
                if self.lines.len() > 1 {
                    chart
                        .configure_series_labels()
                        .position($legend)
                        .margin(10 * scale)
                        .legend_area_size(32 * scale)
                        .label_font((family(), 14 * scale))
                        .background_style(WHITE.mix(0.85))
                        .border_style(BLACK.mix(0.3))
                        .draw()?;
                }
            }};
        }
        if self.log_y {
            let (low, high) = decades(values);
            let (bottom, height) = (low.ln(), (high / low).ln());
            let share = |(x, y): (f64, f64)| {
                (
                    (x - left) / (right - left),
                    (y.max(low).ln() - bottom) / height,
                )
            };
            let legend = self.emptiest(share);
            let tick = (low, low * (high / low).powf(TICK));
            finish!(
                (low..high).log_scale(),
                |y| power_of_ten(*y),
                low,
                legend,
                tick
            );
        } else {
            let (low, high) = range(values, 0.05, 0.07 * (1 + self.lines.len()) as f64);
            finish!(
                low..high,
                |y| tick(*y, low, high),
                f64::MIN,
                SeriesLabelPosition::UpperRight,
                (low, low + TICK * (high - low))
            );
        }
        Ok(())
    }
}

impl Panel<'_> {
    /// Where at the right a legend covers least of the lines; `share` tells a point's place, from 0 to 1 both ways.
    fn emptiest(&self, share: impl Fn((f64, f64)) -> (f64, f64)) -> SeriesLabelPosition {
        let places = [
            (SeriesLabelPosition::UpperRight, 0.55..1.01),
            (SeriesLabelPosition::MiddleRight, 0.3..0.7),
            (SeriesLabelPosition::LowerRight, -0.01..0.45),
        ];
        let mut covered = [0; 3];
        for line in &self.lines {
            let points: Vec<_> = line.points().map(&share).collect();
            for pair in points.windows(2) {
                for part in 0..20 {
                    let part = f64::from(part) / 20.0;
                    let between = |a: f64, b: f64| a + part * (b - a);
                    let (x, y) = (between(pair[0].0, pair[1].0), between(pair[0].1, pair[1].1));
                    for (covered, (_, rows)) in covered.iter_mut().zip(&places) {
                        *covered += usize::from(x > 0.6 && rows.contains(&y));
                    }
                }
            }
        }
        let least = covered.into_iter().min();
        let place = places
            .into_iter()
            .zip(covered)
            .find(|(_, covered)| Some(*covered) == least);
        place.map_or(SeriesLabelPosition::UpperRight, |((place, _), _)| place)
    }
}

impl Line<'_> {
    fn x(&self, i: usize) -> f64 {
        self.x.map_or(i as f64, |x| x[i])
    }

    fn ends(&self) -> [f64; 2] {
        let last = self.y.len() - 1;
        match (self.mark, self.x) {
            (Mark::Points, Some(x)) => extremes(x.iter().copied()).into(),
            _ => [self.x(0), self.x(last)],
        }
    }

    /// A few thousand points at most, the first and the last among them.
    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        let n = self.y.len();
        let kept = (0..n - 1).step_by(n.div_ceil(4000).max(1)).chain([n - 1]);
        kept.map(|i| (self.x(i), self.y[i]))
    }
}

fn extremes(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// The extremes, with shares of their distance added below and above; never empty.
fn range(values: impl Iterator<Item = f64>, below: f64, above: f64) -> (f64, f64) {
    let (low, high) = extremes(values);
    match high - low {
        0.0 => (
            low - 0.5 * low.abs().max(1.0),
            high + 0.5 * high.abs().max(1.0),
        ),
        height => (low - below * height, high + above * height),
    }
}

/// The whole decades around the values, sixteen at most: 0 has no logarithm.
fn decades(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = extremes(values);
    let top = high.max(1e-280).log10().ceil();
    let bottom = low
        .max(10.0_f64.powf(top - 16.0))
        .log10()
        .floor()
        .min(top - 1.0);
    (10.0_f64.powf(bottom) * (1.0 - 1e-9), 10.0_f64.powf(top)) // a tick on the very edge is not drawn
}

fn power_of_ten(value: f64) -> String {
    let exponent = value.log10().round();
    // Where the axis has hardly a decade, plotters puts ticks between powers.
    if (value.log10() - exponent).abs() > 1e-6 {
        let digits = (1.0 - value.log10().floor()).max(0.0) as usize;
        return plain(format!("{value:.digits$}").parse().unwrap_or(value));
    }
    if (-3.0..=4.0).contains(&exponent) {
        plain(10.0_f64.powf(exponent))
    } else {
        format!("1e{exponent}")
    }
}

/// A tick on an axis from `low` to `high`: without the last bits that ticks are off by, and with the digits that tell it from
/// the next.
fn tick(value: f64, low: f64, high: f64) -> String {
    let (size, span) = (low.abs().max(high.abs()), high - low);
    if (1e-6..1e6).contains(&size) {
        return plain(value);
    }
    if value.abs() < 1e-9 * span {
        return "0".into();
    }
    let digits = (size / span).log10().ceil().clamp(0.0, 13.0) as usize + 1;
    let text = format!("{value:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    format!("{mantissa}e{exponent}")
}

fn plain(value: f64) -> String {
    format!("{}", (value * 1e9).round() / 1e9 + 0.0)
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
    fn a_value_that_is_not_finite_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fit.png");
        for losses in [&[][..], &[1.0, f64::NAN]] {
            let message = figure(losses).save(&path).unwrap_err().to_string();
            assert_eq!(
                message,
                "cannot draw line `Loss`: it needs at least one value, and all must be finite"
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
    fn ticks_are_short_and_tell_themselves_apart() {
        let ticks = |low: f64, high: f64| {
            [0.0, 0.25, 0.5].map(|at| tick(low + at * (high - low), low, high))
        };
        assert_eq!(ticks(-1.0, 1.0), ["-1", "-0.5", "0"]);
        assert_eq!(
            ticks(1.7e9, 1.7e9 + 8e4),
            ["1.7e9", "1.70002e9", "1.70004e9"]
        );
        assert_eq!(ticks(0.0, 4e-8), ["0", "1e-8", "2e-8"]);
        assert_eq!(ticks(-2e7, 2e7), ["-2e7", "-1e7", "0"]);
    }

    #[test]
    fn a_long_line_is_thinned_to_its_ends_and_a_few_thousand_points_between() {
        let y = vec![0.0; 1_000_000];
        let line = Line {
            name: "long".into(),
            x: None,
            y: &y,
            mark: Mark::Line,
        };
        let kept: Vec<f64> = line.points().map(|(x, _)| x).collect();
        assert!(kept.len() <= 4001 && kept[0] == 0.0 && kept[kept.len() - 1] == 999_999.0);
        let line = Line {
            name: "short".into(),
            x: None,
            y: &[1.0, 2.0, 3.0],
            mark: Mark::Line,
        };
        assert_eq!(
            line.points().collect::<Vec<_>>(),
            [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]
        );
    }
}
