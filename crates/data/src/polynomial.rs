//! Polynomial features: `[x^D, ..., x, 1]` of one input, as the perceptron document feeds its neuron.

use crate::{DataError, Dataset};

/// The powers of one input from `x^degree` down to 1.
///
/// ```
/// use shallow_data::PolynomialFeatures;
/// let features = PolynomialFeatures { degree: 2 };
/// assert_eq!(features.names(), ["x^2", "x", "1"]);
/// assert_eq!(features.of(&[3.0, -1.0]), [9.0, 3.0, 1.0, 1.0, -1.0, 1.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolynomialFeatures {
    /// The highest power.
    pub degree: usize,
}

impl PolynomialFeatures {
    /// Number of features: the degree and the constant.
    pub fn len(self) -> usize {
        self.degree + 1
    }

    /// Always false: there is always the constant.
    pub fn is_empty(self) -> bool {
        false
    }

    /// Each feature's name, as one would write it.
    pub fn names(self) -> Vec<String> {
        let name = |power| match power {
            0 => "1".into(),
            1 => "x".into(),
            _ => format!("x^{power}"),
        };
        (0..self.len()).rev().map(name).collect()
    }

    /// The features of every x, `[n]` to `[n, degree + 1]` row-major.
    pub fn of(self, x: &[f64]) -> Vec<f64> {
        let row = |x: &f64| {
            (0..self.len())
                .rev()
                .map(|power| x.powi(power as i32))
                .collect::<Vec<_>>()
        };
        x.iter().flat_map(row).collect()
    }

    /// The data set with its one input replaced by the features.
    ///
    /// # Errors
    ///
    /// [`DataError::NotFinite`] when a power overflows.
    ///
    /// # Panics
    ///
    /// When `data` has more than one input.
    pub fn expand(self, data: &Dataset) -> Result<Dataset, DataError> {
        assert_eq!(data.n_inputs(), 1, "polynomial features are of one input");
        Dataset::new(self.of(data.x()), data.y().to_vec(), data.n_samples())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;

    #[test]
    fn expanding_keeps_samples_and_outputs() {
        let data = Dataset::grid(Target::named("cosine").unwrap(), 5).unwrap();
        let expanded = PolynomialFeatures { degree: 3 }.expand(&data).unwrap();
        assert_eq!((expanded.n_samples(), expanded.n_inputs()), (5, 4));
        assert_eq!(expanded.y(), data.y());
        assert!(
            expanded
                .x()
                .chunks(4)
                .zip(data.x())
                .all(|(row, &x)| row[2] == x && row[3] == 1.0)
        );
    }
}
