//! The frame of a chart: its two axes with their ticks, labels and names.

use plotters::{
    coord::Shift,
    prelude::{DrawingArea, DrawingBackend, PathElement},
    style::{
        BLACK, Color, FontTransform,
        text_anchor::{HPos, VPos},
    },
};

use crate::{axis::Axis, font, save::Drawn, ticks::Tick};

/// The sizes of the labels at ticks and of the axes' names, and the length of a tick.
const LABEL: i32 = 15;
const NAME: i32 = 17;
const TICK: i32 = 5;

/// The room that names and labels take below a chart, and what stays free at the edge of a panel.
pub(crate) const BELOW: i32 = 62;
pub(crate) const MARGIN: i32 = 14;

/// Where a chart lies in its panel, in units of a hundredth of an inch, and how many pixels there are to the unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) left: i32,
    pub(crate) right: i32,
    pub(crate) top: i32,
    pub(crate) bottom: i32,
    pub(crate) scale: i32,
}

/// The ticks of y that a chart of this height has room for.
pub(crate) fn y_ticks(y: &Axis, height: i32) -> Vec<Tick> {
    y.ticks((height / 32).clamp(2, 11) as usize)
}

/// The room at the left that the name of y and the labels need.
pub(crate) fn left(y: &Axis, height: i32) -> i32 {
    let ticks = y_ticks(y, height);
    let widest = ticks
        .iter()
        .map(|tick| font::width(&tick.label, LABEL))
        .max();
    (MARGIN + NAME + 10 + widest.unwrap_or(0) + TICK + 4).max(68)
}

/// The room at the right that half of a label may need.
pub(crate) fn right(x: &Axis) -> i32 {
    let ticks = x.ticks(6);
    let widest = ticks
        .iter()
        .map(|tick| font::width(&tick.label, LABEL))
        .max();
    (widest.unwrap_or(0) / 2 + 6).max(24)
}

impl Frame {
    /// The pixel of a place given as shares of the two axes.
    pub(crate) fn at(&self, (x, y): (f64, f64)) -> (i32, i32) {
        let part =
            |share: f64, length: i32| (share * f64::from(self.scale * length)).round() as i32;
        (
            self.scale * self.left + part(x, self.right - self.left),
            self.scale * self.bottom - part(y, self.bottom - self.top),
        )
    }

    /// Draws the grid, the axes, the labels under the lower edge and left of the left edge, and the names of x and y.
    pub(crate) fn draw<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        (x, x_name): (&Axis, &str),
        (y, y_name): (&Axis, &str),
    ) -> Drawn<B> {
        let (scale, width, height) = (self.scale, self.right - self.left, self.bottom - self.top);
        let [(left, bottom), (right, top)] = [self.at((0.0, 0.0)), self.at((1.0, 1.0))];
        let line = |from, to, darkness: f64| {
            let style = BLACK.mix(darkness).stroke_width(scale as u32);
            area.draw(&PathElement::new([from, to], style))
        };
        let share =
            |label: &str| f64::from(font::width(label, LABEL) + 12) / f64::from(width.max(1));
        for tick in x.ticks_beside((width / 48).clamp(2, 11) as usize, share) {
            let (at, _) = self.at((x.share(tick.value), 0.0));
            line((at, bottom), (at, top), 0.15)?;
            line((at, bottom), (at, bottom + TICK * scale), 1.0)?;
            let style = font::text(LABEL * scale, HPos::Center, VPos::Top);
            area.draw_text(&tick.label, &style, (at, bottom + (TICK + 4) * scale))?;
        }
        for tick in y_ticks(y, height) {
            let (_, at) = self.at((0.0, y.share(tick.value)));
            line((left, at), (right, at), 0.15)?;
            line((left - TICK * scale, at), (left, at), 1.0)?;
            let style = font::text(LABEL * scale, HPos::Right, VPos::Center);
            area.draw_text(
                &tick.label,
                &style,
                (left - (TICK + 4) * scale, at + font::DROP * scale),
            )?;
        }
        line((left, bottom), (right, bottom), 1.0)?;
        line((left, top), (left, bottom), 1.0)?;

        let size = font::fitting(x_name, NAME, width) * scale;
        let below = bottom + (TICK + 4 + LABEL + 6) * scale;
        let style = font::text(size, HPos::Center, VPos::Top);
        area.draw_text(x_name, &style, ((left + right) / 2, below))?;
        let size = font::fitting(y_name, NAME, height + BELOW / 2) * scale;
        let style = font::text(size, HPos::Center, VPos::Top).transform(FontTransform::Rotate270);
        area.draw_text(y_name, &style, ((MARGIN - 2) * scale, (top + bottom) / 2))
    }
}
