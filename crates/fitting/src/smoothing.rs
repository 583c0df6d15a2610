//! How much a network was smoothed, for a report.

use serde::Serialize;
use shallow_splines::{Criterion, Smooth};

use crate::request::CriterionName;

/// How much the bends of a network are penalised, and what that leaves of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Smoothing {
    /// What the squared bends are multiplied with: a number without unit.
    pub penalty: f64,
    /// As many free numbers would follow the samples as closely: 2 for a straight line.
    pub degrees_of_freedom: f64,
    /// What the penalty was chosen by, `gcv` or `reml`; none where it was given.
    pub criterion: Option<&'static str>,
}

impl Smoothing {
    pub(crate) fn new(smooth: &Smooth, criterion: Option<Criterion>) -> Self {
        Self {
            penalty: smooth.penalty,
            degrees_of_freedom: smooth.degrees_of_freedom,
            criterion: criterion.map(|criterion| CriterionName::of(criterion).name()),
        }
    }
}
