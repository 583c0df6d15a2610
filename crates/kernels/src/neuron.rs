//! One neuron, `p = activation(X w)`, and its gradients, some samples at once in vector registers.
//!
//! Everything is computed in f64 and rounded once. The exponential function is a polynomial after its argument is reduced by
//! multiples of ln 2, all of it arithmetic on many samples at once; a sigmoid or tanh is right to some roundings of 1.

use pulp::{Arch, Simd, WithSimd};

use crate::{activation::Activation, float::Float};

/// Samples of a block: several quads of vector registers on any processor.
const LANES: usize = 64;

/// Vector registers at once, so that no instruction waits for the one before.
const QUAD: usize = 4;

type Lanes = [f64; LANES];

/// The weights `[d]` of a neuron, and what it does to the weighted sum.
#[derive(Debug, Clone, Copy)]
pub struct Neuron<'a, T> {
    /// w.
    pub weight: &'a [T],
    /// What it does to `X w`.
    pub activation: Activation,
}

/// Samples with one feature beside the other, for [`squared_errors`](Self::squared_errors) time and again.
#[derive(Debug, Clone)]
pub struct NeuronSamples {
    /// X, `[n / LANES, d]`.
    columns: Vec<Lanes>,
    /// y, `[n / LANES]`.
    y: Vec<Lanes>,
    n: usize,
    activation: Activation,
}

impl NeuronSamples {
    /// Of `X [n, d]` and `y [n]`, for neurons with this activation.
    ///
    /// # Panics
    ///
    /// When X has not as many rows as y has values.
    pub fn new(x: &[f64], y: &[f64], n_features: usize, activation: Activation) -> Self {
        let (n, d) = (y.len(), n_features);
        assert!(
            x.len() == n * d,
            "{} values are not {n} rows of {d}",
            x.len()
        );
        // What fills the last block has no error: any neuron is at 0 where all features are.
        let mut columns = vec![[0.0; LANES]; n.div_ceil(LANES) * d];
        for (rows, columns) in x.chunks(LANES * d).zip(columns.chunks_mut(d)) {
            side_by_side(rows, columns);
        }
        let mut lanes = vec![[activation.apply(0.0); LANES]; n.div_ceil(LANES)];
        for (lanes, y) in lanes.iter_mut().zip(y.chunks(LANES)) {
            lanes[..y.len()].copy_from_slice(y);
        }
        Self {
            columns,
            y: lanes,
            n,
            activation,
        }
    }

    /// n.
    pub fn n_samples(&self) -> usize {
        self.n
    }

    /// How far the neuron with these weights `[d]` is from y: forward and backward in one pass.
    pub fn squared_errors(&self, weight: &[f64]) -> NeuronErrors {
        let activation = self.activation;
        Arch::new().dispatch(SquaredErrors {
            neuron: Neuron { weight, activation },
            samples: self,
        })
    }
}

/// How far a neuron is from y, summed over samples, and the gradient of half the squared errors' sum.
#[derive(Debug, Clone, PartialEq)]
pub struct NeuronErrors {
    /// The sum of the squared errors.
    pub squares: f64,
    /// The gradient of half of it, `[d]`.
    pub gradient: Vec<f64>,
}

impl<T: Float> Neuron<'_, T> {
    /// The predictions for `X [n, d]`: `[n]`.
    ///
    /// # Panics
    ///
    /// When X has no rows of d.
    pub fn forward(&self, x: &[T]) -> Vec<T> {
        let mut p = vec![T::ZERO; self.n_rows(x)];
        Arch::new().dispatch(Forward {
            neuron: *self,
            x,
            p: &mut p,
        });
        p
    }

    /// From the predictions and `grad = dL/dp`, both `[n]`, L's gradients with respect to w, and to X where it is wanted.
    ///
    /// # Panics
    ///
    /// When the sizes are not those of one neuron and its samples.
    pub fn backward(
        &self,
        x: &[T],
        p: &[T],
        grad: &[T],
        wants_x: bool,
    ) -> (Vec<T>, Option<Vec<T>>) {
        let n = self.n_rows(x);
        assert!(
            p.len() == n && grad.len() == n,
            "{} gradients of {n} rows",
            grad.len()
        );
        let (of_z, of_w) = Arch::new().dispatch(Backward {
            neuron: *self,
            x,
            p,
            grad,
        });
        let of_x = wants_x.then(|| {
            let row = |of_z: &f64| {
                let of_z = *of_z;
                self.weight
                    .iter()
                    .map(move |w| T::from_f64(of_z * w.to_f64()))
            };
            of_z.iter().flat_map(row).collect()
        });
        (of_w.into_iter().map(T::from_f64).collect(), of_x)
    }

    fn n_rows(&self, x: &[T]) -> usize {
        let d = self.weight.len();
        assert!(
            x.len().is_multiple_of(d),
            "{} values are no rows of {d}",
            x.len()
        );
        x.len() / d
    }

    /// The predictions of the samples in one quad of every column.
    #[inline(always)]
    fn predict<S: Simd>(&self, simd: S, columns: &[Lanes], at: usize) -> [S::f64s; QUAD] {
        let mut z = [simd.splat_f64s(0.0); QUAD];
        for (w, column) in self.weight.iter().zip(columns) {
            let (w, x) = (simd.splat_f64s(w.to_f64()), quads::<S>(column)[at]);
            for u in 0..QUAD {
                z[u] = simd.mul_add_e_f64s(x[u], w, z[u]);
            }
        }
        let one = simd.splat_f64s(1.0);
        let mut power = z;
        match self.activation {
            Activation::Sigmoid => {
                for u in 0..QUAD {
                    power[u] = simd.neg_f64s(z[u]);
                }
                let e = exp(simd, power);
                for u in 0..QUAD {
                    z[u] = simd.div_f64s(one, simd.add_f64s(one, e[u]));
                }
            }
            Activation::Tanh => {
                let (zero, minus_two) = (simd.splat_f64s(0.0), simd.splat_f64s(-2.0));
                for u in 0..QUAD {
                    power[u] = simd.mul_f64s(minus_two, simd.abs_f64s(z[u]));
                }
                let e = exp(simd, power);
                for u in 0..QUAD {
                    let size = simd.div_f64s(simd.sub_f64s(one, e[u]), simd.add_f64s(one, e[u]));
                    let is_negative = simd.less_than_f64s(z[u], zero);
                    z[u] = simd.select_f64s(is_negative, simd.neg_f64s(size), size);
                }
            }
            Activation::Identity => {}
        }
        z
    }
}

struct Forward<'a, T> {
    neuron: Neuron<'a, T>,
    x: &'a [T],
    p: &'a mut [T],
}

impl<T: Float> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let d = self.neuron.weight.len();
        let mut columns = vec![[0.0; LANES]; d];
        for (x, p) in self.x.chunks(LANES * d).zip(self.p.chunks_mut(LANES)) {
            side_by_side(x, &mut columns);
            let mut values = [0.0; LANES];
            let n_quads = LANES / QUAD / S::F64_LANES;
            for (at, values) in values.chunks_exact_mut(LANES / n_quads).enumerate() {
                let quad = self.neuron.predict(simd, &columns, at);
                values.copy_from_slice(pulp::bytemuck::cast_slice(&quad));
            }
            for (p, value) in p.iter_mut().zip(values) {
                *p = T::from_f64(value);
            }
        }
    }
}

struct Backward<'a, T> {
    neuron: Neuron<'a, T>,
    x: &'a [T],
    p: &'a [T],
    grad: &'a [T],
}

impl<T: Float> WithSimd for Backward<'_, T> {
    /// The gradients of the weighted sums and of w.
    type Output = (Vec<f64>, Vec<f64>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (Vec<f64>, Vec<f64>) {
        let Self { neuron, x, p, grad } = self;
        let d = neuron.weight.len();
        let mut columns = vec![[0.0; LANES]; d];
        let mut sums = vec![simd.splat_f64s(0.0); d];
        let mut of_z = vec![0.0; p.len()];
        let blocks = x
            .chunks(LANES * d)
            .zip(p.chunks(LANES))
            .zip(grad.chunks(LANES));
        for (((x, p), grad), of_z) in blocks.zip(of_z.chunks_mut(LANES)) {
            let mut lanes = [[0.0; LANES]; 3];
            side_by_side(x, &mut columns);
            side_by_side(p, &mut lanes[..1]);
            side_by_side(grad, &mut lanes[1..2]);
            let [p, grad, products] = &mut lanes;
            for (at, (p, grad)) in quads::<S>(p).iter().zip(quads::<S>(grad)).enumerate() {
                let mut quad = *grad;
                for u in 0..QUAD {
                    quad[u] = simd.mul_f64s(grad[u], slope(simd, neuron.activation, p[u]));
                }
                add_products(simd, &mut sums, &columns, at, &quad);
                let width = QUAD * S::F64_LANES;
                products[at * width..][..width].copy_from_slice(pulp::bytemuck::cast_slice(&quad));
            }
            of_z.copy_from_slice(&products[..of_z.len()]);
        }
        (of_z, totals(simd, &sums))
    }
}

struct SquaredErrors<'a> {
    neuron: Neuron<'a, f64>,
    samples: &'a NeuronSamples,
}

impl WithSimd for SquaredErrors<'_> {
    type Output = NeuronErrors;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> NeuronErrors {
        let d = self.neuron.weight.len();
        let NeuronSamples { columns, y, .. } = self.samples;
        let mut sums = vec![simd.splat_f64s(0.0); d];
        let mut squares = [simd.splat_f64s(0.0); QUAD];
        for (columns, y) in columns.chunks_exact(d).zip(y) {
            for (at, y) in quads::<S>(y).iter().enumerate() {
                let mut of_z = self.neuron.predict(simd, columns, at);
                for u in 0..QUAD {
                    let p = of_z[u];
                    let error = simd.sub_f64s(p, y[u]);
                    squares[u] = simd.mul_add_e_f64s(error, error, squares[u]);
                    of_z[u] = simd.mul_f64s(error, slope(simd, self.neuron.activation, p));
                }
                add_products(simd, &mut sums, columns, at, &of_z);
            }
        }
        NeuronErrors {
            squares: totals(simd, &squares).iter().sum(),
            gradient: totals(simd, &sums),
        }
    }
}

/// Rows of d as columns of as many samples as there are lanes; 0 where there are fewer.
#[inline(always)]
fn side_by_side<T: Float>(rows: &[T], columns: &mut [Lanes]) {
    match columns.len() {
        1 => transpose::<T, 1>(rows, columns),
        2 => transpose::<T, 2>(rows, columns),
        3 => transpose::<T, 3>(rows, columns),
        d => {
            columns.fill([0.0; LANES]);
            for (l, row) in rows.chunks_exact(d).enumerate() {
                for (column, x) in columns.iter_mut().zip(row) {
                    column[l] = x.to_f64();
                }
            }
        }
    }
}

/// The same for a number of columns known to the compiler, which then moves several values at once.
#[inline(always)]
fn transpose<T: Float, const D: usize>(rows: &[T], columns: &mut [Lanes]) {
    let (rows, _) = rows.as_chunks::<D>();
    let Some(columns) = columns.first_chunk_mut::<D>() else {
        return;
    };
    if let Some(rows) = rows.first_chunk::<LANES>() {
        for (i, column) in columns.iter_mut().enumerate() {
            for l in 0..LANES {
                column[l] = rows[l][i].to_f64();
            }
        }
    } else {
        columns.fill([0.0; LANES]);
        for (l, row) in rows.iter().enumerate() {
            for i in 0..D {
                columns[i][l] = row[i].to_f64();
            }
        }
    }
}

/// A block by quads of vector registers.
#[inline(always)]
fn quads<S: Simd>(block: &Lanes) -> &[[S::f64s; QUAD]] {
    S::as_simd_f64s(block).0.as_chunks().0
}

/// Adds to every column's sum the products of one of its quads with these factors.
#[inline(always)]
fn add_products<S: Simd>(
    simd: S,
    sums: &mut [S::f64s],
    columns: &[Lanes],
    at: usize,
    factors: &[S::f64s; QUAD],
) {
    for (total, column) in sums.iter_mut().zip(columns) {
        let (mut sum, x) = (*total, quads::<S>(column)[at]);
        for u in 0..QUAD {
            sum = simd.mul_add_e_f64s(x[u], factors[u], sum);
        }
        *total = sum;
    }
}

/// The sums of each register's lanes.
#[inline(always)]
fn totals<S: Simd>(simd: S, sums: &[S::f64s]) -> Vec<f64> {
    let mut totals = Vec::with_capacity(sums.len());
    for sum in sums {
        totals.push(simd.reduce_sum_f64s(*sum));
    }
    totals
}

/// The activation's slope where its value is p.
#[inline(always)]
fn slope<S: Simd>(simd: S, activation: Activation, p: S::f64s) -> S::f64s {
    let one = simd.splat_f64s(1.0);
    match activation {
        Activation::Sigmoid => simd.mul_f64s(p, simd.sub_f64s(one, p)),
        Activation::Tanh => simd.sub_f64s(one, simd.mul_f64s(p, p)),
        Activation::Identity => one,
    }
}

/// `e^x`, to a few roundings: `2^n e^r` with `|r| <= ln(2) / 2`, where a polynomial of degree 11 leaves less than one.
#[inline(always)]
fn exp<S: Simd>(simd: S, mut x: [S::f64s; QUAD]) -> [S::f64s; QUAD] {
    // Added to a small number, it leaves that number's nearest integer in the last bits.
    const TO_INTEGER: f64 = 1.5 * (1_u64 << 52) as f64;
    // ln 2 as a number whose last bits are 0, so that its multiples are exact, and the rest.
    const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
    // Between the least and the largest of normal numbers; a NaN stays one.
    let values: &mut [f64] = pulp::bytemuck::cast_slice_mut(&mut x);
    for value in values {
        *value = if *value < -708.0 { -708.0 } else { *value };
        *value = if *value > 709.0 { 709.0 } else { *value };
    }
    let to_integer = simd.splat_f64s(TO_INTEGER);
    let log2_e = simd.splat_f64s(std::f64::consts::LOG2_E);
    let [high, low] = [simd.splat_f64s(-LN_2[0]), simd.splat_f64s(-LN_2[1])];
    let mut power = x;
    let mut square = x;
    for u in 0..QUAD {
        power[u] = simd.mul_add_e_f64s(x[u], log2_e, to_integer);
        let n = simd.sub_f64s(power[u], to_integer);
        x[u] = simd.mul_add_e_f64s(n, low, simd.mul_add_e_f64s(n, high, x[u]));
        square[u] = simd.mul_f64s(x[u], x[u]);
    }
    // Odd and even terms on their own: neither waits for the other.
    let mut odd = [simd.splat_f64s(SERIES[0]); QUAD];
    let mut even = [simd.splat_f64s(SERIES[1]); QUAD];
    for terms in SERIES[2..].as_chunks::<2>().0 {
        let terms = [simd.splat_f64s(terms[0]), simd.splat_f64s(terms[1])];
        for u in 0..QUAD {
            odd[u] = simd.mul_add_e_f64s(odd[u], square[u], terms[0]);
            even[u] = simd.mul_add_e_f64s(even[u], square[u], terms[1]);
        }
    }
    let bits: &mut [u64] = pulp::bytemuck::cast_slice_mut(&mut power);
    for bits in bits {
        *bits = (*bits << 52).wrapping_add(1.0_f64.to_bits());
    }
    for u in 0..QUAD {
        even[u] = simd.mul_f64s(simd.mul_add_e_f64s(odd[u], x[u], even[u]), power[u]);
    }
    even
}

/// The polynomial through `e^r` at the twelve Chebyshev points of `|r| <= ln(2) / 2`, from degree 11 down: within 5e-18.
const SERIES: [f64; 12] = [
    2.511_003_760_596_377_7e-8,
    2.763_263_963_904_103e-7,
    2.755_724_091_857_897e-6,
    2.480_148_548_232_834_9e-5,
    1.984_126_989_004_711_3e-4,
    1.388_888_895_231_474_5e-3,
    8.333_333_333_319_601e-3,
    4.166_666_666_648_81e-2,
    1.666_666_666_666_668e-1,
    5.000_000_000_000_019e-1,
    1.0,
    1.0,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Exponential(f64);

    impl WithSimd for Exponential {
        type Output = f64;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            pulp::bytemuck::cast_slice(&exp(simd, [simd.splat_f64s(self.0); QUAD]))[0]
        }
    }

    /// On this processor, and as on one without vectors.
    fn exponential(x: f64) -> f64 {
        let plain = Exponential(x).with_simd(pulp::Scalar);
        let here = Arch::new().dispatch(Exponential(x));
        let is_same = (here - plain).abs() <= 1e-15 * plain || here.is_nan() && plain.is_nan();
        assert!(is_same, "{here} {plain}");
        here
    }

    #[test]
    fn the_exponential_is_right_to_roundings_and_saturates() {
        for i in -70_000..70_000 {
            let x = f64::from(i) * 0.01;
            let got = exponential(x);
            assert!((got / x.exp() - 1.0).abs() < 1e-15, "{x} {got} {}", x.exp());
        }
        assert!(exponential(f64::NAN).is_nan());
        assert!(exponential(f64::NEG_INFINITY) < 1e-300);
        assert!(exponential(f64::INFINITY) > 1e300);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Sums of some tens of terms, in f64 and of one sample after the other.
        #[test]
        fn a_neuron_is_its_formula(
            (d, rows) in (1_usize..5).prop_flat_map(|d| (Just(d), prop::collection::vec(prop::collection::vec(-9.0_f64..9.0, d + 2), 0..50))),
            weight in prop::collection::vec(-9.0_f64..9.0, 5),
        ) {
            let weight = &weight[..d];
            let column = |i: usize| rows.iter().map(move |row| row[i]).collect::<Vec<f64>>();
            let (y, grad) = (column(d), column(d + 1));
            let x: Vec<f64> = rows.iter().flat_map(|row| row[..d].to_vec()).collect();
            for activation in Activation::ALL {
                let neuron = Neuron { weight, activation };
                let p = neuron.forward(&x);
                let (of_w, of_x) = neuron.backward(&x, &p, &grad, true);
                let of_x = of_x.unwrap();
                let errors = NeuronSamples::new(&x, &y, d, activation).squared_errors(weight);
                let (mut wanted_w, mut wanted_gradient, mut squares) = (vec![0.0; d], vec![0.0; d], 0.0);
                for (row, x) in x.chunks(d).enumerate() {
                    let z: f64 = x.iter().zip(weight).map(|(x, w)| x * w).sum();
                    let size: f64 = x.iter().zip(weight).map(|(x, w)| (x * w).abs()).sum();
                    let wanted = activation.apply(z);
                    prop_assert!((p[row] - wanted).abs() <= 1e-14 * (1.0 + size), "{activation:?} {z} {wanted}");
                    let slope = activation.slope(p[row]);
                    for i in 0..d {
                        wanted_w[i] += x[i] * grad[row] * slope;
                        wanted_gradient[i] += x[i] * (p[row] - y[row]) * slope;
                        prop_assert!((of_x[row * d + i] - grad[row] * slope * weight[i]).abs() <= 1e-13);
                    }
                    squares += (p[row] - y[row]).powi(2);
                }
                prop_assert!((errors.squares - squares).abs() <= 1e-13 * (1.0 + squares));
                // No term is larger than 9 (45 9 + 9), and there are at most 50.
                for i in 0..d {
                    prop_assert!((of_w[i] - wanted_w[i]).abs() <= 1e-10);
                    prop_assert!((errors.gradient[i] - wanted_gradient[i]).abs() <= 1e-9);
                }
                let narrow = |values: &[f64]| values.iter().map(|v| *v as f32).collect::<Vec<f32>>();
                let weight = narrow(weight);
                let in_f32 = Neuron { weight: &weight, activation }.forward(&narrow(&x));
                for (a, b) in in_f32.iter().zip(&p) {
                    // The sum's slope is 1 at most; the weighted sum carries the roundings of its factors.
                    prop_assert!((f64::from(*a) - b).abs() <= 1e-7 * (2.0 + 4.0 * 81.0));
                }
            }
        }
    }
}
