//! Autodiff's gradients on every device of this build, in every float type it has.

use shallow::{
    BACKENDS, DeviceError, FloatDType,
    model::{HostRegressor, ModelError, PerceptronNet, TwoLayerReluNet},
    train::gradient,
};
use shallow_analytic::{Parameters, Reduction};
use shallow_data::Dataset;

use crate::{
    error::FittingError,
    gradients::{Check, Reference, RootAndGradient},
    progress::Progress,
};

/// The largest relative difference allowed from backprop: thousands of roundings in f64, a hundred in f32.
const AUTODIFF: [(FloatDType, f64); 2] = [(FloatDType::F64, 1e-12), (FloatDType::F32, 1e-5)];

pub(crate) fn check_devices(
    check: &mut Check,
    start: &Parameters,
    data: &Dataset,
    reduction: Reduction,
    reference: &Reference,
    progress: &mut dyn Progress,
) -> Result<(), FittingError> {
    for backend in BACKENDS {
        let device = match shallow::device(backend) {
            Ok(device) => device,
            Err(DeviceError::NotCompiledIn { .. }) => continue,
            Err(error) => {
                progress.note(&error.to_string());
                continue;
            }
        };
        for (dtype, tolerance) in AUTODIFF {
            let line = match start {
                Parameters::Relu(weights) => of_model(
                    TwoLayerReluNet::from_weights(weights, &device, dtype),
                    data,
                    reduction,
                )?,
                Parameters::Perceptron(neuron) => of_model(
                    PerceptronNet::from_weights(neuron, &device, dtype),
                    data,
                    reduction,
                )?,
            };
            match line {
                Ok((how, theirs)) => {
                    let dtype = format!("{dtype:?}").to_lowercase();
                    let what = format!("autodiff {backend} {dtype} {how}, backprop");
                    check.add(&what, &theirs, reference, tolerance);
                }
                Err(error) => progress.note(&error.to_string()),
            }
        }
    }
    Ok(())
}

/// How autodiff computed the gradient, and the gradient; or why the device has no such model.
fn of_model<M: HostRegressor>(
    model: Result<M, ModelError>,
    data: &Dataset,
    reduction: Reduction,
) -> Result<Result<(&'static str, RootAndGradient), ModelError>, FittingError> {
    let model = match model {
        Ok(model) => model,
        Err(error) => return Ok(Err(error)),
    };
    let (loss, gradient) = gradient(&model, data, reduction).map_err(shallow::Error::from)?;
    let how = match model.is_fused() {
        true => "fused",
        false => "composed",
    };
    Ok(Ok((how, RootAndGradient::new(loss, gradient.to_host()))))
}
