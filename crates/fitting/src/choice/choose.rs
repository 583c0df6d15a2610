//! The choice among candidates, by the samples left out.

use rayon::prelude::*;
use serde::Serialize;
use shallow_analytic::{ReluWeights, stop::Stop};
use shallow_data::extremes;
use shallow_splines::{Criterion, PieceErrors, Shape, Spline, Variance};

use super::{
    candidate::{Among, Candidate, Candidates, FittedCandidate, most_pieces},
    folds::folds,
    rule::Errors,
};
use crate::{smoothing::Smoothing, weighted::moments};

/// Every number of pieces up to this one is tried, and of the larger ones some.
const EVERY_NUMBER: usize = 8;

/// After so many numbers in a row that did not help, larger ones are not tried.
const PATIENCE: usize = 4;

/// Larger numbers are not tried: their search takes seconds, and of samples that support them, smooth networks do as well.
const MOST_PIECES: usize = 128;

/// By this share of its range, a network may leave the range of y inside the domain.
const BEYOND: f64 = 0.25;

/// A candidate's error on samples left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateRow {
    /// Its name.
    pub name: String,
    /// Its hidden units when fitted to all samples.
    pub hidden: usize,
    /// Root mean square error on samples left out; in report and summary in the user's units.
    pub rms: f64,
    /// The standard error of that.
    pub standard_error: f64,
    /// Whether it was chosen.
    pub is_chosen: bool,
}

/// The candidates tried, in the order of their units.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    /// One for each candidate.
    pub rows: Vec<CandidateRow>,
    /// Whether samples count by weights, of their own or by how far off they are.
    pub is_weighted: bool,
    /// Folds; 0 where all inputs are equal and nothing can be left out.
    pub n_folds: usize,
}

impl Choices {
    /// The one chosen.
    pub fn chosen(&self) -> &CandidateRow {
        let chosen = self.rows.iter().find(|row| row.is_chosen);
        chosen.expect("one is chosen")
    }
}

/// What was chosen, fitted to all samples.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The table.
    pub choices: Choices,
    /// What it is.
    pub candidate: Candidate,
    /// The function.
    pub spline: Spline,
    /// As a network.
    pub weights: ReluWeights,
    /// Of a smooth one, its penalty and what that leaves.
    pub smoothing: Option<Smoothing>,
    /// How much noise moves its values; none where the samples are too few to say.
    pub variance: Option<Variance>,
    /// And the slopes and kinks of one of few pieces.
    pub piece_errors: Option<PieceErrors>,
}

/// The network that predicts samples best that it was not fitted to, or the simplest that is as good but for chance: a quarter of the
/// standard error of the difference, and among best networks alone, where the number of pieces is what is asked for, all of it.
/// `weight` is each sample's, 1 where it is not given. Samples are left out in up to ten folds, drawn by the seed.
///
/// Time is that of fitting some tens of networks of few pieces eleven times, on all cores.
///
/// # Panics
///
/// Without samples, when the lengths do not fit, at a NaN or infinity, and where all weights are 0.
pub fn choose(x: &[f64], y: &[f64], weight: Option<&[f64]>, among: Among, seed: u64) -> Choice {
    let choice = choose_shaped(x, y, weight, among, None, seed);
    choice.expect("a constant can be fitted to any samples")
}

/// As [`choose`], among networks that have a shape; none where no candidate has it.
pub(crate) fn choose_shaped(
    x: &[f64],
    y: &[f64],
    weight: Option<&[f64]>,
    among: Among,
    shape: Option<&Shape>,
    seed: u64,
) -> Option<Choice> {
    let moments = moments(x, y, weight);
    let folds = folds(x, y, weight, seed);
    let mut contest = Contest {
        x,
        y,
        points: shape.map_or(&[], |shape| &shape.through),
        all: Candidates::new(&moments, shape),
        folds: folds
            .iter()
            .map(|fold| (Candidates::new(&fold.kept, shape), &fold.left_out[..]))
            .collect(),
    };
    let (chance, simple) = match among {
        Among::Best => (1.0, vec![]),
        Among::All => (0.25, vec![Candidate::Constant, Candidate::Line]),
    };
    let errors = Errors { weight, chance };
    let mut trials = contest.tried(&simple);
    let fewest = if among == Among::Best { 1 } else { 2 };
    trials.extend(contest.best(&errors, fewest, most_pieces(moments.n_distinct())));
    if among == Among::All {
        let [gcv, reml] = [Criterion::Gcv, Criterion::Reml];
        let merged = [gcv, reml].map(Candidate::Merged);
        let whole = [gcv, reml].map(Candidate::Smooth);
        trials.extend(contest.tried(&[merged, whole].concat()));
    }
    if trials.is_empty() {
        let simplest = [Candidate::Constant, Candidate::Line];
        let mut fitted = simplest
            .into_iter()
            .filter_map(|candidate| contest.trial(candidate));
        trials.extend(fitted.next());
    }
    if trials.is_empty() {
        return None;
    }
    trials.sort_by_key(|trial| match trial.candidate {
        Candidate::Constant => 0,
        _ => trial.fitted.weights.n_hidden(),
    });
    let squares: Vec<&[f64]> = trials.iter().map(|trial| &trial.squares[..]).collect();
    let chosen = errors.simplest(&squares);
    let row = |(at, trial): (usize, &Trial)| {
        let rms = errors.mean(&trial.squares).sqrt();
        CandidateRow {
            name: trial.candidate.name(),
            hidden: trial.fitted.weights.n_hidden(),
            rms,
            standard_error: match rms > 0.0 {
                true => errors.standard_error(&trial.squares) / (2.0 * rms),
                false => 0.0,
            },
            is_chosen: at == chosen,
        }
    };
    let choices = Choices {
        rows: trials.iter().enumerate().map(row).collect(),
        is_weighted: weight.is_some(),
        n_folds: folds.len(),
    };
    let Trial {
        candidate, fitted, ..
    } = trials.swap_remove(chosen);
    let (variance, piece_errors) = contest.all.variance(candidate, &fitted.spline);
    Some(Choice {
        choices,
        candidate,
        variance,
        piece_errors,
        spline: fitted.spline,
        weights: fitted.weights,
        smoothing: fitted.smoothing,
    })
}

/// A candidate on trial.
struct Trial {
    candidate: Candidate,
    fitted: FittedCandidate,
    /// The squared error of each sample, when it was left out.
    squares: Vec<f64>,
}

/// The samples, and the candidates on all of them and without each fold.
struct Contest<'a> {
    x: &'a [f64],
    y: &'a [f64],
    /// That the function must pass through.
    points: &'a [(f64, f64)],
    all: Candidates<'a>,
    folds: Vec<(Candidates<'a>, &'a [usize])>,
}

impl Contest<'_> {
    fn tried(&mut self, candidates: &[Candidate]) -> Vec<Trial> {
        let trials = candidates.iter().map(|candidate| self.trial(*candidate));
        trials.flatten().collect()
    }

    /// None where the samples are too few for the candidate, or where it swings far beyond them. In a fold that is too small for it, a
    /// constant is in its place, or what else is simplest.
    fn trial(&mut self, candidate: Candidate) -> Option<Trial> {
        let fitted = self.all.of(candidate)?;
        if candidate != Candidate::Constant && self.swings(&fitted.spline) {
            return None;
        }
        let (x, y) = (self.x, self.y);
        let stop = Stop::here();
        let of_fold = |(candidates, left_out): &mut (Candidates, &[usize])| {
            let fitted = stop.with(|| candidates.of(candidate));
            let fitted = fitted.unwrap_or_else(|| candidates.simplest());
            let square = |at: &usize| (fitted.spline.predict(x[*at]) - y[*at]).powi(2);
            left_out.iter().map(square).collect::<Vec<f64>>()
        };
        let of_folds: Vec<Vec<f64>> = self.folds.par_iter_mut().map(of_fold).collect();
        let mut squares = vec![0.0; x.len()];
        for ((_, left_out), of_fold) in self.folds.iter().zip(of_folds) {
            for (at, square) in left_out.iter().zip(of_fold) {
                squares[*at] = square;
            }
        }
        Some(Trial {
            candidate,
            fitted,
            squares,
        })
    }

    fn swings(&self, spline: &Spline) -> bool {
        let (mut low, mut high) = extremes(self.y);
        for (_, y) in self.points {
            (low, high) = (low.min(*y), high.max(*y));
        }
        let room = BEYOND * (high - low);
        let is_within = |value: &f64| (low - room..=high + room).contains(value);
        !spline.values.iter().all(is_within)
    }

    /// Best networks of ascending numbers of pieces, as long as more help.
    fn best(&mut self, errors: &Errors, fewest: usize, most: usize) -> Vec<Trial> {
        let mut trials = Vec::new();
        let (mut least, mut in_vain) = (f64::INFINITY, 0);
        for n_pieces in numbers(fewest, most.min(MOST_PIECES)) {
            in_vain += 1;
            if let Some(trial) = self.trial(Candidate::Best(n_pieces)) {
                let error = errors.mean(&trial.squares);
                if error < least {
                    (least, in_vain) = (error, 0);
                }
                trials.push(trial);
            }
            if in_vain >= PATIENCE {
                break;
            }
        }
        trials
    }
}

/// Every number from the fewest to 8, then about a quarter more each time, and the most.
fn numbers(fewest: usize, most: usize) -> impl Iterator<Item = usize> {
    let next = |number: &usize| {
        Some(match *number < EVERY_NUMBER {
            true => number + 1,
            false => number + number / 4,
        })
    };
    let below = std::iter::successors(Some(fewest), next).take_while(move |number| *number < most);
    below.chain((most >= fewest).then_some(most))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shallow_data::Draw;
    use shallow_data::SeededRng;

    use super::*;

    fn noisy(n: usize, seed: u64, of: impl Fn(f64) -> f64, noise: f64) -> [Vec<f64>; 2] {
        let mut draw = SeededRng::new(seed);
        let x: Vec<f64> = (0..n).map(|_| draw.uniform(-1.0, 1.0)).collect();
        let y = x.iter().map(|x| of(*x) + draw.normal(0.0, noise)).collect();
        [x, y]
    }

    #[test]
    fn noise_alone_is_next_to_nothing() {
        let mut units = 0;
        for seed in 0..40 {
            let [x, y] = noisy(10 + seed as usize, seed, |_| 0.0, 1.0);
            let choice = choose(&x, &y, None, Among::All, seed);
            units += choice.weights.n_hidden() - 1;
            let squares = x
                .iter()
                .zip(&y)
                .map(|(x, y)| (choice.spline.predict(*x) - y).powi(2));
            let loss = squares.sum::<f64>() / x.len() as f64;
            assert!(loss > 0.2, "seed {seed}: {loss}"); // no sample is passed through
        }
        assert!(units < 40, "{units}");
    }

    #[test]
    fn kinks_are_found_where_there_are_some() {
        let truth = |x: f64| (x - 0.3).max(0.0) * 4.0 - (x + 0.4).max(0.0) * 3.0 + x;
        for seed in 0..10 {
            let [x, y] = noisy(400, seed, truth, 0.05);
            let choice = choose(&x, &y, None, Among::All, seed);
            let off =
                |i: i32| truth(f64::from(i) / 100.0) - choice.spline.predict(f64::from(i) / 100.0);
            let squares: f64 = (-99..100).map(|i| off(i).powi(2)).sum();
            assert!(
                (squares / 199.0).sqrt() < 0.015,
                "seed {seed}: {squares} {:?}",
                choice.choices
            );
        }
    }

    #[test]
    fn what_is_hardly_a_sample_has_an_answer() {
        let few: [(&[f64], &[f64]); 6] = [
            (&[1.0], &[2.0]),
            (&[1.0, 1.0, 1.0], &[2.0, 3.0, 4.0]),
            (&[0.0, 1.0], &[2.0, 3.0]),
            (
                &[0.0, 1.0, 2.0, 0.0, 1.0, 2.0],
                &[0.0, 1.0, 5.0, 0.1, 0.9, 5.1],
            ),
            (&[0.0, 1.0, 2.0, 3.0, 4.0], &[7.0; 5]),
            (&[0.0, 1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 4.0, 9.0, 16.0]),
        ];
        for (x, y) in few {
            for among in [Among::All, Among::Best] {
                let choice = choose(x, y, None, among, 1);
                let (low, high) = extremes(y);
                for x in x {
                    let value = choice.spline.predict(*x);
                    let room = 0.25 * (high - low) + 1e-12;
                    assert!((low - room..=high + room).contains(&value), "{x} {value}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Inside the domain no network goes far beyond the samples, whatever these are.
        #[test]
        fn no_network_swings(
            samples in prop::collection::vec((-3_i32..3, 0.0..1.0, -1.0..1.0), 2..60),
            jumps in 0.0..100.0,
            seed in 0_u64..1000,
        ) {
            let x: Vec<f64> = samples.iter().map(|(whole, part, _)| f64::from(*whole) + part * part * part).collect();
            let y: Vec<f64> = samples.iter().map(|(whole, _, y)| y + jumps * f64::from(whole % 2)).collect();
            let choice = choose(&x, &y, None, Among::All, seed);
            let (low, high) = extremes(&y);
            let room = 0.25 * (high - low) + 1e-9 * (1.0 + jumps);
            let (first, last) = extremes(&x);
            for step in 0..=100 {
                let x = first + (last - first) * f64::from(step) / 100.0;
                let value = choice.spline.predict(x);
                prop_assert!((low - room..=high + room).contains(&value), "{} at {}", value, x);
                let network = choice.weights.predict(&[x])[0];
                prop_assert!((network - value).abs() < 1e-6 * (1.0 + jumps), "{} {}", network, value);
            }
        }
    }
}
