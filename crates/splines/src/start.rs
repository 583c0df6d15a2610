//! Where a search for the best knots begins.

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::{
    fit::Fit,
    stretch::{Cut, Samples},
};

/// Stretches, several times as many as pieces are asked for, that lines fit about equally well: the samples are split
/// where they fit worst. Time `O(c log c)` for c cuts.
pub(crate) fn split(samples: &Samples, n_stretches: usize) -> Vec<Cut> {
    let n = samples.n_distinct();
    let worst = |left: Cut, right: Cut| Worst {
        squares: samples.between(&left, &right).squares,
        left,
        right,
    };
    let mut stretches = BinaryHeap::new();
    stretches.push(worst(samples.cut_before(0), samples.cut_before(n)));
    while stretches.len() < n_stretches.min(n) {
        let Some(Worst { left, right, .. }) = stretches.pop() else {
            break;
        };
        let middle = samples.cut_before(usize::midpoint(left.n_before, right.n_before));
        stretches.push(worst(left, middle));
        stretches.push(worst(middle, right));
    }
    let mut cuts: Vec<Cut> = stretches.into_iter().map(|stretch| stretch.left).collect();
    cuts.sort_by_key(|cut| cut.n_before);
    cuts.push(samples.cut_before(n));
    cuts
}

/// A stretch, compared by its squared error; among those without, by how many samples it has.
struct Worst {
    squares: f64,
    left: Cut,
    right: Cut,
}

impl Worst {
    fn rank(&self) -> (bool, f64, usize) {
        let n_distinct = self.right.n_before - self.left.n_before;
        (n_distinct > 1, self.squares, n_distinct)
    }
}

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> Ordering {
        let (ours, theirs) = (self.rank(), other.rank());
        let squares = ours.1.total_cmp(&theirs.1);
        ours.0
            .cmp(&theirs.0)
            .then(squares)
            .then(ours.2.cmp(&theirs.2))
    }
}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Worst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Worst {}

/// Merges neighbours that one line fits nearly as well, until `n_pieces` are left (bottom-up segmentation); knots in the gaps
/// between. Time `O(c^2)`, of comparisons.
pub(crate) fn merged(samples: &Samples, mut cuts: Vec<Cut>, n_pieces: usize) -> Vec<f64> {
    let cost = |cuts: &[Cut], at: usize| {
        let squares = |i: usize, j: usize| samples.between(&cuts[i], &cuts[j]).squares;
        squares(at - 1, at + 1) - squares(at - 1, at) - squares(at, at + 1)
    };
    let n_inner = cuts.len() - 2;
    let mut costs: Vec<f64> = (1..=n_inner).map(|at| cost(&cuts, at)).collect();
    while costs.len() + 1 > n_pieces {
        let least = (0..costs.len()).min_by(|a, b| costs[*a].total_cmp(&costs[*b]));
        let least = least.expect("there is a cut to take out");
        cuts.remove(least + 1);
        costs.remove(least);
        for at in [least, least + 1] {
            if 0 < at && at + 1 < cuts.len() {
                costs[at - 1] = cost(&cuts, at);
            }
        }
    }
    let inner = cuts[1..cuts.len() - 1].iter().map(|cut| {
        let (low, high) = samples.gap(cut.n_before);
        f64::midpoint(low, high)
    });
    samples.with_ends(inner)
}

/// Knots between which the pieces' squared errors would be alike, if each grew with the fifth power of its width, as where the
/// curvature is constant; and what their sum would be.
pub(crate) fn equidistributed(fit: &Fit) -> (Vec<f64>, f64) {
    let mass: Vec<f64> = fit
        .squares
        .iter()
        .map(|squares| squares.powf(0.2))
        .collect();
    let promised = mass.iter().sum::<f64>().powi(5) / (fit.n_pieces() as f64).powi(4);
    (spread(&fit.knots, &mass, fit.n_pieces()), promised)
}

/// Knots with the same share of a mass between them, which is given for each cell between these edges.
pub(crate) fn spread(edges: &[f64], mass: &[f64], n_pieces: usize) -> Vec<f64> {
    let total: f64 = mass.iter().sum();
    let mut knots = vec![edges[0]];
    let (mut cell, mut before) = (0, 0.0);
    for piece in 1..n_pieces {
        let wanted = total * piece as f64 / n_pieces as f64;
        while cell + 1 < mass.len() && before + mass[cell] < wanted {
            before += mass[cell];
            cell += 1;
        }
        let share = ((wanted - before) / mass[cell]).clamp(0.0, 1.0);
        knots.push(edges[cell] + share * (edges[cell + 1] - edges[cell]));
    }
    knots.push(edges[edges.len() - 1]);
    knots
}
