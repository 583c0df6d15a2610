//! The exact engine: the full-batch gradient of a one-input ReLU network in time that does not depend on the samples.
//!
//! With one input, `y(x) = b2 + sum_j v_j relu(w_j x + b_j)` is a straight line between neighbouring kinks
//! `-b_j / w_j`, so the residuals' sums between them come from prefix [`Moments`]. A unit is active on a half-line;
//! with G0 and G1 the sums of the loss's derivative `g = dL/dy` and of `g x` over it,
//!
//! ```text
//! dL/dv_j = w_j G1 + b_j G0      dL/dw_j = v_j G1      dL/db_j = v_j G0      dL/db2 = sum of g over all samples
//! ```
//!
//! It is backprop's gradient, summed in another order. On which side of a kink a sample lies is decided as backprop
//! does, by the sign of the rounded `w x + b`.

use pulp::{Arch, Simd, WithSimd};

use super::{
    double::Double,
    kinks::{Kink, Kinks, is_active},
    moments::{BLOCK, Moments},
};
use crate::parameters::{reduction::Reduction, relu_weights::ReluWeights};

/// Of the terms that sum to the squared error, the share below which cancellation has left fewer than six digits.
const CANCELLED: f64 = 1e-9;

/// The largest number of f64 in a vector register.
const LANES: usize = 8;

/// Loss and gradient of networks of one width on the same samples.
///
/// A call takes `O(h k)` time and allocates nothing; a kink that has left its block of eight samples since the last call
/// is searched for from there, in the logarithm of the blocks passed. Memory is `O(h k)`.
///
/// ```
/// use shallow_analytic::{ExactGradient, Moments, Reduction, ReluWeights};
/// // |x| = relu(x) + relu(-x): two units, no error, so no gradient.
/// let abs = ReluWeights { w1: vec![1.0, -1.0], b1: vec![0.0; 2], w2: vec![1.0; 2], b2: vec![0.0] };
/// let moments = Moments::new(&[-2.0, 0.5, 1.5], &[2.0, 0.5, 1.5]);
/// let mut gradient = abs.clone();
/// let loss = ExactGradient::new(&moments, 2).loss_and_gradient(&abs, Reduction::Mean, &mut gradient);
/// assert_eq!(loss, 0.0);
/// assert_eq!(gradient, ReluWeights::zeros(1, 2, 1));
/// ```
#[derive(Debug)]
pub struct ExactGradient<'a> {
    moments: &'a Moments,
    arch: Arch,
    kinks: Kinks,
    /// The units' w, b (about the moments' origin of x) and, of one output, v, in the kinks' order. Rows are filled up to
    /// whole registers with zeros, which add nothing.
    w: Vec<f64>,
    b: Vec<f64>,
    v: Vec<f64>,
    /// The slope and intercept on each stretch from units active to the right of their kinks, and from those active to
    /// the left.
    to_right: Line,
    to_left: Line,
    /// The sums of residuals times x and of residuals on each stretch, and over all stretches left and right of each
    /// kink.
    residual: Line,
    before: Line,
    after: Line,
    /// The smallest share that an output's squared error had in the terms it was summed from, in the last call; of those
    /// not summed again in double-double.
    share: f64,
    /// One output's part of the gradient, in the kinks' order.
    dw: Vec<f64>,
    db: Vec<f64>,
    dv: Vec<f64>,
}

/// What belongs to slopes, and what to intercepts.
#[derive(Debug)]
struct Line {
    slope: Vec<f64>,
    intercept: Vec<f64>,
}

impl<'a> ExactGradient<'a> {
    /// For networks of `n_hidden` units on these samples.
    pub fn new(moments: &'a Moments, n_hidden: usize) -> Self {
        let arch = Arch::new();
        let padded = (n_hidden + 2).next_multiple_of(LANES);
        let row = || vec![0.0; padded];
        let line = || Line {
            slope: row(),
            intercept: row(),
        };
        Self {
            moments,
            arch,
            kinks: arch.dispatch(Start {
                moments,
                n_hidden,
                padded: padded + LANES,
            }),
            w: row(),
            b: row(),
            v: row(),
            to_right: line(),
            to_left: line(),
            residual: line(),
            before: line(),
            after: line(),
            share: 0.0,
            dw: row(),
            db: row(),
            dv: row(),
        }
    }

    /// The squared error of the network with these weights, reduced; its gradient goes to `gradient`.
    ///
    /// The mean is over the samples' weights times the outputs. The loss carries a few times 1e-16 of the terms it is
    /// summed from, and at least six digits; [`precise_loss`](Self::precise_loss) carries all. A network with a NaN or an
    /// infinity has a loss that is not finite, unless in units that are then active nowhere.
    ///
    /// # Panics
    ///
    /// When the network has another width, more than one input, or other outputs than the samples.
    pub fn loss_and_gradient(
        &mut self,
        weights: &ReluWeights,
        reduction: Reduction,
        gradient: &mut ReluWeights,
    ) -> f64 {
        self.check(weights);
        self.check(gradient);
        not_below_0(self.arch.dispatch(Step {
            engine: self,
            weights,
            reduction,
            gradient,
        }))
    }

    /// The squared error alone, to about fourteen digits however small it is: summed in double-double, which takes a few
    /// times as long.
    ///
    /// # Panics
    ///
    /// As [`loss_and_gradient`](Self::loss_and_gradient).
    pub fn precise_loss(&mut self, weights: &ReluWeights, reduction: Reduction) -> f64 {
        self.check(weights);
        not_below_0(self.arch.dispatch(PreciseLoss {
            engine: self,
            weights,
            reduction,
        }))
    }

    /// About how many digits the loss of the last [`loss_and_gradient`](Self::loss_and_gradient) has.
    pub fn digits(&self) -> f64 {
        15.0 + self.share.log10().min(0.0)
    }

    /// The units from left to right, as Gauss-Newton needs them; at the weights of the last call.
    pub(crate) fn half_lines(&self) -> HalfLines<'_> {
        HalfLines {
            kinks: &self.kinks,
            moments: self.moments,
        }
    }

    fn check(&self, weights: &ReluWeights) {
        let (h, k) = (self.kinks.order.len(), self.moments.n_outputs());
        assert!(
            weights.blocks().map(<[f64]>::len) == [h, h, h * k, k],
            "not a network of one input, {h} units and {k} outputs"
        );
    }

    /// The squared error of one output's lines: whole blocks in double-double, samples of a block with a kink in it one
    /// by one.
    #[inline(always)]
    fn precise(&self, output: usize, weights: &ReluWeights) -> f64 {
        let moments = self.moments;
        let k = moments.n_outputs();
        let block_of = |kink: &Kink| self.kinks.block[kink.unit()] as usize;
        let mut sum = Double::default();
        let (mut line, mut at) = (0, 0);
        while at < moments.n_blocks() {
            let next = self
                .kinks
                .order
                .get(line)
                .map_or(moments.n_blocks(), block_of);
            if at < next {
                sum = sum.plus(self.whole_blocks(at, next, line, output));
                at = next;
                continue;
            }
            let block = moments.block(at, k);
            let kinks = &self.kinks.order[line..];
            let kinks = &kinks[..kinks.iter().take_while(|kink| block_of(kink) == at).count()];
            let mut squares = 0.0;
            for i in 0..BLOCK {
                let passed = kinks.iter().filter(|kink| {
                    let (w, b) = (weights.w1[kink.unit()], weights.b1[kink.unit()]);
                    is_active(w, b, block.x[i]) != (w < 0.0)
                });
                let (slope, intercept) = self.line(line + passed.count());
                let r = slope * (block.x[i] - moments.x_origin) + intercept - block.y[output][i];
                squares += block.weight[i] * r * r;
            }
            sum = sum.plus(Double {
                hi: squares,
                lo: 0.0,
            });
            line += kinks.len();
            at += 1;
        }
        sum.hi
    }

    #[inline(always)]
    fn line(&self, stretch: usize) -> (f64, f64) {
        let (right, left) = (&self.to_right, &self.to_left);
        (
            right.slope[stretch] + left.slope[stretch],
            right.intercept[stretch] + left.intercept[stretch],
        )
    }

    /// The squared error of one line on the blocks from `start` to `end`.
    #[inline(always)]
    fn whole_blocks(&self, start: usize, end: usize, stretch: usize, output: usize) -> Double {
        let moments = self.moments;
        let (s, c) = self.line(stretch);
        let at = |block: usize, moment: usize| {
            if block == moments.n_blocks() {
                moments.total[moment]
            } else {
                let block = moments.block(block, moments.n_outputs());
                Double {
                    hi: block.whole[moment],
                    lo: block.rest[moment],
                }
            }
        };
        let between = |moment: usize| at(end, moment).minus(at(start, moment));
        let [n, x, xx] = [0, 1, 2].map(between);
        let [y, xy, yy] = [0, 1, 2].map(|moment| between(3 + 3 * output + moment));
        let slope_part = xx
            .times(s)
            .plus(x.times(2.0 * c))
            .minus(xy.times(2.0))
            .times(s);
        let intercept_part = n.times(c).minus(y.times(2.0)).times(c);
        slope_part.plus(intercept_part).plus(yy)
    }
}

/// Where the units of a network are active.
pub(crate) struct HalfLines<'a> {
    kinks: &'a Kinks,
    moments: &'a Moments,
}

impl HalfLines<'_> {
    pub(crate) fn moments(&self) -> &Moments {
        self.moments
    }

    /// The units' numbers in the order of their kinks.
    pub(crate) fn units(&self) -> Vec<usize> {
        self.kinks.order.iter().map(|kink| kink.unit()).collect()
    }

    /// W, X and XX of the samples left of the kinks: of none at 0, of those left of each kink in order, of all.
    pub(crate) fn prefix(&self) -> Vec<[f64; 3]> {
        let h = self.kinks.order.len();
        let at = |slot: usize| {
            [0, 1, 2].map(|moment| self.kinks.prefix[moment * self.kinks.padded + slot])
        };
        (0..=h + 1).map(at).collect()
    }
}

/// [`ExactGradient::precise_loss`], compiled for the machine's vector instructions.
struct PreciseLoss<'s, 'a> {
    engine: &'s mut ExactGradient<'a>,
    weights: &'s ReluWeights,
    reduction: Reduction,
}

impl WithSimd for PreciseLoss<'_, '_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self {
            engine,
            weights,
            reduction,
        } = self;
        let moments = engine.moments;
        let k = moments.n_outputs();
        engine.kinks.follow(simd, moments, k, weights);
        engine.gather(weights);
        let mut square = moments.scatter;
        for output in 0..k {
            engine.lines(
                &weights.w2[output..],
                k,
                weights.b2[output] - moments.y_origin[output],
            );
            square += engine.precise(output, weights);
        }
        // A loss that is rounding alone may come out below 0.
        let square = if square < 0.0 { 0.0 } else { square };
        reduction.factor(moments.total_weight() * k as f64) * square
    }
}

/// [`Kinks::new`], compiled for the machine's vector instructions.
struct Start<'a> {
    moments: &'a Moments,
    n_hidden: usize,
    padded: usize,
}

impl WithSimd for Start<'_> {
    type Output = Kinks;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Kinks {
        Kinks::new(simd, self.moments, self.n_hidden, self.padded)
    }
}

/// [`ExactGradient::loss_and_gradient`], compiled for the machine's vector instructions.
struct Step<'s, 'a> {
    engine: &'s mut ExactGradient<'a>,
    weights: &'s ReluWeights,
    reduction: Reduction,
    gradient: &'s mut ReluWeights,
}

impl WithSimd for Step<'_, '_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        // Twice, so that the compiler knows the usual number of outputs.
        match self.engine.moments.n_outputs() {
            1 => self.run(simd, 1),
            k => self.run(simd, k),
        }
    }
}

impl Step<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S, k: usize) -> f64 {
        let Self {
            engine,
            weights,
            reduction,
            gradient,
        } = self;
        let moments = engine.moments;
        let factor = reduction.factor(moments.total_weight() * k as f64);
        engine.kinks.follow(simd, moments, k, weights);
        engine.gather(weights);
        let mut square = moments.scatter;
        engine.share = f64::INFINITY;
        for output in 0..k {
            let v = &weights.w2[output..];
            engine.lines(v, k, weights.b2[output] - moments.y_origin[output]);
            let (sum, magnitude) = engine.residuals(simd, output);
            square += if sum < CANCELLED * magnitude {
                engine.precise(output, weights)
            } else {
                engine.share = engine.share.min(sum / magnitude);
                sum
            };
            gradient.b2[output] = 2.0 * factor * engine.accumulate();
            engine.differentiate(simd, 2.0 * factor);
            engine.scatter(output, k, gradient);
        }
        factor * square
    }
}

impl ExactGradient<'_> {
    /// The units' w and b in the kinks' order.
    #[inline(always)]
    fn gather(&mut self, weights: &ReluWeights) {
        let rows = self.w.iter_mut().zip(&mut self.b);
        for ((w, b), kink) in rows.zip(&self.kinks.order) {
            let unit = kink.unit();
            *w = weights.w1[unit];
            *b = weights.b1[unit] + self.moments.x_origin * weights.w1[unit];
        }
    }

    /// One output's slope and intercept on each stretch; `v` is `[h, k]`, from this output on. The units active to the
    /// right are summed from the left, the others from the right, so that none leaves a rounding where it is not active.
    #[inline(always)]
    fn lines(&mut self, v: &[f64], k: usize, intercept: f64) {
        let h = self.kinks.order.len();
        for (to, kink) in self.v.iter_mut().zip(&self.kinks.order) {
            *to = v[kink.unit() * k];
        }
        let (w, b, v) = (&self.w[..h], &self.b[..h], &self.v[..h]);
        let right = (
            &mut self.to_right.slope[..=h],
            &mut self.to_right.intercept[..=h],
        );
        let left = (
            &mut self.to_left.slope[..=h],
            &mut self.to_left.intercept[..=h],
        );
        let (mut right_sum, mut left_sum) = ((0.0, intercept), (0.0, 0.0));
        (right.0[0], right.1[0]) = right_sum;
        (left.0[h], left.1[h]) = left_sum;
        for i in 0..h {
            let v_right = if w[i] < 0.0 { 0.0 } else { v[i] };
            right_sum.0 += v_right * w[i];
            right_sum.1 += v_right * b[i];
            (right.0[i + 1], right.1[i + 1]) = right_sum;
            let j = h - 1 - i;
            let v_left = if w[j] < 0.0 { v[j] } else { 0.0 };
            left_sum.0 += v_left * w[j];
            left_sum.1 += v_left * b[j];
            (left.0[j], left.1[j]) = left_sum;
        }
    }

    /// The sums of residuals on each stretch for one output; returns their squares' sum and the magnitude of its terms.
    #[inline(always)]
    fn residuals<S: Simd>(&mut self, simd: S, output: usize) -> (f64, f64) {
        let padded = self.w.len();
        let (prefix, stride) = (&self.kinks.prefix, self.kinks.padded);
        let ends = |moment: usize| {
            let row = &prefix[moment * stride..][..stride];
            (lanes::<S>(&row[..padded]), lanes::<S>(&row[1..=padded]))
        };
        let [count, sum_x, sum_xx] = [0, 1, 2].map(ends);
        let [sum_y, sum_xy] = [3, 4].map(|moment| ends(moment + 2 * output));
        let groups = padded / S::F64_LANES;
        let [s0, s1] =
            [&self.to_right.slope, &self.to_left.slope].map(|row| &lanes::<S>(row)[..groups]);
        let [c0, c1] = [&self.to_right.intercept, &self.to_left.intercept]
            .map(|row| &lanes::<S>(row)[..groups]);
        let sum_rx = &mut lanes_mut::<S>(&mut self.residual.slope)[..groups];
        let sum_r = &mut lanes_mut::<S>(&mut self.residual.intercept)[..groups];

        let (add, sub, mul) = (
            |a, b| simd.add_f64s(a, b),
            |a, b| simd.sub_f64s(a, b),
            |a, b| simd.mul_f64s(a, b),
        );
        let mut square = simd.splat_f64s(0.0);
        let mut magnitude = simd.splat_f64s(0.0);
        for i in 0..groups {
            let between = |(start, end): (&[S::f64s], &[S::f64s])| sub(end[i], start[i]);
            let (s, c) = (add(s0[i], s1[i]), add(c0[i], c1[i]));
            let (n, x, xx) = (between(count), between(sum_x), between(sum_xx));
            let (y, xy) = (between(sum_y), between(sum_xy));
            let r = sub(add(mul(s, x), mul(c, n)), y);
            let rx = sub(add(mul(s, xx), mul(c, x)), xy);
            (sum_r[i], sum_rx[i]) = (r, rx);
            square = add(square, add(mul(s, sub(rx, xy)), mul(c, sub(r, y))));
            magnitude = add(magnitude, add(mul(mul(s, s), xx), mul(mul(c, c), n)));
        }
        let yy = self.moments.total[5 + 3 * output].hi;
        (
            simd.reduce_sum_f64s(square) + yy,
            simd.reduce_sum_f64s(magnitude) + yy,
        )
    }

    /// The residuals' sums on either side of each kink; returns the sum of all residuals.
    #[inline(always)]
    fn accumulate(&mut self) -> f64 {
        let h = self.kinks.order.len();
        let (sum_rx, sum_r) = (&self.residual.slope[..=h], &self.residual.intercept[..=h]);
        let before = (&mut self.before.slope[..h], &mut self.before.intercept[..h]);
        let after = (&mut self.after.slope[..h], &mut self.after.intercept[..h]);
        let (mut left, mut right) = ((0.0, 0.0), (0.0, 0.0));
        for i in 0..h {
            left.0 += sum_rx[i];
            left.1 += sum_r[i];
            (before.0[i], before.1[i]) = left;
            right.0 += sum_rx[h - i];
            right.1 += sum_r[h - i];
            (after.0[h - 1 - i], after.1[h - 1 - i]) = right;
        }
        left.1 + sum_r[h]
    }

    /// One output's part of the gradient; `factor` makes residuals the loss's derivative.
    #[inline(always)]
    fn differentiate<S: Simd>(&mut self, simd: S, factor: f64) {
        let groups = self.w.len() / S::F64_LANES;
        let [w, b, v] = [&self.w, &self.b, &self.v].map(|row| &lanes::<S>(row)[..groups]);
        let [before_rx, before_r] =
            [&self.before.slope, &self.before.intercept].map(|row| &lanes::<S>(row)[..groups]);
        let [after_rx, after_r] =
            [&self.after.slope, &self.after.intercept].map(|row| &lanes::<S>(row)[..groups]);
        let dw = &mut lanes_mut::<S>(&mut self.dw)[..groups];
        let db = &mut lanes_mut::<S>(&mut self.db)[..groups];
        let dv = &mut lanes_mut::<S>(&mut self.dv)[..groups];
        let [factor, origin, zero] =
            [factor, self.moments.x_origin, 0.0].map(|value| simd.splat_f64s(value));
        let (add, mul) = (|a, b| simd.add_f64s(a, b), |a, b| simd.mul_f64s(a, b));
        for i in 0..groups {
            let is_left = simd.less_than_f64s(w[i], zero);
            let g0 = mul(factor, simd.select_f64s(is_left, before_r[i], after_r[i]));
            let g1 = mul(factor, simd.select_f64s(is_left, before_rx[i], after_rx[i]));
            dv[i] = add(mul(w[i], g1), mul(b[i], g0));
            dw[i] = mul(v[i], add(g1, mul(origin, g0)));
            db[i] = mul(v[i], g0);
        }
    }

    /// Puts one output's part of the gradient in the units' order; the first output's begins the sums.
    #[inline(always)]
    fn scatter(&self, output: usize, k: usize, gradient: &mut ReluWeights) {
        let parts = self.dw.iter().zip(&self.db).zip(&self.dv);
        for (kink, ((dw, db), dv)) in self.kinks.order.iter().zip(parts) {
            let unit = kink.unit();
            gradient.w2[unit * k + output] = *dv;
            if output == 0 {
                (gradient.w1[unit], gradient.b1[unit]) = (*dw, *db);
            } else {
                gradient.w1[unit] += *dw;
                gradient.b1[unit] += *db;
            }
        }
    }
}

#[inline(always)]
fn lanes<S: Simd>(row: &[f64]) -> &[S::f64s] {
    S::as_simd_f64s(row).0
}

/// A sum of squares; rounding may take one that is 0 below 0.
fn not_below_0(loss: f64) -> f64 {
    if loss < 0.0 { 0.0 } else { loss }
}

#[inline(always)]
fn lanes_mut<S: Simd>(row: &mut [f64]) -> &mut [S::f64s] {
    S::as_mut_simd_f64s(row).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backprop;
    use proptest::prelude::*;

    /// Of the largest term of any sum on the way, as [`magnitudes`] has them: thousands of roundings.
    const SUMMED_IN_ANOTHER_ORDER: f64 = 1e-12;

    /// Values that meet: kinks on samples, equal samples, zero weights, kinks outside.
    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            -2.0_f64..2.0,
            (-4_i32..5).prop_map(|i| f64::from(i) / 2.0),
            -50.0_f64..50.0
        ]
    }

    fn problem() -> impl Strategy<Value = (ReluWeights, Vec<f64>, Vec<f64>)> {
        (1_usize..40, 1_usize..4, 1_usize..200).prop_flat_map(|(h, k, n)| {
            let values = |count| prop::collection::vec(value(), count);
            (
                values(h),
                values(h),
                values(h * k),
                values(k),
                values(n),
                values(n * k),
            )
                .prop_map(|(w1, b1, w2, b2, x, y)| (ReluWeights { w1, b1, w2, b2 }, x, y))
        })
    }

    fn exact(weights: &ReluWeights, moments: &Moments, reduction: Reduction) -> (f64, ReluWeights) {
        let mut gradient = weights.clone();
        let mut engine = ExactGradient::new(moments, weights.n_hidden());
        let loss = engine.loss_and_gradient(weights, reduction, &mut gradient);
        (loss, gradient)
    }

    /// Loss and gradient sample by sample, each times its share.
    fn one_by_one(
        weights: &ReluWeights,
        x: &[f64],
        y: &[f64],
        share: &[f64],
    ) -> (f64, ReluWeights) {
        let k = weights.n_outputs();
        let mut sum = (0.0, ReluWeights::zeros(1, weights.n_hidden(), k));
        for (i, share) in share.iter().enumerate() {
            let (loss, gradient) = backprop::gradient(weights, &x[i..=i], &y[i * k..][..k]);
            sum.0 += share * loss;
            for (sum, one) in sum.1.blocks_mut().into_iter().zip(gradient.blocks()) {
                sum.iter_mut()
                    .zip(one)
                    .for_each(|(sum, one)| *sum += share * one);
            }
        }
        sum
    }

    /// How large loss and gradient would be if nothing cancelled, no unit were off and every sample had the largest x and y.
    /// Backprop's terms are smaller, but prefix sums are of all samples, and lines are of slopes and intercepts.
    fn magnitudes(weights: &ReluWeights, x: &[f64], y: &[f64]) -> (f64, ReluWeights) {
        let largest = |values: &[f64]| {
            values
                .iter()
                .fold(0.0_f64, |most, value| most.max(value.abs()))
        };
        let (x, y) = (largest(x), largest(y));
        let (h, k) = (weights.n_hidden(), weights.n_outputs());
        let unit = |j: usize| weights.w1[j].abs() * x + weights.b1[j].abs();
        let v = |j: usize| largest(&weights.w2[j * k..][..k]);
        let residual = y + largest(&weights.b2) + (0..h).map(|j| v(j) * unit(j)).sum::<f64>();
        let mut gradient = ReluWeights::zeros(1, h, k);
        for j in 0..h {
            gradient.w1[j] = 2.0 * residual * v(j) * x;
            gradient.b1[j] = 2.0 * residual * v(j);
            gradient.w2[j * k..][..k].fill(2.0 * residual * unit(j));
        }
        gradient.b2.fill(2.0 * residual);
        (residual * residual, gradient)
    }

    fn assert_close(
        ours: &(f64, ReluWeights),
        theirs: &(f64, ReluWeights),
        magnitudes: &(f64, ReluWeights),
    ) -> Result<(), TestCaseError> {
        let difference = (ours.0 - theirs.0).abs();
        prop_assert!(
            difference <= SUMMED_IN_ANOTHER_ORDER * magnitudes.0,
            "loss {} for {}",
            ours.0,
            theirs.0
        );
        let [ours, theirs, magnitudes] =
            [&ours.1, &theirs.1, &magnitudes.1].map(|weights| weights.blocks().concat());
        for (i, (ours, theirs)) in ours.into_iter().zip(theirs).enumerate() {
            let difference = (ours - theirs).abs();
            prop_assert!(
                difference <= SUMMED_IN_ANOTHER_ORDER * magnitudes[i],
                "{i}: {ours} for {theirs}"
            );
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// Also the precise loss.
        #[test]
        fn exact_equals_backprop((weights, x, y) in problem()) {
            let magnitudes = magnitudes(&weights, &x, &y);
            let moments = Moments::new(&x, &y);
            let ours = exact(&weights, &moments, Reduction::Mean);
            let theirs = backprop::gradient(&weights, &x, &y);
            assert_close(&ours, &theirs, &magnitudes)?;
            let mut engine = ExactGradient::new(&moments, weights.n_hidden());
            let precise = engine.precise_loss(&weights, Reduction::Mean);
            assert_close(&(precise, ours.1), &theirs, &magnitudes)?;
        }

        #[test]
        fn a_weight_counts_a_sample_so_many_times(
            (weights, x, y) in problem(),
            counts in prop::collection::vec(prop_oneof![Just(0.0), 0.1_f64..3.0], 200),
        ) {
            let counts = &counts[..x.len()];
            let total: f64 = counts.iter().sum();
            prop_assume!(total > 0.0);
            let share: Vec<f64> = counts.iter().map(|count| count / total).collect();
            let (sum, magnitudes) = (one_by_one(&weights, &x, &y, &share), magnitudes(&weights, &x, &y));
            let ours = exact(&weights, &Moments::weighted(&x, &y, counts), Reduction::Mean);
            assert_close(&ours, &sum, &magnitudes)?;
        }
    }

    fn uniform(i: u32) -> f64 {
        (f64::from(i) * 0.754_877_666_246_692_7).fract() // evenly spread, in no order
    }

    fn some_net(h: usize, of: u32) -> ReluWeights {
        let mut weights = ReluWeights::zeros(1, h, 1);
        let values = weights.blocks_mut().into_iter().flatten();
        values
            .zip(of..)
            .for_each(|(value, i)| *value = 4.0 * uniform(i * i) - 2.0);
        weights
    }

    /// A net's own outputs and a millionth beside: of 32 digits summed, 14 are left.
    #[test]
    fn a_loss_of_a_trillionth_of_the_variance_has_its_digits() {
        for (n, shift_x, shift_y) in [
            (10, 0.0, 0.0),
            (1000, 0.0, 0.0),
            (100_000, 0.0, 0.0),
            (1000, 500.0, 1e4),
        ] {
            let mut weights = some_net(16, 3);
            // The same net about another origin.
            for (b, w) in weights.b1.iter_mut().zip(&weights.w1) {
                *b -= shift_x * w;
            }
            weights.b2[0] += shift_y;
            let x: Vec<f64> = (0..n).map(|i| 2.0 * uniform(i) - 1.0 + shift_x).collect();
            let net = |x: f64| {
                let units = weights
                    .preactivations(&[x])
                    .zip(&weights.w2)
                    .map(|(h1, v)| v * h1.max(0.0))
                    .sum::<f64>();
                weights.b2[0] + units
            };
            let y: Vec<f64> = x
                .iter()
                .zip(0..)
                .map(|(x, i)| net(*x) + 1e-6 * (2.0 * uniform(7 * i) - 1.0))
                .collect();
            let streamed = x
                .iter()
                .zip(&y)
                .map(|(x, y)| (net(*x) - y).powi(2))
                .sum::<f64>()
                / f64::from(n);
            let moments = Moments::new(&x, &y);
            let mut engine = ExactGradient::new(&moments, 16);
            let precise = engine.precise_loss(&weights, Reduction::Mean);
            let mut gradient = weights.clone();
            let fast = engine.loss_and_gradient(&weights, Reduction::Mean, &mut gradient);
            // Far from the origin, outputs themselves are rounded to 1e-12 of 1e4, a millionth of the residuals.
            let tolerance = if shift_y > 0.0 { 1e-4 } else { 1e-8 };
            for (what, loss) in [("precise", precise), ("fast", fast)] {
                let difference = (loss / streamed - 1.0).abs();
                println!(
                    "{what}, n {n}, x by {shift_x}: loss {streamed:.3e}, {difference:.1e} off"
                );
                assert!(
                    difference < tolerance,
                    "{what}, n {n}: {loss} for {streamed}"
                );
            }
        }
    }

    #[test]
    fn the_order_of_samples_and_the_way_there_change_nothing_at_all() {
        let x: Vec<f64> = (0..5000).map(|i| 2.0 * uniform(i) - 1.0).collect();
        let y: Vec<f64> = x.iter().map(|x| x.sin()).collect();
        let moments = Moments::new(&x, &y);
        let reversed = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
        let other = Moments::new(&reversed(&x), &reversed(&y));
        let mut walked = ExactGradient::new(&moments, 24);
        for net in 0..50 {
            // Now near the last net, now far from it, now with units that are flat or beyond the data.
            let mut weights = some_net(24, 10 * (net / 5));
            weights.b1[3] += 1e-3 * f64::from(net);
            weights.w1[5] = if net % 3 == 0 { 0.0 } else { -weights.w1[5] };
            weights.b1[7] *= f64::from(net % 4) * 10.0;
            let mut gradient = weights.clone();
            let loss = walked.loss_and_gradient(&weights, Reduction::Mean, &mut gradient);
            assert_eq!(
                (loss, gradient.clone()),
                exact(&weights, &moments, Reduction::Mean)
            );
            assert_eq!((loss, gradient), exact(&weights, &other, Reduction::Mean));
        }
    }

    #[test]
    fn infinite_and_undefined_weights_give_no_finite_loss_or_no_active_unit() {
        let moments = Moments::new(&[-1.0, 0.0, 1.0], &[1.0, 0.0, 2.0]);
        for (block, value) in [
            (0, f64::INFINITY),
            (1, f64::INFINITY),
            (2, f64::NAN),
            (3, f64::NAN),
        ] {
            let mut weights = some_net(4, 1);
            weights.blocks_mut()[block].fill(value);
            weights.b1.iter_mut().for_each(|b| *b = b.abs()); // active somewhere
            assert!(
                !exact(&weights, &moments, Reduction::Mean).0.is_finite(),
                "{block}"
            );
        }
        let mut weights = some_net(4, 1);
        weights.w1.fill(f64::NAN);
        let (loss, _) = exact(&weights, &moments, Reduction::Mean);
        let (reference, _) = backprop::gradient(&weights, &[-1.0, 0.0, 1.0], &[1.0, 0.0, 2.0]);
        assert!(
            loss.is_nan() || (loss - reference).abs() < 1e-12,
            "{loss} for {reference}"
        );
    }
}
