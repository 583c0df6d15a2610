//! One neuron, `p = activation(X w)`, and its gradients, some samples at once in vector registers.
//!
//! Everything is computed in f64 and rounded once. The exponential function is a polynomial after its argument is reduced by
//! multiples of ln 2, all of it arithmetic on many samples at once; a sigmoid or tanh is right to some roundings of 1.

use pulp::{Arch, Simd, WithSimd};

use super::Float;
use crate::Activation;

/// Samples at once.
const LANES: usize = 16;

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
}

impl NeuronSamples {
    /// Of `X [n, d]` and `y [n]`.
    ///
    /// # Panics
    ///
    /// When X has not as many rows as y has values.
    pub fn new(x: &[f64], y: &[f64], n_features: usize) -> Self {
        let (n, d) = (y.len(), n_features);
        assert!(
            x.len() == n * d,
            "{} values are not {n} rows of {d}",
            x.len()
        );
        let lanes = |rows: &[f64], d: usize| {
            let mut columns = vec![[0.0; LANES]; rows.len().div_ceil(LANES * d) * d];
            for (rows, columns) in rows.chunks(LANES * d).zip(columns.chunks_mut(d)) {
                side_by_side(rows, columns);
            }
            columns
        };
        Self {
            columns: lanes(x, d),
            y: lanes(y, 1),
            n,
        }
    }

    /// n.
    pub fn n_samples(&self) -> usize {
        self.n
    }

    /// How far a neuron is from y: forward and backward in one pass.
    pub fn squared_errors(&self, neuron: Neuron<f64>) -> NeuronErrors {
        Arch::new().dispatch(SquaredErrors {
            neuron,
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
        let of_z = |(p, g): (&T, &T)| g.to_f64() * self.activation.slope(p.to_f64());
        let of_z: Vec<f64> = p.iter().zip(grad).map(of_z).collect();
        let of_w = Arch::new().dispatch(OfWeight {
            d: self.weight.len(),
            x,
            of_z: &of_z,
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

    /// The predictions of as many samples as there are lanes.
    #[inline(always)]
    fn predict<S: Simd>(&self, simd: S, columns: &[Lanes]) -> Lanes {
        let mut z = [0.0; LANES];
        for (w, column) in self.weight.iter().zip(columns) {
            let w = simd.splat_f64s(w.to_f64());
            let column = S::as_simd_f64s(column).0;
            for (z, x) in S::as_mut_simd_f64s(&mut z).0.iter_mut().zip(column) {
                *z = simd.mul_add_e_f64s(*x, w, *z);
            }
        }
        let one = simd.splat_f64s(1.0);
        match self.activation {
            Activation::Sigmoid => {
                for z in S::as_mut_simd_f64s(&mut z).0 {
                    let e = exp(simd, simd.neg_f64s(*z));
                    *z = simd.div_f64s(one, simd.add_f64s(one, e));
                }
            }
            Activation::Tanh => {
                let zero = simd.splat_f64s(0.0);
                for z in S::as_mut_simd_f64s(&mut z).0 {
                    let size = simd.abs_f64s(*z);
                    let e = exp(simd, simd.mul_f64s(simd.splat_f64s(-2.0), size));
                    let tanh = simd.div_f64s(simd.sub_f64s(one, e), simd.add_f64s(one, e));
                    let is_negative = simd.less_than_f64s(*z, zero);
                    *z = simd.select_f64s(is_negative, simd.neg_f64s(tanh), tanh);
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
            let values = self.neuron.predict(simd, &columns);
            for (p, value) in p.iter_mut().zip(values) {
                *p = T::from_f64(value);
            }
        }
    }
}

struct OfWeight<'a, T> {
    d: usize,
    x: &'a [T],
    of_z: &'a [f64],
}

impl<T: Float> WithSimd for OfWeight<'_, T> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f64> {
        let mut columns = vec![[0.0; LANES]; self.d];
        let mut sums = vec![[0.0; LANES]; self.d];
        for (x, of_z) in self.x.chunks(LANES * self.d).zip(self.of_z.chunks(LANES)) {
            side_by_side(x, &mut columns);
            let mut lanes = [0.0; LANES];
            lanes[..of_z.len()].copy_from_slice(of_z);
            add_products(simd, &mut sums, &columns, &lanes);
        }
        sums.iter().map(|lanes| lanes.iter().sum()).collect()
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
        let NeuronSamples { columns, y, n } = self.samples;
        let mut sums = vec![[0.0; LANES]; d];
        let mut squares = [0.0; LANES];
        for (at, (columns, y)) in columns.chunks_exact(d).zip(y).enumerate() {
            let p = self.neuron.predict(simd, columns);
            let mut errors = [0.0; LANES];
            for l in 0..LANES {
                errors[l] = p[l] - y[l];
            }
            if let Some(errors) = errors.get_mut(n - at * LANES..) {
                errors.fill(0.0);
            }
            let slopes = slopes(simd, self.neuron.activation, &p);
            for l in 0..LANES {
                squares[l] += errors[l] * errors[l];
                errors[l] *= slopes[l];
            }
            add_products(simd, &mut sums, columns, &errors);
        }
        NeuronErrors {
            squares: squares.iter().sum(),
            gradient: sums.iter().map(|lanes| lanes.iter().sum()).collect(),
        }
    }
}

/// Rows of d as columns of as many samples as there are lanes; 0 where there are fewer.
#[inline(always)]
fn side_by_side<T: Float>(rows: &[T], columns: &mut [Lanes]) {
    let d = columns.len();
    if rows.len() < LANES * d {
        columns.fill([0.0; LANES]);
        for (l, row) in rows.chunks_exact(d).enumerate() {
            for (column, x) in columns.iter_mut().zip(row) {
                column[l] = x.to_f64();
            }
        }
        return;
    }
    let rows = &rows[..LANES * d];
    for (i, column) in columns.iter_mut().enumerate() {
        for l in 0..LANES {
            column[l] = rows[l * d + i].to_f64();
        }
    }
}

#[inline(always)]
fn add_products<S: Simd>(simd: S, sums: &mut [Lanes], columns: &[Lanes], factors: &Lanes) {
    let factors = S::as_simd_f64s(factors).0;
    for (sum, column) in sums.iter_mut().zip(columns) {
        let sum = S::as_mut_simd_f64s(sum).0.iter_mut();
        for ((sum, x), factor) in sum.zip(S::as_simd_f64s(column).0).zip(factors) {
            *sum = simd.mul_add_e_f64s(*x, *factor, *sum);
        }
    }
}

/// The activation's slopes where its values are p.
#[inline(always)]
fn slopes<S: Simd>(simd: S, activation: Activation, p: &Lanes) -> Lanes {
    let one = simd.splat_f64s(1.0);
    let mut slopes = [1.0; LANES];
    for (slope, p) in S::as_mut_simd_f64s(&mut slopes)
        .0
        .iter_mut()
        .zip(S::as_simd_f64s(p).0)
    {
        match activation {
            Activation::Sigmoid => *slope = simd.mul_f64s(*p, simd.sub_f64s(one, *p)),
            Activation::Tanh => *slope = simd.sub_f64s(one, simd.mul_f64s(*p, *p)),
            Activation::Identity => {}
        }
    }
    slopes
}

/// `e^x`, to a few roundings: `2^n e^r` with `|r| <= ln(2) / 2`, where fourteen terms of the series leave less than one.
#[inline(always)]
fn exp<S: Simd>(simd: S, x: S::f64s) -> S::f64s {
    // Added to a small number, it leaves that number's nearest integer in the last bits.
    const TO_INTEGER: f64 = 1.5 * (1_u64 << 52) as f64;
    // ln 2 as a number whose last bits are 0, so that its multiples are exact, and the rest.
    const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
    // Between the least and the largest of normal numbers; a NaN stays one.
    let (least, largest) = (simd.splat_f64s(-708.0), simd.splat_f64s(709.0));
    let x = simd.select_f64s(simd.less_than_f64s(x, least), least, x);
    let x = simd.select_f64s(simd.less_than_f64s(largest, x), largest, x);
    let to_integer = simd.splat_f64s(TO_INTEGER);
    let log2_e = simd.splat_f64s(std::f64::consts::LOG2_E);
    let shifted = simd.mul_add_e_f64s(x, log2_e, to_integer);
    let n = simd.sub_f64s(shifted, to_integer);
    let r = simd.mul_add_e_f64s(n, simd.splat_f64s(-LN_2[0]), x);
    let r = simd.mul_add_e_f64s(n, simd.splat_f64s(-LN_2[1]), r);
    // Odd and even terms on their own: neither waits for the other.
    let square = simd.mul_f64s(r, r);
    let (mut odd, mut even) = (simd.splat_f64s(SERIES[0]), simd.splat_f64s(SERIES[1]));
    for terms in SERIES[2..].as_chunks::<2>().0 {
        odd = simd.mul_add_e_f64s(odd, square, simd.splat_f64s(terms[0]));
        even = simd.mul_add_e_f64s(even, square, simd.splat_f64s(terms[1]));
    }
    let series = simd.mul_add_e_f64s(odd, r, even);
    let mut power = [shifted];
    let bits: &mut [u64] = pulp::bytemuck::cast_slice_mut(&mut power);
    for bits in bits {
        *bits = (*bits << 52).wrapping_add(1.0_f64.to_bits());
    }
    simd.mul_f64s(series, power[0])
}

/// `1 / k!`, from k = 13 down to 0.
const SERIES: [f64; 14] = {
    let mut series = [1.0; 14];
    let mut k = 1;
    while k < 14 {
        series[13 - k] = series[14 - k] / k as f64;
        k += 1;
    }
    series
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Exponential(f64);

    impl WithSimd for Exponential {
        type Output = f64;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            pulp::bytemuck::cast_slice(&[exp(simd, simd.splat_f64s(self.0))])[0]
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
                let errors = NeuronSamples::new(&x, &y, d).squared_errors(neuron);
                let (mut wanted_w, mut wanted_gradient, mut squares) = (vec![0.0; d], vec![0.0; d], 0.0);
                for (row, x) in x.chunks(d).enumerate() {
                    let z: f64 = x.iter().zip(weight).map(|(x, w)| x * w).sum();
                    let wanted = activation.apply(z);
                    prop_assert!((p[row] - wanted).abs() <= 1e-14 * (1.0 + z.abs()), "{activation:?} {z} {wanted}");
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
