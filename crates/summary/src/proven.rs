//! What a person reads of a fit's largest error, and of what is proven about it.

use shallow_data::short;
use shallow_fitting::{Finished, Goal, LargestError, Within};

/// A number of things.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The fewest units within an error, or the least error of some units, and what is proven.
pub fn width(within: &Within, hidden: usize) -> String {
    let band = within.band;
    let what = match band.is_relative {
        true => "relative error",
        false => "error",
    };
    let place = match within.is_of_function {
        true => "everywhere",
        false => "at every row",
    };
    let at_least = within.at_least;
    match within.goal {
        Goal::Within(tolerance) => {
            let of = format!(
                "{} in {} {} within {} {place}",
                count(hidden, "unit"),
                count(within.n_pieces, "straight piece"),
                if hidden == 1 { "is" } else { "are" },
                short(tolerance)
            );
            match at_least.units == hidden {
                true => format!("{of}, and no fewer: proven"),
                false => {
                    let fewer = count(at_least.units, "unit");
                    let are = if at_least.units == 1 { "is" } else { "are" };
                    format!("{of}: proven; {fewer} {are} not excluded")
                }
            }
        }
        Goal::Units(units) => format!(
            "{}, with {what}s of at most {} {place}; no network of {} is below {}: proven",
            count(within.n_pieces, "straight piece"),
            six_up(band.tolerance),
            count(units, "unit"),
            six_down(at_least.error)
        ),
    }
}

/// To six significant digits, and no less.
fn six_up(value: f64) -> String {
    six(value, |digits, value| digits < value, 1.0)
}

/// To six significant digits, and no more.
fn six_down(value: f64) -> String {
    six(value, |digits, value| digits > value, -1.0)
}

fn six(value: f64, is_wrong: impl Fn(f64, f64) -> bool, by: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if value == 0.0 || !is_wrong(rounded, value) {
        return short(rounded);
    }
    let unit = 10_f64.powi(value.abs().log10().floor() as i32 - 5);
    let moved = format!("{:.5e}", rounded + by * unit);
    short(moved.parse().unwrap_or(value))
}

/// The largest error: of a function on its whole domain, with its bound where that is proven.
pub fn largest_error(run: &Finished) -> Option<String> {
    let name = &run.fitted.names[0];
    let errors = &run.report.errors;
    let measured = errors.max_error.zip(errors.worst);
    let at_rows = || {
        let (error, at) = measured?;
        let on = if run.is_of_function() {
            ""
        } else {
            ", of the rows held out"
        };
        Some(format!(
            "{} at {name} = {}{on}",
            short(error),
            run.place(at)
        ))
    };
    let Some(error) = run.largest_error else {
        return at_rows();
    };
    Some(match error {
        LargestError::Proven { least, at, most } => format!(
            "{} at {name} = {}, at most {} everywhere: proven",
            short(least.max(0.0)),
            short(at),
            six_up(most)
        ),
        LargestError::Unfinished { least, at, .. } => format!(
            "{} at {name} = {}; not proven to be the largest, as the function varies too much for that",
            short(least),
            short(at)
        ),
        LargestError::Undefined { at } => format!(
            "{} on the test samples; not proven to be the largest, as the formula may have no value around {name} = {}",
            at_rows()?,
            short(at)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_rounded_to_what_is_true() {
        for (value, down, up) in [
            (0.0, "0", "0"),
            (0.5, "0.5", "0.5"),
            (1.0 / 3.0, "0.333333", "0.333334"),
            (9.999_999_9, "9.99999", "10"),
            (1.000_000_1e-8, "1e-8", "1.00001e-8"),
        ] {
            assert_eq!(
                (six_down(value).as_str(), six_up(value).as_str()),
                (down, up)
            );
        }
    }
}
