//! The fewest units within a largest error, and the least largest error of some units.

mod attempt;
mod band;
mod found;
mod function;
mod places;
mod problem;
mod rows;
mod search;

pub use band::Band;
pub(crate) use found::Found;
pub use found::{AtLeast, Shipped, Within};
pub(crate) use function::{MOST, OfFunction, most_of};
pub(crate) use problem::{Corridor, NoFit};
pub(crate) use rows::OfRows;
pub(crate) use search::{fewest, least};
