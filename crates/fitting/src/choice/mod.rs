//! Which network predicts noisy samples best: candidates, folds of samples left out, and the simplest that is as good as the best.

mod candidate;
mod choose;
mod folds;
mod rule;

pub use candidate::{Among, Candidate};
pub(crate) use candidate::{MOST_MERGED, n_knots};
pub(crate) use choose::choose_shaped;
pub use choose::{CandidateRow, Choice, Choices, choose};
pub(crate) use folds::left_out;
