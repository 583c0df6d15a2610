//! What can go wrong between what to fit and a run's folder, one variant a condition.

use std::{io, path::PathBuf};

use shallow_analytic::descent::FitError;
use shallow_data::{DataError, TableError, short, visible};
use shallow_export::ExportError;
use shallow_expression::ExpressionError;
use shallow_moments::MomentsError;
use shallow_plot::PlotError;

/// Why there is no fit. A message says what is wrong; which option of a front end mends it, that front end adds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FittingError {
    /// Neither a function nor a file.
    #[error("there is nothing to fit")]
    NothingToFit,
    /// Options that do not go together, or a value outside its range.
    #[error("{0}")]
    Options(String),
    /// An option without what it belongs to.
    #[error("{option} goes with {with} alone; leave it out")]
    GoesWith {
        /// The option.
        option: &'static str,
        /// What it needs, as `option value`.
        with: &'static str,
    },
    /// No network that was found has the shape.
    #[error("no network{} was found that has the shape and passes through the points", .hidden.map(|hidden| format!(" of width {hidden}")).unwrap_or_default())]
    Shape {
        /// Hidden units asked for.
        hidden: Option<usize>,
    },
    /// A seed that NumPy's generator does not take.
    #[error("a seed of numpy's must be below 2^32, got {seed}")]
    NumpySeed {
        /// The seed given.
        seed: u64,
    },
    /// A line of a configuration file that cannot be read.
    #[error("{file} line {line}: {what}; its names are the flags' of `shallow fit`")]
    Config {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// A function that is not one.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// A function with a pole, a gap or values too large to square.
    #[error("function `{}` is {}{} at {variable} = {}", visible(.function), short(*.value), overflow(*.value), short(*.at))]
    NotFinite {
        /// The function.
        function: String,
        /// Its value there.
        value: f64,
        /// What its variable is called.
        variable: String,
        /// The place.
        at: f64,
    },
    /// A table that cannot be read or used.
    #[error("{0}")]
    Table(String),
    /// A cell without a number, as for want of a measurement.
    #[error("{cell} is missing; fill it or delete the row")]
    Missing {
        /// The file, the line, the column and the text.
        cell: String,
    },
    /// Fewer rows than were asked for.
    #[error(
        "{file} has {n} samples, too few for {} to train on and {test} to test",
        if *.train < 2 { "2 or more".into() } else { train.to_string() }
    )]
    TooFewRows {
        /// The file.
        file: String,
        /// Its number of rows.
        n: usize,
        /// Rows asked for to train on.
        train: usize,
        /// Rows asked for to test.
        test: usize,
    },
    /// An input column that never changes.
    #[error("column {column} of {file} is {value} in every row; nothing can be a function of it")]
    ConstantInput {
        /// The column.
        column: String,
        /// The file.
        file: String,
        /// Its one value.
        value: f64,
    },
    /// Several columns, and none chosen.
    #[error("{file} has {n} columns")]
    Columns {
        /// The file.
        file: String,
        /// Their number.
        n: usize,
        /// What they are called, for a sentence.
        names: String,
    },
    /// A tolerance that no width meets.
    #[error(
        "none of the widths tried, up to {widest}, meets the tolerance {}: of these, {best} units have the least error on the {samples}, {}", short(*.tolerance), short(*.error)
    )]
    Tolerance {
        /// The widest network tried.
        widest: usize,
        /// What was asked for.
        tolerance: f64,
        /// The width with the least error.
        best: usize,
        /// That error.
        error: f64,
        /// Where it was measured.
        samples: &'static str,
        /// Whether the samples are noisy, so that wider networks fit the noise.
        is_noisy: bool,
    },
    /// No network within a largest error, and why.
    #[error("{0}")]
    NoNetwork(String),
    /// A plan for which the machine is too small.
    #[error(
        "{count} {what} need about {} of memory, and {} are free", gigabytes(*.needed), gigabytes(*.free)
    )]
    Memory {
        /// What takes the most: samples, hidden units or epochs.
        what: &'static str,
        /// How many of them.
        count: usize,
        /// Bytes that the whole fit needs.
        needed: f64,
        /// Bytes there are.
        free: f64,
    },
    /// A file, as the place for a folder.
    #[error("{} is no folder", .path.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// A folder that holds a run or a comparison already.
    #[error("{} holds a {holds} already", .path.display())]
    FolderTaken {
        /// The folder.
        path: PathBuf,
        /// What it holds.
        holds: &'static str,
    },
    /// A folder to which another run writes.
    #[error("process {process} writes a run to {} at this moment", .path.display())]
    FolderBusy {
        /// The folder.
        path: PathBuf,
        /// The number of the process.
        process: String,
    },
    /// A file of the run itself, as the place for an export.
    #[error("{} is a file of the run itself; choose another", .path.display())]
    OwnFile {
        /// The file.
        path: PathBuf,
    },
    /// A folder, a device or a broken link, as the place for an export.
    #[error("{} is no regular file; choose another", .path.display())]
    NoRegularFile {
        /// The path.
        path: PathBuf,
    },
    /// A file that would be overwritten.
    #[error("{} is there already", .path.display())]
    FileThere {
        /// The file.
        path: PathBuf,
    },
    /// A folder without a run.
    #[error("there is no run in {}", .path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// A run that has all its epochs, if it is a descent.
    #[error("the run in {} is done{}", .path.display(), with_epochs(*.epochs))]
    Done {
        /// The folder.
        path: PathBuf,
        /// Epochs done; none of a best network.
        epochs: Option<usize>,
    },
    /// A checkpoint that cannot be used.
    #[error("cannot go on with the checkpoint of {}: {reason}", .path.display())]
    Checkpoint {
        /// The run's folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A fit that was stopped; its checkpoint is written.
    #[error("interrupted after {done} of {epochs} epochs")]
    Interrupted {
        /// Epochs done.
        done: usize,
        /// Epochs asked for.
        epochs: usize,
        /// The run's folder.
        path: PathBuf,
    },
    /// A file that cannot be read.
    #[error("cannot read {name}: {source}")]
    Read {
        /// The file.
        name: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A file or folder that cannot be written.
    #[error("cannot write {}, choose a folder with room that you may write to: {source}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Something that needs Burn, in a build without it.
    #[error("{what} needs a device, and this build has none, as it was made without Burn")]
    NoDevices {
        /// What was asked for.
        what: String,
    },
    /// About samples or a target.
    #[error(transparent)]
    Data(#[from] DataError),
    /// About the descent.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// About a picture.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// About the fitted network's file.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// About a device or a model on it.
    #[cfg(feature = "burn")]
    #[error(transparent)]
    Burn(#[from] shallow::Error),
}

fn overflow(value: f64) -> &'static str {
    match value.is_finite() {
        true => ", whose square overflows,",
        false => "",
    }
}

fn gigabytes(bytes: f64) -> String {
    format!("{:.1} GB", bytes / 1e9)
}

fn with_epochs(epochs: Option<usize>) -> String {
    epochs.map_or_else(String::new, |epochs| format!(", with {epochs} epochs"))
}

impl FittingError {
    /// The exit code of a program that ends with this error: 1 failed, 2 asked for something that cannot be, 3 diverged.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Fit(FitError::Diverged { .. }) => 3,
            Self::Fit(FitError::Device { .. }) | Self::Plot(PlotError::Write { .. }) => 1,
            Self::NothingToFit
            | Self::Options(_)
            | Self::GoesWith { .. }
            | Self::NumpySeed { .. }
            | Self::Shape { .. }
            | Self::Config { .. }
            | Self::OwnFile { .. }
            | Self::NoRegularFile { .. }
            | Self::Expression(_)
            | Self::Columns { .. }
            | Self::Done { .. }
            | Self::NoDevices { .. }
            | Self::Data(_)
            | Self::Fit(_)
            | Self::Plot(_)
            | Self::Export(ExportError::Options(_)) => 2,
            #[cfg(feature = "burn")]
            Self::Burn(error) => error.exit_code(),
            _ => 1,
        }
    }
}

impl From<MomentsError> for FittingError {
    fn from(error: MomentsError) -> Self {
        match error {
            MomentsError::Table(error) => error.into(),
            error => Self::Table(error.to_string()),
        }
    }
}

impl From<TableError> for FittingError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Read { name, source } => Self::Read { name, source },
            TableError::Content(what) => Self::Table(what),
            TableError::Missing { cell } => Self::Missing { cell },
        }
    }
}
