//! The compiled half of the Python package `shallow`: arrays in, fits out, nothing that another front end would want.

mod arrays;
mod descent;
mod dialect;
mod fits;
mod groups;
mod job;
mod moments;
mod net;
mod pieces;
mod program;

use pyo3::prelude::pymodule;

#[pymodule(gil_used = false)]
mod _shallow {
    #[pymodule_export]
    use crate::{
        descent::{Descent, descend},
        fits::{fit, fit_function},
        groups::{Groups, fit_groups},
        moments::{Moments, fit_moments, fit_moments_groups, moments_query},
        net::Net,
        pieces::{best_pieces, pieces_through, two_sided},
        program::main,
    };
}
