//! Samples in folds: each is left out once, with all that have the same input.

use shallow_analytic::Moments;
use shallow_data::{Draw, SeededRng};

use crate::weighted::moments;

/// The most folds.
const FOLDS: usize = 10;

/// From so many samples on, five folds will do.
const MANY: usize = 100_000;

/// A fold: the samples outside it, and the numbers of those in it.
pub(super) struct Fold {
    pub(super) kept: Moments,
    pub(super) left_out: Vec<usize>,
}

/// The samples in folds. Neighbours in x are in different folds, and equal inputs in the same; a fold that would leave nothing to fit
/// is left out.
pub(super) fn folds(x: &[f64], y: &[f64], weight: Option<&[f64]>, seed: u64) -> Vec<Fold> {
    let most = if x.len() < MANY { FOLDS } else { FOLDS / 2 };
    let (order, of, n) = numbered(x, most, seed);
    let numbers = 0..n as u8;
    let split = numbers.map(|fold| {
        let is_in = |at: &usize| of[*at] == fold;
        let (left_out, kept): (Vec<usize>, Vec<usize>) = order.iter().partition(|at| is_in(at));
        (left_out, kept)
    });
    let whole = split.filter_map(|(left_out, kept)| {
        let pick = |values: &[f64]| kept.iter().map(|at| values[*at]).collect::<Vec<_>>();
        let weight = weight.map(pick);
        let counts = match &weight {
            None => !kept.is_empty(),
            Some(weight) => weight.iter().any(|weight| *weight > 0.0),
        };
        counts.then(|| Fold {
            kept: moments(&pick(x), &pick(y), weight.as_deref()),
            left_out,
        })
    });
    whole.collect()
}

/// The rows in up to so many folds, each by the numbers of its rows, ascending in x. Neighbours in x are in different folds, and equal
/// inputs in the same; one fold alone would leave nothing, so that there is none then.
pub(crate) fn left_out(x: &[f64], most: usize, seed: u64) -> Vec<Vec<usize>> {
    let (order, of, n) = numbered(x, most, seed);
    let mut folds = vec![Vec::new(); n];
    for at in order {
        folds[of[at] as usize].push(at);
    }
    if n > 1 { folds } else { Vec::new() }
}

/// The rows in the order of x, each row's fold, and how many folds there are.
fn numbered(x: &[f64], most: usize, seed: u64) -> (Vec<usize>, Vec<u8>, usize) {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let n_distinct = 1 + order.windows(2).filter(|two| x[two[0]] < x[two[1]]).count();
    let n = most.min(n_distinct);
    let mut draw = SeededRng::new(seed);
    let mut numbers: Vec<u8> = Vec::new();
    let mut before = None;
    let mut fold = 0;
    let mut of = vec![0_u8; x.len()];
    for at in &order {
        if before.is_none_or(|before| before < x[*at]) {
            if numbers.is_empty() {
                numbers = shuffled(n, &mut draw);
            }
            fold = numbers.pop().expect("there are folds");
            before = Some(x[*at]);
        }
        of[*at] = fold;
    }
    (order, of, n)
}

/// The numbers from 0 to below n in an order that is drawn.
fn shuffled(n: usize, draw: &mut SeededRng) -> Vec<u8> {
    let mut all: Vec<u8> = (0..n as u8).collect();
    for end in (1..n).rev() {
        let other = draw.uniform(0.0, (end + 1) as f64) as usize;
        all.swap(end, other.min(end));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_inputs_are_left_out_together_and_every_sample_once() {
        let x: Vec<f64> = (0..200).map(|i| f64::from(i * 7 % 31)).collect();
        for seed in 0..20 {
            let folds = folds(&x, &x, None, seed);
            assert_eq!(folds.len(), FOLDS);
            let mut times = vec![0; x.len()];
            for fold in &folds {
                let is_left_out = |input: f64| fold.left_out.iter().any(|at| x[*at] == input);
                for (at, input) in x.iter().enumerate() {
                    assert_eq!(fold.left_out.contains(&at), is_left_out(*input));
                }
                fold.left_out.iter().for_each(|at| times[*at] += 1);
            }
            assert!(times.iter().all(|times| *times == 1));
        }
        assert!(folds(&[2.0; 5], &[1.0; 5], None, 1).is_empty());
    }
}
