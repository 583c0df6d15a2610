//! Fits of samples and of functions.

use pyo3::{PyResult, Python, prelude::pyfunction};
use shallow_fitting::{Method, Plan, Request, Width, fit as fit_plan, fit_given};

use crate::{
    arrays::{Array, given, value_error},
    job::{Size, run},
    net::{Account, Net},
};

/// Options by name, as JSON, as Python's half has checked them.
pub(crate) fn request(options: &str) -> PyResult<Request> {
    match options {
        "{}" => Ok(Request::default()),
        _ => serde_json::from_str(options).map_err(value_error),
    }
}

/// Where a plan's work is done.
fn size(plan: &Plan, n: usize) -> Size {
    let units = match &plan.method {
        Method::Best(Width::Units(hidden)) => Some(*hidden),
        Method::Smooth(smooth) => smooth.hidden,
        _ => None,
    };
    match units.filter(|_| plan.shape.is_free()) {
        Some(units) => Size::of(n, units),
        None => Size::Large,
    }
}

/// The network of some samples.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "Python's half calls it")]
pub(crate) fn fit(
    py: Python<'_>,
    x: Array,
    y: Array,
    weight: Option<Array>,
    options: &str,
    names: (String, String),
    is_noisy: bool,
    n_threads: Option<usize>,
) -> PyResult<Net> {
    let given = given(&x, &y, weight.as_ref())?;
    let mut request = request(options)?;
    request.weight = weight.map(|_| "weights".into());
    let plan = Plan::of_samples(&request, is_noisy).map_err(value_error)?;
    let n = given.x.len();
    let fit = run(py, size(&plan, n), n_threads, move || {
        fit_given(&plan, given, [&names.0, &names.1])
    })?;
    let account = Account::of_given(&fit, n, is_noisy);
    Ok(Net::new(fit.fitted, account))
}

/// The network of a function that is known as a formula.
#[pyfunction]
pub(crate) fn fit_function(
    py: Python<'_>,
    options: &str,
    n_threads: Option<usize>,
) -> PyResult<Net> {
    let plan = Plan::new(&request(options)?).map_err(value_error)?;
    let finished = run(py, Size::Large, n_threads, move || fit_plan(&plan))?;
    let account = Account::of_function(&finished, 0);
    Ok(Net::new(finished.fitted, account))
}
