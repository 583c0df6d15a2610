//! The upper hull of points that come from left to right.

use std::collections::VecDeque;

use robust::{Coord, orient2d};

/// A place in the plane.
pub(crate) type Point = Coord<f64>;

/// Above 0 where the three turn left: where `c` is above the line through `a` and `b`, for `a.x < b.x`. The sign is exact.
pub(crate) fn turn(a: Point, b: Point, c: Point) -> f64 {
    orient2d(a, b, c)
}

/// The corners of the upper hull, from left to right.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hull {
    corners: VecDeque<Point>,
}

impl Hull {
    /// Adds a point right of all others.
    pub fn push(&mut self, point: Point) {
        while let [.., a, b] = self.corners.make_contiguous()
            && turn(*a, *b, point) >= 0.0
        {
            self.corners.pop_back();
        }
        self.corners.push_back(point);
    }

    /// The corner at which a line through a point on the right, and above none of the corners, touches. Those left of it go: the lines
    /// to come are less steep. None of no points.
    pub fn touch(&mut self, right: Point) -> Option<Point> {
        while self.corners.len() > 1 && turn(self.corners[0], right, self.corners[1]) > 0.0 {
            self.corners.pop_front();
        }
        self.corners.front().copied()
    }

    /// The corners from this one on.
    pub fn from(mut self, first: Point) -> Self {
        while self
            .corners
            .front()
            .is_some_and(|corner| corner.x < first.x)
        {
            self.corners.pop_front();
        }
        self
    }
}
