//! A cell of a stream: the weight, means and centred second moments of neighbouring samples.

use smallvec::{SmallVec, smallvec};

/// Some samples.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cell {
    pub(super) n: u64,
    pub(super) weight: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Mean x, and the sum of squared distances from it.
    pub(super) x: f64,
    pub(super) xx: f64,
    pub(super) outputs: SmallVec<[CellOutput; 1]>,
}

/// The moments of some samples of one output, about their means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellMoments {
    /// How many they are.
    pub n: u64,
    /// The sum of their weights.
    pub weight: f64,
    /// The least x.
    pub low: f64,
    /// The largest x.
    pub high: f64,
    /// The mean of x.
    pub x: f64,
    /// The weighted sum of squared distances from it.
    pub xx: f64,
    /// The mean of y.
    pub y: f64,
    /// The weighted sum of products of the distances from both means.
    pub xy: f64,
    /// The weighted sum of squared distances from the mean of y.
    pub yy: f64,
}

impl CellMoments {
    /// Whether all of them are finite numbers.
    pub fn is_finite(&self) -> bool {
        let of_x = [self.weight, self.low, self.high, self.x, self.xx];
        let of_y = [self.y, self.xy, self.yy];
        of_x.iter().chain(&of_y).all(|value| value.is_finite())
    }

    /// Up to four samples with the same moments, inside the cell, as `(x, y, weight)`.
    pub fn stand_ins(&self) -> Vec<(f64, f64, f64)> {
        let (samples, squares) = Cell::of_moments(self).as_samples();
        // What a line through the cell leaves of y, half of it above and half below.
        let off = (squares.max(0.0) / self.weight).sqrt();
        let mut found = Vec::with_capacity(4);
        for (x, weight, y) in samples {
            let y = y[0];
            match y + off > y {
                true => found.extend([(x, y - off, 0.5 * weight), (x, y + off, 0.5 * weight)]),
                false => found.push((x, y, weight)),
            }
        }
        found
    }
}

/// One output of a cell's samples: the mean, and centred sums of products with x and with itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CellOutput {
    pub(super) y: f64,
    pub(super) xy: f64,
    pub(super) yy: f64,
}

impl Cell {
    pub(super) fn of_sample(x: f64, y: &[f64], weight: f64) -> Self {
        let output = |&y: &f64| CellOutput {
            y,
            xy: 0.0,
            yy: 0.0,
        };
        Self {
            n: 1,
            weight,
            low: x,
            high: x,
            x,
            xx: 0.0,
            outputs: y.iter().map(output).collect(),
        }
    }

    pub(super) fn of_moments(moments: &CellMoments) -> Self {
        let &CellMoments {
            n,
            weight,
            low,
            high,
            x,
            xx,
            y,
            xy,
            yy,
        } = moments;
        assert!(moments.is_finite(), "moments must be finite");
        Self {
            n,
            weight,
            low,
            high,
            x,
            xx,
            outputs: smallvec![CellOutput { y, xy, yy }],
        }
    }

    pub(super) fn moments(&self) -> CellMoments {
        let CellOutput { y, xy, yy } = self.outputs[0];
        CellMoments {
            n: self.n,
            weight: self.weight,
            low: self.low,
            high: self.high,
            x: self.x,
            xx: self.xx,
            y,
            xy,
            yy,
        }
    }

    pub(super) fn width(&self) -> f64 {
        self.high - self.low
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.n += other.n;
        let weight = self.weight + other.weight;
        let share = other.weight / weight;
        let between = self.weight * share;
        let dx = other.x - self.x;
        for (ours, theirs) in self.outputs.iter_mut().zip(&other.outputs) {
            let dy = theirs.y - ours.y;
            ours.y += dy * share;
            ours.xy += theirs.xy + dx * dy * between;
            ours.yy += theirs.yy + dy * dy * between;
        }
        self.x += dx * share;
        self.xx += other.xx + dx * dx * between;
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.weight = weight;
    }

    /// Adds a sample that lies inside.
    pub(super) fn add_sample(&mut self, x: f64, y: &[f64], weight: f64) {
        self.n += 1;
        self.weight += weight;
        let share = weight / self.weight;
        let dx = x - self.x;
        self.x += dx * share;
        let left = x - self.x;
        for (ours, y) in self.outputs.iter_mut().zip(y) {
            let dy = y - ours.y;
            ours.y += dy * share;
            ours.xy += weight * left * dy;
            ours.yy += weight * (y - ours.y) * dy;
        }
        self.xx += weight * left * dx;
    }

    /// The cost of merging with `other`: the weight that a kink inside could put on the wrong side, times the distance.
    pub(super) fn cost_with(&self, other: &Self) -> f64 {
        (self.weight + other.weight) * (self.high.max(other.high) - self.low.min(other.low))
    }

    /// One or two samples with the same moments, inside the cell: `(x, weight, y)`; and the squares they leave out.
    pub(super) fn as_samples(&self) -> (Vec<(f64, f64, Vec<f64>)>, f64) {
        // Their distances from the mean: equal, unless one would be outside. Their product is the variance, at most the
        // product of the mean's distances from both ends (Bhatia and Davis), so not both are.
        let variance = self.xx / self.weight;
        let (to_low, to_high) = (self.x - self.low, self.high - self.x);
        let left = variance.sqrt().min(to_low).max(variance / to_high);
        let right = variance / left;
        let slope = |output: &CellOutput| output.xy / self.xx;
        if !(left > 0.0 && right > 0.0 && right.is_finite()) {
            let y = self.outputs.iter().map(|output| output.y).collect();
            let squares = self.outputs.iter().map(|output| output.yy).sum();
            return (vec![(self.x, self.weight, y)], squares);
        }
        let at = |step: f64, share: f64| {
            let y = |output: &CellOutput| output.y + slope(output) * step;
            let y = self.outputs.iter().map(y).collect();
            (
                (self.x + step).clamp(self.low, self.high),
                self.weight * share,
                y,
            )
        };
        let samples = vec![
            at(-left, right / (left + right)),
            at(right, left / (left + right)),
        ];
        let squares = |output: &CellOutput| (output.yy - slope(output) * output.xy).max(0.0);
        (samples, self.outputs.iter().map(squares).sum())
    }
}
