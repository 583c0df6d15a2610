//! The weights of a two-layer ReLU network on the host: the currency between engines, devices and files.

use rayon::prelude::*;

/// The parameters of `relu(x w1 + b1) w2 + b2`, or anything shaped like them, such as their gradient.
///
/// # Shapes
///
/// `w1 [d, h]`, `b1 [h]`, `w2 [h, k]`, `b2 [k]`, each row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct ReluWeights {
    /// Weight of the hidden layer, `[d, h]`.
    pub w1: Vec<f64>,
    /// Bias of the hidden layer, `[h]`.
    pub b1: Vec<f64>,
    /// Weight of the output layer, `[h, k]`.
    pub w2: Vec<f64>,
    /// Bias of the output layer, `[k]`.
    pub b2: Vec<f64>,
}

impl ReluWeights {
    /// The parameter blocks' names, in the order of [`blocks`](Self::blocks).
    pub const BLOCKS: [&str; 4] = ["w1", "b1", "w2", "b2"];

    /// All zero.
    pub fn zeros(n_inputs: usize, n_hidden: usize, n_outputs: usize) -> Self {
        Self {
            w1: vec![0.0; n_inputs * n_hidden],
            b1: vec![0.0; n_hidden],
            w2: vec![0.0; n_hidden * n_outputs],
            b2: vec![0.0; n_outputs],
        }
    }

    /// The document's start: `w1`, then `w2`, from successive calls of `normal`; biases zero.
    pub fn random(
        n_inputs: usize,
        n_hidden: usize,
        n_outputs: usize,
        mut normal: impl FnMut() -> f64,
    ) -> Self {
        let mut weights = Self::zeros(n_inputs, n_hidden, n_outputs);
        weights.w1.fill_with(&mut normal);
        weights.w2.fill_with(&mut normal);
        weights
    }

    /// Number of inputs, `d`.
    pub fn n_inputs(&self) -> usize {
        self.w1.len() / self.n_hidden()
    }

    /// Number of hidden units, `h`.
    pub fn n_hidden(&self) -> usize {
        self.b1.len()
    }

    /// Number of outputs, `k`.
    pub fn n_outputs(&self) -> usize {
        self.b2.len()
    }

    /// The four parameter blocks `w1`, `b1`, `w2`, `b2`.
    pub fn blocks(&self) -> [&[f64]; 4] {
        [&self.w1, &self.b1, &self.w2, &self.b2]
    }

    /// The four parameter blocks `w1`, `b1`, `w2`, `b2`, to write to.
    pub fn blocks_mut(&mut self) -> [&mut [f64]; 4] {
        [&mut self.w1, &mut self.b1, &mut self.w2, &mut self.b2]
    }

    /// The hidden layer's `x w1 + b1` for one sample `x [d]`, unit by unit.
    pub fn preactivations<'a>(&'a self, x: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let h = self.n_hidden();
        (0..h).map(move |j| {
            let weights = self.w1[j..].iter().step_by(h);
            self.b1[j] + x.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>()
        })
    }

    /// The network's output for every row of `x [n, d]`: `[n, k]`. Time `O(n h)`, on all cores; no array of `n x h`.
    pub fn predict(&self, x: &[f64]) -> Vec<f64> {
        /// Rows of a block: they stay in the cache while unit after unit passes over them.
        const ROWS: usize = 512;
        /// Fewer rows are done before another thread wakes up.
        const PARALLEL: usize = 8 * ROWS;
        let (d, k) = (self.n_inputs(), self.n_outputs());
        let mut y = vec![0.0; x.len() / d * k];
        let of_block = |(y, x): (&mut [f64], &[f64])| self.predict_block(x, y);
        match x.len() < PARALLEL * d {
            true => y
                .chunks_mut(ROWS * k)
                .zip(x.chunks(ROWS * d))
                .for_each(of_block),
            false => y
                .par_chunks_mut(ROWS * k)
                .zip(x.par_chunks(ROWS * d))
                .for_each(of_block),
        }
        y
    }

    fn predict_block(&self, x: &[f64], y: &mut [f64]) {
        let (d, k) = (self.n_inputs(), self.n_outputs());
        y.chunks_exact_mut(k)
            .for_each(|y| y.copy_from_slice(&self.b2));
        let relu = |h1: f64| if h1 <= 0.0 { 0.0 } else { h1 }; // of a NaN, NaN
        if (d, k) == (1, 1) {
            for ((w, b), v) in self.w1.iter().zip(&self.b1).zip(&self.w2) {
                for (y, x) in y.iter_mut().zip(x) {
                    *y += relu(x * w + b) * v;
                }
            }
            return;
        }
        for (y, x) in y.chunks_exact_mut(k).zip(x.chunks_exact(d)) {
            for (j, h1) in self.preactivations(x).enumerate() {
                for (y, v) in y.iter_mut().zip(&self.w2[j * k..(j + 1) * k]) {
                    *y += relu(h1) * v;
                }
            }
        }
    }

    /// Whether no hidden unit is active on any sample of `x [n, d]`: the output is then `b2` everywhere.
    pub fn is_dead(&self, x: &[f64]) -> bool {
        x.chunks(self.n_inputs())
            .all(|x| self.preactivations(x).all(|h1| h1 <= 0.0))
    }

    /// How far `other` is from `self`, block by block: `max |a - b| / max(|a|, |b|)`, both maxima over the block.
    ///
    /// Equal blocks give 0; a NaN anywhere gives infinity.
    ///
    /// ```
    /// use shallow_analytic::ReluWeights;
    /// let a = ReluWeights { w1: vec![1.0, 4.0], b1: vec![0.0; 2], w2: vec![1.0; 2], b2: vec![2.0] };
    /// let b = ReluWeights { w1: vec![1.5, 4.0], ..a.clone() };
    /// assert_eq!(a.relative_difference(&b), [0.125, 0.0, 0.0, 0.0]);
    /// ```
    pub fn relative_difference(&self, other: &Self) -> [f64; 4] {
        let (ours, theirs) = (self.blocks(), other.blocks());
        std::array::from_fn(|block| relative_difference(ours[block], theirs[block]))
    }
}

/// `max |a - b| / max(|a|, |b|)`, both maxima over all values: 0 of equal blocks, infinity where there is a NaN.
///
/// # Panics
///
/// When they are not of one length.
pub fn relative_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "blocks of different networks");
    let (mut difference, mut magnitude) = (0.0_f64, 0.0_f64);
    for (a, b) in a.iter().zip(b) {
        if a.is_nan() || b.is_nan() {
            return f64::INFINITY;
        }
        difference = difference.max((a - b).abs());
        magnitude = magnitude.max(a.abs()).max(b.abs());
    }
    if difference == 0.0 {
        0.0
    } else {
        difference / magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_follow_from_the_blocks() {
        let weights = ReluWeights::zeros(2, 5, 3);
        assert_eq!(
            (weights.n_inputs(), weights.n_hidden(), weights.n_outputs()),
            (2, 5, 3)
        );
    }

    #[test]
    fn weights_are_drawn_first_to_last_and_biases_are_zero() {
        let mut next = 0.0;
        let weights = ReluWeights::random(1, 2, 1, || {
            next += 1.0;
            next
        });
        assert_eq!(
            weights.blocks().concat(),
            [1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 0.0]
        );
    }

    #[test]
    fn a_net_is_dead_when_no_unit_sees_a_sample_on_its_active_side() {
        let mut weights = ReluWeights::zeros(1, 2, 1);
        weights.w1 = vec![1.0, -1.0];
        weights.b1 = vec![-2.0, -2.0];
        assert!(weights.is_dead(&[-1.0, 0.0, 2.0]));
        assert!(!weights.is_dead(&[-1.0, 0.0, 2.5]));
    }

    #[test]
    fn a_prediction_is_the_reference_networks() {
        for (d, k, n) in [(1, 1, 1000), (2, 3, 1000), (1, 2, 7), (3, 1, 513)] {
            let mut next = 0.0;
            let mut weights = ReluWeights::random(d, 7, k, || {
                next += 0.7;
                f64::sin(next * next)
            });
            weights.b1.fill(0.1);
            weights.b2.fill(2.0);
            let x: Vec<f64> = (0..n * d).map(|i| (i as f64).sin()).collect();
            let rows = ndarray::ArrayView2::from_shape((n, d), &x).unwrap();
            let reference = crate::backprop::LayeredNet::new(&weights).forward(rows);
            let predicted = weights.predict(&x);
            assert_eq!(predicted.len(), reference.len());
            for (a, b) in predicted.iter().zip(&reference) {
                assert!((a - b).abs() < 1e-14, "{a} against {b}"); // a few roundings of terms near 1
            }
        }
    }

    #[test]
    fn a_nan_is_never_close() {
        assert_eq!(relative_difference(&[f64::NAN], &[f64::NAN]), f64::INFINITY);
    }
}
