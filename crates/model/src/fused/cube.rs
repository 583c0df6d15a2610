//! The operation on GPUs, by CubeCL kernels for every runtime.
//!
//! Forward, a thread computes a sample, and all threads of a cube read the same units from shared memory. Backward, a thread
//! computes a unit over some of the samples, which it reads from shared memory, and a second kernel sums these parts in
//! order: no atomics, the same bits every time.

use burn::{
    backend::{
        Backend, Cube, TensorMetadata, backend_extension, ops::FloatTensorOps, tensor::FloatTensor,
    },
    tensor::{DType, Shape},
};
use burn_cubecl::{
    CubeBackend,
    cubecl::{self, calculate_cube_count_elemwise, prelude::*},
    kernel::into_contiguous,
    ops::numeric::empty_device_dtype,
    tensor::CubeTensor,
};

use super::two_layer_relu::{Inputs, TwoLayerRelu, TwoLayerReluGradient};

/// Threads of a cube; units or samples in shared memory at once.
const TILE: usize = 64;

/// The most values of a unit or a sample that fit: 64 units of f64 in the 16 KiB of shared memory that every GPU has.
pub(super) const MOST: usize = 32;

/// Parts into which the backward pass divides the samples, at most, unless they have more rows than [`ROWS`].
const PARTS: usize = 1024;

/// Rows of such a part, or few more, at most. Mesa's software GPU ends every loop after 65,535 steps without an error.
const ROWS: usize = 1 << 14;

/// The gradients, on backends with kernels of their own for them.
#[backend_extension(Cube, Fusion)]
pub trait TwoLayerReluKernels: Backend {
    /// Those of W1, b1, W2 and b2.
    #[fusion(meta = |_, w1, b1, w2, b2, _| (w1.clone(), b1.clone(), w2.clone(), b2.clone()))]
    fn gradient_of_parameters(
        x: FloatTensor<Self>,
        w1: FloatTensor<Self>,
        b1: FloatTensor<Self>,
        w2: FloatTensor<Self>,
        b2: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );

    /// That of x.
    #[fusion(dtype = x, shape = x)]
    fn gradient_of_x(
        x: FloatTensor<Self>,
        w1: FloatTensor<Self>,
        b1: FloatTensor<Self>,
        w2: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl TwoLayerReluGradient for Cube {
    type Saved = ();

    fn forward([x, w1, b1, w2, b2]: Inputs<Self>) -> (FloatTensor<Self>, ()) {
        (Self::two_layer_relu(x, w1, b1, w2, b2), ())
    }

    fn backward(
        (): (),
        [x, w1, b1, w2, b2]: Inputs<Self>,
        grad: FloatTensor<Self>,
        wants_x: bool,
    ) -> (Option<FloatTensor<Self>>, [FloatTensor<Self>; 4]) {
        let of_x = wants_x.then(|| {
            let [x, w1, b1, w2] = [&x, &w1, &b1, &w2].map(Clone::clone);
            Self::gradient_of_x(x, w1, b1, w2, grad.clone())
        });
        let (w1, b1, w2, b2) = Self::gradient_of_parameters(x, w1, b1, w2, b2, grad);
        (of_x, [w1, b1, w2, b2])
    }
}

impl TwoLayerRelu for CubeBackend {
    fn two_layer_relu(
        x: CubeTensor,
        w1: CubeTensor,
        b1: CubeTensor,
        w2: CubeTensor,
        b2: CubeTensor,
    ) -> CubeTensor {
        let [x, w1, b1, w2, b2] = [x, w1, b1, w2, b2].map(into_contiguous);
        let ([n, d], k) = (x.shape().dims(), b2.shape()[0]);
        let y = empty(&x, [n, k]);
        if n > 0 {
            let (client, count, dim) = a_thread_each(&x, n);
            let dtype = elem(&x);
            forward_kernel::launch(
                &client,
                count,
                dim,
                x.into_tensor_arg(),
                w1.into_tensor_arg(),
                b1.into_tensor_arg(),
                w2.into_tensor_arg(),
                b2.into_tensor_arg(),
                y.clone().into_tensor_arg(),
                d,
                k,
                dtype,
            );
        }
        y
    }
}

impl TwoLayerReluKernels for CubeBackend {
    fn gradient_of_parameters(
        x: CubeTensor,
        w1: CubeTensor,
        b1: CubeTensor,
        w2: CubeTensor,
        b2: CubeTensor,
        grad: CubeTensor,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let ([n, d], [h, k]) = (x.shape().dims(), w2.shape().dims());
        if n == 0 {
            let zeros = |tensor: &CubeTensor| {
                Self::float_zeros(tensor.shape(), &tensor.device, tensor.dtype.into())
            };
            return (zeros(&w1), zeros(&b1), zeros(&w2), zeros(&b2));
        }
        let [x, w1, b1, w2, grad] = [x, w1, b1, w2, grad].map(into_contiguous);
        // Fewer parts where there are many units: their sums take `parts x h`.
        let tiles = h.div_ceil(TILE);
        let most = (PARTS / tiles).max(PARTS / 16).max(n / ROWS);
        let rows = n.div_ceil(most).next_multiple_of(TILE);
        let n_parts = n.div_ceil(rows);
        let parts = empty(&x, [n_parts * (d + 1 + 2 * k), h]);
        let (of_w1, of_b1) = (empty(&x, [d, h]), empty(&x, [h]));
        let (of_w2, of_b2) = (empty(&x, [h, k]), empty(&x, [k]));
        let (client, dtype) = (x.client.clone(), elem(&x));
        units_kernel::launch(
            &client,
            CubeCount::Static(tiles as u32, n_parts as u32, 1),
            CubeDim::new_1d(TILE as u32),
            x.into_tensor_arg(),
            w1.into_tensor_arg(),
            b1.into_tensor_arg(),
            w2.into_tensor_arg(),
            grad.into_tensor_arg(),
            parts.clone().into_tensor_arg(),
            rows as u32,
            d,
            k,
            dtype,
        );
        let (client, count, dim) = a_thread_each(&parts, h);
        sum_kernel::launch(
            &client,
            count,
            dim,
            parts.into_tensor_arg(),
            of_w1.clone().into_tensor_arg(),
            of_b1.clone().into_tensor_arg(),
            of_w2.clone().into_tensor_arg(),
            of_b2.clone().into_tensor_arg(),
            n_parts as u32,
            d,
            k,
            dtype,
        );
        (of_w1, of_b1, of_w2, of_b2)
    }

    fn gradient_of_x(
        x: CubeTensor,
        w1: CubeTensor,
        b1: CubeTensor,
        w2: CubeTensor,
        grad: CubeTensor,
    ) -> CubeTensor {
        let [x, w1, b1, w2, grad] = [x, w1, b1, w2, grad].map(into_contiguous);
        let ([n, d], [_, k]) = (x.shape().dims(), w2.shape().dims::<2>());
        let of_x = empty(&x, [n, d]);
        if n > 0 {
            let (client, count, dim) = a_thread_each(&x, n);
            let dtype = elem(&x);
            x_kernel::launch(
                &client,
                count,
                dim,
                x.into_tensor_arg(),
                w1.into_tensor_arg(),
                b1.into_tensor_arg(),
                w2.into_tensor_arg(),
                grad.into_tensor_arg(),
                of_x.clone().into_tensor_arg(),
                d,
                k,
                dtype,
            );
        }
        of_x
    }
}

fn empty<const D: usize>(like: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    empty_device_dtype(
        like.client.clone(),
        like.device.clone(),
        Shape::new(shape),
        like.dtype,
    )
}

fn elem(tensor: &CubeTensor) -> ElemType {
    match tensor.dtype {
        DType::F64 => f64::elem_type_native(),
        _ => f32::elem_type_native(),
    }
}

/// A launch with a thread for each of `n`.
fn a_thread_each(like: &CubeTensor, n: usize) -> (Client, CubeCount, CubeDim) {
    let dim = CubeDim::new_1d(TILE as u32);
    let count = calculate_cube_count_elemwise(&like.client, n, dim);
    (like.client.clone(), count, dim)
}

/// Reads a tile of units to shared memory: of each its row of W1, its b1 and its row of W2.
#[cube]
fn read_units<F: Float>(
    units: &mut [F],
    w1: &Tensor<F>,
    b1: &Tensor<F>,
    w2: &Tensor<F>,
    start: usize,
    #[comptime] d: usize,
    #[comptime] k: usize,
) {
    let h = b1.len();
    let at = UNIT_POS_X as usize;
    let unit = start + at;
    if unit < h {
        #[unroll]
        for i in 0..d {
            units[at * (d + 1 + k) + i] = w1[i * h + unit];
        }
        units[at * (d + 1 + k) + d] = b1[unit];
        #[unroll]
        for o in 0..k {
            units[at * (d + 1 + k) + d + 1 + o] = w2[unit * k + o];
        }
    }
}

/// `x w1 + b1` of the unit whose values begin at `at`.
#[cube]
fn hidden<F: Float>(x: &Array<F>, unit: &[F], at: usize, #[comptime] d: usize) -> F {
    let mut z = x[0] * unit[at];
    #[unroll]
    for i in 1..d {
        z += x[i] * unit[at + i];
    }
    z + unit[at + d]
}

#[cube(launch)]
fn forward_kernel<F: Float>(
    x: &Tensor<F>,     // [n, d]
    w1: &Tensor<F>,    // [d, h]
    b1: &Tensor<F>,    // [h]
    w2: &Tensor<F>,    // [h, k]
    b2: &Tensor<F>,    // [k]
    y: &mut Tensor<F>, // [n, k]
    #[comptime] d: usize,
    #[comptime] k: usize,
    #[define(F)] _dtype: ElemType,
) {
    let (row, h) = (ABSOLUTE_POS, b1.len());
    let is_there = row * k < y.len();
    let mut units = Shared::new_slice(comptime!(TILE * (d + 1 + k)));
    let mut own = Array::<F>::new(d);
    let mut sums = Array::<F>::new(k);
    #[unroll]
    for i in 0..d {
        own[i] = F::new(0.0);
        if is_there {
            own[i] = x[row * d + i];
        }
    }
    #[unroll]
    for o in 0..k {
        sums[o] = b2[o];
    }
    let mut start = 0usize;
    while start < h {
        read_units::<F>(&mut units, w1, b1, w2, start, d, k);
        sync_cube();
        let n_units = select(h - start < TILE, h - start, TILE.runtime());
        for unit in 0..n_units {
            let at = unit * (d + 1 + k);
            let mut a = hidden::<F>(&own, &units, at, d);
            if a <= F::new(0.0) {
                a = F::new(0.0);
            }
            #[unroll]
            for o in 0..k {
                sums[o] += a * units[at + d + 1 + o];
            }
        }
        sync_cube();
        start += TILE;
    }
    if is_there {
        #[unroll]
        for o in 0..k {
            y[row * k + o] = sums[o];
        }
    }
}

#[cube(launch)]
fn x_kernel<F: Float>(
    x: &Tensor<F>,        // [n, d]
    w1: &Tensor<F>,       // [d, h]
    b1: &Tensor<F>,       // [h]
    w2: &Tensor<F>,       // [h, k]
    grad: &Tensor<F>,     // [n, k]
    of_x: &mut Tensor<F>, // [n, d]
    #[comptime] d: usize,
    #[comptime] k: usize,
    #[define(F)] _dtype: ElemType,
) {
    let (row, h) = (ABSOLUTE_POS, b1.len());
    let is_there = row * d < of_x.len();
    let mut units = Shared::new_slice(comptime!(TILE * (d + 1 + k)));
    let mut own = Array::<F>::new(d);
    let mut own_grad = Array::<F>::new(k);
    let mut sums = Array::<F>::new(d);
    #[unroll]
    for i in 0..d {
        sums[i] = F::new(0.0);
        own[i] = F::new(0.0);
        if is_there {
            own[i] = x[row * d + i];
        }
    }
    #[unroll]
    for o in 0..k {
        own_grad[o] = F::new(0.0);
        if is_there {
            own_grad[o] = grad[row * k + o];
        }
    }
    let mut start = 0usize;
    while start < h {
        read_units::<F>(&mut units, w1, b1, w2, start, d, k);
        sync_cube();
        let n_units = select(h - start < TILE, h - start, TILE.runtime());
        for unit in 0..n_units {
            let at = unit * (d + 1 + k);
            let z = hidden::<F>(&own, &units, at, d);
            let mut dz = F::new(0.0);
            #[unroll]
            for o in 0..k {
                dz += own_grad[o] * units[at + d + 1 + o];
            }
            if z <= F::new(0.0) {
                dz = F::new(0.0);
            }
            #[unroll]
            for i in 0..d {
                sums[i] += dz * units[at + i];
            }
        }
        sync_cube();
        start += TILE;
    }
    if is_there {
        #[unroll]
        for i in 0..d {
            of_x[row * d + i] = sums[i];
        }
    }
}

/// A unit's gradients over a part of the samples: a cube for each tile of units and each part.
#[cube(launch)]
fn units_kernel<F: Float>(
    x: &Tensor<F>,         // [n, d]
    w1: &Tensor<F>,        // [d, h]
    b1: &Tensor<F>,        // [h]
    w2: &Tensor<F>,        // [h, k]
    grad: &Tensor<F>,      // [n, k]
    parts: &mut Tensor<F>, // [n_parts, d + 1 + 2 k, h]: of W1, b1, W2, and of b2 for every unit
    rows: u32,
    #[comptime] d: usize,
    #[comptime] k: usize,
    #[define(F)] _dtype: ElemType,
) {
    let h = b1.len();
    let n = x.len() / d;
    let unit = ABSOLUTE_POS_X as usize;
    let is_there = unit < h;
    let thread = UNIT_POS_X as usize;
    let mut samples = Shared::new_slice(comptime!(TILE * (d + k)));
    let mut own = Array::<F>::new(comptime!(d + 1 + k));
    let mut sums = Array::<F>::new(comptime!(d + 1 + 2 * k));
    let mut of_tile = Array::<F>::new(comptime!(d + 1 + 2 * k));
    let mut sample = Array::<F>::new(d);
    #[unroll]
    for i in 0..comptime!(d + 1 + k) {
        own[i] = F::new(0.0);
    }
    #[unroll]
    for i in 0..comptime!(d + 1 + 2 * k) {
        sums[i] = F::new(0.0);
    }
    if is_there {
        #[unroll]
        for i in 0..d {
            own[i] = w1[i * h + unit];
        }
        own[d] = b1[unit];
        #[unroll]
        for o in 0..k {
            own[d + 1 + o] = w2[unit * k + o];
        }
    }
    let rows = rows as usize;
    let mut start = CUBE_POS_Y as usize * rows;
    let end = select(n - start < rows, n, start + rows);
    while start < end {
        let row = start + thread;
        if row < end {
            #[unroll]
            for i in 0..d {
                samples[thread * (d + k) + i] = x[row * d + i];
            }
            #[unroll]
            for o in 0..k {
                samples[thread * (d + k) + d + o] = grad[row * k + o];
            }
        }
        sync_cube();
        // A tile's sums on their own: long sums in f32 lose digits.
        #[unroll]
        for i in 0..comptime!(d + 1 + 2 * k) {
            of_tile[i] = F::new(0.0);
        }
        let n_rows = select(end - start < TILE, end - start, TILE.runtime());
        for row in 0..n_rows {
            let at = row * (d + k);
            #[unroll]
            for i in 0..d {
                sample[i] = samples[at + i];
            }
            let mut z = sample[0] * own[0];
            #[unroll]
            for i in 1..d {
                z += sample[i] * own[i];
            }
            z += own[d];
            let mut a = z;
            let mut dz = F::new(0.0);
            #[unroll]
            for o in 0..k {
                dz += samples[at + d + o] * own[d + 1 + o];
            }
            if z <= F::new(0.0) {
                a = F::new(0.0);
                dz = F::new(0.0);
            }
            #[unroll]
            for i in 0..d {
                of_tile[i] += sample[i] * dz;
            }
            of_tile[d] += dz;
            #[unroll]
            for o in 0..k {
                of_tile[d + 1 + o] += a * samples[at + d + o];
                of_tile[d + 1 + k + o] += samples[at + d + o];
            }
        }
        #[unroll]
        for i in 0..comptime!(d + 1 + 2 * k) {
            sums[i] += of_tile[i];
        }
        sync_cube();
        start += TILE;
    }
    if is_there {
        #[unroll]
        for i in 0..comptime!(d + 1 + 2 * k) {
            parts[(CUBE_POS_Y as usize * (d + 1 + 2 * k) + i) * h + unit] = sums[i];
        }
    }
}

/// A unit's gradients over all parts, in their order.
#[cube(launch)]
fn sum_kernel<F: Float>(
    parts: &Tensor<F>,     // [n_parts, d + 1 + 2 k, h]
    of_w1: &mut Tensor<F>, // [d, h]
    of_b1: &mut Tensor<F>, // [h]
    of_w2: &mut Tensor<F>, // [h, k]
    of_b2: &mut Tensor<F>, // [k]
    n_parts: u32,
    #[comptime] d: usize,
    #[comptime] k: usize,
    #[define(F)] _dtype: ElemType,
) {
    let (unit, h) = (ABSOLUTE_POS, of_b1.len());
    if unit < h {
        #[unroll]
        for i in 0..d {
            of_w1[i * h + unit] = sum_of::<F>(parts, i, unit, n_parts, h, d, k);
        }
        of_b1[unit] = sum_of::<F>(parts, d, unit, n_parts, h, d, k);
        #[unroll]
        for o in 0..k {
            of_w2[unit * k + o] = sum_of::<F>(parts, d + 1 + o, unit, n_parts, h, d, k);
        }
        if unit == 0 {
            #[unroll]
            for o in 0..k {
                of_b2[o] = sum_of::<F>(parts, d + 1 + k + o, unit, n_parts, h, d, k);
            }
        }
    }
}

/// Of one value of a unit's, the sum over all parts.
#[cube]
fn sum_of<F: Float>(
    parts: &Tensor<F>,
    value: usize,
    unit: usize,
    n_parts: u32,
    h: usize,
    #[comptime] d: usize,
    #[comptime] k: usize,
) -> F {
    let mut sum = F::new(0.0);
    for part in 0..n_parts as usize {
        sum += parts[(part * (d + 1 + 2 * k) + value) * h + unit];
    }
    sum
}
