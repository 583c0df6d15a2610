//! A value with its first two derivatives, by the rules of calculus.

use crate::{function::Function, number::Number};

/// A value that depends on one variable, with its first and second derivative.
///
/// At a kink or a jump the derivatives are those of one side.
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
    /// The variable itself.
    pub fn variable(value: f64) -> Self {
        Self {
            value,
            first: 1.0,
            second: 0.0,
        }
    }

    /// `f` of this, where f has this value and these derivatives: the chain rule.
    fn chain(self, [value, first, second]: [f64; 3]) -> Self {
        Self {
            value,
            first: times(first, self.first),
            second: times(second, self.first * self.first) + times(first, self.second),
        }
    }

    fn is_constant(self) -> bool {
        self.first == 0.0 && self.second == 0.0
    }

    /// `self^p` of a constant p: also where self is negative or 0.
    fn power(self, p: f64) -> Self {
        let x = self.value;
        // A factor of 0 takes the place of a power that may be infinite.
        let term = |factor: f64, p: f64| {
            if factor == 0.0 {
                0.0
            } else {
                factor * x.powf(p)
            }
        };
        self.chain([x.powf(p), term(p, p - 1.0), term(p * (p - 1.0), p - 2.0)])
    }
}

/// A product in which 0 wins: what does not change has no derivative, however steep what is made of it.
fn times(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}

impl Number for Jet {
    fn constant(value: f64) -> Self {
        Self {
            value,
            first: 0.0,
            second: 0.0,
        }
    }

    fn negate(self) -> Self {
        Self {
            value: -self.value,
            first: -self.first,
            second: -self.second,
        }
    }

    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            first: self.first + other.first,
            second: self.second + other.second,
        }
    }

    fn subtract(self, other: Self) -> Self {
        self.add(other.negate())
    }

    fn multiply(self, other: Self) -> Self {
        let (a, b) = (self, other);
        Self {
            value: a.value * b.value,
            first: times(a.first, b.value) + times(a.value, b.first),
            second: times(a.second, b.value)
                + 2.0 * times(a.first, b.first)
                + times(a.value, b.second),
        }
    }

    fn divide(self, other: Self) -> Self {
        let y = other.value;
        let quotient = self.multiply(other.chain([1.0 / y, -1.0 / (y * y), 2.0 / (y * y * y)]));
        Self {
            value: self.value / y,
            ..quotient
        }
    }

    fn call(self, function: Function) -> Self {
        use std::f64::consts::{LN_2, LN_10};
        let x = self.value;
        let value = x.call(function);
        let v = value;
        let [first, second] = match function {
            Function::Abs => [x.call(Function::Sign), 0.0],
            Function::Sign
            | Function::Floor
            | Function::Ceil
            | Function::Round
            | Function::Trunc => [0.0, 0.0],
            Function::Sqrt => [0.5 / v, -0.25 / (v * v * v)],
            Function::Cbrt => [1.0 / (3.0 * v * v), -2.0 / (9.0 * v.powi(5))],
            Function::Exp => [v, v],
            Function::Ln => [1.0 / x, -1.0 / (x * x)],
            Function::Log2 => [1.0 / (x * LN_2), -1.0 / (x * x * LN_2)],
            Function::Log10 => [1.0 / (x * LN_10), -1.0 / (x * x * LN_10)],
            Function::Sin => [x.cos(), -v],
            Function::Cos => [-x.sin(), -v],
            Function::Tan => [1.0 + v * v, 2.0 * v * (1.0 + v * v)],
            Function::Asin => {
                let root = (1.0 - x * x).sqrt();
                [1.0 / root, x / root.powi(3)]
            }
            Function::Acos => {
                let root = (1.0 - x * x).sqrt();
                [-1.0 / root, -x / root.powi(3)]
            }
            Function::Atan => {
                let slope = 1.0 / (1.0 + x * x);
                [slope, -2.0 * x * slope * slope]
            }
            Function::Sinh => [x.cosh(), v],
            Function::Cosh => [x.sinh(), v],
            Function::Tanh => [1.0 - v * v, -2.0 * v * (1.0 - v * v)],
            Function::Asinh => {
                let root = x.hypot(1.0);
                [1.0 / root, -x / root.powi(3)]
            }
            Function::Acosh => {
                let root = (x * x - 1.0).sqrt();
                [1.0 / root, -x / root.powi(3)]
            }
            Function::Atanh => {
                let slope = 1.0 / (1.0 - x * x);
                [slope, 2.0 * x * slope * slope]
            }
            Function::Min | Function::Max | Function::Pow | Function::Atan2 => {
                unreachable!("a function of two numbers")
            }
        };
        self.chain([value, first, second])
    }

    fn call2(self, function: Function, other: Self) -> Self {
        let (x, y) = (self.value, other.value);
        match function {
            Function::Min | Function::Max => {
                let value = x.call2(function, y);
                if value == x { self } else { other }
            }
            Function::Pow if other.is_constant() => self.power(y),
            // x^y = exp(y ln x).
            Function::Pow => {
                let power = self.call(Function::Ln).multiply(other).call(Function::Exp);
                Self {
                    value: x.powf(y),
                    ..power
                }
            }
            // The slope of atan(x / y), which differs from it by constants alone.
            Function::Atan2 => {
                let r2 = x * x + y * y;
                let first = (self.first * y - x * other.first) / r2;
                let slope_of_r2 = 2.0 * (x * self.first + y * other.first);
                let second = (self.second * y - x * other.second) / r2 - first * slope_of_r2 / r2;
                Self {
                    value: x.atan2(y),
                    first,
                    second,
                }
            }
            _ => unreachable!("a function of one number"),
        }
    }
}
