//! A fitted network in the user's own units, and its files: safetensors, ONNX, C, Rust and JSON.
//!
//! Every file is checked as it is written: compiled and run, or read back, and its values compared with the model's.

mod compiler;
mod error;
mod export;
mod fitted;
mod formats;
mod groups;
mod job;
mod names;
mod options;
pub mod tensors;
mod uncertainty;

pub use error::ExportError;
pub use export::{Exported, export};
pub use fitted::{Fitted, Function};
pub use groups::{Groups, Model};
pub use options::{Dtype, Form, Format, Options};
pub use uncertainty::{Bands, quantile, two_sided};
