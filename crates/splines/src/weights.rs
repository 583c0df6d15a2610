//! Hidden units by their kinks and bends.

use shallow_analytic::ReluWeights;

/// A unit that bends by so much, active on one side of its kink.
pub(crate) fn put(weights: &mut ReluWeights, unit: usize, kink: f64, side: f64, bend: f64) {
    let size = if bend == 0.0 { 1.0 } else { bend.abs().sqrt() };
    weights.w1[unit] = side * size;
    weights.b1[unit] = -side * size * kink;
    weights.w2[unit] = bend / size;
}

/// With more units, whose kinks lie evenly between these ends, and which have no effect until trained.
pub(crate) fn widened(
    narrow: &ReluWeights,
    n_hidden: usize,
    (first, last): (f64, f64),
) -> ReluWeights {
    let n = narrow.n_hidden();
    let mut weights = ReluWeights::zeros(1, n_hidden, 1);
    weights.w1[..n].copy_from_slice(&narrow.w1);
    weights.b1[..n].copy_from_slice(&narrow.b1);
    weights.w2[..n].copy_from_slice(&narrow.w2);
    weights.b2.copy_from_slice(&narrow.b2);
    let spare = n_hidden - n;
    for unit in 0..spare {
        let share = (unit + 1) as f64 / (spare + 1) as f64;
        put(
            &mut weights,
            n + unit,
            first + share * (last - first),
            1.0,
            0.0,
        );
    }
    weights
}
