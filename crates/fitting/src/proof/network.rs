//! What a fitted network is on an interval.
//!
//! A ReLU network is its straight pieces, whose lines are sums over the active units, rounded outward. Between them are the kinks:
//! intervals of a few floats, as a kink is rarely a float itself.

use shallow_analytic::{Activation, Perceptron, ReluWeights};
use shallow_data::Scaling;
use shallow_export::Function;
use shallow_expression::{Binary, Enclosure, Interval, Number, Unary};

/// A fitted network on a domain.
pub(crate) enum Network<'a> {
    Pieces(Vec<Piece>),
    Neuron {
        neuron: &'a Perceptron,
        x: Scaling,
        y: Scaling,
        domain: (f64, f64),
    },
}

/// A part of the domain, from kink to kink or around a kink, and the network there.
pub(crate) struct Piece {
    pub left: f64,
    pub right: f64,
    /// Subtracted from x.
    shift: f64,
    /// Of the line through the units that are surely active.
    slope: Interval,
    /// With all that the other units can add.
    constant: Interval,
    /// What the slope can be with the other units.
    slopes: Interval,
    /// How far the network's values, as they are computed in floats, can be from this.
    rounding: f64,
}

/// Sums of unit's lines, and of their sizes.
#[derive(Clone, Copy)]
struct Sum {
    slope: Interval,
    constant: Interval,
    slope_size: f64,
    constant_size: f64,
    n: usize,
}

const ZERO: Interval = Interval {
    low: 0.0,
    high: 0.0,
};

/// More than what sums of sizes lose by rounding.
const GENEROUS: f64 = 1.0 + 1e-9;

impl Sum {
    const NOTHING: Self = Self {
        slope: ZERO,
        constant: ZERO,
        slope_size: 0.0,
        constant_size: 0.0,
        n: 0,
    };

    fn plus(self, other: Self) -> Self {
        Self {
            slope: self.slope + other.slope,
            constant: self.constant + other.constant,
            slope_size: self.slope_size + other.slope_size,
            constant_size: self.constant_size + other.constant_size,
            n: self.n + other.n,
        }
    }
}

/// A unit with a kink in the domain's interior.
struct Unit {
    /// Where the kink is.
    kink: Interval,
    is_to_right: bool,
    line: Sum,
}

impl<'a> Network<'a> {
    pub fn new(function: &'a Function, domain: (f64, f64)) -> Self {
        match function {
            Function::Relu { weights, x_shift } => Self::Pieces(pieces(weights, *x_shift, domain)),
            Function::Perceptron { neuron, x, y } => Self::Neuron {
                neuron,
                x: *x,
                y: *y,
                domain,
            },
        }
    }

    /// The parts of the domain, in each of which it is smooth but for some floats.
    pub fn parts(&self) -> Vec<(f64, f64)> {
        match self {
            Self::Pieces(pieces) => pieces
                .iter()
                .map(|piece| (piece.left, piece.right))
                .collect(),
            Self::Neuron { domain, .. } => vec![*domain],
        }
    }

    /// Its values and derivatives on an interval within a part.
    pub fn enclose(&self, part: usize, x: Interval) -> Enclosure {
        match self {
            Self::Pieces(pieces) => pieces[part].enclose(x),
            Self::Neuron {
                neuron, x: of_x, y, ..
            } => neuron_on(neuron, *of_x, *y, x),
        }
    }

    /// The most of [`Self::rounding`].
    pub fn most_rounding(&self) -> f64 {
        let n_parts = match self {
            Self::Pieces(pieces) => pieces.len(),
            Self::Neuron { .. } => 1,
        };
        (0..n_parts)
            .map(|part| self.rounding(part))
            .fold(0.0, f64::max)
    }

    /// How far the values that are computed in floats can be from the enclosed ones: each term has four roundings, and each sum of
    /// them one, of at most the sum of the sizes.
    pub fn rounding(&self, part: usize) -> f64 {
        match self {
            Self::Pieces(pieces) => pieces[part].rounding,
            Self::Neuron {
                neuron,
                x,
                y,
                domain,
            } => {
                let [low, high] = [domain.0, domain.1].map(|end| (end - x.shift) / x.scale);
                let farthest = low.abs().max(high.abs());
                let size = neuron
                    .weight
                    .iter()
                    .fold(0.0, |sum, w| sum * farthest + w.abs());
                let n = 4.0 * (neuron.weight.len() + 8) as f64;
                n * f64::EPSILON * ((size + 2.0) * y.scale.abs() + y.shift.abs())
            }
        }
    }
}

impl Piece {
    fn enclose(&self, x: Interval) -> Enclosure {
        let u = x - Interval::point(self.shift);
        Enclosure {
            value: self.slope * u + self.constant,
            first: self.slopes,
            second: if self.slopes == self.slope {
                ZERO
            } else {
                Interval::ENTIRE
            },
            is_defined: true,
            is_continuous: true,
            is_smooth: self.slopes == self.slope,
        }
    }
}

fn pieces(weights: &ReluWeights, shift: f64, (low, high): (f64, f64)) -> Vec<Piece> {
    let [low_u, high_u] = [low, high].map(|x| Interval::point(x) - Interval::point(shift));
    let mut always = Sum {
        constant: Interval::point(weights.b2[0]),
        constant_size: weights.b2[0].abs(),
        ..Sum::NOTHING
    };
    let mut units = Vec::new();
    for ((w1, b1), w2) in weights.w1.iter().zip(&weights.b1).zip(&weights.w2) {
        let [w, b, v] = [*w1, *b1, *w2].map(Interval::point);
        let line = Sum {
            slope: w * v,
            constant: b * v,
            slope_size: (w1 * w2).abs(),
            constant_size: (b1 * w2).abs(),
            n: 1,
        };
        let [left, right] = [low_u, high_u].map(|u| w * u + b);
        if left.low >= 0.0 && right.low >= 0.0 {
            always = always.plus(line);
        } else if left.high > 0.0 || right.high > 0.0 {
            let kink = -b / w + Interval::point(shift);
            let is_to_right = *w1 > 0.0;
            units.push(Unit {
                kink,
                is_to_right,
                line,
            });
        }
    }
    units.sort_by(|a, b| a.kink.low.total_cmp(&b.kink.low));
    // Of the units from each one on, those active to the left.
    let mut to_left = vec![Sum::NOTHING; units.len() + 1];
    for (at, unit) in units.iter().enumerate().rev() {
        to_left[at] = match unit.is_to_right {
            true => to_left[at + 1],
            false => to_left[at + 1].plus(unit.line),
        };
    }
    let piece = |left: f64, right: f64, sum: Sum, others: &[Unit]| {
        let u = Interval::new(left, right) - Interval::point(shift);
        let mut slopes = sum.slope;
        let mut constant = sum.constant;
        let mut sizes = sum;
        for unit in others {
            // Between nothing and its line, which is little around its kink.
            let value = unit.line.slope * u + unit.line.constant;
            constant = constant + value.hull(ZERO);
            slopes = slopes + unit.line.slope.hull(ZERO);
            sizes = sizes.plus(unit.line);
        }
        let terms = sizes.slope_size * u.magnitude() + sizes.constant_size;
        Piece {
            left,
            right,
            shift,
            slope: sum.slope,
            constant,
            slopes,
            rounding: (sizes.n + 6) as f64 * (0.5 * f64::EPSILON) * terms * GENEROUS,
        }
    };
    let mut all = Vec::new();
    let (mut to_right, mut start, mut at) = (always, low, 0);
    while at < units.len() {
        // Kinks that no float separates.
        let first = at;
        let mut around = units[at].kink;
        while at < units.len() && units[at].kink.low <= around.high {
            around = around.hull(units[at].kink);
            at += 1;
        }
        let [left, right] = [around.low, around.high].map(|x| x.clamp(start, high));
        if start < left {
            all.push(piece(start, left, to_right.plus(to_left[first]), &[]));
        }
        all.push(piece(
            left,
            right,
            to_right.plus(to_left[at]),
            &units[first..at],
        ));
        for unit in &units[first..at] {
            if unit.is_to_right {
                to_right = to_right.plus(unit.line);
            }
        }
        start = right;
    }
    if start < high || all.is_empty() {
        all.push(piece(start, high, to_right, &[]));
    }
    all
}

fn neuron_on(neuron: &Perceptron, x: Scaling, y: Scaling, at: Interval) -> Enclosure {
    let constant = |value: f64| Enclosure::constant(value);
    let shifted = Enclosure::variable(at).binary(Binary::Subtract, constant(x.shift));
    let u = shifted.binary(Binary::Divide, constant(x.scale));
    let degree = neuron.weight.len() - 1;
    let terms = neuron.weight.iter().enumerate().map(|(place, weight)| {
        let power = u.binary(Binary::Power, constant((degree - place) as f64));
        constant(*weight).binary(Binary::Multiply, power)
    });
    let sum = terms.reduce(|a, b| a.binary(Binary::Add, b));
    let sum = sum.unwrap_or(constant(0.0));
    let activated = match neuron.activation {
        Activation::Identity => sum,
        Activation::Tanh => sum.unary(Unary::Tanh),
        Activation::Sigmoid => {
            let falling = sum.unary(Unary::Negate).unary(Unary::Exp);
            let below = constant(1.0).binary(Binary::Add, falling);
            constant(1.0).binary(Binary::Divide, below)
        }
    };
    let scaled = constant(y.scale).binary(Binary::Multiply, activated);
    constant(y.shift).binary(Binary::Add, scaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_hold_the_network() {
        let weights = ReluWeights {
            w1: vec![1.0, -2.0, 0.3, 0.0, 1e-20, 1.0],
            b1: vec![-0.1, 0.7, 0.2, 1.0, 5.0, -0.1],
            w2: vec![1.0, 0.5, -3.0, 2.0, 1.0, 0.25],
            b2: vec![0.1],
        };
        let function = Function::Relu {
            weights,
            x_shift: 0.05,
        };
        let network = Network::new(&function, (-1.0, 1.0));
        let parts = network.parts();
        assert_eq!((parts[0].0, parts[parts.len() - 1].1), (-1.0, 1.0));
        assert!(parts.windows(2).all(|pair| pair[0].1 == pair[1].0));
        for (part, (left, right)) in parts.into_iter().enumerate() {
            let all = network.enclose(part, Interval::new(left, right));
            for x in shallow_data::linspace(left, right, 100) {
                let y = function.predict(&[x])[0];
                let there = network.enclose(part, Interval::point(x)).value;
                let rounding = network.rounding(part);
                assert!(there.low - rounding <= y && y <= there.high + rounding);
                assert!(there.width() < 1e-13 && rounding < 1e-13);
                assert!(all.value.low - rounding <= y && y <= all.value.high + rounding);
            }
        }
    }
}
