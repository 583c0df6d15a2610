//! Any number of inputs: every unit of every sample, four samples by two vector registers of units at once.
//!
//! Units are packed by blocks of as many as two registers hold, with all their weights side by side, so that a block stays
//! in the nearest cache while samples pass. The backward pass computes a block's part of the hidden layer again, and sums
//! gradients in the float type over some rows only, then in f64.

use pulp::{Simd, WithSimd};

use crate::{
    float::Float,
    net::{Net, Sums},
};

/// Samples at once.
const ROWS: usize = 4;

/// Samples whose gradients are summed up in the float type.
const RUN: usize = 256;

/// Rows of a part, at least, so that a part is worth a thread and its own packing: some 500,000 multiplications.
pub(crate) fn rows_of_part<T: Float>(net: &Net<T>) -> usize {
    let terms = net.w1.len() + net.w2.len();
    (1_usize << 19).div_ceil(terms).next_multiple_of(RUN)
}

/// Two registers of units.
type Pair<T, S> = [<T as Float>::V<S>; 2];

/// A network's parameters by blocks of units: of each block the rows of W1, `b1` and the rows of W2 transposed.
struct Packed<T: Float, S: Simd> {
    simd: S,
    blocks: Vec<Pair<T, S>>,
    /// Pairs of a block, `d + 1 + k`.
    stride: usize,
    d: usize,
    /// Which units of the last block there are; none where it is full.
    valid: Option<Pair<T, S>>,
}

impl<T: Float, S: Simd> Packed<T, S> {
    const UNITS: usize = 2 * size_of::<T::V<S>>() / size_of::<T>();

    #[inline(always)]
    fn new(simd: S, net: &Net<T>) -> Self {
        let (d, h, k) = (net.n_inputs(), net.n_hidden(), net.n_outputs());
        let stride = d + 1 + k;
        let n_blocks = h.div_ceil(Self::UNITS);
        let mut blocks = vec![[T::splat(simd, T::ZERO); 2]; n_blocks * stride];
        let values: &mut [T] = pulp::bytemuck::cast_slice_mut(&mut blocks);
        for j in 0..h {
            let (block, lane) = (j / Self::UNITS, j % Self::UNITS);
            let at = block * stride * Self::UNITS + lane;
            for i in 0..d {
                values[at + i * Self::UNITS] = net.w1[i * h + j];
            }
            values[at + d * Self::UNITS] = net.b1[j];
            for o in 0..k {
                values[at + (d + 1 + o) * Self::UNITS] = net.w2[j * k + o];
            }
        }
        let mut valid = [[T::splat(simd, T::ZERO); 2]];
        let lanes: &mut [T] = pulp::bytemuck::cast_slice_mut(&mut valid);
        lanes[..h - (n_blocks - 1) * Self::UNITS].fill(T::from_f64(1.0));
        Self {
            simd,
            blocks,
            stride,
            d,
            valid: (!h.is_multiple_of(Self::UNITS)).then_some(valid[0]),
        }
    }

    /// The parameters of every block.
    #[inline(always)]
    fn blocks(&self) -> Blocks<'_, T, S> {
        Blocks {
            packed: self,
            at: 0,
        }
    }
}

struct Blocks<'a, T: Float, S: Simd> {
    packed: &'a Packed<T, S>,
    at: usize,
}

impl<'a, T: Float, S: Simd> Iterator for Blocks<'a, T, S> {
    type Item = Block<'a, T, S>;

    #[inline(always)]
    fn next(&mut self) -> Option<Block<'a, T, S>> {
        let Packed {
            blocks, stride, d, ..
        } = self.packed;
        let (start, end) = (self.at, self.at + stride);
        if end > blocks.len() {
            return None;
        }
        self.at = end;
        Some(Block {
            simd: self.packed.simd,
            w: &blocks[start..start + d],
            b: blocks[start + d],
            v: &blocks[start + d + 1..end],
            valid: if end == blocks.len() {
                self.packed.valid
            } else {
                None
            },
        })
    }
}

impl<T: Float, S: Simd> Packed<T, S> {
    /// The outputs of some rows, `[R, k]`; the sums are room for them.
    #[inline(always)]
    fn predict<const R: usize>(
        &self,
        x: &[[T; R]],
        b2: &[T],
        sums: &mut [[T::V<S>; R]],
        y: &mut [T],
    ) {
        let simd = self.simd;
        let zero = [T::splat(simd, T::ZERO); R];
        if b2.len() == 1 {
            let mut sum = [zero]; // in registers
            for block in self.blocks() {
                block.forward(x, &mut sum);
            }
            sums[0] = sum[0];
        } else {
            sums.fill(zero);
            for block in self.blocks() {
                block.forward(x, sums);
            }
        }
        for (r, y) in y.chunks_exact_mut(b2.len()).enumerate() {
            for ((y, b2), sum) in y.iter_mut().zip(b2).zip(&*sums) {
                *y = *b2 + T::reduce_sum(simd, sum[r]);
            }
        }
    }
}

/// The parameters of as many units as two registers hold.
struct Block<'a, T: Float, S: Simd> {
    simd: S,
    w: &'a [Pair<T, S>],
    b: Pair<T, S>,
    v: &'a [Pair<T, S>],
    valid: Option<Pair<T, S>>,
}

impl<T: Float, S: Simd> Block<'_, T, S> {
    /// `x W1 + b1` of some rows `[d, R]`; 0 of units that are not there.
    #[inline(always)]
    fn hidden<const R: usize>(&self, x: &[[T; R]]) -> [Pair<T, S>; R] {
        let simd = self.simd;
        let mut z = [[T::splat(simd, T::ZERO); 2]; R];
        // The first product on its own: with one input, z is rounded as where the table of pieces parts them.
        for r in 0..R {
            z[r] = times(simd, x[0][r], self.w[0]);
        }
        for (x, w) in x[1..].iter().zip(&self.w[1..]) {
            for r in 0..R {
                z[r] = plus_times(simd, z[r], x[r], *w);
            }
        }
        for z in &mut z {
            z[0] = T::v_add(simd, z[0], self.b[0]);
            z[1] = T::v_add(simd, z[1], self.b[1]);
            if let Some(valid) = self.valid {
                *z = where_positive::<T, S>(simd, valid, *z);
            }
        }
        z
    }

    /// Adds to every row's outputs what these units give: `[k, R]`.
    #[inline(always)]
    fn forward<const R: usize>(&self, x: &[[T; R]], sums: &mut [[T::V<S>; R]]) {
        let simd = self.simd;
        let mut a = self.hidden(x);
        for a in &mut a {
            *a = where_positive::<T, S>(simd, *a, *a);
        }
        for (v, sums) in self.v.iter().zip(sums) {
            for r in 0..R {
                sums[r] = T::mul_add(simd, a[r][0], v[0], sums[r]);
                sums[r] = T::mul_add(simd, a[r][1], v[1], sums[r]);
            }
        }
    }

    /// Adds to these units' gradients, and to that of every row's x where it is wanted.
    #[inline(always)]
    fn backward<const R: usize>(
        &self,
        x: &[[T; R]],
        grad: &[[T; R]],
        dx: Option<&mut [T]>,
        sums: &mut [Pair<T, S>],
    ) {
        let simd = self.simd;
        let d = self.w.len();
        let (w1, rest) = sums.split_at_mut(d);
        let (b1, w2) = rest.split_at_mut(1);
        let z = self.hidden(x);
        let mut dz = [[T::splat(simd, T::ZERO); 2]; R];
        for (o, ((total, v), g)) in w2.iter_mut().zip(self.v).zip(grad).enumerate() {
            let mut sum = *total; // a register, where a reference would be memory
            for r in 0..R {
                let a = where_positive::<T, S>(simd, z[r], z[r]);
                sum = plus_times(simd, sum, g[r], a);
                dz[r] = match o {
                    0 => times(simd, g[r], *v),
                    _ => plus_times(simd, dz[r], g[r], *v),
                };
            }
            *total = sum;
        }
        let mut sum = b1[0];
        for r in 0..R {
            dz[r] = where_positive::<T, S>(simd, z[r], dz[r]);
            sum[0] = T::v_add(simd, sum[0], dz[r][0]);
            sum[1] = T::v_add(simd, sum[1], dz[r][1]);
        }
        b1[0] = sum;
        for (total, x) in w1.iter_mut().zip(x) {
            let mut sum = *total;
            for r in 0..R {
                sum = plus_times(simd, sum, x[r], dz[r]);
            }
            *total = sum;
        }
        if let Some(dx) = dx {
            for r in 0..R {
                for i in 0..d {
                    let low = T::v_mul(simd, dz[r][0], self.w[i][0]);
                    let both = T::mul_add(simd, dz[r][1], self.w[i][1], low);
                    dx[r * d + i] += T::reduce_sum(simd, both);
                }
            }
        }
    }
}

/// Rows of `[R, columns]` as `[columns, R]`.
#[inline(always)]
fn side_by_side<T: Float, const R: usize>(rows: &[T], columns: &mut [[T; R]]) {
    let n = columns.len();
    for (i, column) in columns.iter_mut().enumerate() {
        for r in 0..R {
            column[r] = rows[r * n + i];
        }
    }
}

/// `factor a`.
#[inline(always)]
fn times<T: Float, S: Simd>(simd: S, factor: T, a: Pair<T, S>) -> Pair<T, S> {
    let factor = T::splat(simd, factor);
    [T::v_mul(simd, factor, a[0]), T::v_mul(simd, factor, a[1])]
}

/// `sum + factor a`.
#[inline(always)]
fn plus_times<T: Float, S: Simd>(simd: S, sum: Pair<T, S>, factor: T, a: Pair<T, S>) -> Pair<T, S> {
    let factor = T::splat(simd, factor);
    [
        T::mul_add(simd, factor, a[0], sum[0]),
        T::mul_add(simd, factor, a[1], sum[1]),
    ]
}

/// `a` where `z` is positive or a NaN, else 0.
#[inline(always)]
fn where_positive<T: Float, S: Simd>(simd: S, z: Pair<T, S>, a: Pair<T, S>) -> Pair<T, S> {
    [
        T::where_positive(simd, z[0], a[0]),
        T::where_positive(simd, z[1], a[1]),
    ]
}

/// Predictions `[n, k]` for `x [n, d]`.
pub(crate) struct Forward<'a, T> {
    pub(crate) net: Net<'a, T>,
    pub(crate) x: &'a [T],
    pub(crate) y: &'a mut [T],
}

impl<T: Float> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (d, k) = (self.net.n_inputs(), self.net.n_outputs());
        let packed = Packed::new(simd, &self.net);
        let whole = self.x.len() / d / ROWS * ROWS;
        let (x, x_rest) = self.x.split_at(whole * d);
        let (y, y_rest) = self.y.split_at_mut(whole * k);
        let mut sums = vec![[T::splat(simd, T::ZERO); ROWS]; k];
        let mut rows = vec![[T::ZERO; ROWS]; d];
        for (x, y) in x.chunks_exact(ROWS * d).zip(y.chunks_exact_mut(ROWS * k)) {
            side_by_side(x, &mut rows);
            packed.predict(&rows, self.net.b2, &mut sums, y);
        }
        let mut sums = vec![[T::splat(simd, T::ZERO); 1]; k];
        for (x, y) in x_rest.chunks_exact(d).zip(y_rest.chunks_exact_mut(k)) {
            packed.predict(x.as_chunks().0, self.net.b2, &mut sums, y);
        }
    }
}

/// From the gradients of the predictions, those of x where they are wanted, and the sums of the parameters'.
pub(crate) struct Backward<'a, T> {
    pub(crate) net: Net<'a, T>,
    pub(crate) x: &'a [T],
    pub(crate) grad: &'a [T],
    pub(crate) dx: &'a mut [T],
}

impl<T: Float> WithSimd for Backward<'_, T> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        let Self { net, x, grad, dx } = self;
        let (d, k) = (net.n_inputs(), net.n_outputs());
        let packed = Packed::new(simd, &net);
        let stride = packed.stride;
        let mut totals = vec![0.0; packed.blocks.len() * Packed::<T, S>::UNITS];
        let mut sums = vec![[T::splat(simd, T::ZERO); 2]; stride];
        let mut x_rows = vec![[T::ZERO; ROWS]; RUN / ROWS * d];
        let mut grad_rows = vec![[T::ZERO; ROWS]; RUN / ROWS * k];
        for (at, (x, grad)) in x.chunks(RUN * d).zip(grad.chunks(RUN * k)).enumerate() {
            let dx = match &mut *dx {
                [] => &mut [][..],
                dx => &mut dx[at * RUN * d..][..x.len()],
            };
            let whole = x.len() / d / ROWS;
            let (x, x_rest) = x.split_at(whole * ROWS * d);
            let (grad, grad_rest) = grad.split_at(whole * ROWS * k);
            for (x, rows) in x.chunks_exact(ROWS * d).zip(x_rows.chunks_exact_mut(d)) {
                side_by_side(x, rows);
            }
            for (grad, rows) in grad
                .chunks_exact(ROWS * k)
                .zip(grad_rows.chunks_exact_mut(k))
            {
                side_by_side(grad, rows);
            }
            let totals = totals.chunks_exact_mut(stride * Packed::<T, S>::UNITS);
            for (block, totals) in packed.blocks().zip(totals) {
                sums.fill([T::splat(simd, T::ZERO); 2]);
                let rows = x_rows.chunks_exact(d).zip(grad_rows.chunks_exact(k));
                for (at, (x, grad)) in rows.take(whole).enumerate() {
                    let dx = dx.get_mut(at * ROWS * d..(at + 1) * ROWS * d);
                    block.backward(x, grad, dx, &mut sums);
                }
                let rest = x_rest.chunks_exact(d).zip(grad_rest.chunks_exact(k));
                for (at, (x, grad)) in rest.enumerate() {
                    let row = whole * ROWS + at;
                    let dx = dx.get_mut(row * d..(row + 1) * d);
                    block.backward(x.as_chunks::<1>().0, grad.as_chunks().0, dx, &mut sums);
                }
                let sums: &[T] = pulp::bytemuck::cast_slice(&sums);
                for (total, sum) in totals.iter_mut().zip(sums) {
                    *total += sum.to_f64();
                }
            }
        }
        unpack(&net, grad, &totals, stride, Packed::<T, S>::UNITS)
    }
}

/// The sums of packed gradients by the network's blocks, and b2's, which is the sum of the predictions' gradients.
fn unpack<T: Float>(net: &Net<T>, grad: &[T], totals: &[f64], stride: usize, units: usize) -> Sums {
    let (d, h, k) = (net.n_inputs(), net.n_hidden(), net.n_outputs());
    let mut sums = Sums::zero(net);
    for j in 0..h {
        let total = |row: usize| totals[(j / units * stride + row) * units + j % units];
        (0..d).for_each(|i| sums.w1[i * h + j] = total(i));
        sums.b1[j] = total(d);
        (0..k).for_each(|o| sums.w2[j * k + o] = total(d + 1 + o));
    }
    for grad in grad.chunks_exact(k) {
        for (sum, g) in sums.b2.iter_mut().zip(grad) {
            *sum += g.to_f64();
        }
    }
    sums
}
