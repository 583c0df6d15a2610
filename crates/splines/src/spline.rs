//! A linear spline with free knots, and the network that is the same function.

use shallow_analytic::{Moments, ReluWeights};

use crate::{
    fit::Fit,
    search,
    stretch::Samples,
    weights::{put, widened},
};

/// A continuous function of straight pieces between knots.
///
/// # Shapes
///
/// Knots `[m + 1]`, ascending, the first and the last at the ends of the data; values there `[m + 1]`.
///
/// ```
/// use shallow_analytic::Moments;
/// use shallow_splines::Spline;
/// let x = [-2.0, -1.5, -1.0, 0.0, 0.5, 1.0, 2.0];
/// let moments = Moments::new(&x, &x.map(f64::abs));
/// let (abs, squared_error) = Spline::best(&moments, 2, &[]);
/// assert!(abs.knots[1].abs() < 1e-12 && squared_error < 1e-24);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Spline {
    /// Where one piece ends and the next begins, and the ends.
    pub knots: Vec<f64>,
    /// The values at the knots.
    pub values: Vec<f64>,
}

impl Spline {
    /// The best spline of at most `n_pieces` that was found, and its mean squared error; `starts` are ascending knots to try
    /// beside its own, such as [`Curvature::knots`](crate::Curvature::knots); those of another number of pieces are left out. Where samples have fewer
    /// than `n_pieces + 1` distinct inputs, it passes through all their means and has fewer pieces.
    ///
    /// Time is `O(m log n)` for each of some tens of iterations, and more where the curve is not smooth; no more than about a
    /// million pieces are fitted in exchanges. Memory is `O(m)`.
    ///
    /// # Panics
    ///
    /// Without pieces, and with more than one output.
    pub fn best(moments: &Moments, n_pieces: usize, starts: &[Vec<f64>]) -> (Self, f64) {
        assert!(n_pieces > 0, "a spline has at least one piece");
        let samples = Samples::new(moments);
        let n = samples.n_distinct();
        let starts = starts.iter().filter(|start| start.len() == n_pieces + 1);
        let starts = starts.map(|start| {
            let inner = &start[1..n_pieces];
            let inside = inner.iter().map(|knot| knot - moments.x_origin());
            samples.with_ends(inside)
        });
        if n == 1 {
            let all = samples.between(&samples.cut_before(0), &samples.cut_before(1));
            let spline = Self {
                knots: vec![all.x + moments.x_origin()],
                values: vec![all.y + moments.y_origin()[0]],
            };
            return (spline, moments.scatter() / all.weight);
        }
        let fit = if n <= n_pieces + 1 {
            Fit::new(&samples, (0..n).map(|at| samples.x(at)).collect())
        } else {
            search::quick(&samples, n_pieces, &starts.collect::<Vec<_>>())
        };
        Self::of(&fit, moments)
    }

    /// The best spline with these knots, and its mean squared error. Samples beyond the first and last knot belong to the
    /// outer pieces. Time `O(m log n)`.
    ///
    /// # Panics
    ///
    /// With fewer than two knots or knots that do not ascend, and with more than one output.
    pub fn with_knots(moments: &Moments, knots: &[f64]) -> (Self, f64) {
        assert!(knots.len() > 1, "a spline has at least two knots");
        assert!(knots.is_sorted_by(|a, b| a < b), "knots must ascend");
        let inside = knots.iter().map(|knot| knot - moments.x_origin());
        Self::of(&Fit::new(&Samples::new(moments), inside.collect()), moments)
    }

    pub(crate) fn of(fit: &Fit, moments: &Moments) -> (Self, f64) {
        let spline = Self::from_origin(moments, &fit.knots, &fit.values);
        let squares = fit.total + moments.scatter();
        (spline, squares / moments.total_weight())
    }

    /// Of knots and values that are measured from the moments' origins.
    pub(crate) fn from_origin(moments: &Moments, knots: &[f64], values: &[f64]) -> Self {
        let absolute =
            |values: &[f64], origin: f64| values.iter().map(|value| value + origin).collect();
        Self {
            knots: absolute(knots, moments.x_origin()),
            values: absolute(values, moments.y_origin()[0]),
        }
    }

    /// Number of pieces.
    pub fn n_pieces(&self) -> usize {
        self.knots.len().saturating_sub(1)
    }

    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.knots[0], self.knots[self.n_pieces()])
    }

    /// Its value at x; beyond the ends, of the outer pieces' lines.
    pub fn predict(&self, x: f64) -> f64 {
        if self.n_pieces() == 0 {
            return self.values[0];
        }
        let inner = &self.knots[1..self.n_pieces()];
        let piece = inner.partition_point(|knot| *knot <= x);
        self.values[piece] + self.slope(piece) * (x - self.knots[piece])
    }

    pub(crate) fn slope(&self, piece: usize) -> f64 {
        (self.values[piece + 1] - self.values[piece]) / (self.knots[piece + 1] - self.knots[piece])
    }

    /// The network that is this function: one unit whose kink lies left of the data by their width has the line through the
    /// middle, each inner knot is a unit that bends it on the side away from the middle, so that few large numbers cancel; and a
    /// unit's two weights are alike in size. Units to spare have kinks evenly over the data, and no effect until trained.
    ///
    /// # Panics
    ///
    /// With fewer units than pieces.
    pub fn to_weights(&self, n_hidden: usize) -> ReluWeights {
        let m = self.n_pieces();
        assert!(
            m <= n_hidden,
            "{m} pieces need as many units, got {n_hidden}"
        );
        let (first, last) = (self.knots[0], self.knots[m]);
        let middle = f64::midpoint(first, last);
        let width = if m > 0 { last - first } else { 1.0 };
        let centre = (1..m).filter(|knot| self.knots[*knot] < middle).count();
        let (slope, start) = if m > 0 {
            (self.slope(centre), first - width)
        } else {
            (0.0, first - width)
        };
        let mut weights = ReluWeights::zeros(1, m.max(1), 1);
        put(&mut weights, 0, start, 1.0, slope);
        for knot in 1..m {
            let side = if knot <= centre { -1.0 } else { 1.0 };
            let bend = self.slope(knot) - self.slope(knot - 1);
            put(&mut weights, knot, self.knots[knot], side, bend);
        }
        weights.b2[0] = self.values[centre] + slope * (start - self.knots[centre]);
        widened(&weights, n_hidden, (first, first + width))
    }

    /// The network of one unit fewer than pieces that is this function, where the units that are active to the left make the first
    /// slope.
    ///
    /// # Panics
    ///
    /// Without one side for each inner knot.
    pub(crate) fn to_weights_with(&self, sides: &[bool]) -> ReluWeights {
        assert!(
            sides.len() + 1 == self.n_pieces(),
            "a side for each inner knot"
        );
        let mut weights = ReluWeights::zeros(1, sides.len(), 1);
        // The constant is the value where the sum is least, less the sum there.
        let middle = sides.len().div_ceil(2);
        let mut sum = 0.0;
        for (unit, is_left) in sides.iter().enumerate() {
            let kink = self.knots[unit + 1];
            let bend = self.slope(unit + 1) - self.slope(unit);
            let side = if *is_left { -1.0 } else { 1.0 };
            put(&mut weights, unit, kink, side, bend);
            sum += bend * (side * (self.knots[middle] - kink)).max(0.0);
        }
        weights.b2[0] = self.values[middle] - sum;
        weights
    }
}
