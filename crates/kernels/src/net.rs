//! A network's parameters as slices, and the sums of their gradients.

use crate::float::Float;

/// The parameters of a network, row-major: `w1 [d, h]`, `b1 [h]`, `w2 [h, k]`, `b2 [k]`.
#[derive(Debug, Clone, Copy)]
pub struct Net<'a, T> {
    /// W1.
    pub w1: &'a [T],
    /// b1.
    pub b1: &'a [T],
    /// W2.
    pub w2: &'a [T],
    /// b2.
    pub b2: &'a [T],
}

impl<T: Float> Net<'_, T> {
    pub(crate) fn n_hidden(&self) -> usize {
        self.b1.len()
    }

    pub(crate) fn n_outputs(&self) -> usize {
        self.b2.len()
    }

    /// d.
    ///
    /// # Panics
    ///
    /// When the blocks are not those of one network.
    pub(crate) fn n_inputs(&self) -> usize {
        let (h, k) = (self.n_hidden(), self.n_outputs());
        assert!(
            h > 0 && k > 0 && self.w1.len().is_multiple_of(h) && self.w2.len() == h * k,
            "W1 {}, b1 {h}, W2 {}, b2 {k} are not the sizes of one network",
            self.w1.len(),
            self.w2.len()
        );
        self.w1.len() / h
    }
}

/// Sums of gradients, in f64 whatever the float type.
#[derive(Debug, Clone)]
pub(crate) struct Sums {
    pub(crate) w1: Vec<f64>,
    pub(crate) b1: Vec<f64>,
    pub(crate) w2: Vec<f64>,
    pub(crate) b2: Vec<f64>,
}

impl Sums {
    pub(crate) fn zero<T: Float>(net: &Net<T>) -> Self {
        let zeros = |block: &[T]| vec![0.0; block.len()];
        Self {
            w1: zeros(net.w1),
            b1: zeros(net.b1),
            w2: zeros(net.w2),
            b2: zeros(net.b2),
        }
    }

    pub(crate) fn add(mut self, other: &Self) -> Self {
        let add = |sum: &mut [f64], part: &[f64]| {
            sum.iter_mut()
                .zip(part)
                .for_each(|(sum, part)| *sum += part);
        };
        add(&mut self.w1, &other.w1);
        add(&mut self.b1, &other.b1);
        add(&mut self.w2, &other.w2);
        add(&mut self.b2, &other.b2);
        self
    }
}
