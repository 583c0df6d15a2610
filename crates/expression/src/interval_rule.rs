//! The values and derivatives of functions of one number on intervals.

use std::f64::consts::{LN_2, LN_10};

use crate::{
    elementary as of,
    enclosure::{Enclosure, ONE, ZERO},
    interval::Interval,
    number::Number,
    operation::Unary,
};

/// From a larger whole number, 1 cannot be taken exactly.
const MOST: f64 = 9e15;

pub(crate) fn times(factor: f64, x: Interval) -> Interval {
    Interval::point(factor) * x
}

/// What an irrational constant, rounded to the nearest float, can be.
pub(crate) fn near(constant: f64) -> Interval {
    Interval::point(constant).widened(1)
}

/// A function's values and derivatives where its argument is in an interval.
pub(crate) fn rule(f: Unary, u: Interval) -> Enclosure {
    match f {
        Unary::Negate => Enclosure::smooth(-u, -ONE, ZERO),
        Unary::Abs if u.low >= 0.0 => Enclosure::smooth(u, ONE, ZERO),
        Unary::Abs if u.high <= 0.0 => Enclosure::smooth(-u, -ONE, ZERO),
        Unary::Abs => Enclosure {
            is_smooth: false,
            ..Enclosure::smooth(
                Interval::new(0.0, u.magnitude()),
                Interval::new(-1.0, 1.0),
                Interval::ENTIRE,
            )
        },
        Unary::Sign | Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc => {
            Enclosure::step(Interval::outer(u.low.unary(f), u.high.unary(f)))
        }
        Unary::Sqrt => {
            let root = of::sqrt(u);
            let first = Interval::point(0.5) / root;
            Enclosure::smooth(root, first, -(first / times(2.0, from_zero(u))))
                .within(u.low >= 0.0, u.low <= 0.0)
        }
        Unary::Cbrt => {
            let root = of::cbrt(u);
            let first = ONE / times(3.0, root.square());
            let second = -(times(2.0, first) / times(3.0, u));
            Enclosure::smooth(root, first, second).within(true, u.contains(0.0))
        }
        Unary::Exp => {
            let value = of::exp(u);
            Enclosure::smooth(value, value, value)
        }
        Unary::Ln => logarithm(of::ln(u), ONE, u),
        Unary::Log2 => logarithm(of::log2(u), near(LN_2), u),
        Unary::Log10 => logarithm(of::log10(u), near(LN_10), u),
        Unary::Sin => {
            let value = of::sin(u);
            Enclosure::smooth(value, of::cos(u), -value)
        }
        Unary::Cos => {
            let value = of::cos(u);
            Enclosure::smooth(value, -of::sin(u), -value)
        }
        Unary::Tan => match of::tan(u) {
            Some(value) => {
                let first = ONE + value.square();
                Enclosure::smooth(value, first, times(2.0, value) * first)
            }
            None => Enclosure::undefined(Interval::ENTIRE),
        },
        Unary::Asin => {
            let rest = from_zero((ONE - u) * (ONE + u));
            let first = ONE / of::sqrt(rest);
            let is_inside = -1.0 <= u.low && u.high <= 1.0;
            Enclosure::smooth(of::asin(u), first, u * (first / rest))
                .within(is_inside, rest.low <= 0.0)
        }
        Unary::Acos => {
            let asin = rule(Unary::Asin, u);
            Enclosure {
                value: of::acos(u),
                first: -asin.first,
                second: -asin.second,
                ..asin
            }
        }
        Unary::Atan => {
            let first = ONE / (ONE + u.square());
            Enclosure::smooth(of::atan(u), first, times(-2.0, u) * first.square())
        }
        Unary::Sinh => {
            let value = of::sinh(u);
            Enclosure::smooth(value, of::cosh(u), value)
        }
        Unary::Cosh => {
            let value = of::cosh(u);
            Enclosure::smooth(value, of::sinh(u), value)
        }
        Unary::Tanh => {
            let value = of::tanh(u);
            let first = ONE / of::cosh(u).square();
            Enclosure::smooth(value, first, times(-2.0, value) * first)
        }
        Unary::Asinh => {
            let square = ONE + u.square();
            let first = ONE / of::sqrt(square);
            Enclosure::smooth(of::asinh(u), first, -(u * (first / square)))
        }
        Unary::Acosh => {
            let rest = from_zero((u - ONE) * (u + ONE));
            let first = ONE / of::sqrt(rest);
            let second = -(from_zero(u) * (first / rest));
            Enclosure::smooth(of::acosh(u), first, second).within(u.low >= 1.0, rest.low <= 0.0)
        }
        Unary::Atanh => {
            let first = ONE / from_zero((ONE - u) * (ONE + u));
            let is_inside = -1.0 < u.low && u.high < 1.0;
            Enclosure::smooth(of::atanh(u), first, times(2.0, u) * first.square())
                .within(is_inside, false)
        }
    }
}

/// The part from 0 on; 0 of none.
pub(crate) fn from_zero(x: Interval) -> Interval {
    Interval::outer(x.low.max(0.0), x.high.max(0.0))
}

/// To a base with this natural logarithm.
fn logarithm(value: Interval, of_base: Interval, u: Interval) -> Enclosure {
    let first = ONE / (of_base * from_zero(u));
    Enclosure::smooth(value, first, -(first / from_zero(u))).within(u.low > 0.0, false)
}

/// `u^n`.
pub(crate) fn power(u: Interval, n: f64) -> Enclosure {
    if n == 0.0 {
        return Enclosure::smooth(ONE, ZERO, ZERO);
    }
    if n == 1.0 {
        return Enclosure::smooth(u, ONE, ZERO);
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
            return Enclosure::smooth(value, first, second).within(is_inside, false);
        }
        let first = exponent * at_zero(base, n, 1.0);
        let second = exponent * less * at_zero(base, n, 2.0);
        return Enclosure::smooth(value, first, second).within(is_inside, n < 2.0);
    }
    let value = whole_power(u, n);
    let is_inside = n > 0.0 || !u.contains(0.0);
    if n.abs() > MOST {
        return Enclosure::smooth(value, Interval::ENTIRE, Interval::ENTIRE)
            .within(is_inside, true);
    }
    let first = exponent * whole_power(u, n - 1.0);
    let second = exponent * less * whole_power(u, n - 2.0);
    Enclosure::smooth(value, first, second).within(is_inside, false)
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
