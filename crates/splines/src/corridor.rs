//! The fewest straight pieces through gates: a continuous function that passes each of them, its knots anywhere.
//!
//! The pieces are found from left to right. As long as one line passes all gates of a piece, only its steepest and its flattest
//! lines are kept, by the convex hulls of the gates' ends. A gate above the steepest line, or below the flattest, ends the piece: every
//! path with as few pieces crosses that line between the last gate end that it touches and the gate that it misses. So the next
//! piece has to pass the gate missed, and to stay on one side of the gate ends between.
//!
//! All decisions are exact: they are signs of determinants of three gate ends, by Shewchuk's predicates. `O(n)` in all; memory
//! is the pieces and the hulls.
//!
//! # Source
//!
//! H. Imai and M. Iri, An optimal algorithm for approximating a piecewise linear function, J. Inf. Process. 9 (1986); L. Guibas, J.
//! Hershberger, J. Mitchell and J. Snoeyink, Approximating polygons and subdivisions with minimum-link paths, Int. J. Comput. Geom.
//! Appl. 3 (1993); J. O'Rourke, An on-line algorithm for fitting straight lines between data ranges, Commun. ACM 24 (1981).

use shallow_analytic::stop::look;

use crate::{
    hull::{Hull, Point, turn},
    spline::Spline,
};

/// Values between which a function has to be at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// The place.
    pub x: f64,
    /// The least value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
}

/// The way in which a path bends from one piece to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bend {
    Up,
    Down,
}

/// Why a piece ends where it does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct End {
    /// The way to the gate that is missed.
    pub bend: Bend,
    /// The gate ends that the piece's last line touches.
    pub line: [Point; 2],
    /// The place of the gate that is missed. Every path has a knot between the last touch and this, or needs no fewer pieces.
    pub missed: f64,
}

/// The fewest pieces through gates that come from left to right.
///
/// ```
/// use shallow_splines::{Corridor, Gate};
/// let mut corridor = Corridor::default();
/// for x in -4..=4 {
///     let y = f64::from(x).abs();
///     corridor.push(Gate { x: f64::from(x), low: y - 0.1, high: y + 0.1 });
/// }
/// assert_eq!(corridor.n_pieces(), 2);
/// let path = corridor.path().unwrap();
/// assert!(path.predict(0.0).abs() < 0.1 + 1e-12); // up to rounding
/// ```
#[derive(Debug, Clone, Default)]
pub struct Corridor {
    first: Option<Gate>,
    last: Option<Gate>,
    ends: Vec<End>,
    /// Of the piece at work: below the gates, and below their mirror images.
    sides: [Side; 2],
}

/// The gates of a piece from below. The other side is the same of the mirror image, in which y is -y.
#[derive(Debug, Clone, Default)]
struct Side {
    /// The ends that a line has to be above.
    floor: Hull,
    /// Two gate ends on the steepest line: it touches the floor, and right of that the ceiling.
    steepest: Option<[Point; 2]>,
}

fn mirrored(point: Point) -> Point {
    Point {
        x: point.x,
        y: -point.y,
    }
}

impl Corridor {
    /// Adds a gate.
    ///
    /// # Panics
    ///
    /// If it is not right of all others, or `low > high`.
    pub fn push(&mut self, gate: Gate) {
        assert!(gate.low <= gate.high, "no value passes {gate:?}");
        let is_right = self.last.is_none_or(|last| last.x < gate.x);
        assert!(is_right, "{gate:?} must be right of {:?}", self.last);
        look();
        while !self.extend(gate) {}
    }

    /// A piece after an end, that has to stay on one side of these gates.
    pub(crate) fn after(bend: Bend, before: impl Iterator<Item = Gate>) -> Self {
        let mut corridor = Self::default();
        for Gate { x, low, high } in before {
            match bend {
                Bend::Up => corridor.sides[1].floor.push(Point { x, y: -high }),
                Bend::Down => corridor.sides[0].floor.push(Point { x, y: low }),
            }
        }
        corridor
    }

    /// Adds a gate, if the piece at work passes it. Otherwise ends the piece, and the next one begins.
    pub(crate) fn extend(&mut self, gate: Gate) -> bool {
        let Gate { x, low, high } = gate;
        let floors = [Point { x, y: low }, Point { x, y: -high }];
        for at in [0, 1] {
            let is_missed = |[a, b]: [Point; 2]| turn(a, b, floors[at]) > 0.0;
            if let Some(line) = self.sides[at].steepest.filter(|line| is_missed(*line)) {
                self.end_piece(at, line, x);
                return false;
            }
        }
        for at in [0, 1] {
            let side = &mut self.sides[at];
            let ceiling = mirrored(floors[1 - at]);
            let is_too_steep = |[a, b]: [Point; 2]| turn(a, b, ceiling) < 0.0;
            if side.steepest.is_none_or(is_too_steep) {
                side.steepest = side.floor.touch(ceiling).map(|touch| [touch, ceiling]);
            }
        }
        for (side, floor) in self.sides.iter_mut().zip(floors) {
            side.floor.push(floor);
        }
        self.first.get_or_insert(gate);
        self.last = Some(gate);
        true
    }

    /// The next piece has to be below the ceiling from the last touch on.
    fn end_piece(&mut self, at: usize, line: [Point; 2], missed: f64) {
        let ceiling = std::mem::take(&mut self.sides[1 - at].floor).from(line[1]);
        self.sides = Default::default();
        self.sides[1 - at].floor = ceiling;
        let (bend, line) = match at {
            0 => (Bend::Up, line),
            _ => (Bend::Down, line.map(mirrored)),
        };
        self.ends.push(End { bend, line, missed });
    }

    /// The fewest pieces that pass all gates so far; none pass none.
    pub fn n_pieces(&self) -> usize {
        self.first.map_or(0, |_| self.ends.len() + 1)
    }

    /// Why each piece but the last ends.
    pub(crate) fn ends(&self) -> &[End] {
        &self.ends
    }

    /// A function of the fewest pieces. None without gates.
    pub fn path(&self) -> Option<Spline> {
        let (first, last) = (self.first?, self.last?);
        if first == last {
            return Some(Spline {
                knots: vec![first.x],
                values: vec![f64::midpoint(first.low, first.high)],
            });
        }
        let mut lines: Vec<Line> = self.ends.iter().map(|end| Line(end.line)).collect();
        lines.push(self.middle(last));
        let within: Vec<[f64; 2]> = (self.ends.iter())
            .map(|end| [end.line[1].x, end.missed])
            .collect();
        Some(through(&lines, &within, [first.x, last.x]))
    }

    /// A line of the last piece, between the steepest and the flattest one.
    pub(crate) fn middle(&self, last: Gate) -> Line {
        let [steepest, flattest] = [&self.sides[0], &self.sides[1]].map(|side| side.steepest);
        let flattest = flattest.map(|line| line.map(mirrored));
        match (steepest, flattest) {
            (Some(a), Some(b)) => {
                let start = a[0].x.min(b[0].x);
                let middle = |x: f64| Point {
                    x,
                    y: f64::midpoint(Line(a).at(x), Line(b).at(x)),
                };
                Line([middle(start), middle(last.x)])
            }
            (Some(line), None) | (None, Some(line)) => Line(line),
            (None, None) => {
                let y = f64::midpoint(last.low, last.high);
                Line([last.x - 1.0, last.x].map(|x| Point { x, y }))
            }
        }
    }
}

impl FromIterator<Gate> for Corridor {
    /// # Panics
    ///
    /// As [`Corridor::push`].
    fn from_iter<I: IntoIterator<Item = Gate>>(gates: I) -> Self {
        let mut corridor = Self::default();
        gates.into_iter().for_each(|gate| corridor.push(gate));
        corridor
    }
}

/// A line through two points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line(pub [Point; 2]);

impl Line {
    pub fn at(&self, x: f64) -> f64 {
        let [a, b] = self.0;
        let near = if (x - a.x).abs() < (x - b.x).abs() {
            a
        } else {
            b
        };
        near.y + (b.y - a.y) / (b.x - a.x) * (x - near.x)
    }
}

/// The function of these lines, where each knot is where two of them cross, which is known to be between two places.
pub(crate) fn through(lines: &[Line], within: &[[f64; 2]], ends: [f64; 2]) -> Spline {
    let mut knots = vec![ends[0]];
    let mut values = vec![lines[0].at(ends[0])];
    for (pair, [left, right]) in lines.windows(2).zip(within) {
        let apart = |x: f64| pair[1].at(x) - pair[0].at(x);
        let (before, after) = (apart(*left), apart(*right));
        let share = (before / (before - after)).clamp(0.0, 1.0);
        let knot = left + share * (right - left);
        if share.is_finite() && knot > knots[knots.len() - 1] && knot < ends[1] {
            knots.push(knot);
            values.push(f64::midpoint(pair[0].at(knot), pair[1].at(knot)));
        }
    }
    knots.push(ends[1]);
    values.push(lines[lines.len() - 1].at(ends[1]));
    Spline { knots, values }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(gates: &[Gate]) -> Corridor {
        gates.iter().copied().collect()
    }

    /// Whole numbers, so that brute force is exact.
    fn gates() -> impl Strategy<Value = Vec<Gate>> {
        let gate = (1..4_i32, -6..7_i32, 0..5_i32);
        prop::collection::vec(gate, 1..13).prop_map(|steps| {
            let mut x = 0;
            let gates = steps.into_iter().map(|(step, low, size)| {
                x += step;
                let [x, low, high] = [x, low, low + size].map(f64::from);
                Gate { x, low, high }
            });
            gates.collect()
        })
    }

    /// A fraction above 0 below.
    #[derive(Clone, Copy, PartialEq)]
    struct Fraction(i64, i64);

    impl Fraction {
        fn is_less(self, other: Self) -> bool {
            i128::from(self.0) * i128::from(other.1) < i128::from(other.0) * i128::from(self.1)
        }
    }

    /// The fewest pieces, by breadth-first search over all lines through two gate ends: a path of fewest pieces can be moved until
    /// each of its lines goes through two. A line is entered as early as it can be.
    fn brute_force(gates: &[Gate]) -> usize {
        let whole = |gate: &Gate| [gate.x, gate.low, gate.high].map(|value| value as i64);
        let gates: Vec<[i64; 3]> = gates.iter().map(whole).collect();
        let n = gates.len();
        if n == 1 {
            return 1;
        }
        let mut lines = Vec::new(); // x0, y0, dx, dy
        for (i, a) in gates.iter().enumerate() {
            for b in &gates[i + 1..] {
                for (ya, yb) in [(a[1], b[1]), (a[1], b[2]), (a[2], b[1]), (a[2], b[2])] {
                    lines.push([a[0], ya, b[0] - a[0], yb - ya]);
                }
            }
        }
        // Times dx.
        let height = |line: &[i64; 4], x: i64| line[1] * line[2] + line[3] * (x - line[0]);
        let passes = |line: &[i64; 4], gate: &[i64; 3]| {
            let height = height(line, gate[0]);
            gate[1] * line[2] <= height && height <= gate[2] * line[2]
        };
        // Of each line and each gate: the earliest place of entry from which it passes all gates up to that one.
        let start = Fraction(gates[0][0] - 1, 1);
        let mut reached: Vec<Fraction> = vec![start; lines.len()];
        for n_pieces in 1.. {
            // How far each line gets, from each entry.
            let far = |line: usize, entry: Fraction| {
                let after = gates
                    .iter()
                    .position(|gate| !Fraction(gate[0], 1).is_less(entry));
                let after = after.unwrap_or(n);
                let more = gates[after..]
                    .iter()
                    .take_while(|gate| passes(&lines[line], gate));
                after + more.count()
            };
            let mut entries: Vec<(usize, Fraction)> = reached.iter().copied().enumerate().collect();
            entries.retain(|(_, entry)| entry.1 > 0);
            if entries.iter().any(|(line, entry)| far(*line, *entry) == n) {
                return n_pieces;
            }
            // All crossings after the entry and before the gate that is missed; each is an entry of the next line. Only the latest
            // run of gates that it begins counts, so all of them are kept apart by pushing them forward.
            let mut next: Vec<Vec<Fraction>> = vec![Vec::new(); lines.len()];
            for (line, entry) in entries {
                let a = lines[line];
                let limit = gates.get(far(line, entry)).map(|gate| Fraction(gate[0], 1));
                for (other, b) in lines.iter().enumerate() {
                    // a1 + a3/a2 (x - a0) = b1 + b3/b2 (x - b0)
                    let slope = a[3] * b[2] - b[3] * a[2];
                    if slope == 0 {
                        continue;
                    }
                    let constant =
                        (b[1] * b[2] - b[3] * b[0]) * a[2] - (a[1] * a[2] - a[3] * a[0]) * b[2];
                    let at = match slope > 0 {
                        true => Fraction(constant, slope),
                        false => Fraction(-constant, -slope),
                    };
                    if !at.is_less(entry) && limit.is_none_or(|limit| at.is_less(limit)) {
                        next[other].push(at);
                    }
                }
            }
            // The entry that gets farthest; the others are no better.
            reached = (next.into_iter().enumerate())
                .map(|(line, entries)| {
                    let best = entries.into_iter().max_by(|a, b| {
                        let order = far(line, *a).cmp(&far(line, *b));
                        order.then_with(|| match a.is_less(*b) {
                            true => std::cmp::Ordering::Greater,
                            false => std::cmp::Ordering::Less,
                        })
                    });
                    best.unwrap_or(Fraction(0, 0))
                })
                .collect();
        }
        unreachable!()
    }

    proptest! {
        #[test]
        fn no_path_has_fewer_pieces(gates in gates()) {
            prop_assert_eq!(of(&gates).n_pieces(), brute_force(&gates));
        }

        #[test]
        fn a_path_passes_every_gate_with_as_many_pieces(gates in gates()) {
            let corridor = of(&gates);
            let path = corridor.path().unwrap();
            prop_assert!(path.n_pieces() <= corridor.n_pieces());
            prop_assert!(path.knots.is_sorted_by(|a, b| a < b) || gates.len() == 1);
            for gate in &gates {
                let y = path.predict(gate.x);
                prop_assert!(gate.low - 1e-9 <= y && y <= gate.high + 1e-9, "{gate:?} {y}"); // roundings
            }
        }

        #[test]
        fn mirror_images_need_as_many_pieces(gates in gates()) {
            let n = of(&gates).n_pieces();
            let down = |gate: &Gate| Gate { x: gate.x, low: -gate.high, high: -gate.low };
            let turned = |gate: &Gate| Gate { x: -gate.x, ..*gate };
            prop_assert_eq!(of(&gates.iter().map(down).collect::<Vec<_>>()).n_pieces(), n);
            prop_assert_eq!(of(&gates.iter().rev().map(turned).collect::<Vec<_>>()).n_pieces(), n);
        }

        #[test]
        fn wider_gates_need_no_more_pieces(gates in gates(), by in 0..3) {
            let wider = |gate: &Gate| Gate { low: gate.low - f64::from(by), ..*gate };
            let wider: Vec<Gate> = gates.iter().map(wider).collect();
            prop_assert!(of(&wider).n_pieces() <= of(&gates).n_pieces());
        }
    }
}
