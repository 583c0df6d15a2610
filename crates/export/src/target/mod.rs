//! A network's straight pieces in the numbers of a target: floats or counts, with a proven bound of all that rounding does.

mod bounds;
mod fixed;
mod float;
mod lines;
mod lookup;
mod sweep;
mod table;
#[cfg(test)]
mod tests;

pub use bounds::{TableBounds, TableScales};
pub(crate) use fixed::{Axis, FixedTable, Norms};
pub(crate) use float::FloatTable;
pub(crate) use lines::Lines;
pub(crate) use lookup::{halves, row_bytes};
pub(crate) use sweep::{Sweep, test_counts};
pub(crate) use table::Table;
