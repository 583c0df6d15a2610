//! The best network of a given width: a ReLU network of one input is a continuous function of straight pieces, a linear spline
//! with free knots, and the best one is cheap to find from [`Moments`](shallow_analytic::Moments).
//!
//! Where the knots are given, the best values there are a linear problem. The knots move by Gauss-Newton, which here has a
//! closed form: each to where the best lines of its two pieces cross, all of them accelerated by Anderson's method. The
//! squared error has many local minima; what leads to a good one is the start. Samples are split where lines fit worst and
//! neighbours merged that one line fits nearly as well; then knots go where the pieces' errors are alike. Unless every knot is
//! then of much more use than another could be elsewhere, more starts are tried and knots exchanged: one is taken out and one
//! put in where it wins most, both computed exactly from the least-squares problem's covariance.
//!
//! A network of h units has a piece more than units, where the units that are active left of their kinks make the first slope:
//! [`BestNets`] chooses the sides, and descends under that condition, which is linear.
//!
//! # Source
//!
//! The least error as a function of the value at a knot: P. Fearnhead, R. Maidstone and A. Letchford, Detecting changes in slope
//! with an L0 penalty, J. Comput. Graph. Stat. 28 (2019).
//!
//! The asymptotic error of the best knots: C. de Boor, A Practical Guide to Splines, chapter XII; D. Barrow and P. Smith,
//! Asymptotic properties of best `L2[0,1]` approximation by splines with variable knots, Quart. Appl. Math. 36 (1978).

mod acceleration;
mod band;
mod corridor;
mod curvature;
mod descent;
mod differences;
mod exchange;
mod fit;
mod hull;
mod merge;
mod network;
mod program;
mod quadratic;
mod refine;
mod search;
mod shape;
mod shaped;
mod sides;
mod smooth;
mod spline;
mod start;
mod stretch;
#[cfg(test)]
mod tests;
mod units;
mod variance;
mod weights;

pub use corridor::{Corridor, Gate};
pub use curvature::Curvature;
pub use differences::second_difference;
pub use network::{BestNet, BestNets};
pub use refine::{Place, refine};
pub use shape::Shape;
pub use smooth::{Criterion, Smooth, Smoother};
pub use spline::Spline;
pub use units::{CorridorNet, fewest_units};
pub use variance::{PieceErrors, Variance};
