//! Expressions evaluated in enclosures: the rules of differentiation on intervals.

use std::f64::consts::{FRAC_PI_2, PI};

use crate::{
    enclosure::{Enclosure, ZERO},
    interval::Interval,
    interval_rule::{from_zero, near, power, rule, times},
    number::Number,
    operation::{Binary, Unary},
};

impl Enclosure {
    /// The chain rule.
    fn chain(self, f: Self) -> Self {
        let is_continuous = f.is_continuous && self.is_continuous;
        let is_smooth = f.is_smooth && self.is_smooth && is_continuous;
        Self {
            value: f.value,
            first: f.first * self.first,
            second: f.second * self.first.square() + f.first * self.second,
            is_defined: f.is_defined && self.is_defined,
            is_continuous,
            is_smooth,
        }
        .checked()
    }

    fn with(self, other: Self, value: Interval, first: Interval, second: Interval) -> Self {
        Self {
            value,
            first,
            second,
            is_defined: self.is_defined && other.is_defined,
            is_continuous: self.is_continuous && other.is_continuous,
            is_smooth: self.is_smooth && other.is_smooth,
        }
        .checked()
    }

    fn divided_by(self, v: Self) -> Self {
        let value = self.value / v.value;
        if v.value.contains(0.0) {
            return Self::undefined(value);
        }
        let first = (self.first - value * v.first) / v.value;
        let second = (self.second - times(2.0, first) * v.first - value * v.second) / v.value;
        self.with(v, value, first, second)
    }

    fn to_the(self, exponent: Self) -> Self {
        let n = exponent.value;
        if n.low == n.high
            && exponent.first == ZERO
            && exponent.second == ZERO
            && exponent.is_smooth
        {
            return self.chain(power(self.value, n.low));
        }
        if self.value.low > 0.0 {
            return (exponent.binary(Binary::Multiply, self.unary(Unary::Ln))).unary(Unary::Exp);
        }
        let value = if self.value.low >= 0.0 {
            from_zero(Interval::ENTIRE)
        } else {
            Interval::ENTIRE
        };
        Self::undefined(value)
    }

    fn minimum(self, other: Self) -> Self {
        let (a, b) = (self.value, other.value);
        let value = Interval::outer(a.low.min(b.low), a.high.min(b.high));
        let chosen = match (a.high < b.low, b.high < a.low) {
            (true, _) => Some((self, other)),
            (_, true) => Some((other, self)),
            _ => None,
        };
        let both = self.with(other, value, self.first.hull(other.first), Interval::ENTIRE);
        match chosen {
            // The other has only to be a number.
            Some((one, other)) if other.is_defined => one,
            _ => Self {
                is_smooth: false,
                second: Interval::ENTIRE,
                ..both
            },
        }
    }

    fn angle(self, x: Self) -> Self {
        let (y, quarter) = (self, Self::of_constant(near(FRAC_PI_2)));
        let turned = || x.divided_by(y).unary(Unary::Atan);
        if x.value.low > 0.0 {
            y.divided_by(x).unary(Unary::Atan)
        } else if y.value.low > 0.0 {
            quarter.binary(Binary::Subtract, turned())
        } else if y.value.high < 0.0 {
            (quarter.unary(Unary::Negate)).binary(Binary::Subtract, turned())
        } else {
            let all = Interval::point(-PI).hull(Interval::point(PI)).widened(1);
            Self {
                is_continuous: false,
                is_smooth: false,
                ..self.with(x, all, Interval::ENTIRE, Interval::ENTIRE)
            }
            .checked()
        }
    }
}

impl Number for Enclosure {
    /// A constant that is no number is defined nowhere.
    fn constant(value: f64) -> Self {
        match value.is_finite() {
            true => Self::of_constant(Interval::point(value)),
            false => Self::undefined(Interval::ENTIRE),
        }
    }

    fn unary(self, operation: Unary) -> Self {
        self.chain(rule(operation, self.value))
    }

    fn binary(self, operation: Binary, other: Self) -> Self {
        let (a, b) = (self, other);
        match operation {
            Binary::Add => a.with(b, a.value + b.value, a.first + b.first, a.second + b.second),
            Binary::Subtract => {
                a.with(b, a.value - b.value, a.first - b.first, a.second - b.second)
            }
            Binary::Multiply => {
                let value = a.value * b.value;
                let first = a.first * b.value + a.value * b.first;
                let second =
                    a.second * b.value + times(2.0, a.first * b.first) + a.value * b.second;
                a.with(b, value, first, second)
            }
            Binary::Divide => a.divided_by(b),
            Binary::Power => a.to_the(b),
            Binary::Min => a.minimum(b),
            Binary::Max => {
                let [a, b] = [a, b].map(|one| one.unary(Unary::Negate));
                a.minimum(b).unary(Unary::Negate)
            }
            Binary::Atan2 => a.angle(b),
        }
    }
}
