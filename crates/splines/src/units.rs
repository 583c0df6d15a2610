//! The fewest hidden units of a network that passes gates.
//!
//! A network of h units has at most h + 1 pieces, so one of m pieces has m - 1 units at least, and m are always enough. It has m - 1
//! where the units that are active left of their kinks make the first slope. That is so where a piece is flat: the units left of it are
//! active to the left, the others to the right.
//!
//! It is impossible where all such networks rise on a piece, bend down before it and up after it: then every sum of the first slope
//! and of some bends is above 0. The same holds of mirror images. Of few pieces, all such sums are bounded one by one.

use std::ops::Range;

use shallow_analytic::ReluWeights;

use crate::{
    corridor::{Bend, Corridor, End, Gate, Line, through},
    hull::Point,
    spline::Spline,
    weights::widened,
};

/// A network that passes gates.
#[derive(Debug, Clone)]
pub struct CorridorNet {
    /// The function it is.
    pub spline: Spline,
    /// Of each inner knot, whether its unit is active to the left; none where a unit more makes the first slope.
    sides: Option<Vec<bool>>,
    /// The fewest straight pieces that pass the gates: proven.
    pub n_pieces: usize,
    /// No network of fewer units passes the gates: proven.
    pub at_least: usize,
}

impl CorridorNet {
    /// Number of hidden units.
    pub fn n_hidden(&self) -> usize {
        match &self.sides {
            Some(sides) => sides.len(),
            None => self.spline.n_pieces().max(1),
        }
    }

    /// The weights of a network of so many units, for inputs from which this is subtracted first.
    ///
    /// # Panics
    ///
    /// With fewer than [`Self::n_hidden`].
    pub fn weights(&self, n_hidden: usize, shift: f64) -> ReluWeights {
        let mut spline = self.spline.clone();
        spline.knots.iter_mut().for_each(|knot| *knot -= shift);
        match &self.sides {
            Some(sides) => widened(&spline.to_weights_with(sides), n_hidden, spline.ends()),
            None => spline.to_weights(n_hidden),
        }
    }
}

/// What every path of the fewest pieces has in common at one of its pieces.
struct Piece {
    /// The gates that only this piece passes.
    only: Range<usize>,
    /// The gates whose low ends it is above, and those whose high ends it is below.
    above: Range<usize>,
    below: Range<usize>,
}

/// The network of the fewest units that was found. `gates` are ascending.
///
/// # Panics
///
/// Without gates, and as [`Corridor::push`].
///
/// ```
/// use shallow_splines::{Gate, fewest_units};
/// let places = (0..=80).map(|i| 0.1 * f64::from(i));
/// let gate = |x: f64| Gate { x, low: x.sin() - 0.05, high: x.sin() + 0.05 };
/// let net = fewest_units(&places.map(gate).collect::<Vec<_>>());
/// assert_eq!((net.n_pieces, net.at_least, net.n_hidden()), (6, 5, 5));
/// ```
pub fn fewest_units(gates: &[Gate]) -> CorridorNet {
    let turned = |gate: &Gate| Gate {
        x: -gate.x,
        ..*gate
    };
    let forward: Corridor = gates.iter().copied().collect();
    let backward: Corridor = gates.iter().rev().map(turned).collect();
    let [to_right, to_left] = [forward.ends(), backward.ends()];
    let m = forward.n_pieces();
    let path = forward.path().expect("there are gates");
    let pieces: Vec<Option<Piece>> = (0..m)
        .map(|at| {
            piece(
                gates,
                at.checked_sub(1).map(|at| &to_right[at]),
                to_left.get(m.wrapping_sub(at + 2)),
            )
        })
        .collect();
    if m > 1
        && let Some((at, height)) = flattest(gates, &pieces)
    {
        let spline = with_flat(gates, to_right, to_left, at, height);
        if spline.n_pieces() == m {
            let sides: Vec<bool> = (0..m - 1).map(|knot| knot < at).collect();
            return CorridorNet {
                sides: Some(sides),
                spline,
                n_pieces: m,
                at_least: m - 1,
            };
        }
    }
    let needs_all =
        m > 1 && (is_one_more_needed(gates, to_right, &pieces) || no_sides_fit(gates, &pieces));
    CorridorNet {
        sides: None,
        spline: path,
        n_pieces: m,
        at_least: if needs_all { m } else { (m - 1).max(1) },
    }
}

/// What is known of a piece by the ends of those before and after it, seen from the right. None where it need not pass any gate.
fn piece(gates: &[Gate], before: Option<&End>, after: Option<&End>) -> Option<Piece> {
    let at = |x: f64| gates.partition_point(|gate| gate.x < x);
    let first = before.map_or(0, |end| at(end.missed));
    let last = after.map_or(gates.len() - 1, |end| at(-end.missed));
    if first > last {
        return None;
    }
    let only = first..last + 1;
    let [mut above, mut below] = [only.clone(), only.clone()];
    if let Some(end) = before {
        let side = if end.bend == Bend::Up {
            &mut below
        } else {
            &mut above
        };
        side.start = at(end.line[1].x);
    }
    if let Some(end) = after {
        let side = if end.bend == Bend::Up {
            &mut below
        } else {
            &mut above
        };
        side.end = at(-end.line[1].x) + 1;
    }
    Some(Piece { only, above, below })
}

/// The piece that has most room to be flat, and its height there.
fn flattest(gates: &[Gate], pieces: &[Option<Piece>]) -> Option<(usize, f64)> {
    let room = pieces.iter().enumerate().filter_map(|(at, piece)| {
        let piece = piece.as_ref()?;
        let low = gates[piece.above.clone()].iter().map(|gate| gate.low);
        let high = gates[piece.below.clone()].iter().map(|gate| gate.high);
        let (low, high) = (
            low.fold(f64::NEG_INFINITY, f64::max),
            high.fold(f64::INFINITY, f64::min),
        );
        (low <= high).then(|| (high - low, at, f64::midpoint(low, high)))
    });
    let (_, at, height) = room.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((at, height))
}

/// The path with a flat piece, those before it from the left and those after it from the right.
fn with_flat(gates: &[Gate], to_right: &[End], to_left: &[End], at: usize, height: f64) -> Spline {
    let ends = [gates[0].x, gates[gates.len() - 1].x];
    let turned = |point: Point| Point {
        x: -point.x,
        ..point
    };
    let (mut lines, mut within) = (Vec::new(), Vec::new());
    for end in &to_right[..at] {
        lines.push(Line(end.line));
        within.push([end.line[1].x, end.missed]);
    }
    lines.push(Line(ends.map(|x| Point { x, y: height })));
    for end in to_left[..to_right.len() - at].iter().rev() {
        lines.push(Line([turned(end.line[1]), turned(end.line[0])]));
        within.push([-end.missed, -end.line[1].x]);
    }
    let mut spline = through(&lines, &within, ends);
    if spline.n_pieces() == lines.len() {
        spline.values[at] = height;
        spline.values[at + 1] = height;
    }
    spline
}

/// Whether no network has fewer units than the fewest pieces.
fn is_one_more_needed(gates: &[Gate], ends: &[End], pieces: &[Option<Piece>]) -> bool {
    let slopes: Option<Vec<f64>> = pieces
        .iter()
        .map(|piece| {
            piece
                .as_ref()
                .map(|piece| slope_sign(&gates[piece.only.clone()]))
        })
        .collect();
    let Some(slopes) = slopes else {
        return false;
    };
    [(1.0, Bend::Down, Bend::Up), (-1.0, Bend::Up, Bend::Down)]
        .into_iter()
        .any(|(sign, before, after)| {
            let turns = ends.iter().take_while(|end| end.bend == before).count();
            slopes[turns] == sign && ends[turns..].iter().all(|end| end.bend == after)
        })
}

/// Up to so many units all choices of sides are looked at, and up to so many pairs of gates for the slopes of a piece.
const FEW: usize = 12;
const PAIRS: usize = 4_000_000;

/// Whether no choice of sides makes the first slope, whatever the slopes of the pieces are: with the units of some kinks active to
/// the left, the first slope and those units' bends add up to 0. That sum is one of slopes, with alternating signs.
fn no_sides_fit(gates: &[Gate], pieces: &[Option<Piece>]) -> bool {
    let n_units = pieces.len() - 1;
    if n_units > FEW {
        return false;
    }
    let slopes = pieces.iter().map(|piece| slopes(gates, piece.as_ref()?));
    let Some(slopes) = slopes.collect::<Option<Vec<[f64; 2]>>>() else {
        return false;
    };
    (0..1_usize << n_units).all(|left| {
        let is_left = |knot: usize| left >> knot & 1 == 1;
        let (mut low, mut high, mut size) = (0.0, 0.0, 0.0);
        for (at, [least, most]) in slopes.iter().enumerate() {
            // The bend before a piece counts its slope, the bend after it takes it away; the first slope counts itself.
            let before = at == 0 || is_left(at - 1);
            let after = at < n_units && is_left(at);
            match (before, after) {
                (true, false) => (low, high) = (low + least, high + most),
                (false, true) => (low, high) = (low - most, high - least),
                _ => continue,
            }
            size += least.abs().max(most.abs());
        }
        let rounding = 1e-12 * size;
        low - rounding > 0.0 || high + rounding < 0.0
    })
}

/// The slopes that a piece's lines can have, rounded outward. None where there are too many gates to look at.
fn slopes(gates: &[Gate], piece: &Piece) -> Option<[f64; 2]> {
    let (above, below) = (&piece.above, &piece.below);
    if above.len().saturating_mul(below.len()) > PAIRS {
        return None;
    }
    let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
    for low in &gates[above.clone()] {
        for high in &gates[below.clone()] {
            let (apart, rise) = (high.x - low.x, high.high - low.low);
            let rounding = 4.0 * f64::EPSILON * (high.high.abs() + low.low.abs() + rise.abs());
            if apart > 0.0 {
                most = most.min((rise + rounding) / apart);
            } else if apart < 0.0 {
                least = least.max((rise + rounding) / apart);
            }
        }
    }
    Some([least, most])
}

/// 1 where all lines through some gates rise, -1 where they fall, 0 where neither is certain.
fn slope_sign(gates: &[Gate]) -> f64 {
    let (mut least_high, mut most_low) = (f64::INFINITY, f64::NEG_INFINITY);
    for gate in gates {
        if gate.low > least_high {
            return 1.0;
        }
        if gate.high < most_low {
            return -1.0;
        }
        least_high = least_high.min(gate.high);
        most_low = most_low.max(gate.low);
    }
    0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn around(f: impl Fn(f64) -> f64, [low, high]: [f64; 2], tolerance: f64) -> Vec<Gate> {
        let n = 2000;
        let x = (0..=n).map(|i| low + (high - low) * f64::from(i) / f64::from(n));
        x.map(|x| Gate {
            x,
            low: f(x) - tolerance,
            high: f(x) + tolerance,
        })
        .collect()
    }

    fn passes(net: &CorridorNet, gates: &[Gate]) -> Result<(), TestCaseError> {
        let x: Vec<f64> = gates.iter().map(|gate| gate.x).collect();
        for (gate, y) in gates.iter().zip(
            net.weights(net.n_hidden(), 0.5)
                .predict(&x.iter().map(|x| x - 0.5).collect::<Vec<_>>()),
        ) {
            prop_assert!(
                gate.low - 1e-9 <= y && y <= gate.high + 1e-9,
                "{gate:?} {y}"
            ); // roundings
        }
        Ok(())
    }

    #[test]
    fn known_functions_take_known_numbers_of_units() {
        let of = |f: fn(f64) -> f64, ends, tolerance| {
            let net = fewest_units(&around(f, ends, tolerance));
            (net.n_pieces, net.at_least, net.n_hidden())
        };
        assert_eq!(of(|x| x * x, [-3.5, 3.5], 0.1), (8, 7, 8));
        assert_eq!(of(f64::exp, [0.0, 1.0], 0.01), (4, 4, 4)); // rises and bends up
        assert_eq!(of(|x| (-x).exp(), [0.0, 1.0], 0.01), (2, 2, 2));
        assert_eq!(of(|x| x * x * x + x, [-2.0, 2.0], 0.1), (7, 7, 7));
        assert_eq!(of(|_| 3.0, [0.0, 1.0], 0.01), (1, 1, 1));
        assert_eq!(of(|x| 3.0 * x, [0.0, 1.0], 0.01), (1, 1, 1));
        assert_eq!(of(f64::tanh, [-5.0, 5.0], 0.05), (5, 4, 4));
        assert_eq!(of(f64::abs, [-1.0, 1.0], 0.1), (2, 2, 2)); // the slopes -1 and 1 are what either side makes
    }

    proptest! {
        #[test]
        fn networks_pass_the_gates(steps in prop::collection::vec((1..4_i32, -6..7_i32, 0..5_i32), 1..40)) {
            let mut x = 0;
            let gates: Vec<Gate> = steps.into_iter().map(|(step, low, size)| {
                x += step;
                let [x, low, high] = [x, low, low + size].map(f64::from);
                Gate { x, low, high }
            }).collect();
            let net = fewest_units(&gates);
            passes(&net, &gates)?;
            prop_assert!(net.at_least <= net.n_hidden());
            prop_assert!(net.n_pieces <= net.n_hidden() + 1);
            prop_assert!(net.at_least + 1 >= net.n_pieces);
        }
    }
}
