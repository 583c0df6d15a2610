//! What an expression can be evaluated over.

use crate::function::Function;

/// A kind of number: f64, a [`Jet`](crate::Jet), or another one, such as an interval.
pub trait Number: Clone {
    /// This number exactly.
    fn constant(value: f64) -> Self;

    /// `-self`.
    fn negate(self) -> Self;

    /// `self + other`.
    fn add(self, other: Self) -> Self;

    /// `self - other`.
    fn subtract(self, other: Self) -> Self;

    /// `self other`.
    fn multiply(self, other: Self) -> Self;

    /// `self / other`.
    fn divide(self, other: Self) -> Self;

    /// A function of one number.
    fn call(self, function: Function) -> Self;

    /// A function of two numbers: min, max, pow or atan2.
    fn call2(self, function: Function, other: Self) -> Self;
}

/// By the standard library's functions.
impl Number for f64 {
    fn constant(value: f64) -> Self {
        value
    }

    fn negate(self) -> Self {
        -self
    }

    fn add(self, other: Self) -> Self {
        self + other
    }

    fn subtract(self, other: Self) -> Self {
        self - other
    }

    fn multiply(self, other: Self) -> Self {
        self * other
    }

    fn divide(self, other: Self) -> Self {
        self / other
    }

    fn call(self, function: Function) -> Self {
        match function {
            Function::Abs => self.abs(),
            // 0 at 0, as NumPy's.
            Function::Sign if self == 0.0 => 0.0,
            Function::Sign => self.signum(),
            Function::Sqrt => self.sqrt(),
            Function::Cbrt => self.cbrt(),
            Function::Exp => self.exp(),
            Function::Ln => self.ln(),
            Function::Log2 => self.log2(),
            Function::Log10 => self.log10(),
            Function::Sin => self.sin(),
            Function::Cos => self.cos(),
            Function::Tan => self.tan(),
            Function::Asin => self.asin(),
            Function::Acos => self.acos(),
            Function::Atan => self.atan(),
            Function::Sinh => self.sinh(),
            Function::Cosh => self.cosh(),
            Function::Tanh => self.tanh(),
            Function::Asinh => self.asinh(),
            Function::Acosh => self.acosh(),
            Function::Atanh => self.atanh(),
            Function::Floor => self.floor(),
            Function::Ceil => self.ceil(),
            Function::Round => self.round(),
            Function::Trunc => self.trunc(),
            Function::Min | Function::Max | Function::Pow | Function::Atan2 => {
                unreachable!("a function of two numbers")
            }
        }
    }

    fn call2(self, function: Function, other: Self) -> Self {
        match function {
            Function::Min => self.min(other),
            Function::Max => self.max(other),
            Function::Pow => self.powf(other),
            Function::Atan2 => self.atan2(other),
            _ => unreachable!("a function of one number"),
        }
    }
}
