//! One line of a chart: its values, and how it is drawn.

use plotters::style::{Color, RGBColor, ShapeStyle};

use crate::axis::Axis;

/// One line of a chart.
///
/// A point with a value that is not finite is a gap. Of many points only those are drawn that a picture can show: in
/// each column of pixels the line's first, lowest, highest and last; of points at most 5000, evenly spread.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// Its name in the legend, and what gives it its colour: a name has one colour in all panels of a figure.
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
    /// A dot for each of its points, without a line, beneath all lines.
    Points,
}

impl Mark {
    /// What is drawn later lies above.
    pub(crate) fn layer(self) -> usize {
        match self {
            Self::Points => 0,
            Self::Reference => 1,
            Self::Line => 2,
        }
    }

    /// A stroke, or a dot's filling.
    pub(crate) fn style(self, colour: RGBColor, scale: i32) -> ShapeStyle {
        match self {
            Self::Line => colour.stroke_width(2 * scale as u32),
            Self::Reference => colour.stroke_width(4 * scale as u32),
            Self::Points => colour.mix(0.7).filled(),
        }
    }
}

impl Line<'_> {
    /// The points, finite or not.
    fn all(&self) -> impl Iterator<Item = (f64, f64)> + Clone {
        let n = self.x.map_or(self.y.len(), |x| x.len().min(self.y.len()));
        (0..n).map(|i| (self.x.map_or(i as f64, |x| x[i]), self.y[i]))
    }

    /// The points without those that are not finite.
    pub(crate) fn points(&self) -> impl Iterator<Item = (f64, f64)> + Clone {
        self.all().filter(|(x, y)| x.is_finite() && y.is_finite())
    }

    /// The line as shares of the two axes: in pieces, for it ends at a gap and at the chart's left and right edges.
    pub(crate) fn pieces(&self, x: &Axis, y: &Axis) -> Vec<Vec<(f64, f64)>> {
        let (mut pieces, mut piece) = (Vec::new(), Vec::new());
        let mut before: Option<(f64, f64)> = None;
        for point in self.all() {
            let is_gap = !(point.0.is_finite() && point.1.is_finite());
            let at = (x.share(point.0), y.share(point.1).clamp(0.0, 1.0));
            if is_gap {
                pieces.push(std::mem::take(&mut piece));
                before = None;
                continue;
            }
            // Crossings of the edges, in the direction of the line.
            let mut crossings: Vec<(f64, f64)> = before
                .into_iter()
                .flat_map(|before| [0.0, 1.0].map(|edge| crossing(before, at, edge)))
                .flatten()
                .collect();
            if before.is_some_and(|before| before.0 > at.0) {
                crossings.reverse();
            }
            piece.append(&mut crossings);
            if is_inside(at) {
                piece.push(at);
            } else {
                pieces.push(std::mem::take(&mut piece));
            }
            before = Some(at);
        }
        pieces.push(piece);
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

/// On the chart, or out by no more than rounding.
fn is_inside(at: (f64, f64)) -> bool {
    (-1e-9..=1.0 + 1e-9).contains(&at.0)
}

/// Where the way from `a` to `b` crosses an edge, if one of the two lies beyond it.
fn crossing(a: (f64, f64), b: (f64, f64), edge: f64) -> Option<(f64, f64)> {
    let (before, after) = (a.0 - edge, b.0 - edge);
    let is_crossed = before * after < 0.0 && before.abs().min(after.abs()) > 1e-9;
    is_crossed.then(|| (edge, a.1 + (b.1 - a.1) * before / (before - after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(x: &[f64], y: &[f64]) -> Vec<Vec<(f64, f64)>> {
        let line = Line {
            name: "line".into(),
            x: Some(x),
            y,
            mark: Mark::Line,
        };
        let axis = Axis::between(0.0, 1.0, false);
        line.pieces(&axis, &axis)
    }

    #[test]
    fn a_value_that_is_not_finite_is_a_gap() {
        let (x, y) = (
            [0.0, 0.25, 0.5, f64::INFINITY, 1.0],
            [0.0, 1.0, f64::NAN, 0.0, 1.0],
        );
        let expected = [vec![(0.0, 0.0), (0.25, 1.0)], vec![(1.0, 1.0)]];
        assert_eq!(pieces(&x, &y), expected);
        assert!(pieces(&[], &[]).is_empty());
        assert!(pieces(&[0.5], &[f64::NAN]).is_empty());
    }

    #[test]
    fn a_line_ends_where_it_leaves_the_chart() {
        let across = [vec![(0.0, 0.25), (1.0, 0.75)]];
        assert_eq!(pieces(&[-1.0, 3.0], &[0.0, 1.0])[0][0], (0.0, 0.25));
        assert_eq!(pieces(&[-0.5, 1.5], &[0.0, 1.0]), across);
        let out_and_in = [vec![(0.5, 1.0), (1.0, 0.5)], vec![(1.0, 0.5), (0.5, 1.0)]];
        assert_eq!(pieces(&[0.5, 1.5, 0.5], &[1.0, 0.0, 1.0]), out_and_in);
        assert!(pieces(&[2.0, 3.0], &[0.0, 1.0]).is_empty());
    }
}
