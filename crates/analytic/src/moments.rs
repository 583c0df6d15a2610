//! Sorted samples and their prefix moments: all that a piecewise linear function's squared error depends on.
//!
//! On a stretch of samples where a function is `s x + c`, its residuals `r = s x + c - y` have the sums
//!
//! ```text
//! sum r     = s X + c W - Y
//! sum r x   = s XX + c X - XY
//! sum r^2   = s (s XX + 2 c X - 2 XY) + c (c W - 2 Y) + YY
//! ```
//!
//! with the moments W = sum of the weights, X = sum x, XX = sum x^2, and so on: differences of prefix sums at the
//! stretch's two ends. Samples lie in blocks of [`BLOCK`], next to the prefix sums at the block's start in
//! double-double; those between are made from both when asked for.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::double::Double;

/// Distinct inputs in a block: one or two vector registers of them.
pub(crate) const BLOCK: usize = 8;

/// Below this many samples, threads cost more than they give.
const PARALLEL: usize = 1 << 15;

/// `n` samples of one input, sorted, equal inputs merged, with their prefix moments.
///
/// For every distinct input and `k` outputs it keeps `3 + 2 k` f64, 4.6 for one output. Building it takes `O(n log n)`
/// time and, for a while, 2 f64 a sample more.
///
/// ```
/// use shallow_analytic::Moments;
/// let moments = Moments::new(&[2.0, 1.0, 2.0], &[5.0, 0.0, 7.0]);
/// assert_eq!(moments.n_distinct(), 2);
/// assert_eq!(moments.total_weight(), 3.0);
/// ```
#[derive(Debug, Clone)]
pub struct Moments {
    /// Every block's first input, with -infinity for the first block's and an infinity after the last.
    pub(crate) starts: Vec<f64>,
    /// Block by block: the distinct inputs, with the one before and the one after; their weights; their mean outputs less
    /// `y_origin`, output by output; and the prefix moments at the block's start: rounded, and what rounding left off.
    /// The last block is filled up with its last input, with weight 0.
    blocks: Vec<f64>,
    /// What inputs are reckoned from in the moments; subtracting it is exact.
    pub(crate) x_origin: f64,
    /// What outputs are reckoned from: `[k]`.
    pub(crate) y_origin: Vec<f64>,
    /// The prefix moments at the end.
    pub(crate) total: Vec<Double>,
    /// The squared distances of the outputs from the mean output at their input: no function of x can fit these.
    pub(crate) scatter: f64,
    n_distinct: usize,
}

/// One block of [`Moments`].
pub(crate) struct Block<'a> {
    /// The inputs, with the one before and the one after.
    pub(crate) x_around: &'a [f64; BLOCK + 2],
    pub(crate) x: &'a [f64; BLOCK],
    pub(crate) weight: &'a [f64; BLOCK],
    /// `[k]` outputs of each input.
    pub(crate) y: &'a [[f64; BLOCK]],
    /// W, X, XX, then Y, XY and YY of each output, over all blocks before this.
    pub(crate) whole: &'a [f64],
    pub(crate) rest: &'a [f64],
}

impl Moments {
    /// The moments of samples `x [n]`, `y [n, k]`, each of weight 1.
    ///
    /// # Panics
    ///
    /// Without samples, when the lengths do not fit, or at a NaN or infinity.
    pub fn new(x: &[f64], y: &[f64]) -> Self {
        Self::of(x, y, |_| 1.0)
    }

    /// The moments of samples that count `weight [n]` times each, which need not be whole; those of weight 0 are left
    /// out.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new), and at a weight that is negative or not finite, or when all are 0.
    pub fn weighted(x: &[f64], y: &[f64], weight: &[f64]) -> Self {
        assert_eq!(x.len(), weight.len(), "one weight for each sample");
        if let Some(bad) = weight.iter().find(|w| !(**w >= 0.0 && w.is_finite())) {
            panic!("a weight must be a number from 0 on, got {bad}");
        }
        Self::of(x, y, |sample| weight[sample])
    }

    fn of(x: &[f64], y: &[f64], weight: impl Fn(usize) -> f64) -> Self {
        assert!(!x.is_empty(), "no samples");
        assert_eq!(y.len() % x.len(), 0, "{} outputs for {} samples", y.len(), x.len());
        assert!(x.len() <= u32::MAX as usize, "more than 2^32 samples");
        assert!(x.iter().chain(y).all(|value| value.is_finite()), "samples must be finite");
        let k = y.len() / x.len();
        let sorted = sort(x);
        let mut merged = Merged::with_capacity(sorted.len(), k);
        let mut rest = sorted.as_slice();
        while let Some(&(at, first)) = rest.first() {
            let same = 1 + rest[1..].iter().take_while(|(x, _)| *x == at).count();
            if same == 1 {
                let row = &y[first as usize * k..][..k];
                merged.push(at, weight(first as usize), row);
            } else {
                let group = rest[..same].iter().map(|(_, sample)| *sample as usize);
                merged.push_mean(at, group.map(|sample| (weight(sample), &y[sample * k..][..k])));
            }
            rest = &rest[same..];
        }
        drop(sorted);
        merged.finish()
    }

    /// Number of distinct inputs.
    pub fn n_distinct(&self) -> usize {
        self.n_distinct
    }

    /// Number of outputs, `k`.
    pub fn n_outputs(&self) -> usize {
        self.y_origin.len()
    }

    /// The sum of the weights: the number of samples where each counts once.
    pub fn total_weight(&self) -> f64 {
        self.total[0].hi
    }

    pub(crate) fn n_blocks(&self) -> usize {
        self.starts.len() - 1
    }

    #[inline(always)]
    pub(crate) fn block(&self, block: usize) -> Block<'_> {
        let k = self.n_outputs();
        let block = &self.blocks[block * stride(k)..][..stride(k)];
        let (x_around, rest) = block.split_at(BLOCK + 2);
        let (columns, prefix) = rest.split_at((1 + k) * BLOCK);
        let (columns, _) = columns.as_chunks::<BLOCK>();
        let (whole, rest) = prefix.split_at(n_moments(k));
        let x_around = x_around.first_chunk().expect("a block has its inputs");
        Block {
            x_around,
            x: x_around[1..].first_chunk().expect("a block has its inputs"),
            weight: &columns[0],
            y: &columns[1..],
            whole,
            rest,
        }
    }
}

/// Sums in a prefix.
const fn n_moments(k: usize) -> usize {
    3 + 3 * k
}

/// f64 of a block before its prefix moments.
const fn samples(k: usize) -> usize {
    BLOCK + 2 + (1 + k) * BLOCK
}

/// f64 in a block.
const fn stride(k: usize) -> usize {
    samples(k) + 2 * n_moments(k)
}

/// `(x, sample)` in increasing x. The order of equal inputs depends on nothing but the input.
fn sort(x: &[f64]) -> Vec<(f64, u32)> {
    let mut pairs: Vec<(f64, u32)> = x.iter().copied().zip(0..).collect();
    let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0);
    if pairs.len() < PARALLEL {
        pairs.sort_unstable_by(order);
    } else {
        pairs.par_sort_unstable_by(order);
    }
    pairs
}

/// Distinct inputs in increasing order, while they are being put together.
pub(crate) struct Merged {
    x: Vec<f64>,
    weight: Vec<f64>,
    y: Vec<f64>,
    n_outputs: usize,
    scatter: f64,
}

impl Merged {
    pub(crate) fn with_capacity(m: usize, n_outputs: usize) -> Self {
        Self {
            x: Vec::with_capacity(m),
            weight: Vec::with_capacity(m),
            y: Vec::with_capacity(m * n_outputs),
            n_outputs,
            scatter: 0.0,
        }
    }

    /// Adds samples of one input with their common output.
    pub(crate) fn push(&mut self, x: f64, weight: f64, y: &[f64]) {
        if weight > 0.0 {
            self.x.push(x);
            self.weight.push(weight);
            self.y.extend_from_slice(y);
        }
    }

    /// Adds samples of one input by their mean output.
    fn push_mean<'a>(&mut self, x: f64, samples: impl Iterator<Item = (f64, &'a [f64])> + Clone) {
        let weight: f64 = samples.clone().map(|(weight, _)| weight).sum();
        let start = self.y.len();
        self.push(x, weight, &vec![0.0; self.n_outputs]);
        for (o, mean) in self.y[start..].iter_mut().enumerate() {
            let sum: f64 = samples.clone().map(|(weight, y)| weight * y[o]).sum();
            *mean = sum / weight;
            let squares = samples.clone().map(|(weight, y)| weight * (y[o] - *mean).powi(2));
            self.scatter += squares.sum::<f64>();
        }
    }

    pub(crate) fn add_scatter(&mut self, scatter: f64) {
        self.scatter += scatter;
    }

    pub(crate) fn finish(self) -> Moments {
        let Self { x, weight, y, n_outputs: k, scatter } = self;
        assert!(!weight.is_empty(), "every sample has weight 0");
        let x_origin = origin(x.iter().copied());
        let y_origin: Vec<f64> = (0..k).map(|o| origin(y[o..].iter().copied().step_by(k))).collect();
        let starts = x.iter().copied().step_by(BLOCK).skip(1);
        let starts = [f64::NEG_INFINITY].into_iter().chain(starts).chain([f64::INFINITY]).collect();

        let mut blocks = vec![0.0; x.len().div_ceil(BLOCK) * stride(k)];
        let n_threads = if x.len() < PARALLEL { 1 } else { rayon::current_num_threads() };
        let task = x.len().div_ceil(BLOCK).div_ceil(n_threads);
        let merged = Self { x, weight, y, n_outputs: k, scatter };
        let fill = |(at, blocks): (usize, &mut [f64])| {
            let first = at * task;
            Arch::new().dispatch(Fill { merged: &merged, first, blocks, x_origin, y_origin: &y_origin });
        };
        if n_threads == 1 {
            fill((0, &mut blocks));
        } else {
            blocks.par_chunks_mut(task * stride(k)).enumerate().for_each(fill);
        }
        let total = scan(&mut blocks, k);
        Moments {
            starts,
            blocks,
            x_origin,
            y_origin,
            total,
            scatter,
            n_distinct: merged.x.len(),
        }
    }
}

/// The middle of the values' range if they all lie far from zero, else zero: so that subtracting it is exact, and small
/// numbers are left to sum. (Sterbenz: `a - b` is exact when each is at most twice the other.)
fn origin(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    let middle = 0.5 * low + 0.5 * high;
    if middle.abs() >= high - low { middle } else { 0.0 }
}

/// Turns every block's own moments into those of all blocks before it; returns those of all.
fn scan(blocks: &mut [f64], k: usize) -> Vec<Double> {
    let mut sums = vec![Double::default(); n_moments(k)];
    for block in blocks.chunks_exact_mut(stride(k)) {
        let (hi, lo) = block[samples(k)..].split_at_mut(n_moments(k));
        for ((hi, lo), sum) in hi.iter_mut().zip(lo).zip(&mut sums) {
            let before = *sum;
            *sum = before.plus(Double { hi: *hi, lo: *lo });
            (*hi, *lo) = (before.hi, before.lo);
        }
    }
    sums
}

/// Lays samples out in blocks, with each block's own moments where its prefix will be.
struct Fill<'a> {
    merged: &'a Merged,
    first: usize,
    blocks: &'a mut [f64],
    x_origin: f64,
    y_origin: &'a [f64],
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Merged { x, weight, y, n_outputs: k, .. } = self.merged;
        for (i, block) in self.blocks.chunks_exact_mut(stride(*k)).enumerate() {
            let start = (self.first + i) * BLOCK;
            let cells = start..x.len().min(start + BLOCK);
            let (block, prefix) = block.split_at_mut(samples(*k));
            let (hi, lo) = prefix.split_at_mut(n_moments(*k));
            let (x_around, columns) = block.split_at_mut(BLOCK + 2);
            let mut put = |moment: usize, sum: Double| (hi[moment], lo[moment]) = (sum.hi, sum.lo);

            x_around.fill(x[cells.end - 1]);
            x_around[0] = if start == 0 { f64::NEG_INFINITY } else { x[start - 1] };
            x_around[1..][..cells.len()].copy_from_slice(&x[cells.clone()]);
            x_around[BLOCK + 1] = x.get(cells.end).copied().unwrap_or(f64::INFINITY);
            columns[..cells.len()].copy_from_slice(&weight[cells.clone()]);
            let mut sums = [Double::default(); 3];
            for cell in cells.clone() {
                let x = x[cell] - self.x_origin;
                let wx = Double::product(weight[cell], x);
                sums[0] = sums[0].plus(Double { hi: weight[cell], lo: 0.0 });
                sums[1] = sums[1].plus(wx);
                sums[2] = sums[2].plus(wx.times(x));
            }
            (0..3).for_each(|moment| put(moment, sums[moment]));

            for (o, column) in columns.chunks_exact_mut(BLOCK).skip(1).enumerate() {
                let mut sums = [Double::default(); 3];
                for (to, cell) in column.iter_mut().zip(cells.clone()) {
                    let x = x[cell] - self.x_origin;
                    let y = y[cell * k + o] - self.y_origin[o];
                    *to = y;
                    let wy = Double::product(weight[cell], y);
                    sums[0] = sums[0].plus(wy);
                    sums[1] = sums[1].plus(wy.times(x));
                    sums[2] = sums[2].plus(wy.times(y));
                }
                (0..3).for_each(|moment| put(3 + 3 * o + moment, sums[moment]));
            }
        }
    }
}
