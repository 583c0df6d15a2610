//! How far loss and gradient from the cells of a stream may be from those of the samples.

use super::{cell::Cell, moments::Moments};
use crate::parameters::{reduction::Reduction, relu_weights::ReluWeights};

impl Moments {
    /// How far loss and gradient may be from those of the samples themselves, at these weights: 0 from [`Moments::new`], and
    /// from a [`MomentsBuilder`](crate::MomentsBuilder) where every kink lies between cells. Rounding is left out.
    ///
    /// On a cell with kinks inside, the network is a straight line up to `e`, half its distance from its chord. Loss and
    /// gradient of the line are those of the samples; what `e` adds is bounded for the samples and for those that stand
    /// for them.
    ///
    /// # Panics
    ///
    /// When the network has more than one input or other outputs than the samples.
    pub fn error_bound(&self, weights: &ReluWeights, reduction: Reduction) -> (f64, ReluWeights) {
        let (h, k) = (weights.n_hidden(), self.n_outputs());
        assert!(
            weights.n_inputs() == 1 && weights.n_outputs() == k,
            "not a network for these samples"
        );
        let mut bound = (0.0, ReluWeights::zeros(1, h, k));
        let kink = |unit: usize| -weights.b1[unit] / weights.w1[unit];
        let mut kinks: Vec<f64> = (0..h).map(kink).filter(|kink| kink.is_finite()).collect();
        kinks.sort_by(f64::total_cmp);
        for cell in &self.wide {
            let first = kinks.partition_point(|kink| *kink <= cell.low);
            if kinks.get(first).is_some_and(|kink| *kink < cell.high) {
                cell.add_bound(weights, &mut bound);
            }
        }
        let factor = reduction.factor(self.total_weight() * k as f64);
        bound.0 *= factor;
        for value in bound.1.blocks_mut().into_iter().flatten() {
            *value *= 2.0 * factor;
        }
        bound
    }
}

impl Cell {
    /// Adds what this cell may change in the sum of squares, and in half its gradient.
    fn add_bound(&self, weights: &ReluWeights, bound: &mut (f64, ReluWeights)) {
        let (h, k) = (weights.n_hidden(), self.outputs.len());
        let largest_x = self.low.abs().max(self.high.abs());
        let pre = |unit: usize, x: f64| weights.w1[unit] * x + weights.b1[unit];
        let active = |unit: usize, x: f64| pre(unit, x).max(0.0);
        // Half of how far a unit's output lies below its chord; 0 where it is straight.
        let bend = |unit: usize| {
            let (a, b) = (pre(unit, self.low), pre(unit, self.high));
            if a * b < 0.0 {
                0.5 * (a * b).abs() / (b - a).abs()
            } else {
                0.0
            }
        };
        for (o, output) in self.outputs.iter().enumerate() {
            let v = |unit: usize| weights.w2[unit * k + o];
            let at =
                |x: f64| weights.b2[o] + (0..h).map(|unit| v(unit) * active(unit, x)).sum::<f64>();
            let e: f64 = (0..h).map(|unit| v(unit).abs() * bend(unit)).sum();
            let down: f64 = (0..h).map(|unit| v(unit) * bend(unit)).sum();
            // The line and its squared error.
            let slope = (at(self.high) - at(self.low)) / self.width();
            let r = at(self.low) + slope * (self.x - self.low) - down - output.y;
            let squares =
                self.weight * r * r + slope * slope * self.xx - 2.0 * slope * output.xy + output.yy;
            let residuals = (self.weight * squares.max(0.0)).sqrt(); // at least the sum of |r|
            let weight = self.weight;
            bound.0 += 4.0 * e * residuals + e * e * weight;
            bound.1.b2[o] += 2.0 * e * weight;
            for unit in 0..h {
                let largest = active(unit, self.low).max(active(unit, self.high));
                if largest == 0.0 {
                    continue;
                }
                bound.1.w2[unit * k + o] +=
                    2.0 * bend(unit) * residuals + 2.0 * e * weight * largest;
                let sign_unknown = if bend(unit) > 0.0 { residuals } else { 0.0 };
                let part = v(unit).abs() * (sign_unknown + 2.0 * e * weight);
                bound.1.b1[unit] += part;
                bound.1.w1[unit] += part * largest_x;
            }
        }
    }
}
