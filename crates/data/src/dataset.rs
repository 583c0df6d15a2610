//! A data set: `n` samples of inputs and the outputs wanted for them.

use crate::{DataError, Draw, Target, linspace};

/// `n` samples, row-major: inputs `x` of shape `[n, d]` and outputs `y` of shape `[n, k]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    x: Vec<f64>,
    y: Vec<f64>,
    n_samples: usize,
}

impl Dataset {
    /// Takes `n_samples` rows of inputs and of outputs; `d` and `k` follow from the lengths.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`] without samples, [`DataError::NotFinite`] at the first NaN or infinity.
    ///
    /// # Panics
    ///
    /// When a length is not a positive multiple of `n_samples`.
    pub fn new(x: Vec<f64>, y: Vec<f64>, n_samples: usize) -> Result<Self, DataError> {
        if n_samples == 0 {
            return Err(DataError::Empty);
        }
        for (column, values) in [("x", &x), ("y", &y)] {
            assert!(
                !values.is_empty() && values.len() % n_samples == 0,
                "{column} has {} values, no positive multiple of {n_samples} samples",
                values.len()
            );
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                return Err(DataError::NotFinite {
                    column,
                    sample: at / (values.len() / n_samples),
                    value: values[at],
                });
            }
        }
        Ok(Self { x, y, n_samples })
    }

    /// `n` samples of `target`, x uniform on its domain: the document's training set.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`] when `n` is 0.
    pub fn random(target: &Target, n: usize, draw: &mut impl Draw) -> Result<Self, DataError> {
        let (low, high) = target.domain;
        Self::of(target, (0..n).map(|_| draw.uniform(low, high)).collect())
    }

    /// `n` evenly spaced samples of `target` over its domain: the document's test set.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`] when `n` is 0.
    pub fn grid(target: &Target, n: usize) -> Result<Self, DataError> {
        Self::of(target, linspace(target.domain.0, target.domain.1, n))
    }

    fn of(target: &Target, x: Vec<f64>) -> Result<Self, DataError> {
        let y = x.iter().map(|&x| (target.f)(x)).collect();
        let n = x.len();
        Self::new(x, y, n)
    }

    /// Inputs, `[n, d]` row-major.
    pub fn x(&self) -> &[f64] {
        &self.x
    }

    /// Outputs, `[n, k]` row-major.
    pub fn y(&self) -> &[f64] {
        &self.y
    }

    /// Number of samples, `n`.
    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// Number of inputs, `d`.
    pub fn n_inputs(&self) -> usize {
        self.x.len() / self.n_samples
    }

    /// Number of outputs, `k`.
    pub fn n_outputs(&self) -> usize {
        self.y.len() / self.n_samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NumpyRng;

    #[test]
    fn the_shape_follows_from_the_lengths() {
        let data = Dataset::new(vec![0.0; 6], vec![0.0; 3], 3).unwrap();
        assert_eq!(
            (data.n_samples(), data.n_inputs(), data.n_outputs()),
            (3, 2, 1)
        );
    }

    #[test]
    fn samples_lie_on_the_target_inside_its_domain() {
        let target = Target::named("cosine").unwrap();
        let data = Dataset::random(target, 100, &mut NumpyRng::new(7)).unwrap();
        for (&x, &y) in data.x().iter().zip(data.y()) {
            assert!((target.domain.0..target.domain.1).contains(&x));
            assert_eq!(y, x.cos());
        }
    }

    #[test]
    fn no_samples_is_an_error() {
        let nothing = Dataset::grid(Target::named("smooth").unwrap(), 0);
        assert_eq!(nothing.unwrap_err(), DataError::Empty);
    }

    #[test]
    fn a_nan_is_named_by_column_and_sample() {
        let error = Dataset::new(vec![1.0; 6], vec![0.0, f64::NAN, 0.0], 3).unwrap_err();
        assert_eq!(error.to_string(), "y of sample 1 must be finite, got NaN");
    }

    #[test]
    #[should_panic(expected = "no positive multiple of 3 samples")]
    fn lengths_that_do_not_fit_are_a_bug() {
        let _ = Dataset::new(vec![0.0; 4], vec![0.0; 3], 3);
    }
}
