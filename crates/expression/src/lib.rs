//! Functions typed as text, by the rules of mathematics: `-x^2` is `-(x^2)`, and `2^3^2` is `2^(3^2)`.
//!
//! An [`Expression`] is parsed once and evaluated over any [`Number`]: over f64, or over a [`Jet`], which carries the first two
//! derivatives. Nothing here recurses on the input, and everything takes time linear in it.
//!
//! ```
//! use shallow_expression::Expression;
//! let f = Expression::parse("sin(3*x) + 0.5*x^2")?;
//! assert_eq!(f.at(0.0), 0.0);
//! assert_eq!(f.jet(0.0).first, 3.0);
//! assert_eq!(Expression::parse("x*y")?.variables(), ["x", "y"]);
//! # Ok::<(), shallow_expression::ExpressionError>(())
//! ```

mod error;
mod expression;
mod function;
mod jet;
mod number;
mod parse;
mod token;

pub use error::ExpressionError;
pub use expression::Expression;
pub use function::Function;
pub use jet::Jet;
pub use number::Number;
