//! A fitted network in the user's own units, and its files: safetensors, ONNX, C, Rust and JSON.
//!
//! Every file is checked as it is written: compiled and run, or read back, and its values compared with the model's.

mod compiler;
mod error;
mod export;
mod facts;
mod fitted;
mod formats;
mod groups;
mod job;
mod names;
mod options;
mod target;
pub mod tensors;
mod uncertainty;

pub use error::ExportError;
pub use export::{Exported, export, table_bounds};
pub use facts::{Facts, TableFacts};
pub use fitted::{Fitted, Function, MaxError};
pub use groups::{Groups, Model};
pub use options::{Counts, Direction, Dtype, Form, Format, Layout, Lookup, Options, SourceOptions};
pub use target::{TableBounds, TableScales};
pub use uncertainty::{Bands, quantile, two_sided};
