//! Progress of a fit, as a front end sees it.

/// The progress of a fit; a front end shows what it likes of it.
pub trait Progress {
    /// A descent begins at epoch `first` of `epochs`.
    fn begin(&mut self, first: usize, epochs: usize);

    /// An epoch's loss, in the user's units.
    fn show(&mut self, epoch: usize, loss: f64);

    /// The descent has ended.
    fn end(&mut self);

    /// Something that the user should know.
    fn note(&mut self, note: &str);
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _: usize, _: usize) {}
    fn show(&mut self, _: usize, _: f64) {}
    fn end(&mut self) {}
    fn note(&mut self, _: &str) {}
}
