//! Double-double arithmetic: a number as the unevaluated sum of two f64, which carries about 32 digits.
//!
//! For sums that cancel: a residual of a millionth of the data leaves a squared error of 1e-12, below what differences
//! of f64 sums can show.

/// `hi + lo`, where `hi` is the sum rounded to f64.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Double {
    /// The sum, rounded.
    pub hi: f64,
    /// What rounding left off.
    pub lo: f64,
}

// Knuth's and Dekker's error-free transformations. `inline(always)`: inside a function compiled for a machine with
// fused multiply-add, `mul_add` is one instruction; elsewhere it is a call, slow and as exact.
impl Double {
    /// `a b`, exactly.
    #[inline(always)]
    pub fn product(a: f64, b: f64) -> Self {
        let hi = a * b;
        Self {
            hi,
            lo: a.mul_add(b, -hi),
        }
    }

    /// `a + b`, exactly.
    #[inline(always)]
    fn sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        let b_part = hi - a;
        Self {
            hi,
            lo: (a - (hi - b_part)) + (b - b_part),
        }
    }

    /// `a + b`, exactly, where `|a| >= |b|` or a is 0.
    #[inline(always)]
    fn sum_of_ordered(a: f64, b: f64) -> Self {
        let hi = a + b;
        Self {
            hi,
            lo: b - (hi - a),
        }
    }

    /// `self + other`, to 2^-104 of the larger of the two.
    #[inline(always)]
    pub fn plus(self, other: Self) -> Self {
        let sum = Self::sum(self.hi, other.hi);
        Self::sum_of_ordered(sum.hi, sum.lo + (self.lo + other.lo))
    }

    /// `self - other`.
    #[inline(always)]
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self {
            hi: -other.hi,
            lo: -other.lo,
        })
    }

    /// `self * factor`.
    #[inline(always)]
    pub fn times(self, factor: f64) -> Self {
        let product = Self::product(self.hi, factor);
        Self::sum_of_ordered(product.hi, self.lo.mul_add(factor, product.lo))
    }

    /// `self * other`.
    #[inline(always)]
    pub fn multiply(self, other: Self) -> Self {
        let product = Self::product(self.hi, other.hi);
        let rest = self
            .hi
            .mul_add(other.lo, self.lo.mul_add(other.hi, product.lo));
        Self::sum_of_ordered(product.hi, rest)
    }

    /// `self / other`.
    #[inline(always)]
    pub fn over(self, other: Self) -> Self {
        let quotient = self.hi / other.hi;
        let rest = self.minus(other.times(quotient));
        Self::sum_of_ordered(quotient, rest.hi / other.hi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_f64_loses_is_kept() {
        let third = Double::product(1.0 / 3.0, 3.0); // 1 - 2^-54
        let left = third.minus(Double { hi: 1.0, lo: 0.0 });
        assert_eq!(left.hi, -f64::powi(2.0, -54));
        let tiny = Double { hi: 1e-25, lo: 0.0 };
        let sum = Double { hi: 1e5, lo: 0.0 }.plus(tiny);
        assert_eq!(sum.minus(Double { hi: 1e5, lo: 0.0 }).hi, 1e-25);
        // (1 + 2^-40)(1 - 2^-40) = 1 - 2^-80
        let (above, below) = (1.0 + f64::powi(2.0, -40), 1.0 - f64::powi(2.0, -40));
        let product = Double::product(above, 1.0).times(below);
        assert_eq!(
            product.minus(Double { hi: 1.0, lo: 0.0 }).hi,
            -f64::powi(2.0, -80)
        );
    }
}
