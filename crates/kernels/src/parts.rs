//! Samples in parts of rows, on all cores.

use rayon::prelude::*;

/// The rows of each part of a pass. They depend on the sizes alone, so that
/// neither do the sums.
pub(crate) fn parts_of(n: usize, least: usize) -> usize {
    least.max(n.div_ceil(64)).next_multiple_of(16)
}

/// Values in parts of `of`; where there are no values, an empty part for each of the `total` divided by `of`.
pub(crate) fn chunks_or_none<V>(
    values: &mut [V],
    of: usize,
    total: usize,
) -> impl Iterator<Item = &mut [V]> {
    let is_empty = values.is_empty();
    let none = std::iter::repeat_with(|| &mut [][..]);
    let none = none.take(if is_empty { total.div_ceil(of) } else { 0 });
    values.chunks_mut(of).chain(none)
}

/// What every part gives, in the parts' order; on all cores where there are several.
pub(crate) fn run_parts<P: Send, R: Send>(
    parts: impl Iterator<Item = P>,
    run: impl Fn(P) -> R + Send + Sync,
) -> Vec<R> {
    let mut parts: Vec<P> = parts.collect();
    // One part is done here: waking a thread takes as long as hundreds of samples.
    match parts.len() {
        0 | 1 => parts.pop().map(run).into_iter().collect(),
        _ => parts.into_par_iter().map(run).collect(),
    }
}
