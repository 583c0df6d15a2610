//! What noise leaves open of a fit: bands around the curve, and the errors of slopes and kinks.

use serde::Serialize;
use shallow_data::linspace;
use shallow_export::{Fitted, quantile};
use shallow_splines::PieceErrors;

use crate::{error::FittingError, samples::Samples};

/// Checks the level of bands.
///
/// # Errors
///
/// [`FittingError::Options`] where it is not between 0 and 1.
pub fn check_level(level: f64) -> Result<(), FittingError> {
    match 0.0 < level && level < 1.0 {
        true => Ok(()),
        false => Err(FittingError::Options(format!(
            "the level of bands must be between 0 and 1, as 0.95 is, got {level}"
        ))),
    }
}

/// Places at which a report has the bands.
const PLACES: usize = 101;

/// Pointwise bands, in the user's units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BandsReport {
    /// The share of cases that they hold.
    pub level: f64,
    /// The standard deviation of the noise in a sample of weight 1.
    pub noise: f64,
    /// The degrees of freedom that it was estimated with.
    pub degrees_of_freedom: f64,
    /// Inputs, evenly spaced over the domain.
    pub x: Vec<f64>,
    /// Predictions there.
    pub y: Vec<f64>,
    /// Between low and high the curve is, at each input for itself.
    pub low: Vec<f64>,
    /// The upper ends.
    pub high: Vec<f64>,
    /// And a new row of weight 1 is between these.
    pub new_low: Vec<f64>,
    /// The upper ends.
    pub new_high: Vec<f64>,
    /// The straight pieces of a fit of few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<PieceRow>,
}

/// A straight piece.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PieceRow {
    /// Where it begins.
    pub from: f64,
    /// The standard error of that; none where the domain begins, and where there is no bend.
    pub from_error: Option<f64>,
    /// Where it ends.
    pub to: f64,
    /// The standard error of that; none where the domain ends, and where there is no bend.
    pub to_error: Option<f64>,
    /// Its slope.
    pub slope: f64,
    /// The standard error of that.
    pub slope_error: f64,
}

impl BandsReport {
    /// None where the noise is not known.
    pub(crate) fn new(
        fitted: &Fitted,
        errors: Option<&PieceErrors>,
        samples: &Samples,
        level: f64,
    ) -> Option<Self> {
        let variance = fitted.variance.as_ref()?;
        let (low, high) = fitted.domain;
        let x = linspace(low, high, PLACES);
        let bands = fitted.bands(&x, level)?;
        Some(Self {
            level,
            noise: variance.noise.sqrt(),
            degrees_of_freedom: variance.degrees_left,
            y: fitted.function.predict(&x),
            x,
            low: bands.low,
            high: bands.high,
            new_low: bands.new_low,
            new_high: bands.new_high,
            pieces: errors.map_or(Vec::new(), |errors| PieceRow::all(fitted, errors, samples)),
        })
    }

    /// By how many standard errors the bands are wide to each side.
    pub fn quantile(&self) -> f64 {
        quantile(self.level, self.degrees_of_freedom)
    }
}

impl PieceRow {
    /// Of all pieces, from the left.
    pub(crate) fn all(fitted: &Fitted, errors: &PieceErrors, samples: &Samples) -> Vec<Self> {
        let Some(variance) = &fitted.variance else {
            return Vec::new();
        };
        let knots = &variance.knots;
        let values = fitted.function.predict(knots);
        let (x_scale, y_scale) = (samples.x_scaling.scale, samples.y_scaling.scale);
        // Where there is no bend, there is no place of a kink.
        let kink = |at: usize| {
            let error = errors.kinks.get(at).map(|error| error * x_scale);
            error.filter(|error| error.is_finite())
        };
        let piece = |(at, error): (usize, &f64)| Self {
            from: knots[at],
            from_error: at.checked_sub(1).and_then(kink),
            to: knots[at + 1],
            to_error: kink(at),
            slope: (values[at + 1] - values[at]) / (knots[at + 1] - knots[at]),
            slope_error: error * y_scale / x_scale,
        };
        errors.slopes.iter().enumerate().map(piece).collect()
    }
}
