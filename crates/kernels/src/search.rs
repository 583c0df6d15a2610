//! Which piece of a table every sample is in: how many of the sorted starts of pieces are not right of it.
//!
//! A binary search without branches, tens of samples in lock-step: with a branch, every step costs a misprediction for
//! every second sample, and a search ten times as much. Where there is AVX2, a step gathers its starts with one
//! instruction, and in f32 the first four steps find theirs in two registers.

// The one kernel with unsafe code: a gather reads through a pointer, at places that `Starts` keeps in bounds.
#![allow(unsafe_code)]

/// Samples in lock-step.
const LANES: usize = 32;

/// The starts of pieces from left to right, padded with NaN, which is left of nothing, to one less than a power of two.
#[derive(Debug)]
pub(super) struct Starts<T>(Vec<T>);

impl<T: Search> Starts<T> {
    /// Of sorted starts.
    pub(super) fn new(mut sorted: Vec<T>) -> Self {
        sorted.resize((sorted.len() + 1).next_power_of_two() - 1, T::NAN);
        Self(sorted)
    }

    /// The piece of every sample; a NaN is in the first.
    pub(super) fn pieces(&self, x: &[T], pieces: &mut [u32]) {
        let mut lanes = [T::default(); LANES];
        let mut found = [0; LANES];
        let whole = x.len() / LANES * LANES;
        let (x, x_rest) = x.split_at(whole);
        let (pieces, rest) = pieces.split_at_mut(whole);
        T::search(self, x.as_chunks().0, pieces.as_chunks_mut().0);
        if !x_rest.is_empty() {
            lanes[..x_rest.len()].copy_from_slice(x_rest);
            T::search(self, &[lanes], std::slice::from_mut(&mut found));
            rest.copy_from_slice(&found[..rest.len()]);
        }
    }

    /// The width of the first step, half of the number of pieces, padded.
    fn half(&self) -> usize {
        self.0.len().div_ceil(2)
    }
}

/// On any processor.
fn portable<T: Search>(starts: &Starts<T>, x: &[[T; LANES]], pieces: &mut [[u32; LANES]]) {
    for (x, pieces) in x.iter().zip(pieces) {
        let mut at = [0; LANES];
        let mut step = starts.half();
        while step > 0 {
            for (at, x) in at.iter_mut().zip(x) {
                let right = *at + step;
                *at = std::hint::select_unpredictable(starts.0[right - 1] <= *x, right, *at);
            }
            step /= 2;
        }
        *pieces = at.map(|at| at as u32);
    }
}

/// A float type whose pieces can be searched.
pub trait Search: Copy + Default + PartialOrd {
    /// Not a number.
    const NAN: Self;

    /// The pieces of samples.
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn search(starts: &Starts<Self>, x: &[[Self; LANES]], pieces: &mut [[u32; LANES]]);
}

#[allow(private_interfaces)]
impl Search for f32 {
    const NAN: Self = Self::NAN;

    fn search(starts: &Starts<f32>, x: &[[f32; LANES]], pieces: &mut [[u32; LANES]]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            return pulp::Simd::vectorize(
                simd,
                avx2::Lookup {
                    simd,
                    starts,
                    x,
                    pieces,
                },
            );
        }
        portable(starts, x, pieces);
    }
}

#[allow(private_interfaces)]
impl Search for f64 {
    const NAN: Self = Self::NAN;

    fn search(starts: &Starts<f64>, x: &[[f64; LANES]], pieces: &mut [[u32; LANES]]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            return pulp::Simd::vectorize(
                simd,
                avx2::Lookup {
                    simd,
                    starts,
                    x,
                    pieces,
                },
            );
        }
        portable(starts, x, pieces);
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{__m256, __m256d, __m256i, _CMP_LE_OQ};

    use pulp::{NullaryFnOnce, x86::V3};

    use super::{LANES, Starts};

    /// A search, in either float type.
    pub(super) struct Lookup<'a, T> {
        pub(super) simd: V3,
        pub(super) starts: &'a Starts<T>,
        pub(super) x: &'a [[T; LANES]],
        pub(super) pieces: &'a mut [[u32; LANES]],
    }

    impl NullaryFnOnce for Lookup<'_, f32> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self {
                simd,
                starts,
                x,
                pieces,
            } = self;
            let (avx, avx2) = (simd.avx, simd.avx2);
            // The starts of the first four steps in order, the fifteen that part the pieces into sixteenths.
            let n = starts.0.len() + 1;
            let sixteenth = n / 16;
            let top: [f32; 16] = std::array::from_fn(|i| match (i + 1) * sixteenth {
                0 => f32::NAN,
                end => *starts.0.get(end - 1).unwrap_or(&f32::NAN),
            });
            let [low, high]: [__m256; 2] = pulp::cast(top);
            let middle = avx._mm256_set1_ps(top[7]);
            let first = if sixteenth > 0 { sixteenth } else { n };
            for (x, pieces) in x.iter().zip(pieces) {
                let x: [__m256; LANES / 8] = pulp::cast(*x);
                let mut at = [avx._mm256_setzero_si256(); LANES / 8];
                let right_of = |start: __m256, x: __m256, step: __m256i| {
                    let is_right = avx._mm256_cmp_ps::<_CMP_LE_OQ>(start, x);
                    avx2._mm256_and_si256(step, avx._mm256_castps_si256(is_right))
                };
                if sixteenth > 0 {
                    for (at, x) in at.iter_mut().zip(x) {
                        let is_high = avx._mm256_cmp_ps::<_CMP_LE_OQ>(middle, x);
                        for step in [4, 2, 1] {
                            let last = avx2._mm256_add_epi32(*at, avx._mm256_set1_epi32(step - 1));
                            let low = avx2._mm256_permutevar8x32_ps(low, last);
                            let high = avx2._mm256_permutevar8x32_ps(high, last);
                            let start = avx._mm256_blendv_ps(low, high, is_high);
                            let add = right_of(start, x, avx._mm256_set1_epi32(step));
                            *at = avx2._mm256_add_epi32(*at, add);
                        }
                        let eight = avx._mm256_set1_epi32(8);
                        let add = avx2._mm256_and_si256(eight, avx._mm256_castps_si256(is_high));
                        let sixteenths = avx2._mm256_add_epi32(*at, add);
                        *at = avx2._mm256_mullo_epi32(
                            sixteenths,
                            avx._mm256_set1_epi32(sixteenth as i32),
                        );
                    }
                }
                let mut step = first / 2;
                while step > 0 {
                    let width = avx._mm256_set1_epi32(step as i32);
                    let starts = &starts.0[step - 1..];
                    for (at, x) in at.iter_mut().zip(x) {
                        // SAFETY: `at` is at most n - 2 step, and n - 1 the number of starts: n is a power of two, and every
                        // wider step added its width or nothing. So `at` is below `starts.len() = n - step`.
                        debug_assert!(
                            pulp::cast::<_, [u32; 8]>(*at)
                                .iter()
                                .all(|at| (*at as usize) < starts.len())
                        );
                        let start = unsafe { avx2._mm256_i32gather_ps::<4>(starts.as_ptr(), *at) };
                        *at = avx2._mm256_add_epi32(*at, right_of(start, x, width));
                    }
                    step /= 2;
                }
                *pieces = pulp::cast(at);
            }
        }
    }

    impl NullaryFnOnce for Lookup<'_, f64> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self {
                simd,
                starts,
                x,
                pieces,
            } = self;
            let (avx, avx2) = (simd.avx, simd.avx2);
            for (x, pieces) in x.iter().zip(pieces) {
                let x: [__m256d; LANES / 4] = pulp::cast(*x);
                let mut at = [avx._mm256_setzero_si256(); LANES / 4];
                let mut step = starts.half();
                while step > 0 {
                    let width = avx._mm256_set1_epi64x(step as i64);
                    let starts = &starts.0[step - 1..];
                    for (at, x) in at.iter_mut().zip(x) {
                        // SAFETY: as in f32.
                        debug_assert!(
                            pulp::cast::<_, [u64; 4]>(*at)
                                .iter()
                                .all(|at| (*at as usize) < starts.len())
                        );
                        let start = unsafe { avx2._mm256_i64gather_pd::<8>(starts.as_ptr(), *at) };
                        let is_right = avx._mm256_cmp_pd::<_CMP_LE_OQ>(start, x);
                        let add = avx2._mm256_and_si256(width, avx._mm256_castpd_si256(is_right));
                        *at = avx2._mm256_add_epi64(*at, add);
                    }
                    step /= 2;
                }
                let at: [u64; LANES] = pulp::cast(at);
                *pieces = at.map(|at| at as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check<T: Search + std::fmt::Debug>(
        mut starts: Vec<T>,
        x: Vec<T>,
    ) -> Result<(), TestCaseError> {
        starts.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let mut pieces = vec![0; x.len()];
        let padded = Starts::new(starts.clone());
        padded.pieces(&x, &mut pieces);
        let mut portably = vec![[0; LANES]; 1];
        for (x, piece) in x.iter().zip(pieces) {
            let not_right = starts.iter().filter(|start| *start <= x).count() as u32;
            prop_assert_eq!(piece, not_right);
            portable(&padded, &[[*x; LANES]], &mut portably);
            prop_assert_eq!(portably[0], [not_right; LANES]);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Among starts and samples that are often the same.
        #[test]
        fn a_piece_is_the_number_of_starts_not_right_of_a_sample(
            starts in prop::collection::vec(-20..20_i8, 0..100),
            x in prop::collection::vec(-21..21_i8, 0..70),
        ) {
            let of = |values: &[i8]| values.iter().map(|v| f64::from(*v) / 8.0).collect::<Vec<_>>();
            let narrow = |values: &[i8]| values.iter().map(|v| f32::from(*v) / 8.0).collect::<Vec<_>>();
            check(of(&starts), of(&x))?;
            check(narrow(&starts), narrow(&x))?;
        }
    }

    #[test]
    fn of_many_starts_none_is_missed() {
        for n in [15, 16, 31, 255, 256, 4096, 5000] {
            let starts: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let x: Vec<f32> = (-1..n).flat_map(|i| [i as f32, i as f32 + 0.5]).collect();
            let mut pieces = vec![0; x.len()];
            Starts::new(starts).pieces(&x, &mut pieces);
            let wanted: Vec<u32> = (0..=n as u32).flat_map(|i| [i, i]).collect();
            assert_eq!(pieces, wanted, "{n}");
        }
    }

    #[test]
    fn also_what_is_no_number_is_in_a_piece() {
        let starts = Starts::new(vec![-1.0_f32; 20]);
        let mut pieces = vec![7; 3];
        starts.pieces(&[f32::NAN, f32::NEG_INFINITY, f32::INFINITY], &mut pieces);
        assert_eq!(pieces, [0, 0, 20]);
    }
}
