//! What all requests share, and the plan of what one asks for.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde::Deserialize;
use shallow_fitting::{MethodName, Plan, Request};

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
