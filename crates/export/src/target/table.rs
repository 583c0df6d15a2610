//! A table of either kind of numbers.

use shallow_data::short;

use super::{
    bounds::{TableBounds, TableScales},
    fixed::FixedTable,
    float::FloatTable,
    lines::Lines,
};
use crate::{
    error::ExportError,
    options::{Direction, Dtype, SourceOptions},
};

/// Straight pieces, each a row: where it begins, its value there, and its slope.
#[derive(Debug, Clone)]
pub(crate) enum Table {
    /// In f64 or f32.
    Float(FloatTable),
    /// In counts of 16 or 32 bits.
    Fixed(FixedTable),
}

impl Table {
    pub(crate) fn new(
        lines: &Lines,
        dtype: Dtype,
        options: &SourceOptions,
    ) -> Result<Self, ExportError> {
        let direction = lines.direction(options.monotone);
        let table = match dtype {
            Dtype::F64 | Dtype::F32 => Self::Float(FloatTable::new(lines, dtype, direction)?),
            Dtype::Q15 | Dtype::Q31 => {
                Self::Fixed(FixedTable::new(lines, dtype, options, direction)?)
            }
        };
        if !table.bounds().from_network.is_finite() {
            return Err(ExportError::content(
                "the network's weights are too large for a table; scale the samples and fit again",
            ));
        }
        match options.monotone {
            Some(way) if table.direction() != Some(way) => Err(turned(lines, way)),
            _ => Ok(table),
        }
    }

    /// How far it may be from the network.
    pub(crate) fn bounds(&self) -> TableBounds {
        match self {
            Self::Float(table) => table.bounds,
            Self::Fixed(table) => table.bounds,
        }
    }

    /// The way it goes, if it goes one way: in its own arithmetic.
    pub(crate) fn direction(&self) -> Option<Direction> {
        match self {
            Self::Float(table) => table.direction,
            Self::Fixed(table) => table.direction,
        }
    }

    /// What the caller's counts of x and of y stand for, and those of x at the ends of the domain.
    pub(crate) fn scales(&self) -> Option<TableScales> {
        match self {
            Self::Float(_) => None,
            Self::Fixed(table) => Some(TableScales {
                x: table.x.counts,
                y: table.y.counts,
                ends: table.ends(),
            }),
        }
    }

    /// Straight pieces.
    pub(crate) fn n_rows(&self) -> usize {
        match self {
            Self::Float(table) => table.knots.len(),
            Self::Fixed(table) => table.knots.len(),
        }
    }
}

/// A table that does not go the way that was asked for, because its network does not.
fn turned(lines: &Lines, way: Direction) -> ExportError {
    let (other, name) = match way {
        Direction::Increasing => ("falls", "increasing"),
        Direction::Decreasing => ("rises", "decreasing"),
    };
    ExportError::Options(match lines.turn(way) {
        Some([from, to, back]) => format!(
            "the table is not {name}: the network {other} by {} from {} to {}; fit it to be {name}",
            short(back),
            short(from),
            short(to)
        ),
        None => format!("the table is not {name} in its own arithmetic; use f64"),
    })
}
