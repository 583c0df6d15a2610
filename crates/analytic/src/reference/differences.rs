//! Central differences: a gradient that knows no calculus, to check the others by.
//!
//! As long as no sample crosses a kink, the squared loss is a quadratic in any *single* parameter, and the central
//! difference of a quadratic is exact for every step: only the rounding of the loss is left, `eps L / step`. So the
//! step is far larger than the usual `eps^(1/3)`, and what must be avoided is a sample near a kink: see
//! [`distance_to_kink`].

use super::backprop;
use crate::parameters::{reduction::Reduction, relu_weights::ReluWeights};

/// The step in each parameter. Differences of a loss near 1 then carry about 1e-12.
pub const STEP: f64 = 1e-4;

/// `(L(p + STEP) - L(p - STEP)) / (2 STEP)` for every parameter p, by `2 (number of parameters)` calls of `loss`.
pub fn gradient(weights: &ReluWeights, loss: impl Fn(&ReluWeights) -> f64) -> ReluWeights {
    let mut moved = weights.clone();
    let mut grad = weights.clone();
    for block in 0..ReluWeights::BLOCKS.len() {
        for i in 0..weights.blocks()[block].len() {
            let value = weights.blocks()[block][i];
            let mut at = |value| {
                moved.blocks_mut()[block][i] = value;
                loss(&moved)
            };
            grad.blocks_mut()[block][i] = (at(value + STEP) - at(value - STEP)) / (2.0 * STEP);
            at(value);
        }
    }
    grad
}

/// The smallest `|x w1 + b1|` over the hidden units for one sample `x [d]`.
///
/// A change of [`STEP`] in one parameter moves no sample across a kink when this is above `STEP max(1, |x|)`.
pub fn distance_to_kink(weights: &ReluWeights, x: &[f64]) -> f64 {
    weights
        .preactivations(x)
        .map(f64::abs)
        .fold(f64::INFINITY, f64::min)
}

/// How large the loss of `x [n, d]` and `y [n, k]` and each entry of its gradient would be if no terms cancelled: every
/// weight and input taken as positive, every target as negative.
///
/// Two ways to compute a gradient differ by some roundings of these, not of the gradient: its own terms may cancel to
/// anything.
pub fn magnitudes(
    weights: &ReluWeights,
    x: &[f64],
    y: &[f64],
    reduction: Reduction,
) -> (f64, ReluWeights) {
    let mut positive = weights.clone();
    for value in positive.blocks_mut().into_iter().flatten() {
        *value = value.abs();
    }
    let x: Vec<f64> = x.iter().map(|x| x.abs()).collect();
    let y: Vec<f64> = y.iter().map(|y| -y.abs()).collect();
    let mut magnitudes =
        ReluWeights::zeros(weights.n_inputs(), weights.n_hidden(), weights.n_outputs());
    let loss = backprop::loss_and_gradient(&positive, &x, &y, reduction, &mut magnitudes);
    (loss, magnitudes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How far the difference may lie from the gradient, as a multiple of `eps T / STEP`, T being the loss of
    /// [`magnitudes`]. The loss rounds within its number of additions times `eps T`: fewer than 50 here, of errors that
    /// mostly cancel.
    const ROUNDINGS: f64 = 16.0;

    proptest! {
        #[test]
        fn backprop_equals_central_differences_at_any_size(
            (d, h, k, n) in (1_usize..4, 1_usize..9, 1_usize..4, 1_usize..20),
            values in prop::collection::vec(-2.0_f64..2.0, 200),
        ) {
            let mut next = values.iter().copied().cycle();
            let mut draw = |count| next.by_ref().take(count).collect::<Vec<f64>>();
            let weights =
                ReluWeights { w1: draw(d * h), b1: draw(h), w2: draw(h * k), b2: draw(k) };
            let (x, y) = (draw(n * d), draw(n * k));
            prop_assume!(x.chunks(d).all(|x| distance_to_kink(&weights, x) > 2.0 * STEP));

            let (_, by_hand) = backprop::gradient(&weights, &x, &y);
            let numeric = gradient(&weights, |weights| backprop::gradient(weights, &x, &y).0);
            let (uncancelled, _) = magnitudes(&weights, &x, &y, Reduction::Mean);
            let allowed = ROUNDINGS * f64::EPSILON * uncancelled / STEP;
            for ((block, name), numeric) in by_hand.blocks().iter().zip(ReluWeights::BLOCKS).zip(numeric.blocks()) {
                for (by_hand, numeric) in block.iter().zip(numeric) {
                    prop_assert!((by_hand - numeric).abs() < allowed, "{name}: {by_hand} and {numeric}, {allowed:e}");
                }
            }
        }
    }

    /// Two samples whose residuals, 1 and -1, cancel in the gradient of the bias.
    #[test]
    fn magnitudes_are_of_what_does_not_cancel() {
        let weights = ReluWeights {
            w1: vec![-1.0],
            b1: vec![1.0],
            w2: vec![-2.0],
            b2: vec![3.0],
        };
        let (x, y) = ([0.5, 1.0], [1.0, 4.0]);
        let (loss, gradient) = backprop::gradient(&weights, &x, &y);
        assert_eq!((loss, gradient.b2[0]), (1.0, 0.0));
        // 2 * 1.5 + 3 + 1 and 2 * 2 + 3 + 4: residuals of 7 and 11.
        let (loss, magnitudes) = magnitudes(&weights, &x, &y, Reduction::Mean);
        assert_eq!((loss, magnitudes.b2[0]), (85.0, 18.0));
    }

    #[test]
    fn the_distance_to_a_kink_is_the_smallest_preactivation() {
        let mut weights = ReluWeights::zeros(2, 2, 1);
        weights.w1 = vec![1.0, -3.0, 2.0, 0.5];
        weights.b1 = vec![0.0, 4.0];
        assert_eq!(distance_to_kink(&weights, &[1.0, -1.0]), 0.5);
    }
}
