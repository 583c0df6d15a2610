//! Pictures from slices, as PNG and SVG, in pure Rust; this crate never sees a tensor.

mod axis;
mod colour;
mod dates;
mod figure;
mod font;
mod frame;
mod legend;
mod line;
mod panel;
mod save;
mod thin;
mod ticks;

pub use figure::{Figure, Layout};
pub use line::{Line, Mark};
pub use panel::Panel;
pub use save::PlotError;
