//! How far a network may be from a value.

use shallow_expression::Interval;
use shallow_splines::Gate;

use crate::{proof, request::Side};

/// How far a network may be from a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The largest error; of relative ones, as a share of the value's magnitude.
    pub tolerance: f64,
    /// Whether it is a share.
    pub is_relative: bool,
    /// On which side.
    pub side: Side,
}

impl Band {
    /// The same with another tolerance.
    pub fn with(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    fn above(self) -> f64 {
        if self.side == Side::Below {
            0.0
        } else {
            self.tolerance
        }
    }

    fn below(self) -> f64 {
        if self.side == Side::Above {
            0.0
        } else {
            self.tolerance
        }
    }

    /// What errors are measured in at a value.
    pub(crate) fn unit(self, value: f64) -> f64 {
        if self.is_relative { value.abs() } else { 1.0 }
    }

    /// The least and the largest error that is allowed at a value.
    pub(crate) fn errors(self, value: f64) -> [f64; 2] {
        [-self.below(), self.above()].map(|error| error * self.unit(value))
    }

    /// On how many sides of a value it is.
    pub(crate) fn n_sides(self) -> f64 {
        if self.side == Side::Both { 2.0 } else { 1.0 }
    }

    /// The least tolerance with which a value is within those of two others; of shares, the two have one sign.
    pub(crate) fn least_for_both(self, a: f64, b: f64) -> f64 {
        let apart = (b - a).abs();
        let [small, large] = [a.abs().min(b.abs()), a.abs().max(b.abs())];
        if !self.is_relative {
            return apart / self.n_sides();
        }
        match self.side {
            Side::Both => apart / (small + large),
            // Away from 0, or towards it.
            side if (side == Side::Above) == (a > 0.0) => apart / small,
            _ => apart / large,
        }
    }

    /// Whether errors are shares, and a value from the one to the other is 0.
    pub(crate) fn is_zero_between(self, a: &Interval, b: &Interval) -> bool {
        self.is_relative && a.hull(*b).contains(0.0)
    }

    /// The slopes of its ends around a value that changes with a slope.
    pub(crate) fn slopes(self, value: f64, slope: f64) -> [f64; 2] {
        match self.is_relative {
            true => {
                [-self.below(), self.above()].map(|share| slope * (1.0 + share * value.signum()))
            }
            false => [slope, slope],
        }
    }

    fn ends(self, least: Interval, most: Interval) -> [Interval; 2] {
        let size = |value: Interval| match self.is_relative {
            true if value.low >= 0.0 => value,
            true => -value,
            false => Interval::point(1.0),
        };
        [
            most - Interval::point(self.below()) * size(most),
            least + Interval::point(self.above()) * size(least),
        ]
    }

    /// All that may pass at x, where the values are between these. None where nothing may.
    pub(crate) fn outer(self, x: f64, least: Interval, most: Interval) -> Option<Gate> {
        let [low, high] = self.ends(least, most);
        let (low, high) = (low.low, high.high);
        (low <= high).then_some(Gate { x, low, high })
    }

    /// What surely may pass, and is so far from the ends.
    pub(crate) fn inner(self, x: f64, least: Interval, most: Interval, away: f64) -> Option<Gate> {
        let [low, high] = self.ends(least, most);
        let (low, high) = (low.high + away, high.low - away);
        (low <= high).then_some(Gate { x, low, high })
    }

    /// What must nowhere be above 0, of a function that is above 0 or below it where errors are relative.
    pub(crate) fn sides(self, is_positive: bool) -> Vec<proof::Side> {
        let [below, above] = [self.below(), self.above()];
        if !self.is_relative {
            return vec![
                proof::Side {
                    of_f: -1.0,
                    of_net: 1.0,
                    constant: -above,
                },
                proof::Side {
                    of_f: 1.0,
                    of_net: -1.0,
                    constant: -below,
                },
            ];
        }
        // Rounded so that no more is allowed.
        let (sign, of_high, of_low) = match is_positive {
            true => (1.0, (1.0 + above).next_down(), (1.0 - below).next_up()),
            false => (-1.0, (1.0 - above).next_up(), (1.0 + below).next_down()),
        };
        vec![
            proof::Side {
                of_f: -of_high,
                of_net: 1.0,
                constant: 0.0,
            },
            proof::Side {
                of_f: of_low,
                of_net: -1.0,
                constant: 0.0,
            },
            proof::Side {
                of_f: -sign,
                of_net: 0.0,
                constant: 0.0,
            },
        ]
    }
}
