//! One chart: a title, a legend, two axes and lines.

use plotters::{
    coord::Shift,
    prelude::{Circle, DrawingArea, DrawingBackend, PathElement},
    style::{
        BLACK, Color,
        text_anchor::{HPos, VPos},
    },
};
use shallow_data::visible;

use crate::{
    axis::Axis,
    colour::Colours,
    font,
    frame::{self, Frame},
    legend::Legend,
    line::{Line, Mark},
    save::{Drawn, Pen},
    thin,
};

/// The size of the title, and the height of a tick inside the chart as a share of the chart's.
const TITLE: i32 = 22;
const TICK: f64 = 0.025;

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
    /// The lines; when there are several, a legend between the title and the chart names them.
    pub lines: Vec<Line<'a>>,
    /// The x at the chart's left and right edges; the least and the greatest x when `None`.
    pub x_range: Option<(f64, f64)>,
    /// Places on the x axis to mark with a tick inside the chart; those beyond its edges are left out.
    pub ticks: &'a [f64],
    /// Whether lines have no names above the chart though they are several.
    pub has_no_legend: bool,
    /// Whether x is a time, in seconds since the beginning of 1970 in UTC.
    pub x_is_time: bool,
}

impl Panel<'_> {
    fn x_axis(&self) -> Axis {
        let axis = self.numbers();
        if self.x_is_time {
            axis.of_times()
        } else {
            axis
        }
    }

    fn numbers(&self) -> Axis {
        let points = self.lines.iter().flat_map(Line::points);
        let around = Axis::around(points.clone().map(|(x, _)| x), 0.0);
        match self.x_range {
            Some((low, high)) if low.is_finite() && high.is_finite() && low <= high => {
                let is_whole = points.clone().next().is_some()
                    && points.map(|(x, _)| x).all(|x| x.fract() == 0.0);
                Axis::between(low, high, is_whole)
            }
            _ => around,
        }
    }

    fn y_axis(&self) -> Axis {
        let values = self.lines.iter().flat_map(Line::points).map(|(_, y)| y);
        match self.log_y {
            true => Axis::decades(values),
            false => Axis::around(values, 0.05),
        }
    }

    fn legend(&self, width: i32) -> Legend {
        let lines = if self.has_no_legend {
            &[]
        } else {
            &self.lines[..]
        };
        Legend::new(lines, width - 2 * frame::MARGIN)
    }

    /// How much higher the legend makes the panel.
    pub(crate) fn legend_height(&self, width: i32) -> i32 {
        self.legend(width).height()
    }

    /// The chart's upper and lower edge in a panel of this size.
    fn rows(&self, (width, height): (i32, i32)) -> (i32, i32) {
        let title = if self.title.is_empty() { 0 } else { TITLE + 8 };
        let top = frame::MARGIN + title + self.legend_height(width);
        (top, (height - frame::BELOW).max(top + 1))
    }

    /// The room left and right of the chart that its labels need in a panel of this size.
    pub(crate) fn sides(&self, size: (i32, i32)) -> (i32, i32) {
        let (top, bottom) = self.rows(size);
        (
            frame::left(&self.y_axis(), bottom - top),
            frame::right(&self.x_axis()),
        )
    }

    /// Draws it with this room left and right of the chart.
    pub(crate) fn draw<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        (left, right): (i32, i32),
        colours: &Colours,
        pen: Pen,
    ) -> Drawn<B> {
        let scale = pen.scale;
        let (width, height) = area.dim_in_pixel();
        let (width, height) = (width as i32 / scale, height as i32 / scale);
        let (top, bottom) = self.rows((width, height));
        let frame = Frame {
            left,
            right: (width - right).max(left + 1),
            top,
            bottom,
            scale,
        };

        let shown = visible(self.title);
        let title = font::text(
            font::fitting(&shown, TITLE, width - 2 * frame::MARGIN) * scale,
            HPos::Center,
            VPos::Top,
        );
        area.draw_text(
            &shown,
            &title,
            (width * scale / 2, (frame::MARGIN - 2) * scale),
        )?;
        let legend = self.legend(width);
        let corner = (frame::MARGIN, top - legend.height());
        if !self.has_no_legend {
            legend.draw(area, &self.lines, colours, corner, scale)?;
        }

        let (x, y) = (self.x_axis(), self.y_axis());
        let [x_label, y_label] = [self.x_label, self.y_label].map(visible);
        frame.draw(area, (&x, &x_label), (&y, &y_label))?;
        for share in self.ticks.iter().map(|tick| x.share(*tick)) {
            if (0.0..=1.0).contains(&share) {
                let ends = [frame.at((share, 0.0)), frame.at((share, TICK))];
                let style = BLACK.mix(0.6).stroke_width(scale as u32);
                area.draw(&PathElement::new(ends, style))?;
            }
        }
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines.sort_by_key(|line| line.mark.layer());
        for line in lines {
            let pieces = line.pieces(&x, &y);
            let pieces = pieces
                .into_iter()
                .map(|piece| piece.into_iter().map(|at| frame.at(at)));
            let style = line.mark.style(colours.of(&line.name), scale);
            if line.mark == Mark::Points {
                let dots = thin::cells(&pieces.flatten().collect::<Vec<_>>(), 1);
                let size = if dots.len() > 300 { 3 } else { 5 } * scale / 2;
                for dot in dots {
                    area.draw(&Circle::new(dot, size, style))?;
                }
                continue;
            }
            for piece in pieces {
                let points = thin::columns(&piece.collect::<Vec<_>>(), scale);
                if let [point] = points[..] {
                    area.draw(&Circle::new(point, 5 * scale / 2, style.filled()))?;
                    continue;
                }
                // A bitmap's joins would stick out of a zigzag as long spikes.
                let n = if pen.joins { points.len() } else { 2 };
                for points in points.windows(n).step_by(n - 1) {
                    area.draw(&PathElement::new(points, style))?;
                }
            }
        }
        Ok(())
    }
}
