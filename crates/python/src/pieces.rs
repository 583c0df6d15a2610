//! Continuous straight pieces, for the layer that speaks another package's names.

use numpy::PyArray1;
use pyo3::{Bound, PyResult, Python, prelude::pyfunction};
use shallow_analytic::Moments;
use shallow_fitting::Given;
use shallow_splines::{BestNets, Shape, Spline};

use crate::{
    arrays::{Array, array, given},
    job::{Size, run},
};

/// Knots, values there, and the sum of squares, by weights if there are some.
type Pieces<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, f64);

/// Runs a search over the moments of samples, which gives a spline and its mean squared error.
fn searched<'py>(
    py: Python<'py>,
    size: Size,
    given: Given,
    search: impl FnOnce(&Moments) -> Result<(Spline, f64), String> + Send + 'static,
) -> PyResult<Pieces<'py>> {
    let (spline, squares) = run(py, size, None, move || {
        let moments = match given.weight.is_empty() {
            true => Moments::new(&given.x, &given.y),
            false => Moments::weighted(&given.x, &given.y, &given.weight),
        };
        let (spline, loss) = search(&moments)?;
        Ok::<_, String>((spline, loss * moments.total_weight()))
    })?;
    Ok((array(py, spline.knots), array(py, spline.values), squares))
}

/// The best continuous function of so many pieces that was found, by the whole search or by its first steps.
#[pyfunction]
pub(crate) fn best_pieces<'py>(
    py: Python<'py>,
    x: Array<'py>,
    y: Array<'py>,
    weight: Option<Array<'py>>,
    n_pieces: usize,
    is_quick: bool,
) -> PyResult<Pieces<'py>> {
    let given = given(&x, &y, weight.as_ref())?;
    let size = Size::of(given.x.len(), n_pieces);
    searched(py, size, given, move |moments| {
        Ok(match is_quick {
            true => Spline::best(moments, n_pieces, &[]),
            false => {
                let net = BestNets::new(moments).of_pieces(n_pieces);
                (net.spline, net.loss)
            }
        })
    })
}

/// The best one of so many pieces that passes through points.
#[pyfunction]
pub(crate) fn pieces_through<'py>(
    py: Python<'py>,
    x: Array<'py>,
    y: Array<'py>,
    weight: Option<Array<'py>>,
    n_pieces: usize,
    points: Vec<(f64, f64)>,
) -> PyResult<Pieces<'py>> {
    let given = given(&x, &y, weight.as_ref())?;
    searched(py, Size::Large, given, move |moments| {
        let shape = Shape {
            through: points,
            ..Shape::default()
        };
        let net = BestNets::new(moments).shaped(n_pieces, &shape);
        let net = net.ok_or_else(|| {
            format!("no function of {n_pieces} pieces was found that passes through the points")
        })?;
        Ok((net.spline, net.loss))
    })
}

/// How likely each value of Student's distribution is as far from 0 by chance, on either side; NaN for NaN.
#[pyfunction]
pub(crate) fn two_sided<'py>(
    py: Python<'py>,
    t: Array<'py>,
    degrees: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let of = |t: &f64| match t.is_nan() {
        true => f64::NAN,
        false => shallow_export::two_sided(*t, degrees),
    };
    Ok(array(py, t.as_slice()?.iter().map(of).collect()))
}
