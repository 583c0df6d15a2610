//! What a person reads of a fit: the lines that the program prints and its page shows.

mod advice;
mod noise;
mod proven;
mod run;

pub use advice::advice;
pub use run::{of_groups, summary};
