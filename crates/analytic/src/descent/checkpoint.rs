//! The state of a fit between two epochs.

use super::{config::FitConfig, error::FitError};

/// All that a fit needs to go on to the numbers of one that never stopped: on the CPU to the same bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Epochs done.
    pub epochs: usize,
    /// The parameters after them, block by block, in f64; engines on the host may have more digits than the model's float
    /// type.
    pub parameters: Vec<Vec<f64>>,
    /// What the [`Optimizer`](super::Optimizer) remembers of each parameter, in the same blocks: momentum's sum, or Adam's mean
    /// and mean square.
    pub memory: Vec<Vec<Vec<f64>>>,
}

impl Checkpoint {
    /// Checks that a fit with this configuration, of a model with blocks of these lengths, can go on from here.
    ///
    /// # Errors
    ///
    /// [`FitError::Checkpoint`] with what does not fit.
    pub fn check(&self, lengths: &[usize], config: &FitConfig) -> Result<(), FitError> {
        let of = |blocks: &[Vec<f64>]| -> Vec<usize> { blocks.iter().map(Vec::len).collect() };
        let mut all = std::iter::once(&self.parameters).chain(&self.memory);
        let obstacle = if self.epochs >= config.epochs {
            format!("{} were asked for; ask for more", config.epochs)
        } else if self.memory.len() != config.optimizer.n_remembered() {
            let name = config.optimizer.name();
            format!("it is not of the optimizer {name}; choose the one it was made with")
        } else if let Some(other) = all.find(|blocks| of(blocks) != lengths) {
            let theirs = of(other);
            format!("its parameters have sizes {theirs:?}, the model's {lengths:?}")
        } else {
            return Ok(());
        };
        Err(FitError::Checkpoint {
            epochs: self.epochs,
            obstacle,
        })
    }
}

/// The same values in blocks of these lengths.
pub(super) fn in_blocks(values: &[f64], lengths: impl Iterator<Item = usize>) -> Vec<Vec<f64>> {
    let mut rest = values;
    let take = |length| {
        let (these, others) = rest.split_at(length);
        rest = others;
        these.to_vec()
    };
    lengths.map(take).collect()
}
