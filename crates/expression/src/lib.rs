//! Functions typed as text, such as `sin(3*x) + 0.5*x^2`: their values and exact derivatives.
//!
//! Operations bind as in mathematics: `-x^2` is `-(x^2)`, and `2^3^2` is `2^(3^2)`. What is printed means what is typed:
//! `x²` or `x**2` is `x^2`, and `−`, `·`, `×` and `÷` are `-`, `*`, `*` and `/`. In a function of one variable, the
//! name that is no function and no constant is the variable, unless it looks like a mistake, as `sinx`, `x2` and `nan` do.
//!
//! ```
//! use shallow_expression::Expression;
//!
//! let f = Expression::parse_one_variable("sin(3*x) + 0.5*x^2")?;
//! assert_eq!(f.at(0.5), 1.5_f64.sin() + 0.125);
//! assert_eq!(f.second_derivative(0.0), Some(1.0));
//!
//! let line = Expression::parse("a*x + b")?;
//! assert_eq!(line.variables(), ["a", "x", "b"]);
//! assert_eq!(line.evaluate(&[2.0, 3.0, 1.0]), 7.0);
//! # Ok::<(), shallow_expression::ExpressionError>(())
//! ```

mod batch;
mod elementary;
mod enclosed;
mod enclosure;
mod error;
mod expression;
mod interval;
mod interval_rule;
mod jet;
mod mistake;
mod name;
mod number;
mod open;
mod operation;
mod parse;
mod pole;
mod rule;
mod token;
mod tree;

pub use enclosure::Enclosure;
pub use error::ExpressionError;
pub use expression::Expression;
pub use interval::Interval;
pub use jet::Jet;
pub use number::Number;
pub use operation::{Binary, Unary};
