//! The kinks of a one-input ReLU network among the samples: their order, and the prefix moments at each.
//!
//! From one step of gradient descent to the next, kinks pass few samples or none. So each keeps the two inputs it lies
//! between; only where these are no longer on different sides is it placed anew, and only then can the order change.

use pulp::Simd;

use crate::{Moments, ReluWeights, moments::BLOCK};

/// The kinks of `h` units among the samples of some [`Moments`].
#[derive(Debug)]
pub(crate) struct Kinks {
    /// The units, by their kinks from left to right: `[h]`.
    pub(crate) order: Vec<u32>,
    /// Of each unit, its kink's place in that order: `[h]`.
    slot: Vec<u32>,
    /// Of each unit, the block of samples its kink is in, and the inputs next to it: `[h]`.
    pub(crate) block: Vec<u32>,
    left: Vec<f64>,
    right: Vec<f64>,
    /// Of each unit, the prefix moments at its kink: `[h, 3 + 2 k]`.
    by_unit: Vec<f64>,
    /// The prefix moments W, X, XX, then Y and XY of each output, each at the left end of the data, at the kinks in
    /// order, at the right end and, to fill vector registers, some more times there.
    pub(crate) prefix: Vec<Vec<f64>>,
    /// The units placed anew in this step: `[h]`, some of which count.
    moved: Vec<u32>,
}

impl Kinks {
    /// Nowhere yet; `padded` is the length of the rows of prefix moments.
    pub(crate) fn new<S: Simd>(simd: S, moments: &Moments, n_hidden: usize, padded: usize) -> Self {
        let h = n_hidden;
        let n_prefix = 3 + 2 * moments.n_outputs();
        let mut kinks = Self {
            order: (0..h as u32).collect(),
            slot: (0..h as u32).collect(),
            block: vec![0; h],
            left: vec![f64::NAN; h],
            right: vec![f64::NAN; h],
            by_unit: vec![0.0; h.max(1) * n_prefix],
            prefix: vec![vec![0.0; padded]; n_prefix],
            moved: vec![0; h],
        };
        // Every sample is left of the kink of a unit that is never active.
        let mut end = vec![0.0; n_prefix];
        sum(simd, moments, moments.n_blocks() - 1, [0.0, 0.0], &mut end);
        for (row, end) in kinks.prefix.iter_mut().zip(end) {
            row[h + 1..].fill(end);
        }
        kinks
    }

    /// Follows the kinks to where they are for these weights.
    #[inline(always)]
    pub(crate) fn follow<S: Simd>(&mut self, simd: S, moments: &Moments, weights: &ReluWeights) {
        let h = self.order.len();
        let (w, b) = (&weights.w1[..h], &weights.b1[..h]);
        let (left, right) = (&self.left[..h], &self.right[..h]);
        let mut n_moved = 0;
        for unit in 0..h {
            self.moved[n_moved] = unit as u32;
            let (w, b) = (w[unit], b[unit]);
            n_moved += usize::from(is_active(w, b, left[unit]) == is_active(w, b, right[unit]));
        }
        if n_moved == 0 {
            return;
        }
        for at in 0..n_moved {
            let unit = self.moved[at] as usize;
            self.place(simd, moments, unit, [w[unit], b[unit]]);
        }
        self.sort();
        for at in 0..n_moved {
            self.copy(self.slot[self.moved[at] as usize] as usize);
        }
    }

    /// Copies the prefix moments of the unit whose kink is at `slot` there.
    #[inline(always)]
    fn copy(&mut self, slot: usize) {
        let unit = self.order[slot] as usize;
        self.slot[unit] = slot as u32;
        let n_prefix = self.prefix.len();
        let sums = &self.by_unit[unit * n_prefix..][..n_prefix];
        for (row, sum) in self.prefix.iter_mut().zip(sums) {
            row[slot + 1] = *sum;
        }
    }

    /// Places one unit's kink.
    #[inline(always)]
    fn place<S: Simd>(&mut self, simd: S, moments: &Moments, unit: usize, [w, b]: [f64; 2]) {
        let at = search(simd, &moments.starts, self.block[unit] as usize, w, b);
        self.block[unit] = at as u32;
        let n_prefix = self.prefix.len();
        let sums = &mut self.by_unit[unit * n_prefix..][..n_prefix];
        let n_before = sum(simd, moments, at, [w, b], sums);
        let x = moments.block(at).x_around;
        (self.left[unit], self.right[unit]) = (x[n_before], x[n_before + 1]);
    }

    /// Sorts the units, which are nearly sorted, by the weight to the left of their kinks; where that is the same, by
    /// their numbers, so that the order does not depend on how it came about.
    #[inline(always)]
    fn sort(&mut self) {
        let n_prefix = self.prefix.len();
        let mut budget = 16 * self.order.len();
        let mut last = (f64::NEG_INFINITY, 0);
        for i in 0..self.order.len() {
            let rank = |unit: u32| (self.by_unit[unit as usize * n_prefix], unit);
            let this = rank(self.order[i]);
            if this >= last {
                last = this;
                continue;
            }
            let mut slot = i;
            while slot > 0 && rank(self.order[slot - 1]) > this {
                self.order[slot] = self.order[slot - 1];
                slot -= 1;
            }
            self.order[slot] = this.1;
            if i - slot > budget {
                let by_rank = |a: &u32, b: &u32| rank(*a).0.total_cmp(&rank(*b).0).then(a.cmp(b));
                self.order.sort_unstable_by(by_rank);
                return (0..self.order.len()).for_each(|slot| self.copy(slot));
            }
            budget -= i - slot;
            (slot..=i).for_each(|slot| self.copy(slot));
        }
    }
}

/// The prefix moments of the samples left of a unit's kink, which lies in this block; returns how many inputs of the
/// block are left of it.
#[inline(always)]
fn sum<S: Simd>(simd: S, moments: &Moments, block: usize, [w, b]: [f64; 2], sums: &mut [f64]) -> usize {
    let block = moments.block(block);
    // A unit is active to the left of its kink where w < 0, to the right elsewhere.
    let if_active = f64::from(u8::from(w < 0.0));
    let [if_active, if_not] = [if_active, 1.0 - if_active].map(|value| simd.splat_f64s(value));
    let [w, b, origin, zero] = [w, b, moments.x_origin, 0.0].map(|value| simd.splat_f64s(value));
    let share = |x: S::f64s| {
        let is_active = simd.greater_than_f64s(simd.add_f64s(simd.mul_f64s(w, x), b), zero);
        simd.select_f64s(is_active, if_active, if_not)
    };
    let (xs, _) = S::as_simd_f64s(block.x);
    let (weights, _) = S::as_simd_f64s(block.weight);
    let mut n_before = zero;
    let mut parts = [zero; 3];
    for (&x, &weight) in xs.iter().zip(weights) {
        let share = share(x);
        let (x, weight) = (simd.sub_f64s(x, origin), simd.mul_f64s(weight, share));
        let wx = simd.mul_f64s(weight, x);
        n_before = simd.add_f64s(n_before, share);
        parts[0] = simd.add_f64s(parts[0], weight);
        parts[1] = simd.add_f64s(parts[1], wx);
        parts[2] = simd.add_f64s(parts[2], simd.mul_f64s(wx, x));
    }
    for (moment, part) in parts.into_iter().enumerate() {
        sums[moment] = block.whole[moment] + (block.rest[moment] + simd.reduce_sum_f64s(part));
    }
    for (o, y) in block.y.iter().enumerate() {
        let (ys, _) = S::as_simd_f64s(y);
        let mut parts = [zero; 2];
        for ((&x, &weight), &y) in xs.iter().zip(weights).zip(ys) {
            let wy = simd.mul_f64s(simd.mul_f64s(weight, share(x)), y);
            parts[0] = simd.add_f64s(parts[0], wy);
            parts[1] = simd.add_f64s(parts[1], simd.mul_f64s(wy, simd.sub_f64s(x, origin)));
        }
        for (moment, part) in parts.into_iter().enumerate() {
            let from = 3 + 3 * o + moment;
            sums[3 + 2 * o + moment] = block.whole[from] + (block.rest[from] + simd.reduce_sum_f64s(part));
        }
    }
    (simd.reduce_sum_f64s(n_before) as usize).min(BLOCK)
}

/// Whether the unit's output is above 0 at x, as backprop rounds it.
#[inline(always)]
pub(crate) fn is_active(w: f64, b: f64, x: f64) -> bool {
    w * x + b > 0.0
}

/// Blocks that are looked at together.
const WINDOW: usize = 16;

/// The block that the unit's kink is in, by the blocks' `starts`, which lie between two infinities: the last whose start
/// is before the kink. Near the last place found, `block`, without a branch.
#[inline(always)]
fn search<S: Simd>(simd: S, starts: &[f64], block: usize, w: f64, b: f64) -> usize {
    let from = (block + 1).saturating_sub(WINDOW / 2).min(starts.len().saturating_sub(WINDOW));
    let Some(window) = starts[from..].first_chunk::<WINDOW>() else {
        return search_all(starts, block, w, b);
    };
    let if_active = f64::from(u8::from(w < 0.0));
    let [if_active, if_not] = [if_active, 1.0 - if_active].map(|value| simd.splat_f64s(value));
    let [w_all, b_all, zero] = [w, b, 0.0].map(|value| simd.splat_f64s(value));
    let mut n_before = zero;
    for &start in S::as_simd_f64s(window).0 {
        let is_active = simd.greater_than_f64s(simd.add_f64s(simd.mul_f64s(w_all, start), b_all), zero);
        n_before = simd.add_f64s(n_before, simd.select_f64s(is_active, if_active, if_not));
    }
    let n_before = simd.reduce_sum_f64s(n_before) as usize;
    if n_before == 0 || n_before == WINDOW {
        return search_all(starts, block, w, b);
    }
    from + n_before - 1
}

/// As [`search`], in steps that double.
#[inline(never)]
fn search_all(starts: &[f64], block: usize, w: f64, b: f64) -> usize {
    let end = starts.len() - 1;
    if w == 0.0 {
        return if b > 0.0 { 0 } else { end - 1 };
    }
    let is_before = |i: usize| is_active(w, b, starts[i]) == (w < 0.0);
    let (mut before, mut after);
    let mut step = 1;
    if is_before(block + 1) {
        before = block + 1;
        loop {
            after = (before + step).min(end);
            if after == end || !is_before(after) {
                break;
            }
            before = after;
            step *= 2;
        }
    } else {
        after = block + 1;
        loop {
            before = after.saturating_sub(step);
            if before == 0 || is_before(before) {
                break;
            }
            after = before;
            step *= 2;
        }
    }
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if is_before(middle) {
            before = middle;
        } else {
            after = middle;
        }
    }
    before.min(end - 1)
}
