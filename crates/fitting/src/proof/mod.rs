//! Proofs about the error of a fit on a whole domain, not only at samples, by interval arithmetic.

mod error;
mod largest;
mod network;

pub use error::LargestError;
pub(crate) use largest::{Side, Verdict, largest};
pub(crate) use network::Network;
