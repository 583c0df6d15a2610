//! The best continuous spline whose knots are among some places, by dynamic programming over the value there.
//!
//! The least squared error of the samples left of a place, as a function of the spline's value at it, is the least of some
//! parabolas, one for each choice of the knots before. A piece more takes each parabola to one at a later place. Of those that
//! meet at a place, the ones are kept that are lowest at some of a few values; all others are forgotten, so what is found is
//! nearly, not certainly, the best.

use crate::stretch::{Cut, Samples, Stretch};

/// Around the samples' means left and right of a place, parabolas are compared at this many distances to either side, each half
/// the next.
const N_HALVINGS: i32 = 12;

/// `least + steep * (value - at)^2`, and the parabola it was made from.
#[derive(Debug, Clone, Copy)]
struct Parabola {
    least: f64,
    steep: f64,
    at: f64,
    /// The place before, and which parabola there.
    from: (u32, u32),
}

/// The knots `[m + 1]` of the best splines of `n_pieces` found, the best first, at most `n_kept` of them; `places` are ascending
/// and begin and end at the samples' ends. What has a squared error above `bound` is not looked for. Time `O(c^2 m)` with c
/// places.
pub(crate) fn programmed(
    samples: &Samples,
    places: &[f64],
    n_pieces: usize,
    bound: f64,
    n_kept: usize,
) -> Vec<Vec<f64>> {
    let last = places.len() - 1;
    if n_pieces > last {
        return Vec::new();
    }
    let (cuts, cells) = samples.stretches(places);
    let scale = spread(&cells);
    let values: Vec<Vec<f64>> = (0..places.len())
        .map(|place| {
            let near = cells[place.saturating_sub(1)..(place + 1).min(last)].iter();
            let steps = -N_HALVINGS..=N_HALVINGS;
            near.flat_map(|cell| {
                steps.clone().map(|step| {
                    let size = scale * 2.0_f64.powi(step.abs() - N_HALVINGS);
                    cell.y + f64::from(step.signum()) * size
                })
            })
            .collect()
        })
        .collect();
    let nothing = Parabola {
        least: 0.0,
        steep: 0.0,
        at: 0.0,
        from: (0, 0),
    };
    // By number of pieces, by place.
    let mut kept: Vec<Vec<Vec<Parabola>>> = vec![vec![Vec::new(); places.len()]];
    kept[0][0].push(nothing);
    for piece in 1..=n_pieces {
        let before = &kept[piece - 1];
        let is_last = piece == n_pieces;
        let mut reached = vec![Vec::new(); places.len()];
        for to in piece..=last {
            if is_last != (to == last) {
                continue;
            }
            let mut lowest = Lowest::new(&values[to]);
            let places_before = before[..to].iter().enumerate();
            for (from, parabolas) in places_before.filter(|(_, kept)| !kept.is_empty()) {
                let step = Step::new(samples, &cuts, places, from, to);
                for (which, parabola) in parabolas.iter().enumerate() {
                    let next = step.take(parabola, (from as u32, which as u32));
                    if next.least <= bound {
                        lowest.add(next);
                    }
                }
            }
            reached[to] = if is_last { lowest.all } else { lowest.kept() };
        }
        kept.push(reached);
    }
    let mut ends = kept[n_pieces][last].clone();
    ends.sort_by(|a, b| a.least.total_cmp(&b.least));
    ends.truncate(n_kept);
    ends.iter()
        .map(|end| {
            let mut knots = vec![places[last]];
            let mut from = end.from;
            for piece in (0..n_pieces).rev() {
                knots.push(places[from.0 as usize]);
                from = kept[piece][from.0 as usize][from.1 as usize].from;
            }
            knots.reverse();
            knots
        })
        .collect()
}

/// The range of the cells' means.
fn spread(cells: &[Stretch]) -> f64 {
    let means = cells
        .iter()
        .filter(|cell| cell.weight > 0.0)
        .map(|cell| cell.y);
    let (low, high) = means.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
        (low.min(y), high.max(y))
    });
    (high - low).max(f64::MIN_POSITIVE)
}

/// Parabolas at one place, of which the lowest at some values are wanted.
struct Lowest<'a> {
    values: &'a [f64],
    least: Vec<f64>,
    which: Vec<usize>,
    all: Vec<Parabola>,
}

impl<'a> Lowest<'a> {
    fn new(values: &'a [f64]) -> Self {
        Self {
            values,
            least: vec![f64::INFINITY; values.len()],
            which: vec![usize::MAX; values.len()],
            all: Vec::new(),
        }
    }

    fn add(&mut self, parabola: Parabola) {
        let mut helps = false;
        for ((value, least), which) in self.values.iter().zip(&mut self.least).zip(&mut self.which)
        {
            let off = value - parabola.at;
            let height = parabola.least + parabola.steep * off * off;
            if height < *least {
                (*least, *which) = (height, self.all.len());
                helps = true;
            }
        }
        if helps {
            self.all.push(parabola);
        }
    }

    fn kept(self) -> Vec<Parabola> {
        let mut which = self.which;
        which.retain(|which| *which != usize::MAX);
        which.sort_unstable();
        which.dedup();
        which.into_iter().map(|which| self.all[which]).collect()
    }
}

/// The squared error of one piece, in its values' distances from those of the best line.
struct Step {
    squares: f64,
    /// The best line's values at the ends.
    line: [f64; 2],
    first: f64,
    both: f64,
    second: f64,
}

impl Step {
    fn new(samples: &Samples, cuts: &[Cut], places: &[f64], from: usize, to: usize) -> Self {
        let stretch = samples.between(&cuts[from], &cuts[to]);
        let width = places[to] - places[from];
        let share = (stretch.x - places[from]) / width;
        let tilt = stretch.xx / (width * width);
        Self {
            squares: stretch.squares,
            line: [stretch.line(places[from]), stretch.line(places[to])],
            first: stretch.weight * (1.0 - share) * (1.0 - share) + tilt,
            both: stretch.weight * share * (1.0 - share) - tilt,
            second: stretch.weight * share * share + tilt,
        }
    }

    /// The least over the value at the first end.
    fn take(&self, before: &Parabola, from: (u32, u32)) -> Parabola {
        let off = before.at - self.line[0];
        let sum = before.steep + self.first;
        let (share, cross) = match sum > 0.0 {
            true => (before.steep / sum, self.both / sum),
            false => (0.0, 0.0),
        };
        let steep = (self.second - self.both * cross).max(0.0);
        let pull = before.steep * off * cross;
        let shift = if steep > 1e-12 * self.second {
            pull / steep
        } else {
            0.0
        };
        let rest = before.steep * off * off * (1.0 - share) - pull * shift;
        Parabola {
            least: before.least + self.squares + rest.max(0.0),
            steep,
            at: self.line[1] - shift,
            from,
        }
    }
}
