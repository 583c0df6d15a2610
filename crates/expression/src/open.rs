//! What the parser has begun and not yet finished.

use crate::{name::Operation, operation::Binary};

/// What waits for an operand or for its closing parenthesis.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Open<'a> {
    Parenthesis {
        /// The place of the parenthesis in the text.
        at: usize,
    },
    Call {
        name: &'a str,
        operation: Operation,
        n_arguments: usize,
        /// The place of the parenthesis if no space is before it.
        at: usize,
    },
    Sign {
        negative: bool,
    },
    Operation(Binary),
}

impl Open<'_> {
    /// How tightly it binds: a sum 1, a product 2, a sign or a power 3. A parenthesis is 0: only its closing ends it.
    pub fn binding(self) -> u8 {
        match self {
            Self::Parenthesis { .. } | Self::Call { .. } => 0,
            Self::Operation(Binary::Add | Binary::Subtract) => 1,
            Self::Operation(Binary::Multiply | Binary::Divide) => 2,
            Self::Sign { .. } | Self::Operation(_) => 3,
        }
    }

    /// Whether what follows is one level deeper.
    pub fn nests(self) -> bool {
        !matches!(self.binding(), 1 | 2)
    }
}
