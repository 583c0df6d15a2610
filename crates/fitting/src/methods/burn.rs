//! Descent by Burn's autodiff, on a device.

use shallow::{
    Device, FloatDType,
    model::{HostRegressor, PerceptronNet, TwoLayerReluNet},
    train::Training,
};
use shallow_analytic::{
    Parameters,
    descent::{Course, Epoch, Fit},
};
use shallow_data::Dataset;

use super::observer::{Observer, Report};
use shallow_export::Dtype;

use crate::error::FittingError;

/// Fits the module of these parameters, and gives its parameters back.
pub(super) fn fit(
    device: &Device,
    dtype: Dtype,
    start: &Parameters,
    data: &Dataset,
    course: &Course,
    observer: Observer,
) -> Result<Fit<Parameters>, FittingError> {
    let dtype = match dtype {
        Dtype::F32 => FloatDType::F32,
        _ => FloatDType::F64,
    };
    match start {
        Parameters::Relu(weights) => {
            let net = TwoLayerReluNet::from_weights(weights, device, dtype);
            run(net.map_err(shallow::Error::from)?, data, course, observer)
        }
        Parameters::Perceptron(neuron) => {
            let net = PerceptronNet::from_weights(neuron, device, dtype);
            run(net.map_err(shallow::Error::from)?, data, course, observer)
        }
    }
}

fn run<M: HostRegressor>(
    model: M,
    data: &Dataset,
    course: &Course,
    observer: Observer,
) -> Result<Fit<Parameters>, FittingError> {
    let fit = Training::new(course.config)
        .resume(course.from)
        .stop(course.stop)
        .observer(|epoch: &Epoch<M>| {
            observer(&Report {
                epoch: epoch.epoch,
                losses: epoch.losses,
                model: &|| epoch.model().to_host(),
                previous: &|| epoch.previous().to_host(),
                checkpoint: &|| epoch.checkpoint(),
            })
        })
        .fit(model, data)?;
    Ok(Fit {
        model: fit.model.to_host(),
        previous: fit.previous.to_host(),
        checkpoint: fit.checkpoint,
        engine: fit.engine,
        losses: fit.losses,
    })
}
