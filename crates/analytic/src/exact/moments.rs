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

use std::cmp::Ordering;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::{cell::Cell, double::Double};

/// Distinct inputs in a block: one or two vector registers of them.
pub const BLOCK: usize = 8;

/// Below this many samples, threads cost more than they give.
const PARALLEL: usize = 1 << 15;

/// `n` samples of one input, sorted, equal inputs merged, with their prefix moments.
///
/// For every distinct input it keeps 1.9 f64 and 1.75 more for each output, and one more where weights differ from 1.
/// Building it takes `O(n log n)` time and, for a while, 2 f64 a sample more.
///
/// ```
/// use shallow_analytic::Moments;
/// let moments = Moments::new(&[2.0, 1.0, 2.0], &[5.0, 0.0, 7.0]);
/// assert_eq!(moments.n_distinct(), 2);
/// assert_eq!(moments.total_weight(), 3.0);
/// ```
#[derive(Debug, Clone)]
pub struct Moments {
    /// Every block's first input, with -infinity for the first block's, and after the last the largest f64: not infinity, for
    /// a unit of w = 0 must be active there if it is active anywhere.
    pub(crate) starts: Vec<f64>,
    /// Block by block: the distinct inputs; their mean outputs less `y_origin`, output by output; and the prefix moments at
    /// the block's start: rounded, and what rounding left off. The last block is filled up with its last input, with
    /// weight 0.
    blocks: Vec<f64>,
    /// The weights, block by block; only of the last block where all are 1.
    weights: Vec<[f64; BLOCK]>,
    /// What inputs are measured from in the moments; subtracting it is exact.
    pub(crate) x_origin: f64,
    /// What outputs are measured from: `[k]`.
    pub(crate) y_origin: Vec<f64>,
    /// The prefix moments at the end.
    pub(crate) total: Vec<Double>,
    /// The squared distances of the outputs from the mean output at their input: no function of x can fit these.
    pub(crate) scatter: f64,
    /// The cells of a stream that stand for samples of more than one input.
    pub(super) wide: Vec<Cell>,
    n_distinct: usize,
}

/// One block of [`Moments`].
pub struct Block<'a> {
    /// The distinct inputs.
    pub x: &'a [f64; BLOCK],
    /// Their weights; 0 beyond the last input.
    pub weight: &'a [f64; BLOCK],
    /// `[k]` outputs of each input.
    pub y: &'a [[f64; BLOCK]],
    /// W, X, XX, then Y, XY and YY of each output, over all blocks before this.
    pub whole: &'a [f64],
    /// What rounding left off of them.
    pub rest: &'a [f64],
}

impl Moments {
    /// The moments of samples `x [n]`, `y [n, k]`, each of weight 1.
    ///
    /// # Panics
    ///
    /// Without samples, when the lengths do not fit, or at a NaN or infinity.
    pub fn new(x: &[f64], y: &[f64]) -> Self {
        Self::of(x, y, None)
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
        Self::of(x, y, Some(weight))
    }

    fn of(x: &[f64], y: &[f64], weight: Option<&[f64]>) -> Self {
        assert!(!x.is_empty(), "no samples");
        assert_eq!(
            y.len() % x.len(),
            0,
            "{} outputs for {} samples",
            y.len(),
            x.len()
        );
        assert!(x.len() <= u32::MAX as usize, "more than 2^32 samples");
        assert!(
            x.iter().chain(y).all(|value| value.is_finite()),
            "samples must be finite"
        );
        let k = y.len() / x.len();
        let mut sorted = sort(x);
        if weight.is_none() && sorted.is_sorted_by(|a, b| x_of(*a) < x_of(*b)) {
            let sample = |at: usize| sorted[at].1 as usize;
            let y = Outputs { k, y, row: sample };
            return Self::assemble(sorted.len(), |at| x_of(sorted[at]), None, y, 0.0);
        }
        let mut merged = Merged::new(k);
        for group in sorted.chunk_by_mut(|a, b| x_of(*a) == x_of(*b)) {
            // So that the order of the samples changes no bit.
            let key = |at: u32| {
                (
                    &y[at as usize * k..][..k],
                    weight.map(|weight| weight[at as usize]),
                )
            };
            group.sort_by(|a, b| {
                let ((a, a_weight), (b, b_weight)) = (key(a.1), key(b.1));
                let outputs = a.iter().zip(b).map(|(a, b)| a.total_cmp(b));
                let outputs = outputs.fold(Ordering::Equal, Ordering::then);
                outputs.then(a_weight.unwrap_or(1.0).total_cmp(&b_weight.unwrap_or(1.0)))
            });
            let samples = group.iter().map(|(_, sample)| *sample as usize);
            let weighted =
                samples.map(|at| (weight.map_or(1.0, |weight| weight[at]), &y[at * k..][..k]));
            merged.push(x_of(group[0]), weighted);
        }
        drop(sorted);
        merged.finish()
    }

    /// From `n_distinct` inputs in increasing order, their weights if these are not all 1, and their mean outputs.
    fn assemble(
        n_distinct: usize,
        x: impl Fn(usize) -> f64 + Sync,
        weight: Option<&[f64]>,
        y: Outputs<impl Fn(usize) -> usize + Sync>,
        scatter: f64,
    ) -> Self {
        let k = y.k;
        let n_blocks = n_distinct.div_ceil(BLOCK);
        let x_origin = origin([x(0), x(n_distinct - 1)].into_iter());
        let y_origin: Vec<f64> = (0..k)
            .map(|o| origin(y.y[o..].iter().copied().step_by(k)))
            .collect();
        let starts = (1..n_blocks).map(|block| x(block * BLOCK));
        let starts = [f64::NEG_INFINITY]
            .into_iter()
            .chain(starts)
            .chain([f64::MAX])
            .collect();
        let weights_of = |block: usize| {
            std::array::from_fn(|i| match block * BLOCK + i {
                at if at < n_distinct => weight.map_or(1.0, |weight| weight[at]),
                _ => 0.0,
            })
        };
        let weights = if weight.is_some() {
            0..n_blocks
        } else {
            n_blocks - 1..n_blocks
        };

        let mut blocks = vec![0.0; n_blocks * stride(k)];
        let n_threads = if n_distinct < PARALLEL {
            1
        } else {
            rayon::current_num_threads()
        };
        let task = n_blocks.div_ceil(4 * n_threads);
        let fill = |(at, blocks): (usize, &mut [f64])| {
            Arch::new().dispatch(Fill {
                first: at * task,
                blocks,
                n_distinct,
                x: &x,
                weight,
                y: &y,
                x_origin,
                y_origin: &y_origin,
            });
        };
        if n_threads == 1 {
            blocks
                .chunks_mut(task * stride(k))
                .enumerate()
                .for_each(fill);
        } else {
            blocks
                .par_chunks_mut(task * stride(k))
                .enumerate()
                .for_each(fill);
        }
        let total = scan(&mut blocks, k);
        Self {
            starts,
            blocks,
            weights: weights.map(weights_of).collect(),
            x_origin,
            y_origin,
            total,
            scatter,
            wide: Vec::new(),
            n_distinct,
        }
    }

    /// The moments of the samples at `-x`: to the bit those that the mirrored samples have.
    pub fn mirrored(&self) -> Self {
        let k = self.n_outputs();
        let n = self.n_distinct;
        let of = |at: usize| (self.block((n - 1 - at) / BLOCK, k), (n - 1 - at) % BLOCK);
        let x = |at: usize| {
            let (block, i) = of(at);
            -block.x[i]
        };
        // Adding the origin is as exact as subtracting it was.
        let y: Vec<f64> = (0..n)
            .flat_map(|at| {
                let (block, i) = of(at);
                (0..k).map(move |o| block.y[o][i] + self.y_origin[o])
            })
            .collect();
        let weight: Option<Vec<f64>> =
            (self.weights.len() > 1 || self.n_blocks() == 1).then(|| {
                let weight = |at| {
                    let (block, i) = of(at);
                    block.weight[i]
                };
                (0..n).map(weight).collect()
            });
        let y = Outputs {
            k,
            y: &y,
            row: |at| at,
        };
        Self::assemble(n, x, weight.as_deref(), y, self.scatter)
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

    /// `n` inputs with about the same weight of samples between one and the next, or all where there are fewer.
    pub fn quantiles(&self, n: usize) -> Vec<f64> {
        let mut chosen = Vec::new();
        let (step, mut passed) = (self.total_weight() / n as f64, 0.0);
        for at in 0..self.n_distinct {
            let block = self.block(at / BLOCK, self.n_outputs());
            passed += block.weight[at % BLOCK];
            if passed >= (chosen.len() as f64 + 0.5) * step {
                chosen.push(block.x[at % BLOCK]);
            }
        }
        chosen
    }

    /// Every block's first input, after minus infinity for the first block's, and then the largest f64.
    #[inline]
    pub fn starts(&self) -> &[f64] {
        &self.starts
    }

    /// What inputs are measured from in the prefix moments; subtracting it is exact.
    #[inline]
    pub fn x_origin(&self) -> f64 {
        self.x_origin
    }

    /// What outputs are measured from: `[k]`.
    #[inline]
    pub fn y_origin(&self) -> &[f64] {
        &self.y_origin
    }

    /// The prefix moments at the end, in the order of [`Block::whole`].
    #[inline]
    pub fn total(&self) -> &[Double] {
        &self.total
    }

    /// The squared distances of the outputs from the mean output at their input, which no function of x can fit.
    #[inline]
    pub fn scatter(&self) -> f64 {
        self.scatter
    }

    /// Number of blocks.
    pub fn n_blocks(&self) -> usize {
        self.starts.len() - 1
    }

    /// One block; `k` is the number of outputs, which the caller may know when compiling.
    #[inline(always)]
    pub fn block(&self, block: usize, k: usize) -> Block<'_> {
        let weight = if self.weights.len() > 1 {
            &self.weights[block]
        } else if block + 1 < self.n_blocks() {
            &[1.0; BLOCK]
        } else {
            &self.weights[0]
        };
        let block = &self.blocks[block * stride(k)..][..stride(k)];
        let (columns, prefix) = block.split_at(samples(k));
        let (columns, _) = columns.as_chunks::<BLOCK>();
        let (whole, rest) = prefix.split_at(n_moments(k));
        Block {
            x: &columns[0],
            weight,
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
    (1 + k) * BLOCK
}

/// f64 in a block.
const fn stride(k: usize) -> usize {
    samples(k) + 2 * n_moments(k)
}

/// x and its sample, x as an integer that compares like it.
type Sorted = (i64, u32);

/// The samples in increasing x. The order of equal inputs depends on nothing but the input.
fn sort(x: &[f64]) -> Vec<Sorted> {
    let mut keys: Vec<Sorted> = x
        .iter()
        .map(|x| flip(x.to_bits() as i64))
        .zip(0..)
        .collect();
    if keys.len() < PARALLEL {
        keys.sort_unstable_by_key(|(key, _)| *key);
    } else {
        keys.par_sort_unstable_by_key(|(key, _)| *key);
    }
    keys
}

fn x_of((key, _): Sorted) -> f64 {
    f64::from_bits(flip(key) as u64)
}

/// Of a negative number's bits, all but the sign: larger magnitudes then compare as less. Its own inverse.
fn flip(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// Outputs `y [_, k]`, and which row of them belongs to which distinct input.
struct Outputs<'a, F> {
    k: usize,
    y: &'a [f64],
    row: F,
}

/// Distinct inputs in increasing order, with the samples of each put together.
pub(super) struct Merged {
    x: Vec<f64>,
    weight: Vec<f64>,
    y: Vec<f64>,
    k: usize,
    scatter: f64,
}

impl Merged {
    pub(crate) fn new(k: usize) -> Self {
        Self {
            x: Vec::new(),
            weight: Vec::new(),
            y: Vec::new(),
            k,
            scatter: 0.0,
        }
    }

    /// Adds samples of one input, larger than those before: their weights and outputs.
    pub(crate) fn push<'a>(
        &mut self,
        x: f64,
        samples: impl Iterator<Item = (f64, &'a [f64])> + Clone,
    ) {
        let weight: f64 = samples.clone().map(|(weight, _)| weight).sum();
        if weight == 0.0 {
            return;
        }
        self.x.push(x);
        self.weight.push(weight);
        for o in 0..self.k {
            let sum: f64 = samples.clone().map(|(weight, y)| weight * y[o]).sum();
            let mean = sum / weight;
            let squares = samples
                .clone()
                .map(|(weight, y)| weight * (y[o] - mean).powi(2));
            self.scatter += squares.sum::<f64>();
            self.y.push(mean);
        }
    }

    /// Adds squares that no function of x can fit.
    pub(crate) fn add_scatter(&mut self, squares: f64) {
        self.scatter += squares;
    }

    pub(crate) fn finish(self) -> Moments {
        assert!(!self.x.is_empty(), "every sample has weight 0");
        let y = Outputs {
            k: self.k,
            y: &self.y,
            row: |at| at,
        };
        Moments::assemble(
            self.x.len(),
            |at| self.x[at],
            Some(&self.weight),
            y,
            self.scatter,
        )
    }
}

/// The middle of the values' range if they all lie far from zero, else zero: so that subtracting it is exact, and small
/// numbers are left to sum. (Sterbenz: `a - b` is exact when each is at most twice the other.)
fn origin(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    let middle = 0.5 * low + 0.5 * high;
    if middle.abs() >= high - low {
        middle
    } else {
        0.0
    }
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
struct Fill<'a, X, R> {
    first: usize,
    blocks: &'a mut [f64],
    n_distinct: usize,
    x: &'a X,
    weight: Option<&'a [f64]>,
    y: &'a Outputs<'a, R>,
    x_origin: f64,
    y_origin: &'a [f64],
}

impl<X: Fn(usize) -> f64, R: Fn(usize) -> usize> WithSimd for Fill<'_, X, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let k = self.y.k;
        for (i, block) in self.blocks.chunks_exact_mut(stride(k)).enumerate() {
            let start = (self.first + i) * BLOCK;
            let end = self.n_distinct.min(start + BLOCK);
            let (block, prefix) = block.split_at_mut(samples(k));
            let (hi, lo) = prefix.split_at_mut(n_moments(k));
            let (inputs, columns) = block.split_at_mut(BLOCK);
            let mut put = |moment: usize, sum: Double| (hi[moment], lo[moment]) = (sum.hi, sum.lo);

            for (i, x) in inputs.iter_mut().enumerate() {
                *x = (self.x)((start + i).min(end - 1));
            }
            let mut sums = [Double::default(); 3];
            for at in start..end {
                let x = inputs[at - start] - self.x_origin;
                let weight = self.weight.map_or(1.0, |weight| weight[at]);
                let wx = Double::product(weight, x);
                sums[0] = sums[0].plus(Double {
                    hi: weight,
                    lo: 0.0,
                });
                sums[1] = sums[1].plus(wx);
                sums[2] = sums[2].plus(wx.times(x));
            }
            (0..3).for_each(|moment| put(moment, sums[moment]));

            for (o, column) in columns.chunks_exact_mut(BLOCK).enumerate() {
                let mut sums = [Double::default(); 3];
                for at in start..end {
                    let x = inputs[at - start] - self.x_origin;
                    let y = self.y.y[(self.y.row)(at) * k + o] - self.y_origin[o];
                    column[at - start] = y;
                    let wy = Double::product(self.weight.map_or(1.0, |weight| weight[at]), y);
                    sums[0] = sums[0].plus(wy);
                    sums[1] = sums[1].plus(wy.times(x));
                    sums[2] = sums[2].plus(wy.times(y));
                }
                (0..3).for_each(|moment| put(3 + 3 * o + moment, sums[moment]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_input_are_merged_and_their_scatter_kept() {
        let moments = Moments::new(&[2.0, -0.0, 2.0, 0.0], &[5.0, 1.0, 7.0, 1.0]);
        assert_eq!((moments.n_distinct(), moments.total_weight()), (2, 4.0));
        assert_eq!(moments.scatter, 2.0); // (5 - 6)^2 + (7 - 6)^2
        let [w, x, xx, y, xy, yy] = [0, 1, 2, 3, 4, 5].map(|i| moments.total[i].hi);
        assert_eq!([w, x, xx, y, xy, yy], [4.0, 4.0, 8.0, 14.0, 24.0, 74.0]);
    }

    #[test]
    fn the_order_of_samples_and_their_mirror_image_change_no_bit() {
        let x = [0.3, -0.1, 0.3, 7.0, 0.3, 2.5, -0.1, 4.0, 5.0, 6.5];
        let y = [0.1, 0.7, 0.2, 0.4, 1e9, 0.6, 0.5, 0.3, 0.2, 1.1];
        let reversed = |v: &[f64]| v.iter().rev().copied().collect::<Vec<_>>();
        let moments = Moments::new(&x, &y);
        let other = Moments::new(&reversed(&x), &reversed(&y));
        assert_eq!(
            (&moments.blocks, moments.scatter),
            (&other.blocks, other.scatter)
        );
        let mirrored = Moments::new(&x.map(|x| -x), &y);
        assert_eq!(moments.mirrored().blocks, mirrored.blocks);
        assert_eq!(moments.mirrored().mirrored().blocks, moments.blocks);
        let alone = Moments::new(&[1.0, 2.0], &[5.0, 6.0]);
        assert_eq!(
            alone.mirrored().blocks,
            Moments::new(&[-1.0, -2.0], &[5.0, 6.0]).blocks
        );
    }

    #[test]
    fn samples_of_weight_0_are_left_out() {
        let moments = Moments::weighted(&[1.0, 2.0, 3.0], &[1.0; 3], &[0.5, 0.0, 2.0]);
        assert_eq!((moments.n_distinct(), moments.total_weight()), (2, 2.5));
    }

    #[test]
    fn numbers_far_from_zero_are_measured_from_their_middle() {
        let moments = Moments::new(&[1000.0, 1001.0], &[-5.0, -6.0]);
        assert_eq!((moments.x_origin, moments.y_origin[0]), (1000.5, -5.5));
        assert_eq!((moments.total[1].hi, moments.total[2].hi), (0.0, 0.5));
        assert_eq!(Moments::new(&[-1.0, 2.0], &[0.0, 3.0]).x_origin, 0.0);
    }

    #[test]
    fn every_prefix_is_the_sum_of_the_samples_before_it() {
        let n = 50_000; // enough for several tasks
        let x: Vec<f64> = (0..n).map(|i| f64::from(i * 7919 % n)).collect();
        let y: Vec<f64> = x.iter().map(|x| x % 10.0).collect();
        let moments = Moments::new(&x, &y);
        for block in [0, 1, 2500, moments.n_blocks() - 1] {
            let before = (block * BLOCK) as f64;
            let sums = moments.block(block, 1).whole;
            // x is 0, 1, 2, ... less an origin.
            let sum_x = before * (before - 1.0) / 2.0 - before * moments.x_origin;
            assert_eq!(sums[..2], [before, sum_x]);
        }
    }

    #[test]
    fn quantiles_have_the_same_weight_between_them() {
        let moments = Moments::weighted(&[0.0, 1.0, 2.0, 3.0], &[0.0; 4], &[1.0, 1.0, 5.0, 1.0]);
        assert_eq!(moments.quantiles(2), [1.0, 2.0]);
        assert_eq!(moments.quantiles(100), [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    #[should_panic(expected = "samples must be finite")]
    fn a_nan_is_a_bug() {
        Moments::new(&[f64::NAN], &[0.0]);
    }
}
