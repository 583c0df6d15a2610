//! Gauss-Newton on knots and values together.
//!
//! To first order, moving a knot adds a jump there: so the best step leads to the best line of each piece on its own, and a
//! knot to where its neighbours' lines cross. Each knot may move by a share of the piece it moves into; a share shrinks
//! where a move made things worse nearby, and the other knots go on.

use crate::{acceleration::Memory, fit::Fit, stretch::Samples};

/// The largest share of a piece that a knot moves by: two that move towards each other do not meet.
const LARGEST_SHARE: f64 = 0.45;

/// When a descent ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Until {
    pub(crate) iterations: usize,
    /// The share of the squared error that three iterations must win.
    pub(crate) gain: f64,
}

/// Moves the knots until the squared error falls no further; knots that coincide stay. Time `O(m log n)` an iteration.
pub(crate) fn descend(samples: &Samples, fit: &mut Fit, until: Until) {
    let mut share = vec![LARGEST_SHARE; fit.knots.len()];
    let mut before = [f64::INFINITY; 3];
    let mut memory = Memory::default();
    for iteration in 0..until.iterations {
        let oldest = &mut before[iteration % 3];
        if fit.total == f64::INFINITY
            || fit.total <= samples.negligible()
            || *oldest - fit.total < until.gain * *oldest
        {
            return;
        }
        *oldest = fit.total;
        let moves = moves(fit, &share);
        if !leap(samples, fit, &mut memory, &moves) && !step(samples, fit, &mut share, moves) {
            return;
        }
    }
}

/// An accelerated step; returns whether it helped.
fn leap(samples: &Samples, fit: &mut Fit, memory: &mut Memory, moves: &[f64]) -> bool {
    let (m, knots) = (fit.n_pieces(), &fit.knots);
    let mut weight = vec![0.0; m + 1];
    for knot in 1..m {
        weight[knot] = (knots[knot + 1] - knots[knot - 1]).powi(-2);
    }
    let Some(moves) = memory.accelerate(knots, moves, &weight) else {
        return false;
    };
    let mut leapt = knots.clone();
    for knot in 1..m {
        leapt[knot] += within(fit, knot, moves[knot], LARGEST_SHARE);
    }
    let trial = fit.at(samples, leapt);
    let helps = trial.total < fit.total;
    if helps {
        *fit = trial;
    } else {
        memory.clear();
    }
    helps
}

/// One iteration: all knots move; if that does not help, only those near which it did, then these by less and less. Returns
/// whether anything helped.
fn step(samples: &Samples, fit: &mut Fit, share: &mut [f64], mut moves: Vec<f64>) -> bool {
    for attempt in 0..8 {
        if moves.iter().all(|step| *step == 0.0) {
            return false;
        }
        let knots = fit.knots.iter().zip(&moves).map(|(knot, step)| knot + step);
        let trial = fit.at(samples, knots.collect());
        let helps = trial.total < fit.total;
        for knot in 1..fit.n_pieces() {
            if moves[knot] == 0.0 {
                continue;
            }
            let near = |fit: &Fit| fit.squares[knot - 1] + fit.squares[knot];
            let is_better = near(&trial) < near(fit);
            share[knot] *= match (helps, is_better) {
                (true, true) => 2.0,
                (true, false) => 0.5,
                (false, true) => 1.0,
                (false, false) => 0.3,
            };
            share[knot] = share[knot].min(LARGEST_SHARE);
            if attempt == 0 && !is_better {
                moves[knot] = 0.0;
            } else if attempt > 0 {
                moves[knot] *= 0.3;
            }
        }
        if helps {
            *fit = trial;
            return true;
        }
    }
    false
}

/// Each knot's way to where its neighbours' lines cross, no longer than its share of the piece it moves into.
fn moves(fit: &Fit, share: &[f64]) -> Vec<f64> {
    let mut moves = vec![0.0; fit.knots.len()];
    let slopes = fit.line_slopes();
    for knot in 1..fit.n_pieces() {
        let (left, right) = (&fit.stretches[knot - 1], &fit.stretches[knot]);
        if left.n_distinct < 2 || right.n_distinct < 2 {
            continue;
        }
        let at = fit.knots[knot];
        let (slope, next) = (slopes[knot - 1], slopes[knot]);
        let gap = (left.y + slope * (at - left.x)) - (right.y + next * (at - right.x));
        let step = gap / (next - slope);
        moves[knot] = within(fit, knot, step, share[knot]);
    }
    moves
}

/// A knot's step, no longer than this share of the piece it goes into.
fn within(fit: &Fit, knot: usize, step: f64, share: f64) -> f64 {
    let at = fit.knots[knot];
    let [left, right] = [at - fit.knots[knot - 1], fit.knots[knot + 1] - at];
    if step.is_finite() {
        step.clamp(-share * left, share * right)
    } else {
        0.0
    }
}
