//! Arrays of f64, in and out.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::{PyResult, Python, exceptions::PyValueError, prelude::Bound};
use shallow_fitting::Given;

/// An array that Python's half has made contiguous.
pub(crate) type Array<'py> = PyReadonlyArray1<'py, f64>;

/// A copy, as other threads may write to the array while a fit runs without the interpreter's lock.
pub(crate) fn copied(array: &Array) -> PyResult<Vec<f64>> {
    Ok(array.as_slice()?.to_vec())
}

/// Samples.
pub(crate) fn given(x: &Array, y: &Array, weight: Option<&Array>) -> PyResult<Given> {
    Ok(Given {
        x: copied(x)?,
        y: copied(y)?,
        weight: weight.map(copied).transpose()?.unwrap_or_default(),
    })
}

pub(crate) fn array(py: Python<'_>, values: Vec<f64>) -> Bound<'_, PyArray1<f64>> {
    values.into_pyarray(py)
}

/// A library's sentence as a `ValueError`.
pub(crate) fn value_error(error: impl ToString) -> pyo3::PyErr {
    PyValueError::new_err(error.to_string())
}
