//! What a function does between its samples: a network that is best at the samples may miss it.

use std::collections::BinaryHeap;

use crate::{samples::Samples, truth::Truth, yardstick::negligible};

/// How many times larger the error between the samples may be than at them.
pub(crate) const LARGER: f64 = 1.5;

/// The share of the mean squared error at the samples that may be missed in one gap.
const IN_ONE: f64 = 0.02;

/// Samples are added until none would change the mean squared error by more than this share of it.
const SHARE: f64 = 1e-3;

/// Of the domain, the shortest gap that is halved; of a function that may jump, and of one that is smooth. Bends as steep as a
/// jump over the shortest gap leave a network ten digits.
const SHORTEST: [f64; 2] = [1e-5, 1e-6];

/// At least so many samples may be added at a time.
const AT_LEAST: usize = 4096;

/// A function's samples, more of them where it has detail.
pub(crate) struct Detailed<'a> {
    truth: &'a Truth,
    domain: (f64, f64),
    /// Ascending.
    x: Vec<f64>,
    y: Vec<f64>,
}

/// Inputs, ascending; outputs; and how many evenly spread samples each one counts for.
type Weighted<'a> = (&'a [f64], &'a [f64], Vec<f64>);

impl<'a> Detailed<'a> {
    /// The samples, and the domain's ends.
    pub(crate) fn new(truth: &'a Truth, samples: &Samples) -> Self {
        let (x, y) = with_ends(truth, samples);
        let domain = samples.domain;
        Self {
            truth,
            domain,
            x,
            y,
        }
    }

    /// More samples in the gaps where the function has detail that a network misses. None where little is missed beside `loss`,
    /// the network's mean squared error at the samples.
    pub(crate) fn refine(
        &mut self,
        predict: impl Fn(f64) -> f64,
        loss: f64,
    ) -> Option<Weighted<'_>> {
        let (truth, (low, high)) = (self.truth, self.domain);
        let missed = |left: f64, right: f64| {
            let middle = f64::midpoint(left, right);
            let error = (truth.at(middle) - predict(middle)).abs();
            // As far as a line between the two would be off a parabola.
            let bend = truth.known_second_derivative(middle).unwrap_or(0.0);
            let error = error.max((bend * (right - left).powi(2) / 8.0).abs());
            error * error * (right - left) / (high - low)
        };
        let mut gaps = Gaps::default();
        for ends in self.x.windows(2) {
            gaps.push(missed(ends[0], ends[1]), ends[0], ends[1]);
        }
        let rounding = negligible(&self.y).powi(2);
        let is_seen = gaps.missed <= LARGER * LARGER * loss + rounding;
        if is_seen && gaps.most() <= IN_ONE * loss + rounding {
            return None;
        }
        let shortest = SHORTEST[usize::from(truth.is_smooth())] * (high - low);
        let enough = SHARE * loss + rounding;
        let (mut added, n_most) = (Vec::new(), self.x.len().max(AT_LEAST));
        while added.len() < n_most
            && let Some((missed_there, left, right)) = gaps.pop()
            && missed_there > enough
        {
            if right - left > shortest {
                let middle = f64::midpoint(left, right);
                added.push((middle, truth.at(middle)));
                gaps.push(missed(left, middle), left, middle);
                gaps.push(missed(middle, right), middle, right);
            }
        }
        if added.is_empty() {
            return None;
        }
        let known = self.x.iter().copied().zip(self.y.iter().copied());
        let mut all: Vec<(f64, f64)> = known.chain(added).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        (self.x, self.y) = all.into_iter().unzip();
        let (x, last) = (&self.x, self.x.len() - 1);
        let weight = (0..=last).map(|at| {
            let width = x[(at + 1).min(last)] - x[at.saturating_sub(1)];
            0.5 * x.len() as f64 * width / (high - low)
        });
        Some((x, &self.y, weight.collect()))
    }

    /// The root mean square error of a fit over the domain, by Simpson's rule between each two samples.
    pub(crate) fn rms(&self, predict: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
        let squares = |x: &[f64], y: &[f64]| -> Vec<f64> {
            let pairs = predict(x).into_iter().zip(y);
            pairs.map(|(p, y)| (p - y).powi(2)).collect()
        };
        let middles: Vec<f64> = (self.x.windows(2))
            .map(|ends| f64::midpoint(ends[0], ends[1]))
            .collect();
        let between = squares(&middles, &self.truth.values(&middles));
        let at = squares(&self.x, &self.y);
        let gaps = self.x.windows(2).zip(at.windows(2)).zip(&between);
        let sums =
            gaps.map(|((x, at), between)| (x[1] - x[0]) * (at[0] + 4.0 * between + at[1]) / 6.0);
        (sums.sum::<f64>() / (self.domain.1 - self.domain.0)).sqrt()
    }
}

/// The distinct samples in increasing x, and the domain's ends.
fn with_ends(truth: &Truth, samples: &Samples) -> (Vec<f64>, Vec<f64>) {
    let ends = [samples.domain.0, samples.domain.1].map(|x| (x, truth.at(x)));
    let all = samples.x.iter().copied().zip(samples.y.iter().copied());
    let mut all: Vec<(f64, f64)> = all.chain(ends).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.dedup_by_key(|sample| sample.0);
    all.into_iter().unzip()
}

/// Gaps between samples, by the share of the mean squared error that is missed there.
#[derive(Default)]
struct Gaps {
    /// The bits of numbers from 0 on compare as these do.
    heap: BinaryHeap<[u64; 3]>,
    /// What was missed in all of them together.
    missed: f64,
}

impl Gaps {
    fn push(&mut self, missed: f64, left: f64, right: f64) {
        if missed.is_finite() {
            self.missed += missed;
            self.heap.push([missed, left, right].map(f64::to_bits));
        }
    }

    fn most(&self) -> f64 {
        self.heap.peek().map_or(0.0, |gap| f64::from_bits(gap[0]))
    }

    fn pop(&mut self) -> Option<(f64, f64, f64)> {
        let [missed, left, right] = self.heap.pop()?.map(f64::from_bits);
        Some((missed, left, right))
    }
}
