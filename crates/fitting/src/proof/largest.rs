//! The largest error of a fit on a domain, between a value that it has somewhere and one that it has nowhere: branch and bound.
//!
//! Each part of the domain is halved where the bound is largest. The bound on a part is the least of those that the values, the slopes
//! at its ends and the second derivative give, all by interval arithmetic.

use std::collections::BinaryHeap;

use shallow_analytic::stop::look;
use shallow_expression::{Enclosure, Expression, Interval};

use super::network::Network;

/// How much larger than an error that there is a bound may be.
const CLOSE: f64 = 1.0005;

/// Parts that are looked at, beside some for each of the network's.
const WORK: usize = 10_000;
const WORK_OF_PART: usize = 60;

/// Operations of long formulas are counted, too.
const NODES: usize = 1_000_000;

/// A side of an error: `of_f f + of_net net + constant`, which is wanted small.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side {
    pub of_f: f64,
    pub of_net: f64,
    pub constant: f64,
}

impl Side {
    /// Of `|f - net|`.
    pub const OF_ERROR: [Self; 2] = [
        Self {
            of_f: 1.0,
            of_net: -1.0,
            constant: 0.0,
        },
        Self {
            of_f: -1.0,
            of_net: 1.0,
            constant: 0.0,
        },
    ];

    fn of(&self, f: &Enclosure, net: &Enclosure) -> Enclosure {
        let [a, b] = [self.of_f, self.of_net].map(Interval::point);
        Enclosure {
            value: a * f.value + b * net.value + Interval::point(self.constant),
            first: a * f.first + b * net.first,
            second: a * f.second + b * net.second,
            is_defined: f.is_defined,
            is_continuous: f.is_continuous && net.is_continuous,
            is_smooth: f.is_smooth && net.is_smooth,
        }
    }
}

/// What is known of the largest value of some sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// It is at least `least`, which is at `at`, and at most `most`.
    Between { least: f64, at: f64, most: f64 },
    /// The function grows beyond all bounds near this place.
    Pole { at: f64 },
    /// Around this place, the formula is not known to have a value.
    Undefined { at: f64 },
}

/// A part of the domain, with the function at its ends.
struct Cell {
    bound: f64,
    ends: [f64; 2],
    of_ends: [Enclosure; 2],
    part: usize,
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cell {}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cell {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bound.total_cmp(&other.bound)
    }
}

/// The largest value of the sides on the network's domain. Where it is at most `enough`, it need not be known better.
pub(crate) fn largest(
    f: &Expression,
    network: &Network,
    sides: &[Side],
    enough: Option<f64>,
) -> Verdict {
    let mut search = Search {
        f,
        network,
        sides,
        least: f64::NEG_INFINITY,
        at: 0.0,
    };
    let parts = network.parts();
    let n_parts = parts.len();
    let work = (WORK + WORK_OF_PART * n_parts)
        .min(NODES.max(50 * n_parts * f.n_operations()) / f.n_operations());
    let mut cells = BinaryHeap::new();
    for (part, (left, right)) in parts.into_iter().enumerate() {
        look();
        let of_ends = [left, right].map(|x| f.enclose(Interval::point(x)));
        cells.push(search.cell([left, right], of_ends, part));
    }
    let rounding = network.most_rounding();
    // What is proven of parts that are not halved any more.
    let mut done = f64::NEG_INFINITY;
    for _ in 0..work {
        look();
        let Some(cell) = cells.peek() else {
            break;
        };
        let most = cell.bound.max(done);
        let is_close = done >= cell.bound
            || match enough {
                Some(enough) => most <= enough || search.least > enough,
                None => most <= (CLOSE * search.least).max(search.least + 4.0 * rounding),
            };
        if is_close {
            break;
        }
        let Some(cell) = cells.pop() else {
            break;
        };
        let [left, right] = cell.ends;
        let middle = f64::midpoint(left, right);
        if middle <= left || right <= middle {
            if cell.bound < f64::INFINITY {
                done = done.max(cell.bound);
                continue;
            }
            return match f.has_pole(left, right) {
                true => Verdict::Pole { at: left },
                false => Verdict::Undefined { at: left },
            };
        }
        let of_middle = f.enclose(Interval::point(middle));
        let [of_left, of_right] = cell.of_ends;
        cells.push(search.cell([left, middle], [of_left, of_middle], cell.part));
        cells.push(search.cell([middle, right], [of_middle, of_right], cell.part));
    }
    let most = cells.peek().map_or(done, |cell| cell.bound.max(done));
    Verdict::Between {
        least: search.least,
        at: search.at,
        most,
    }
}

struct Search<'a> {
    f: &'a Expression,
    network: &'a Network<'a>,
    sides: &'a [Side],
    /// The largest value seen, and where.
    least: f64,
    at: f64,
}

impl Search<'_> {
    fn cell(&mut self, ends: [f64; 2], of_ends: [Enclosure; 2], part: usize) -> Cell {
        let [left, right] = ends;
        let x = Interval::new(left, right);
        let (f, net) = (self.f.enclose(x), self.network.enclose(part, x));
        let net_at_ends = ends.map(|x| self.network.enclose(part, Interval::point(x)));
        let rounding = self.network.rounding(part);
        let mut bound = f64::NEG_INFINITY;
        for side in self.sides {
            let all = side.of(&f, &net);
            let at_ends = [0, 1].map(|end| side.of(&of_ends[end], &net_at_ends[end]));
            for (end, x) in at_ends.iter().zip(ends) {
                if end.is_defined && end.value.low > self.least {
                    (self.least, self.at) = (end.value.low, x);
                }
            }
            bound = bound.max((highest(&all, &at_ends, ends) + rounding).next_up());
        }
        if !f.is_defined {
            bound = f64::INFINITY;
        }
        Cell {
            bound,
            ends,
            of_ends,
            part,
        }
    }
}

/// A bound of a function's values on an interval.
fn highest(all: &Enclosure, at_ends: &[Enclosure; 2], [left, right]: [f64; 2]) -> f64 {
    let mut bound = all.value.high;
    if !all.is_continuous {
        return bound;
    }
    let ends = at_ends.map(|end| end.value.high);
    let width = Interval::point(right) - Interval::point(left);
    bound = bound.min(under(ends, [all.first.high, all.first.low], width));
    if all.is_smooth {
        if all.second.low >= 0.0 {
            bound = bound.min(ends[0].max(ends[1]));
        } else if all.second.high <= 0.0 {
            // Below its tangents.
            bound = bound.min(under(
                ends,
                [at_ends[0].first.high, at_ends[1].first.low],
                width,
            ));
        }
    }
    bound
}

/// The highest value of a function that is below a line from each end, with these slopes.
fn under(ends: [f64; 2], [from_left, from_right]: [f64; 2], width: Interval) -> f64 {
    if from_left <= 0.0 {
        return ends[0];
    }
    if from_right >= 0.0 {
        return ends[1];
    }
    let [a, b] = ends.map(Interval::point);
    let [rise, fall] = [from_left, from_right].map(Interval::point);
    // Where the two lines cross.
    let along = (b - a - fall * width) / (rise - fall);
    let high = (a + rise * along).high;
    // At either end, if they cross outside.
    high.max(ends[0]).max(ends[1])
}
