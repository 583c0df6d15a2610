//! Places of a domain and the values there, from which gates are made.

use shallow_expression::Interval;
use shallow_splines::{self as splines, Gate};

use super::band::Band;

/// A place, and what is known of the least and the largest value there: of a function both are its enclosure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub x: f64,
    pub least: Interval,
    pub most: Interval,
    /// The function's slope; of rows nothing.
    pub slope: f64,
}

/// Which gates.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gates {
    /// All that is within the band passes them.
    Outer,
    /// What passes them is within the band, with room to spare.
    Inner {
        /// As a share of the tolerance, half of which may be used up between the places.
        share: f64,
        /// What the network's values may be off.
        rounding: f64,
    },
}

/// How far outside of outer gates a path is let, as a share of the tolerance.
const SLACK: f64 = 5e-8;

impl Place {
    /// Its gate. None where nothing passes.
    pub fn gate(&self, band: Band, which: Gates) -> Option<Gate> {
        match which {
            Gates::Outer => band.outer(self.x, self.least, self.most),
            Gates::Inner { share, rounding } => {
                let size = band.unit(self.least.magnitude());
                let away = share * band.tolerance * size + rounding;
                band.inner(self.x, self.least, self.most, away)
            }
        }
    }

    /// Its gate, for where more of them are needed.
    pub fn seen(&self, band: Band, which: Gates) -> Option<splines::Place> {
        let share = match which {
            Gates::Outer => SLACK,
            Gates::Inner { share, .. } => 0.5 * share,
        };
        Some(splines::Place {
            gate: self.gate(band, which)?,
            slopes: band.slopes(self.least.middle(), self.slope),
            slack: share * band.tolerance * band.unit(self.least.magnitude()),
        })
    }
}
