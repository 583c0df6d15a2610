//! Samples reduced to moments of cells: the SQL that does it where they lie, and the table that comes of it.
//!
//! A fit in the mean needs of its samples no more than their number, means and centred squares in each of many cells of x. Any engine
//! that groups rows can compute these, on one machine or a thousand: [`Query`] is what to ask it, [`MomentsTable`] is its answer.

mod dialect;
mod error;
mod pass;
mod query;
mod table;

pub use dialect::Dialect;
pub use error::MomentsError;
pub use pass::{Columns, Reducer, reduce};
pub use query::{Cells, Query, default_cells};
pub use table::{GroupMoments, MomentsTable};
