//! Tables: uploaded, previewed, and the one that the page begins with.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::{Deserialize, Serialize};
use shallow_data::visible;
use shallow_fitting::Request;

use super::read::Body;
use crate::{error::StudioError, state::Shared, tables::Preview};

/// What the user calls a table.
#[derive(Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    name: String,
}

/// Keeps a file, and shows its first rows.
pub(crate) async fn upload(
    State(studio): State<Shared>,
    query: Result<Query<Named>, QueryRejection>,
    body: Body,
) -> Result<Json<Preview>, StudioError> {
    let its = studio.clone();
    let name: String = query.map_or_else(|_| String::new(), |Query(named)| named.name);
    let name: String = match name.is_empty() {
        true => "the table".into(),
        false => visible(&name).chars().take(100).collect(),
    };
    let work = move |_: &_| its.tables.upload(&name, &body.bytes);
    studio.work(work).await.map(Json)
}

/// What the page begins with.
#[derive(Serialize)]
pub(crate) struct First {
    request: Request,
    table: Option<Preview>,
    /// What this build can compute on.
    backends: Vec<&'static str>,
    /// What the catalogue has.
    targets: Vec<Formula>,
}

/// A function of the catalogue.
#[derive(Serialize)]
pub(crate) struct Formula {
    name: &'static str,
    formula: &'static str,
}

pub(crate) async fn first(State(studio): State<Shared>) -> Result<Json<First>, StudioError> {
    let table = studio.first.table.as_deref();
    Ok(Json(First {
        request: studio.first.request.clone(),
        table: table.map(|id| studio.tables.preview(id)).transpose()?,
        backends: shallow_fitting::compiled_backends(),
        targets: shallow_data::TARGETS
            .iter()
            .map(|target| Formula {
                name: target.name,
                formula: target.formula,
            })
            .collect(),
    }))
}
