//! What is proven of a table, and a domain without one.

use crate::{
    error::ExportError,
    options::{Counts, Dtype},
};

/// What is proven of a table, in the user's units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableBounds {
    /// No value is farther from the network, at any input of the type in the domain.
    pub from_network: f64,
    /// The steepest slope in the domain.
    pub slope: f64,
    /// What rounding an x to the nearest input of the type adds, at most.
    pub of_x: f64,
}

/// What the caller's counts of a table stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableScales {
    /// Those of x.
    pub x: Counts,
    /// Those of y.
    pub y: Counts,
    /// The first and the last count of x in the domain.
    pub ends: [i64; 2],
}

/// A domain with fewer than two numbers of the type.
pub(super) fn empty_domain((low, high): (f64, f64), dtype: Dtype, remedy: &str) -> ExportError {
    ExportError::Options(format!(
        "the domain [{low:?}, {high:?}] has fewer than two numbers of {}; {remedy}",
        dtype.name()
    ))
}
