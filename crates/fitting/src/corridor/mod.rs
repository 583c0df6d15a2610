//! The fewest units within a largest error, and the least largest error of some units.

mod band;
mod function;
mod places;
mod rows;
mod search;

pub use band::{Band, Side};
pub(crate) use function::OfFunction;
pub(crate) use rows::OfRows;
pub(crate) use search::{Corridor, Found, fewest, least};

#[cfg(test)]
mod table {
    use super::*;
    use shallow_expression::Expression;
    #[test]
    fn print() {
        let functions: [(&str, (f64, f64)); 10] = [
            ("x^2", (-3.5, 3.5)),
            ("ln(x)", (1.0, 32.0)),
            ("sin(x)", (0.0, std::f64::consts::TAU)),
            ("tanh(x)", (-5.0, 5.0)),
            ("sin(x)/x", (1.0, 12.0)),
            ("2*x^2 + x^3", (-2.5, 2.5)),
            ("exp(-x)*sin(x)", (-4.0, 4.0)),
            ("exp(-100*(x - 2)^2)", (0.0, 3.0)),
            ("1.03*exp(-100*(x - 1.2)^2) + exp(-100*(x - 2)^2)", (0.0, 3.0)),
            ("exp(3*x)", (-1.0, 1.0)),
        ];
        for (text, domain) in functions {
            let f = Expression::parse(text).unwrap();
            eprintln!("{text}");
            for tolerance in [0.1, 0.01, 0.001, 1e-6] {
                let clock = std::time::Instant::now();
                let band = Band { tolerance, is_relative: false, side: Side::Both };
                let found = OfFunction::new(&f, domain, band).and_then(|mut of| { let n0 = of.n_places(); let f = fewest(&mut of, band, 0.0)?; Ok((n0, of.n_places(), f)) });
                match found {
                    Ok((n0, n, found)) => eprintln!("  {tolerance}: pieces {} (>= {}), units {} (>= {}), E {:.7} {:?} places {n0} {n}", found.net.n_pieces, found.at_least.pieces, found.net.n_hidden(), found.at_least.units, found.band.tolerance, clock.elapsed()),
                    Err(error) => eprintln!("  {tolerance}: {error:?} {:?}", clock.elapsed()),
                }
            }
        }
    }
}
