//! Inputs at which fixed-point source is run and its values compared, to the last bit.

use super::fixed::FixedTable;

/// The caller's counts that a self-test looks at: evenly, at and just before some rows, and at the ends.
pub(crate) fn test_counts(table: &FixedTable) -> Vec<i64> {
    let ([least, most], [low, high]) = (table.limits(), table.ends());
    let mut counts = vec![least, most, low, high, low + 1, high - 1];
    counts.extend((1..17).map(|part| low + (high - low) / 17 * part));
    let some = table.knots.iter().step_by(table.knots.len().div_ceil(16));
    let some = some.map(|knot| knot + table.x.bias);
    counts.extend(some.flat_map(|knot| [knot, (knot - 1).max(least)]));
    counts
}

/// 65,536 of the caller's counts, and the sums of their values modulo 2^32: all of 16 bits, and evenly over the domain of 32.
pub(crate) struct Sweep {
    pub(crate) first: i64,
    pub(crate) step: i64,
    pub(crate) sums: [u32; 2],
}

impl Sweep {
    pub(crate) fn of(table: &FixedTable) -> Self {
        let [low, high] = table.ends();
        let (first, step) = match table.bits {
            16 => (table.limits()[0], 1),
            _ => (low, ((high - low) / 65_535).max(1)),
        };
        let mut sums = [0_u32; 2];
        for n in 0..65_536 {
            // As the type counts on.
            let x = match (table.bits, table.x.has_sign()) {
                (16, _) => first + n,
                (_, true) => i64::from((first + step * n) as i32),
                (_, false) => i64::from((first + step * n) as u32),
            };
            let y = match table.bits {
                16 => u32::from(table.at(x) as u16),
                _ => table.at(x) as u32,
            };
            sums[0] = sums[0].wrapping_add(y);
            sums[1] = sums[1].wrapping_add(sums[0]);
        }
        Self { first, step, sums }
    }
}
