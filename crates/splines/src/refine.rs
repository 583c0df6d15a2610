//! Gates where they are needed: around a function, a path through some gates can be outside the band between them.
//!
//! Piece by piece: where the line at which a piece ends leaves the band between two gates, and where exactly it misses the band,
//! gates are added, and the piece is sought again, until the line is outside by no more than the slack.

use crate::corridor::{Bend, Corridor, End, Gate, Line};

/// A gate of a band around a function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The gate.
    pub gate: Gate,
    /// The slopes of the band's lower and upper end.
    pub slopes: [f64; 2],
    /// How far outside a path may be.
    pub slack: f64,
}

/// Times that a piece is sought again.
const ROUNDS: usize = 16;

/// Steps to a place between two.
const STEPS: usize = 8;

/// More gates in a band beside those given, and the number of pieces through them. `at` makes a gate at a place, if there is one;
/// `places` are ascending. More than `most` pieces are not sought.
pub fn refine(
    at: &dyn Fn(f64) -> Option<Place>,
    places: &[Place],
    most: usize,
) -> (Vec<Place>, usize) {
    let mut done = Vec::with_capacity(2 * places.len());
    let mut front = Front {
        at,
        bend: Bend::Up,
        before: Vec::new(),
        to_come: places.iter().rev().copied().collect(),
    };
    let mut n_pieces = 0;
    while !front.to_come.is_empty() && n_pieces <= most {
        n_pieces += 1;
        done.append(&mut front.next_piece());
    }
    done.append(&mut front.before);
    done.extend(front.to_come.into_iter().rev());
    (done, n_pieces)
}

/// Where the next piece is sought.
struct Front<'a> {
    at: &'a dyn Fn(f64) -> Option<Place>,
    /// How the piece before it ended.
    bend: Bend,
    /// Gates of that piece, on one side of which the next one has to stay.
    before: Vec<Place>,
    /// The gates after those, the next one last.
    to_come: Vec<Place>,
}

impl Front<'_> {
    /// Finds a piece, with gates where it needs them, and gives the gates that the next one has nothing to do with.
    fn next_piece(&mut self) -> Vec<Place> {
        let mut piece: Vec<Place> = Vec::new();
        let mut round = 0;
        let end = loop {
            let (end, line) = self.extend(&mut piece);
            let [mut more, mut more_before] = match round < ROUNDS {
                true => self.needed(&piece, end, line),
                false => [Vec::new(), Vec::new()],
            };
            if more.is_empty() && more_before.is_empty() {
                break end;
            }
            round += 1;
            self.before.append(&mut more_before);
            piece.append(&mut more);
            sort(&mut self.before);
            sort(&mut piece);
            // What was added beyond the gate that was missed.
            while let (Some(last), Some(next)) = (piece.last(), self.to_come.last())
                && last.gate.x >= next.gate.x
            {
                piece.pop();
            }
        };
        let mut done = std::mem::take(&mut self.before);
        done.append(&mut piece);
        if let Some(end) = end {
            self.bend = end.bend;
            let kept = done.partition_point(|place| place.gate.x < end.line[1].x);
            self.before = done.split_off(kept);
        }
        done
    }

    /// Takes gates to come into a piece until one is missed. Why it ends, and its line.
    fn extend(&mut self, piece: &mut Vec<Place>) -> (Option<End>, Line) {
        let before = self.before.iter().map(|place| place.gate);
        let mut corridor = Corridor::after(self.bend, before);
        let mut n = 0;
        loop {
            if n == piece.len() {
                let Some(next) = self.to_come.pop() else {
                    break;
                };
                piece.push(next);
            }
            if !corridor.extend(piece[n].gate) {
                break;
            }
            n += 1;
        }
        self.to_come.extend(piece.drain(n..).rev());
        let end = corridor.ends().first().copied();
        let line = match end {
            Some(end) => Line(end.line),
            None => corridor.middle(piece[n - 1].gate),
        };
        (end, line)
    }

    /// Gates where a piece's line is outside the band: among its own and up to the one it misses, and among those before it.
    fn needed(&self, piece: &[Place], end: Option<End>, line: Line) -> [Vec<Place>; 2] {
        let view = View { at: self.at, line };
        let mut more = view.leaving(piece, [true; 2]);
        if let (Some(end), Some(missed), Some(last)) = (end, self.to_come.last(), piece.last()) {
            more.extend(view.leaving(&[*last, *missed], [true; 2]));
            more.extend(view.miss(*last, *missed, end.bend));
        }
        let before: Vec<Place> = self.before.iter().chain(piece.first()).copied().collect();
        let counts = [self.bend == Bend::Down, self.bend == Bend::Up];
        [more, view.leaving(&before, counts)]
    }
}

fn sort(places: &mut Vec<Place>) {
    places.sort_by(|a, b| a.gate.x.total_cmp(&b.gate.x));
    places.dedup_by(|a, b| a.gate.x == b.gate.x);
}

/// A line in a band.
struct View<'a> {
    at: &'a dyn Fn(f64) -> Option<Place>,
    line: Line,
}

impl View<'_> {
    /// How far the line is below the lower end, and above the upper one.
    fn outside(&self, place: &Place) -> [f64; 2] {
        let y = self.line.at(place.gate.x);
        [place.gate.low - y, y - place.gate.high]
    }

    /// How much steeper the band's ends are.
    fn steeper(&self, place: &Place) -> [f64; 2] {
        let [a, b] = self.line.0;
        let slope = (b.y - a.y) / (b.x - a.x);
        place.slopes.map(|of_end| of_end - slope)
    }

    /// Between gates, where the line is most outside on the sides that count: where the band's end is parallel to it.
    fn leaving(&self, places: &[Place], counts: [bool; 2]) -> Vec<Place> {
        let mut found = Vec::new();
        for pair in places.windows(2) {
            let [left, right] = [&pair[0], &pair[1]].map(|place| self.steeper(place));
            for end in [0, 1] {
                let turns = (left[end] > 0.0) != (right[end] > 0.0);
                let is_same = end == 1
                    && counts[0]
                    && pair[0].slopes[0] == pair[0].slopes[1]
                    && pair[1].slopes[0] == pair[1].slopes[1];
                if !turns || !counts[end] || is_same {
                    continue;
                }
                let is_outside = |place: &Place| {
                    let outside = self.outside(place);
                    (0..2).any(|end| counts[end] && outside[end] > place.slack)
                };
                let places = self.between(pair, |place| self.steeper(place)[end]);
                found.extend(places.into_iter().flatten().flatten().filter(is_outside));
            }
        }
        found
    }

    /// The place from which on the line is outside, with little slack.
    fn miss(&self, last: Place, missed: Place, bend: Bend) -> Option<Place> {
        let end = usize::from(bend == Bend::Down);
        if self.outside(&missed)[end] <= missed.slack {
            return None;
        }
        let value = |place: &Place| self.outside(place)[end] - 0.5 * place.slack;
        let [_, right] = self.between(&[last, missed], value)?;
        right
    }

    /// Two places beside the one at which a value is 0, where it has opposite signs at two; of each, whether it is a new one. None where
    /// there is no gate.
    fn between(&self, ends: &[Place], value: impl Fn(&Place) -> f64) -> Option<[Option<Place>; 2]> {
        let [mut left, mut right] = [&ends[0], &ends[1]].map(|place| (place.gate.x, value(place)));
        let mut found = [None, None];
        for step in 0..STEPS {
            let share = left.1 / (left.1 - right.1);
            let share = match share.is_finite() && step % 3 != 2 {
                true => share.clamp(0.02, 0.98),
                false => 0.5,
            };
            let x = left.0 + share * (right.0 - left.0);
            if x <= left.0 || right.0 <= x {
                break;
            }
            let place = (self.at)(x)?;
            let there = value(&place);
            match (there > 0.0) == (left.1 > 0.0) {
                true => (left, found[0]) = ((x, there), Some(place)),
                false => (right, found[1]) = ((x, there), Some(place)),
            }
        }
        Some(found)
    }
}
