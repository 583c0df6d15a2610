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

/// The same, where it is only seen whether there may be one.
const ROUGHLY: f64 = 0.02;

/// How well a least error is known, and how well one that is only improved upon.
const DIGITS: f64 = 4e-7;
const ROUGH: f64 = 1e-3;

/// Up to this many units, a flat piece is looked for at smaller errors, too, in so many steps.
const TIGHT: usize = 64;
const STEPS: usize = 24;

/// Smaller errors are not sought: floats end there.
const LEAST: f64 = 1e-290;

/// Determinants of smaller values are not exact.
const SMALLEST: f64 = 1e-140;

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
        let size = if band.is_relative { 1.0 } else { self.size() };
        (4096.0 * f64::EPSILON * size).max(LEAST)
    }

    /// The gates, or where nothing passes.
    fn gates(&self, band: Band, which: Gates) -> Result<Vec<Gate>, f64>;

    /// Adds gates where a path from one end to the other leaves the band between them. The number of its pieces, or where nothing
    /// passes.
    fn refine(&mut self, band: Band, which: Gates, is_backward: bool) -> Result<usize, f64>;

    /// How far a network's values may be off by rounding.
    fn rounding(&self, function: &Function) -> f64;

    /// What keeps a network from being proven to be within the band. There may be more gates afterwards.
    fn excess(&mut self, function: &Function, band: Band) -> Result<Excess, NoFit>;
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
    /// The function jumps by more than a network within the band could.
    Jump { at: f64, size: f64 },
    /// It is not known to have a value here.
    Undefined { at: f64 },
    /// Nothing passes here: rows of one input that are too far apart, a relative error of 0, rounding.
    Closed { at: f64 },
    /// Errors are shares of what is 0 here, or changes its sign.
    Zero { at: f64 },
    /// All values are so small that products of them are no floats.
    TooSmall,
    /// More pieces than are fitted.
    TooManyPieces { about: f64 },
    /// A network that could not be proven within this much work.
    Unproven {
        /// By how much more it would be, or infinite.
        by: f64,
    },
}

impl Within {
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
}

/// Refuses values whose determinants are not exact.
pub(crate) fn check_size(size: f64) -> Result<(), NoFit> {
    match size == 0.0 || size >= SMALLEST {
        true => Ok(()),
        false => Err(NoFit::TooSmall),
    }
}

/// The network of the fewest units within a band, and of these nearly the least error.
pub(crate) fn fewest(corridor: &mut dyn Corridor, band: Band, shift: f64) -> Result<Found, NoFit> {
    let mut found = within(corridor, band, shift)?;
    let lower = lower(corridor, band)?;
    let at_least = AtLeast {
        pieces: lower.n_pieces,
        units: lower.at_least,
        error: 0.0,
    };
    let n_pieces = found.n_pieces;
    if lower.at_least < found.net.n_hidden()
        && let Some([_, error]) = tighter(corridor, band, lower.at_least)
        && let Ok(narrower) = within(corridor, band.with(error), shift)
        && narrower.net.n_hidden() < found.net.n_hidden()
    {
        found = narrower;
    }
    let band = found.band;
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
        n_pieces,
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
    while !within_units(corridor, band.with(high), n_units, ROUGHLY) {
        high *= 4.0;
        if high > 1e6 * band.tolerance {
            return Err(NoFit::Unproven { by: f64::INFINITY });
        }
    }
    let bracket = bracket(corridor, band.with(high), n_units, 0.25);
    let mut error = bisect(corridor, bracket, DIGITS, band, n_units);
    if let Some(bracket) = tighter(corridor, band.with(error), n_units) {
        error = bisect(corridor, bracket, DIGITS, band, n_units);
    }
    let found = proven(
        corridor,
        band.with(error * (1.0 + 2.0 * ROOM)),
        shift,
        n_units,
    )?;
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

/// A network of at most so many units that is proven to be within the band, or within one of little more where the band is near
/// rounding.
fn proven(
    corridor: &mut dyn Corridor,
    band: Band,
    shift: f64,
    n_units: usize,
) -> Result<Found, NoFit> {
    let unproven = NoFit::Unproven { by: f64::INFINITY };
    let mut within = |tolerance: f64| match within(corridor, band.with(tolerance), shift) {
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

/// A tolerance at which no network of at most so many units was found, or 0, and one at which there is one.
fn bracket(corridor: &mut dyn Corridor, band: Band, n_units: usize, factor: f64) -> [f64; 2] {
    let negligible = corridor.negligible(band);
    let (mut low, mut high) = (factor * band.tolerance, band.tolerance);
    while within_units(corridor, band.with(low), n_units, ROUGHLY) {
        (low, high) = (0.5 * low, low);
        if low <= negligible {
            return [0.0, high];
        }
    }
    [low * (1.0 - 2.2 * ROUGHLY), high]
}

/// Below a band's tolerance, one at which no network of so many units was found, and one at which there is one. In a wide band pieces
/// have much room, and none has to be where it is flat; as they take just as many as the units can make, they have little.
fn tighter(corridor: &mut dyn Corridor, band: Band, n_units: usize) -> Option<[f64; 2]> {
    if n_units > TIGHT || corridor.n_places() > IMPROVED_PLACES {
        return None;
    }
    let few_pieces = |corridor: &mut dyn Corridor, tolerance: f64| {
        let which = Gates::Inner {
            share: 1e-3,
            rounding: 0.0,
        };
        let n_pieces = corridor.refine(band.with(tolerance), which, false);
        n_pieces.is_ok_and(|n| n <= n_units + 1)
    };
    let (mut low, mut high) = (0.5 * band.tolerance, band.tolerance);
    while few_pieces(corridor, low) {
        (low, high) = (0.5 * low, low);
        if low <= corridor.negligible(band) {
            return None;
        }
    }
    for _ in 0..10 {
        let middle = f64::midpoint(low, high);
        match few_pieces(corridor, middle) {
            true => high = middle,
            false => low = middle,
        }
    }
    let (ratio, mut before) = (band.tolerance / high, low);
    for step in 1..STEPS {
        let tolerance = high * ratio.powf(step as f64 / STEPS as f64);
        if within_units(corridor, band.with(tolerance), n_units, 1e-3) {
            return Some([before, tolerance]);
        }
        before = tolerance;
    }
    None
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
        if middle <= low || high <= middle {
            break;
        }
        // As exact as the bisection needs it. A network may be missed for want of that much room, on two sides.
        let room = (0.1 * (high - low) / high).max(0.2 * ROOM);
        match within_units(corridor, band.with(middle), n_units, room) {
            true => high = middle,
            false => low = (middle * (1.0 - 2.2 * room)).max(low + 0.1 * (high - low)),
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
    let (mut rounding, mut n_possible) = (0.0, 0);
    for _ in 0..PROOFS {
        let which = Gates::Inner {
            share: ROOM,
            rounding,
        };
        let net = through(corridor, band, which)?;
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
            Excess::None => {
                return Ok(Found {
                    n_pieces: net.n_pieces,
                    net,
                    band,
                    at_least: AtLeast {
                        pieces: 1,
                        units: 1,
                        error: 0.0,
                    },
                });
            }
            Excess::Possible(by) if n_possible == 1 => return Err(NoFit::Unproven { by }),
            Excess::Possible(by) => {
                n_possible += 1;
                by
            }
            Excess::Seen(by) => by,
        };
        if by < 0.1 * band.tolerance {
            rounding += 1.2 * by;
        }
    }
    Err(NoFit::Unproven { by: f64::INFINITY })
}

/// The network as it is shipped.
fn function(net: &CorridorNet, shift: f64) -> Function {
    let weights = Parameters::Relu(net.weights(net.n_hidden(), shift));
    Function::new(weights, Scaling { shift, scale: 1.0 }, Scaling::IDENTITY)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use proptest::prelude::*;
    use shallow_data::linspace;
    use shallow_expression::Expression;

    use super::*;
    use crate::{
        corridor::{OfFunction, OfRows},
        request::Side,
    };

    const BOTH: Band = Band {
        tolerance: 0.1,
        is_relative: false,
        side: Side::Both,
    };

    fn fewest_of(text: &str, domain: (f64, f64), band: Band) -> Result<(Found, Function), NoFit> {
        let f = Expression::parse(text).unwrap();
        let found = fewest(&mut OfFunction::new(&f, domain, band)?, band, 0.0)?;
        let function = function(&found.net, 0.0);
        for x in linspace(domain.0, domain.1, 20_001) {
            let (net, value) = (function.predict(&[x])[0], f.at(x));
            let unit = band.unit(value);
            let error = (net - value) / unit;
            let rounding = 1e-13 * (1.0 + value.abs()) / unit;
            let [least, most] = match band.side {
                Side::Both => [-band.tolerance, band.tolerance],
                Side::Above => [0.0, band.tolerance],
                Side::Below => [-band.tolerance, 0.0],
            };
            assert!(
                least - rounding <= error && error <= most + rounding,
                "{text}: {error} at {x}"
            );
        }
        Ok((found, function))
    }

    /// The fewest pieces of functions that Rebennack and Kallrath (2015) approximate.
    #[test]
    fn the_fewest_pieces_are_proven() {
        let known: [(&str, (f64, f64), [usize; 5]); 9] = [
            ("x^2", (-3.5, 3.5), [8, 12, 25, 0, 79]), // at 0.005 35 pieces touch the band
            ("ln(x)", (1.0, 32.0), [3, 4, 9, 13, 28]),
            ("sin(x)", (0.0, TAU), [5, 5, 13, 17, 39]),
            ("tanh(x)", (-5.0, 5.0), [3, 5, 9, 13, 27]),
            ("sin(x)/x", (1.0, 12.0), [3, 5, 9, 12, 27]),
            ("2*x^2 + x^3", (-2.5, 2.5), [11, 15, 34, 47, 105]),
            ("exp(-x)*sin(x)", (-4.0, 4.0), [14, 19, 43, 61, 136]),
            ("exp(-100*(x - 2)^2)", (0.0, 3.0), [4, 5, 11, 14, 33]),
            (
                "1.03*exp(-100*(x - 1.2)^2) + exp(-100*(x - 2)^2)",
                (0.0, 3.0),
                [7, 9, 21, 27, 65],
            ),
        ];
        for (text, domain, fewest) in known {
            for (tolerance, pieces) in [0.1, 0.05, 0.01, 0.005, 0.001].into_iter().zip(fewest) {
                let (found, _) = fewest_of(text, domain, BOTH.with(tolerance)).unwrap();
                let n_units = found.net.n_hidden();
                if pieces > 0 {
                    assert_eq!(found.at_least.pieces, pieces, "{text}, {tolerance}");
                    let at_least = found.at_least.units;
                    assert!(
                        at_least + 1 >= pieces && at_least <= n_units,
                        "{text}, {tolerance}"
                    );
                    assert!(n_units <= pieces, "{text}, {tolerance}");
                }
            }
        }
    }

    #[test]
    fn one_sided_and_relative_bands_are_kept() {
        for side in [Side::Both, Side::Above, Side::Below] {
            for (text, domain, is_relative) in [
                ("exp(x)", (-3.0, 3.0), true),
                ("-1 - x^2", (-3.0, 3.0), true),
                ("sin(x)", (-3.0, 3.0), false),
                ("abs(x - 0.3)^0.5", (-1.0, 1.0), false),
                ("floor(x)/100", (-3.0, 3.0), false),
            ] {
                let band = Band {
                    tolerance: 0.02,
                    is_relative,
                    side,
                };
                let (found, _) = fewest_of(text, domain, band).unwrap();
                assert!(
                    found.net.n_hidden() >= found.at_least.units,
                    "{text}, {side:?}"
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        let fails = |text, tolerance| {
            fewest_of(text, (-1.0, 1.0), BOTH.with(tolerance))
                .err()
                .unwrap()
        };
        let jump = fails("floor(x)", 0.1);
        assert!(matches!(jump, NoFit::Jump { size: 1.0, .. }), "{jump:?}");
        assert!(matches!(
            fails("1e9*sin(x)", 1e-7),
            NoFit::Closed { .. } | NoFit::Unproven { .. } | NoFit::TooManyPieces { .. }
        ));
        let relative = Band {
            is_relative: true,
            ..BOTH
        };
        let zero = fewest_of("x + 0.5", (-1.0, 1.0), relative).err();
        assert!(matches!(zero, Some(NoFit::Zero { .. })));
    }

    #[test]
    fn the_least_error_is_between_close_bounds() {
        for (text, n_units) in [
            ("exp(x)", 5),
            ("x^2", 4),
            ("abs(x)", 2),
            ("1/(1 + 25*x^2)", 8),
            ("floor(2*x)", 6),
        ] {
            let f = Expression::parse(text).unwrap();
            let mut of = OfFunction::new(&f, (-1.0, 1.0), BOTH.with(0.5)).unwrap();
            let found = least(&mut of, n_units, BOTH.with(0.5), 0.0).unwrap();
            let error = found.band.tolerance;
            assert!(
                found.net.n_hidden() <= n_units && found.at_least.error <= error,
                "{text}"
            );
            let function = function(&found.net, 0.0);
            let x = linspace(-1.0, 1.0, 100_001);
            let errors = function
                .predict(&x)
                .into_iter()
                .zip(&x)
                .map(|(net, x)| (net - f.at(*x)).abs());
            let seen = errors.fold(0.0, f64::max);
            assert!(
                seen <= error + 1e-15 && (error < 1e-11 || seen > 0.999 * error),
                "{text}: {seen}, {error}"
            );
        }
    }

    proptest! {
        /// Rows around a function of m pieces take no more than m, at any error.
        #[test]
        fn pieces_are_found_again(bends in prop::collection::vec(-3.0..3.0_f64, 1..6), share in 1e-9..1e-3_f64) {
            let n = bends.len() as f64;
            let of = |x: f64| bends.iter().enumerate().map(|(at, bend)| bend * (x - at as f64 / n).max(0.0)).sum::<f64>();
            let x = linspace(0.0, 1.0, 301);
            let y: Vec<f64> = x.iter().map(|x| of(*x)).collect();
            let band = BOTH.with(share);
            let found = fewest(&mut OfRows::new(&x, &y, band).unwrap(), band, 0.0).unwrap();
            prop_assert!(found.at_least.pieces <= bends.len());
            let function = function(&found.net, 0.0);
            for (net, y) in function.predict(&x).iter().zip(&y) {
                prop_assert!((net - y).abs() <= share);
            }
        }
    }
}
