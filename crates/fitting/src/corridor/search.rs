//! The search: networks within bands, and the bands that no network of some units is within.

use serde::Serialize;
use shallow_analytic::Parameters;
use shallow_data::Scaling;
use shallow_export::Function;
use shallow_splines::{CorridorNet, Gate, fewest_units};

use super::{band::Band, places::Gates};
use crate::plan::Goal;

/// Times that a proof is tried, with more gates or more room for rounding each time.
const PROOFS: usize = 24;

/// Room for what is between gates, of a network that is proven to be within its band.
const ROOM: f64 = 1e-7;

/// How well a least error is known, and how well one that is only improved upon.
const DIGITS: f64 = 4e-7;
const ROUGH: f64 = 1e-3;

/// Halvings between an error that is not proven and one that is.
const MORE: usize = 6;

/// Up to this many units, and places, an error is improved upon.
const IMPROVED: usize = 32;
const IMPROVED_PLACES: usize = 1_000_000;

/// What is to be approximated.
pub(crate) trait Corridor {
    fn domain(&self) -> (f64, f64);

    /// The largest value.
    fn size(&self) -> f64;

    fn n_places(&self) -> usize;

    /// An error that is rounding alone.
    fn negligible(&self, band: Band) -> f64 {
        64.0 * f64::EPSILON * if band.is_relative { 1.0 } else { self.size() }
    }

    /// The gates, or where nothing passes.
    fn gates(&self, band: Band, which: Gates) -> Result<Vec<Gate>, f64>;

    /// Adds gates where a path from one end to the other leaves the band between them. The number of its pieces, or where nothing
    /// passes.
    fn refine(&mut self, band: Band, which: Gates, is_backward: bool) -> Result<usize, f64>;

    /// How far a network's values may be off by rounding.
    fn rounding(&self, function: &Function) -> f64;

    /// By how much it is not proven that a network is within the band; 0 where it is proven. There may be more gates afterwards.
    fn excess(&mut self, function: &Function, band: Band) -> Result<f64, NoFit>;
}

/// Why no network is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum NoFit {
    /// The function jumps by more than a network within the band could.
    Jump { at: f64, size: f64 },
    /// It is not known to have a value here.
    Undefined { at: f64 },
    /// Nothing passes here: rows of one input that are too far apart, a relative error of 0, rounding.
    Closed { at: f64 },
    /// Errors are shares of what is 0 here, or changes its sign.
    Zero { at: f64 },
    /// More pieces than are fitted.
    TooManyPieces { about: f64 },
    /// A network that could not be proven within this much work.
    Unproven,
}

/// A network within a band.
pub(crate) struct Found {
    pub net: CorridorNet,
    /// Proven to be within it.
    pub band: Band,
    /// What no network of so few units, or of so small an error, can be: see the search that found it.
    pub at_least: AtLeast,
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
}

/// The network of the fewest units within a band, and of these nearly the least error.
pub(crate) fn fewest(corridor: &mut dyn Corridor, band: Band, shift: f64) -> Result<Found, NoFit> {
    let found = within(corridor, band, shift)?;
    let lower = lower(corridor, band)?;
    let at_least = AtLeast {
        pieces: lower.n_pieces,
        units: lower.at_least,
        error: 0.0,
    };
    let n = found.net.n_hidden();
    let mut better = band.tolerance;
    if n <= IMPROVED && corridor.n_places() <= IMPROVED_PLACES {
        // Errors fall with the square of the units.
        let factor = (n as f64 / (n + 2) as f64).powi(2);
        let bracket = bracket(corridor, band, n, factor);
        better = bisect(corridor, bracket, ROUGH, band, n);
    }
    let better = match better < band.tolerance {
        true => within(corridor, band.with(better), shift)
            .ok()
            .filter(|found| found.net.n_hidden() <= n),
        false => None,
    };
    Ok(Found {
        at_least,
        ..better.unwrap_or(found)
    })
}

/// The network of at most so many units whose largest error is least.
pub(crate) fn least(
    corridor: &mut dyn Corridor,
    n_units: usize,
    band: Band,
    shift: f64,
) -> Result<Found, NoFit> {
    let mut high = band.tolerance;
    while !within_units(corridor, band.with(high), n_units, 0.02) {
        high *= 4.0;
        if high > 1e6 * band.tolerance {
            return Err(NoFit::Unproven);
        }
    }
    let bracket = bracket(corridor, band.with(high), n_units, 0.25);
    let error = bisect(corridor, bracket, DIGITS, band, n_units);
    let found = proven(corridor, band.with(error), shift)?;
    // Below this, no network has so few units.
    let is_excluded =
        |corridor: &mut dyn Corridor, error: f64| match lower(corridor, band.with(error)) {
            Ok(lower) => Ok(lower.at_least > n_units),
            Err(NoFit::Closed { .. }) => Ok(true),
            Err(other) => Err(other),
        };
    let mut bounds = [0.0, error];
    for share in [2.0 * DIGITS, 1e-2, 0.3, 0.9] {
        let below = error * (1.0 - share);
        if below > 0.0 && is_excluded(corridor, below)? {
            bounds[0] = below;
            break;
        }
        bounds[1] = below;
    }
    while bounds[0] > 0.0 && bounds[1] < error && bounds[1] - bounds[0] > DIGITS * error {
        let middle = f64::midpoint(bounds[0], bounds[1]);
        match is_excluded(corridor, middle)? {
            true => bounds[0] = middle,
            false => bounds[1] = middle,
        }
    }
    let at_least = AtLeast {
        pieces: 1,
        units: 1,
        error: bounds[0],
    };
    Ok(Found { at_least, ..found })
}

/// A network that is proven to be within the band, or within one of little more where the band is near rounding.
fn proven(corridor: &mut dyn Corridor, band: Band, shift: f64) -> Result<Found, NoFit> {
    let is_near =
        |found: &Result<Found, NoFit>| matches!(found, Err(NoFit::Closed { .. } | NoFit::Unproven));
    let mut found = within(corridor, band, shift);
    let (mut low, mut high) = (band.tolerance, band.tolerance);
    while is_near(&found) && high < 1e12 * band.tolerance {
        (low, high) = (high, 2.0 * high);
        found = within(corridor, band.with(high), shift);
    }
    for _ in 0..MORE {
        let middle = f64::midpoint(low, high);
        if low == high || found.is_err() {
            break;
        }
        match within(corridor, band.with(middle), shift) {
            Ok(better) => (high, found) = (middle, Ok(better)),
            Err(_) => low = middle,
        }
    }
    found
}

/// A tolerance at which no network of at most so many units was found, or 0, and one at which there is one.
fn bracket(corridor: &mut dyn Corridor, band: Band, n_units: usize, factor: f64) -> [f64; 2] {
    let negligible = corridor.negligible(band);
    let (mut low, mut high) = (factor * band.tolerance, band.tolerance);
    while within_units(corridor, band.with(low), n_units, 0.02) {
        (low, high) = (0.5 * low, low);
        if low <= negligible {
            return [0.0, high];
        }
    }
    [low, high]
}

/// The least tolerance at which so few units were found, to this share of it; none are at the first, and they are at the second.
fn bisect(
    corridor: &mut dyn Corridor,
    [mut low, mut high]: [f64; 2],
    share: f64,
    band: Band,
    n_units: usize,
) -> f64 {
    while low > 0.0 && high - low > share * high {
        let middle = f64::midpoint(low, high);
        // As exact as the bisection needs it.
        let room = (0.1 * (high - low) / high).max(ROOM);
        match within_units(corridor, band.with(middle), n_units, room) {
            true => high = middle,
            false => low = middle,
        }
    }
    high
}

/// Whether a network of at most so many units was found that passes the gates.
fn within_units(corridor: &mut dyn Corridor, band: Band, n_units: usize, share: f64) -> bool {
    let which = Gates::Inner {
        share,
        rounding: 0.0,
    };
    let Ok(n_pieces) = corridor.refine(band, which, false) else {
        return false;
    };
    if n_pieces != n_units + 1 {
        return n_pieces <= n_units;
    }
    let net = corridor
        .refine(band, which, true)
        .and_then(|_| corridor.gates(band, which));
    net.is_ok_and(|gates| fewest_units(&gates).n_hidden() <= n_units)
}

/// What no network within the band can have fewer of.
fn lower(corridor: &mut dyn Corridor, band: Band) -> Result<CorridorNet, NoFit> {
    through(corridor, band, Gates::Outer)
}

/// The network through gates that are as many as needed.
fn through(corridor: &mut dyn Corridor, band: Band, which: Gates) -> Result<CorridorNet, NoFit> {
    let closed = |at| NoFit::Closed { at };
    corridor.refine(band, which, false).map_err(closed)?;
    corridor.refine(band, which, true).map_err(closed)?;
    let gates = corridor.gates(band, which).map_err(closed)?;
    Ok(fewest_units(&gates))
}

/// A network that is proven to be within the band.
fn within(corridor: &mut dyn Corridor, band: Band, shift: f64) -> Result<Found, NoFit> {
    let mut rounding = 0.0;
    for _ in 0..PROOFS {
        let which = Gates::Inner {
            share: ROOM,
            rounding,
        };
        let net = through(corridor, band, which)?;
        let function = function(&net, shift);
        let needed = corridor.rounding(&function);
        if needed > rounding + 0.2 * ROOM * band.tolerance {
            rounding = 1.2 * needed;
            continue;
        }
        let excess = corridor.excess(&function, band)?;
        if excess <= 0.0 {
            return Ok(Found {
                net,
                band,
                at_least: AtLeast {
                    pieces: 1,
                    units: 1,
                    error: 0.0,
                },
            });
        }
        if excess < 0.1 * band.tolerance {
            rounding += 1.2 * excess;
        }
    }
    Err(NoFit::Unproven)
}

/// The network as it is shipped.
fn function(net: &CorridorNet, shift: f64) -> Function {
    let weights = Parameters::Relu(net.weights(net.n_hidden(), shift));
    Function::new(weights, Scaling { shift, scale: 1.0 }, Scaling::IDENTITY)
}
