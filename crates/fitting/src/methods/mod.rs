//! The methods: each takes samples and gives a network with its account.

pub(crate) mod account;
pub(crate) mod best;
#[cfg(feature = "burn")]
mod burn;
pub(crate) mod chosen;
pub(crate) mod corridor;
pub(crate) mod descent;
mod log;
pub(crate) mod observer;
pub(crate) mod search;
pub(crate) mod smooth;
