//! How the row of an input is found: by binary search without branches, or by equal cells in constant time.

/// The sizes of the steps of a binary search among so many rows: at each, the row that far on is taken if it begins at or before
/// the input. No step's size depends on what the ones before found.
pub(crate) fn halves(n_rows: usize) -> Vec<usize> {
    let mut left = n_rows;
    let mut steps = Vec::new();
    while left > 1 {
        steps.push(left / 2);
        left -= left / 2;
    }
    steps
}

/// Cells may be so many times the rows for the sake of one comparison only.
const MOST_CELLS: usize = 8;

/// Equal cells of counts: the row of an input is among the few from `rows[cell]` on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FixedCells {
    /// A cell is `2^shift` counts wide.
    pub(crate) shift: u32,
    /// The first row that may hold an input of the cell.
    pub(crate) rows: Vec<usize>,
    /// So many rows may, from there on.
    pub(crate) window: usize,
}

impl FixedCells {
    /// For rows that begin so many counts from the first, ascending, where the last count is `span`, of a type of so many bits.
    pub(crate) fn new(begins: &[u64], span: u64, bits: u32) -> Self {
        let of = |shift: u32| {
            let n_cells = (span >> shift) as usize + 1;
            let cells: Vec<usize> = begins
                .iter()
                .map(|begin| (begin >> shift) as usize)
                .collect();
            let (rows, window) = windows(&cells, &cells, n_cells);
            Self {
                shift,
                rows,
                window,
            }
        };
        // No type is shifted by all its bits.
        let widest = (64 - span.leading_zeros()).min(bits - 1);
        let most = MOST_CELLS * begins.len();
        let allowed = (0..=widest)
            .rev()
            .map(of)
            .take_while(|cells| cells.rows.len() <= most);
        // The fewest comparisons, and of these the fewest cells.
        let best = allowed.min_by_key(|cells| halves(cells.window).len());
        best.unwrap_or_else(|| of(widest))
    }
}

/// Equal cells of floats: an input x is in cell `(x - low) cells_per_x`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FloatCells {
    /// Times `x - low`, it is the number of the cell.
    pub(crate) cells_per_x: f64,
    /// The first row that may hold an input of the cell.
    pub(crate) rows: Vec<usize>,
    /// So many rows may, from there on.
    pub(crate) window: usize,
}

impl FloatCells {
    /// For rows that begin at these numbers, ascending. The number of a cell is computed with two roundings of this relative size, so
    /// that a row at the edge of a cell may be met in two.
    pub(crate) fn new(begins: &[f64], high: f64, rounding: f64) -> Self {
        let low = begins[0];
        let of = |n_cells: usize| {
            let cells_per_x = round_down(n_cells as f64 / (high - low), rounding);
            let cell = |x: f64, by: f64| {
                let number = (x - low) * cells_per_x * (1.0 + by * 4.0 * rounding);
                (number as usize).min(n_cells - 1)
            };
            let first: Vec<usize> = begins.iter().map(|x| cell(*x, -1.0)).collect();
            let last: Vec<usize> = begins.iter().map(|x| cell(*x, 1.0)).collect();
            let (rows, window) = windows(&first, &last, n_cells);
            Self {
                cells_per_x,
                rows,
                window,
            }
        };
        let most = MOST_CELLS * begins.len();
        let sizes = (0..).map(|power| 1_usize << power);
        let allowed = sizes.take_while(|n_cells| *n_cells <= most).map(of);
        let best = allowed.min_by_key(|cells| halves(cells.window).len());
        best.expect("one cell is allowed")
    }
}

/// A number that f32 holds where the rounding is f32's, not above the value.
fn round_down(value: f64, rounding: f64) -> f64 {
    match rounding > 1e-10 {
        true if f64::from(value as f32) > value => f64::from((value as f32).next_down()),
        true => f64::from(value as f32),
        false => value,
    }
}

/// Bytes of a number of a row, in the smallest type that holds all.
pub(crate) fn row_bytes(rows: &[usize]) -> usize {
    if rows.iter().max() <= Some(&255) {
        1
    } else {
        2
    }
}

/// Of each cell the first row that may hold its inputs, and how many rows may at most; of rows that begin in a cell between `first`
/// and `last`.
fn windows(first: &[usize], last: &[usize], n_cells: usize) -> (Vec<usize>, usize) {
    let mut rows = Vec::with_capacity(n_cells);
    let mut window = 1;
    for cell in 0..n_cells {
        // Rows that begin in an earlier cell for sure are at or before every input here.
        let surely = last.partition_point(|last| *last < cell).max(1) - 1;
        let perhaps = first.partition_point(|first| *first <= cell) - 1;
        window = window.max(perhaps - surely + 1);
        rows.push(surely);
    }
    // A window never ends beyond the last row.
    for row in &mut rows {
        *row = (*row).min(first.len() - window);
    }
    (rows, window)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(begins: &[f64], x: f64, base: usize, window: usize) -> usize {
        let mut row = base;
        for half in halves(window) {
            if x >= begins[row + half] {
                row += half;
            }
        }
        row
    }

    proptest! {
        #[test]
        fn every_way_finds_the_row(
            mut begins in prop::collection::btree_set(0_u64..60_000, 1..60),
            x in prop::collection::vec(0_u64..65_536, 50),
        ) {
            begins.insert(0);
            let begins: Vec<u64> = begins.into_iter().collect();
            let places: Vec<f64> = begins.iter().map(|begin| *begin as f64).collect();
            let fixed = FixedCells::new(&begins, 65_535, 16);
            let float = FloatCells::new(&places, 65_535.0, 6e-8);
            for x in x.iter().chain(&begins) {
                let wanted = begins.partition_point(|begin| begin <= x) - 1;
                let at = *x as f64;
                prop_assert_eq!(found(&places, at, 0, begins.len()), wanted);
                let cell = fixed.rows[(x >> fixed.shift) as usize];
                prop_assert_eq!(found(&places, at, cell, fixed.window), wanted);
                let number = (at as f32) * (float.cells_per_x as f32);
                let cell = float.rows[(number as usize).min(float.rows.len() - 1)];
                prop_assert_eq!(found(&places, at, cell, float.window), wanted);
            }
        }
    }
}
