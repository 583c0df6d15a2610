//! Proofs about the error of a fit on a whole domain, not only at samples, by interval arithmetic.

mod largest;
mod network;

pub(crate) use largest::{Side, Verdict, largest};
pub(crate) use network::Network;
