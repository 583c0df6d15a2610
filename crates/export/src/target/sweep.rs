//! Inputs at which fixed-point source is run and its values compared, to the last bit.

use super::fixed::FixedTable;

/// Counts that a self-test looks at: evenly, at and just before some rows, and at the ends.
pub(crate) fn test_counts(table: &FixedTable) -> Vec<i64> {
    let limit = 1_i64 << (table.bits - 1);
    let (low, high) = (table.knots[0], table.high);
    let mut counts = vec![-limit, limit - 1, low, high, low + 1, high - 1];
    counts.extend((1..17).map(|part| low + (high - low) / 17 * part));
    let some = table.knots.iter().step_by(table.knots.len().div_ceil(16));
    counts.extend(some.flat_map(|knot| [*knot, (*knot - 1).max(-limit)]));
    counts
}

/// 65,536 counts, and the sums of their values modulo 2^32: all of 16 bits, and evenly over the domain of 32.
pub(crate) struct Sweep {
    pub(crate) first: i64,
    pub(crate) step: i64,
    pub(crate) sums: [u32; 2],
}

impl Sweep {
    pub(crate) fn of(table: &FixedTable) -> Self {
        let (first, step) = match table.bits {
            16 => (-0x8000, 1),
            _ => (
                table.knots[0],
                ((table.high - table.knots[0]) / 65_535).max(1),
            ),
        };
        let mut sums = [0_u32; 2];
        for n in 0..65_536 {
            // As the type counts on.
            let x = first + step * n;
            let y = match table.bits {
                16 => u32::from(table.at(x) as u16),
                _ => table.at(i64::from(x as i32)) as u32,
            };
            sums[0] = sums[0].wrapping_add(y);
            sums[1] = sums[1].wrapping_add(sums[0]);
        }
        Self { first, step, sums }
    }
}
