//! Progress on stderr: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::Instant,
};

use indicatif::{ProgressBar, ProgressStyle};

/// What shows how far a fit is.
pub enum Progress {
    Bar {
        bar: ProgressBar,
        since: Instant,
        first: usize,
    },
    Lines,
    Quiet,
}

impl Progress {
    /// Of a fit from epoch `first` to `epochs`.
    pub fn new(first: usize, epochs: usize, is_quiet: bool) -> Self {
        if is_quiet {
            Self::Quiet
        } else if stderr().is_terminal() {
            let style = "{bar:28} {pos}/{len} epochs, {msg}, {eta} left";
            let style = ProgressStyle::with_template(style)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(epochs as u64).with_style(style);
            bar.set_position(first as u64);
            bar.reset_eta();
            Self::Bar {
                bar,
                since: Instant::now(),
                first,
            }
        } else {
            Self::Lines
        }
    }

    /// After an epoch.
    pub fn show(&self, epoch: usize, loss: f64) {
        match self {
            Self::Bar { bar, since, first } => {
                let done = epoch + 1;
                let rate = (done - first) as f64 / since.elapsed().as_secs_f64();
                bar.set_position(done as u64);
                bar.set_message(format!("loss {loss:.6}, {rate:.0} steps/s"));
            }
            Self::Lines => eprintln!("epoch {epoch} : loss {loss:.6}"),
            Self::Quiet => {}
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Self::Bar { bar, .. } = self {
            bar.finish_and_clear();
        }
    }
}
