//! A legend: rows of names above the chart, where it covers nothing.

use plotters::{
    coord::Shift,
    prelude::{Circle, DrawingArea, DrawingBackend, PathElement},
    style::text_anchor::{HPos, VPos},
};
use shallow_data::visible;

use crate::{
    colour::Colours,
    font,
    line::{Line, Mark},
    save::Drawn,
};

/// The size of the names, the height of a row, the length of a sample, and the room after it and after a name.
const SIZE: i32 = 14;
const ROW: i32 = 20;
const SAMPLE: i32 = 24;
const GAP: i32 = 8;
const BETWEEN: i32 = 22;

/// The lines' names in rows, each in the middle of the width it has.
#[derive(Debug)]
pub(crate) struct Legend {
    /// For each name the left end of its sample, and its row.
    places: Vec<(i32, i32)>,
}

impl Legend {
    /// Names from left to right, in as many rows as they need. One line needs no legend.
    pub(crate) fn new(lines: &[Line], room: i32) -> Self {
        let mut rows: Vec<Vec<i32>> = Vec::new();
        let mut used = 0;
        for line in named(lines).filter(|_| lines.len() > 1) {
            let width = SAMPLE + GAP + font::width(&line.name, SIZE) + BETWEEN;
            match rows.last_mut() {
                Some(row) if used + width - BETWEEN <= room => row.push(width),
                _ => {
                    rows.push(vec![width]);
                    used = 0;
                }
            }
            used += width;
        }
        let mut places = Vec::new();
        for (row, widths) in (0..).zip(rows) {
            let all: i32 = widths.iter().sum();
            let mut left = ((room - all + BETWEEN) / 2).max(0);
            for width in widths {
                places.push((left, row));
                left += width;
            }
        }
        Self { places }
    }

    /// The height of all rows.
    pub(crate) fn height(&self) -> i32 {
        self.places.last().map_or(0, |(_, row)| ROW * (row + 1) + 4)
    }

    /// Draws it with its upper left corner at a place.
    pub(crate) fn draw<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        lines: &[Line],
        colours: &Colours,
        (left, top): (i32, i32),
        scale: i32,
    ) -> Drawn<B> {
        for (line, (x, row)) in named(lines).zip(&self.places) {
            let (x, y) = (left + x, top + ROW * row + ROW / 2);
            let at = |x: i32| (scale * x, scale * y);
            let style = line.mark.style(colours.of(&line.name), scale);
            match line.mark {
                Mark::Points => {
                    area.draw(&Circle::new(at(x + SAMPLE / 2), 5 * scale / 2, style))?
                }
                _ => area.draw(&PathElement::new([at(x), at(x + SAMPLE)], style))?,
            }
            let text = font::text(SIZE * scale, HPos::Left, VPos::Center);
            let (x, y) = at(x + SAMPLE + GAP);
            area.draw_text(&visible(&line.name), &text, (x, y + font::DROP * scale))?;
        }
        Ok(())
    }
}

/// The first line of each name.
fn named<'a>(lines: &'a [Line<'a>]) -> impl Iterator<Item = &'a Line<'a>> {
    let is_first = |at: usize| lines[..at].iter().all(|line| line.name != lines[at].name);
    let firsts = (0..lines.len()).filter(move |at| is_first(*at));
    firsts.map(|at| &lines[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legend(names: &[&str], room: i32) -> Legend {
        let line = |name: &&str| Line {
            name: (*name).into(),
            x: None,
            y: &[],
            mark: Mark::Line,
        };
        Legend::new(&names.iter().map(line).collect::<Vec<_>>(), room)
    }

    #[test]
    fn names_that_do_not_fit_into_a_row_go_into_the_next() {
        assert_eq!(legend(&["alone"], 500).height(), 0);
        assert_eq!(legend(&["a", "b", "c"], 500).height(), ROW + 4);
        assert_eq!(legend(&["a", "b", "a"], 500).places.len(), 2);
        let names = ["the first of them", "the second of them", "the third"];
        let rows: Vec<i32> = legend(&names, 400).places.iter().map(|at| at.1).collect();
        assert_eq!(rows, [0, 0, 1]);
        let rows: Vec<i32> = legend(&names, 10).places.iter().map(|at| at.1).collect();
        assert_eq!(rows, [0, 1, 2]);
    }
}
