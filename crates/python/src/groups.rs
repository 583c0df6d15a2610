//! A network for each group of samples.

use numpy::PyArray1;
use pyo3::{
    Bound, PyResult, Python,
    exceptions::PyKeyError,
    prelude::{pyclass, pyfunction, pymethods},
    types::PyBytes,
};
use rayon::prelude::*;
use shallow_export::Model;
use shallow_fitting::{Given, GroupRow, Plan, fit_groups as fit_all};

use crate::{
    arrays::{Array, array, copied, value_error},
    fits::request,
    job::{Size, on_all_cores, run},
    net::{Account, Net},
};

/// A group's name, samples, units, RMS, R squared, note and, of moments, the bound of its mean squared error.
type Row = (
    String,
    usize,
    Option<usize>,
    Option<f64>,
    Option<f64>,
    Option<String>,
    Option<f64>,
);

/// Networks by the name of their group.
#[pyclass(frozen, module = "shallow._shallow")]
pub(crate) struct Groups {
    rows: Vec<GroupRow>,
    /// The row of each network; none where rows are not known.
    fitted: Vec<usize>,
    method: &'static str,
    groups: shallow_export::Groups,
}

impl Groups {
    pub(crate) fn new(
        rows: Vec<GroupRow>,
        method: &'static str,
        groups: shallow_export::Groups,
    ) -> Self {
        let numbered = rows.iter().enumerate();
        let fitted = numbered.filter(|(_, row)| row.hidden.is_some());
        Self {
            fitted: fitted.map(|(at, _)| at).collect(),
            rows,
            method,
            groups,
        }
    }
}

/// Fits each group: `group [n]` is the number of each sample's, from 0, in `names`.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "Python's half calls it")]
pub(crate) fn fit_groups(
    py: Python<'_>,
    names: Vec<String>,
    group: Array,
    x: Array,
    y: Array,
    weight: Option<Array>,
    options: &str,
    columns: (String, String, String),
    n_threads: Option<usize>,
) -> PyResult<Groups> {
    let mut request = request(options)?;
    request.by = Some(columns.2.clone());
    request.weight = weight.as_ref().map(|_| "weights".into());
    let plan = Plan::of_samples(&request, true).map_err(value_error)?;
    let method = plan.method.name();
    let (group, x, y) = (copied(&group)?, copied(&x)?, copied(&y)?);
    let weight = weight.as_ref().map(copied).transpose()?;
    let (rows, groups) = run(py, Size::Large, n_threads, move || {
        let mut split: Vec<Given> = names.iter().map(|_| Given::default()).collect();
        for (at, group) in group.iter().enumerate() {
            let given = &mut split[*group as usize];
            given.x.push(x[at]);
            given.y.push(y[at]);
            given
                .weight
                .extend(weight.as_ref().map(|weight| weight[at]));
        }
        let groups = names.into_iter().zip(split).collect();
        fit_all(&plan, groups, &columns.2, [&columns.0, &columns.1])
    })?;
    Ok(Groups::new(rows, method, groups))
}

fn row((group, rows, hidden, rms, r2, note, mse_bound): Row) -> GroupRow {
    GroupRow {
        group,
        rows,
        hidden,
        rms,
        mse_bound,
        r2,
        note,
    }
}

#[pymethods]
impl Groups {
    /// The groups with a network.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.groups.names().to_vec()
    }

    /// The column that says the group.
    #[getter]
    fn column(&self) -> &str {
        &self.groups.column
    }

    /// What x and y are called.
    #[getter]
    fn axes(&self) -> (String, String) {
        let [x, y] = self.groups.fits()[0].names.clone();
        (x, y)
    }

    /// As one safetensors file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.groups.to_safetensors().map_err(value_error)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// From a safetensors file, and what is known of the fits, which is not in it.
    #[staticmethod]
    fn from_bytes(bytes: &[u8], rows: Vec<Row>) -> PyResult<Self> {
        match Model::from_safetensors(bytes).map_err(value_error)? {
            Model::Groups(groups) => {
                let rows = rows.into_iter().map(row).collect();
                Ok(Self::new(rows, "", groups))
            }
            Model::One(_) => Err(value_error("the file has one network, without groups")),
        }
    }

    /// A group's network.
    fn net(&self, name: &str) -> PyResult<Net> {
        let place = self.groups.place(name);
        let place = place.ok_or_else(|| PyKeyError::new_err(name.to_string()))?;
        let row = self.fitted.get(place).map(|at| &self.rows[*at]);
        let account = row.map_or_else(Account::default, |row| Account {
            method: self.method.into(),
            n: row.rows,
            rms: row.rms,
            loss_bound: row.mse_bound,
            r2: row.r2,
            ..Account::default()
        });
        Ok(Net::new(self.groups.fits()[place].clone(), account))
    }

    /// A row for each group.
    fn table(&self) -> Vec<Row> {
        let of = |row: &GroupRow| {
            let (group, note) = (row.group.clone(), row.note.clone());
            (
                group,
                row.rows,
                row.hidden,
                row.rms,
                row.r2,
                note,
                row.mse_bound,
            )
        };
        self.rows.iter().map(of).collect()
    }

    /// Predictions at x `[n]` by the networks of the groups whose numbers in `names` are `group [n]`; NaN where there is none.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        names: Vec<String>,
        group: Array<'py>,
        x: Array<'py>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let nets: Vec<_> = names.iter().map(|name| self.groups.get(name)).collect();
        let (group, x) = (group.as_slice()?, x.as_slice()?);
        let predict = |(group, x): (&f64, &f64)| {
            let net = nets[*group as usize];
            net.map_or(f64::NAN, |net| net.function.predict(&[*x])[0])
        };
        let y = on_all_cores(py, || group.par_iter().zip(x).map(predict).collect())?;
        Ok(array(py, y))
    }
}
