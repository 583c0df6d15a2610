//! Where a fit stands between two epochs.

use shallow_model::HostModel;

use crate::{FitConfig, FitError};

/// All that a fit needs to go on to the numbers of one that never stopped: on the CPU to the same bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Epochs done.
    pub epochs: usize,
    /// The parameters after them, in f64; engines on the host may have more digits than the model's float type.
    pub parameters: HostModel,
    /// What the [`Optimizer`](shallow_analytic::Optimizer) remembers of each parameter: momentum's sum, or Adam's mean and
    /// mean square.
    pub memory: Vec<HostModel>,
}

impl Checkpoint {
    /// Whether a fit of such a model, so configured, can go on from here.
    pub(crate) fn check(&self, model: &HostModel, config: &FitConfig) -> Result<(), FitError> {
        let shape = |model: &HostModel| -> Vec<usize> {
            model.blocks().iter().map(|block| block.len()).collect()
        };
        let obstacle = if self.epochs >= config.epochs {
            format!("{} were asked for; ask for more", config.epochs)
        } else if self.memory.len() != config.optimizer.n_remembered() {
            let name = config.optimizer.name();
            format!("it is not of the optimiser {name}; choose the one it was made with")
        } else if let Some(other) = [&self.parameters]
            .into_iter()
            .chain(&self.memory)
            .find(|other| shape(other) != shape(model))
        {
            let (theirs, ours) = (shape(other), shape(model));
            format!("its parameters have sizes {theirs:?}, the model's {ours:?}")
        } else {
            return Ok(());
        };
        Err(FitError::Checkpoint {
            epochs: self.epochs,
            obstacle,
        })
    }
}

/// Parameters shaped like `like`, of these values, block after block.
pub(crate) fn unflatten(values: &[f64], like: &HostModel) -> HostModel {
    let mut parameters = like.clone();
    let mut rest = values;
    for block in parameters.blocks_mut() {
        let (these, others) = rest.split_at(block.len());
        block.copy_from_slice(these);
        rest = others;
    }
    parameters
}

/// The values of all parameters, block after block.
pub(crate) fn flatten(parameters: &HostModel) -> Vec<f64> {
    parameters.blocks().concat()
}
