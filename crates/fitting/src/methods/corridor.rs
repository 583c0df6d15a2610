//! The method `best` in the largest error: the fewest units within an error, or the least error of some units.

use std::time::Instant;

use shallow_analytic::Parameters;
use shallow_data::{Scaling, extremes, short};
use shallow_export::{Dtype, Function, SourceOptions, TableBounds, TableScales, table_bounds};

use super::account::{Account, Found};
use crate::{
    corridor::{
        self, AtLeast, Band, Corridor, MOST, NoFit, OfFunction, OfRows, Shipped, Within, most_of,
    },
    error::FittingError,
    plan::{CorridorPlan, Goal, Target},
    samples::Samples,
    truth::Truth,
};

/// More pieces are not fitted.
const MOST_PIECES: f64 = 100_000.0;

/// Times that the places at which a function is looked at are chosen anew, for another error.
const ROUNDS: usize = 4;

/// Finds the network. From here on, the samples are as the network sees them: in the user's units, with x shifted alone.
pub(crate) fn fit(
    plan: &CorridorPlan,
    samples: &mut Samples,
    is_noisy: bool,
) -> Result<Found, FittingError> {
    let clock = Instant::now();
    let shift = samples.x_scaling.shift;
    samples.x_scaling = Scaling { shift, scale: 1.0 };
    samples.y_scaling = Scaling::IDENTITY;
    let truth = samples.truth.as_ref().filter(|_| !is_noisy);
    let (low, high) = extremes(&samples.y);
    let band = Band {
        tolerance: match plan.goal {
            Goal::Within(tolerance) => tolerance,
            Goal::Units(_) => 1.0,
        },
        is_relative: plan.is_relative,
        side: plan.side,
    };
    let half_range = 0.5 * high - 0.5 * low;
    let search = |band: Band| {
        let goal = match plan.goal {
            Goal::Within(_) => Goal::Within(band.tolerance),
            units => units,
        };
        let found = match truth {
            Some(truth) => of_function(truth, samples.domain, goal, band, half_range, shift),
            None => of_rows(samples, goal, band, half_range, shift),
        };
        found.map_err(|reason| {
            FittingError::NoNetwork(sentence(reason, &samples.names, truth, band))
        })
    };
    let (found, shipped) = match plan.target {
        None => (search(band)?, None),
        Some(target) => {
            let (found, shipped) = for_table(target, samples, band, truth.is_none(), search)?;
            (found, Some(shipped))
        }
    };
    let hidden = match plan.goal {
        Goal::Units(hidden) => hidden,
        Goal::Within(_) => found.net.n_hidden(),
    };
    let network = Parameters::Relu(found.net.weights(hidden, shift));
    Ok(Found {
        previous: network.clone(),
        network,
        account: Account {
            corridor: Some(Within {
                goal: plan.goal,
                band: found.band,
                n_pieces: found.net.spline.n_pieces(),
                at_least: found.at_least,
                is_of_function: truth.is_some(),
                shipped,
            }),
            ..Account::of_search(hidden, clock)
        },
    })
}

/// Times that a network is sought whose table is within the error.
const ATTEMPTS: usize = 14;

/// A network whose table is within a band, in the numbers of a target; so narrow a band for the network that there is room for what
/// rounding adds.
fn for_table(
    target: Target,
    samples: &Samples,
    band: Band,
    is_of_rows: bool,
    search: impl Fn(Band) -> Result<corridor::Found, FittingError>,
) -> Result<(corridor::Found, Shipped), FittingError> {
    let shift = samples.x_scaling.shift;
    let options = SourceOptions {
        x_counts: target.x_scale,
        y_counts: target.y_scale,
        ..SourceOptions::default()
    };
    let total = band.tolerance;
    let mut narrow = band;
    let mut room = 1e-9;
    let mut least = (f64::INFINITY, 0.0);
    let mut at_least = None;
    for _ in 0..ATTEMPTS {
        let mut found = search(narrow)?;
        // Fewer are impossible within the whole error.
        found.at_least = *at_least.get_or_insert(found.at_least);
        let function = Function::Relu {
            weights: found.net.weights(found.net.n_hidden(), shift),
            x_shift: shift,
        };
        let (bounds, scales) = table_bounds(&function, samples.domain, target.dtype, &options)?;
        let of_x = match is_of_rows {
            true => of_x(bounds, target.dtype, scales, &samples.x),
            false => 0.0,
        };
        let rounding = bounds.from_network + of_x;
        let error_bound = found.band.tolerance + rounding;
        if error_bound <= total {
            let shipped = Shipped {
                dtype: target.dtype,
                error_bound,
                x_scale: scales.map(|scales| scales.x),
                y_scale: scales.map(|scales| scales.y),
            };
            return Ok((found, shipped));
        }
        if rounding < least.0 {
            least = (rounding, of_x);
        }
        // A little less each time, for the next network rounds otherwise.
        room *= 4.0;
        let left = (total - rounding - room * total).min(narrow.tolerance);
        if left <= 0.01 * total {
            break;
        }
        narrow = band.with(left);
    }
    let (bits, remedy) = match target.dtype {
        Dtype::Q15 => (
            "16 bits",
            "use q31, a smaller domain, or a larger tolerance",
        ),
        Dtype::Q31 => ("32 bits", "use f64, or a larger tolerance"),
        _ => ("f32", "use f64, or a larger tolerance"),
    };
    let (rounding, of_x) = least;
    let (asked, rounded) = (short(total), short(rounding));
    Err(FittingError::NoNetwork(
        match (rounding - of_x >= total, of_x > 0.5 * rounding) {
            (true, _) => format!(
                "{bits} cannot hold an error of {asked}: rounding alone adds up to {rounded}; {remedy}"
            ),
            (false, true) => format!(
                "no table of {bits} was found within {asked} of the rows: rounding their x to counts adds up to {}; use a smaller scale of x, or a larger tolerance",
                short(of_x)
            ),
            (false, false) => format!(
                "no table of {bits} was found within {asked}: rounding adds up to {rounded}; {remedy}"
            ),
        },
    ))
}

/// What rounding the x of rows to the nearest input adds, at most.
fn of_x(bounds: TableBounds, dtype: Dtype, scales: Option<TableScales>, x: &[f64]) -> f64 {
    let nearest = |x: f64| match scales {
        Some(TableScales {
            x: counts, ends, ..
        }) => {
            let count = ((x - counts.offset) / counts.scale).round() as i64;
            counts.value(count.clamp(ends[0], ends[1]))
        }
        None if dtype == Dtype::F32 => f64::from(x as f32),
        None => x,
    };
    let moved = x.iter().map(|x| (x - nearest(*x)).abs());
    bounds.slope * moved.fold(0.0, f64::max)
}

/// A network within a largest error of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Approximation {
    /// The network, in the user's units.
    pub function: Function,
    /// Its hidden units.
    pub n_units: usize,
    /// The fewest straight pieces that were found.
    pub n_pieces: usize,
    /// What is proven to be impossible.
    pub at_least: AtLeast,
}

/// The network of the fewest units within a band around a function, proven everywhere on a domain.
///
/// # Errors
///
/// [`FittingError::Expression`], and [`FittingError::NoNetwork`] where there is none or none was proven.
///
/// ```
/// use shallow_fitting::{Band, Side, approximate};
/// let band = Band { tolerance: 0.01, is_relative: false, side: Side::Both };
/// let sine = approximate("sin(x)", (0.0, std::f64::consts::TAU), band)?;
/// assert_eq!((sine.n_pieces, sine.at_least.pieces), (13, 13));
/// # Ok::<(), shallow_fitting::FittingError>(())
/// ```
pub fn approximate(
    text: &str,
    domain: (f64, f64),
    band: Band,
) -> Result<Approximation, FittingError> {
    let truth = Truth::parse(text)?;
    let goal = Goal::Within(band.tolerance);
    let shift = f64::midpoint(domain.0, domain.1);
    let found = of_function(&truth, domain, goal, band, 1.0, shift).map_err(|reason| {
        let names = [truth.variable(), "y"].map(String::from);
        FittingError::NoNetwork(sentence(reason, &names, Some(&truth), band))
    })?;
    let n_units = found.net.n_hidden();
    let weights = found.net.weights(n_units, shift);
    Ok(Approximation {
        function: Function::Relu {
            weights,
            x_shift: shift,
        },
        n_units,
        n_pieces: found.n_pieces,
        at_least: found.at_least,
    })
}

fn of_rows(
    samples: &Samples,
    goal: Goal,
    band: Band,
    half_range: f64,
    shift: f64,
) -> Result<corridor::Found, NoFit> {
    let mut rows = OfRows::new(&samples.x, &samples.y, band)?;
    match goal {
        Goal::Within(_) => corridor::fewest(&mut rows, band, shift),
        Goal::Units(hidden) => {
            let guess = first_guess(band, half_range);
            corridor::least(&mut rows, hidden, band.with(guess), shift)
        }
    }
}

fn of_function(
    truth: &Truth,
    domain: (f64, f64),
    goal: Goal,
    band: Band,
    half_range: f64,
    shift: f64,
) -> Result<corridor::Found, NoFit> {
    let f = truth.expression();
    let hidden = match goal {
        Goal::Units(hidden) => hidden,
        Goal::Within(_) => {
            let about = pieces(truth, domain, band);
            if about > MOST_PIECES {
                return Err(NoFit::TooManyPieces { about });
            }
            let mut of = OfFunction::new(f, domain, band, MOST)?;
            return corridor::fewest(&mut of, band, shift);
        }
    };
    let most = most_of(hidden);
    let mut guess = first_guess(band, half_range);
    for _ in 0..ROUNDS {
        let mut of = match OfFunction::new(f, domain, band.with(guess), most) {
            // No network has a smaller error.
            Err(NoFit::Jump { least, .. }) => {
                guess = (2.0 * guess).max(1.000_001 * least);
                continue;
            }
            of => of?,
        };
        let found = corridor::least(&mut of, hidden, band.with(guess), shift)?;
        // Places chosen for a much larger error may not show the function's detail.
        if found.band.tolerance > 0.2 * guess || found.band.tolerance <= of.negligible(band) {
            return Ok(found);
        }
        guess = found.band.tolerance;
    }
    Err(NoFit::Unproven { by: f64::INFINITY })
}

fn first_guess(band: Band, half_range: f64) -> f64 {
    match band.is_relative {
        true => 0.5,
        false if half_range > 0.0 => half_range,
        false => 1.0,
    }
}

/// About how many pieces a function takes: the integral of `sqrt(|f''|)` over four times the root of the error on either side.
fn pieces(truth: &Truth, (low, high): (f64, f64), band: Band) -> f64 {
    const CELLS: usize = 4096;
    let width = (high - low) / CELLS as f64;
    let of_cell = |cell: usize| {
        let x = low + (cell as f64 + 0.5) * width;
        let differences = || shallow_splines::second_difference(|x| truth.at(x), x, (low, high));
        let bend = truth
            .known_second_derivative(x)
            .unwrap_or_else(differences)
            .abs();
        let error = 0.5 * band.n_sides() * band.tolerance * band.unit(truth.at(x));
        let share = width * bend.sqrt() / (4.0 * error.sqrt());
        // A cell cannot show more than that it is curved throughout.
        if share.is_finite() { share } else { 0.0 }
    };
    (0..CELLS).map(of_cell).sum()
}

fn sentence(reason: NoFit, names: &[String; 2], truth: Option<&Truth>, band: Band) -> String {
    let [x, y] = names;
    let name = truth.map_or(y.clone(), |truth| format!("`{}`", truth.text()));
    let tolerance = short(band.tolerance);
    match reason {
        NoFit::Jump { at, size, least } => format!(
            "{name} jumps by {} at {x} = {}, so no network is within {tolerance}; ask for more than {}",
            short(size),
            short(at),
            short(least)
        ),
        NoFit::Undefined { at } => format!(
            "around {x} = {} it cannot be proven that {name} has a value",
            short(at)
        ),
        NoFit::Zero { at } => format!(
            "an error cannot be a share of {name}, which is 0 or changes its sign at {x} = {}",
            short(at)
        ),
        NoFit::Closed { at } if truth.is_none() => format!(
            "no value is within {tolerance} of all rows with {x} = {}; ask for more",
            short(at)
        ),
        NoFit::Closed { at } => format!(
            "so small an error is lost in the rounding of {name} at {x} = {}; ask for more",
            short(at)
        ),
        NoFit::TooSmall => {
            format!("the values of {name} are all smaller than 1e-140; use other units")
        }
        NoFit::TooFine { at } => format!(
            "{name} varies too much from {x} = {} on; choose a smaller domain or a larger error",
            short(at)
        ),
        NoFit::TooManyPieces { about } => format!(
            "within {tolerance}, {name} takes about {about:.0} straight pieces, and at most {MOST_PIECES:.0} are fitted; ask for more"
        ),
        NoFit::Unproven { .. } => format!(
            "no network was proven to be as near to {name} as that: the error is too near to rounding, or to half of a jump; ask for more"
        ),
    }
}
