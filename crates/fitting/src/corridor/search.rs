//! The search: networks within bands, and the bands that no network of some units is within.

use super::{
    attempt::{ROOM, lower, proven, within, within_units},
    band::Band,
    found::{AtLeast, Found},
    places::Gates,
    problem::{Corridor, NoFit},
};

/// Room for what is between gates, where it is only seen whether there may be a network.
const ROUGHLY: f64 = 0.02;

/// How well a least error is known, and how well one that is only improved upon.
const DIGITS: f64 = 4e-7;
const ROUGH: f64 = 1e-3;

/// Up to this many units, a flat piece is looked for at smaller errors, too, in so many steps.
const TIGHT: usize = 64;
const STEPS: usize = 24;

/// Up to this many units, and places, an error is improved upon.
const IMPROVED: usize = 32;
const IMPROVED_PLACES: usize = 1_000_000;

/// The network of the fewest units within a band, and of these nearly the least error.
pub(crate) fn fewest(corridor: &mut dyn Corridor, band: Band, shift: f64) -> Result<Found, NoFit> {
    let mut found = within(corridor, band, shift, usize::MAX)?;
    let n_pieces = found.net.n_pieces;
    let lower = lower(corridor, band)?;
    if lower.at_least < found.net.n_hidden()
        && let Some([_, error]) = tighter(corridor, band, lower.at_least)
        && let Ok(narrower) = within(corridor, band.with(error), shift, usize::MAX)
        && narrower.net.n_hidden() < found.net.n_hidden()
    {
        found = narrower;
    }
    let n = found.net.n_hidden();
    if n <= IMPROVED && corridor.places().len() <= IMPROVED_PLACES {
        // Errors fall with the square of the units.
        let factor = (n as f64 / (n + 2) as f64).powi(2);
        let bracket = bracket(corridor, found.band, n, factor);
        let error = bisect(corridor, bracket, ROUGH, found.band, n);
        if error < found.band.tolerance
            && let Ok(better) = within(corridor, band.with(error), shift, usize::MAX)
            && better.net.n_hidden() <= n
        {
            found = better;
        }
    }
    Ok(Found {
        net: found.net,
        band: found.band,
        at_least: AtLeast {
            pieces: lower.n_pieces,
            units: lower.at_least,
            error: 0.0,
        },
        n_pieces,
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
    let is_excluded = |corridor: &mut dyn Corridor, error: f64| {
        let band = band.with(error);
        if takes_more_pieces(corridor, band, n_units + 1) {
            return Ok(true);
        }
        match lower(corridor, band) {
            Ok(lower) => Ok(lower.at_least > n_units),
            Err(NoFit::Closed { .. }) => Ok(true),
            Err(other) => Err(other),
        }
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
    Ok(Found {
        n_pieces: found.net.n_pieces,
        net: found.net,
        band: found.band,
        at_least: AtLeast {
            pieces: 1,
            units: 1,
            error: bounds[0],
        },
    })
}

/// Whether it is proven that more than so many pieces are needed; the rest of them are not counted.
fn takes_more_pieces(corridor: &mut dyn Corridor, band: Band, n_pieces: usize) -> bool {
    let refined = corridor.refine(band, Gates::Outer, false, n_pieces);
    let Ok(gates) = refined.and_then(|_| corridor.gates(band, Gates::Outer)) else {
        return true; // nothing passes at all
    };
    let mut path = shallow_splines::Corridor::default();
    gates.into_iter().any(|gate| {
        path.push(gate);
        path.n_pieces() > n_pieces
    })
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
    if n_units > TIGHT || corridor.places().len() > IMPROVED_PLACES {
        return None;
    }
    let few_pieces = |corridor: &mut dyn Corridor, tolerance: f64| {
        let which = Gates::Inner {
            share: 1e-3,
            rounding: 0.0,
        };
        let n_pieces = corridor.refine(band.with(tolerance), which, false, n_units + 1);
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

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use proptest::prelude::*;
    use shallow_data::linspace;
    use shallow_export::Function;
    use shallow_expression::Expression;

    use super::*;
    use crate::{
        corridor::{MOST, OfFunction, OfRows, attempt::function},
        request::Side,
    };

    const BOTH: Band = Band {
        tolerance: 0.1,
        is_relative: false,
        side: Side::Both,
    };

    fn fewest_of(text: &str, domain: (f64, f64), band: Band) -> Result<(Found, Function), NoFit> {
        let f = Expression::parse(text).unwrap();
        let found = fewest(&mut OfFunction::new(&f, domain, band, MOST)?, band, 0.0)?;
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
        for (text, side, of_error) in [
            ("2 + floor(x)", Side::Both, 1.0 / 3.0),
            ("2 + floor(x)", Side::Above, 1.0),
            ("2 + floor(x)", Side::Below, 0.5),
            ("floor(x) - 2", Side::Above, 1.0 / 3.0),
            ("floor(x) - 2", Side::Below, 0.5),
        ] {
            let band = |tolerance| Band {
                tolerance,
                is_relative: true,
                side,
            };
            let jump = fewest_of(text, (-1.0, 0.5), band(0.01)).err();
            let Some(NoFit::Jump { least, .. }) = jump else {
                panic!("{jump:?}")
            };
            assert!((least - of_error).abs() < 1e-9, "{text} {side:?}: {least}");
            assert!(fewest_of(text, (-1.0, 0.5), band(1.01 * least)).is_ok());
        }
        assert!(matches!(fails("1e9*sin(x)", 1e-7), NoFit::TooFine { .. }));
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
            let mut of = OfFunction::new(&f, (-1.0, 1.0), BOTH.with(0.5), MOST).unwrap();
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
