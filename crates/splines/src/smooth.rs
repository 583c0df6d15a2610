//! Splines whose bends are penalised: of noisy samples they follow the curve and not the noise.

use shallow_analytic::{BLOCK, Moments, stop::look};

use crate::{
    band::{Band, Factor},
    spline::Spline,
    stretch::{Samples, Stretch},
    variance::Variance,
};

/// How much each degree of freedom counts in generalised cross-validation. With 1, small samples are sometimes passed through; the
/// source finds 1.2 to 1.4 good. Of these, 1.2 had the least error on rows left out, over 37 data sets.
const COST: f64 = 1.2;

/// The least and the largest penalty that is tried, as natural logarithms, and how many in between.
const PENALTIES: (f64, f64, usize) = (-28.0, 1.0, 30);

/// The least gap between knots, as a share of the data's width: a bend counts as the third power of what a gap is smaller by.
const NEAREST: f64 = 1.0 / 4096.0;

/// A penalty is looked for to this difference of its logarithm.
const CLOSE: f64 = 1e-3;

/// The samples, reduced to what a penalised spline of some knots needs of them.
///
/// The squared error of a spline with values `v` at its knots, plus `penalty * n * width^3` times the sum of `(change of slope)^2 /
/// (mean length of the two pieces)` over the inner knots, is least where a banded linear system holds: `O(h)` for each penalty. For
/// many knots the sum is the integral of the squared second derivative.
///
/// # Source
///
/// P. Craven and G. Wahba, Smoothing noisy data with spline functions, Numer. Math. 31 (1979), for the criterion; Y.-J. Kim and C. Gu,
/// Smoothing spline Gaussian regression, J. R. Stat. Soc. B 66 (2004), for the cost of a degree of freedom.
///
/// ```
/// use shallow_analytic::Moments;
/// use shallow_splines::{Criterion, Smoother};
/// let x: Vec<f64> = (0..200).map(|i| f64::from(i) / 100.0).collect();
/// let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| x * x + if i % 2 == 0 { 0.1 } else { -0.1 }).collect();
/// let smooth = Smoother::new(&Moments::new(&x, &y), 64).chosen(Criterion::Gcv);
/// assert!((smooth.spline.predict(1.0) - 1.0).abs() < 0.02);
/// ```
#[derive(Debug)]
pub struct Smoother<'a> {
    pub(crate) moments: &'a Moments,
    /// From the moments' origin.
    pub(crate) knots: Vec<f64>,
    /// The values there of the straight line of least squares, which has no bends: the system is solved for what differs from it.
    pub(crate) line: Vec<f64>,
    stretches: Vec<Stretch>,
    /// The hat functions' products, summed over the samples.
    pub(crate) gram: Band,
    pub(crate) right: Vec<f64>,
    bends: Band,
}

/// A spline whose bends are penalised.
#[derive(Debug, Clone, PartialEq)]
pub struct Smooth {
    /// The function.
    pub spline: Spline,
    /// Its mean squared error.
    pub loss: f64,
    /// What its bends were multiplied with: a number without unit.
    pub penalty: f64,
    /// The trace of the matrix that makes predictions of the outputs: 2 for a straight line, the number of knots without penalty.
    pub degrees_of_freedom: f64,
    /// The criterion of generalised cross-validation, and that of restricted maximum likelihood; infinite where the samples leave
    /// nothing to judge by.
    pub criteria: [f64; 2],
}

/// By what a penalty is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// Generalised cross-validation: the squared error on samples left out, as estimated.
    Gcv,
    /// Restricted maximum likelihood, where bends are normal random numbers.
    Reml,
}

impl<'a> Smoother<'a> {
    /// With `n_knots` knots, at quantiles of the distinct inputs; where these are fewer, between them, too; fewer where they
    /// would be nearer to each other than a 4096th of the data's width. Time `O(h log n)`. Weights count as numbers of samples.
    ///
    /// # Panics
    ///
    /// With fewer than two knots or two distinct inputs, and with more than one output.
    pub fn new(moments: &'a Moments, n_knots: usize) -> Self {
        Self::with_knots_at(moments, n_knots, &[])
    }

    /// And with knots at some places, instead of those that would be too near to them.
    ///
    /// # Panics
    ///
    /// As [`Smoother::new`].
    pub fn with_knots_at(moments: &'a Moments, n_knots: usize, places: &[f64]) -> Self {
        let samples = Samples::new(moments);
        let n = samples.n_distinct();
        assert!(n > 1 && n_knots > 1, "a smooth spline has two ends");
        let mut knots = quantiles(&samples, moments.x_origin(), n_knots);
        let nearest = NEAREST * (knots[knots.len() - 1] - knots[0]);
        for place in places.iter().map(|place| place - moments.x_origin()) {
            knots.retain(|knot| (knot - place).abs() >= nearest);
        }
        knots.extend(places.iter().map(|place| place - moments.x_origin()));
        knots.sort_by(f64::total_cmp);
        Self::at(moments, knots)
    }

    /// With these knots, from the moments' origin.
    pub(crate) fn at(moments: &'a Moments, knots: Vec<f64>) -> Self {
        let samples = Samples::new(moments);
        let n = samples.n_distinct();
        let (_, stretches) = samples.stretches(&knots);
        let [first, end] = [0, n].map(|at| samples.cut_before(at));
        let line = samples.between(&first, &end);
        let mut gram = Band::zeros(knots.len());
        let mut right = vec![0.0; knots.len()];
        for (piece, stretch) in stretches.iter().enumerate() {
            let Stretch {
                weight,
                x,
                y,
                xx,
                slope,
                ..
            } = *stretch;
            let (a, b) = (knots[piece], knots[piece + 1]);
            let (width, left_of, right_of) = (b - a, x - a, b - x);
            let area = width * width;
            gram.diagonal[piece] += (xx + weight * right_of * right_of) / area;
            gram.diagonal[piece + 1] += (xx + weight * left_of * left_of) / area;
            gram.first[piece] += (weight * left_of * right_of - xx) / area;
            let (off, tilt) = (weight * (y - line.line(x)), xx * (slope - line.slope));
            right[piece] += (right_of * off - tilt) / width;
            right[piece + 1] += (left_of * off + tilt) / width;
        }
        Self {
            bends: bends(&knots, moments.total_weight()),
            line: knots.iter().map(|knot| line.line(*knot)).collect(),
            moments,
            knots,
            stretches,
            gram,
            right,
        }
    }

    /// The spline of a penalty. Time `O(h)`.
    ///
    /// # Panics
    ///
    /// With a penalty that is not above 0 or not finite.
    pub fn with_penalty(&self, penalty: f64) -> Smooth {
        assert!(penalty > 0.0 && penalty.is_finite(), "a penalty is above 0");
        look();
        let factor = Factor::new(&self.gram.plus(penalty, &self.bends));
        let mut off_line = factor.solve(&self.right);
        let mut degrees_of_freedom = factor.inverse().dot(&self.gram);
        // Where inputs are too far apart for numbers of 53 bits, the straight line is left.
        let is_sound = off_line.iter().all(|value| value.is_finite()) && degrees_of_freedom >= 2.0;
        if !is_sound {
            off_line.fill(0.0);
            degrees_of_freedom = 2.0;
        }
        let values = self
            .line
            .iter()
            .zip(&off_line)
            .map(|(line, off)| line + off);
        let values: Vec<f64> = values.collect();
        let n = self.moments.total_weight();
        let loss = self.loss_of(&values);
        let squares = loss * n;
        let gcv = self.gcv(loss, degrees_of_freedom);
        let penalised = squares + penalty * self.bends.form(&off_line);
        let reml = (n - 2.0) * penalised.ln() + factor.log_determinant()
            - (self.knots.len() as f64 - 2.0) * penalty.ln();
        Smooth {
            spline: Spline::from_origin(self.moments, &self.knots, &values),
            loss,
            penalty,
            degrees_of_freedom,
            criteria: [gcv, if gcv.is_finite() { reml } else { gcv }],
        }
    }

    /// Generalised cross-validation's estimate of the mean squared error on samples left out.
    pub(crate) fn gcv(&self, loss: f64, degrees_of_freedom: f64) -> f64 {
        let left = 1.0 - COST * degrees_of_freedom / self.moments.total_weight();
        match left > 0.0 {
            true => loss / (left * left),
            false => f64::INFINITY,
        }
    }

    /// The mean squared error of values at the knots.
    pub(crate) fn loss_of(&self, values: &[f64]) -> f64 {
        let ends = self.knots.windows(2).zip(values.windows(2));
        let pieces = self.stretches.iter().zip(ends);
        let squares: f64 = pieces
            .map(|(stretch, (knots, values))| stretch.squares_of(knots, values))
            .sum();
        (squares + self.moments.scatter()) / self.moments.total_weight()
    }

    /// A smooth spline's values at the samples' inputs, as samples; where knots are more than these, and so divide the gaps between them,
    /// its values at its knots.
    pub(crate) fn curve(&self, smooth: &Smooth) -> Moments {
        let n = self.moments.n_distinct();
        if self.knots.len() > n {
            return Moments::new(&smooth.spline.knots, &smooth.spline.values);
        }
        let (mut x, mut weight) = (Vec::new(), Vec::new());
        for at in 0..n {
            let block = self.moments.block(at / BLOCK, 1);
            x.push(block.x[at % BLOCK]);
            weight.push(block.weight[at % BLOCK]);
        }
        let y: Vec<f64> = x.iter().map(|x| smooth.spline.predict(*x)).collect();
        Moments::weighted(&x, &y, &weight)
    }

    /// The variance of a smooth spline's values, with what its bends may hide: where bends are as penalised, normal random numbers. Over
    /// the domain, intervals by it hold the curve as often as they say. At points to pass through it is 0. Limits of a shape are not in
    /// it: where the curve keeps them, it is rather too large. None where the samples leave nothing to judge the noise by.
    ///
    /// # Source
    ///
    /// D. Nychka, Bayesian confidence intervals for smoothing splines, J. Am. Stat. Assoc. 83 (1988).
    pub fn variance(&self, smooth: &Smooth, through: &[(f64, f64)]) -> Option<Variance> {
        let n = self.moments.total_weight();
        let degrees_left = n - smooth.degrees_of_freedom;
        if degrees_left < 1.0 {
            return None;
        }
        let noise = smooth.loss * n / degrees_left;
        let spread = match through.is_empty() {
            true => self.free_spread(smooth.penalty),
            false => self.spread(smooth.penalty, through)?,
        };
        let scaled = spread.iter().map(|of| of.map(|value| noise * value));
        let values: Vec<[f64; 3]> = scaled.collect();
        let mut all = values.iter().flatten();
        all.all(|value| value.is_finite()).then(|| Variance {
            knots: smooth.spline.knots.clone(),
            values,
            noise,
            degrees_left,
        })
    }

    /// The variance of the values on each piece, at its ends and in its middle, for noise of variance 1.
    fn free_spread(&self, penalty: f64) -> Vec<[f64; 3]> {
        let inverse = Factor::new(&self.gram.plus(penalty, &self.bends)).inverse();
        let piece = |at: usize| {
            let [left, right] = [inverse.diagonal[at], inverse.diagonal[at + 1]];
            let middle = 0.25 * (left + right) + 0.5 * inverse.first[at];
            [left, middle, right].map(|value| value.max(0.0))
        };
        (0..self.knots.len() - 1).map(piece).collect()
    }

    /// The spline of the penalty with the least criterion: of a grid, then between its neighbours. Where none can be judged, that
    /// of the largest penalty.
    pub fn chosen(&self, criterion: Criterion) -> Smooth {
        let chosen = self.search(|penalty| {
            let smooth = self.with_penalty(penalty);
            Some((smooth.criteria[criterion as usize], smooth))
        });
        chosen.expect("every penalty has a spline")
    }

    /// The spline of the penalty with the least number, of those that have one.
    pub(crate) fn search(&self, of: impl Fn(f64) -> Option<(f64, Smooth)>) -> Option<Smooth> {
        let (low, high, n) = PENALTIES;
        let step = (high - low) / (n - 1) as f64;
        let of = |log: f64| {
            let (criterion, smooth) = of(log.exp())?;
            Some((criterion, log, smooth))
        };
        let better = |best: Tried, next: Tried| if next.0 < best.0 { next } else { best };
        // From the largest on: of equals, the smoothest.
        let tried = (0..n).rev().filter_map(|at| of(low + step * at as f64));
        let mut best = tried.reduce(better)?;
        // Golden section, which keeps to the two sides of the best one.
        let share = 0.5 * (3.0 - 5.0_f64.sqrt());
        let (mut low, mut high) = (best.1 - step, best.1 + step);
        let [first, second] = [low + share * (high - low), high - share * (high - low)];
        let mut inner = [of(first)?, of(second)?];
        while high - low > CLOSE {
            let [left, right] = inner;
            inner = if left.0 < right.0 {
                high = right.1;
                let next = of(low + share * (high - low))?;
                best = better(best, right);
                [next, left]
            } else {
                low = left.1;
                let next = of(high - share * (high - low))?;
                best = better(best, left);
                [right, next]
            };
        }
        Some(inner.into_iter().fold(best, better).2)
    }
}

/// A penalty's criterion, its logarithm and its spline.
type Tried = (f64, f64, Smooth);

/// Knots at evenly ranked distinct inputs, or, where these are fewer, between them: then each gap is divided evenly, and none more than
/// the others by more than one.
fn quantiles(samples: &Samples, origin: f64, n_knots: usize) -> Vec<f64> {
    let (n, last) = (samples.n_distinct(), n_knots - 1);
    let place = |knot: usize| {
        let rank = (knot * (n - 1)) as f64 / last as f64;
        let below = (rank as usize).min(n - 2);
        match last < n {
            true => samples.x(rank.round() as usize),
            false => {
                let (low, high) = samples.gap(below + 1);
                low + (high - low) * (rank - below as f64)
            }
        }
    };
    let ends = [samples.x(0), samples.x(n - 1)];
    let nearest = NEAREST * (ends[1] - ends[0]);
    let mut knots = vec![ends[0]];
    // Where the origin is far away, knots may be equal once it is added.
    let is_apart = |a: f64, b: f64| (b + origin) - (a + origin) >= nearest;
    for knot in (1..last).map(place) {
        if is_apart(knots[knots.len() - 1], knot) && is_apart(knot, ends[1]) {
            knots.push(knot);
        }
    }
    knots.push(ends[1]);
    knots
}

/// The squared changes of slope over the mean lengths beside them, in units that leave the penalty without one.
fn bends(knots: &[f64], weight: f64) -> Band {
    let width = knots[knots.len() - 1] - knots[0];
    let mut bends = Band::zeros(knots.len());
    for (at, three) in knots.windows(3).enumerate() {
        let [left, right] = [three[1] - three[0], three[2] - three[1]].map(|gap| gap / width);
        let size = (weight / (0.5 * (left + right))).sqrt();
        let row = [1.0 / left, -1.0 / left - 1.0 / right, 1.0 / right].map(|of| size * of);
        for (diagonal, of) in bends.diagonal[at..].iter_mut().zip(row) {
            *diagonal += of * of;
        }
        bends.first[at] += row[0] * row[1];
        bends.first[at + 1] += row[1] * row[2];
        bends.second[at] += row[0] * row[2];
    }
    bends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy(n: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut state = seed;
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let x: Vec<f64> = (0..n).map(|_| 3.0 * uniform()).collect();
        let noise =
            |uniform: &mut dyn FnMut() -> f64| (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let y = x
            .iter()
            .map(|x| (2.0 * x).sin() + 0.3 * noise(&mut uniform))
            .collect();
        (x, y)
    }

    /// The same problem with all samples in one dense system, by elimination.
    #[test]
    fn values_and_degrees_of_freedom_are_those_of_the_dense_system() {
        let (x, y) = noisy(60, 1);
        let moments = Moments::new(&x, &y);
        let smoother = Smoother::new(&moments, 7);
        let penalty = 1e-4;
        let smooth = smoother.with_penalty(penalty);
        let knots = &smooth.spline.knots;
        let (h, n) = (knots.len(), x.len());
        let hat = |x: f64| -> Vec<f64> {
            let piece = knots[1..h - 1].partition_point(|knot| *knot <= x);
            let share = (x - knots[piece]) / (knots[piece + 1] - knots[piece]);
            let mut row = vec![0.0; h];
            (row[piece], row[piece + 1]) = (1.0 - share, share);
            row
        };
        let width = knots[h - 1] - knots[0];
        let rows: Vec<Vec<f64>> = x.iter().map(|x| hat(*x)).collect();
        let mut gram = vec![vec![0.0; h]; h];
        let mut right = vec![0.0; h];
        for (row, y) in rows.iter().zip(&y) {
            for i in 0..h {
                right[i] += row[i] * y;
                for j in 0..h {
                    gram[i][j] += row[i] * row[j];
                }
            }
        }
        let mut whole = gram.clone();
        for at in 1..h - 1 {
            let (left, right) = (knots[at] - knots[at - 1], knots[at + 1] - knots[at]);
            let mut row = vec![0.0; h];
            (row[at - 1], row[at], row[at + 1]) =
                (1.0 / left, -1.0 / left - 1.0 / right, 1.0 / right);
            let size = penalty * n as f64 * width.powi(3) / (0.5 * (left + right));
            for i in 0..h {
                for j in 0..h {
                    whole[i][j] += size * row[i] * row[j];
                }
            }
        }
        let solve = |right: &[f64]| -> Vec<f64> {
            let mut rows: Vec<Vec<f64>> = whole
                .iter()
                .zip(right)
                .map(|(row, y)| [&row[..], &[*y]].concat())
                .collect();
            for pivot in 0..h {
                for other in 0..h {
                    if other != pivot {
                        let times = rows[other][pivot] / rows[pivot][pivot];
                        let of_pivot = rows[pivot].clone();
                        for (value, of) in rows[other].iter_mut().zip(of_pivot) {
                            *value -= times * of;
                        }
                    }
                }
            }
            (0..h).map(|at| rows[at][h] / rows[at][at]).collect()
        };
        for (found, dense) in smooth.spline.values.iter().zip(solve(&right)) {
            assert!((found - dense).abs() < 1e-11, "{found} {dense}");
        }
        let column = |j: usize| -> Vec<f64> { gram.iter().map(|row| row[j]).collect() };
        let trace: f64 = (0..h).map(|j| solve(&column(j))[j]).sum();
        assert!((smooth.degrees_of_freedom - trace).abs() < 1e-10);
        let squares: f64 = x
            .iter()
            .zip(&y)
            .map(|(x, y)| (smooth.spline.predict(*x) - y).powi(2))
            .sum();
        assert!((smooth.loss - squares / n as f64).abs() < 1e-12);
    }

    #[test]
    fn noise_is_left_out() {
        for seed in 0..20 {
            let (x, y) = noisy(200, seed);
            let moments = Moments::new(&x, &y);
            let smooth = Smoother::new(&moments, 64).chosen(Criterion::Gcv);
            let off: f64 = x
                .iter()
                .map(|x| (smooth.spline.predict(*x) - (2.0 * x).sin()).powi(2))
                .sum();
            // The noise has a variance of 0.09, of which some 8 of 200 degrees of freedom stay.
            assert!(off / 200.0 < 0.02, "seed {seed}: {}", off / 200.0);
        }
    }

    #[test]
    fn a_line_stays_a_line_and_few_samples_are_not_passed_through() {
        let x: Vec<f64> = (0..50).map(|i| 1e6 + f64::from(i)).collect();
        let y: Vec<f64> = x.iter().map(|x| 3.0 * x - 7.0).collect();
        let smooth = Smoother::new(&Moments::new(&x, &y), 64).chosen(Criterion::Gcv);
        assert!(smooth.loss < 1e-12, "{}", smooth.loss);
        for n in 3..20 {
            for seed in 0..20 {
                let (x, y) = noisy(n, seed);
                let moments = Moments::new(&x, &y);
                let smooth = Smoother::new(&moments, 64).chosen(Criterion::Gcv);
                assert!(smooth.degrees_of_freedom * COST <= n as f64, "{n}, {seed}");
            }
        }
    }
}
