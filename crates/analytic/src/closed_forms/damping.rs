//! How strongly Levenberg and Marquardt's steps are damped.

/// Damping before the first step.
const FIRST: f64 = 1e-3;

/// Beyond this, steps change nothing.
const LARGEST: f64 = 1e16;

/// Below this, less damping changes nothing.
const LEAST: f64 = 1e-15;

/// The damping of the next step: less after a step that keeps what the quadratic model promised, more after one that does not.
///
/// # Source
///
/// H. B. Nielsen, Damping parameter in Marquardt's method, IMM report 1999-05.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Damping(pub(crate) f64);

impl Damping {
    pub(crate) const FIRST: Self = Self(FIRST);

    /// Whether more damping cannot help.
    pub(crate) fn is_exhausted(self) -> bool {
        self.0 >= LARGEST
    }

    /// After a step that lowered the loss by this share of what was promised.
    pub(crate) fn accept(&mut self, share: f64) {
        self.0 *= (1.0 - (2.0 * share - 1.0).powi(3)).clamp(0.1, 2.0);
        self.0 = self.0.max(LEAST);
    }

    /// After a step that would have raised the loss.
    pub(crate) fn reject(&mut self) {
        self.0 *= 4.0;
    }

    /// After equations that could not be solved.
    pub(crate) fn fail(&mut self) {
        self.0 *= 10.0;
    }
}
