//! A run's folder: every file appears whole or not at all, and no run is overwritten unasked.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use shallow_data::write_whole;

use crate::error::FittingError;

/// Files of a fit, in the order in which a summary lists them.
pub const FILES: [&str; 10] = [
    "config.toml",
    "metrics.jsonl",
    "report.json",
    "model.safetensors",
    "loss.svg",
    "fit.svg",
    "fit.png",
    "widths.svg",
    "widths.png",
    CHECKPOINT,
];

/// Files that every finished descent leaves.
pub const OF_DESCENT: [&str; 7] = [
    "config.toml",
    "metrics.jsonl",
    "report.json",
    "model.safetensors",
    "loss.svg",
    "fit.svg",
    "fit.png",
];

/// Files that every finished search for a best network leaves.
pub const OF_BEST: [&str; 5] = [
    "config.toml",
    "report.json",
    "model.safetensors",
    "fit.svg",
    "fit.png",
];

/// A run's checkpoint.
const CHECKPOINT: &str = "checkpoint/state.safetensors";

/// The folder of one run.
#[derive(Debug)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// Makes the folder that was asked for, or the next of `runs/1`, `runs/2`, ...; what it holds of these files is removed only
    /// with `force`.
    ///
    /// # Errors
    ///
    /// [`FittingError::FolderTaken`] and [`FittingError::Write`].
    pub fn create(asked: Option<&Path>, force: bool, files: &[&str]) -> Result<Self, FittingError> {
        let Some(path) = asked else {
            return Self::next(Path::new("runs"));
        };
        Self::check(asked, force, files)?;
        fs::create_dir_all(path).map_err(|source| cannot_write(path, source))?;
        for file in there(path, files) {
            fs::remove_file(&file).map_err(|source| cannot_write(&file, source))?;
        }
        Ok(Self(path.into()))
    }

    /// Checks that [`create`](Self::create) would not find a run that must stay.
    ///
    /// # Errors
    ///
    /// [`FittingError::FolderTaken`].
    pub fn check(asked: Option<&Path>, force: bool, files: &[&str]) -> Result<(), FittingError> {
        match asked {
            Some(path) if !force && !there(path, files).is_empty() => {
                Err(FittingError::FolderTaken { path: path.into() })
            }
            _ => Ok(()),
        }
    }

    fn next(parent: &Path) -> Result<Self, FittingError> {
        fs::create_dir_all(parent).map_err(|source| cannot_write(parent, source))?;
        for number in 1_u64.. {
            let path = parent.join(number.to_string());
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(cannot_write(&path, source)),
            }
        }
        unreachable!("there are more numbers than folders")
    }

    /// The folder of a run that was begun.
    ///
    /// # Errors
    ///
    /// [`FittingError::NoRun`].
    pub fn open(path: &Path) -> Result<Self, FittingError> {
        if path.join("config.toml").is_file() {
            Ok(Self(path.into()))
        } else {
            Err(FittingError::NoRun { path: path.into() })
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Whether all these files are there.
    pub fn has_all(&self, files: &[&str]) -> bool {
        files.iter().all(|name| self.join(name).is_file())
    }

    /// The names of a run's files that are there.
    pub fn files(&self) -> Vec<String> {
        let there = FILES.into_iter().filter(|name| self.join(name).exists());
        there
            .map(|name| match name {
                CHECKPOINT => "checkpoint/".into(),
                name => name.into(),
            })
            .collect()
    }

    /// Writes a file whole.
    ///
    /// # Errors
    ///
    /// [`FittingError::Write`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FittingError> {
        let path = self.join(name);
        write_whole(&path, bytes).map_err(|source| cannot_write(&path, source))
    }

    /// Writes the checkpoint.
    ///
    /// # Errors
    ///
    /// [`FittingError::Write`].
    pub fn write_checkpoint(&self, bytes: &[u8]) -> Result<(), FittingError> {
        let folder = self.join("checkpoint");
        fs::create_dir_all(&folder).map_err(|source| cannot_write(&folder, source))?;
        self.write(CHECKPOINT, bytes)
    }

    /// The checkpoint's bytes, where one was written.
    ///
    /// # Errors
    ///
    /// [`FittingError::Read`].
    pub fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, FittingError> {
        let path = self.join(CHECKPOINT);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(FittingError::Read {
                name: path.display().to_string(),
                source,
            }),
        }
    }
}

/// Those of the files that are in a folder.
fn there(folder: &Path, files: &[&str]) -> Vec<PathBuf> {
    let paths = files.iter().map(|name| folder.join(name));
    paths
        .filter(|file| file.symlink_metadata().is_ok())
        .collect()
}

pub(crate) fn cannot_write(path: &Path, source: io::Error) -> FittingError {
    FittingError::Write {
        path: path.into(),
        source,
    }
}
