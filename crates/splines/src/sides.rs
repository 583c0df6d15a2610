//! Which units are active left of their kinks: their bends must make the first slope.
//!
//! A network of h units has h kinks, so h + 1 pieces. Left of all kinks just those units are active that are active to the left, so
//! the first slope is minus the sum of their bends: of all subsets of bends, some sums come near it.

use crate::fit::{Fit, Sides};

/// So many candidates are descended from.
const TRIED: usize = 6;

/// So many are compared by what they cost exactly.
const COMPARED: usize = 256;

/// Of so many bends all subsets are looked at; of more, those of the rest are chosen greedily.
const ENUMERATED: usize = 16;

/// From so many subsets of the largest bends.
const BASES: usize = 8;

/// Subsets whose condition costs little at this fit's knots, the cheapest first.
pub(crate) fn candidates(free: &Fit) -> Vec<Sides> {
    let slopes: Vec<f64> = (0..free.n_pieces())
        .map(|piece| free.slope(piece))
        .collect();
    let bends: Vec<f64> = slopes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let near = near(&bends, &slopes);
    let mut costs: Vec<(f64, Vec<bool>)> = near
        .into_iter()
        .map(|sides| (free.cost_of(&sides), sides))
        .collect();
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    costs.dedup_by(|a, b| a.1 == b.1);
    let cheapest = costs.into_iter().take(TRIED).map(|(_, sides)| sides);
    // The first or the last piece flat: it may be short.
    let flat = [false, true].map(|is_left| vec![is_left; bends.len()]);
    cheapest.chain(flat).map(Sides::from).collect()
}

/// The subsets whose bends' sums come nearest to the first slope with its sign turned round: all subsets of the smallest bends,
/// with some of the largest.
fn near(bends: &[f64], slopes: &[f64]) -> Vec<Vec<bool>> {
    let n = bends.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| bends[*b].abs().total_cmp(&bends[*a].abs()));
    let (large, small) = order.split_at(n.saturating_sub(ENUMERATED));
    let mut sums = vec![0.0];
    for knot in small {
        let with: Vec<f64> = sums.iter().map(|sum| sum + bends[*knot]).collect();
        sums.extend(with);
    }
    let mut nearest: Vec<(f64, usize, usize)> = Vec::new();
    let bases = bases(bends, slopes, large);
    for (base, sides) in bases.iter().enumerate() {
        let chosen = large.iter().filter(|knot| sides[**knot]);
        let left = -slopes[0] - chosen.map(|knot| bends[*knot]).sum::<f64>();
        let misses = sums.iter().enumerate();
        nearest.extend(misses.map(|(subset, sum)| ((sum - left).abs(), base, subset)));
        if nearest.len() > COMPARED {
            nearest.select_nth_unstable_by(COMPARED - 1, |a, b| a.0.total_cmp(&b.0));
            nearest.truncate(COMPARED);
        }
    }
    let chosen = nearest.into_iter().map(|(_, base, subset)| {
        let mut chosen = bases[base].clone();
        for (bit, knot) in small.iter().enumerate() {
            chosen[*knot] = subset >> bit & 1 == 1;
        }
        chosen
    });
    chosen.collect()
}

/// Subsets of the large bends. The units left of a flat piece make the first slope together, whatever lies between.
fn bases(bends: &[f64], slopes: &[f64], large: &[usize]) -> Vec<Vec<bool>> {
    let mut greedy = vec![false; bends.len()];
    if large.is_empty() {
        return vec![greedy];
    }
    let mut left = -slopes[0];
    for knot in large {
        if (left - bends[*knot]).abs() < left.abs() {
            greedy[*knot] = true;
            left -= bends[*knot];
        }
    }
    let mut flat: Vec<usize> = (0..slopes.len()).collect();
    flat.sort_by(|a, b| slopes[*a].abs().total_cmp(&slopes[*b].abs()));
    let left_of = |piece: &usize| (0..bends.len()).map(|knot| knot < *piece).collect();
    let flat = flat[..BASES.min(flat.len())].iter().map(left_of);
    flat.chain([greedy]).collect()
}
