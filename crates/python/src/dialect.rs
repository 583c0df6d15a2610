//! The names of engines' SQL.

use pyo3::PyResult;
use shallow_moments::Dialect;

use crate::arrays::value_error;

/// An engine's SQL, by its name.
pub(crate) fn dialect(name: &str) -> PyResult<Dialect> {
    let known = Dialect::ALL
        .into_iter()
        .find(|dialect| dialect.name() == name);
    known.ok_or_else(|| {
        let names = Dialect::ALL.map(Dialect::name).join(", ");
        value_error(format!("dialect must be one of {names}, got {name:?}"))
    })
}
