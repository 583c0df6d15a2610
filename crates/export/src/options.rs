//! What can be asked of an export.

use shallow_moments::Dialect;

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For PyTorch and anything that reads safetensors.
    Safetensors,
    /// For ONNX runtimes.
    Onnx,
    /// Rust source, no_std, without dependencies.
    Rust,
    /// C99 source, without dependencies.
    C,
    /// Parameters and straight pieces as text.
    Json,
    /// An SQL expression of a column.
    Sql,
}

/// How source computes the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The network: every unit, O(h).
    Net,
    /// Its straight pieces, by binary search among the kinks: O(log h).
    Table,
}

/// A float type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// 32 bits.
    F32,
    /// 64 bits.
    F64,
}

/// What to export, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The kind of file.
    pub format: Format,
    /// How source and JSON hold the function; a table where it has one, if not given.
    pub form: Option<Form>,
    /// Float type of the values.
    pub dtype: Dtype,
    /// What the file will be called: the function's name in source.
    pub name: String,
    /// Of SQL: the engine's.
    pub dialect: Option<Dialect>,
    /// Of SQL: the column of inputs; called as x is, if not given.
    pub column: Option<String>,
}
