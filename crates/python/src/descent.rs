//! Descents with a look every few epochs.

use std::{ops::ControlFlow, sync::atomic::AtomicBool};

use numpy::PyArray1;
use pyo3::{
    Bound, Py, PyResult, Python,
    prelude::{PyAnyMethods, pyclass, pyfunction, pymethods},
    types::{PyAny, PyBool},
};
use shallow_analytic::{Parameters, Perceptron, ReluWeights};
use shallow_export::Fitted;
use shallow_fitting::{Descended, Method, Model, Plan, descend_given};

use crate::{
    arrays::{Array, array, copied, given, value_error},
    fits::request,
    job::{Ask, run_asking},
    net::{Account, Net, r2},
};

/// A descent that has ended.
#[pyclass(frozen, module = "shallow._shallow")]
pub(crate) struct Descent {
    done: Descended,
    n: usize,
}

/// Descends; `start` is a network's weights `w1, b1, w2, b2`, or a perceptron's. After every few epochs, `callback(epoch, loss, net)` is
/// called, and the descent ends there if it returns `False`.
#[pyfunction]
pub(crate) fn descend(
    py: Python<'_>,
    x: Array,
    y: Array,
    options: &str,
    start: Option<Vec<Array>>,
    names: (String, String),
    callback: Option<Bound<'_, PyAny>>,
) -> PyResult<Descent> {
    let given = given(&x, &y, None)?;
    let plan = Plan::of_samples(&request(options)?, true).map_err(value_error)?;
    let start = start.map(|blocks| blocks.iter().map(copied).collect::<PyResult<Vec<_>>>());
    let start = match start.transpose()? {
        Some(blocks) => Some(parameters(&plan, blocks)?),
        None => None,
    };
    let n = given.x.len();
    let answer = |(epoch, loss, fitted): (usize, f64, Fitted)| {
        let Some(callback) = &callback else {
            return Ok(true);
        };
        let account = Account {
            method: "descent".into(),
            n,
            rms: Some(loss.sqrt()),
            ..Account::default()
        };
        let net = Py::new(py, Net::new(fitted, account))?;
        let answer = callback.call1((epoch, loss, net))?;
        Ok(!answer.is(PyBool::new(py, false)))
    };
    let is_asking = callback.is_some();
    let done = run_asking(
        py,
        None,
        move |stop: &AtomicBool, ask: Ask<_>| {
            let names = [&names.0[..], &names.1[..]];
            descend_given(
                &plan,
                given,
                names,
                start,
                stop,
                &mut |epoch, loss, fitted| match !is_asking || ask((epoch, loss, fitted())) {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                },
            )
        },
        answer,
    )?;
    Ok(Descent { done, n })
}

/// Parameters in blocks, of the plan's model.
fn parameters(plan: &Plan, blocks: Vec<Vec<f64>>) -> PyResult<Parameters> {
    let model = match &plan.method {
        Method::Descent(descent) => descent.model,
        _ => return Err(value_error("a start goes with a descent alone")),
    };
    if blocks.iter().flatten().any(|value| !value.is_finite()) {
        return Err(value_error("start must be finite numbers"));
    }
    let lengths: Vec<usize> = blocks.iter().map(Vec::len).collect();
    let mut blocks = blocks.into_iter();
    let mut next = || blocks.next().unwrap_or_default();
    match model {
        Model::Relu { hidden } if lengths == [hidden, hidden, hidden, 1] => {
            Ok(Parameters::Relu(ReluWeights {
                w1: next(),
                b1: next(),
                w2: next(),
                b2: next(),
            }))
        }
        Model::Relu { hidden } => Err(value_error(format!(
            "start must be w1 [{hidden}], b1 [{hidden}], w2 [{hidden}] and b2 [1], got lengths {lengths:?}"
        ))),
        Model::Perceptron { degree, activation } if lengths == [degree + 1] => {
            Ok(Parameters::Perceptron(Perceptron {
                weight: next(),
                activation,
            }))
        }
        Model::Perceptron { degree, .. } => Err(value_error(format!(
            "start must be the {} weights of x^{degree}, ..., x, 1, got lengths {lengths:?}",
            degree + 1
        ))),
    }
}

#[pymethods]
impl Descent {
    /// The loss of every epoch, before its update.
    #[getter]
    fn losses<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        array(py, self.done.losses.clone())
    }

    /// The parameters as they were trained, block by block.
    fn parameters<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyArray1<f64>>> {
        let blocks = self.done.parameters.to_blocks();
        blocks.into_iter().map(|block| array(py, block)).collect()
    }

    #[getter]
    fn engine(&self) -> &'static str {
        self.done.engine
    }

    /// The network after the last update.
    fn net(&self) -> Net {
        let account = Account {
            method: "descent".into(),
            n: self.n,
            rms: Some(self.done.loss.sqrt()),
            r2: r2(self.done.loss, self.done.variance_of_y),
            ..Account::default()
        };
        Net::new(self.done.fitted.clone(), account)
    }
}
