//! The fewest units within a largest error, and the least largest error of some units.

mod band;
mod function;
mod places;
mod rows;
mod search;

pub use band::Band;
pub(crate) use function::OfFunction;
pub(crate) use rows::OfRows;
pub use search::{AtLeast, Within};
pub(crate) use search::{Corridor, Found, NoFit, fewest, least};
