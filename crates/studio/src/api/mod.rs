//! What the page asks for, a file for each of its views.

pub(crate) mod fit;
pub(crate) mod gradients;
pub(crate) mod race;
pub(crate) mod read;
pub(crate) mod runs;
pub(crate) mod ship;
pub(crate) mod table;
pub(crate) mod train;
