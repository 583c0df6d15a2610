//! Why a fit stopped early, one variant a condition.

/// Why there is no fitted model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// A learning rate that is zero, negative, infinite or NaN.
    #[error("learning rate must be a positive number, got {learning_rate}")]
    LearningRate {
        /// The value given.
        learning_rate: f64,
    },
    /// A name that no engine has.
    #[error("unknown engine `{name}`; choose auto, autodiff, backprop or exact")]
    UnknownEngine {
        /// The name given.
        name: String,
    },
    /// A number outside its range.
    #[error("{what} must be {range}, got {value}")]
    Range {
        /// What it is.
        what: &'static str,
        /// What it may be.
        range: &'static str,
        /// The value given.
        value: f64,
    },
    /// [`Engine::Exact`](super::Engine::Exact) asked for where it does not apply.
    #[error(
        "the exact engine needs a ReLU network of one input, and {obstacle}; choose the engine autodiff or backprop"
    )]
    NotExact {
        /// What the model is instead.
        obstacle: String,
    },
    /// An optimizer that needs the exact engine, which does not apply or was not asked for.
    #[error(
        "the optimizer {optimizer} needs the exact engine, on a ReLU network of one input, and {obstacle}; choose the optimizer gd, momentum or adam"
    )]
    SecondOrder {
        /// Its name.
        optimizer: &'static str,
        /// What stands in the way.
        obstacle: String,
    },
    /// [`Engine::Backprop`](super::Engine::Backprop) asked for with a module that is not one of the documents'.
    #[error(
        "the backprop engine knows only the two-layer ReLU network and the perceptron; choose the engine autodiff"
    )]
    NotByHand,
    /// [`Engine::Autodiff`](super::Engine::Autodiff) asked for where only the host engines are.
    #[error(
        "the autodiff engine needs Burn, which is not part of this build; choose the engine exact or backprop"
    )]
    NoAutodiff,
    /// A choice that only the autodiff engine knows, beside another engine.
    #[error(
        "{what} needs the engine autodiff, and the engine is {engine}; choose autodiff or auto"
    )]
    OnlyAutodiff {
        /// The choice.
        what: &'static str,
        /// The engine asked for.
        engine: &'static str,
    },
    /// Samples that do not fit the model, or each other.
    #[error("{0}")]
    Shape(String),
    /// A checkpoint that this fit cannot go on from.
    #[error("cannot go on from the checkpoint after {epochs} epochs: {obstacle}")]
    Checkpoint {
        /// Epochs done at the checkpoint.
        epochs: usize,
        /// What does not fit, and what to do.
        obstacle: String,
    },
    /// A count of 0 where at least 1 is needed.
    #[error("{what} must be at least 1, got 0")]
    ZeroCount {
        /// The field of [`FitConfig`](super::FitConfig).
        what: &'static str,
    },
    /// A loss that is infinite or NaN.
    #[error("diverged: the loss was {loss:.3e} at epoch {epoch} ({}): {}", last_finite(.last_finite_loss), super::verdict::advice(*.learning_rate, *.stability_limit, *.working_rate))]
    Diverged {
        /// The first epoch whose loss was not finite, from 0.
        epoch: usize,
        /// That loss.
        loss: f64,
        /// The loss of the epoch before it, if there was one.
        last_finite_loss: Option<f64>,
        /// The learning rate.
        learning_rate: f64,
        /// The largest learning rate the problem allows, by
        /// [`Parameters::stability_limit`](crate::Parameters::stability_limit) of the model before the fit; NaN where that is
        /// not known.
        stability_limit: f64,
        /// A learning rate that was tried and works, where one was found.
        working_rate: Option<f64>,
    },
    /// The device failed, for example for want of memory.
    #[error("the device failed: {message}")]
    Device {
        /// What Burn reported.
        message: String,
    },
}

impl FitError {
    /// A model and samples with other numbers of inputs.
    pub fn inputs(model: usize, data: usize) -> Self {
        Self::Shape(format!(
            "the model takes {model} input{}, and the samples have {data}",
            if model == 1 { "" } else { "s" }
        ))
    }

    /// A model and samples with other numbers of outputs.
    pub fn outputs(model: usize, data: usize) -> Self {
        Self::Shape(format!(
            "the model gives {model} output{}, and the samples have {data}",
            if model == 1 { "" } else { "s" }
        ))
    }
}

fn last_finite(loss: &Option<f64>) -> String {
    match loss {
        Some(loss) => format!("last finite loss {loss:.3e}"),
        None => "no loss was finite".into(),
    }
}
