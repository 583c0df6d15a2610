//! One input: the network as a table of straight pieces, in which every sample looks its piece up.
//!
//! Unit j is active where the rounded `w1_j x + b1_j` is positive: on a half-line, whose end is found to the last bit, so
//! that samples on a kink are on the side where the composed network has them. Sorted, these ends part the line into
//! `h + 1` pieces. A piece's slope and intercept are sums over the units that are active there, in f64, rounded once. The
//! backward pass adds each sample's `g` and `g x` to its piece's bin; the sums of the bins along a unit's half-line are all
//! that its gradient needs.

use crate::{
    float::Float,
    net::{Net, Sums},
    search::Starts,
};

/// Rows of a part, at least: fewer do not repay waking a thread.
pub(crate) const ROWS: usize = 16384;

/// Samples whose pieces are looked up before they are used.
const BLOCK: usize = 256;

/// Whether the table is faster than computing every unit: sorting the units pays only with enough samples. Measured on two
/// cores with 2 to 1024 units.
pub(crate) fn is_worth(n: usize) -> bool {
    n >= 48
}

/// The pieces.
#[derive(Debug)]
pub(crate) struct Table<T> {
    /// Where pieces begin but the first.
    starts: Starts<T>,
    /// Of every piece and output, slope and intercept: `[h + 1, k]`.
    lines: Vec<[T; 2]>,
    /// The units by where their half-lines end, and whether they are active to the right of it: `[h]`.
    order: Vec<(u32, bool)>,
}

/// Sums over the samples of every piece, `[h + 1, k]`: of `g` and of `g x`; and what samples gave that have no piece.
pub(crate) struct Bins {
    sums: Vec<[f64; 2]>,
    apart: Option<Sums>,
}

impl Bins {
    pub(crate) fn add(mut self, other: &Self) -> Self {
        for (sum, part) in self.sums.iter_mut().zip(&other.sums) {
            *sum = [sum[0] + part[0], sum[1] + part[1]];
        }
        self.apart = match (self.apart, &other.apart) {
            (Some(sum), Some(part)) => Some(sum.add(part)),
            (sum, part) => sum.or_else(|| part.clone()),
        };
        self
    }
}

/// Where unit `(w, b)` begins or ends to be active: the least x with `w x + b > 0`, as rounded, of w > 0, and
/// with `w x + b <= 0` of w < 0; infinity where there is none.
fn threshold<T: Float>(w: T, b: T) -> T {
    let is_right = |x: T| (w * x + b > T::ZERO) == (w > T::ZERO);
    if w == T::ZERO {
        return if b > T::ZERO {
            -T::INFINITY
        } else {
            T::INFINITY
        };
    }
    let (low, high) = ((-T::MAX).ordinal(), T::MAX.ordinal());
    if is_right(-T::MAX) {
        return -T::INFINITY;
    }
    if !is_right(T::MAX) {
        return T::INFINITY;
    }
    // From the rounded quotient, outwards in steps that double, then by halves.
    let at = (-b / w).ordinal().clamp(low, high);
    let is_right = |ordinal: i64| is_right(T::from_ordinal(ordinal));
    let (mut left, mut right, mut step) = (at, at, 1);
    if is_right(at) {
        while is_right(left) {
            right = left;
            left = left.saturating_sub(step).max(low);
            step *= 2;
        }
    } else {
        while !is_right(right) {
            left = right;
            right = right.saturating_add(step).min(high);
            step *= 2;
        }
    }
    while right - left > 1 {
        let middle = left + (right - left) / 2;
        if is_right(middle) {
            right = middle;
        } else {
            left = middle;
        }
    }
    T::from_ordinal(right)
}

impl<T: Float> Table<T> {
    /// None where a weight, or a line made of them, is not finite.
    pub(crate) fn new(net: &Net<T>) -> Option<Self> {
        let (h, k) = (net.n_hidden(), net.n_outputs());
        let blocks = [net.w1, net.b1, net.w2, net.b2];
        let is_finite = |value: &T| value.is_finite();
        if !blocks.iter().all(|block| block.iter().all(is_finite)) {
            return None;
        }
        let units = net.w1.iter().zip(net.b1).enumerate();
        let mut keys: Vec<T::Key> = units
            .map(|(unit, (w, b))| threshold(*w, *b).key(unit as u32))
            .collect();
        keys.sort_unstable();
        let starts = keys.iter().map(|key| T::number(*key)).collect();
        let units = keys.iter().map(|key| T::unit(*key));
        let order: Vec<_> = units
            .map(|unit| (unit, net.w1[unit as usize] >= T::ZERO))
            .collect();

        let mut lines = vec![[T::ZERO; 2]; (h + 1) * k];
        let mut exact = vec![[0.0; 2]; h + 1];
        for (o, b2) in net.b2.iter().enumerate() {
            let change = |(unit, _): (u32, bool)| {
                let unit = unit as usize;
                let v = net.w2[unit * k + o].to_f64();
                [v * net.w1[unit].to_f64(), v * net.b1[unit].to_f64()]
            };
            // Units active on the right add up from left to right, the others from right to left: nothing is taken away.
            let mut line = [0.0, b2.to_f64()];
            exact[0] = line;
            for (piece, unit) in order.iter().enumerate() {
                if unit.1 {
                    let [slope, intercept] = change(*unit);
                    line = [line[0] + slope, line[1] + intercept];
                }
                exact[piece + 1] = line;
            }
            let mut line = [0.0; 2];
            for piece in (0..=h).rev() {
                let [slope, intercept] = exact[piece];
                let rounded = [slope + line[0], intercept + line[1]].map(T::from_f64);
                lines[piece * k + o] = rounded;
                if piece > 0 && !order[piece - 1].1 {
                    let [slope, intercept] = change(order[piece - 1]);
                    line = [line[0] + slope, line[1] + intercept];
                }
            }
        }
        let is_finite = lines.iter().flatten().all(is_finite);
        is_finite.then_some(Self {
            starts: Starts::new(starts),
            lines,
            order,
        })
    }

    /// Predictions `[n, k]` for `x [n]`; the samples' pieces are kept where there is room for them.
    pub(crate) fn forward(&self, net: &Net<T>, x: &[T], y: &mut [T], kept: &mut [u32]) {
        let k = net.n_outputs();
        let mut here = [0; BLOCK];
        for (at, (x, y)) in x.chunks(BLOCK).zip(y.chunks_mut(BLOCK * k)).enumerate() {
            let pieces = match &mut *kept {
                [] => &mut here[..x.len()],
                kept => &mut kept[at * BLOCK..][..x.len()],
            };
            self.starts.pieces(x, pieces);
            let pieces = pieces.iter().copied();
            if k == 1 {
                for ((y, x), piece) in y.iter_mut().zip(x).zip(pieces) {
                    let [slope, intercept] = self.lines[piece as usize];
                    *y = slope * *x + intercept;
                }
            } else {
                for ((y, x), piece) in y.chunks_mut(k).zip(x).zip(pieces) {
                    let lines = &self.lines[piece as usize * k..][..k];
                    for (y, [slope, intercept]) in y.iter_mut().zip(lines) {
                        *y = *slope * *x + *intercept;
                    }
                }
            }
            if !are_finite(x) {
                for (x, y) in x.iter().zip(y.chunks_mut(k)) {
                    if !x.is_finite() {
                        forward_apart(net, *x, y);
                    }
                }
            }
        }
    }

    /// From the samples' pieces and the gradients of the predictions: the gradients of x where they are wanted, and the sums that
    /// the parameters' gradients need.
    pub(crate) fn backward(
        &self,
        net: &Net<T>,
        x: &[T],
        pieces: &[u32],
        grad: &[T],
        dx: &mut [T],
    ) -> Bins {
        let k = net.n_outputs();
        let mut bins = Bins {
            sums: vec![[0.0; 2]; self.lines.len()],
            apart: None,
        };
        let blocks = x.chunks(BLOCK).zip(grad.chunks(BLOCK * k));
        for (at, ((x, grad), pieces)) in blocks.zip(pieces.chunks(BLOCK)).enumerate() {
            let dx = match &mut *dx {
                [] => &mut [][..],
                dx => &mut dx[at * BLOCK..][..x.len()],
            };
            if !are_finite(x) || !are_finite(grad) {
                for (row, (x, grad)) in x.iter().zip(grad.chunks(k)).enumerate() {
                    let dx = dx.get_mut(row);
                    if x.is_finite() && are_finite(grad) {
                        self.bin(pieces[row], *x, grad, dx, &mut bins);
                    } else {
                        let sums = bins.apart.get_or_insert_with(|| Sums::zero(net));
                        backward_apart(net, *x, grad, dx, sums);
                    }
                }
            } else if k == 1 && dx.is_empty() {
                for ((x, g), piece) in x.iter().zip(grad).zip(pieces) {
                    let (x, g) = (x.to_f64(), g.to_f64());
                    let bin = &mut bins.sums[*piece as usize];
                    *bin = [bin[0] + g, bin[1] + g * x];
                }
            } else {
                for (row, (x, grad)) in x.iter().zip(grad.chunks(k)).enumerate() {
                    self.bin(pieces[row], *x, grad, dx.get_mut(row), &mut bins);
                }
            }
        }
        bins
    }

    /// Adds one sample to its piece's bin.
    #[inline(always)]
    fn bin(&self, piece: u32, x: T, grad: &[T], dx: Option<&mut T>, bins: &mut Bins) {
        let k = grad.len();
        let piece = piece as usize;
        let bins = &mut bins.sums[k * piece..][..k];
        let lines = &self.lines[k * piece..][..k];
        let mut slope = 0.0;
        for ((bin, g), line) in bins.iter_mut().zip(grad).zip(lines) {
            let g = g.to_f64();
            *bin = [bin[0] + g, bin[1] + g * x.to_f64()];
            slope += g * line[0].to_f64();
        }
        if let Some(dx) = dx {
            *dx = T::from_f64(slope);
        }
    }

    /// The parameters' gradients from the bins.
    pub(crate) fn gradient(&self, net: &Net<T>, bins: Bins) -> Sums {
        let k = net.n_outputs();
        let mut sums = bins.apart.unwrap_or_else(|| Sums::zero(net));
        let h = self.order.len();
        for o in 0..k {
            let bin = |piece: usize| bins.sums[piece * k + o];
            let mut add = |(unit, _): (u32, bool), [g, gx]: [f64; 2]| {
                let unit = unit as usize;
                let of = |block: &[T], at: usize| block[at].to_f64();
                let (w, b, v) = (of(net.w1, unit), of(net.b1, unit), of(net.w2, unit * k + o));
                sums.w2[unit * k + o] += w * gx + b * g;
                sums.w1[unit] += v * gx;
                sums.b1[unit] += v * g;
            };
            let mut left = bin(0);
            for (piece, unit) in self.order.iter().enumerate() {
                if !unit.1 {
                    add(*unit, left);
                }
                let [g, gx] = bin(piece + 1);
                left = [left[0] + g, left[1] + gx];
            }
            sums.b2[o] += left[0];
            let mut right = [0.0; 2];
            for piece in (1..=h).rev() {
                let [g, gx] = bin(piece);
                right = [right[0] + g, right[1] + gx];
                if self.order[piece - 1].1 {
                    add(self.order[piece - 1], right);
                }
            }
        }
        sums
    }
}

/// Whether every value is a finite number.
#[inline(always)]
fn are_finite<T: Float>(values: &[T]) -> bool {
    // Without an early end, so that the processor checks several at once.
    values
        .iter()
        .fold(true, |are_finite, value| are_finite & value.is_finite())
}

/// One sample that has no piece, as the composed network computes it.
#[cold]
fn forward_apart<T: Float>(net: &Net<T>, x: T, y: &mut [T]) {
    let k = y.len();
    y.copy_from_slice(net.b2);
    for ((w, b), v) in net.w1.iter().zip(net.b1).zip(net.w2.chunks(k)) {
        let a = relu(*w * x + *b);
        for (y, v) in y.iter_mut().zip(v) {
            *y += a * *v;
        }
    }
}

/// The gradients of one sample that has no piece.
#[cold]
fn backward_apart<T: Float>(net: &Net<T>, x: T, grad: &[T], dx: Option<&mut T>, sums: &mut Sums) {
    let k = grad.len();
    let mut sum = T::ZERO;
    for (unit, (w, b)) in net.w1.iter().zip(net.b1).enumerate() {
        let z = *w * x + *b;
        let a = relu(z);
        let mut da = T::ZERO;
        for (o, g) in grad.iter().enumerate() {
            sums.w2[unit * k + o] += (a * *g).to_f64();
            da += *g * net.w2[unit * k + o];
        }
        let dz = if z <= T::ZERO { T::ZERO } else { da };
        sums.w1[unit] += (x * dz).to_f64();
        sums.b1[unit] += dz.to_f64();
        sum += dz * *w;
    }
    for (sum, g) in sums.b2.iter_mut().zip(grad) {
        *sum += g.to_f64();
    }
    if let Some(dx) = dx {
        *dx = sum;
    }
}

/// 0 where z <= 0, else z: a NaN stays one.
#[inline(always)]
pub(crate) fn relu<T: Float>(z: T) -> T {
    if z <= T::ZERO { T::ZERO } else { z }
}
