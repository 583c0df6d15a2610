//! The kinks of a one-input ReLU network among the samples: their order, and the prefix moments at each.
//!
//! From one step of gradient descent to the next, kinks pass few samples or none. So each keeps the two inputs it lies
//! between; only where these are no longer on different sides is it placed anew, and only then can the order change.

use pulp::Simd;

use super::moments::{BLOCK, Moments};
use crate::parameters::relu_weights::ReluWeights;

/// A kink: how many distinct inputs are left of it, above its unit's number, so that kinks compare from left to right, and
/// those of one place always in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kink(u64);

impl Kink {
    #[inline(always)]
    fn new(place: usize, unit: usize) -> Self {
        Self((place as u64) << 32 | unit as u64)
    }

    /// The unit's number.
    #[inline(always)]
    pub(crate) fn unit(self) -> usize {
        self.0 as u32 as usize
    }
}

/// The kinks of `h` units among the samples of some [`Moments`].
#[derive(Debug)]
pub(crate) struct Kinks {
    /// The kinks from left to right: `[h]`.
    pub(crate) order: Vec<Kink>,
    /// Of each unit, its kink's place in that order: `[h]`.
    slot: Vec<u32>,
    /// Of each unit, the block of samples its kink is in, and the inputs next to it: `[h]`.
    pub(crate) block: Vec<u32>,
    left: Vec<f64>,
    right: Vec<f64>,
    /// The prefix moments W, X, XX, then Y and XY of each output, each at the left end of the data, at the kinks in
    /// order, at the right end and, to fill vector registers, some more times there: `[3 + 2 k, padded]`.
    pub(crate) prefix: Vec<f64>,
    pub(crate) padded: usize,
    /// The units placed anew in this step: `[h]`, some of which count.
    moved: Vec<u32>,
}

impl Kinks {
    /// Before any kink is placed; `padded` is the length of the rows of prefix moments.
    pub(crate) fn new<S: Simd>(simd: S, moments: &Moments, n_hidden: usize, padded: usize) -> Self {
        let h = n_hidden;
        let k = moments.n_outputs();
        let n_prefix = 3 + 2 * k;
        let mut kinks = Self {
            order: (0..h).map(|unit| Kink::new(0, unit)).collect(),
            slot: (0..h as u32).collect(),
            block: vec![0; h],
            left: vec![f64::NAN; h],
            right: vec![f64::NAN; h],
            prefix: vec![0.0; n_prefix * padded],
            padded,
            moved: vec![0; h],
        };
        // Every sample is left of the kink of a unit that is never active.
        for slot in h + 1..padded {
            let column = &mut kinks.prefix[slot..];
            sum(
                simd,
                moments,
                k,
                moments.n_blocks() - 1,
                [0.0, 0.0],
                column,
                padded,
            );
        }
        kinks
    }

    /// Follows the kinks to where they are for these weights.
    #[inline(always)]
    pub(crate) fn follow<S: Simd>(
        &mut self,
        simd: S,
        moments: &Moments,
        k: usize,
        weights: &ReluWeights,
    ) {
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
        // One pass after the other: the processor overlaps what one unit waits for with the next units' work.
        for &unit in &self.moved[..n_moved] {
            let (unit, block) = (unit as usize, &mut self.block[unit as usize]);
            *block = search(simd, &moments.starts, *block as usize, w[unit], b[unit]) as u32;
        }
        for at in 0..n_moved {
            let unit = self.moved[at] as usize;
            self.place(
                simd,
                moments,
                k,
                unit,
                self.slot[unit] as usize,
                [w[unit], b[unit]],
            );
        }
        if !self.sort(k) {
            self.order.sort_unstable();
            for slot in 0..h {
                let unit = self.order[slot].unit();
                self.slot[unit] = slot as u32;
                self.place(simd, moments, k, unit, slot, [w[unit], b[unit]]);
            }
        }
    }

    /// Places one unit's kink, whose block is known, at `slot` of the order.
    #[inline(always)]
    fn place<S: Simd>(
        &mut self,
        simd: S,
        moments: &Moments,
        k: usize,
        unit: usize,
        slot: usize,
        wb: [f64; 2],
    ) {
        let block = self.block[unit] as usize;
        let column = &mut self.prefix[slot + 1..];
        let n_before = sum(simd, moments, k, block, wb, column, self.padded);
        let (x, starts) = (moments.block(block, k).x, &moments.starts[block..]);
        self.left[unit] = if n_before == 0 {
            starts[0]
        } else {
            x[n_before - 1]
        };
        self.right[unit] = if n_before == BLOCK {
            starts[1]
        } else {
            x[n_before]
        };
        self.order[slot] = Kink::new(block * BLOCK + n_before, unit);
    }

    /// Sorts the kinks and the prefix moments at them, if they are nearly sorted; gives up where they are not.
    #[inline(always)]
    fn sort(&mut self, k: usize) -> bool {
        let mut budget = 16 * self.order.len();
        let mut last = Kink(0);
        for i in 0..self.order.len() {
            let this = self.order[i];
            if this >= last {
                last = this;
                continue;
            }
            let mut from = i - 1;
            while from > 0 && self.order[from - 1] > this {
                from -= 1;
            }
            if i - from > budget {
                return false;
            }
            budget -= i - from;
            // Mostly by one place: swaps are faster than a call that moves memory.
            for slot in (from..i).rev() {
                self.order.swap(slot, slot + 1);
                self.slot[self.order[slot + 1].unit()] = slot as u32 + 1;
                for row in self.prefix.chunks_exact_mut(self.padded).take(3 + 2 * k) {
                    row.swap(slot + 1, slot + 2);
                }
            }
            self.slot[this.unit()] = from as u32;
        }
        true
    }
}

/// The prefix moments of the samples left of a unit's kink, which lies in this block, each `stride` after the other;
/// returns how many inputs of the block are left of it.
#[inline(always)]
fn sum<S: Simd>(
    simd: S,
    moments: &Moments,
    k: usize,
    block: usize,
    [w, b]: [f64; 2],
    sums: &mut [f64],
    stride: usize,
) -> usize {
    let block = moments.block(block, k);
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
        sums[moment * stride] =
            block.whole[moment] + (block.rest[moment] + simd.reduce_sum_f64s(part));
    }
    for (o, y) in block.y[..k].iter().enumerate() {
        let (ys, _) = S::as_simd_f64s(y);
        let mut parts = [zero; 2];
        for ((&x, &weight), &y) in xs.iter().zip(weights).zip(ys) {
            let wy = simd.mul_f64s(simd.mul_f64s(weight, share(x)), y);
            parts[0] = simd.add_f64s(parts[0], wy);
            parts[1] = simd.add_f64s(parts[1], simd.mul_f64s(wy, simd.sub_f64s(x, origin)));
        }
        for (moment, part) in parts.into_iter().enumerate() {
            let from = 3 + 3 * o + moment;
            sums[(3 + 2 * o + moment) * stride] =
                block.whole[from] + (block.rest[from] + simd.reduce_sum_f64s(part));
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

/// The block that the unit's kink is in, by the blocks' `starts`: the last whose start
/// is before the kink. Near the last place found, `block`, without a branch.
#[inline(always)]
fn search<S: Simd>(simd: S, starts: &[f64], block: usize, w: f64, b: f64) -> usize {
    let from = (block + 1)
        .saturating_sub(WINDOW / 2)
        .min(starts.len().saturating_sub(WINDOW));
    let Some(window) = starts[from..].first_chunk::<WINDOW>() else {
        return search_all(starts, block, w, b);
    };
    let if_active = f64::from(u8::from(w < 0.0));
    let [if_active, if_not] = [if_active, 1.0 - if_active].map(|value| simd.splat_f64s(value));
    let [w_all, b_all, zero] = [w, b, 0.0].map(|value| simd.splat_f64s(value));
    let mut n_before = zero;
    for &start in S::as_simd_f64s(window).0 {
        let is_active =
            simd.greater_than_f64s(simd.add_f64s(simd.mul_f64s(w_all, start), b_all), zero);
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
