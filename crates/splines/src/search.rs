//! The search for the best knots: several starts, a descent from each, and knots moved to where they win more.

use std::cell::OnceCell;

use shallow_analytic::Moments;

use crate::{
    descent::{Until, descend},
    exchange,
    fit::{Fit, Sides},
    program, sides, start,
    stretch::{Cut, Samples},
};

/// A rough descent: enough to compare starts.
const ROUGH: Until = Until {
    iterations: 30,
    gain: 1e-3,
};

/// A finer descent, on smoothed samples.
const SMOOTH: Until = Until {
    iterations: 200,
    gain: 1e-7,
};

/// A descent to the end.
const FINE: Until = Until {
    iterations: 200,
    gain: 1e-9,
};

/// Stretches for each piece that the starts are made of.
const FINENESS: usize = 4;

/// Up to this many distinct inputs, every place is tried.
const EVERY_PLACE: usize = 200;

/// Up to this many pieces, starts are found by dynamic programming too, and pairs of knots are exchanged.
const FEW_PIECES: usize = 16;

/// Up to this many samples in a piece, single samples matter.
const FEW_SAMPLES: usize = 300;

/// Up to this many pieces, knots are perturbed in the end.
const MANY_PIECES: usize = 256;

/// How many pieces are perturbed in the end, over all rounds: 8 pieces 24 times.
const SHAKEN: usize = 192;

/// So many starts with knots at samples are tried, and among so many samples.
const PROGRAMMED: usize = 8;
const N_PLACES: usize = 96;

/// Up to this mean squared error of rounded samples, the rounding matters: a millionth of their range.
const ROUNDING_MATTERS: f64 = 1e6;

/// For one and two units, knots are tried at so many places.
const PLACES_OF_FEW: usize = 8;

/// Of fits with sides, so many are finished.
const FINISHED: usize = 2;

/// Exchanges go on while fewer pieces than this have been fitted to samples in them, about an eighth of a second's work.
const WORK: usize = 1 << 18;

/// Samples to search in, and what the search needs of them.
pub(crate) struct Problem<'a> {
    pub(crate) samples: Samples<'a>,
    rounded: &'a Rounded,
    least: usize,
}

/// The samples rounded, made when first asked for; none where y is constant.
pub(crate) type Rounded = OnceCell<Option<Moments>>;

impl<'a> Problem<'a> {
    /// Of fits whose pieces have `least` distinct inputs each, at least.
    pub(crate) fn new(moments: &'a Moments, rounded: &'a Rounded, least: usize) -> Self {
        Self {
            samples: Samples::new(moments).with_least(least),
            rounded,
            least,
        }
    }

    /// The samples rounded: where a search has many valleys to choose among, the last bits of the samples would choose.
    fn rounded(&self) -> Samples<'_> {
        match self.rounded.get_or_init(|| self.samples.rounded()) {
            Some(moments) => Samples::of_whole_numbers(moments).with_least(self.least),
            None => self.samples,
        }
    }

    fn at_rounded<'b>(&self, rounded: &'b Samples<'b>, fit: &Fit) -> Fit {
        let m = fit.n_pieces();
        let inner = fit.knots[1..m].iter().map(|knot| rounded.round(*knot));
        fit.at(rounded, rounded.with_ends(inner))
    }

    /// A fit to the rounded samples, as one to the samples themselves; descended to the end there where rounding matters.
    fn finished(&self, rounded: &Fit) -> Fit {
        let mut fit = rounded.at(&self.samples, rounded.knots.clone());
        if rounded.total < ROUNDING_MATTERS * self.samples.weight() {
            descend(&self.samples, &mut fit, FINE);
        }
        fit
    }

    /// The best fit of `n_pieces`, at least 1 and below the number of distinct inputs; `starts` are tried beside its own.
    pub(crate) fn best(&self, n_pieces: usize, starts: Vec<Vec<f64>>) -> Fit {
        let samples = &self.samples;
        if samples.n_distinct() > EVERY_PLACE {
            let best = simple(samples, n_pieces, &starts);
            if is_balanced(samples, &best) {
                return polished(samples, best);
            }
        }
        let samples = &self.rounded();
        let mut best = thorough(samples, simple(samples, n_pieces, &starts), N_PLACES);
        if samples.n_distinct() <= EVERY_PLACE
            && let Some(Some(moments)) = self.rounded.get()
        {
            // Where every sample counts, there are as many valleys on the way from the right.
            let mirrored = moments.mirrored();
            let turned = |knots: &[f64]| knots.iter().rev().map(|knot| -knot).collect();
            let starts: Vec<Vec<f64>> = starts.iter().map(|start| turned(start)).collect();
            let other = &Samples::of_whole_numbers(&mirrored).with_least(self.least);
            let other = thorough(other, simple(other, n_pieces, &starts), N_PLACES);
            best = better(best, Fit::new(samples, turned(&other.knots)));
        }
        self.finished(&best)
    }

    /// A good fit in a few descents: from neighbours merged, and from a narrower fit with knots put in where they win most.
    pub(crate) fn rough(&self, n_pieces: usize, narrow: Option<&Fit>) -> Fit {
        let samples = &self.samples;
        let mut fit = simple(samples, n_pieces, &[]);
        if let Some(narrow) = narrow {
            let mut wide = widened(samples, narrow, n_pieces);
            descend(samples, &mut wide, ROUGH);
            fit = better(fit, wide);
        }
        descend(samples, &mut fit, FINE);
        fit
    }

    /// As [`with_sides`](Self::with_sides), in a few descents.
    pub(crate) fn rough_with_sides(&self, free: &Fit) -> Fit {
        let samples = &self.samples;
        let candidates = sides::candidates(free).into_iter();
        let starts = candidates.map(|sides| (free.knots.clone(), sides));
        let fits = starts.map(|(knots, sides)| {
            let mut fit = Fit::with_sides(samples, knots, Some(sides));
            descend(samples, &mut fit, ROUGH);
            fit
        });
        let mut fit = fits.reduce(better).expect("there are candidates");
        descend(samples, &mut fit, FINE);
        fit
    }

    /// The better of a fit and what a descent from another one's knots ends at, one knot or more put in where they win most.
    pub(crate) fn widened(&self, narrow: &Fit, fit: Fit) -> Fit {
        let n_pieces = fit.n_pieces();
        let samples = &self.rounded();
        let start = widened(samples, &self.at_rounded(samples, narrow), n_pieces);
        let start = self.finished(&polished(samples, start));
        // A narrow fit is as good as its knots, whatever the rounding did.
        better(better(fit, start), widened(&self.samples, narrow, n_pieces))
    }

    /// The best fit found whose first slope is made by units that are active to the left, from the knots of a fit without that
    /// condition.
    pub(crate) fn with_sides(&self, free: &Fit) -> Fit {
        let samples = &self.rounded();
        let free = self.at_rounded(samples, free);
        let settle = |(knots, sides): (Vec<f64>, Sides)| {
            let mut fit = Fit::with_sides(samples, knots, Some(sides));
            descend(samples, &mut fit, ROUGH);
            even_out(samples, fit)
        };
        let candidates = sides::candidates(&free).into_iter();
        let starts = candidates.map(|sides| (free.knots.clone(), sides));
        // The best knots of one or two units may be far from the best knots without the condition.
        let starts = starts.chain(all_over(samples, free.n_pieces()));
        let fits = least(starts.map(settle).collect(), FINISHED);
        let polished = fits.into_iter().map(|fit| polished(samples, fit));
        self.finished(&polished.reduce(better).expect("there are candidates"))
    }

    /// The better of a fit and what a descent without its condition ends at.
    pub(crate) fn released(&self, fit: &Fit) -> Fit {
        let samples = &self.rounded();
        let start = Fit::new(samples, self.at_rounded(samples, fit).knots);
        better(
            Fit::new(&self.samples, fit.knots.clone()),
            self.finished(&polished(samples, start)),
        )
    }
}

/// The best fit that is found in about a millisecond; as [`Problem::best`], but on the samples as they are, and from fewer starts.
pub(crate) fn quick(samples: &Samples, n_pieces: usize, starts: &[Vec<f64>]) -> Fit {
    let best = simple(samples, n_pieces, starts);
    match is_balanced(samples, &best) {
        true => polished(samples, best),
        false => thorough(samples, best, N_PLACES / 3),
    }
}

/// The best of many starts, and of exchanges.
fn thorough(samples: &Samples, mut best: Fit, n_places: usize) -> Fit {
    best = more_starts(samples, &best, n_places)
        .into_iter()
        .map(|knots| settle(samples, knots))
        .fold(best, better);
    let mut exchanges = Exchanges { samples, work: 0 };
    while let Some(better) = exchanges.improve(&best) {
        best = even_out(samples, better);
    }
    polished(samples, best)
}

/// The best of what neighbours merged lead to, and of other starts.
fn simple(samples: &Samples, n_pieces: usize, starts: &[Vec<f64>]) -> Fit {
    let cuts = start::split(samples, FINENESS * n_pieces);
    let merged = settle(samples, start::merged(samples, cuts, n_pieces));
    let others = starts.iter().map(|start| settle(samples, start.clone()));
    let best = others.fold(merged, better);
    match best.total == f64::INFINITY {
        true => evenly_ranked(samples, n_pieces),
        false => best,
    }
}

/// Of one or two units, knots all over the samples, with all choices of sides.
fn all_over(samples: &Samples, n_pieces: usize) -> Vec<(Vec<f64>, Sides)> {
    let n = samples.n_distinct();
    let place = |i: usize| samples.x(((2 * i + 1) * n / (2 * PLACES_OF_FEW)).min(n - 1));
    let knots: Vec<Vec<f64>> = match n_pieces {
        2 => (0..PLACES_OF_FEW).map(|i| vec![place(i)]).collect(),
        3 => (1..PLACES_OF_FEW)
            .flat_map(|last| (0..last).map(move |first| (first, last)))
            .map(|(first, last)| vec![place(first), place(last)])
            .collect(),
        _ => Vec::new(),
    };
    let sides = |bits: usize| {
        (0..n_pieces - 1)
            .map(|unit| bits >> unit & 1 == 1)
            .collect()
    };
    let of = |inner: Vec<f64>| {
        (0..1 << (n_pieces - 1)).map(move |bits| {
            let knots = samples.with_ends(inner.iter().copied());
            (knots, sides(bits))
        })
    };
    knots.into_iter().flat_map(of).collect()
}

fn settle(samples: &Samples, knots: Vec<f64>) -> Fit {
    let mut fit = Fit::new(samples, knots);
    descend(samples, &mut fit, ROUGH);
    even_out(samples, fit)
}

/// The second one if it is better by more than rounding, which must not choose.
pub(crate) fn better(a: Fit, b: Fit) -> Fit {
    if b.total < (1.0 - 1e-10) * a.total {
        b
    } else {
        a
    }
}

/// The squared error has corners at samples. On smoothed samples it has none, so a descent that a corner stopped goes on.
fn polished(samples: &Samples, fit: Fit) -> Fit {
    let smooth = samples.spread();
    let mut smoothed = fit.at(&smooth, fit.knots.clone());
    descend(&smooth, &mut smoothed, SMOOTH);
    let moved = fit.at(samples, smoothed.knots);
    let mut best = better(fit, moved);
    descend(samples, &mut best, FINE);
    shake(samples, best)
}

/// For samples so uneven that knots coincide, or values overflow: knots at evenly ranked samples, as many as go.
fn evenly_ranked(samples: &Samples, n_pieces: usize) -> Fit {
    let last = samples.n_distinct() - 1;
    let mut m = n_pieces;
    loop {
        let knots = (0..=m).map(|knot| samples.x(knot * last / m)).collect();
        let fit = Fit::new(samples, knots);
        if fit.total < f64::INFINITY || m == 1 {
            return fit;
        }
        m /= 2;
    }
}

/// The fit with knots put in where they win most, until it has `n_pieces`.
fn widened(samples: &Samples, fit: &Fit, n_pieces: usize) -> Fit {
    let mut fit = fit.clone();
    while fit.n_pieces() < n_pieces {
        let mut gains = exchange::gains(samples, &fit, &places(samples, &fit, 8));
        gains.sort_by(|a, b| b.squares.total_cmp(&a.squares));
        let missing = n_pieces - fit.n_pieces();
        let mut knots = fit.knots.clone();
        let mut split = vec![false; fit.n_pieces()];
        for gain in gains {
            let is_new = !knots.contains(&gain.place) && !split[gain.piece];
            if is_new && knots.len() - fit.knots.len() < missing.div_ceil(2) {
                split[gain.piece] = true;
                knots.push(gain.place);
            }
        }
        if knots.len() == fit.knots.len() {
            break; // there is no other place
        }
        knots.sort_by(f64::total_cmp);
        fit = fit.at(samples, knots);
    }
    fit
}

/// Knots that lie together between two samples are spread there: nothing changes at the samples, and the bends are as small as
/// can be.
pub(crate) fn eased(samples: &Samples, fit: Fit) -> Fit {
    let m = fit.n_pieces();
    let mut knots = fit.knots.clone();
    let before = |knot: usize| fit.cuts[knot].n_before;
    let mut first = 1;
    while first < m {
        let together = (first..m).take_while(|knot| before(*knot) == before(first));
        let n = together.count();
        if n > 1 {
            let (low, high) = samples.gap(before(first).clamp(1, samples.n_distinct() - 1));
            for (i, knot) in knots[first..first + n].iter_mut().enumerate() {
                *knot = low + (high - low) * (i + 1) as f64 / (n + 1) as f64;
            }
        }
        first += n;
    }
    if knots == fit.knots {
        return fit;
    }
    let eased = fit.at(samples, knots);
    match eased.total <= fit.total * (1.0 + 1e-9) + samples.negligible() {
        true => eased,
        false => fit,
    }
}

/// Moves random knots by a few samples and descends again, several times. Where pieces have few samples, the squared error has
/// many small valleys, and a descent ends in one of them.
fn shake(samples: &Samples, mut best: Fit) -> Fit {
    let m = best.n_pieces();
    let is_few = |piece: usize, fit: &Fit| fit.stretches[piece].n_distinct <= FEW_SAMPLES;
    if best.total <= samples.negligible() || best.total == f64::INFINITY || m > MANY_PIECES {
        return best;
    }
    let mut share = Spread::default();
    for _ in 0..(SHAKEN / m).max(2) {
        let mut knots = best.knots.clone();
        for knot in 1..m {
            if !is_few(knot - 1, &best) && !is_few(knot, &best) {
                continue;
            }
            // Up to two gaps to either side, as wide as those here, and within the pieces.
            let at = best.cuts[knot].n_before.clamp(1, samples.n_distinct() - 1);
            let (low, high) = samples.gap(at);
            let step = 4.0 * (share.next() - 0.5) * (high - low);
            let room = [
                knots[knot] - knots[knot - 1],
                best.knots[knot + 1] - knots[knot],
            ];
            knots[knot] += step.clamp(-0.5 * room[0], 0.5 * room[1]);
        }
        if knots == best.knots {
            return best;
        }
        let mut fit = best.at(samples, knots);
        descend(samples, &mut fit, SMOOTH);
        if fit.total < best.total {
            best = fit;
        }
    }
    best
}

/// The fractional parts of the multiples of an irrational number: they fill [0, 1] evenly.
#[derive(Default)]
struct Spread(f64);

impl Spread {
    fn next(&mut self) -> f64 {
        self.0 = (self.0 + 0.754_877_666_246_692_7).fract();
        self.0
    }
}

/// Whether every knot is worth more than thirty times what another one would gain elsewhere. On a smooth curve the best knots
/// are worth about fifty times that.
pub(crate) fn is_balanced(samples: &Samples, fit: &Fit) -> bool {
    if fit.n_pieces() == 1 || fit.total <= samples.negligible() || fit.total == f64::INFINITY {
        return true;
    }
    if samples.n_distinct() <= EVERY_PLACE {
        return false;
    }
    let least = exchange::costs(fit)
        .into_iter()
        .fold(f64::INFINITY, f64::min);
    let gains = exchange::gains(samples, fit, &places(samples, fit, 4));
    gains.iter().all(|gain| 30.0 * gain.squares < least)
}

/// Starts for curves that are not smooth, jumps and noise: the best splines with knots at some samples.
fn more_starts(samples: &Samples, best: &Fit, n_places: usize) -> Vec<Vec<f64>> {
    let n_pieces = best.n_pieces();
    if n_pieces > FEW_PIECES {
        return Vec::new();
    }
    // Descents gain much on what knots at samples can do.
    let bound = 4.0 * best.total;
    let places = chosen_places(samples, n_places);
    let mut starts = program::programmed(samples, &places, n_pieces, bound, PROGRAMMED);
    for at in 0..starts.len() {
        let jumping = with_jumps(samples, &starts[at]);
        if jumping != starts[at] {
            starts.push(jumping);
        }
    }
    starts
}

/// Where two knots are at neighbouring samples there may be a jump, and neither sample is the middle piece's: they go between.
fn with_jumps(samples: &Samples, knots: &[f64]) -> Vec<f64> {
    let mut jumping = knots.to_vec();
    let (mut knot, last) = (1, knots.len() - 1);
    while knot + 1 < last {
        let (low, high) = (knots[knot], knots[knot + 1]);
        let n_before = samples.n_before(high);
        if n_before > 0 && samples.gap(n_before) == (low, high) {
            jumping[knot] = low + (high - low) / 3.0;
            jumping[knot + 1] = high - (high - low) / 3.0;
            knot += 1;
        }
        knot += 1;
    }
    jumping
}

/// All distinct inputs where they are few, and else those around which lines fit worst.
fn chosen_places(samples: &Samples, n_places: usize) -> Vec<f64> {
    let n = samples.n_distinct();
    let places: Vec<usize> = if n <= EVERY_PLACE {
        (0..n).collect()
    } else {
        let cuts = start::split(samples, n_places);
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.n_before.min(n - 1)).collect();
        // Between two samples far apart in y there may be a jump from one to the other.
        let is_short = |pair: &[Cut]| pair[1].n_before - pair[0].n_before <= 4;
        for pair in cuts.windows(2).filter(|pair| is_short(pair)) {
            places.extend(pair[0].n_before..pair[1].n_before);
        }
        places.sort_unstable();
        places.dedup();
        places
    };
    places.into_iter().map(|at| samples.x(at)).collect()
}

/// Spreads the errors evenly over the pieces, as long as that helps: a descent is slow to carry knots far.
fn even_out(samples: &Samples, mut fit: Fit) -> Fit {
    for _ in 0..3 {
        let (knots, promised) = start::equidistributed(&fit);
        if promised >= 0.97 * fit.total {
            break;
        }
        let mut other = fit.at(samples, knots);
        descend(samples, &mut other, ROUGH);
        if other.total >= 0.999 * fit.total {
            break;
        }
        fit = other;
    }
    fit
}

/// Takes knots out where they are of little use and puts them in where they win more.
struct Exchanges<'a> {
    samples: &'a Samples<'a>,
    work: usize,
}

impl Exchanges<'_> {
    /// A better fit by an exchange; none where no exchange helps.
    fn improve(&mut self, fit: &Fit) -> Option<Fit> {
        self.exchange_one(fit).or_else(|| self.exchange_two(fit))
    }

    fn exchange_one(&mut self, fit: &Fit) -> Option<Fit> {
        let costs = exchange::costs(fit);
        let mut knots: Vec<usize> = (1..fit.n_pieces()).collect();
        knots.sort_by(|a, b| costs[a - 1].total_cmp(&costs[b - 1]));
        for knot in knots.into_iter().take(8) {
            let mut fewer = fit.knots.clone();
            fewer.remove(knot);
            let fewer = Fit::new(self.samples, fewer);
            let places = places(self.samples, &fewer, 8);
            let mut gains = exchange::gains(self.samples, &fewer, &places);
            // A descent after the exchange may gain many times as much.
            gains.retain(|gain| gain.squares > 0.1 * (fewer.total - fit.total));
            gains.sort_by(|a, b| b.squares.total_cmp(&a.squares));
            let mut tried = Vec::new();
            for gain in gains {
                if tried.len() == 5 {
                    break;
                }
                if tried.contains(&gain.piece) {
                    continue;
                }
                tried.push(gain.piece);
                let mut knots = fewer.knots.clone();
                knots.insert(gain.piece + 1, gain.place);
                if let Some(better) = self.descend(Fit::new(self.samples, knots), fit) {
                    return Some(better);
                }
            }
        }
        None
    }

    /// Moves both knots of a pair around a few samples, for a jump or a spike; only where every place can be tried.
    fn exchange_two(&mut self, fit: &Fit) -> Option<Fit> {
        let (n, m) = (self.samples.n_distinct(), fit.n_pieces());
        if n > EVERY_PLACE || !(3..=FEW_PIECES).contains(&m) {
            return None;
        }
        let pairs = (1..m).flat_map(|a| (a + 1..m).map(move |b| (a, b)));
        let without = pairs.map(|(a, b)| {
            let mut knots = fit.knots.clone();
            knots.remove(b);
            knots.remove(a);
            Fit::new(self.samples, knots)
        });
        for fewer in least(without.collect(), 6) {
            let around =
                (1..n).flat_map(|first| (first..(first + 4).min(n)).map(move |last| (first, last)));
            let trials = around.map(|(first, last)| {
                let (first, last) = (self.samples.gap(first), self.samples.gap(last));
                let mut knots = fewer.knots.clone();
                knots.push(0.75 * first.0 + 0.25 * first.1);
                knots.push(0.25 * last.0 + 0.75 * last.1);
                knots.sort_by(f64::total_cmp);
                Fit::new(self.samples, knots)
            });
            let trials = trials.collect::<Vec<_>>();
            self.work += trials.len() * m;
            for trial in least(trials, 4) {
                if let Some(better) = self.descend(trial, fit) {
                    return Some(better);
                }
            }
        }
        None
    }

    /// The fit after a descent, if it is better than another.
    fn descend(&mut self, mut fit: Fit, than: &Fit) -> Option<Fit> {
        if self.work > WORK || than.total <= self.samples.negligible() {
            return None;
        }
        self.work += ROUGH.iterations * fit.n_pieces();
        descend(self.samples, &mut fit, ROUGH);
        (fit.total < 0.9999 * than.total).then_some(fit)
    }
}

/// Where a knot might go: everywhere, or between equal parts of each piece.
fn places(samples: &Samples, fit: &Fit, n_parts: usize) -> Vec<f64> {
    let n = samples.n_distinct();
    let middle = |at: usize| {
        let (low, high) = samples.gap(at);
        f64::midpoint(low, high)
    };
    if n <= EVERY_PLACE {
        return (1..n).flat_map(|at| [middle(at), samples.x(at)]).collect();
    }
    let mut places = Vec::new();
    let mut first = 0;
    for stretch in &fit.stretches {
        let parts = (1..n_parts).map(|part| first + stretch.n_distinct * part / n_parts);
        places.extend(parts.filter(|at| *at > first).map(middle));
        first += stretch.n_distinct;
    }
    places
}

/// The best of these fits.
fn least(mut fits: Vec<Fit>, n: usize) -> Vec<Fit> {
    fits.sort_by(|a, b| a.total.total_cmp(&b.total));
    fits.truncate(n);
    fits
}
