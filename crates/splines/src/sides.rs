//! Which units are active left of their kinks: their bends must make the first slope.
//!
//! A network of h units has h kinks, so h + 1 pieces. Left of all kinks just those units are active that are active to the left, so
//! the first slope is minus the sum of their bends: of all subsets of bends, some sums come near it.

use crate::fit::{Fit, Sides};

/// So many candidates are descended from.
const TRIED: usize = 8;

/// So many are compared by what they cost exactly.
const COMPARED: usize = 256;

/// Of so many bends all subsets are looked at; of more, those of the rest are chosen greedily.
const ENUMERATED: usize = 16;

/// Subsets whose condition costs little at this fit's knots, the cheapest first.
pub(crate) fn candidates(free: &Fit) -> Vec<Sides> {
    let slopes: Vec<f64> = (0..free.n_pieces())
        .map(|piece| free.slope(piece))
        .collect();
    let bends: Vec<f64> = slopes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut near = near(&bends, -slopes[0]);
    // The first or the last piece flat.
    near.push(vec![false; bends.len()]);
    near.push(vec![true; bends.len()]);
    let mut costs: Vec<(f64, Vec<bool>)> = near
        .into_iter()
        .map(|sides| (free.cost_of(&sides), sides))
        .collect();
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    costs.dedup_by(|a, b| a.1 == b.1);
    let cheapest = costs.into_iter().take(TRIED);
    cheapest.map(|(_, sides)| sides.into()).collect()
}

/// The subsets whose sums come nearest to a target.
fn near(bends: &[f64], target: f64) -> Vec<Vec<bool>> {
    let mut order: Vec<usize> = (0..bends.len()).collect();
    order.sort_by(|a, b| bends[*b].abs().total_cmp(&bends[*a].abs()));
    let (large, small) = order.split_at(bends.len().saturating_sub(ENUMERATED));
    let mut sides = vec![false; bends.len()];
    let mut left = target;
    for knot in large {
        if (left - bends[*knot]).abs() < left.abs() {
            sides[*knot] = true;
            left -= bends[*knot];
        }
    }
    let mut sums = vec![0.0];
    for knot in small {
        let with: Vec<f64> = sums.iter().map(|sum| sum + bends[*knot]).collect();
        sums.extend(with);
    }
    let mut ranked: Vec<usize> = (0..sums.len()).collect();
    let miss = |subset: &usize| (sums[*subset] - left).abs();
    let n = COMPARED.min(ranked.len());
    if n < ranked.len() {
        ranked.select_nth_unstable_by(n - 1, |a, b| miss(a).total_cmp(&miss(b)));
    }
    let chosen = ranked[..n].iter().map(|subset| {
        let mut chosen = sides.clone();
        for (bit, knot) in small.iter().enumerate() {
            chosen[*knot] = subset >> bit & 1 == 1;
        }
        chosen
    });
    chosen.collect()
}
