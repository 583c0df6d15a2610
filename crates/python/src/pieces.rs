//! Continuous straight pieces, for the layer that speaks another package's names.

use numpy::PyArray1;
use pyo3::{Bound, PyResult, Python, prelude::pyfunction};
use shallow_analytic::Moments;
use shallow_splines::{BestNets, Shape, Spline};

use crate::{
    arrays::{Array, array, copied},
    job::{Size, run},
};

/// Knots, values there, and the sum of squares, by weights if there are some.
type Pieces<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, f64);

/// Up to so many samples, and so many pieces, the work is small.
const SMALL: (usize, usize) = (8192, 64);

struct Samples {
    x: Vec<f64>,
    y: Vec<f64>,
    weight: Option<Vec<f64>>,
}

impl Samples {
    fn new(x: &Array, y: &Array, weight: Option<&Array>) -> PyResult<Self> {
        let weight = weight.map(copied).transpose()?;
        let (x, y) = (copied(x)?, copied(y)?);
        Ok(Self { x, y, weight })
    }

    fn moments(&self) -> Moments {
        match &self.weight {
            None => Moments::new(&self.x, &self.y),
            Some(weight) => Moments::weighted(&self.x, &self.y, weight),
        }
    }
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
    let samples = Samples::new(&x, &y, weight.as_ref())?;
    let (spline, squares) = run(py, size(&samples, n_pieces), None, move || {
        let moments = samples.moments();
        let (spline, loss) = match is_quick {
            true => Spline::best(&moments, n_pieces, &[]),
            false => {
                let net = BestNets::new(&moments).of_pieces(n_pieces);
                (net.spline, net.loss)
            }
        };
        Ok::<_, String>((spline, loss * moments.total_weight()))
    })?;
    Ok((array(py, spline.knots), array(py, spline.values), squares))
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
    let samples = Samples::new(&x, &y, weight.as_ref())?;
    let (spline, squares) = run(py, Size::Large, None, move || {
        let shape = Shape {
            through: points,
            ..Shape::default()
        };
        let moments = samples.moments();
        let net = BestNets::new(&moments).shaped(n_pieces, &shape);
        let net = net.ok_or_else(|| {
            format!("no function of {n_pieces} pieces was found that passes through the points")
        })?;
        Ok::<_, String>((net.spline, net.loss * moments.total_weight()))
    })?;
    Ok((array(py, spline.knots), array(py, spline.values), squares))
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

fn size(samples: &Samples, n_pieces: usize) -> Size {
    match samples.x.len() <= SMALL.0 && n_pieces <= SMALL.1 {
        true => Size::Small,
        false => Size::Large,
    }
}
