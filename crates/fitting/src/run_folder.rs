//! A run's folder: every file appears whole or not at all, no run is overwritten unasked, and no two write to one folder.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use shallow_data::{is_unfinished, write_whole};
use shallow_export::Format;

use crate::error::FittingError;

/// Files of a fit, in the order in which a summary lists them.
pub const FILES: [&str; 11] = [
    "config.toml",
    "metrics.jsonl",
    "report.json",
    "groups.csv",
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

/// Files of a comparison.
pub const OF_COMPARISON: [&str; 3] = ["compare.json", "compare.svg", "compare.png"];

/// What a run locks for as long as it writes.
const LOCK: &str = ".lock";

/// A run's checkpoint.
const CHECKPOINT: &str = "checkpoint/state.safetensors";

/// The new run, in a folder of its own until it has ended.
const REPLACEMENT: &str = "replacement";

/// The new run once it has ended: its files are about to take the places of the old one's.
const REPLACED: &str = "replacement.done";

/// In there, a line for each file: `+name` to move there, `-name` to remove.
const LIST: &str = "files.txt";

/// Where a run's files go.
#[derive(Debug)]
pub enum Destination {
    /// A new folder: this one, or the next of `runs/1`, `runs/2`, ...
    New {
        /// The folder.
        out: Option<PathBuf>,
        /// Whether a run that is there may be replaced.
        force: bool,
    },
    /// The folder of a run to go on with.
    Resumed(RunFolder),
}

/// The folder of one run, locked until this is dropped: no other run writes to it.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Where the files are written: the folder itself, or beside the run that is to be replaced.
    work: PathBuf,
    /// Whether it was not there before.
    is_new: bool,
    /// The lock; the system releases it when the process ends, however it does.
    _lock: File,
}

impl RunFolder {
    /// Makes the folder that was asked for, or the next of `runs/1`, `runs/2`, ... With `force`, a run that is there stays until
    /// [`replace`](Self::replace).
    ///
    /// # Errors
    ///
    /// [`FittingError::NoFolder`], [`FittingError::FolderTaken`], [`FittingError::FolderBusy`] and [`FittingError::Write`].
    pub fn create(asked: Option<&Path>, force: bool) -> Result<Self, FittingError> {
        let is_new = asked.is_none_or(|path| !path.exists());
        let path = match asked {
            Some(path) if path.exists() && !path.is_dir() => {
                return Err(FittingError::NoFolder { path: path.into() });
            }
            Some(path) => {
                fs::create_dir_all(path).map_err(|source| cannot_write(path, source))?;
                path.into()
            }
            None => next(Path::new("runs"))?,
        };
        let mut folder = Self::lock(path)?;
        folder.is_new = is_new;
        let Some(holds) = holds(&folder.path) else {
            return Ok(folder);
        };
        if !force {
            let path = folder.path;
            return Err(FittingError::FolderTaken { path, holds });
        }
        folder.discard_replacement()?;
        folder.work = folder.path.join(REPLACEMENT);
        fs::create_dir(&folder.work).map_err(|source| cannot_write(&folder.work, source))?;
        Ok(folder)
    }

    /// The folder of a run that was begun; of one that was to replace another, if that was begun.
    ///
    /// # Errors
    ///
    /// [`FittingError::NoRun`], [`FittingError::FolderBusy`] and [`FittingError::Write`].
    pub fn open(path: &Path) -> Result<Self, FittingError> {
        let none = || FittingError::NoRun { path: path.into() };
        if !path.is_dir() {
            return Err(none());
        }
        let mut folder = Self::lock(path.into())?;
        let replacement = path.join(REPLACEMENT);
        if replacement.join("config.toml").is_file() {
            folder.work = replacement;
        }
        match folder.join("config.toml").is_file() {
            true => Ok(folder),
            false => Err(none()),
        }
    }

    /// Takes the lock, and clears what a run that was killed has left.
    fn lock(path: PathBuf) -> Result<Self, FittingError> {
        let lock_path = path.join(LOCK);
        let cannot = |source| cannot_write(&lock_path, source);
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut lock = options.open(&lock_path).map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let process = process(&mut lock);
                return Err(FittingError::FolderBusy { path, process });
            }
            // A file system without locks.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(source)) => return Err(cannot(source)),
        }
        // The number is for a message alone, and a full disk does not stop a run that would write nothing.
        let _ = lock.set_len(0);
        let _ = write!(lock, "{}", std::process::id());
        let folder = Self {
            work: path.clone(),
            path,
            is_new: false,
            _lock: lock,
        };
        folder.exchange()?;
        for part in ["", "checkpoint", REPLACEMENT, "replacement/checkpoint"] {
            remove_unfinished(&folder.path.join(part));
        }
        Ok(folder)
    }

    /// The run has ended: if it replaces another, its files take the places of that one's.
    ///
    /// # Errors
    ///
    /// [`FittingError::Write`]; the next run or resumption goes on with the exchange.
    pub fn replace(&mut self) -> Result<(), FittingError> {
        if !self.is_replacement() {
            return Ok(());
        }
        let line = |name| match self.join(name).exists() {
            true => format!("+{name}\n"),
            false => format!("-{name}\n"),
        };
        let list: String = all_files().map(line).collect();
        self.write(LIST, list.as_bytes())?;
        let replaced = self.path.join(REPLACED);
        fs::rename(&self.work, &replaced).map_err(|source| cannot_write(&replaced, source))?;
        self.work = self.path.clone();
        self.exchange()
    }

    /// Moves the files of a replacement that has ended; what was moved before stays where it is.
    fn exchange(&self) -> Result<(), FittingError> {
        let replaced = self.path.join(REPLACED);
        if !replaced.is_dir() {
            return Ok(());
        }
        // Without a list all was moved, and the removal of the rest was cut off.
        let list = fs::read_to_string(replaced.join(LIST)).unwrap_or_default();
        let is_listed = |line: String| list.lines().any(|listed| listed == line);
        for name in all_files() {
            let (from, to) = (replaced.join(name), self.path.join(name));
            let moved = if is_listed(format!("+{name}")) && from.exists() {
                let folder = to.parent().unwrap_or(&self.path);
                fs::create_dir_all(folder).and_then(|()| fs::rename(&from, &to))
            } else if is_listed(format!("-{name}")) && to.exists() {
                fs::remove_file(&to).inspect(|()| remove_if_empty(&self.path.join("checkpoint")))
            } else {
                Ok(())
            };
            moved.map_err(|source| cannot_write(&to, source))?;
        }
        // What was exported of the old run.
        if !list.is_empty() {
            let exports = self.path.join("export");
            for extension in Format::ALL.map(Format::extension).into_iter().chain(["h"]) {
                let model = exports.join("model");
                let _ = fs::remove_file(model.with_extension(extension)); // seldom there
            }
            remove_if_empty(&exports);
        }
        fs::remove_dir_all(&replaced).map_err(|source| cannot_write(&replaced, source))
    }

    /// The run came to nothing: a run that it was to replace stays, and nothing is left that another would have to replace.
    pub(crate) fn abandon(self) -> Result<(), FittingError> {
        if self.is_replacement() {
            return self.discard_replacement();
        }
        for name in all_files() {
            let path = self.path.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(cannot_write(&path, error));
                }
                _ => {}
            }
        }
        if self.is_new {
            let _ = fs::remove_file(self.path.join(LOCK)); // at worst an empty folder stays
            remove_if_empty(&self.path);
            if let Some(runs) = self.path.parent().filter(|runs| *runs == Path::new("runs")) {
                remove_if_empty(runs);
            }
        }
        Ok(())
    }

    /// Removes what there is of a run that was to replace another.
    pub(crate) fn discard_replacement(&self) -> Result<(), FittingError> {
        let replacement = self.path.join(REPLACEMENT);
        match fs::remove_dir_all(&replacement) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(cannot_write(&replacement, error))
            }
            _ => Ok(()),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is to replace another.
    pub fn is_replacement(&self) -> bool {
        self.work != self.path
    }

    /// Where its files are written.
    pub(crate) fn work(&self) -> &Path {
        &self.work
    }

    /// A file in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.work.join(name)
    }

    /// Whether all these files are there.
    pub fn has_all(&self, files: &[&str]) -> bool {
        files.iter().all(|name| self.join(name).is_file())
    }

    /// The names of a run's files that are there.
    pub fn files(&self) -> Vec<String> {
        let there = all_files().filter(|name| self.join(name).exists());
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

/// The next of `runs/1`, `runs/2`, ...
fn next(parent: &Path) -> Result<PathBuf, FittingError> {
    fs::create_dir_all(parent).map_err(|source| cannot_write(parent, source))?;
    for number in 1_u64.. {
        let path = parent.join(number.to_string());
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(cannot_write(&path, source)),
        }
    }
    unreachable!("there are more numbers than folders")
}

/// Removes a folder if nothing is in it.
fn remove_if_empty(folder: &Path) {
    let _ = fs::remove_dir(folder);
}

/// Removes the files that were never given their names.
fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_unfinished(&entry.file_name()) {
            let _ = fs::remove_file(entry.path()); // at worst it stays
        }
    }
}

/// Checks that an export may be written to a file: a new one, or with `force` one that is there, and never one of the run's.
///
/// # Errors
///
/// [`FittingError::OwnFile`], [`FittingError::NoRegularFile`] and [`FittingError::FileThere`].
pub fn check_export(run: &Path, file: &Path, force: bool) -> Result<(), FittingError> {
    let path = file.to_path_buf();
    if is_reserved(run, file) {
        return Err(FittingError::OwnFile { path });
    }
    let whole = |path: &Path| path.canonicalize().ok();
    // By way of a link, too.
    let mut own = all_files()
        .chain([LOCK])
        .filter_map(|name| whole(&run.join(name)));
    if own.any(|own| Some(own) == whole(file)) {
        return Err(FittingError::OwnFile { path });
    }
    check_file(file, force)
}

/// Whether a file may be written, or replaced.
///
/// # Errors
///
/// [`FittingError::NoRegularFile`], and [`FittingError::FileThere`] without `force`.
pub fn check_file(file: &Path, force: bool) -> Result<(), FittingError> {
    let path = file.to_path_buf();
    let Ok(metadata) = fs::metadata(file) else {
        // Not there, or a link to what is not there.
        return match file.symlink_metadata() {
            Ok(_) => Err(FittingError::NoRegularFile { path }),
            Err(_) => Ok(()),
        };
    };
    if !metadata.is_file() {
        Err(FittingError::NoRegularFile { path })
    } else if !force {
        Err(FittingError::FileThere { path })
    } else {
        Ok(())
    }
}

/// Whether a path is a place in the run's folder that the run, its lock or its replacement uses, be anything there or not.
fn is_reserved(run: &Path, file: &Path) -> bool {
    let (Ok(run), Some(name)) = (run.canonicalize(), file.file_name()) else {
        return false;
    };
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let Ok(folder) = folder.canonicalize() else {
        return false;
    };
    let place = folder.join(name);
    let Ok(inside) = place.strip_prefix(&run) else {
        return false;
    };
    let folders = ["checkpoint", REPLACEMENT, REPLACED];
    let names = all_files().chain([LOCK, "export"]);
    names.map(Path::new).any(|own| inside == own)
        || folders.iter().any(|own| inside.starts_with(own))
}

/// The files of runs and of comparisons.
fn all_files() -> impl Iterator<Item = &'static str> {
    FILES.into_iter().chain(OF_COMPARISON)
}

/// What is in a folder already: a run or a comparison.
fn holds(folder: &Path) -> Option<&'static str> {
    let has = |files: &[&str]| {
        let mut paths = files.iter().map(|name| folder.join(name));
        paths.any(|file| file.symlink_metadata().is_ok())
    };
    match has(&FILES) {
        true => Some("run"),
        false => has(&OF_COMPARISON).then_some("comparison"),
    }
}

/// The number of the process that writes to a run's folder at this moment, where one does.
pub fn writer(folder: &Path) -> Option<String> {
    let mut lock = File::open(folder.join(LOCK)).ok()?;
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(process(&mut lock)),
        _ => None,
    }
}

/// What the holder of a lock has written there; at worst a sentence lacks the number.
fn process(lock: &mut File) -> String {
    let mut process = String::new();
    let _ = lock.read_to_string(&mut process);
    process.trim().to_string()
}

pub(crate) fn cannot_write(path: &Path, source: io::Error) -> FittingError {
    FittingError::Write {
        path: path.into(),
        source,
    }
}
