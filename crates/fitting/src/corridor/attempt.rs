//! Networks within one band: through gates, and proven.

use shallow_analytic::Parameters;
use shallow_data::Scaling;
use shallow_export::Function;
use shallow_splines::{CorridorNet, fewest_units};

use super::{
    band::Band,
    places::Gates,
    problem::{Corridor, Excess, NoFit},
};

/// Times that a proof is tried, with more gates or more room for rounding each time.
const PROOFS: usize = 12;

/// Halvings between an error that is not proven and one that is.
const MORE: usize = 6;

/// Room for what is between gates, of a network that is proven to be within its band.
pub(crate) const ROOM: f64 = 1e-7;

/// A network that is proven to be within a band.
pub(crate) struct Attempt {
    pub net: CorridorNet,
    pub band: Band,
}

/// A network of at most so many units that is proven to be within the band, or within one of little more where the band is near
/// rounding.
pub(crate) fn proven(
    corridor: &mut dyn Corridor,
    band: Band,
    shift: f64,
    n_units: usize,
) -> Result<Attempt, NoFit> {
    let unproven = NoFit::Unproven { by: f64::INFINITY };
    let mut within =
        |tolerance: f64| match within(corridor, band.with(tolerance), shift, n_units + 1) {
            Ok(found) if found.net.n_hidden() > n_units => Err(unproven),
            Err(NoFit::Closed { .. }) => Err(unproven),
            found => found,
        };
    let (mut low, mut high) = (band.tolerance, band.tolerance);
    let mut found = within(high);
    while let Err(NoFit::Unproven { by }) = found
        && high < 1e12 * band.tolerance
    {
        low = high;
        high = if by.is_finite() {
            high + 1.1 * by
        } else if high < 1.001 * band.tolerance {
            // First by a little: rounding may have taken a unit more.
            high + (1e-6 * band.tolerance).max(16.0 * (high - band.tolerance))
        } else {
            4.0 * high
        };
        found = within(high);
    }
    for _ in 0..MORE {
        let middle = f64::midpoint(low, high);
        if low == high || found.is_err() {
            break;
        }
        match within(middle) {
            Ok(better) => (high, found) = (middle, Ok(better)),
            Err(_) => low = middle,
        }
    }
    found
}

/// Whether a network of at most so many units was found that passes the gates.
pub(crate) fn within_units(
    corridor: &mut dyn Corridor,
    band: Band,
    n_units: usize,
    share: f64,
) -> bool {
    let which = Gates::Inner {
        share,
        rounding: 0.0,
    };
    let Ok(n_pieces) = corridor.refine(band, which, false, n_units + 1) else {
        return false;
    };
    if n_pieces != n_units + 1 {
        return n_pieces <= n_units;
    }
    let net = corridor
        .refine(band, which, true, usize::MAX)
        .and_then(|_| corridor.gates(band, which));
    net.is_ok_and(|gates| fewest_units(&gates).n_hidden() <= n_units)
}

/// What no network within the band can have fewer of.
pub(crate) fn lower(corridor: &mut dyn Corridor, band: Band) -> Result<CorridorNet, NoFit> {
    through(corridor, band, Gates::Outer, usize::MAX)
}

/// The network through gates that are as many as needed. One of more than `most` pieces is not sought.
fn through(
    corridor: &mut dyn Corridor,
    band: Band,
    which: Gates,
    most: usize,
) -> Result<CorridorNet, NoFit> {
    let closed = |at| NoFit::Closed { at };
    for is_backward in [false, true] {
        let n_pieces = corridor.refine(band, which, is_backward, most);
        if n_pieces.map_err(closed)? > most {
            return Err(NoFit::Unproven { by: f64::INFINITY });
        }
    }
    let gates = corridor.gates(band, which).map_err(closed)?;
    Ok(fewest_units(&gates))
}

/// A network of at most so many pieces that is proven to be within the band.
pub(crate) fn within(
    corridor: &mut dyn Corridor,
    band: Band,
    shift: f64,
    most: usize,
) -> Result<Attempt, NoFit> {
    let (mut rounding, mut n_possible, mut last) = (0.0, 0, f64::INFINITY);
    for _ in 0..PROOFS {
        let which = Gates::Inner {
            share: ROOM,
            rounding,
        };
        let net = through(corridor, band, which, most)?;
        let function = function(&net, shift);
        let needed = corridor.rounding(&function);
        let unit = if band.is_relative {
            corridor.size()
        } else {
            1.0
        };
        if needed > 0.5 * band.tolerance * unit {
            return Err(NoFit::Unproven { by: needed / unit });
        }
        if needed > rounding + 0.2 * ROOM * band.tolerance {
            rounding = 1.2 * needed;
            continue;
        }
        let by = match corridor.excess(&function, band)? {
            Excess::None => return Ok(Attempt { net, band }),
            Excess::Possible(by) if n_possible == 1 => {
                return Err(NoFit::Unproven { by: by / unit });
            }
            Excess::Possible(by) => {
                n_possible += 1;
                by
            }
            Excess::Seen(by) => by,
        };
        if by < 0.1 * band.tolerance * unit {
            rounding += 1.2 * by;
        }
        last = by / unit;
    }
    Err(NoFit::Unproven { by: last })
}

/// The network as it is shipped.
pub(crate) fn function(net: &CorridorNet, shift: f64) -> Function {
    let weights = Parameters::Relu(net.weights(net.n_hidden(), shift));
    Function::new(weights, Scaling { shift, scale: 1.0 }, Scaling::IDENTITY)
}
