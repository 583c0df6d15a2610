//! What can be wrong with a typed function.

use crate::function::names;

/// Why a text is not a function; characters are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It ends too early.
    #[error("function `{text}` ends where a number, a variable or a function must follow")]
    Ends {
        /// The text, shortened.
        text: String,
    },
    /// Something stands where an operand must.
    #[error(
        "function `{text}`: a number, a variable or a function must stand before `{symbol}` at character {at}"
    )]
    NoOperand {
        /// The text, shortened.
        text: String,
        /// What stands there.
        symbol: String,
        /// Where.
        at: usize,
    },
    /// Two operands side by side.
    #[error("function `{text}`: there must be an operator before `{token}` at character {at}")]
    NoOperator {
        /// The text, shortened.
        text: String,
        /// The second one.
        token: String,
        /// Where.
        at: usize,
    },
    /// A parenthesis too many.
    #[error("function `{text}`: the parenthesis at character {at} closes none that is open")]
    NotOpen {
        /// The text, shortened.
        text: String,
        /// Where.
        at: usize,
    },
    /// A parenthesis too few.
    #[error("function `{text}`: the parenthesis opened at character {at} is not closed")]
    NotClosed {
        /// The text, shortened.
        text: String,
        /// Where.
        at: usize,
    },
    /// Digits that make no number.
    #[error("function `{text}`: `{digits}` at character {at} is no number")]
    NotANumber {
        /// The text, shortened.
        text: String,
        /// The digits.
        digits: String,
        /// Where.
        at: usize,
    },
    /// A character that means nothing.
    #[error("function `{text}`: `{symbol}` at character {at} is no operator")]
    NotAnOperator {
        /// The text, shortened.
        text: String,
        /// The character.
        symbol: String,
        /// Where.
        at: usize,
    },
    /// A call of something else.
    #[error(
        "function `{text}`: unknown function `{name}` at character {at}; choose among {}",
        names()
    )]
    UnknownFunction {
        /// The text, shortened.
        text: String,
        /// What was called.
        name: String,
        /// Where.
        at: usize,
    },
    /// A function's name without a call.
    #[error("function `{text}`: the argument of {name} at character {at} must be in parentheses")]
    NotCalled {
        /// The text, shortened.
        text: String,
        /// The function.
        name: String,
        /// Where.
        at: usize,
    },
    /// Too few or too many arguments.
    #[error("function `{text}`: {name} takes {takes} argument{}, got {got}", if *.takes == 1 { "" } else { "s" })]
    Arguments {
        /// The text, shortened.
        text: String,
        /// The function.
        name: String,
        /// How many it takes.
        takes: usize,
        /// How many there are.
        got: usize,
    },
    /// More than one variable where one is expected.
    #[error("function `{text}` has the variables {}; it may have one", .variables.join(" and "))]
    Variables {
        /// The text, shortened.
        text: String,
        /// The variables.
        variables: Vec<String>,
    },
    /// No text where a number is expected.
    #[error("a number is missing")]
    Missing,
    /// A variable where a number is expected.
    #[error("`{text}` must be a number, and `{variable}` is none")]
    Variable {
        /// The text, shortened.
        text: String,
        /// The variable.
        variable: String,
    },
}

/// A text as it can stand in a sentence: its middle is left out where it is long.
pub(crate) fn shortened(text: &str) -> String {
    /// Characters kept at each end.
    const END: usize = 28;
    let n = text.chars().count();
    if n <= 2 * END + 4 {
        return text.into();
    }
    let start: String = text.chars().take(END).collect();
    let end: String = text.chars().skip(n - END).collect();
    format!("{start} ... {end}")
}
