//! The continuous spline of given knots that is closest to the samples.

use crate::stretch::{Cut, Samples, Stretch};

/// The best spline of some knots, with what the samples say on each of its pieces.
///
/// Knots `[m + 1]` with the data's ends, ascending, measured from the moments' origin, as values are; pieces `[m]`.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) knots: Vec<f64>,
    pub(crate) values: Vec<f64>,
    /// The samples' sums left of each knot, and what they say of each piece.
    pub(crate) cuts: Vec<Cut>,
    pub(crate) stretches: Vec<Stretch>,
    /// Each piece's squared error.
    pub(crate) squares: Vec<f64>,
    /// Their sum; infinite where knots coincide or values are not finite, so that no such fit is chosen.
    pub(crate) total: f64,
    /// The QR's R: each unknown's diagonal, what is right of it, and the right-hand side.
    r: Vec<[f64; 3]>,
}

impl Fit {
    /// Time `O(m log n)`.
    pub(crate) fn new(samples: &Samples, knots: Vec<f64>) -> Self {
        let (cuts, stretches) = samples.stretches(&knots);
        let r = triangle(&knots, &stretches);
        let values = solve(&r);
        let pieces = stretches
            .iter()
            .zip(knots.windows(2).zip(values.windows(2)));
        let squares: Vec<f64> = pieces
            .map(|(stretch, (knots, values))| {
                let slope = (values[1] - values[0]) / (knots[1] - knots[0]);
                let off = values[0] + slope * (stretch.x - knots[0]) - stretch.y;
                let tilt = slope - stretch.slope;
                stretch.squares + stretch.weight * off * off + stretch.xx * tilt * tilt
            })
            .collect();
        let total: f64 = squares.iter().sum();
        let is_sound = total.is_finite() && knots.is_sorted_by(|a, b| a < b);
        Self {
            total: if is_sound { total } else { f64::INFINITY },
            knots,
            values,
            cuts,
            stretches,
            squares,
            r,
        }
    }

    pub(crate) fn n_pieces(&self) -> usize {
        self.squares.len()
    }

    /// A piece's slope.
    pub(crate) fn slope(&self, piece: usize) -> f64 {
        (self.values[piece + 1] - self.values[piece]) / (self.knots[piece + 1] - self.knots[piece])
    }

    /// Of the inverse of `R^T R`, the values' covariance under noise of variance 1: each diagonal, right of it, and right of
    /// that.
    pub(crate) fn covariance(&self) -> Vec<[f64; 3]> {
        let mut rows = vec![[0.0; 3]; self.r.len()];
        let mut next = [0.0; 3];
        for (row, r) in rows.iter_mut().zip(&self.r).rev() {
            let ratio = r[1] / r[0];
            *row = [
                1.0 / (r[0] * r[0]) + ratio * ratio * next[0],
                -ratio * next[0],
                -ratio * next[1],
            ];
            next = *row;
        }
        rows
    }
}

/// QR of the rows that stand for each stretch: its mean, and the slope of its best line. In the basis of hat functions each
/// row has two neighbouring unknowns, so one pass of Givens rotations leaves a bidiagonal R.
fn triangle(knots: &[f64], stretches: &[Stretch]) -> Vec<[f64; 3]> {
    let mut r = Vec::with_capacity(knots.len());
    let mut carried = [0.0; 2];
    for (stretch, knots) in stretches.iter().zip(knots.windows(2)) {
        let width = knots[1] - knots[0];
        let (root, u) = (stretch.weight.sqrt(), (stretch.x - knots[0]) / width);
        let tilt = stretch.xx.sqrt() / width;
        let top = [carried[0], 0.0, carried[1]];
        let mean = [root * (1.0 - u), root * u, root * stretch.y];
        let slope = [-tilt, tilt, tilt * stretch.slope * width];
        let (top, mean) = rotate(top, mean, 0);
        let (top, slope) = rotate(top, slope, 0);
        let (mean, _) = rotate(mean, slope, 1);
        r.push(top);
        carried = [mean[1], mean[2]];
    }
    r.push([carried[0], 0.0, carried[1]]);
    // A value that no sample determines takes its right neighbour's.
    let size = r.iter().fold(0.0_f64, |size, row| size.max(row[0].abs()));
    for row in &mut r {
        if row[0].abs() <= 1e-14 * size {
            *row = [1e-14 * size, -1e-14 * size, 0.0];
        }
    }
    r
}

/// The values at the knots.
fn solve(r: &[[f64; 3]]) -> Vec<f64> {
    let mut values = vec![0.0; r.len()];
    let mut next = 0.0;
    for (value, row) in values.iter_mut().zip(r).rev() {
        next = (row[2] - row[1] * next) / row[0];
        *value = next;
    }
    values
}

/// Two rows rotated so that the second has 0 in this column.
fn rotate(a: [f64; 3], b: [f64; 3], column: usize) -> ([f64; 3], [f64; 3]) {
    if b[column] == 0.0 {
        return (a, b);
    }
    let length = (a[column] * a[column] + b[column] * b[column]).sqrt();
    let (c, s) = (a[column] / length, b[column] / length);
    let rotated = |i: usize| (c * a[i] + s * b[i], c * b[i] - s * a[i]);
    let [x, y, z] = [0, 1, 2].map(rotated);
    ([x.0, y.0, z.0], [x.1, y.1, z.1])
}
