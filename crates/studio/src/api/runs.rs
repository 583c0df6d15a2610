//! The runs under the folder that the program was started in.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shallow_fitting::Request;

use super::read::Json;
use crate::{error::StudioError, state::Shared, tables::Preview};

/// Where runs are.
pub(crate) const RUNS: &str = "runs";

/// The most runs that are listed, the newest first.
const LISTED: usize = 200;

/// A run, and what its report says.
#[derive(Serialize)]
pub(crate) struct Run {
    name: String,
    method: Option<String>,
    hidden: Option<u64>,
    train_loss: Option<f64>,
}

pub(crate) async fn list(State(studio): State<Shared>) -> Result<Answer<Vec<Run>>, StudioError> {
    studio.work(|_| Ok(runs())).await.map(Answer)
}

fn runs() -> Vec<Run> {
    let entries = fs::read_dir(RUNS).into_iter().flatten().flatten();
    let mut found: Vec<(SystemTime, String)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let config = file(&name, "config.toml").ok()?;
            let written = fs::metadata(config).ok()?.modified().ok()?;
            Some((written, name))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.truncate(LISTED);
    let run = |(_, name): (_, String)| {
        let report = file(&name, "report.json").ok();
        let bytes = report.and_then(|path| fs::read(path).ok());
        let report: Value = bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Run {
            method: report["method"].as_str().map(String::from),
            hidden: report["hidden"].as_u64(),
            train_loss: report["train_loss"].as_f64(),
            name,
        }
    };
    found.into_iter().map(run).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    name: String,
}

/// What a run was asked for.
#[derive(Serialize)]
pub(crate) struct Opened {
    request: Request,
    table: Option<Preview>,
}

pub(crate) async fn open(
    State(studio): State<Shared>,
    Json(named): Json<Named>,
) -> Result<Answer<Opened>, StudioError> {
    let its = studio.clone();
    let work = move |_: &_| {
        let request = Request::read(&file(&named.name, "config.toml")?)?;
        let table = request.csv.as_deref().map(|path| its.tables.name(path));
        Ok(Opened {
            table: table.transpose()?,
            request: Request {
                csv: None,
                ..request
            },
        })
    };
    studio.work(work).await.map(Answer)
}

/// The largest file of a run that is read, in bytes.
const LARGEST: u64 = 32 << 20;

/// A file of a run. Links are not followed: they may lead elsewhere, and what is no file may never end.
fn file(run: &str, name: &str) -> Result<PathBuf, StudioError> {
    let path = folder(run)?.join(name);
    let found = fs::symlink_metadata(&path);
    match found.is_ok_and(|found| found.is_file() && found.len() <= LARGEST) {
        true => Ok(path),
        false => Err(StudioError::NotHere(format!(
            "there is no run {RUNS}/{run}"
        ))),
    }
}

/// The folder of a run, which may be there or not.
pub(crate) fn folder(name: &str) -> Result<PathBuf, StudioError> {
    check_name(name)?;
    let path = Path::new(RUNS).join(name);
    for part in [Path::new(RUNS), &path] {
        let found = fs::symlink_metadata(part);
        if found.is_ok_and(|found| !found.is_dir()) {
            return Err(StudioError::request(format!(
                "{} is a link or a file; the page uses real folders alone",
                part.display()
            )));
        }
    }
    Ok(path)
}

/// A plain name, which leads nowhere else.
pub(crate) fn check_name(name: &str) -> Result<(), StudioError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    let is_good = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 64
        && !name.ends_with(['.', ' '])
        && name.chars().all(is_plain);
    match is_good {
        true => Ok(()),
        false => Err(StudioError::request(
            "a name is 1 to 64 letters, digits, blanks and - _ . and begins with a letter or a digit",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for name in ["a", "wind 2", "a.b-c_d", "7"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        let long = "a".repeat(65);
        for name in [
            "", ".", "..", "../a", "a/b", "a\\b", "/a", ".a", "a.", "a ", "a\0", "ä", "-a", &long,
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
