//! What a function can be on an interval: its values and its first and second derivatives, by interval arithmetic.

use std::f64::consts::{FRAC_PI_2, LN_2, LN_10, PI};

use crate::{
    elementary as of,
    interval::Interval,
    number::Number,
    operation::{Binary, Unary},
};

/// All that a function can be on an interval of its variable.
///
/// An expression is evaluated in enclosures as in jets. Its constants are the floats that it holds; otherwise its operations are those
/// of real numbers, and every bound holds for them.
///
/// ```
/// use shallow_expression::{Expression, Interval};
/// let square = Expression::parse("x^2")?.enclose(Interval::new(-1.0, 2.0));
/// assert_eq!(square.value, Interval::new(0.0, 4.0));
/// assert_eq!(square.first, Interval::new(-2.0, 4.0));
/// assert!(!Expression::parse("1/x")?.enclose(Interval::new(-1.0, 2.0)).is_defined);
/// # Ok::<(), shallow_expression::ExpressionError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Enclosure {
    /// Holds the values, wherever the function is defined.
    pub value: Interval,
    /// Holds the first derivative wherever there is one; and, of a continuous function, the slope between any two points.
    pub first: Interval,
    /// Holds the second derivative, of a smooth function.
    pub second: Interval,
    /// Whether it is proven that the function is a number everywhere in the interval.
    pub is_defined: bool,
    /// Whether it is proven that the function is defined and continuous there.
    pub is_continuous: bool,
    /// Whether it is proven that the function is continuous and has no kink there.
    pub is_smooth: bool,
}

/// A function of one number: its values and derivatives on an interval.
struct Rule {
    value: Interval,
    first: Interval,
    second: Interval,
    is_defined: bool,
    is_continuous: bool,
    is_smooth: bool,
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

const ZERO: Interval = Interval {
    low: 0.0,
    high: 0.0,
};
const ONE: Interval = Interval {
    low: 1.0,
    high: 1.0,
};

fn times(factor: f64, x: Interval) -> Interval {
    Interval::point(factor) * x
}

/// What an irrational constant, rounded to the nearest float, can be.
fn near(constant: f64) -> Interval {
    Interval::point(constant).widened(1)
}

fn rule(f: Unary, u: Interval) -> Rule {
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
            Rule::smooth(root, first, -(first / times(2.0, positive(u))))
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
            let second = -(positive(u) * (first / rest));
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
fn from_zero(x: Interval) -> Interval {
    Interval::outer(x.low.max(0.0), x.high.max(0.0))
}

fn positive(x: Interval) -> Interval {
    from_zero(x)
}

/// To a base with this natural logarithm.
fn logarithm(value: Interval, of_base: Interval, u: Interval) -> Rule {
    let first = ONE / (of_base * positive(u));
    Rule::smooth(value, first, -(first / positive(u))).within(u.low > 0.0, false)
}

/// `u^n`.
fn power(u: Interval, n: f64) -> Rule {
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
        let base = positive(u);
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

impl Enclosure {
    /// The variable itself on an interval.
    pub fn variable(value: Interval) -> Self {
        Self {
            value,
            first: ONE,
            second: ZERO,
            is_defined: true,
            is_continuous: true,
            is_smooth: true,
        }
    }

    /// The chain rule.
    fn chain(self, f: Rule) -> Self {
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

    /// Without what is not known.
    fn checked(mut self) -> Self {
        if !self.is_continuous {
            self.first = Interval::ENTIRE;
        }
        if !self.is_smooth {
            self.second = Interval::ENTIRE;
        }
        self
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
            return Self {
                value,
                first: Interval::ENTIRE,
                second: Interval::ENTIRE,
                is_defined: false,
                is_continuous: false,
                is_smooth: false,
            };
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
        Self {
            is_defined: false,
            is_continuous: false,
            is_smooth: false,
            ..self.with(exponent, value, Interval::ENTIRE, Interval::ENTIRE)
        }
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
        let (y, quarter) = (self, Self::of(near(FRAC_PI_2)));
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

    /// Of a constant that is in an interval.
    fn of(value: Interval) -> Self {
        Self {
            first: ZERO,
            ..Self::variable(value)
        }
    }
}

impl Number for Enclosure {
    /// A constant that is no number is defined nowhere.
    fn constant(value: f64) -> Self {
        match value.is_finite() {
            true => Self::of(Interval::point(value)),
            false => Self {
                value: Interval::ENTIRE,
                first: Interval::ENTIRE,
                second: Interval::ENTIRE,
                is_defined: false,
                is_continuous: false,
                is_smooth: false,
            },
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
