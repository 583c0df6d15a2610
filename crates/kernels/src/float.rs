//! What the fused kernels need of a float type: f32 and f64.

use std::{
    fmt::Debug,
    ops::{Add, AddAssign, Div, Mul, Neg, Sub},
};

use pulp::{Simd, bytemuck::Pod};

use crate::search::Search;

/// f32 or f64.
pub trait Float:
    Search
    + Pod
    + Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// 0.
    const ZERO: Self;
    /// Infinity.
    const INFINITY: Self;
    /// The largest number.
    const MAX: Self;

    /// A number above a unit's, so that units sort by the number.
    type Key: Copy + Ord + Send;

    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Rounded to the nearest.
    fn from_f64(value: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// Its place among all numbers: the next number's is one more.
    fn ordinal(self) -> i64;
    /// The number at a place.
    fn from_ordinal(ordinal: i64) -> Self;
    /// Makes a key.
    fn key(self, unit: u32) -> Self::Key;
    /// A key's number.
    fn number(key: Self::Key) -> Self;
    /// A key's unit.
    fn unit(key: Self::Key) -> u32;
    /// A vector register of them.
    type V<S: Simd>: Copy + Pod;
    /// One value in all lanes.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::V<S>;
    /// `a + b`.
    fn v_add<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>) -> Self::V<S>;
    /// `a b`.
    fn v_mul<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>) -> Self::V<S>;
    /// `a b + c`, rounded once where that is no slower.
    fn mul_add<S: Simd>(simd: S, a: Self::V<S>, b: Self::V<S>, c: Self::V<S>) -> Self::V<S>;
    /// `a` where `z` is positive or a NaN, else 0.
    fn where_positive<S: Simd>(simd: S, z: Self::V<S>, a: Self::V<S>) -> Self::V<S>;
    /// The sum of all lanes.
    fn reduce_sum<S: Simd>(simd: S, a: Self::V<S>) -> Self;
}

macro_rules! float {
    (
        $float:ident, $signed:ident, $unsigned:ident, $key:ident, $vector:ident,
        $splat:ident, $add:ident, $mul:ident, $mul_add:ident, $less_or_equal:ident, $select:ident, $reduce_sum:ident
    ) => {
        impl Float for $float {
            const ZERO: Self = 0.0;
            const INFINITY: Self = $float::INFINITY;
            const MAX: Self = $float::MAX;
            type Key = $key;

            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }

            #[inline(always)]
            fn ordinal(self) -> i64 {
                let bits = self.to_bits() as $signed;
                (bits ^ ((bits >> ($signed::BITS - 1)) as $unsigned >> 1) as $signed).into()
            }

            #[inline(always)]
            fn from_ordinal(ordinal: i64) -> Self {
                let ordinal = ordinal as $signed;
                let bits =
                    ordinal ^ ((ordinal >> ($signed::BITS - 1)) as $unsigned >> 1) as $signed;
                Self::from_bits(bits as $unsigned)
            }

            #[inline(always)]
            fn key(self, unit: u32) -> $key {
                let place = (self.ordinal() as $signed ^ $signed::MIN) as $unsigned;
                $key::from(place) << 32 | $key::from(unit)
            }

            #[inline(always)]
            fn number(key: $key) -> Self {
                let place = (key >> 32) as $unsigned as $signed ^ $signed::MIN;
                Self::from_ordinal(place.into())
            }

            #[inline(always)]
            fn unit(key: $key) -> u32 {
                key as u32
            }

            type V<S: Simd> = S::$vector;

            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> S::$vector {
                simd.$splat(value)
            }

            #[inline(always)]
            fn v_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn v_mul<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$mul(a, b)
            }

            #[inline(always)]
            fn mul_add<S: Simd>(
                simd: S,
                a: S::$vector,
                b: S::$vector,
                c: S::$vector,
            ) -> S::$vector {
                simd.$mul_add(a, b, c)
            }

            #[inline(always)]
            fn where_positive<S: Simd>(simd: S, z: S::$vector, a: S::$vector) -> S::$vector {
                let zero = simd.$splat(0.0);
                simd.$select(simd.$less_or_equal(z, zero), zero, a)
            }

            #[inline(always)]
            fn reduce_sum<S: Simd>(simd: S, a: S::$vector) -> Self {
                simd.$reduce_sum(a)
            }
        }
    };
}

float!(
    f32,
    i32,
    u32,
    u64,
    f32s,
    splat_f32s,
    add_f32s,
    mul_f32s,
    mul_add_e_f32s,
    less_than_or_equal_f32s,
    select_f32s,
    reduce_sum_f32s
);
float!(
    f64,
    i64,
    u64,
    u128,
    f64s,
    splat_f64s,
    add_f64s,
    mul_f64s,
    mul_add_e_f64s,
    less_than_or_equal_f64s,
    select_f64s,
    reduce_sum_f64s
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_follow_the_numbers() {
        let numbers = [-f64::MAX, -1.0, -5e-324, -0.0, 0.0, 5e-324, 1.0, f64::MAX];
        for pair in numbers.windows(2) {
            assert!(pair[0].ordinal() < pair[1].ordinal());
            assert!(pair[0].key(7) < pair[1].key(0));
        }
        for number in numbers {
            assert_eq!(
                f64::from_ordinal(number.ordinal()).to_bits(),
                number.to_bits()
            );
            let narrow = number as f32;
            assert_eq!(
                f32::from_ordinal(narrow.ordinal()).to_bits(),
                narrow.to_bits()
            );
        }
        assert_eq!(f32::from_ordinal(1.0_f32.ordinal() + 1), 1.0_f32.next_up());
        assert_eq!(
            (f64::number(2.5_f64.key(9)), f64::unit(2.5_f64.key(9))),
            (2.5, 9)
        );
        assert_eq!(
            (f32::number((-2.5_f32).key(9)), f32::unit((-2.5_f32).key(9))),
            (-2.5, 9)
        );
    }
}
