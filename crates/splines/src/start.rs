//! Where a search for the best knots begins.

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::{
    fit::Fit,
    stretch::{Cut, Samples, Stretch},
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

/// The best lines on stretches between cuts, each line on its own (Bellman's dynamic programme), for every number of lines
/// from half of the pieces on; where these are fewer, two knots meet at those jumps that are the worst to bridge. Time
/// `O(c^2 m)` with c cuts.
pub(crate) fn programmed(samples: &Samples, cuts: &[Cut], n_pieces: usize) -> Vec<Vec<f64>> {
    let n = cuts.len() - 1;
    let squares: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let ends = cuts[i + 1..].iter();
            ends.map(|end| samples.between(&cuts[i], end).squares)
                .collect()
        })
        .collect();
    // The least squared error of the first j cells for each number of lines, and where the last line begins.
    let mut least: Vec<f64> = [f64::INFINITY]
        .into_iter()
        .chain(squares[0].iter().copied())
        .collect();
    let mut begins = vec![vec![0; n + 1]];
    for _ in 1..n_pieces {
        let mut next = vec![f64::INFINITY; n + 1];
        let mut begin = vec![0; n + 1];
        for i in 1..n {
            for (j, squares) in (i + 1..).zip(&squares[i]) {
                let sum = least[i] + squares;
                if sum < next[j] {
                    (next[j], begin[j]) = (sum, i);
                }
            }
        }
        least = next;
        begins.push(begin);
    }
    (n_pieces.div_ceil(2)..=n_pieces)
        .map(|n_lines| {
            let mut ends = vec![n];
            for begin in begins[..n_lines].iter().rev() {
                ends.push(begin[ends[ends.len() - 1]]);
            }
            ends.reverse();
            let chosen: Vec<Cut> = ends.into_iter().map(|at| cuts[at]).collect();
            with_jumps(samples, &chosen, n_pieces - n_lines)
        })
        .collect()
}

/// Knots in the gaps at the inner cuts, two where joining the lines on either side is hardest.
fn with_jumps(samples: &Samples, cuts: &[Cut], n_jumps: usize) -> Vec<f64> {
    let lines: Vec<Stretch> = cuts
        .windows(2)
        .map(|pair| samples.between(&pair[0], &pair[1]))
        .collect();
    let gap = |knot: usize| samples.gap(cuts[knot].n_before);
    let mismatch = |knot: usize| {
        let (low, high) = gap(knot);
        let [low, high] = [low, high].map(|x| lines[knot].line(x) - lines[knot - 1].line(x));
        if low * high > 0.0 {
            low.abs().min(high.abs())
        } else {
            0.0
        }
    };
    let mut jumps: Vec<usize> = (1..lines.len()).collect();
    jumps.sort_by(|a, b| mismatch(*b).total_cmp(&mismatch(*a)));
    jumps.truncate(n_jumps);
    let inner = (1..lines.len()).flat_map(|knot| {
        let (low, high) = gap(knot);
        let third = (high - low) / 3.0;
        let (first, last) = if jumps.contains(&knot) {
            (low + third, Some(high - third))
        } else {
            (f64::midpoint(low, high), None)
        };
        [first].into_iter().chain(last)
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
