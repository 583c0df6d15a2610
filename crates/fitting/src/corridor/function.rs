//! A function on a domain: gates where they are needed, and the proof of what is between them.

use shallow_analytic::stop::look;
use shallow_export::Function;
use shallow_expression::{Expression, Interval};
use shallow_splines as splines;

use super::{
    band::Band,
    places::{Gates, Place},
    problem::{Corridor, Excess, NoFit, check_size},
};
use crate::proof::{Network, Verdict, largest};

/// Cells of the first partition.
const FIRST: usize = 64;

/// A cell is halved where the function is so far from a line through its ends, as a share of the tolerance. A piece spans two
/// tolerances, so it has some twelve cells.
const CURVED: f64 = 1.0 / 72.0;

/// Of the domain, the shortest cell that is halved for its second derivative.
const SHORTEST: f64 = 1e-9;

/// More places are not made: enough for a hundred thousand pieces.
pub(crate) const MOST: usize = 4_000_000;

/// The most places for the pieces of some units.
pub(crate) fn most_of(n_units: usize) -> usize {
    (200_000 + 60 * n_units).min(MOST)
}

/// A function on a domain.
pub(crate) struct OfFunction<'a> {
    f: &'a Expression,
    /// Places that show the function.
    base: Vec<Place>,
    /// And those where a path needs more.
    places: Vec<Place>,
    size: f64,
    /// Neighbouring floats between which the function jumps.
    jumps: Vec<[Place; 2]>,
}

impl<'a> OfFunction<'a> {
    pub fn new(
        f: &'a Expression,
        domain: (f64, f64),
        band: Band,
        most: usize,
    ) -> Result<Self, NoFit> {
        let mut this = Self {
            f,
            base: Vec::new(),
            places: Vec::new(),
            size: 0.0,
            jumps: Vec::new(),
        };
        this.spread(domain, band, most)?;
        check_size(this.size)?;
        Ok(this)
    }

    fn place(&self, x: f64) -> Result<Place, NoFit> {
        look();
        let enclosure = self.f.enclose(Interval::point(x));
        match enclosure.is_defined && enclosure.value.is_bounded() {
            true => Ok(Place {
                x,
                least: enclosure.value,
                most: enclosure.value,
                slope: self.f.derivatives(x).first,
            }),
            false => Err(NoFit::Undefined { at: x }),
        }
    }

    /// As many places as show the function to a share of the tolerance.
    fn spread(&mut self, (low, high): (f64, f64), band: Band, most: usize) -> Result<(), NoFit> {
        let shortest = SHORTEST * (high - low);
        let at = |cell: usize| low + (high - low) * (cell as f64 / FIRST as f64);
        let mut places = vec![self.place(low)?];
        for cell in 1..=FIRST {
            let x = if cell == FIRST { high } else { at(cell) };
            let mut to_come = vec![self.place(x)?];
            while let (Some(left), Some(right)) = (places.last().copied(), to_come.last().copied())
            {
                let middle = f64::midpoint(left.x, right.x);
                let is_whole = middle <= left.x || right.x <= middle;
                if places.len() > most {
                    return Err(NoFit::TooFine { at: left.x });
                }
                if !is_whole {
                    let between = self.place(middle)?;
                    if self.is_curved([left, between, right], band, shortest) {
                        to_come.push(between);
                        continue;
                    }
                } else if !self.f.enclose(Interval::new(left.x, right.x)).is_continuous {
                    self.jumps.push([left, right]);
                }
                places.push(right);
                to_come.pop();
            }
        }
        if let Some(pair) = places
            .windows(2)
            .find(|pair| band.is_zero_between(&pair[0].least, &pair[1].least))
        {
            return Err(NoFit::Zero { at: pair[1].x });
        }
        self.size = places
            .iter()
            .map(|place| place.least.magnitude())
            .fold(0.0, f64::max);
        if let Some([left, right]) = self.jump(band, Gates::Outer) {
            let [a, b] = [left, right].map(|place| place.least.middle());
            return Err(NoFit::Jump {
                at: right.x,
                size: (b - a).abs(),
                least: band.least_for_both(a, b),
            });
        }
        self.places.clone_from(&places);
        self.base = places;
        Ok(())
    }

    /// A jump that no continuous function within the band has.
    fn jump(&self, band: Band, which: Gates) -> Option<[Place; 2]> {
        let is_too_high = |[left, right]: &&[Place; 2]| {
            let gates = [left, right].map(|place| place.gate(band, which));
            match gates {
                [Some(a), Some(b)] => a.high < b.low || b.high < a.low,
                _ => false,
            }
        };
        let needed =
            |jump: &[Place; 2]| band.least_for_both(jump[0].least.middle(), jump[1].least.middle());
        let too_high = self.jumps.iter().filter(is_too_high);
        too_high
            .max_by(|a, b| needed(a).total_cmp(&needed(b)))
            .copied()
    }

    /// Whether a function between two places needs one more in the middle; by its second derivative alone, down to the shortest cell.
    fn is_curved(&self, [left, middle, right]: [Place; 3], band: Band, shortest: f64) -> bool {
        let value = |place: Place| place.least.middle();
        let line = f64::midpoint(value(left), value(right));
        let size = band.tolerance * band.unit(value(middle));
        let enough = CURVED * size;
        if (value(middle) - line).abs() > enough {
            return true;
        }
        let bend = self.f.derivatives(middle.x).second.abs();
        bend.is_finite()
            && bend * (right.x - left.x).powi(2) / 8.0 > enough
            && right.x - left.x > shortest
    }
}

fn sort(places: &mut Vec<Place>) {
    places.sort_by(|a, b| a.x.total_cmp(&b.x));
    places.dedup_by(|a, b| a.x == b.x);
}

impl Corridor for OfFunction<'_> {
    fn places(&self) -> &[Place] {
        &self.places
    }

    fn size(&self) -> f64 {
        self.size
    }

    fn refine(
        &mut self,
        band: Band,
        which: Gates,
        is_backward: bool,
        most: usize,
    ) -> Result<usize, f64> {
        if let Some([_, right]) = self.jump(band, which) {
            return Err(right.x);
        }
        let places = match is_backward {
            true => &self.places,
            false => &self.base,
        };
        let sign = if is_backward { -1.0 } else { 1.0 };
        let seen = |place: &Place| {
            look();
            let mut seen = place.seen(band, which)?;
            seen.gate.x *= sign;
            seen.slopes = seen.slopes.map(|slope| sign * slope);
            Some(seen)
        };
        let first: Result<Vec<splines::Place>, f64> = places
            .iter()
            .map(|place| seen(place).ok_or(place.x))
            .collect();
        let mut first = first?;
        if is_backward {
            first.reverse();
        }
        let at = |x: f64| self.place(sign * x).ok().and_then(|place| seen(&place));
        let (more, n_pieces) = splines::refine(&at, &first, most);
        let n = places.len();
        let mut all = places.clone();
        if more.len() > n {
            let mut known = first.iter().map(|place| place.gate.x).peekable();
            for place in more {
                match known.next_if_eq(&place.gate.x) {
                    Some(_) => {}
                    None => all.extend(self.place(sign * place.gate.x).ok()),
                }
            }
        }
        sort(&mut all);
        self.places = all;
        Ok(n_pieces)
    }

    fn excess(&mut self, function: &Function, band: Band) -> Result<Excess, NoFit> {
        let network = Network::new(function, self.domain());
        let is_positive = self.places[0].least.low > 0.0;
        match largest(self.f, &network, &band.sides(is_positive), Some(0.0)) {
            Verdict::Between { most, .. } if most <= 0.0 => Ok(Excess::None),
            // All that is there is rounding.
            Verdict::Between { least, most, .. } if least <= 0.0 => Ok(Excess::Possible(most)),
            Verdict::Between { at, least, .. } => {
                let more = self.place(at)?;
                self.base.push(more);
                sort(&mut self.base);
                Ok(Excess::Seen(least))
            }
            Verdict::Pole { at } | Verdict::Undefined { at } => Err(NoFit::Undefined { at }),
        }
    }
}
