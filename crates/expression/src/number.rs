//! What an expression can be evaluated in: `f64`, or any type with the same operations.

use crate::operation::{Binary, Unary};

/// A number that expressions can be evaluated in, such as `f64` or a `Jet`.
pub trait Number: Copy {
    /// The number with this value.
    fn constant(value: f64) -> Self;

    /// `operation(self)`.
    fn unary(self, operation: Unary) -> Self;

    /// `operation(self, other)`.
    fn binary(self, operation: Binary, other: Self) -> Self;
}

impl Number for f64 {
    #[inline]
    fn constant(value: f64) -> Self {
        value
    }

    #[inline]
    fn unary(self, operation: Unary) -> Self {
        match operation {
            Unary::Negate => -self,
            Unary::Abs => self.abs(),
            Unary::Sign if self == 0.0 => 0.0,
            Unary::Sign => self.signum(),
            Unary::Sqrt => self.sqrt(),
            Unary::Cbrt => self.cbrt(),
            Unary::Exp => self.exp(),
            Unary::Ln => self.ln(),
            Unary::Log2 => self.log2(),
            Unary::Log10 => self.log10(),
            Unary::Sin => self.sin(),
            Unary::Cos => self.cos(),
            Unary::Tan => self.tan(),
            Unary::Asin => self.asin(),
            Unary::Acos => self.acos(),
            Unary::Atan => self.atan(),
            Unary::Sinh => self.sinh(),
            Unary::Cosh => self.cosh(),
            Unary::Tanh => self.tanh(),
            Unary::Asinh => self.asinh(),
            Unary::Acosh => self.acosh(),
            Unary::Atanh => self.atanh(),
            Unary::Floor => self.floor(),
            Unary::Ceil => self.ceil(),
            Unary::Round => self.round(),
            Unary::Trunc => self.trunc(),
        }
    }

    #[inline]
    fn binary(self, operation: Binary, other: Self) -> Self {
        match operation {
            Binary::Add => self + other,
            Binary::Subtract => self - other,
            Binary::Multiply => self * other,
            Binary::Divide => self / other,
            Binary::Power => self.powf(other),
            Binary::Min => self.min(other),
            Binary::Max => self.max(other),
            Binary::Atan2 => self.atan2(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_values_are_those_of_ieee_754() {
        assert_eq!((-0.0).unary(Unary::Sign).to_bits(), 0);
        assert!(f64::NAN.unary(Unary::Sign).is_nan());
        assert_eq!((-2.5).unary(Unary::Round), -3.0);
        assert_eq!(f64::NAN.binary(Binary::Min, 1.0), 1.0);
        assert_eq!(1.0.binary(Binary::Max, f64::NAN), 1.0);
        assert_eq!(0.0.binary(Binary::Power, 0.0), 1.0);
    }
}
