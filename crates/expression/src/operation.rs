//! The operations that an expression is made of.

/// An operation on one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-x`.
    Negate,
    /// `|x|`.
    Abs,
    /// -1 below 0, 0 at 0, 1 above 0.
    Sign,
    /// Square root.
    Sqrt,
    /// Cube root, also of negative numbers.
    Cbrt,
    /// `e^x`.
    Exp,
    /// Natural logarithm.
    Ln,
    /// Logarithm to base 2.
    Log2,
    /// Logarithm to base 10.
    Log10,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Tangent.
    Tan,
    /// Inverse sine.
    Asin,
    /// Inverse cosine.
    Acos,
    /// Inverse tangent.
    Atan,
    /// Hyperbolic sine.
    Sinh,
    /// Hyperbolic cosine.
    Cosh,
    /// Hyperbolic tangent.
    Tanh,
    /// Inverse hyperbolic sine.
    Asinh,
    /// Inverse hyperbolic cosine.
    Acosh,
    /// Inverse hyperbolic tangent.
    Atanh,
    /// The largest integer that is not above `x`.
    Floor,
    /// The smallest integer that is not below `x`.
    Ceil,
    /// The nearest integer; halves are rounded away from 0.
    Round,
    /// The integer part.
    Trunc,
}

/// An operation on two numbers, `a` and `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `a + b`.
    Add,
    /// `a - b`.
    Subtract,
    /// `a * b`.
    Multiply,
    /// `a / b`.
    Divide,
    /// `a ^ b`.
    Power,
    /// The smaller one, as [`f64::min`].
    Min,
    /// The larger one, as [`f64::max`].
    Max,
    /// The angle of the point (`b`, `a`), as [`f64::atan2`].
    Atan2,
}

impl Unary {
    /// Whether its graph has neither kinks nor jumps.
    pub(crate) fn is_smooth(self) -> bool {
        !matches!(
            self,
            Self::Abs | Self::Sign | Self::Floor | Self::Ceil | Self::Round | Self::Trunc
        )
    }
}

impl Binary {
    /// Whether its graph has no kinks.
    pub(crate) fn is_smooth(self) -> bool {
        !matches!(self, Self::Min | Self::Max)
    }
}
