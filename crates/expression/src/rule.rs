//! The rules of differentiation for functions of one number.

use std::f64::consts::{LN_2, LN_10};

use crate::operation::Unary;

/// A second derivative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Second {
    Value(f64),
    /// Divided by the first derivative. Where `u` is large, the second derivative of `ln(u)` is too small for an `f64`,
    /// and this ratio is not.
    Ratio(f64),
}

use Second::{Ratio, Value};

/// The first and second derivative of `f` at `u`; `value` is `f(u)`.
pub(crate) fn derivatives(f: Unary, u: f64, value: f64) -> (f64, Second) {
    match f {
        Unary::Negate => (-1.0, Value(0.0)),
        Unary::Abs if u == 0.0 => (f64::NAN, Value(f64::NAN)),
        Unary::Abs => (u.signum(), Value(0.0)),
        Unary::Sign => step(u == 0.0),
        Unary::Floor | Unary::Ceil => step(value == u),
        Unary::Round => step((u - u.trunc()).abs() == 0.5),
        Unary::Trunc => step(value == u && u != 0.0),
        Unary::Sqrt => (0.5 / value, Ratio(-0.5 / u)),
        Unary::Cbrt => (1.0 / (3.0 * value * value), Ratio(-2.0 / (3.0 * u))),
        Unary::Exp => (value, Value(value)),
        Unary::Ln => (1.0 / u, Ratio(-1.0 / u)),
        Unary::Log2 => (1.0 / (u * LN_2), Ratio(-1.0 / u)),
        Unary::Log10 => (1.0 / (u * LN_10), Ratio(-1.0 / u)),
        Unary::Sin => (u.cos(), Value(-value)),
        Unary::Cos => (-u.sin(), Value(-value)),
        Unary::Tan => {
            let first = 1.0 + value * value;
            (first, Value(2.0 * value * first))
        }
        Unary::Asin => {
            let root = ((1.0 - u) * (1.0 + u)).sqrt();
            (1.0 / root, Value(u / (root * root * root)))
        }
        Unary::Acos => {
            let root = ((1.0 - u) * (1.0 + u)).sqrt();
            (-1.0 / root, Value(-u / (root * root * root)))
        }
        Unary::Atan => {
            let root = u.hypot(1.0);
            (1.0 / root / root, Ratio(-2.0 * (u / root) / root))
        }
        Unary::Sinh => (u.cosh(), Value(value)),
        Unary::Cosh => (u.sinh(), Value(value)),
        Unary::Tanh => {
            let first = u.cosh().powi(-2);
            (first, Value(-2.0 * value * first))
        }
        Unary::Asinh => {
            let root = u.hypot(1.0);
            (1.0 / root, Ratio(-(u / root) / root))
        }
        Unary::Acosh => {
            let root = (u - 1.0).sqrt() * (u + 1.0).sqrt();
            (1.0 / root, Ratio(-(u / root) / root))
        }
        Unary::Atanh => {
            let first = 1.0 / ((1.0 - u) * (1.0 + u));
            (first, Value(2.0 * u * first * first))
        }
    }
}

/// Of a function that is constant between its jumps.
fn step(jumps: bool) -> (f64, Second) {
    let derivative = if jumps { f64::NAN } else { 0.0 };
    (derivative, Value(derivative))
}

/// The first and second derivative of `u^n`.
pub(crate) fn power(u: f64, n: f64) -> (f64, Second) {
    // 0 * 0^-1 would be NaN.
    let term = |factor: f64, power: f64| match factor {
        0.0 => 0.0,
        _ => factor * u.powf(power),
    };
    let second = match u.abs() > 1.0 {
        true => Ratio((n - 1.0) / u),
        false => Value(term(n * (n - 1.0), n - 2.0)),
    };
    (term(n, n - 1.0), second)
}
