//! Samples on the host, in f64: data sets, target functions, tables, and the random numbers behind them.
//!
//! This crate knows no tensor and no model. `n` is the number of samples, `d` of inputs, `k` of outputs.

mod dataset;
mod digits;
mod draw;
mod error;
mod free_knots;
mod linspace;
mod numpy_rng;
mod polynomial;
mod scaling;
mod table;
mod target;
mod visible;
mod whole_file;

pub use dataset::Dataset;
pub use digits::{count, short, short_down, short_up};
pub use draw::{Draw, SeededRng};
pub use error::DataError;
pub use free_knots::FREE_KNOT_TARGETS;
pub use linspace::linspace;
pub use numpy_rng::NumpyRng;
pub use polynomial::PolynomialFeatures;
pub use scaling::{Scaling, extremes, largest};
pub use table::{
    Columns, LARGEST, Table, TableError, is_value_or_missing, quoted,
    time::{day, moment, seconds},
};
pub use target::{TARGETS, Target};
pub use visible::visible;
pub use whole_file::{is_unfinished, write_whole};
