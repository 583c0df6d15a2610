//! Moments, from rows of an engine's answer or from samples that come in pieces, and fits of them.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use pyo3::{
    PyResult, Python,
    prelude::{pyclass, pyfunction, pymethods},
};
use shallow_fitting::{Plan, fit_groups_of_moments, fit_moments as fit_one, interval};
use shallow_moments::{Cells, MomentsTable, Query, Reducer, default_cells};

use crate::{
    arrays::{Array, value_error},
    dialect::dialect,
    fits::request,
    groups::Groups,
    job::{Size, run},
    net::{Account, Net},
};

/// The query that reduces a table to moments.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "Python's half calls it")]
pub(crate) fn moments_query(
    engine: &str,
    table: String,
    x: (String, bool),
    y: String,
    weight: Option<String>,
    by: Option<String>,
    condition: Option<String>,
    cells: Option<usize>,
    kind: &str,
    domain: Option<&str>,
) -> PyResult<String> {
    let cells = cells.unwrap_or(default_cells(by.is_some()));
    let (x, x_is_time) = x;
    let query = Query {
        table,
        x,
        x_is_time,
        y,
        weight,
        by,
        condition,
        cells: match kind {
            "distinct" => Cells::Distinct,
            "quantiles" => Cells::Quantiles(cells),
            _ => Cells::Even(cells),
        },
        domain: domain.map(interval).transpose().map_err(value_error)?,
    };
    query.sql(dialect(engine)?).map_err(value_error)
}

/// Moments of samples that come in pieces.
#[pyclass(frozen, module = "shallow._shallow")]
pub(crate) struct Moments {
    rows: Mutex<MomentsTable>,
    samples: Mutex<Option<Reducer>>,
}

#[pymethods]
impl Moments {
    /// In at most so many cells for each group.
    #[new]
    fn new(cells: Option<usize>, has_groups: bool) -> Self {
        let cells = cells.unwrap_or(default_cells(has_groups)).max(1);
        Self {
            rows: Mutex::default(),
            samples: Mutex::new(Some(Reducer::new(cells))),
        }
    }

    /// Adds rows of an engine's answer: their groups `[n]`, and the other columns `[n, 14]`.
    fn add_rows(&self, groups: Vec<String>, numbers: Array) -> PyResult<()> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        for (group, numbers) in groups.into_iter().zip(numbers.as_slice()?.chunks(14)) {
            rows.add_row(group, numbers).map_err(value_error)?;
        }
        Ok(())
    }

    /// Adds samples x, y and weights `[n]`, of the groups whose numbers in `names` are `group [n]`.
    fn add_samples(
        &self,
        py: Python<'_>,
        names: Vec<String>,
        group: Option<Array>,
        x: Array,
        y: Array,
        weight: Option<Array>,
    ) -> PyResult<()> {
        let (x, y) = (x.as_slice()?, y.as_slice()?);
        let weight = weight
            .as_ref()
            .map(|weight| weight.as_slice())
            .transpose()?;
        let group = group.as_ref().map(|group| group.as_slice()).transpose()?;
        py.detach(|| {
            let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(reducer) = samples.as_mut() else {
                return;
            };
            for (at, (x, y)) in x.iter().zip(y).enumerate() {
                let name = match group {
                    // None of them is a group without a name.
                    Some(group) => names.get(group[at] as usize).map(String::as_bytes),
                    None => Some(&b""[..]),
                };
                match name {
                    Some(name) => {
                        reducer.push(name, *x, *y, weight.map_or(1.0, |weight| weight[at]))
                    }
                    None => reducer.leave_out(1),
                }
            }
        });
        Ok(())
    }

    /// How many samples were left out.
    fn left_out(&self) -> PyResult<u64> {
        Ok(self.gathered()?.n_left_out)
    }
}

impl Moments {
    /// All that was added, which a fit takes away.
    fn take(&self) -> PyResult<MomentsTable> {
        Ok(mem::take(&mut *self.gathered()?))
    }

    /// All that was added so far.
    fn gathered(&self) -> PyResult<MutexGuard<'_, MomentsTable>> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reducer) = samples.take() {
            let samples = reducer.finish().map_err(value_error)?;
            rows.merge(samples).map_err(value_error)?;
        }
        Ok(rows)
    }
}

/// The network of moments, without groups.
#[pyfunction]
pub(crate) fn fit_moments(
    py: Python<'_>,
    moments: &Moments,
    options: &str,
    names: (String, String),
    n_threads: Option<usize>,
) -> PyResult<Net> {
    let plan = Plan::of_moments(&request(options)?).map_err(value_error)?;
    let mut table = moments.take()?;
    let group = table.groups.remove("").unwrap_or_default();
    let n = group.n as usize;
    let fit = run(py, Size::Large, n_threads, move || {
        fit_one(&plan, group, [&names.0, &names.1])
    })?;
    let account = Account::of_given(&fit, n, true);
    Ok(Net::new(fit.fitted, account))
}

/// The network of each group of moments.
#[pyfunction]
pub(crate) fn fit_moments_groups(
    py: Python<'_>,
    moments: &Moments,
    options: &str,
    columns: (String, String, String),
    n_threads: Option<usize>,
) -> PyResult<Groups> {
    let mut request = request(options)?;
    request.by = Some(columns.2.clone());
    let plan = Plan::of_moments(&request).map_err(value_error)?;
    let method = plan.method.name();
    let table = moments.take()?;
    let (rows, groups) = run(py, Size::Large, n_threads, move || {
        fit_groups_of_moments(&plan, table, &columns.2, [&columns.0, &columns.1])
    })?;
    Ok(Groups::new(rows, method, groups))
}
