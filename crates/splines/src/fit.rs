//! The continuous spline of given knots that is closest to the samples.

use std::sync::Arc;

use shallow_analytic::stop::look;

use crate::stretch::{Cut, Samples, Stretch};

/// For each inner knot, whether its unit is active left of it. The bends of those that are make up the first slope, with the sign
/// turned round.
pub(crate) type Sides = Arc<[bool]>;

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
    /// The sides to which the units of its inner knots are active, where these are all the units there are.
    pub(crate) sides: Option<Sides>,
    /// The QR's R: each unknown's diagonal, what is right of it, and the right-hand side.
    r: Vec<[f64; 3]>,
}

impl Fit {
    /// Time `O(m log n)`.
    pub(crate) fn new(samples: &Samples, knots: Vec<f64>) -> Self {
        Self::with_sides(samples, knots, None)
    }

    /// With other knots, and the same sides.
    pub(crate) fn at(&self, samples: &Samples, knots: Vec<f64>) -> Self {
        Self::with_sides(samples, knots, self.sides.clone())
    }

    /// The best values under the condition of the sides, which is linear in them; at knots as far apart as samples say.
    pub(crate) fn with_sides(samples: &Samples, knots: Vec<f64>, sides: Option<Sides>) -> Self {
        look();
        let knots = samples.apart(knots);
        let (cuts, stretches) = samples.stretches(&knots);
        let r = triangle(&knots, &stretches);
        let mut values = solve(&r);
        if let Some(sides) = &sides {
            let miss = Miss::new(&r, &knots, sides);
            let rate = miss.of(&values) / miss.variance;
            if rate.is_finite() {
                for (value, change) in values.iter_mut().zip(&miss.direction) {
                    *value -= rate * change;
                }
            }
        }
        let pieces = stretches
            .iter()
            .zip(knots.windows(2).zip(values.windows(2)));
        let squares: Vec<f64> = pieces
            .map(|(stretch, (knots, values))| stretch.squares_of(knots, values))
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
            sides,
            r,
        }
    }

    pub(crate) fn n_pieces(&self) -> usize {
        self.squares.len()
    }

    /// What the sides' condition would cost at these knots.
    pub(crate) fn cost_of(&self, sides: &[bool]) -> f64 {
        let miss = Miss::new(&self.r, &self.knots, sides);
        let off = miss.of(&self.values);
        off * off / miss.variance
    }

    /// The slopes of the pieces' best lines; with sides, of those lines that meet their condition together.
    pub(crate) fn line_slopes(&self) -> Vec<f64> {
        let mut slopes: Vec<f64> = self.stretches.iter().map(|stretch| stretch.slope).collect();
        let Some(sides) = &self.sides else {
            return slopes;
        };
        let shares = shares(sides);
        let give = |piece: usize| shares[piece] / self.stretches[piece].xx;
        let (mut off, mut variance) = (0.0, 0.0);
        for (piece, share) in shares
            .iter()
            .enumerate()
            .filter(|(_, share)| **share != 0.0)
        {
            off += share * slopes[piece];
            variance += share * give(piece);
        }
        // Infinite where a piece may have any slope: it meets the condition alone.
        let rate = off / variance;
        if rate.is_finite() && rate != 0.0 {
            for (piece, slope) in slopes.iter_mut().enumerate() {
                *slope -= rate * give(piece);
            }
        }
        slopes
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

/// How often each piece's slope counts in the condition of the sides: the first slope and the bends of units that are active to
/// the left are 0 together.
pub(crate) fn shares(sides: &[bool]) -> Vec<f64> {
    let mut shares = vec![0.0; sides.len() + 1];
    shares[0] = 1.0;
    for (knot, _) in sides.iter().enumerate().filter(|(_, is_left)| **is_left) {
        shares[knot] -= 1.0;
        shares[knot + 1] += 1.0;
    }
    shares
}

/// By how much values miss the condition of the sides, and how they meet it at the least cost.
struct Miss {
    /// The condition's coefficients, by value.
    coefficients: Vec<f64>,
    /// The values' covariance times these.
    direction: Vec<f64>,
    /// The variance of the miss, under noise of variance 1.
    variance: f64,
}

impl Miss {
    fn new(r: &[[f64; 3]], knots: &[f64], sides: &[bool]) -> Self {
        let mut coefficients = vec![0.0; knots.len()];
        for (piece, share) in shares(sides).into_iter().enumerate() {
            let share = share / (knots[piece + 1] - knots[piece]);
            coefficients[piece] -= share;
            coefficients[piece + 1] += share;
        }
        // R^T z = coefficients, then R direction = z.
        let mut z = coefficients.clone();
        let mut before = 0.0;
        for (value, row) in z.iter_mut().zip(r) {
            *value = (*value - before) / row[0];
            before = row[1] * *value;
        }
        let variance = z.iter().map(|z| z * z).sum();
        let mut direction = z;
        let mut next = 0.0;
        for (value, row) in direction.iter_mut().zip(r).rev() {
            next = (*value - row[1] * next) / row[0];
            *value = next;
        }
        Self {
            coefficients,
            direction,
            variance,
        }
    }

    fn of(&self, values: &[f64]) -> f64 {
        self.coefficients
            .iter()
            .zip(values)
            .map(|(a, v)| a * v)
            .sum()
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
