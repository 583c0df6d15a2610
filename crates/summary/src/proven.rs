//! What a person reads of a fit's largest error, and of what is proven about it.

use shallow_data::{count, short, short_down, short_up};
use shallow_fitting::{Finished, Goal, LargestError, Shipped, Within};

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
            short_up(band.tolerance),
            count(units, "unit"),
            short_down(at_least.error)
        ),
    }
}

/// The error of a table in other numbers.
pub fn table(table: &Shipped, is_of_function: bool) -> String {
    let place = match is_of_function {
        true => "at its inputs",
        false => "at every row, whose x is rounded to the nearest of its inputs",
    };
    let counts = match (table.x_scale, table.y_scale) {
        (Some(x), Some(y)) => format!(
            ", counts of {} in x and {} in y",
            short(x.scale),
            short(y.scale)
        ),
        _ => String::new(),
    };
    format!(
        "in {} at most {} {place}, with all rounding: proven{counts}",
        table.dtype.name(),
        short_up(table.error_bound)
    )
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
            short_up(most)
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
