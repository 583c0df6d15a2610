//! A network within a band, and what is proven of it.

use serde::Serialize;
use shallow_export::{Counts, Dtype, MaxError};
use shallow_splines::CorridorNet;

use super::band::Band;
use crate::plan::Goal;

/// A network within a band.
pub(crate) struct Found {
    pub net: CorridorNet,
    /// Proven to be within it.
    pub band: Band,
    /// What no network of so few units, or of so small an error, can be: see the search that found it.
    pub at_least: AtLeast,
    /// Straight pieces with which a network within the band that was asked for was found.
    pub n_pieces: usize,
}

/// What is proven to be impossible.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtLeast {
    /// Fewer straight pieces are not within the error.
    pub pieces: usize,
    /// Nor are fewer hidden units.
    pub units: usize,
    /// No network of as many units has a smaller largest error.
    pub error: f64,
}

/// A network that is best in the largest error, and what is proven of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Within {
    /// What was given.
    pub goal: Goal,
    /// Where it is proven to be.
    pub band: Band,
    /// Its straight pieces.
    pub n_pieces: usize,
    /// What no other network can do.
    pub at_least: AtLeast,
    /// Whether that is proven of a function on its domain; else of a table's rows.
    pub is_of_function: bool,
    /// The table that was to be within the error, and its own error.
    pub shipped: Option<Shipped>,
}

/// A table in the numbers of another machine that is within an error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shipped {
    /// The type of its numbers.
    pub dtype: Dtype,
    /// Its largest error, at inputs of the type: the network's, and what rounding adds. At rows, with what rounding their x to the
    /// nearest input adds.
    pub error_bound: f64,
    /// What counts of x stand for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x_scale: Option<Counts>,
    /// What counts of y stand for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y_scale: Option<Counts>,
}

impl Within {
    /// The bound at a table's rows, in the units of y.
    pub(crate) fn at_rows(&self) -> Option<MaxError> {
        let is_bound = !self.is_of_function && !self.band.is_relative;
        is_bound.then_some(MaxError {
            bound: self.band.tolerance,
            at_rows: true,
        })
    }

    /// Places in increasing order, and the least and largest error that is allowed there.
    pub(crate) fn bounds(&self, x: &[f64], y: &[f64]) -> [Vec<f64>; 3] {
        let mut rows: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ends = |y: f64| self.band.errors(y);
        [
            rows.iter().map(|(x, _)| *x).collect(),
            rows.iter().map(|(_, y)| ends(*y)[0]).collect(),
            rows.iter().map(|(_, y)| ends(*y)[1]).collect(),
        ]
    }
}
