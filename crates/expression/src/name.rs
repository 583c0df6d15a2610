//! The names of functions and constants.

use std::f64::consts::{E, PI, TAU};

use crate::operation::{Binary, Unary};

/// What a function computes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Unary(Unary),
    Binary(Binary),
}

impl Operation {
    pub fn n_arguments(self) -> usize {
        match self {
            Self::Unary(_) => 1,
            Self::Binary(_) => 2,
        }
    }
}

/// Every function, in the order in which a message lists them.
pub(crate) const FUNCTIONS: [(&str, Operation); 32] = [
    ("abs", Operation::Unary(Unary::Abs)),
    ("sign", Operation::Unary(Unary::Sign)),
    ("sqrt", Operation::Unary(Unary::Sqrt)),
    ("cbrt", Operation::Unary(Unary::Cbrt)),
    ("exp", Operation::Unary(Unary::Exp)),
    ("ln", Operation::Unary(Unary::Ln)),
    ("log", Operation::Unary(Unary::Ln)),
    ("log2", Operation::Unary(Unary::Log2)),
    ("log10", Operation::Unary(Unary::Log10)),
    ("sin", Operation::Unary(Unary::Sin)),
    ("cos", Operation::Unary(Unary::Cos)),
    ("tan", Operation::Unary(Unary::Tan)),
    ("asin", Operation::Unary(Unary::Asin)),
    ("acos", Operation::Unary(Unary::Acos)),
    ("atan", Operation::Unary(Unary::Atan)),
    ("sinh", Operation::Unary(Unary::Sinh)),
    ("cosh", Operation::Unary(Unary::Cosh)),
    ("tanh", Operation::Unary(Unary::Tanh)),
    ("asinh", Operation::Unary(Unary::Asinh)),
    ("acosh", Operation::Unary(Unary::Acosh)),
    ("atanh", Operation::Unary(Unary::Atanh)),
    ("floor", Operation::Unary(Unary::Floor)),
    ("ceil", Operation::Unary(Unary::Ceil)),
    ("round", Operation::Unary(Unary::Round)),
    ("trunc", Operation::Unary(Unary::Trunc)),
    ("arcsin", Operation::Unary(Unary::Asin)),
    ("arccos", Operation::Unary(Unary::Acos)),
    ("arctan", Operation::Unary(Unary::Atan)),
    ("min", Operation::Binary(Binary::Min)),
    ("max", Operation::Binary(Binary::Max)),
    ("pow", Operation::Binary(Binary::Power)),
    ("atan2", Operation::Binary(Binary::Atan2)),
];

const CONSTANTS: [(&str, f64); 6] = [
    ("pi", PI),
    ("PI", PI),
    ("π", PI),
    ("e", E),
    ("E", E),
    ("tau", TAU),
];

/// The names of the constants.
pub(crate) fn constants() -> impl Iterator<Item = &'static str> {
    CONSTANTS.iter().map(|(name, _)| *name)
}

/// A function by its name.
pub(crate) fn function(name: &str) -> Option<Operation> {
    let (_, operation) = FUNCTIONS.iter().find(|(known, _)| *known == name)?;
    Some(*operation)
}

/// A constant by its name.
pub(crate) fn constant(name: &str) -> Option<f64> {
    let (_, value) = CONSTANTS.iter().find(|(known, _)| *known == name)?;
    Some(*value)
}
