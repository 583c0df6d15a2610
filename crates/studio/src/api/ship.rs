//! The view Ship: exports with a look before, and the run folder that the program would write.

use std::{path::Path, sync::atomic::AtomicBool};

use axum::{
    Json as Answer,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shallow_export::{Fitted, Options, export as export_as};
use shallow_fitting::{Destination, Method, Plan, Request, Silent, fit, run};

use super::{
    read::Json,
    runs::{self, RUNS, check_name},
};
use crate::{
    error::StudioError,
    state::{Asked, Shared},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    asked: Asked,
    options: Options,
}

/// An export's bytes; what was found of them is in a header, as the program prints it.
pub(crate) async fn export(
    State(studio): State<Shared>,
    Json(wanted): Json<Wanted>,
) -> Result<Response, StudioError> {
    let Wanted { asked, options } = wanted;
    check_name(&options.name)?;
    let plan = asked.plan(&studio)?;
    let work = move |stop: &AtomicBool| {
        let fitted = network(&plan, stop)?;
        Ok((export_as(&fitted, &options)?, options))
    };
    let (exported, options) = studio.work(work).await?;
    let found = serde_json::json!({
        "file": format!("{}.{}", options.name, options.format.extension()),
        "model": exported.model,
        "form": exported.form,
        "deviation": exported.deviation,
        "vectors": exported.n_vectors,
        "by": exported.by,
        "is_fixed": exported.is_fixed(),
        "facts": exported.table.map(|table| table.lines()),
    });
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_string()),
        (
            header::HeaderName::from_static("x-export"),
            ascii(&found.to_string()),
        ),
    ];
    Ok((headers, exported.bytes).into_response())
}

/// JSON with no character that a header cannot carry.
fn ascii(json: &str) -> String {
    let mut text = String::new();
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(char::from(byte)),
            _ => text += &format!("\\u{unit:04x}"),
        }
    }
    text
}

/// The network of a plan; of a descent, as a run of the program leaves it.
fn network(plan: &Plan, stop: &AtomicBool) -> Result<Fitted, StudioError> {
    if !matches!(plan.method, Method::Descent(_)) {
        return Ok(fit(plan)?.fitted);
    }
    let folder = tempfile::tempdir()?;
    let into = Destination::New {
        out: Some(folder.path().join("run")),
        force: false,
    };
    Ok(run(plan, into, stop, &mut Silent)?.fitted)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saved {
    asked: Asked,
    /// The run's folder under `runs`.
    name: String,
}

/// Where a run is, and what is in it.
#[derive(Serialize)]
pub(crate) struct Folder {
    folder: String,
    files: Vec<String>,
}

/// Fits as the program does, into a folder under `runs`; an uploaded table is kept beside it.
pub(crate) async fn save(
    State(studio): State<Shared>,
    Json(saved): Json<Saved>,
) -> Result<Answer<Folder>, StudioError> {
    let folder = runs::folder(&saved.name)?;
    let its = studio.clone();
    let work = move |stop: &AtomicBool| {
        let plan = saved.asked.plan(&its)?; // before anything is written
        let beside = Path::new(RUNS).join(format!("{}.csv", saved.name));
        let kept = saved
            .asked
            .table
            .as_deref()
            .map(|id| its.tables.keep_as(id, &beside));
        let kept = kept.transpose()?;
        let plan = match &kept {
            Some(path) => Plan::new(&Request {
                csv: Some(path.clone()),
                ..saved.asked.with_path(&its)?
            })?,
            None => plan,
        };
        let into = Destination::New {
            out: Some(folder.clone()),
            force: false,
        };
        let finished = run(&plan, into, stop, &mut Silent).inspect_err(|_| {
            if kept.as_deref() == Some(&*beside) {
                let _ = std::fs::remove_file(&beside); // at worst it stays
            }
        })?;
        Ok(Folder {
            folder: folder.display().to_string(),
            files: finished.files,
        })
    };
    studio.work(work).await.map(Answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_carries_any_text() {
        assert_eq!(ascii("a é 𝄞"), "a \\u00e9 \\ud834\\udd1e");
    }
}
