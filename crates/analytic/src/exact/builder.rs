//! Samples that come in a stream, reduced to a limited number of cells of x: memory does not grow with the stream.
//!
//! While x has no more distinct values than there are cells (a 16-bit sensor), each has its own and nothing is lost. Beyond
//! that, neighbouring cells merge, those of least weight times width first. A cell keeps its samples' weight, means and
//! centred second moments (Chan, Golub and LeVeque's updates), and stands for two samples with these same moments: where
//! no kink lies inside it, loss and gradient are still the samples' own.

use super::{
    cell::{Cell, CellMoments},
    moments::{Merged, Moments},
};

/// Builds [`Moments`] from chunks of samples.
///
/// Memory is `O((cells + 1024) k)`; a sample takes `O(log cells)` time, on average.
///
/// ```
/// use shallow_analytic::MomentsBuilder;
/// let mut builder = MomentsBuilder::new(1, 100);
/// builder.push(&[2.0, 1.0], &[5.0, 0.0]);
/// builder.push(&[2.0], &[7.0]);
/// let moments = builder.finish();
/// assert_eq!((moments.n_distinct(), moments.total_weight()), (2, 3.0));
/// ```
#[derive(Debug, Clone)]
pub struct MomentsBuilder {
    max_cells: usize,
    n_outputs: usize,
    /// In increasing mean x up to `n_sorted`, then in the order of arrival.
    cells: Vec<Cell>,
    n_sorted: usize,
    /// The cost up to which cells were merged. A cell takes in samples up to this cost.
    allowed: f64,
    /// Samples that are in no cell yet: the input, the weight and the place of the outputs.
    waiting: Vec<(f64, f64, usize)>,
    outputs: Vec<f64>,
}

impl MomentsBuilder {
    /// For samples of `n_outputs` outputs, in at most `max_cells` cells.
    ///
    /// # Panics
    ///
    /// When either is 0.
    pub fn new(n_outputs: usize, max_cells: usize) -> Self {
        assert!(n_outputs > 0, "samples have at least one output");
        assert!(max_cells > 0, "there must be at least one cell");
        Self {
            max_cells,
            n_outputs,
            cells: Vec::new(),
            n_sorted: 0,
            allowed: 0.0,
            waiting: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// Adds samples `x [n]`, `y [n, k]`.
    ///
    /// # Panics
    ///
    /// When the lengths do not fit, or at a NaN or infinity.
    pub fn push(&mut self, x: &[f64], y: &[f64]) {
        assert_eq!(
            y.len(),
            x.len() * self.n_outputs,
            "outputs for {} samples",
            x.len()
        );
        for (x, y) in x.iter().zip(y.chunks_exact(self.n_outputs)) {
            self.push_weighted(*x, y, 1.0);
        }
    }

    /// Adds a sample `x`, `y [k]` of a weight above 0.
    ///
    /// # Panics
    ///
    /// When the length does not fit, or at a NaN or infinity.
    pub fn push_weighted(&mut self, x: f64, y: &[f64], weight: f64) {
        assert_eq!(y.len(), self.n_outputs, "outputs for a sample");
        let mut all = [x, weight].into_iter().chain(y.iter().copied());
        assert!(all.all(f64::is_finite), "samples must be finite");
        self.waiting.push((x, weight, self.outputs.len()));
        self.outputs.extend_from_slice(y);
        if self.waiting.len() >= self.max_cells.max(1024) {
            self.place();
        }
    }

    /// Adds the samples of one output that a cell's moments are of.
    ///
    /// # Panics
    ///
    /// With other outputs, and with numbers that are not finite.
    pub fn push_cell_of(&mut self, moments: &CellMoments) {
        assert_eq!(self.n_outputs, 1, "a cell's moments are of one output");
        self.push_cell(Cell::of_moments(moments));
    }

    /// Adds the samples of another builder.
    ///
    /// # Panics
    ///
    /// When its samples have another number of outputs.
    pub fn merge(&mut self, mut other: Self) {
        assert_eq!(
            self.n_outputs, other.n_outputs,
            "outputs of the other builder"
        );
        other.place();
        other
            .cells
            .into_iter()
            .for_each(|cell| self.push_cell(cell));
    }

    /// The cells of all samples so far, of one output, in the order of x.
    ///
    /// # Panics
    ///
    /// With other outputs.
    pub fn into_cells(mut self) -> Vec<CellMoments> {
        assert_eq!(self.n_outputs, 1, "a cell's moments are of one output");
        self.gather();
        self.cells.iter().map(Cell::moments).collect()
    }

    /// The moments of all samples so far.
    ///
    /// # Panics
    ///
    /// Without samples.
    pub fn finish(mut self) -> Moments {
        self.gather();
        assert!(!self.cells.is_empty(), "no samples");
        let (mut samples, mut scatter) = (Vec::new(), 0.0);
        for cell in &self.cells {
            let (these, squares) = cell.as_samples();
            samples.extend(these);
            scatter += squares;
        }
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut merged = Merged::new(self.n_outputs);
        for group in samples.chunk_by(|a, b| a.0 == b.0) {
            merged.push(
                group[0].0,
                group.iter().map(|(_, weight, y)| (*weight, y.as_slice())),
            );
        }
        merged.add_scatter(scatter);
        let mut moments = merged.finish();
        self.cells.retain(|cell| cell.width() > 0.0);
        moments.wide = self.cells;
        moments
    }

    fn push_cell(&mut self, cell: Cell) {
        self.cells.push(cell);
        if self.cells.len() >= self.n_sorted + self.max_cells.max(1024) {
            self.sort();
            if self.cells.len() > 2 * self.max_cells {
                self.coarsen();
            }
        }
    }

    /// Puts the samples that wait in cells: those whose means are next to them, where their cost stays low, or cells of their own.
    fn place(&mut self) {
        self.sort();
        let mut waiting = std::mem::take(&mut self.waiting);
        let outputs = std::mem::take(&mut self.outputs);
        waiting.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        let (mut above, allowed) = (0, self.allowed);
        for &(x, weight, at) in &waiting {
            let y = &outputs[at..at + self.n_outputs];
            while self.cells[..self.n_sorted]
                .get(above)
                .is_some_and(|cell| cell.x < x)
            {
                above += 1;
            }
            let nearest = above.saturating_sub(1)..(above + 1).min(self.n_sorted);
            let takes = |cell: &&mut Cell| {
                cell.low <= x && x <= cell.high && (cell.weight + weight) * cell.width() <= allowed
            };
            match self.cells[nearest].iter_mut().rev().find(takes) {
                Some(cell) => cell.add_sample(x, y, weight),
                None => self.cells.push(Cell::of_sample(x, y, weight)),
            }
        }
        waiting.clear();
        self.waiting = waiting;
        self.sort();
        if self.cells.len() > 2 * self.max_cells {
            self.coarsen();
        }
    }

    /// Puts all samples in at most so many cells, in order.
    fn gather(&mut self) {
        self.place();
        if !self.cells.is_empty() {
            self.coarsen();
        }
    }

    /// Puts the cells in order, and those of one input together.
    fn sort(&mut self) {
        self.cells.sort_by(|a, b| a.x.total_cmp(&b.x)); // finds what is sorted already
        self.cells.dedup_by(|next, cell| {
            let same = next.width() == 0.0 && cell.width() == 0.0 && next.x == cell.x;
            if same {
                cell.add(next);
            }
            same
        });
        self.n_sorted = self.cells.len();
    }

    /// Merges neighbours, those of least cost first, until there are at most `max_cells`.
    fn coarsen(&mut self) {
        let mut costs = Vec::new();
        while self.cells.len() > self.max_cells {
            let mut too_many = self.cells.len() - self.max_cells;
            costs.clear();
            costs.extend(self.cells.windows(2).map(|two| two[0].cost_with(&two[1])));
            let (_, allowed, _) = costs.select_nth_unstable_by(too_many - 1, f64::total_cmp);
            let allowed = *allowed;
            self.cells.dedup_by(|next, cell| {
                let merge = too_many > 0 && cell.cost_with(next) <= allowed;
                if merge {
                    cell.add(next);
                    too_many -= 1;
                }
                merge
            });
            self.allowed = self.allowed.max(allowed);
        }
        self.n_sorted = self.cells.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExactGradient, Reduction, ReluWeights};
    use proptest::prelude::*;

    fn exact(weights: &ReluWeights, moments: &Moments) -> (f64, ReluWeights) {
        let mut gradient = weights.clone();
        let mut engine = ExactGradient::new(moments, weights.n_hidden());
        let loss = engine.loss_and_gradient(weights, Reduction::Mean, &mut gradient);
        (loss, gradient)
    }

    fn built(x: &[f64], y: &[f64], k: usize, max_cells: usize, chunk: usize) -> Moments {
        // Two builders, each with every other chunk.
        let mut builders = [
            MomentsBuilder::new(k, max_cells),
            MomentsBuilder::new(k, max_cells),
        ];
        for (i, (x, y)) in x.chunks(chunk).zip(y.chunks(chunk * k)).enumerate() {
            builders[i % 2].push(x, y);
        }
        let [mut builder, other] = builders;
        builder.merge(other);
        builder.finish()
    }

    /// Sums of a few thousand terms near 1, in another order.
    const ROUNDING: f64 = 1e-11;

    /// Loss and gradient, as (what, from builder, from all samples, bound).
    fn compared(weights: &ReluWeights, coarse: &Moments, fine: &Moments) -> Vec<(f64, f64, f64)> {
        let (ours, theirs) = (exact(weights, coarse), exact(weights, fine));
        let bound = coarse.error_bound(weights, Reduction::Mean);
        let [a, b, bounds] =
            [&ours.1, &theirs.1, &bound.1].map(|weights| weights.blocks().concat());
        let gradients = a
            .into_iter()
            .zip(b)
            .zip(bounds)
            .map(|((a, b), bound)| (a, b, bound));
        gradients.chain([(ours.0, theirs.0, bound.0)]).collect()
    }

    fn net(values: &[f64], h: usize, k: usize) -> ReluWeights {
        let mut weights = ReluWeights::zeros(1, h, k);
        let targets = weights.blocks_mut().into_iter().flatten();
        targets
            .zip(values.iter().cycle())
            .for_each(|(to, value)| *to = *value);
        weights
    }

    proptest! {
        #[test]
        fn loss_and_gradient_stay_within_the_bound(
            values in prop::collection::vec(-2.0_f64..2.0, 50),
            x in prop::collection::vec(-3.0_f64..3.0, 1..3000),
            (h, k, max_cells, chunk) in (1_usize..12, 1_usize..3, 1_usize..200, 1_usize..500),
        ) {
            let weights = net(&values, h, k);
            let y: Vec<f64> = x.iter().flat_map(|x| (0..k).map(move |o| (2.0 * x + o as f64).sin())).collect();
            let coarse = built(&x, &y, k, max_cells, chunk);
            prop_assert!(coarse.n_distinct() <= 2 * max_cells);
            for (i, (ours, theirs, bound)) in compared(&weights, &coarse, &Moments::new(&x, &y)).into_iter().enumerate() {
                prop_assert!((ours - theirs).abs() <= bound + ROUNDING, "{i}: {ours} for {theirs} within {bound:e}");
            }
        }

        /// A sensor of 200 levels.
        #[test]
        fn with_a_cell_for_every_input_nothing_is_lost(
            values in prop::collection::vec(-2.0_f64..2.0, 50),
            levels in prop::collection::vec(0_u8..200, 1..5000),
        ) {
            let weights = net(&values, 12, 1);
            let x: Vec<f64> = levels.iter().map(|level| f64::from(*level) / 50.0 - 2.0).collect();
            let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| x.cos() + (i % 7) as f64 / 10.0).collect();
            let coarse = built(&x, &y, 1, 200, 77);
            for (ours, theirs, bound) in compared(&weights, &coarse, &Moments::new(&x, &y)) {
                prop_assert!(bound == 0.0 && (ours - theirs).abs() <= ROUNDING, "{ours} for {theirs}");
            }
        }
    }

    #[test]
    fn with_ten_times_the_cells_the_bound_is_a_hundredth() {
        let x: Vec<f64> = (0..200_000)
            .map(|i| (f64::from(i) * 0.754_877_666_246_692_7).fract() * 2.0 - 1.0)
            .collect();
        let y: Vec<f64> = x.iter().map(|x| (3.0 * x).sin()).collect();
        let weights = net(&[0.9, -1.3, 0.4, 1.7, -0.2, 0.6, -0.8], 16, 1);
        let loss_bound = |cells| {
            let moments = built(&x, &y, 1, cells, 10_000);
            let bound =
                moments.error_bound(&weights, Reduction::Mean).0 / exact(&weights, &moments).0;
            println!("{cells} cells: {bound:.1e} of the loss");
            bound
        };
        let (few, many) = (loss_bound(1000), loss_bound(10_000));
        assert!(few < 1e-4 && many < few / 20.0, "{few:e}, {many:e}");
    }
}
