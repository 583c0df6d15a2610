//! The commands, a file each.

pub mod check;
pub mod compare;
pub mod completions;
#[cfg_attr(not(feature = "burn"), path = "no_devices.rs")]
pub mod devices;
pub mod export;
pub mod fit;
pub mod man;
pub mod moments;
pub mod predict;
pub mod sql;
pub mod studio;
