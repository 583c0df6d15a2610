//! `metrics.jsonl`, to which losses are added as they come.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{
    error::FittingError,
    run_folder::{RunFolder, cannot_write},
};

/// One line of `metrics.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Metric {
    /// The epoch, from 0.
    pub epoch: usize,
    /// Its loss, before its update, in the user's units.
    pub loss: f64,
    /// The loss on test samples of the same network, where it is followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_loss: Option<f64>,
}

/// The file, and all that is in it.
pub(crate) struct Metrics {
    path: PathBuf,
    file: BufWriter<File>,
    flushed: Instant,
    logged: Vec<Metric>,
}

impl Metrics {
    /// A file that begins with these lines.
    pub(crate) fn new(folder: &RunFolder, logged: Vec<Metric>) -> Result<Self, FittingError> {
        let lines: String = logged.iter().map(line).collect();
        folder.write("metrics.jsonl", lines.as_bytes())?;
        let path = folder.join("metrics.jsonl");
        let file = File::options().append(true).open(&path);
        Ok(Self {
            file: BufWriter::new(file.map_err(|source| cannot_write(&path, source))?),
            path,
            flushed: Instant::now(),
            logged,
        })
    }

    /// Adds a loss; it reaches the disk within a moment of the next.
    pub(crate) fn add(&mut self, metric: Metric) -> Result<(), FittingError> {
        let written = self.file.write_all(line(&metric).as_bytes());
        written.map_err(|source| cannot_write(&self.path, source))?;
        self.logged.push(metric);
        if self.flushed.elapsed() > Duration::from_millis(200) {
            self.flush()?;
        }
        Ok(())
    }

    /// What is in the file.
    pub(crate) fn logged(&self) -> &[Metric] {
        &self.logged
    }

    pub(crate) fn flush(&mut self) -> Result<(), FittingError> {
        self.flushed = Instant::now();
        let flushed = self.file.flush();
        flushed.map_err(|source| cannot_write(&self.path, source))
    }
}

fn line(metric: &Metric) -> String {
    let json = serde_json::to_string(metric).expect("numbers are JSON");
    json + "\n"
}
