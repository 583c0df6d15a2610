//! A run's folder: every file appears whole or not at all, and no run is overwritten unasked.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde::Serialize;

/// What a run leaves; the first is written first.
const FILES: [&str; 7] = [
    "config.toml",
    "metrics.jsonl",
    "report.json",
    "model.safetensors",
    "loss.svg",
    "fit.svg",
    "fit.png",
];

/// What a run with a tolerance leaves besides.
const WIDTHS: [&str; 2] = ["widths.svg", "widths.png"];

/// Where a run's checkpoint is.
const CHECKPOINT: &str = "checkpoint/state.safetensors";

/// The folder of one run.
#[derive(Debug)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// Makes the folder that was asked for, or the next of `runs/1`, `runs/2`, ...; a run in it is removed only with `force`.
    pub fn create(asked: Option<&Path>, force: bool) -> Result<Self> {
        let files: Vec<&str> = FILES
            .into_iter()
            .chain(WIDTHS)
            .chain([CHECKPOINT])
            .collect();
        Self::create_for(asked, force, &files)
    }

    /// As [`create`](Self::create), for something else that leaves these files.
    pub fn create_for(asked: Option<&Path>, force: bool, files: &[&str]) -> Result<Self> {
        let Some(path) = asked else {
            return Self::next(Path::new("runs"));
        };
        fs::create_dir_all(path).with_context(|| cannot_write(path))?;
        let folder = Self(path.into());
        let run: Vec<_> = files
            .iter()
            .map(|name| path.join(name))
            .filter(|file| file.symlink_metadata().is_ok())
            .collect();
        if !run.is_empty() && !force {
            bail!(
                "{} holds a run already; choose another --out, replace it with --force, or go on with it with --resume",
                path.display()
            );
        }
        for file in run {
            fs::remove_file(&file).with_context(|| cannot_write(&file))?;
        }
        Ok(folder)
    }

    fn next(parent: &Path) -> Result<Self> {
        fs::create_dir_all(parent).with_context(|| cannot_write(parent))?;
        for number in 1_u64.. {
            let path = parent.join(number.to_string());
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| cannot_write(&path)),
            }
        }
        unreachable!("there are more numbers than folders")
    }

    /// The folder of a run that was begun.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.join("config.toml").is_file() {
            bail!(
                "there is no run in {}; begin one with `shallow fit --out {0}`",
                path.display()
            );
        }
        Ok(Self(path.into()))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of a finished run's files.
    pub fn files(&self) -> Vec<String> {
        let widths = WIDTHS.into_iter().filter(|name| self.join(name).exists());
        let files = FILES.into_iter().chain(widths).chain(["checkpoint/"]);
        files.map(String::from).collect()
    }

    /// Writes a file: under another name first, so that it is never half-written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_whole(&self.join(name), bytes)
    }

    pub fn write_checkpoint(&self, bytes: &[u8]) -> Result<()> {
        let folder = self.join("checkpoint");
        fs::create_dir_all(&folder).with_context(|| cannot_write(&folder))?;
        self.write(CHECKPOINT, bytes)
    }

    /// The checkpoint, where one was written.
    pub fn read_checkpoint(&self) -> Result<Option<Vec<u8>>> {
        let path = self.join(CHECKPOINT);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
}

/// Writes a file under another name beside it, then renames it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let written = File::create(&unfinished)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, path));
    written
        .inspect_err(|_| {
            let _ = fs::remove_file(&unfinished); // it may not exist; the first failure is the one to report
        })
        .with_context(|| cannot_write(path))
}

/// What to say of a file that cannot be written; the system's reason follows.
pub fn cannot_write(path: &Path) -> String {
    format!(
        "cannot write {}, choose a folder with room that you may write to",
        path.display()
    )
}

/// One line of `metrics.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Metric {
    pub epoch: usize,
    pub loss: f64,
}

/// `metrics.jsonl`, to which losses are added as they come.
pub struct Metrics {
    path: PathBuf,
    file: BufWriter<File>,
    flushed: Instant,
    /// All that is in the file.
    pub logged: Vec<Metric>,
}

impl Metrics {
    fn with(folder: &RunFolder, logged: Vec<Metric>) -> Result<Self> {
        let mut text = Vec::new();
        for metric in &logged {
            serde_json::to_writer(&mut text, metric)?;
            text.push(b'\n');
        }
        folder.write("metrics.jsonl", &text)?;
        let path = folder.join("metrics.jsonl");
        let file = File::options().append(true).open(&path);
        Ok(Self {
            file: BufWriter::new(file.with_context(|| cannot_write(&path))?),
            path,
            flushed: Instant::now(),
            logged,
        })
    }

    /// A file with the losses that were logged so far, in every `log_every`-th epoch.
    pub fn resume(folder: &RunFolder, losses: &[f64], log_every: usize) -> Result<Self> {
        let metric = |(i, loss): (usize, &f64)| Metric {
            epoch: i * log_every,
            loss: *loss,
        };
        Self::with(folder, losses.iter().enumerate().map(metric).collect())
    }

    /// Adds a loss; it reaches the disk within a moment of the next.
    pub fn add(&mut self, metric: Metric) -> Result<()> {
        let write = |file: &mut BufWriter<File>| {
            serde_json::to_writer(&mut *file, &metric)?;
            file.write_all(b"\n")
        };
        write(&mut self.file).with_context(|| cannot_write(&self.path))?;
        self.logged.push(metric);
        if self.flushed.elapsed() > Duration::from_millis(200) {
            self.flush()?;
        }
        Ok(())
    }

    /// The losses in the file.
    pub fn losses(&self) -> Vec<f64> {
        self.logged.iter().map(|metric| metric.loss).collect()
    }

    pub fn flush(&mut self) -> Result<()> {
        self.flushed = Instant::now();
        self.file.flush().with_context(|| cannot_write(&self.path))
    }
}
