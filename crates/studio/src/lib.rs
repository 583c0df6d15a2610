//! The program's page, served to the browser of this machine alone: fits, descents, races and gradients by the real engines.
//!
//! Every answer is made of a [`Request`](shallow_fitting::Request), as a run of the program is, so that the numbers are the program's.

mod answer;
mod api;
mod error;
mod guard;
mod jobs;
mod page;
mod server;
mod state;
mod steering;
mod tables;

pub use error::StudioError;
pub use server::{Options, serve};
