//! Every method on one problem, each from the same start, and what follows from their numbers.

mod advice;
mod comparison;
mod crossed;
mod methods;
mod picture;
pub mod pwlf;
mod row;

pub use comparison::{Comparison, compare};
pub use row::Row;
