//! Pictures from slices, as PNG and SVG, in pure Rust; this crate never sees a tensor.

mod fit_figure;
mod font;
mod save;

pub use fit_figure::FitFigure;
pub use save::PlotError;
