//! Everything that can go wrong for a user, and the exit code a program ends with.

use shallow_data::DataError;
use shallow_model::ModelError;
use shallow_plot::PlotError;
use shallow_trainer::FitError;

use crate::device::DeviceError;

/// Any error of this workspace; its message is one plain sentence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// About samples or a target.
    #[error(transparent)]
    Data(#[from] DataError),
    /// About a device's name or presence.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// About a model's sizes or float type.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// About the fit's settings or its course.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// About a picture.
    #[error(transparent)]
    Plot(#[from] PlotError),
}

impl Error {
    /// The exit code: 1 failed, 2 asked for something that cannot be, 3 diverged.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Fit(FitError::Diverged { .. }) => 3,
            Self::Fit(FitError::Device { .. })
            | Self::Device(DeviceError::NoAdapter { .. } | DeviceError::Failed { .. })
            | Self::Plot(PlotError::Write { .. }) => 1,
            _ => 2,
        }
    }
}
