//! Closed intervals of real numbers, whose arithmetic is rounded outward.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A closed interval of real numbers; its ends may be infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end, not below the lower one.
    pub high: f64,
}

/// Smaller products and quotients have errors that are not floats.
const TINY: f64 = 1e-290;

/// A rounded result, and whether it is exact.
type Rounded = (f64, bool);

fn sum(a: f64, b: f64) -> Rounded {
    let sum = a + b;
    let b_of_sum = sum - a;
    let error = (a - (sum - b_of_sum)) + (b - b_of_sum);
    (sum, error == 0.0)
}

fn product(a: f64, b: f64) -> Rounded {
    if a == 0.0 || b == 0.0 {
        return (0.0, true); // of an infinite end, too
    }
    let product = a * b;
    let is_exact = product.abs() > TINY && a.mul_add(b, -product) == 0.0;
    (product, is_exact)
}

fn quotient(a: f64, b: f64) -> Rounded {
    if a == 0.0 {
        return (0.0, true);
    }
    let quotient = a / b;
    let is_exact = a.abs() > TINY && quotient.abs() > TINY && quotient.mul_add(b, -a) == 0.0;
    (quotient, is_exact)
}

fn below((value, is_exact): Rounded) -> f64 {
    if is_exact { value } else { value.next_down() }
}

fn above((value, is_exact): Rounded) -> f64 {
    if is_exact { value } else { value.next_up() }
}

impl Interval {
    /// All real numbers.
    pub const ENTIRE: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// # Panics
    ///
    /// Unless `low <= high`.
    pub fn new(low: f64, high: f64) -> Self {
        assert!(low <= high, "no interval from {low} to {high}");
        Self { low, high }
    }

    /// Of one number.
    pub fn point(x: f64) -> Self {
        Self { low: x, high: x }
    }

    /// With ends that may be no numbers, which are then infinite.
    pub(crate) fn outer(low: f64, high: f64) -> Self {
        Self {
            low: if low.is_nan() { f64::NEG_INFINITY } else { low },
            high: if high.is_nan() { f64::INFINITY } else { high },
        }
    }

    /// Widened by some floats on either side.
    pub(crate) fn widened(self, floats: usize) -> Self {
        let (mut low, mut high) = (self.low, self.high);
        for _ in 0..floats {
            (low, high) = (low.next_down(), high.next_up());
        }
        Self { low, high }
    }

    /// How long it is, rounded up.
    pub fn width(self) -> f64 {
        above(sum(self.high, -self.low))
    }

    /// A float within, near its middle.
    pub fn middle(self) -> f64 {
        f64::midpoint(self.low, self.high)
    }

    /// The largest magnitude in it.
    pub fn magnitude(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    /// Whether a number is in it.
    pub fn contains(self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }

    /// Whether both ends are finite.
    pub fn is_bounded(self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    /// The least interval that holds both.
    pub fn hull(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// What both hold.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        (low <= high).then_some(Self { low, high })
    }

    /// `x^2`.
    pub fn square(self) -> Self {
        let [low, high] = [self.low.abs(), self.high.abs()];
        let (least, most) = if self.contains(0.0) {
            (0.0, low.max(high))
        } else {
            (low.min(high), low.max(high))
        };
        Self {
            low: below(product(least, least)).max(0.0),
            high: above(product(most, most)),
        }
    }
}

impl Neg for Interval {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            low: -self.high,
            high: -self.low,
        }
    }
}

impl Add for Interval {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::outer(
            below(sum(self.low, other.low)),
            above(sum(self.high, other.high)),
        )
    }
}

impl Sub for Interval {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Interval {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (a, b) = (self, other);
        for (one, other) in [(a, b), (b, a)] {
            if one == Self::point(0.0) || one == Self::point(1.0) {
                return if one.low == 0.0 { one } else { other };
            }
        }
        if a.low >= 0.0 && b.low >= 0.0 {
            return Self {
                low: below(product(a.low, b.low)),
                high: above(product(a.high, b.high)),
            };
        }
        let products = [
            (a.low, b.low),
            (a.low, b.high),
            (a.high, b.low),
            (a.high, b.high),
        ]
        .map(|(a, b)| product(a, b));
        extremes(products)
    }
}

impl Div for Interval {
    type Output = Self;

    /// By an interval that holds 0: all that division by its other numbers can give.
    fn div(self, other: Self) -> Self {
        let (a, b) = (self, other);
        if b.low > 0.0 || b.high < 0.0 {
            let quotients = [
                (a.low, b.low),
                (a.low, b.high),
                (a.high, b.low),
                (a.high, b.high),
            ];
            let quotients = quotients.map(|(a, b)| match a.is_infinite() && b.is_infinite() {
                true => (0.0, true), // the other ends give the infinite one
                false => quotient(a, b),
            });
            return extremes(quotients);
        }
        let is_one_sided = (b.low == 0.0) != (b.high == 0.0) && !a.contains(0.0);
        if !is_one_sided {
            return Self::ENTIRE;
        }
        // The least magnitude of the quotient, and its sign.
        let (a_least, b_most) = (a.low.abs().min(a.high.abs()), b.magnitude());
        let least = below(quotient(a_least, b_most)).max(0.0);
        match (a.low > 0.0) == (b.low == 0.0) {
            true => Self::outer(least, f64::INFINITY),
            false => Self::outer(f64::NEG_INFINITY, -least),
        }
    }
}

fn extremes(values: [Rounded; 4]) -> Interval {
    let mut hull = Interval {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
    };
    for value in values {
        hull.low = hull.low.min(below(value));
        hull.high = hull.high.max(above(value));
    }
    hull
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(low: f64, high: f64) -> Interval {
        Interval::new(low, high)
    }

    #[test]
    fn exact_results_stay_exact_and_others_are_rounded_outward() {
        assert_eq!(of(1.0, 2.0) + of(0.5, 3.0), of(1.5, 5.0));
        assert_eq!(of(-1.0, 2.0) * of(-3.0, 4.0), of(-6.0, 8.0));
        assert_eq!(of(1.0, 3.0) / of(2.0, 4.0), of(0.25, 1.5));
        assert_eq!(of(-3.0, 2.0).square(), of(0.0, 9.0));
        let third = Interval::point(1.0) / Interval::point(3.0);
        assert!(third.low < third.high && third.contains(1.0 / 3.0));
        let tenths = Interval::point(0.1) + Interval::point(0.2);
        assert!(tenths.low < tenths.high && tenths.width() < 1e-15);
    }

    #[test]
    fn infinite_ends_never_make_numbers_that_are_none() {
        let half_line = of(0.0, f64::INFINITY);
        for result in [
            half_line - half_line,
            half_line * of(0.0, 1.0),
            half_line / half_line,
            half_line / of(1.0, f64::INFINITY),
            Interval::ENTIRE * Interval::point(0.0),
            of(f64::MAX, f64::MAX) + of(f64::MAX, f64::MAX),
        ] {
            assert!(result.low <= result.high, "{result:?}");
        }
        assert_eq!((of(f64::MAX, f64::MAX) * of(2.0, 2.0)).low, f64::MAX);
    }

    #[test]
    fn division_by_zero_gives_what_it_can() {
        assert_eq!(of(1.0, 2.0) / of(0.0, 4.0), of(0.25, f64::INFINITY));
        assert_eq!(of(1.0, 2.0) / of(-4.0, 0.0), of(f64::NEG_INFINITY, -0.25));
        assert_eq!(of(-2.0, -1.0) / of(0.0, 4.0), of(f64::NEG_INFINITY, -0.25));
        assert_eq!(of(1.0, 2.0) / of(-1.0, 1.0), Interval::ENTIRE);
    }
}
