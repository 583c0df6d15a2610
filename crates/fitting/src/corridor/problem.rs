//! What is to be approximated: a function or rows, as gates; and why it cannot be.

use shallow_export::Function;
use shallow_splines::Gate;

use super::{
    band::Band,
    places::{Gates, Place},
};
use crate::proof::Network;

/// Smaller errors are not sought: floats end there.
const LEAST: f64 = 1e-290;

/// Determinants of smaller values are not exact.
const SMALLEST: f64 = 1e-140;

/// What is to be approximated.
pub(crate) trait Corridor {
    /// The places that gates are made of, ascending, the domain's ends among them.
    fn places(&self) -> &[Place];

    /// The largest value.
    fn size(&self) -> f64;

    /// Adds places where a path from one end to the other leaves the band between them. The number of its pieces, or where nothing
    /// passes. More than `most` pieces are not sought.
    fn refine(
        &mut self,
        band: Band,
        which: Gates,
        is_backward: bool,
        most: usize,
    ) -> Result<usize, f64>;

    /// What keeps a network from being proven to be within the band. There may be more places afterwards.
    fn excess(&mut self, function: &Function, band: Band) -> Result<Excess, NoFit>;

    fn domain(&self) -> (f64, f64) {
        let places = self.places();
        (places[0].x, places[places.len() - 1].x)
    }

    /// The gates, or where nothing passes.
    fn gates(&self, band: Band, which: Gates) -> Result<Vec<Gate>, f64> {
        let gate = |place: &Place| place.gate(band, which).ok_or(place.x);
        self.places().iter().map(gate).collect()
    }

    /// How far a network's values may be off by rounding.
    fn rounding(&self, function: &Function) -> f64 {
        Network::new(function, self.domain()).most_rounding()
    }

    /// An error that is rounding alone.
    fn negligible(&self, band: Band) -> f64 {
        let size = if band.is_relative { 1.0 } else { self.size() };
        (4096.0 * f64::EPSILON * size).max(LEAST)
    }
}

/// How far outside of a band a network is, or may be for all that is proven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Excess {
    /// It is within.
    None,
    /// By so much at a place.
    Seen(f64),
    /// By no more than this, and perhaps not at all.
    Possible(f64),
}

/// Why no network is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum NoFit {
    /// The function jumps by more than a network within the band could; one needs at least this tolerance.
    Jump { at: f64, size: f64, least: f64 },
    /// It is not known to have a value here.
    Undefined { at: f64 },
    /// Nothing passes here: rows of one input that are too far apart, a relative error of 0, rounding.
    Closed { at: f64 },
    /// Errors are shares of what is 0 here, or changes its sign.
    Zero { at: f64 },
    /// All values are so small that products of them are no floats.
    TooSmall,
    /// More places than are looked at would be needed from here on.
    TooFine { at: f64 },
    /// More pieces than are fitted.
    TooManyPieces { about: f64 },
    /// A network that could not be proven within this much work.
    Unproven {
        /// By how much more it would be, or infinite.
        by: f64,
    },
}

/// Refuses values whose determinants are not exact.
pub(crate) fn check_size(size: f64) -> Result<(), NoFit> {
    match size == 0.0 || size >= SMALLEST {
        true => Ok(()),
        false => Err(NoFit::TooSmall),
    }
}
