//! What a function can be on an interval: its values and its first and second derivatives, by interval arithmetic.

use crate::interval::Interval;

pub(crate) const ZERO: Interval = Interval {
    low: 0.0,
    high: 0.0,
};
pub(crate) const ONE: Interval = Interval {
    low: 1.0,
    high: 1.0,
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

impl Enclosure {
    /// The variable itself on an interval.
    pub fn variable(value: Interval) -> Self {
        Self::smooth(value, ONE, ZERO)
    }

    /// Of a constant that is in an interval.
    pub(crate) fn of_constant(value: Interval) -> Self {
        Self::smooth(value, ZERO, ZERO)
    }

    pub(crate) fn smooth(value: Interval, first: Interval, second: Interval) -> Self {
        Self {
            value,
            first,
            second,
            is_defined: true,
            is_continuous: true,
            is_smooth: true,
        }
    }

    /// Constant between its jumps.
    pub(crate) fn step(value: Interval) -> Self {
        let is_constant = value.low == value.high;
        Self {
            is_continuous: is_constant,
            is_smooth: is_constant,
            ..Self::of_constant(value)
        }
        .checked()
    }

    /// Not known to be a number everywhere.
    pub(crate) fn undefined(value: Interval) -> Self {
        Self::smooth(value, Interval::ENTIRE, Interval::ENTIRE).within(false, false)
    }

    /// Smooth within its domain, in which the argument is, or may not be.
    pub(crate) fn within(self, is_inside: bool, is_on_edge: bool) -> Self {
        Self {
            is_defined: is_inside,
            is_continuous: is_inside,
            is_smooth: is_inside && !is_on_edge,
            ..self
        }
    }

    /// Without what is not known.
    pub(crate) fn checked(mut self) -> Self {
        if !self.is_continuous {
            self.first = Interval::ENTIRE;
        }
        if !self.is_smooth {
            self.second = Interval::ENTIRE;
        }
        self
    }
}
