//! Exact first and second derivatives, by the rules of differentiation.

use crate::{
    number::Number,
    operation::{Binary, Unary},
    rule::{Second, derivatives, power},
};

/// A value with its first and second derivative.
///
/// Evaluated in jets, an expression gives its exact derivatives up to rounding:
/// `(f(u))' = f'(u) u'` and `(f(u))'' = f''(u) u'^2 + f'(u) u''`.
///
/// Where a function has a kink or a jump, its derivatives are NaN: `abs` and `sign` at 0, `floor` and `ceil` at
/// integers, `trunc` at integers other than 0, `round` at halves, `min` and `max` where the arguments are equal and their
/// derivatives are not, and `atan2(y, x)` where `y` changes its sign at a negative `x`.
/// Where a derivative is infinite, as those of `sqrt` and `cbrt` at 0, it is infinite or NaN.
/// An undefined value has undefined derivatives.
///
/// In `a^b`, an exponent with derivatives 0 counts as a constant, so that `x^2` has derivatives at every `x`. Other
/// exponents need a base above 0, or the derivatives are NaN.
///
/// ```
/// use shallow_expression::{Jet, Number, Unary};
///
/// let jet = Jet::variable(0.0).unary(Unary::Exp);
/// assert_eq!(jet, Jet { value: 1.0, first: 1.0, second: 1.0 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jet {
    /// The value.
    pub value: f64,
    /// The first derivative.
    pub first: f64,
    /// The second derivative.
    pub second: f64,
}

impl Jet {
    /// The variable itself at this value, with the derivatives 1 and 0.
    pub fn variable(value: f64) -> Self {
        Self::new(value, 1.0, 0.0)
    }

    fn new(value: f64, first: f64, second: f64) -> Self {
        Self {
            value,
            first,
            second,
        }
    }

    /// The chain rule: `value` is f(u), and `first` and `second` are the derivatives of f at u.
    fn chain(self, value: f64, (first, second): (f64, Second)) -> Self {
        let slope = first * self.first;
        let bend = match second {
            Second::Value(second) => second * self.first * self.first,
            Second::Ratio(ratio) => slope * (ratio * self.first),
        };
        Self::new(value, slope, bend + first * self.second)
    }

    fn power(self, value: f64, exponent: Self) -> Self {
        let (u, v) = (self, exponent);
        if v.first == 0.0 && v.second == 0.0 {
            return u.chain(value, power(u.value, v.value));
        }
        // u^v = exp(w) with w = v ln u.
        let ln = u.value.ln();
        let relative = u.first / u.value;
        let first = v.first * ln + v.value * relative;
        let second = v.second * ln
            + 2.0 * v.first * relative
            + v.value * (u.second / u.value - relative * relative);
        Self::new(value, value * first, value * (second + first * first))
    }

    /// The derivatives of the smaller or the larger one.
    fn extreme(self, value: f64, other: Self, chooses_self: bool) -> Self {
        if self.value == other.value {
            let common = |a: f64, b: f64| if a == b { a } else { f64::NAN };
            let first = common(self.first, other.first);
            let second = match first.is_nan() {
                true => f64::NAN,
                false => common(self.second, other.second),
            };
            return Self::new(value, first, second);
        }
        if chooses_self || other.value.is_nan() {
            self
        } else {
            other
        }
    }

    fn atan2(self, value: f64, x: Self) -> Self {
        let y = self;
        if y.value == 0.0 && x.value < 0.0 && y.first != 0.0 {
            return Self::new(value, f64::NAN, f64::NAN);
        }
        let radius = x.value.hypot(y.value);
        let (cosine, sine) = (x.value / radius, y.value / radius);
        let first = (cosine * y.first - sine * x.first) / radius;
        let growth = (cosine * x.first + sine * y.first) / radius;
        let turn = (cosine * y.second - sine * x.second) / radius;
        Self::new(value, first, turn - 2.0 * first * growth)
    }

    /// An undefined value has undefined derivatives.
    fn checked(self) -> Self {
        match self.value.is_nan() {
            true => Self::new(f64::NAN, f64::NAN, f64::NAN),
            false => self,
        }
    }
}

impl Number for Jet {
    fn constant(value: f64) -> Self {
        Self::new(value, 0.0, 0.0)
    }

    fn unary(self, operation: Unary) -> Self {
        let value = self.value.unary(operation);
        let rule = derivatives(operation, self.value, value);
        self.chain(value, rule).checked()
    }

    fn binary(self, operation: Binary, other: Self) -> Self {
        let (a, b) = (self, other);
        let value = a.value.binary(operation, b.value);
        let jet = match operation {
            Binary::Add => Self::new(value, a.first + b.first, a.second + b.second),
            Binary::Subtract => Self::new(value, a.first - b.first, a.second - b.second),
            Binary::Multiply => Self::new(
                value,
                a.first * b.value + a.value * b.first,
                a.second * b.value + 2.0 * a.first * b.first + a.value * b.second,
            ),
            Binary::Divide => {
                let first = (a.first - value * b.first) / b.value;
                let second = (a.second - 2.0 * first * b.first - value * b.second) / b.value;
                Self::new(value, first, second)
            }
            Binary::Power => a.power(value, b),
            Binary::Min => a.extreme(value, b, a.value < b.value),
            Binary::Max => a.extreme(value, b, a.value > b.value),
            Binary::Atan2 => a.atan2(value, b),
        };
        jet.checked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each operation with points where it is smooth.
    const SMOOTH: [(Unary, [f64; 3]); 25] = [
        (Unary::Negate, [-1.5, 0.0, 2.0]),
        (Unary::Abs, [-1.5, 0.3, 2.0]),
        (Unary::Sign, [-1.5, 0.3, 2.0]),
        (Unary::Sqrt, [0.3, 1.0, 2.0]),
        (Unary::Cbrt, [-1.5, 0.3, 2.0]),
        (Unary::Exp, [-1.5, 0.0, 2.0]),
        (Unary::Ln, [0.3, 1.0, 2.0]),
        (Unary::Log2, [0.3, 1.0, 2.0]),
        (Unary::Log10, [0.3, 1.0, 2.0]),
        (Unary::Sin, [-1.5, 0.0, 2.0]),
        (Unary::Cos, [-1.5, 0.0, 2.0]),
        (Unary::Tan, [-1.0, 0.0, 2.0]),
        (Unary::Asin, [-0.7, 0.0, 0.4]),
        (Unary::Acos, [-0.7, 0.0, 0.4]),
        (Unary::Atan, [-1.5, 0.0, 2.0]),
        (Unary::Sinh, [-1.5, 0.0, 2.0]),
        (Unary::Cosh, [-1.5, 0.0, 2.0]),
        (Unary::Tanh, [-1.5, 0.0, 2.0]),
        (Unary::Asinh, [-1.5, 0.0, 2.0]),
        (Unary::Acosh, [1.3, 2.0, 5.0]),
        (Unary::Atanh, [-0.7, 0.0, 0.4]),
        (Unary::Floor, [-1.5, 0.3, 2.1]),
        (Unary::Ceil, [-1.5, 0.3, 2.1]),
        (Unary::Round, [-1.0, 0.3, 2.1]),
        (Unary::Trunc, [-1.5, 0.0, 2.1]),
    ];

    /// The derivatives at `x` must be what differences of values and of first derivatives say.
    fn check(name: &str, x: f64, f: impl Fn(Jet) -> Jet) {
        // An error of step^2, times a third or fourth derivative of at most 1000.
        let (step, tolerance) = (1e-5, 1e-7);
        let [left, here, right] = [x - step, x, x + step].map(|x| f(Jet::variable(x)));
        let first = (right.value - left.value) / (2.0 * step);
        let second = (right.first - left.first) / (2.0 * step);
        let close = |a: f64, b: f64| (a - b).abs() < tolerance * (1.0 + b.abs());
        assert!(
            close(here.first, first) && close(here.second, second),
            "{name} at {x}: {here:?} for {first} and {second}"
        );
    }

    #[test]
    fn every_function_has_the_derivatives_that_differences_have() {
        for (operation, points) in SMOOTH {
            for x in points {
                check(&format!("{operation:?}"), x, |x| x.unary(operation));
                // The chain rule: an inner function with derivatives of its own.
                let inner = |y: Jet| {
                    let square = y.binary(Binary::Multiply, y);
                    let shift = Jet::constant(x - 1.0);
                    shift.binary(Binary::Add, square)
                };
                check(&format!("{operation:?} of a square"), 1.0, |y| {
                    inner(y).unary(operation)
                });
            }
        }
    }

    #[test]
    fn every_operation_on_two_has_the_derivatives_that_differences_have() {
        for operation in [
            Binary::Add,
            Binary::Subtract,
            Binary::Multiply,
            Binary::Divide,
            Binary::Power,
            Binary::Min,
            Binary::Max,
            Binary::Atan2,
        ] {
            for x in [0.4, 1.3, 2.7] {
                let name = format!("{operation:?}");
                let (sine, constant) = (|x: Jet| x.unary(Unary::Sin), Jet::constant(1.7));
                check(&name, x, |x| x.binary(operation, sine(x)));
                check(&name, x, |x| sine(x).binary(operation, x));
                check(&name, x, |x| x.binary(operation, constant));
                check(&name, x, |x| constant.binary(operation, x));
            }
        }
    }

    #[test]
    fn integer_powers_have_derivatives_everywhere() {
        for (x, n, value, first, second) in [
            (0.0, 0.0, 1.0, 0.0, 0.0),
            (0.0, 1.0, 0.0, 1.0, 0.0),
            (0.0, 2.0, 0.0, 0.0, 2.0),
            (0.0, 3.0, 0.0, 0.0, 0.0),
            (-1.0, 3.0, -1.0, 3.0, -6.0),
            (-2.0, 2.0, 4.0, -4.0, 2.0),
            (-2.0, -1.0, -0.5, -0.25, -0.25),
        ] {
            let power = Jet::variable(x).binary(Binary::Power, Jet::constant(n));
            assert_eq!(power, Jet::new(value, first, second), "{x}^{n}");
        }
    }

    #[test]
    fn slow_functions_of_large_numbers_keep_their_derivatives() {
        // u = 10^(200 x) with the derivatives k u and k^2 u.
        let k = 200.0 * std::f64::consts::LN_10;
        let u = Jet::new(1e200, k * 1e200, k * k * 1e200);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-10 * k * k + 1e-12 * b.abs();
        for (operation, first) in [
            (Unary::Ln, k),
            (Unary::Asinh, k),
            (Unary::Acosh, k),
            (Unary::Log2, k / std::f64::consts::LN_2),
            (Unary::Atan, 0.0),
        ] {
            let jet = u.unary(operation);
            assert!(
                close(jet.first, first) && close(jet.second, 0.0),
                "{operation:?}: {jet:?}"
            );
        }
        let root = Jet::new(1e100, k / 2.0 * 1e100, k * k / 4.0 * 1e100);
        for jet in [
            u.unary(Unary::Sqrt),
            u.binary(Binary::Power, Jet::constant(0.5)),
        ] {
            assert!(
                close(jet.first, root.first) && close(jet.second, root.second),
                "{jet:?}"
            );
        }
        let angle = u.binary(Binary::Atan2, u);
        assert_eq!((angle.first, angle.second), (0.0, 0.0));
    }

    #[test]
    fn at_kinks_and_jumps_there_is_no_derivative() {
        for (operation, x) in [
            (Unary::Abs, 0.0),
            (Unary::Sign, 0.0),
            (Unary::Floor, 2.0),
            (Unary::Ceil, -1.0),
            (Unary::Round, -0.5),
            (Unary::Trunc, 3.0),
            (Unary::Ln, -1.0),
            (Unary::Acosh, 0.5),
        ] {
            let jet = Jet::variable(x).unary(operation);
            assert!(jet.first.is_nan() && jet.second.is_nan(), "{operation:?}");
        }
        let (x, zero) = (Jet::variable(0.0), Jet::constant(0.0));
        assert!(x.binary(Binary::Max, zero).first.is_nan());
        assert_eq!(x.binary(Binary::Min, x), x);
        assert!(x.binary(Binary::Atan2, Jet::constant(-1.0)).first.is_nan());
        assert_eq!(zero.binary(Binary::Atan2, Jet::variable(-1.0)).first, 0.0);
    }
}
