//! The rule of the choice: the simplest whose error is as small as the least, but for chance.

use crate::weighted::mean;

/// This share of the least mean is chance, as where two candidates are nearly the same function.
const NEXT_TO_NOTHING: f64 = 1e-3;

/// Squared errors of candidates on the same samples, each when it was left out, with the samples' weights.
pub(super) struct Errors<'a> {
    pub(super) weight: Option<&'a [f64]>,
    /// So many standard errors of a difference are chance.
    pub(super) chance: f64,
}

impl Errors<'_> {
    /// Their mean.
    pub(super) fn mean(&self, squares: &[f64]) -> f64 {
        mean(squares.iter().copied(), self.weight.unwrap_or_default())
    }

    /// The standard error of a mean, where values are independent.
    pub(super) fn standard_error(&self, values: &[f64]) -> f64 {
        let mean = self.mean(values);
        let n = values.len() as f64;
        let total = self.weight.map_or(n, |weight| weight.iter().sum());
        let share = |at: usize| self.weight.map_or(1.0, |weight| n * weight[at] / total);
        let squares: Vec<f64> = values
            .iter()
            .enumerate()
            .map(|(at, value)| (share(at) * (value - mean)).powi(2))
            .collect();
        (squares.iter().sum::<f64>() / (n - 1.0).max(1.0) / n).sqrt()
    }

    /// Of candidates in the order of their simplicity, the first whose mean is above the least by no more than chance. The
    /// difference is taken sample by sample: what makes a sample hard for both is no difference.
    pub(super) fn simplest(&self, candidates: &[&[f64]]) -> usize {
        let by_mean = |a: &&&[f64], b: &&&[f64]| self.mean(a).total_cmp(&self.mean(b));
        let best = candidates.iter().min_by(by_mean);
        let best = best.expect("there are candidates");
        let is_as_good = |squares: &&[f64]| {
            let pairs = squares.iter().zip(*best);
            let excess: Vec<f64> = pairs.map(|(a, b)| a - b).collect();
            let chance = self.chance * self.standard_error(&excess);
            self.mean(&excess) <= chance.max(NEXT_TO_NOTHING * self.mean(best))
        };
        let first = candidates.iter().position(is_as_good);
        first.expect("the best is as good as itself")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simplest_of_equals_is_chosen_and_a_difference_in_every_sample_counts() {
        let errors = Errors {
            weight: None,
            chance: 0.25,
        };
        let hard: Vec<f64> = (0..50).map(|i| f64::from(i * i % 17)).collect();
        let by_chance: Vec<f64> = (0..50).map(|i| hard[i] + [0.98, -1.0][i % 2]).collect();
        let worse: Vec<f64> = hard.iter().map(|square| square + 0.1).collect();
        let same: Vec<f64> = hard.iter().map(|square| square + 1e-9).collect();
        assert_eq!(errors.simplest(&[&hard, &by_chance]), 0);
        assert_eq!(errors.simplest(&[&worse, &hard]), 1);
        assert_eq!(errors.simplest(&[&same, &by_chance, &hard]), 0);
    }

    #[test]
    fn a_whole_weight_is_as_many_samples_for_the_mean() {
        let weighted = Errors {
            weight: Some(&[3.0, 1.0]),
            chance: 1.0,
        };
        let squares = [2.0, 6.0];
        let all = Errors {
            weight: None,
            chance: 1.0,
        };
        let all = all.mean(&[2.0, 2.0, 2.0, 6.0]);
        assert_eq!(weighted.mean(&squares), all);
    }
}
