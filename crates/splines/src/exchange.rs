//! What one knot more would gain, and one less would cost: exactly, in constant time each.

use crate::{
    fit::Fit,
    stretch::{Samples, Stretch},
};

/// By how much the squared error would rise without each inner knot, the others staying: `[m - 1]`.
pub(crate) fn costs(fit: &Fit) -> Vec<f64> {
    let covariance = fit.covariance();
    (1..fit.n_pieces())
        .map(|knot| {
            // The bend, slope minus slope, is this combination of three values; removed, it is 0.
            let widths = [
                fit.knots[knot] - fit.knots[knot - 1],
                fit.knots[knot + 1] - fit.knots[knot],
            ];
            let (a, c) = (1.0 / widths[0], 1.0 / widths[1]);
            let b = -a - c;
            let bend = fit.slope(knot) - fit.slope(knot - 1);
            let [aa, ab, ac] = covariance[knot - 1];
            let [bb, bc, _] = covariance[knot];
            let cc = covariance[knot + 1][0];
            let variance =
                a * a * aa + b * b * bb + c * c * cc + 2.0 * (a * b * ab + a * c * ac + b * c * bc);
            bend * bend / variance
        })
        .collect()
}

/// What one more knot would gain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gain {
    pub(crate) place: f64,
    /// The piece it would split.
    pub(crate) piece: usize,
    pub(crate) squares: f64,
}

/// By how much the squared error would fall with one knot more at each of these places, which ascend.
pub(crate) fn gains(samples: &Samples, fit: &Fit, places: &[f64]) -> Vec<Gain> {
    let covariance = fit.covariance();
    let mut piece = 0;
    let gains = places.iter().map(|&place| {
        while piece + 1 < fit.n_pieces() && fit.knots[piece + 1] <= place {
            piece += 1;
        }
        Gain {
            place,
            piece,
            squares: gain(samples, fit, &covariance, piece, place),
        }
    });
    gains.collect()
}

/// The gain by a tent on one piece, of height 1 at the place and 0 at the ends: its product with the residuals, squared, over
/// the square of what is left of it after projection on the others.
fn gain(samples: &Samples, fit: &Fit, covariance: &[[f64; 3]], piece: usize, place: f64) -> f64 {
    let ends = [fit.knots[piece], fit.knots[piece + 1]];
    if !(ends[0] < place && place < ends[1]) {
        return 0.0;
    }
    let (left, right) = samples.split(&fit.cuts[piece], place, &fit.cuts[piece + 1]);
    let slope = fit.slope(piece);
    // Sums over a side of the tent's product with itself, with 1, and with the residuals.
    let side = |stretch: &Stretch, end: f64| {
        let (away, height) = (stretch.x - end, place - end);
        let off = stretch.y - fit.values[piece] - slope * (stretch.x - ends[0]);
        let square = stretch.weight * away * away + stretch.xx;
        let product = stretch.weight * away * off + stretch.xx * (stretch.slope - slope);
        [
            square / (height * height),
            stretch.weight * away / height,
            product / height,
        ]
    };
    let (l, r) = (side(&left, ends[0]), side(&right, ends[1]));
    let width = ends[1] - ends[0];
    let u = (place - ends[0]) / width;
    // With the hats that fall and rise on the piece; the tent's left side is a share of the rising one.
    let rising = l[0] * u + r[1] - r[0] * (1.0 - u);
    let falling = r[0] * (1.0 - u) + l[1] - l[0] * u;
    let [aa, ab, _] = covariance[piece];
    let bb = covariance[piece + 1][0];
    let projected = falling * falling * aa + 2.0 * falling * rising * ab + rising * rising * bb;
    let square = l[0] + r[0];
    let left_over = square - projected;
    let product = l[2] + r[2];
    if left_over > 1e-10 * square {
        product * product / left_over
    } else {
        0.0
    }
}
