//! The functions that can be called, and the constants.

use std::f64::consts::{E, PI, TAU};

/// A function of one or two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // each is named as it is typed
pub enum Function {
    Abs,
    Sign,
    Sqrt,
    Cbrt,
    Exp,
    Ln,
    Log2,
    Log10,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Floor,
    Ceil,
    Round,
    Trunc,
    Min,
    Max,
    Pow,
    Atan2,
}

/// What a function may be called, and its number of arguments.
const FUNCTIONS: [(&str, Function, usize); 32] = [
    ("abs", Function::Abs, 1),
    ("sign", Function::Sign, 1),
    ("sqrt", Function::Sqrt, 1),
    ("cbrt", Function::Cbrt, 1),
    ("exp", Function::Exp, 1),
    ("ln", Function::Ln, 1),
    ("log", Function::Ln, 1),
    ("log2", Function::Log2, 1),
    ("log10", Function::Log10, 1),
    ("sin", Function::Sin, 1),
    ("cos", Function::Cos, 1),
    ("tan", Function::Tan, 1),
    ("asin", Function::Asin, 1),
    ("acos", Function::Acos, 1),
    ("atan", Function::Atan, 1),
    ("sinh", Function::Sinh, 1),
    ("cosh", Function::Cosh, 1),
    ("tanh", Function::Tanh, 1),
    ("asinh", Function::Asinh, 1),
    ("acosh", Function::Acosh, 1),
    ("atanh", Function::Atanh, 1),
    ("floor", Function::Floor, 1),
    ("ceil", Function::Ceil, 1),
    ("round", Function::Round, 1),
    ("trunc", Function::Trunc, 1),
    ("arcsin", Function::Asin, 1),
    ("arccos", Function::Acos, 1),
    ("arctan", Function::Atan, 1),
    ("min", Function::Min, 2),
    ("max", Function::Max, 2),
    ("pow", Function::Pow, 2),
    ("atan2", Function::Atan2, 2),
];

const CONSTANTS: [(&str, f64); 6] = [
    ("pi", PI),
    ("PI", PI),
    ("π", PI),
    ("e", E),
    ("E", E),
    ("tau", TAU),
];

impl Function {
    /// The function of this name, and how many arguments it takes.
    pub(crate) fn named(name: &str) -> Option<(Self, usize)> {
        let known = FUNCTIONS.into_iter().find(|(known, ..)| *known == name);
        known.map(|(_, function, n_arguments)| (function, n_arguments))
    }

    /// Whether it is of two numbers.
    pub(crate) fn takes_two(self) -> bool {
        matches!(self, Self::Min | Self::Max | Self::Pow | Self::Atan2)
    }

    /// Whether it has two derivatives wherever it has a finite value and slope: no kinks and no jumps.
    pub(crate) fn is_smooth(self) -> bool {
        !matches!(
            self,
            Self::Abs
                | Self::Sign
                | Self::Floor
                | Self::Ceil
                | Self::Round
                | Self::Trunc
                | Self::Min
                | Self::Max
                | Self::Atan2
        )
    }
}

/// The constant of this name.
pub(crate) fn constant(name: &str) -> Option<f64> {
    let known = CONSTANTS.into_iter().find(|(known, _)| *known == name);
    known.map(|(_, value)| value)
}

/// All functions, for a sentence.
pub(crate) fn names() -> String {
    FUNCTIONS.map(|(name, ..)| name).join(", ")
}

/// Every name and its number of arguments.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = (&'static str, usize)> {
    FUNCTIONS.into_iter().map(|(name, _, n)| (name, n))
}
