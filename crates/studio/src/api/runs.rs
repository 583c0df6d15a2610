//! The runs under the folder that the program was started in.

use std::{fs, path::Path, time::SystemTime};

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
    studio
        .jobs
        .run(|_| Ok(runs(Path::new(RUNS))))
        .await
        .map(Answer)
}

fn runs(folder: &Path) -> Vec<Run> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(SystemTime, String)> = entries
        .filter_map(|entry| {
            let config = entry.path().join("config.toml");
            let name = entry.file_name().into_string().ok()?;
            let written = fs::metadata(config).ok()?.modified().ok()?;
            check_name(&name).is_ok().then_some((written, name))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.truncate(LISTED);
    let run = |(_, name): (_, String)| {
        let report = fs::read(folder.join(&name).join("report.json"));
        let report: Value = report
            .ok()
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
    check_name(&named.name)?;
    let its = studio.clone();
    let work = move |_: &_| {
        let config = Path::new(RUNS).join(&named.name).join("config.toml");
        if !config.is_file() {
            return Err(StudioError::NotHere(format!(
                "there is no run {RUNS}/{}",
                named.name
            )));
        }
        let request = Request::read(&config)?;
        let table = request.csv.as_deref().map(|path| its.tables.name(path));
        Ok(Opened {
            table: table.transpose()?,
            request: Request {
                csv: None,
                ..request
            },
        })
    };
    studio.jobs.run(work).await.map(Answer)
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
