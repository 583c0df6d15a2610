//! A table's rows: each within the tolerance.

use shallow_data::largest;
use shallow_export::Function;
use shallow_expression::Interval;

use super::{
    band::Band,
    places::{Gates, Place},
    problem::{Corridor, Excess, NoFit, check_size},
};

/// The rows of a table.
pub(crate) struct OfRows {
    places: Vec<Place>,
    /// Their inputs and outputs, for the last look.
    x: Vec<f64>,
    y: Vec<f64>,
    size: f64,
}

impl OfRows {
    /// In any order; rows of one input have to be passed together.
    pub fn new(x: &[f64], y: &[f64], band: Band) -> Result<Self, NoFit> {
        let mut rows: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        if !rows.is_sorted_by(|a, b| a.0 <= b.0) {
            rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let mut places: Vec<Place> = Vec::new();
        for (x, y) in &rows {
            let y = Interval::point(*y);
            match places.last_mut() {
                Some(last) if last.x == *x => {
                    last.least = Interval::point(last.least.low.min(y.low));
                    last.most = Interval::point(last.most.high.max(y.high));
                }
                _ => places.push(Place {
                    x: *x,
                    least: y,
                    most: y,
                    slope: 0.0,
                }),
            }
        }
        let size = largest(y);
        check_size(size)?;
        let zero = places
            .windows(2)
            .find(|pair| band.is_zero_between(&pair[0].least, &pair[1].most));
        if let Some(pair) = zero {
            return Err(NoFit::Zero { at: pair[1].x });
        }
        Ok(Self {
            places,
            size,
            x: x.into(),
            y: y.into(),
        })
    }
}

impl Corridor for OfRows {
    fn places(&self) -> &[Place] {
        &self.places
    }

    fn size(&self) -> f64 {
        self.size
    }

    /// There is nothing between rows.
    fn refine(
        &mut self,
        band: Band,
        which: Gates,
        _is_backward: bool,
        _most: usize,
    ) -> Result<usize, f64> {
        let path: shallow_splines::Corridor = self.gates(band, which)?.into_iter().collect();
        Ok(path.n_pieces())
    }

    fn excess(&mut self, function: &Function, band: Band) -> Result<Excess, NoFit> {
        let excess = |(prediction, y): (f64, &f64)| {
            let value = Interval::point(*y);
            let gate = band.outer(0.0, value, value);
            gate.map_or(f64::INFINITY, |gate| {
                (gate.low - prediction).max(prediction - gate.high)
            })
        };
        let predictions = function.predict(&self.x);
        let most = predictions.into_iter().zip(&self.y).map(excess);
        let most = most.fold(0.0, f64::max);
        Ok(if most > 0.0 {
            Excess::Seen(most)
        } else {
            Excess::None
        })
    }
}
