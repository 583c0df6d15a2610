//! The values and derivatives of functions of one number on intervals.

use std::f64::consts::{LN_2, LN_10};

use crate::{elementary as of, interval::Interval, number::Number, operation::Unary};

/// A function of one number: its values and derivatives on an interval.
pub(crate) struct Rule {
    pub value: Interval,
    pub first: Interval,
    pub second: Interval,
    pub is_defined: bool,
    pub is_continuous: bool,
    pub is_smooth: bool,
}

impl Rule {
    fn smooth(value: Interval, first: Interval, second: Interval) -> Self {
        Self {
            value,
            first,
            second,
            is_defined: true,
            is_continuous: true,
            is_smooth: true,
        }
    }

    /// Smooth within its domain, in which the argument is, or may not be.
    fn within(self, is_inside: bool, is_on_edge: bool) -> Self {
        Self {
            is_defined: is_inside,
            is_continuous: is_inside,
            is_smooth: is_inside && !is_on_edge,
            ..self
        }
    }

    /// Constant between its jumps.
    fn step(value: Interval) -> Self {
        let is_constant = value.low == value.high;
        let slope = if is_constant {
            Interval::point(0.0)
        } else {
            Interval::ENTIRE
        };
        Self {
            is_continuous: is_constant,
            is_smooth: is_constant,
            ..Self::smooth(value, slope, slope)
        }
    }
}

/// From a larger whole number, 1 cannot be taken exactly.
const MOST: f64 = 9e15;

pub(crate) const ZERO: Interval = Interval {
    low: 0.0,
    high: 0.0,
};
pub(crate) const ONE: Interval = Interval {
    low: 1.0,
    high: 1.0,
};

pub(crate) fn times(factor: f64, x: Interval) -> Interval {
    Interval::point(factor) * x
}

/// What an irrational constant, rounded to the nearest float, can be.
pub(crate) fn near(constant: f64) -> Interval {
    Interval::point(constant).widened(1)
}

/// A function's values and derivatives where its argument is in an interval.
pub(crate) fn rule(f: Unary, u: Interval) -> Rule {
    match f {
        Unary::Negate => Rule::smooth(-u, -ONE, ZERO),
        Unary::Abs if u.low >= 0.0 => Rule::smooth(u, ONE, ZERO),
        Unary::Abs if u.high <= 0.0 => Rule::smooth(-u, -ONE, ZERO),
        Unary::Abs => Rule {
            is_smooth: false,
            ..Rule::smooth(
                Interval::new(0.0, u.magnitude()),
                Interval::new(-1.0, 1.0),
                Interval::ENTIRE,
            )
        },
        Unary::Sign | Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc => {
            Rule::step(Interval::outer(u.low.unary(f), u.high.unary(f)))
        }
        Unary::Sqrt => {
            let root = of::sqrt(u);
            let first = Interval::point(0.5) / root;
            Rule::smooth(root, first, -(first / times(2.0, from_zero(u))))
                .within(u.low >= 0.0, u.low <= 0.0)
        }
        Unary::Cbrt => {
            let root = of::cbrt(u);
            let first = ONE / times(3.0, root.square());
            let second = -(times(2.0, first) / times(3.0, u));
            Rule::smooth(root, first, second).within(true, u.contains(0.0))
        }
        Unary::Exp => {
            let value = of::exp(u);
            Rule::smooth(value, value, value)
        }
        Unary::Ln => logarithm(of::ln(u), ONE, u),
        Unary::Log2 => logarithm(of::log2(u), near(LN_2), u),
        Unary::Log10 => logarithm(of::log10(u), near(LN_10), u),
        Unary::Sin => {
            let value = of::sin(u);
            Rule::smooth(value, of::cos(u), -value)
        }
        Unary::Cos => {
            let value = of::cos(u);
            Rule::smooth(value, -of::sin(u), -value)
        }
        Unary::Tan => match of::tan(u) {
            Some(value) => {
                let first = ONE + value.square();
                Rule::smooth(value, first, times(2.0, value) * first)
            }
            None => undefined(),
        },
        Unary::Asin => {
            let rest = from_zero((ONE - u) * (ONE + u));
            let first = ONE / of::sqrt(rest);
            let is_inside = -1.0 <= u.low && u.high <= 1.0;
            Rule::smooth(of::asin(u), first, u * (first / rest)).within(is_inside, rest.low <= 0.0)
        }
        Unary::Acos => {
            let asin = rule(Unary::Asin, u);
            Rule {
                value: of::acos(u),
                first: -asin.first,
                second: -asin.second,
                ..asin
            }
        }
        Unary::Atan => {
            let first = ONE / (ONE + u.square());
            Rule::smooth(of::atan(u), first, times(-2.0, u) * first.square())
        }
        Unary::Sinh => {
            let value = of::sinh(u);
            Rule::smooth(value, of::cosh(u), value)
        }
        Unary::Cosh => {
            let value = of::cosh(u);
            Rule::smooth(value, of::sinh(u), value)
        }
        Unary::Tanh => {
            let value = of::tanh(u);
            let first = ONE / of::cosh(u).square();
            Rule::smooth(value, first, times(-2.0, value) * first)
        }
        Unary::Asinh => {
            let square = ONE + u.square();
            let first = ONE / of::sqrt(square);
            Rule::smooth(of::asinh(u), first, -(u * (first / square)))
        }
        Unary::Acosh => {
            let rest = from_zero((u - ONE) * (u + ONE));
            let first = ONE / of::sqrt(rest);
            let second = -(from_zero(u) * (first / rest));
            Rule::smooth(of::acosh(u), first, second).within(u.low >= 1.0, rest.low <= 0.0)
        }
        Unary::Atanh => {
            let first = ONE / from_zero((ONE - u) * (ONE + u));
            let is_inside = -1.0 < u.low && u.high < 1.0;
            Rule::smooth(of::atanh(u), first, times(2.0, u) * first.square())
                .within(is_inside, false)
        }
    }
}

fn undefined() -> Rule {
    Rule::smooth(Interval::ENTIRE, Interval::ENTIRE, Interval::ENTIRE).within(false, false)
}

/// The part from 0 on; 0 of none.
pub(crate) fn from_zero(x: Interval) -> Interval {
    Interval::outer(x.low.max(0.0), x.high.max(0.0))
}

/// To a base with this natural logarithm.
fn logarithm(value: Interval, of_base: Interval, u: Interval) -> Rule {
    let first = ONE / (of_base * from_zero(u));
    Rule::smooth(value, first, -(first / from_zero(u))).within(u.low > 0.0, false)
}

/// `u^n`.
pub(crate) fn power(u: Interval, n: f64) -> Rule {
    if n == 0.0 {
        return Rule::smooth(ONE, ZERO, ZERO);
    }
    if n == 1.0 {
        return Rule::smooth(u, ONE, ZERO);
    }
    let exponent = Interval::point(n);
    let less = exponent - ONE;
    if n.fract() != 0.0 {
        // Of the part from 0 on. Quotients, as n - 1 may be no float.
        let base = from_zero(u);
        let value = of::power(base, n);
        let is_inside = u.low > 0.0 || (u.low == 0.0 && n > 0.0);
        if base.low > 0.0 {
            let first = exponent * rising_power(base, n, value, 1.0);
            let second = exponent * less * rising_power(base, n, value, 2.0);
            return Rule::smooth(value, first, second).within(is_inside, false);
        }
        let first = exponent * at_zero(base, n, 1.0);
        let second = exponent * less * at_zero(base, n, 2.0);
        return Rule::smooth(value, first, second).within(is_inside, n < 2.0);
    }
    let value = whole_power(u, n);
    if n.abs() > MOST {
        let is_inside = n > 0.0 || !u.contains(0.0);
        return Rule::smooth(value, Interval::ENTIRE, Interval::ENTIRE).within(is_inside, true);
    }
    let first = exponent * whole_power(u, n - 1.0);
    let second = exponent * less * whole_power(u, n - 2.0);
    let is_inside = n > 0.0 || !u.contains(0.0);
    Rule::smooth(value, first, second).within(is_inside, false)
}

/// `x^(n - k)` for `x > 0`, where `x^n` is known: at the ends, between which it only rises or falls.
fn rising_power(x: Interval, n: f64, value: Interval, k: f64) -> Interval {
    let end = |x: f64| {
        let x = Interval::point(x);
        of::power(x, n) / of::power(x, k)
    };
    let ends = end(x.low).hull(end(x.high));
    // Where a power overflows, its quotient is nothing.
    let rough = value / of::power(x, k);
    ends.intersection(rough).unwrap_or(rough)
}

/// `x^(n - k)` from `x = 0` on.
fn at_zero(x: Interval, n: f64, k: f64) -> Interval {
    if x.high == 0.0 {
        return from_zero(Interval::ENTIRE);
    }
    let end = Interval::point(x.high);
    let end = of::power(end, n) / of::power(end, k);
    match n > k {
        true => Interval::outer(0.0, end.high),
        false => Interval::outer(end.low.max(0.0), f64::INFINITY),
    }
}

/// `u^n` for a whole number n.
fn whole_power(u: Interval, n: f64) -> Interval {
    if n < 0.0 {
        return ONE / whole_power(u, -n);
    }
    let is_even = n % 2.0 == 0.0;
    let [low, high] = [u.low, u.high].map(|end| {
        let size = of::power(Interval::point(end.abs()), n);
        if end < 0.0 && !is_even { -size } else { size }
    });
    match is_even {
        true if u.contains(0.0) && n > 0.0 => Interval::outer(0.0, low.high.max(high.high)),
        true => low.hull(high),
        false => Interval::outer(low.low, high.high),
    }
}
