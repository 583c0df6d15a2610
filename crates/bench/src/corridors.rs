//! The fewest pieces within a largest error: the ten functions of Rebennack and Kallrath (2015), with both bounds and the time.

use std::{f64::consts::TAU, time::Instant};

use clap::Args;
use shallow::{
    data::linspace,
    splines::{Corridor, Gate},
};
use shallow_expression::Expression;
use shallow_fitting::{Band, Side, approximate};

#[derive(Args)]
pub(crate) struct CorridorsArgs {
    /// Largest errors
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "0.1,0.05,0.01,0.005,0.001,1e-6"
    )]
    tolerance: Vec<f64>,
    /// Places at which pieces that may jump are counted
    #[arg(long, default_value_t = 2_000_000)]
    places: usize,
}

/// A potential of molecules, by Maranas and Floudas: three terms for as many angles.
fn potential() -> String {
    let (radius, cosine) = (1.54_f64, 109.5_f64.to_radians().cos());
    let (square, sine) = (radius * radius, 1.0 - cosine * cosine);
    let constant = 3.0 * square - 4.0 * cosine * square + 2.0 * cosine * cosine * square;
    let distance = |shift: f64| {
        format!(
            "({constant:?} - {:?}*cos(x + {shift:?}))",
            2.0 * sine * square
        )
    };
    let third = TAU / 3.0;
    let terms = [
        (588_600.0, 1079.1, -third),
        (600_800.0, 1071.5, 0.0),
        (481_300.0, 1064.6, third),
    ];
    let terms = terms.map(|(a, b, shift)| format!("{a}/{0}^6 - {b}/{0}^3", distance(shift)));
    terms.join(" + ")
}

pub(crate) fn compare(args: &CorridorsArgs) -> Result<(), String> {
    let functions = [
        ("x^2", (-3.5, 3.5)),
        ("ln(x)", (1.0, 32.0)),
        ("sin(x)", (0.0, TAU)),
        ("tanh(x)", (-5.0, 5.0)),
        ("sin(x)/x", (1.0, 12.0)),
        ("2*x^2 + x^3", (-2.5, 2.5)),
        ("exp(-x)*sin(x)", (-4.0, 4.0)),
        ("exp(-100*(x - 2)^2)", (0.0, 3.0)),
        (
            "1.03*exp(-100*(x - 1.2)^2) + exp(-100*(x - 2)^2)",
            (0.0, 3.0),
        ),
        (&potential(), (0.0, TAU)),
    ];
    println!("function, domain | error | pieces | may jump | units | ms");
    for (text, domain) in functions {
        for tolerance in &args.tolerance {
            let band = Band {
                tolerance: *tolerance,
                is_relative: false,
                side: Side::Both,
            };
            let clock = Instant::now();
            let found =
                approximate(text, domain, band).map_err(|error| format!("{text}: {error}"))?;
            let milliseconds = 1e3 * clock.elapsed().as_secs_f64();
            let at_least = found.at_least;
            let range = |least: usize, most: usize| match least == most {
                true => format!("{most}"),
                false => format!("{least}..{most}"),
            };
            println!(
                "{text}, {:.4}:{:.4} | {tolerance} | {} | {} | {} | {milliseconds:.1}",
                domain.0,
                domain.1,
                range(at_least.pieces, found.n_pieces),
                jumping(text, domain, *tolerance, args.places)?,
                range(at_least.units, found.n_units),
            );
        }
    }
    Ok(())
}

/// The fewest pieces where each may begin anywhere.
fn jumping(
    text: &str,
    (low, high): (f64, f64),
    tolerance: f64,
    places: usize,
) -> Result<usize, String> {
    let x = linspace(low, high, places);
    let f = Expression::parse(text).map_err(|error| error.to_string())?;
    let y = f.values(&x);
    let mut n = 1;
    let mut piece = Corridor::default();
    for (x, y) in x.into_iter().zip(y) {
        let gate = Gate {
            x,
            low: y - tolerance,
            high: y + tolerance,
        };
        piece.push(gate);
        if piece.n_pieces() > 1 {
            n += 1;
            piece = Corridor::default();
            piece.push(gate);
        }
    }
    Ok(n)
}
