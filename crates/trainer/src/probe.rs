//! Whether a model and samples fit, found out before the first step.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex},
    thread,
};

use burn::tensor::{DType, Device, Tensor};
use shallow_analytic::{Reduction, descent::FitError};
use shallow_data::Dataset;
use shallow_model::{Regressor, placement};

use crate::{batches::Division, loss::Loss, tensors};

/// Where the model is, once its inputs and outputs are known to be the data's.
pub(crate) fn check<M: Regressor>(model: &M, data: &Dataset) -> Result<(Device, DType), FitError> {
    let Some(placement) = placement(model) else {
        return Err(FitError::Shape(
            "the model has no parameters to train".into(),
        ));
    };
    if let Some(access) = M::host_access() {
        let parameters = (access.to_host)(model);
        return match (parameters.n_inputs(), parameters.n_outputs()) {
            (d, _) if d != data.n_inputs() => Err(FitError::inputs(d, data.n_inputs())),
            (_, k) if k != data.n_outputs() => Err(FitError::outputs(k, data.n_outputs())),
            _ => Ok(placement),
        };
    }
    let [rows, k] = forward(model, &first_row(data, &placement).0)?.dims();
    if rows != 1 {
        return Err(FitError::Shape(format!(
            "the model gives {rows} rows for 1 row"
        )));
    }
    if k != data.n_outputs() {
        return Err(FitError::outputs(k, data.n_outputs()));
    }
    Ok(placement)
}

/// Checks that a loss of one row is one number.
pub(crate) fn check_loss<M: Regressor>(
    model: &M,
    data: &Dataset,
    placement: &(Device, DType),
    loss: &Loss,
) -> Result<(), FitError> {
    let (x, y) = first_row(data, placement);
    let predictions = forward(model, &x)?;
    let loss = quietly(|| loss(predictions, y))
        .map_err(|what| FitError::Shape(format!("the loss fails on one row: {what}")))?;
    match loss.dims() {
        [1] => Ok(()),
        [n] => Err(FitError::Shape(format!(
            "the loss must be one number, and is {n}"
        ))),
    }
}

/// How this model's samples may be divided, with the squared error.
pub(crate) fn division<M: Regressor>(model: &M, reduction: Reduction) -> Division {
    let is_fused = M::host_access().is_some_and(|access| (access.is_fused)(model));
    match is_fused {
        true => Division::Whole(reduction),
        false => Division::Blocks(reduction),
    }
}

fn first_row(data: &Dataset, placement: &(Device, DType)) -> (Tensor<2>, Tensor<2>) {
    let (d, k) = (data.n_inputs(), data.n_outputs());
    (
        tensors::rows(&data.x()[..d], d, placement),
        tensors::rows(&data.y()[..k], k, placement),
    )
}

fn forward<M: Regressor>(model: &M, x: &Tensor<2>) -> Result<Tensor<2>, FitError> {
    let [_, d] = x.dims();
    quietly(|| model.forward(x.clone())).map_err(|what| {
        let inputs = if d == 1 {
            "1 input"
        } else {
            &format!("{d} inputs")
        };
        FitError::Shape(format!("the model fails on a row of {inputs}: {what}"))
    })
}

/// What a function gives, or what it says when it panics; the panic of this thread is not printed.
fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    // The hook is the whole program's: one at a time.
    static ONE: Mutex<()> = Mutex::new(());
    let guard = ONE.lock();
    let previous = Arc::new(panic::take_hook());
    let (others, this) = (previous.clone(), thread::current().id());
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() != this {
            others(panic);
        }
    }));
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    drop(panic::take_hook());
    if let Some(previous) = Arc::into_inner(previous) {
        panic::set_hook(previous);
    }
    drop(guard);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied());
        let words: Vec<_> = text.unwrap_or("it panics").split_whitespace().collect();
        words.join(" ")
    })
}
