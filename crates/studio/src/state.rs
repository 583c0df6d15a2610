//! What all requests share, and the plan of what one asks for.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde::Deserialize;
use shallow_fitting::{Hidden, MethodName, Plan, Request};

use crate::{error::StudioError, jobs::Jobs, steering::Trainings, tables::Tables};

/// What all requests share.
pub(crate) struct Studio {
    pub(crate) jobs: Jobs,
    pub(crate) tables: Tables,
    pub(crate) trainings: Trainings,
    /// What the page begins with.
    pub(crate) first: Asked,
    /// Bytes of requests that are being read.
    pub(crate) reading: AtomicUsize,
}

pub(crate) type Shared = Arc<Studio>;

impl Studio {
    /// Does work in its turn; what goes wrong is told by the names that the user knows.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AtomicBool) -> Result<T, StudioError> + Send + 'static,
    ) -> Result<T, StudioError> {
        self.jobs.run(work).await.map_err(|error| self.named(error))
    }

    /// An error with the names of tables in place of their paths.
    pub(crate) fn named(&self, error: StudioError) -> StudioError {
        match error {
            StudioError::Busy(_) | StudioError::Bug(_) | StudioError::NotHere(_) => error,
            error if error.is_ours() => error,
            error => StudioError::Request(self.tables.with_names(&error.sentence())),
        }
    }
}

/// What the page asks for at most; the program has no such limits.
const MOST: [(&str, usize, Of); 4] = [
    ("samples", 2_000_000, |request| request.samples),
    ("test samples", 2_000_000, |request| request.test_samples),
    ("degree", 100, |request| request.degree),
    ("hidden units", 10_000, |request| match request.hidden {
        Some(Hidden::Units(hidden)) => Some(hidden),
        _ => None,
    }),
];

/// A number of a request.
type Of = fn(&Request) -> Option<usize>;

/// The longest formula, in characters.
const LONGEST: usize = 5000;

/// Refuses what would keep the machine busy long after its page has left.
fn check_size(request: &Request) -> Result<(), StudioError> {
    for (what, most, of) in MOST {
        if let Some(asked) = of(request).filter(|asked| *asked > most) {
            return Err(StudioError::Request(format!(
                "the page takes at most {most} {what}, got {asked}; use the program for more"
            )));
        }
    }
    let length = request.function.as_ref().map_or(0, String::len);
    match length > LONGEST {
        true => Err(StudioError::Request(format!(
            "the page takes formulas of at most {LONGEST} characters, got {length}; use the program for longer ones"
        ))),
        false => Ok(()),
    }
}

/// The most bytes of requests that are read at once.
const MOST_READ: usize = 512 << 20;

/// Leave to read a request, until it is dropped.
pub(crate) struct Reading {
    studio: Shared,
    bytes: usize,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.studio.reading.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Reading {
    pub(crate) fn of(studio: &Shared, bytes: usize) -> Result<Self, StudioError> {
        let before = studio.reading.fetch_add(bytes, Ordering::Relaxed);
        let reading = Self {
            studio: studio.clone(),
            bytes,
        };
        match before + bytes <= MOST_READ {
            true => Ok(reading),
            false => Err(StudioError::Busy(
                "too much is being uploaded at once; try again in a moment".into(),
            )),
        }
    }
}

/// What to fit, as the page asks for it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The options by the names that the program's flags have.
    #[serde(default)]
    pub(crate) request: Request,
    /// A table, in place of a path.
    pub(crate) table: Option<String>,
}

impl Asked {
    /// The options with the table's path.
    pub(crate) fn with_path(&self, studio: &Studio) -> Result<Request, StudioError> {
        if self.request.csv.is_some() {
            return Err(StudioError::request(
                "the page names no paths; drop the file on it",
            ));
        }
        if self.request.by.is_some() {
            return Err(StudioError::request(
                "the page fits one curve; for groups, use the program's fit with by",
            ));
        }
        check_size(&self.request)?;
        let path = self.table.as_deref().map(|id| studio.tables.path(id));
        Ok(Request {
            csv: path.transpose()?,
            ..self.request.clone()
        })
    }

    /// A plan by the method that the request means.
    pub(crate) fn plan(&self, studio: &Studio) -> Result<Plan, StudioError> {
        Ok(Plan::new(&self.with_path(studio)?)?)
    }

    /// A plan of a descent.
    pub(crate) fn descent(&self, studio: &Studio) -> Result<Plan, StudioError> {
        let request = self.with_path(studio)?;
        Ok(Plan::new(&Request {
            method: Some(MethodName::Descent),
            ..request
        })?)
    }
}
