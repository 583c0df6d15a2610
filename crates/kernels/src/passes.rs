//! The forward and the backward pass, by the table of pieces or by tiles.

use pulp::Arch;

use crate::{
    float::Float,
    net::{Net, Sums},
    parts::{chunks_or_none, parts_of, run_parts},
    segments, tiles,
};

/// The gradients of a network's parameters, shaped like them, and of x where it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct NetGradient<T> {
    /// Of W1, `[d, h]`.
    pub w1: Vec<T>,
    /// Of b1, `[h]`.
    pub b1: Vec<T>,
    /// Of W2, `[h, k]`.
    pub w2: Vec<T>,
    /// Of b2, `[k]`.
    pub b2: Vec<T>,
    /// Of x, `[n, d]`.
    pub x: Option<Vec<T>>,
}

/// What a forward pass saves for the backward pass: with one input the table of pieces and each sample's piece, `O(n + h)`;
/// else nothing.
#[derive(Debug)]
pub struct Saved<T> {
    table: Option<segments::Table<T>>,
    pieces: Vec<u32>,
}

impl<T: Float> Net<'_, T> {
    /// The table of pieces, where it is the faster way and the network has one.
    fn table(&self, n: usize) -> Option<segments::Table<T>> {
        let is_worth = self.n_inputs() == 1 && segments::is_worth(n);
        is_worth.then(|| segments::Table::new(self)).flatten()
    }

    /// The predictions for `x [n, d]`: `[n, k]`.
    ///
    /// ```
    /// use shallow_kernels::Net;
    /// // |x| = relu(x) + relu(-x)
    /// let abs = Net { w1: &[1.0_f32, -1.0], b1: &[0.0; 2], w2: &[1.0; 2], b2: &[0.0] };
    /// assert_eq!(abs.forward(&[-2.0, 0.5]), [2.0, 0.5]);
    /// let (_, saved) = abs.forward_saving(&[-2.0, 0.5]);
    /// assert_eq!(abs.backward(&saved, &[-2.0, 0.5], &[1.0, 1.0], true).x.unwrap(), [-1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// When the sizes are not those of one network and its samples.
    pub fn forward(&self, x: &[T]) -> Vec<T> {
        self.forward_by(self.table(x.len() / self.n_inputs()).as_ref(), x, &mut [])
    }

    /// The predictions, and what saves the backward pass a search.
    ///
    /// # Panics
    ///
    /// As [`forward`](Self::forward).
    pub fn forward_saving(&self, x: &[T]) -> (Vec<T>, Saved<T>) {
        self.forward_saving_by(self.table(x.len() / self.n_inputs()), x)
    }

    fn forward_saving_by(&self, table: Option<segments::Table<T>>, x: &[T]) -> (Vec<T>, Saved<T>) {
        let mut pieces = vec![0; if table.is_some() { x.len() } else { 0 }];
        let y = self.forward_by(table.as_ref(), x, &mut pieces);
        (y, Saved { table, pieces })
    }

    fn forward_by(
        &self,
        table: Option<&segments::Table<T>>,
        x: &[T],
        pieces: &mut [u32],
    ) -> Vec<T> {
        let (d, k) = (self.n_inputs(), self.n_outputs());
        let n = x.len() / d;
        assert!(x.len() == n * d, "{} values are no rows of {d}", x.len());
        let mut y = vec![T::ZERO; n * k];
        let least = table.map_or_else(|| tiles::rows_of_part(self), |_| segments::ROWS);
        let rows = parts_of(n, least);
        let part = |((x, y), pieces): ((&[T], &mut [T]), &mut [u32])| match table {
            Some(table) => table.forward(self, x, y, pieces),
            None => Arch::new().dispatch(tiles::Forward { net: *self, x, y }),
        };
        let parts = x.chunks(rows * d).zip(y.chunks_mut(rows * k));
        run_parts(parts.zip(chunks_or_none(pieces, rows, n)), part);
        y
    }

    /// From `grad = dL/dy` `[n, k]` and what the forward pass saved of the same x, L's gradients.
    ///
    /// # Panics
    ///
    /// When the sizes are not those of one network and its samples.
    pub fn backward(&self, saved: &Saved<T>, x: &[T], grad: &[T], wants_x: bool) -> NetGradient<T> {
        let (d, k) = (self.n_inputs(), self.n_outputs());
        let n = x.len() / d;
        assert!(
            x.len() == n * d && grad.len() == n * k,
            "{} gradients of {n} rows",
            grad.len()
        );
        let mut dx = vec![T::ZERO; if wants_x { n * d } else { 0 }];
        let sums = if let Some(table) = &saved.table {
            let rows = parts_of(n, segments::ROWS.max(self.n_hidden()));
            let parts = x
                .chunks(rows)
                .zip(grad.chunks(rows * k))
                .zip(saved.pieces.chunks(rows));
            let bins = run_parts(
                parts.zip(chunks_or_none(&mut dx, rows, n)),
                |(((x, grad), pieces), dx)| table.backward(self, x, pieces, grad, dx),
            );
            let bins = bins.into_iter().reduce(|sum, part| sum.add(&part));
            bins.map(|bins| table.gradient(self, bins))
        } else {
            let rows = parts_of(n, tiles::rows_of_part(self));
            let parts = x.chunks(rows * d).zip(grad.chunks(rows * k));
            let sums = run_parts(
                parts.zip(chunks_or_none(&mut dx, rows * d, n * d)),
                |((x, grad), dx)| {
                    Arch::new().dispatch(tiles::Backward {
                        net: *self,
                        x,
                        grad,
                        dx,
                    })
                },
            );
            sums.into_iter().reduce(|sum, part| sum.add(&part))
        };
        let sums = sums.unwrap_or_else(|| Sums::zero(self));
        let rounded = |sums: Vec<f64>| sums.into_iter().map(T::from_f64).collect();
        NetGradient {
            w1: rounded(sums.w1),
            b1: rounded(sums.b1),
            w2: rounded(sums.w2),
            b2: rounded(sums.b2),
            x: wants_x.then_some(dx),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A network and its samples, in f64, of whatever float type they were drawn.
    #[derive(Debug, Clone)]
    struct Case {
        d: usize,
        w1: Vec<f64>,
        b1: Vec<f64>,
        w2: Vec<f64>,
        b2: Vec<f64>,
        x: Vec<f64>,
        grad: Vec<f64>,
    }

    /// Of eighths, with which nothing is rounded, so that kinks meet each other and samples, or of any numbers.
    fn values(n: usize, of_eighths: bool) -> BoxedStrategy<Vec<f64>> {
        if of_eighths {
            let eighth = (-16..17_i8).prop_map(|v| f64::from(v) / 8.0);
            prop::collection::vec(eighth, n).boxed()
        } else {
            let single = (-3.0..3.0_f32).prop_map(f64::from);
            prop::collection::vec(prop_oneof![9 => single, 1 => Just(0.0)], n).boxed()
        }
    }

    fn case(largest_d: usize) -> impl Strategy<Value = Case> {
        let n = prop_oneof![Just(0), Just(1), 2..40_usize, 250..600_usize];
        let h = prop_oneof![Just(1), 2..40_usize, Just(130)];
        (n, 1..=largest_d, h, 1..4_usize, any::<bool>()).prop_flat_map(
            |(n, d, h, k, of_eighths)| {
                let blocks = [d * h, h, h * k, k, n * d, n * k].map(|n| values(n, of_eighths));
                blocks.prop_map(move |[w1, b1, w2, b2, x, grad]| Case {
                    d,
                    w1,
                    b1,
                    w2,
                    b2,
                    x,
                    grad,
                })
            },
        )
    }

    /// The composed network in `T`, one sum after the other, how large the terms of every sum are together, and what of it
    /// depends on a rounding: with several inputs, that of a sum near 0 decides whether a unit is on.
    fn composed<T: Float>(case: &Case, rounding: f64) -> [Vec<(f64, f64, f64)>; 6] {
        let t = |values: &[f64]| values.iter().map(|v| T::from_f64(*v)).collect::<Vec<T>>();
        let (w1, b1, w2, b2) = (t(&case.w1), t(&case.b1), t(&case.w2), t(&case.b2));
        let (x, grad) = (t(&case.x), t(&case.grad));
        let (d, h, k) = (case.d, b1.len(), b2.len());
        let zero = |n: usize| vec![(0.0, 0.0, 0.0); n];
        let mut sums = [
            zero(grad.len()),
            zero(d * h),
            zero(h),
            zero(h * k),
            zero(k),
            zero(x.len()),
        ];
        let add = |sum: &mut (f64, f64, f64), factors: [f64; 2], size: f64| {
            sum.0 += factors[0] * factors[1];
            sum.1 += size * factors[1].abs();
        };
        for (row, (x, grad)) in x.chunks(d).zip(grad.chunks(k)).enumerate() {
            for j in 0..h {
                let mut z = T::ZERO;
                let mut size = b1[j].to_f64().abs();
                for (i, x) in x.iter().enumerate() {
                    z += *x * w1[i * h + j];
                    size += (x.to_f64() * w1[i * h + j].to_f64()).abs();
                }
                z += b1[j];
                let is_off = z <= T::ZERO;
                let a = if is_off { 0.0 } else { z.to_f64() };
                let mut dz = (0.0, 0.0, 0.0);
                for o in 0..k {
                    let (v, g) = (w2[j * k + o].to_f64(), grad[o].to_f64());
                    add(&mut sums[0][row * k + o], [a, v], size);
                    add(&mut sums[3][j * k + o], [a, g], size);
                    add(&mut dz, [v, g], v.abs());
                }
                let open = if d > 1 && z.to_f64().abs() <= rounding * size {
                    dz.1
                } else {
                    0.0
                };
                if is_off {
                    dz = (0.0, 0.0, 0.0);
                }
                sums[2][j].0 += dz.0;
                sums[2][j].1 += dz.1;
                if open > 0.0 && open.is_finite() {
                    sums[2][j].2 += open;
                }
                for (i, x) in x.iter().enumerate() {
                    let (x, w) = (x.to_f64(), w1[i * h + j].to_f64());
                    add(&mut sums[1][i * h + j], [dz.0, x], dz.1);
                    add(&mut sums[5][row * d + i], [dz.0, w], dz.1);
                    if open > 0.0 && open.is_finite() {
                        sums[1][i * h + j].2 += open * x.abs();
                        sums[5][row * d + i].2 += open * w.abs();
                    }
                }
            }
            for o in 0..k {
                let (b2, g) = (b2[o].to_f64(), grad[o].to_f64());
                add(&mut sums[0][row * k + o], [1.0, b2], 1.0);
                add(&mut sums[4][o], [1.0, g], 1.0);
            }
        }
        sums
    }

    /// By both kernels where there are two, within some roundings of the terms, and the same where no number comes out.
    fn check<T: Float>(case: &Case, rounding: f64) -> Result<(), TestCaseError> {
        let t = |values: &[f64]| values.iter().map(|v| T::from_f64(*v)).collect::<Vec<T>>();
        let (w1, b1, w2, b2) = (t(&case.w1), t(&case.b1), t(&case.w2), t(&case.b2));
        let (x, grad) = (t(&case.x), t(&case.grad));
        let net = Net {
            w1: &w1,
            b1: &b1,
            w2: &w2,
            b2: &b2,
        };
        let wanted = composed::<T>(case, rounding);
        let table = || (case.d == 1).then(|| segments::Table::new(&net)).flatten();
        for is_table in [false, true] {
            let (y, saved) = net.forward_saving_by(table().filter(|_| is_table), &x);
            let gradient = net.backward(&saved, &x, &grad, true);
            let without = net.backward(&saved, &x, &grad, false);
            let got = [
                y,
                gradient.w1,
                gradient.b1,
                gradient.w2,
                gradient.b2,
                gradient.x.unwrap(),
            ];
            prop_assert!(without.x.is_none());
            for (got, without) in got[1..5]
                .iter()
                .zip([without.w1, without.b1, without.w2, without.b2])
            {
                prop_assert_eq!(format!("{got:?}"), format!("{without:?}"));
            }
            let names = ["y", "w1", "b1", "w2", "b2", "x"];
            for ((name, got), wanted) in names.iter().zip(&got).zip(&wanted) {
                prop_assert_eq!(got.len(), wanted.len());
                for (at, (got, (wanted, size, open))) in got.iter().zip(wanted).enumerate() {
                    let got = got.to_f64();
                    let is_close = match wanted.is_finite() {
                        // An infinite weight of a unit that is off has no part in the sum, but one in its size.
                        true => (got - wanted).abs() <= rounding * size + open || size.is_nan(),
                        false => {
                            got.to_bits() == wanted.to_bits() || got.is_nan() && wanted.is_nan()
                        }
                    };
                    prop_assert!(
                        is_close,
                        "{name}[{at}] {got} {wanted} {size} table {is_table}"
                    );
                }
            }
        }
        Ok(())
    }

    // A sum of some hundred terms, of which many cancel each other's roundings.
    const F64: f64 = 1e-14;
    const F32: f64 = 32.0 * f32::EPSILON as f64;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn one_input_is_as_composed(case in case(1)) {
            check::<f64>(&case, F64)?;
            check::<f32>(&case, F32)?;
        }

        #[test]
        fn many_inputs_are_as_composed(case in case(9)) {
            check::<f64>(&case, F64)?;
            check::<f32>(&case, F32)?;
        }

        /// Infinities and NaNs in samples, gradients and weights come out where they do of the composed network.
        #[test]
        fn what_is_no_number_stays_none(
            case in case(2),
            at in prop::collection::vec((0..6_usize, any::<prop::sample::Index>(), 0..3_usize), 1..4),
        ) {
            let mut case = case;
            for (block, index, what) in at {
                let Case { w1, b1, w2, b2, x, grad, .. } = &mut case;
                let block = [x, grad, w1, b1, w2, b2].into_iter().nth(block).unwrap();
                if !block.is_empty() {
                    let at = index.index(block.len());
                    block[at] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][what];
                }
            }
            check::<f64>(&case, F64)?;
            check::<f32>(&case, F32)?;
        }
    }

    /// The same bits on one thread as on three.
    #[test]
    fn sums_do_not_depend_on_the_number_of_threads() {
        let number = |i: usize| (i as f64 * 0.7).sin() as f32;
        let numbers = |n: usize, from: usize| (from..from + n).map(number).collect::<Vec<_>>();
        for d in [1, 3] {
            let (h, n) = (50, 9000);
            let (w1, b1, w2) = (numbers(d * h, 0), numbers(h, 900), numbers(h, 2000));
            let net = Net {
                w1: &w1,
                b1: &b1,
                w2: &w2,
                b2: &[0.5],
            };
            let (x, grad) = (numbers(n * d, 3), numbers(n, 70));
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                pool.install(|| {
                    let (y, saved) = net.forward_saving(&x);
                    (y, net.backward(&saved, &x, &grad, true))
                })
            };
            assert_eq!(on(1), on(3));
        }
    }
}
