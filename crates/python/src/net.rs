//! A fitted network, and what is known of its fit.

use numpy::PyArray1;
use pyo3::{
    Bound, PyResult, Python,
    prelude::{pyclass, pymethods},
    types::PyBytes,
};
use serde::{Deserialize, Serialize};
use shallow_analytic::PiecewiseLinear;
use shallow_data::{largest, linspace};
use shallow_export::{ExportError, Facts, Fitted, Function, Options, export, tensors};
use shallow_fitting::{Finished, GivenFit, Goal, Within, fit_picture, plain_message};

use crate::{
    arrays::{Array, array, value_error},
    job::{Size, on_all_cores, run},
};

/// The metadata of a safetensors file in which the account is.
const ACCOUNT: &str = "fit";

/// Fewer inputs are predicted on this thread.
const FEW: usize = 4096;

/// A network of one input in the user's units.
#[pyclass(frozen, module = "shallow._shallow")]
pub(crate) struct Net {
    fitted: Fitted,
    account: Account,
}

/// What is known of a fit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// How it was found.
    pub(crate) method: String,
    /// Samples.
    pub(crate) n: usize,
    /// Root mean square error: on samples, or over the domain of a function.
    pub(crate) rms: Option<f64>,
    /// The share of y's variance that the network explains.
    pub(crate) r2: Option<f64>,
    /// The largest error that there is.
    pub(crate) max_error: Option<f64>,
    /// How far the mean squared error of the samples behind moments may be from `rms` squared.
    #[serde(default)]
    pub(crate) loss_bound: Option<f64>,
    /// No error is larger, anywhere on the domain: proven.
    pub(crate) bound: Option<f64>,
    /// Fewer hidden units cannot be within the tolerance that was asked for: proven.
    pub(crate) units_needed: Option<usize>,
    /// No network of as many units has a smaller largest error: proven.
    pub(crate) least_error: Option<f64>,
    /// The candidates on samples left out: name, units, error, its standard error, whether it was chosen.
    pub(crate) candidates: Vec<(String, usize, f64, f64, bool)>,
    /// The standard errors of few straight pieces: from, its error, slope, its error.
    pub(crate) pieces: Vec<(f64, Option<f64>, f64, f64)>,
}

impl Account {
    pub(crate) fn of_given(fit: &GivenFit, n: usize, is_noisy: bool) -> Self {
        let candidate = |row: &shallow_fitting::CandidateRow| {
            let name = row.name.clone();
            (name, row.hidden, row.rms, row.standard_error, row.is_chosen)
        };
        let piece = |row: &shallow_fitting::PieceRow| {
            (row.from, row.from_error, row.slope, row.slope_error)
        };
        Self {
            method: fit.method.into(),
            n,
            rms: Some(fit.loss.sqrt()),
            r2: r2(fit.loss, fit.variance_of_y).filter(|_| is_noisy),
            // Of moments no single error is known.
            max_error: fit.loss_bound.is_none().then_some(fit.max_error),
            loss_bound: fit.loss_bound,
            bound: None,
            units_needed: fit.within.and_then(units_needed),
            least_error: fit.within.and_then(least_error),
            candidates: fit.candidates.iter().map(candidate).collect(),
            pieces: fit.pieces.iter().map(piece).collect(),
        }
    }

    pub(crate) fn of_function(finished: &Finished, n: usize) -> Self {
        let report = &finished.report;
        let measured = report.errors.test_loss.unwrap_or(report.errors.train_loss);
        Self {
            method: report.method.into(),
            n,
            rms: finished.rms_everywhere.or(Some(measured.sqrt())),
            r2: None,
            max_error: report.errors.max_error,
            loss_bound: None,
            bound: report.max_error_bound,
            units_needed: finished.within.and_then(units_needed),
            least_error: finished.within.and_then(least_error),
            candidates: Vec::new(),
            pieces: Vec::new(),
        }
    }
}

/// Where a tolerance was given.
fn units_needed(within: Within) -> Option<usize> {
    matches!(within.goal, Goal::Within(_)).then_some(within.at_least.units)
}

/// Where a number of units was given.
fn least_error(within: Within) -> Option<f64> {
    matches!(within.goal, Goal::Units(_)).then_some(within.at_least.error)
}

pub(crate) fn r2(loss: f64, variance: f64) -> Option<f64> {
    (variance > 0.0).then(|| 1.0 - loss / variance)
}

impl Net {
    pub(crate) fn new(fitted: Fitted, account: Account) -> Self {
        Self { fitted, account }
    }

    /// The ends of the domain and the kinks between them.
    fn places(&self) -> Vec<f64> {
        let (low, high) = self.fitted.domain;
        let mut places = vec![low];
        let kinks = self.fitted.kinks();
        places.extend(kinks.into_iter().filter(|kink| low < *kink && *kink < high));
        places.push(high);
        places.dedup(); // near the roundings of x
        places
    }

    /// The slopes between these; none of a perceptron.
    fn slopes_between(&self, places: &[f64]) -> Vec<f64> {
        let Function::Relu { weights, x_shift } = &self.fitted.function else {
            return Vec::new();
        };
        let pieces = PiecewiseLinear::new(weights);
        let of = |pair: &[f64]| {
            let middle = f64::midpoint(pair[0], pair[1]) - x_shift;
            pieces.slopes[pieces.kinks.partition_point(|kink| *kink <= middle)]
        };
        places.windows(2).map(of).collect()
    }

    fn to_safetensors(&self) -> Result<Vec<u8>, ExportError> {
        let account = serde_json::to_string(&self.account).expect("it is numbers and text");
        self.fitted.to_safetensors(&[(ACCOUNT, account)])
    }
}

#[pymethods]
impl Net {
    /// Its values, `[n]` to `[n]`.
    fn predict<'py>(&self, py: Python<'py>, x: Array<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let x = x.as_slice()?;
        let of = |x: &[f64]| self.fitted.function.predict(x);
        let y = match x.len() < FEW {
            true => of(x),
            false => on_all_cores(py, || of(x))?,
        };
        Ok(array(py, y))
    }

    /// The ends of bands at x, `[4][n]`: of the curve, and of a new sample; none where the noise is not known.
    fn bands<'py>(
        &self,
        py: Python<'py>,
        x: Array<'py>,
        level: f64,
    ) -> PyResult<Option<[Bound<'py, PyArray1<f64>>; 4]>> {
        shallow_fitting::check_level(level).map_err(value_error)?;
        let x = x.as_slice()?;
        let bands = on_all_cores(py, || self.fitted.bands(x, level))?;
        let ends = bands.map(|of| [of.low, of.high, of.new_low, of.new_high]);
        Ok(ends.map(|ends| ends.map(|end| array(py, end))))
    }

    /// The variance of its values at x, `[n]`; none where the noise is not known.
    fn variance<'py>(
        &self,
        py: Python<'py>,
        x: Array<'py>,
    ) -> PyResult<Option<Bound<'py, PyArray1<f64>>>> {
        let Some(variance) = &self.fitted.variance else {
            return Ok(None);
        };
        let x = x.as_slice()?;
        Ok(Some(array(py, x.iter().map(|x| variance.at(*x)).collect())))
    }

    /// The standard deviation of the noise in a sample of weight 1, and its degrees of freedom.
    #[getter]
    fn noise(&self) -> Option<(f64, f64)> {
        let variance = self.fitted.variance.as_ref()?;
        Some((variance.noise.sqrt(), variance.degrees_left))
    }

    /// The ends of the domain and the kinks between, the values there, and the slopes between.
    fn pieces<'py>(&self, py: Python<'py>) -> [Bound<'py, PyArray1<f64>>; 3] {
        let places = self.places();
        let values = self.fitted.function.predict(&places);
        let slopes = self.slopes_between(&places);
        [places, values, slopes].map(|of| array(py, of))
    }

    /// The weights of a ReLU network `w1 [h], b1 [h], w2 [h], b2 [1]` and what is subtracted from x; none of a perceptron's.
    fn weights<'py>(&self, py: Python<'py>) -> Option<([Bound<'py, PyArray1<f64>>; 4], f64)> {
        let Function::Relu { weights, x_shift } = &self.fitted.function else {
            return None;
        };
        let blocks = weights.blocks().map(|block| array(py, block.to_vec()));
        Some((blocks, *x_shift))
    }

    /// With the errors that it has at samples without noise.
    fn measured(&self, py: Python<'_>, x: Array, y: Array) -> PyResult<Self> {
        let (x, y) = (x.as_slice()?, y.as_slice()?);
        let errors = on_all_cores(py, || self.fitted.function.residuals(x, y))?;
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        let account = Account {
            n: x.len(),
            rms: Some((squares / x.len() as f64).sqrt()),
            max_error: Some(largest(&errors)),
            ..self.account.clone()
        };
        Ok(Self::new(self.fitted.clone(), account))
    }

    /// What the network is, in a few words.
    fn describe(&self) -> String {
        self.fitted.function.describe()
    }

    /// What is known of the fit, as JSON.
    fn account(&self) -> String {
        serde_json::to_string(&self.account).expect("it is numbers and text")
    }

    #[getter]
    fn domain(&self) -> (f64, f64) {
        self.fitted.domain
    }

    #[getter]
    fn names(&self) -> [String; 2] {
        self.fitted.names.clone()
    }

    /// As a safetensors file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.to_safetensors().map_err(value_error)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// From a safetensors file.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        let fitted = Fitted::from_safetensors(bytes).map_err(value_error)?;
        let (metadata, _) = tensors::read(bytes).map_err(value_error)?;
        let account = metadata.get(ACCOUNT);
        let account = account.and_then(|text| serde_json::from_str(text).ok());
        Ok(Self::new(fitted, account.unwrap_or_default()))
    }

    /// A file of another format, checked, and what is known of it line by line.
    fn export<'py>(
        &self,
        py: Python<'py>,
        options: &str,
    ) -> PyResult<(Bound<'py, PyBytes>, Facts)> {
        let options: Options = serde_json::from_str(options)
            .map_err(|error| value_error(plain_message(&error.to_string())))?;
        let fitted = self.fitted.clone();
        let exported = run(py, Size::Large, None, move || export(&fitted, &options))?;
        let facts = exported.table.iter().flat_map(|table| table.lines());
        Ok((PyBytes::new(py, &exported.bytes), facts.collect()))
    }

    /// A picture of it over some samples, as SVG.
    fn picture(&self, py: Python<'_>, x: Array, y: Array, level: Option<f64>) -> PyResult<String> {
        let (x, y) = (x.as_slice()?, y.as_slice()?);
        py.detach(|| fit_picture(&self.fitted, x, y, level))
            .map_err(value_error)
    }

    /// Places that show it: evenly over the domain and, where it has some, at its kinks.
    fn grid<'py>(&self, py: Python<'py>, n: usize) -> Bound<'py, PyArray1<f64>> {
        let (low, high) = self.fitted.domain;
        let mut grid = linspace(low, high, n);
        grid.extend(self.places());
        grid.sort_by(f64::total_cmp);
        grid.dedup();
        array(py, grid)
    }

    fn __eq__(&self, other: &Self) -> bool {
        let [a, b] = [self, other].map(|net| (&net.fitted, &net.account));
        a == b
    }
}
