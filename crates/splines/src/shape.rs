//! What is known of a curve before samples are seen: that it rises, that it bends one way, where it passes through.

/// The shape that a spline must have between its ends.
///
/// ```
/// use shallow_splines::Shape;
/// let rising = Shape { slopes: (0.0, f64::INFINITY), through: vec![(0.0, 1.0), (2.0, 0.5)], ..Shape::default() };
/// assert_eq!(rising.contradiction(), Some(vec![(0.0, 1.0), (2.0, 0.5)]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The least and the largest slope.
    pub slopes: (f64, f64),
    /// Whether no slope is below the one before it.
    pub is_convex: bool,
    /// Whether no slope is above the one before it.
    pub is_concave: bool,
    /// Points of the curve, by ascending x.
    pub through: Vec<(f64, f64)>,
}

impl Default for Shape {
    /// Any shape.
    fn default() -> Self {
        Self {
            slopes: (f64::NEG_INFINITY, f64::INFINITY),
            is_convex: false,
            is_concave: false,
            through: Vec::new(),
        }
    }
}

impl Shape {
    /// Points that no curve of this shape passes through: two whose chord is too steep or falls where it should rise, or three that
    /// bend the wrong way. None where the chords have the shape, and so a curve has it, too.
    pub fn contradiction(&self) -> Option<Vec<(f64, f64)>> {
        let chord = |two: &[(f64, f64)]| (two[1].1 - two[0].1) / (two[1].0 - two[0].0);
        let (low, high) = self.slopes;
        let is_bad_chord = |two: &&[(f64, f64)]| {
            let slope = chord(two);
            two[0].0 >= two[1].0 || slope < low || slope > high
        };
        let is_bad_bend = |three: &&[(f64, f64)]| {
            let (before, after) = (chord(&three[..2]), chord(&three[1..]));
            let rounding = 1e-12 * (before.abs() + after.abs());
            (self.is_convex && after < before - rounding)
                || (self.is_concave && after > before + rounding)
        };
        let two = self.through.windows(2).find(is_bad_chord);
        two.or_else(|| self.through.windows(3).find(is_bad_bend))
            .map(<[_]>::to_vec)
    }

    /// Any shape that passes through these points.
    pub(crate) fn through(points: &[(f64, f64)]) -> Self {
        Self {
            through: points.to_vec(),
            ..Self::default()
        }
    }

    /// Of the mirror image.
    pub(crate) fn mirrored(&self) -> Self {
        let (low, high) = self.slopes;
        let mirrored = |(x, y): &(f64, f64)| (-x, *y);
        Self {
            slopes: (-high, -low),
            through: self.through.iter().rev().map(mirrored).collect(),
            ..self.clone()
        }
    }

    /// The places of its points.
    pub fn xs(&self) -> Vec<f64> {
        self.through.iter().map(|(x, _)| *x).collect()
    }

    /// The same slopes, but for rounding, with the shape.
    pub(crate) fn clean(&self, slopes: &mut [f64]) {
        let mut before = None;
        for slope in slopes {
            let (mut low, mut high) = self.slopes;
            match before {
                Some(before) if self.is_convex => low = low.max(before),
                Some(before) if self.is_concave => high = high.min(before),
                _ => {}
            }
            // Where it is both, all slopes are the first.
            *slope = match before {
                Some(before) if self.is_convex && self.is_concave => before,
                _ => slope.max(low).min(high),
            };
            before = Some(*slope);
        }
    }
}
