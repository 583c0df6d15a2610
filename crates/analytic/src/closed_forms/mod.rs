//! Fits that need no descent: least squares and Chebyshev polynomials.

mod chebyshev;
pub(crate) mod damping;
pub(crate) mod least_squares;

pub use chebyshev::Chebyshev;
pub use least_squares::{LeastSquares, least_squares};
