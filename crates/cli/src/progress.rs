//! Progress on stderr: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::Instant,
};

use indicatif::{ProgressBar, ProgressStyle};
use shallow_fitting::Progress;

use crate::print::say;

/// Shows progress and notes on stderr.
pub struct OnStderr {
    /// Whether only notes are shown.
    is_quiet: bool,
    bar: Option<Bar>,
}

struct Bar {
    bar: ProgressBar,
    since: Instant,
    first: usize,
}

impl OnStderr {
    pub fn new(is_quiet: bool) -> Self {
        Self {
            is_quiet,
            bar: None,
        }
    }
}

impl Progress for OnStderr {
    fn begin(&mut self, first: usize, epochs: usize) {
        if self.is_quiet || !stderr().is_terminal() {
            return;
        }
        let style = "{bar:28} {pos}/{len} epochs, {msg}, {eta} left";
        let style =
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(epochs as u64).with_style(style);
        bar.set_position(first as u64);
        bar.reset_eta();
        self.bar = Some(Bar {
            bar,
            since: Instant::now(),
            first,
        });
    }

    fn show(&mut self, epoch: usize, loss: f64) {
        match &self.bar {
            Some(Bar { bar, since, first }) => {
                let done = epoch + 1;
                let rate = (done - first) as f64 / since.elapsed().as_secs_f64();
                bar.set_position(done as u64);
                bar.set_message(format!("loss {}, {rate:.0} steps/s", six_digits(loss)));
            }
            None if self.is_quiet => {}
            None => say(&format!("epoch {epoch} : loss {}", six_digits(loss))),
        }
    }

    fn end(&mut self) {
        if let Some(Bar { bar, .. }) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn note(&mut self, note: &str) {
        say(&format!("note: {note}"));
    }
}

/// As the documents print a loss, with six digits after the point; numbers that would be long that way, with an exponent.
fn six_digits(loss: f64) -> String {
    if loss != 0.0 && !(1e-4..1e7).contains(&loss.abs()) {
        format!("{loss:.6e}")
    } else {
        format!("{loss:.6}")
    }
}

#[cfg(test)]
mod tests {
    use super::six_digits;

    #[test]
    fn no_loss_is_long() {
        let written = [0.5, 0.0, 1.25e-7, 3e198, f64::INFINITY].map(six_digits);
        assert_eq!(
            written,
            ["0.500000", "0.000000", "1.250000e-7", "3.000000e198", "inf"]
        );
    }
}
