//! The straight pieces of a network between the ends of its domain: what a table in other numbers is compared with.

use shallow_analytic::PiecewiseLinear;
use shallow_data::extremes;

use crate::options::Direction;

/// Half the distance from 1 to the next f64.
pub(super) const ROUNDING: f64 = 0.5 * f64::EPSILON;

/// A slope the wrong way, over its piece, is rounding where it is less than such a share of the range of the values.
const NEGLIGIBLE: f64 = 1e-9;

/// Lines `y = intercept + slope (x - shift)`, each from its beginning to the next one's; at least one.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    /// Where each begins, ascending; the first at the low end of the domain.
    pub(crate) from: Vec<f64>,
    slopes: Vec<f64>,
    intercepts: Vec<f64>,
    shift: f64,
    /// The ends.
    pub(crate) domain: (f64, f64),
}

impl Lines {
    pub(crate) fn new(pieces: &PiecewiseLinear, shift: f64, domain: (f64, f64)) -> Self {
        let (low, high) = domain;
        let first = pieces.kinks.partition_point(|kink| *kink <= low - shift);
        let end = pieces.kinks.partition_point(|kink| *kink < high - shift);
        let mut from = vec![low];
        let kinks = pieces.kinks[first..end.max(first)].iter();
        from.extend(kinks.map(|kink| first_from(*kink, shift)));
        let last = first + from.len();
        Self {
            from,
            slopes: pieces.slopes[first..last].to_vec(),
            intercepts: pieces.intercepts[first..last].to_vec(),
            shift,
            domain,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.from.len()
    }

    pub(crate) fn slope(&self, line: usize) -> f64 {
        self.slopes[line]
    }

    /// The value of one line.
    pub(crate) fn on(&self, line: usize, x: f64) -> f64 {
        self.slopes[line].mul_add(x - self.shift, self.intercepts[line])
    }

    /// The places where a line begins or ends, and the values there.
    fn ends(&self) -> impl Iterator<Item = f64> {
        let at_from = (0..self.len()).map(|line| self.on(line, self.from[line]));
        at_from.chain([self.on(self.len() - 1, self.domain.1)])
    }

    /// The least and the largest value.
    pub(crate) fn range(&self) -> (f64, f64) {
        let values: Vec<f64> = self.ends().collect();
        extremes(&values)
    }

    pub(crate) fn steepest(&self) -> f64 {
        self.slopes
            .iter()
            .fold(0.0, |most, slope| slope.abs().max(most))
    }

    /// How far the values that are computed here may be from those of the network, whose slopes, intercepts and kinks were rounded
    /// once each.
    pub(crate) fn slack(&self) -> f64 {
        let (low, high) = self.domain;
        let reach = (low - self.shift).abs().max((high - self.shift).abs());
        let lines = self.slopes.iter().zip(&self.intercepts);
        let of_lines = lines.fold(0.0, |most, (slope, intercept)| {
            (slope.abs() * reach + intercept.abs()).max(most)
        });
        let bends = self.slopes.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        16.0 * ROUNDING * of_lines + 4.0 * ROUNDING * reach * bends.fold(0.0, f64::max)
    }

    /// The way the values go, if they go one way; a way that is asked for is one but for rounding.
    pub(crate) fn direction(&self, asked: Option<Direction>) -> Option<Direction> {
        let goes = |way: Direction| self.slopes.iter().all(|slope| way.sign() * slope >= 0.0);
        match asked {
            Some(way) => self.turn(way).is_none().then_some(way),
            None => [Direction::Increasing, Direction::Decreasing]
                .into_iter()
                .find(|way| goes(*way)),
        }
    }

    /// The first line that goes the other way by more than rounding: from where to where, and by how much.
    pub(crate) fn turn(&self, way: Direction) -> Option<[f64; 3]> {
        let (least, most) = self.range();
        (0..self.len()).find_map(|line| {
            let (from, next) = (self.from[line], self.from.get(line + 1));
            let to = next.copied().unwrap_or(self.domain.1);
            let back = -way.sign() * self.slopes[line] * (to - from);
            (back > NEGLIGIBLE * (most - least)).then_some([from, to, back])
        })
    }
}

/// The first x that is not before a kink, when it is shifted.
fn first_from(kink: f64, shift: f64) -> f64 {
    let x = kink + shift;
    // The sum is off by half a step of x at most, or not at all.
    match x - shift < kink {
        true => x.next_up(),
        false if x.next_down() - shift >= kink => x.next_down(),
        false => x,
    }
}
