//! Pictures from slices, as PNG and SVG, in pure Rust; this crate never sees a tensor.

mod figure;
mod font;
mod save;

pub use figure::{Figure, Layout, Line, Mark, Panel};
pub use save::PlotError;
