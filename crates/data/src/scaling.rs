//! Affine scaling of a column, so that a network sees numbers near 1 whatever their units.

/// The least and the largest of some values; of none, infinity and minus infinity.
pub fn extremes<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let wider = |(low, high): (f64, f64), value: &f64| (low.min(*value), high.max(*value));
    values.into_iter().fold(start, wider)
}

/// `v -> (v - shift) / scale`, and back.
///
/// ```
/// use shallow_data::Scaling;
/// let celsius = [10.0, 35.0, 20.0];
/// let scaling = Scaling::onto(&celsius, -1.0, 1.0);
/// assert_eq!(scaling.apply(&celsius), [-1.0, 1.0, -0.2]);
/// assert_eq!(scaling.invert(-1.0), 10.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaling {
    /// What becomes 0.
    pub shift: f64,
    /// How much becomes 1; not 0.
    pub scale: f64,
}

impl Scaling {
    /// Changes nothing.
    pub const IDENTITY: Self = Self {
        shift: 0.0,
        scale: 1.0,
    };

    /// What takes the least of the values to `low` and the largest to `high`. A column that is constant becomes 0; no
    /// values change nothing.
    pub fn onto(values: &[f64], low: f64, high: f64) -> Self {
        let (least, largest) = extremes(values);
        // Halves: the difference of the largest numbers there are is finite.
        let half = 0.5 * largest - 0.5 * least;
        if values.is_empty() {
            Self::IDENTITY
        } else if half == 0.0 {
            Self {
                shift: least,
                scale: 1.0,
            }
        } else {
            let scale = half / (0.5 * (high - low));
            Self {
                shift: 0.5 * least + 0.5 * largest - scale * 0.5 * (low + high),
                scale,
            }
        }
    }

    /// Every value scaled.
    pub fn apply(self, values: &[f64]) -> Vec<f64> {
        let scaled = |value: &f64| (value - self.shift) / self.scale;
        values.iter().map(scaled).collect()
    }

    /// A scaled value in its own units.
    pub fn invert(self, scaled: f64) -> f64 {
        self.shift + self.scale * scaled
    }
}

/// The largest magnitude; 0 of none.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extremes_land_on_the_interval_and_come_back() {
        for values in [
            [3.0, 5.0],
            [-1e300, 1e300],
            [1e-300, 2e-300],
            [1.7e9, 1.7e9 + 1.0],
        ] {
            for (low, high) in [(-1.0, 1.0), (0.0, 1.0)] {
                let scaling = Scaling::onto(&values, low, high);
                let scaled = scaling.apply(&values);
                assert!((scaled[0] - low).abs() < 1e-7 && (scaled[1] - high).abs() < 1e-7);
                assert!((scaling.invert(scaled[1]) / values[1] - 1.0).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn a_constant_column_becomes_0_and_identity_changes_no_bit() {
        assert_eq!(Scaling::onto(&[5.0, 5.0], -1.0, 1.0).apply(&[5.0]), [0.0]);
        assert_eq!(Scaling::onto(&[], -1.0, 1.0), Scaling::IDENTITY);
        assert_eq!(Scaling::IDENTITY.apply(&[0.1]), [0.1]);
    }
}
