//! A ReLU network of one input as the function it is: straight lines between sorted kinks.

use super::relu_weights::ReluWeights;
use crate::exact::double::Double;

/// A continuous function of straight pieces: between two kinks, `y = intercept + slope x`.
///
/// # Shapes
///
/// Kinks `[m]`, ascending and distinct; slopes and intercepts `[m + 1]`, from left to right.
///
/// ```
/// use shallow_analytic::{PiecewiseLinear, ReluWeights};
/// // |x - 1| = relu(x - 1) + relu(1 - x)
/// let weights = ReluWeights { w1: vec![1.0, -1.0], b1: vec![-1.0, 1.0], w2: vec![1.0; 2], b2: vec![0.0] };
/// let pieces = PiecewiseLinear::new(&weights);
/// assert_eq!((pieces.kinks.as_slice(), pieces.slopes.as_slice()), (&[1.0][..], &[-1.0, 1.0][..]));
/// assert_eq!(pieces.predict(-2.0), 3.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PiecewiseLinear {
    /// Where one line ends and the next begins.
    pub kinks: Vec<f64>,
    /// The lines' slopes.
    pub slopes: Vec<f64>,
    /// The lines' values at 0.
    pub intercepts: Vec<f64>,
}

impl PiecewiseLinear {
    /// The function of a network of one input and one output. Time `O(h log h)`.
    ///
    /// Slopes and intercepts are summed in twice the digits of f64 and rounded once.
    ///
    /// # Panics
    ///
    /// When the network has more inputs or outputs.
    pub fn new(weights: &ReluWeights) -> Self {
        assert_eq!((weights.n_inputs(), weights.n_outputs()), (1, 1));
        let (mut slope, mut intercept) = (Double::default(), exactly(weights.b2[0]));
        let mut bends = Vec::new();
        for ((&w, &b), &v) in weights.w1.iter().zip(&weights.b1).zip(&weights.w2) {
            let kink = -b / w;
            let is_bend = kink.is_finite() && v != 0.0;
            // Left of all kinks, the units are active whose lines fall, and those without a kink that are above 0.
            if (is_bend && w < 0.0) || (!is_bend && b > 0.0) {
                slope = slope.plus(Double::product(w, v));
                intercept = intercept.plus(Double::product(b, v));
            }
            if is_bend {
                // A unit that ends with a falling line and one that begins with a rising line bend alike.
                bends.push((kink, w.signum() * w, w.signum() * b, v));
            }
        }
        bends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut pieces = Self {
            kinks: Vec::with_capacity(bends.len()),
            slopes: vec![slope.hi],
            intercepts: vec![intercept.hi],
        };
        for (kink, w, b, v) in bends {
            slope = slope.plus(Double::product(w, v));
            intercept = intercept.plus(Double::product(b, v));
            if pieces.kinks.last() == Some(&kink) {
                pieces.slopes.pop();
                pieces.intercepts.pop();
            } else {
                pieces.kinks.push(kink);
            }
            pieces.slopes.push(slope.hi);
            pieces.intercepts.push(intercept.hi);
        }
        pieces
    }

    /// Its value at x, by binary search: `O(log m)`.
    pub fn predict(&self, x: f64) -> f64 {
        let piece = self.kinks.partition_point(|kink| *kink <= x);
        self.intercepts[piece] + self.slopes[piece] * x
    }
}

fn exactly(hi: f64) -> Double {
    Double { hi, lo: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![4 => -2.0_f64..2.0, 1 => Just(0.0), 1 => Just(0.5)]
    }

    proptest! {
        /// Both round sums of terms no larger than `magnitude`: a few roundings of each of `h` terms, and x near a kink may
        /// be on either side of it, where the lines differ by a rounding of x.
        #[test]
        fn the_pieces_are_the_networks_function(
            units in prop::collection::vec((value(), value(), value()), 1..40),
            x in prop::collection::vec(-3.0_f64..3.0, 1..40),
        ) {
            let weights = ReluWeights {
                w1: units.iter().map(|unit| unit.0).collect(),
                b1: units.iter().map(|unit| unit.1).collect(),
                w2: units.iter().map(|unit| unit.2).collect(),
                b2: vec![0.25],
            };
            let pieces = PiecewiseLinear::new(&weights);
            prop_assert!(pieces.kinks.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(pieces.slopes.len(), pieces.kinks.len() + 1);
            let magnitude: f64 = units.iter().map(|(w, b, v)| (8.0 * w.abs() + b.abs()) * v.abs()).sum();
            for (x, y) in x.iter().zip(weights.predict(&x)) {
                let difference = (pieces.predict(*x) - y).abs();
                prop_assert!(difference <= 1e-14 * (1.0 + magnitude), "{difference:e} at {x}");
            }
        }
    }

    #[test]
    fn units_without_a_kink_are_a_line_or_nothing() {
        let weights = ReluWeights {
            w1: vec![0.0, 0.0, 1e-320],
            b1: vec![2.0, -2.0, 1.0],
            w2: vec![3.0, 5.0, 1.0],
            b2: vec![1.0],
        };
        let pieces = PiecewiseLinear::new(&weights);
        assert!(pieces.kinks.is_empty());
        assert_eq!(pieces.predict(17.0), 8.0);
    }

    #[test]
    fn equal_kinks_are_one() {
        let weights = ReluWeights {
            w1: vec![1.0, 2.0, -1.0],
            b1: vec![-1.0, -2.0, 1.0],
            w2: vec![1.0, 1.0, 1.0],
            b2: vec![0.0],
        };
        let pieces = PiecewiseLinear::new(&weights);
        assert_eq!(pieces.kinks, [1.0]);
        assert_eq!(pieces.slopes, [-1.0, 3.0]);
    }
}
