//! The best network of a width.

use shallow_analytic::{Moments, ReluWeights};

use crate::{
    fit::{Fit, Sides},
    search,
    spline::Spline,
    stretch::Samples,
};

/// The best network of a width that was found.
#[derive(Debug, Clone)]
pub struct BestNet {
    /// The function it is.
    pub spline: Spline,
    /// Its mean squared error.
    pub loss: f64,
    /// The mean squared error of the best continuous function of one piece more than there are units that was found: no
    /// network of this width is one of more pieces.
    pub bound: f64,
    /// The sides to which the units are active, where every unit has a kink inside.
    sides: Option<Sides>,
    n_hidden: usize,
}

impl BestNet {
    /// The best network of `n_hidden` units that was found: of h + 1 pieces, under the condition that the units that are active
    /// to the left make the first slope; or of h pieces, with one unit for the first slope alone. `starts` are ascending knots of
    /// `n_hidden` pieces to try beside its own.
    ///
    /// # Panics
    ///
    /// Without units, and with more than one output.
    pub fn find(moments: &Moments, n_hidden: usize, starts: &[Vec<f64>]) -> Self {
        let (spline, loss) = Spline::best(moments, n_hidden, starts);
        let simple = Self {
            spline,
            loss,
            bound: loss,
            sides: None,
            n_hidden,
        };
        let samples = Samples::new(moments);
        let n = samples.n_distinct();
        if n < n_hidden + 2 {
            return simple; // it passes through all means
        }
        let free = match n == n_hidden + 2 {
            true => Fit::new(&samples, (0..n).map(|at| samples.x(at)).collect()),
            false => search::best(&samples, n_hidden + 1, Vec::new()),
        };
        if free.total == f64::INFINITY {
            return simple;
        }
        let bound = Spline::of(&free, moments).1.min(loss);
        let fit = search::with_sides(&samples, &free);
        let (spline, loss) = Spline::of(&fit, moments);
        match loss < simple.loss {
            true => Self {
                spline,
                loss,
                bound,
                sides: fit.sides,
                n_hidden,
            },
            false => Self { bound, ..simple },
        }
    }

    /// Its weights. A unit's two weights are alike in size.
    pub fn to_weights(&self) -> ReluWeights {
        let Some(sides) = &self.sides else {
            return self.spline.to_weights(self.n_hidden);
        };
        let mut weights = ReluWeights::zeros(1, self.n_hidden, 1);
        let (knots, values) = (&self.spline.knots, &self.spline.values);
        // The constant is the value where the sum is least, less the sum there.
        let middle = self.n_hidden.div_ceil(2);
        let mut sum = 0.0;
        for (unit, is_left) in sides.iter().enumerate() {
            let kink = knots[unit + 1];
            let bend = self.spline.slope(unit + 1) - self.spline.slope(unit);
            let size = if bend == 0.0 { 1.0 } else { bend.abs().sqrt() };
            let side = if *is_left { -1.0 } else { 1.0 };
            weights.w1[unit] = side * size;
            weights.b1[unit] = -side * size * kink;
            weights.w2[unit] = bend / size;
            sum += bend * (side * (knots[middle] - kink)).max(0.0);
        }
        weights.b2[0] = values[middle] - sum;
        weights
    }
}
