//! One fit for each group of a table's rows, all in one run folder.

mod picture;
mod rows;

use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;
use shallow_analytic::stop::Stop;
use shallow_export::{Fitted, Groups};
use shallow_moments::MomentsTable;

use self::rows::GroupedRows;
use crate::{
    columns::SomeRows,
    error::FittingError,
    given::{Given, fit_rows},
    memory,
    plan::{Plan, Source},
    progress::Progress,
    request::Request,
    run_folder::{Destination, RunFolder},
};

/// A finished run by groups.
pub struct FinishedGroups {
    /// What came of it.
    pub report: GroupsReport,
    /// A row for each group.
    pub rows: Vec<GroupRow>,
    /// The networks.
    pub groups: Groups,
    /// The table that was read, and what was taken as its header.
    pub table: String,
    /// Groups in the picture.
    pub n_drawn: usize,
    /// The names of the files that were written.
    pub files: Vec<String>,
}

/// What `--json` prints and `report.json` holds of a run by groups. Errors are in the user's units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupsReport {
    /// How each network was found.
    pub method: &'static str,
    /// The column of groups.
    pub by: String,
    /// Groups with a network.
    pub groups: usize,
    /// Groups without one, for the reasons in `groups.csv`.
    pub left_out: usize,
    /// Rows of those that have one.
    pub rows: usize,
    /// Hidden units of all networks together.
    pub hidden: usize,
    /// The mean squared error on all rows.
    pub train_loss: f64,
    /// How far that of the samples behind moments may be from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_loss_bound: Option<f64>,
    /// The shape of all of them, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// Seconds of the fits.
    pub seconds: f64,
    /// The run's folder.
    pub run_dir: String,
}

/// A row of `groups.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRow {
    /// The group's name.
    pub group: String,
    /// Its rows.
    pub rows: usize,
    /// Hidden units; none where it has no network.
    pub hidden: Option<usize>,
    /// The root mean square error on its rows.
    pub rms: Option<f64>,
    /// Of moments: how far the mean squared error of its rows may be from the square of that.
    pub mse_bound: Option<f64>,
    /// The share of y's variance that the network explains; none where all y are alike.
    pub r2: Option<f64>,
    /// What is to know of it.
    pub note: Option<String>,
}

/// Fits each group as planned.
///
/// # Errors
///
/// Every variant of [`FittingError`] that a table can cause; and where no group can be fitted. One that cannot is left out, with a note.
///
/// # Panics
///
/// With a plan that has no column of groups.
pub fn run_groups(
    plan: &Plan,
    into: Destination,
    progress: &mut dyn Progress,
) -> Result<FinishedGroups, FittingError> {
    let read = match &plan.source {
        Source::File(source) => rows::read(source),
        Source::Moments(source) => rows::of_moments(source),
        Source::Function(_) | Source::Given { .. } => panic!("a function has no groups"),
    };
    let GroupedRows {
        column,
        axes,
        x_is_time,
        table,
        file,
        groups,
    } = read?;
    if groups.iter().all(|(_, rows)| rows.x.len() < 2) {
        return Err(FittingError::Table(format!(
            "each of the {} groups by {column} of {file} has one row; choose a column whose values repeat",
            groups.len()
        )));
    }
    let (mut folder, is_new) = match into {
        Destination::New { out, force } => (RunFolder::create(out.as_deref(), force)?, true),
        Destination::Resumed(folder) => (folder, false),
    };
    folder.write("config.toml", Request::from(plan).to_toml().as_bytes())?;
    let clock = Instant::now();
    let drawn = groups.iter().take(picture::MOST).cloned();
    let drawn: Vec<(String, SomeRows)> = drawn.collect();
    let fits = fit_all(plan, groups, &axes);
    let seconds = clock.elapsed().as_secs_f64();
    let report = GroupsReport {
        method: plan.method.name(),
        by: column.clone(),
        groups: fits.iter().filter(|fit| fit.fitted.is_some()).count(),
        left_out: fits.iter().filter(|fit| fit.fitted.is_none()).count(),
        rows: fits.iter().filter_map(GroupFit::n_fitted).sum(),
        hidden: fits.iter().filter_map(|fit| fit.row.hidden).sum(),
        train_loss: pooled(&fits, |fit| Some(fit.loss)).unwrap_or_default(),
        train_loss_bound: pooled(&fits, |fit| fit.loss_bound),
        shape: (!plan.shape.is_free()).then(|| plan.shape.summary()),
        seconds,
        run_dir: folder.path().display().to_string(),
    };
    let (rows, groups) = match split(fits, column, &file) {
        Err(error) if is_new => {
            folder.abandon()?;
            return Err(error);
        }
        split => split?,
    };
    folder.write("model.safetensors", &groups.to_safetensors()?)?;
    folder.write("groups.csv", &table_of(&rows))?;
    let json = serde_json::to_string(&report).expect("a report is numbers and text") + "\n";
    folder.write("report.json", json.as_bytes())?;
    let n_drawn = picture::draw(folder.work(), &drawn, &groups, x_is_time, plan.bands)?;
    if report.left_out > 0 {
        let left_out = report.left_out;
        let of = report.left_out + report.groups;
        progress.note(&format!(
            "{left_out} of {of} groups have no network; groups.csv says why"
        ));
    }
    let files = folder.files();
    folder.replace()?;
    Ok(FinishedGroups {
        report,
        rows,
        groups,
        table,
        n_drawn,
        files,
    })
}

/// Fits groups of samples that the caller has, by a plan [`of_samples`](Plan::of_samples). `column` is what says the group, and `axes`
/// are what x and y are called.
///
/// # Errors
///
/// What is wrong with the samples, and where no group can be fitted. One that cannot is left out, with a note.
pub fn fit_groups(
    plan: &Plan,
    groups: Vec<(String, Given)>,
    column: &str,
    axes: [&str; 2],
) -> Result<(Vec<GroupRow>, Groups), FittingError> {
    memory::check(plan)?;
    if groups.is_empty() {
        return Err(FittingError::Table("there are no groups to fit".into()));
    }
    let rows = |(name, given): (String, Given)| {
        given.check([axes[0], axes[1], "weights"])?;
        Ok((name.clone(), given.rows(&name).unwrap_or_default()))
    };
    let groups = groups
        .into_iter()
        .map(rows)
        .collect::<Result<_, FittingError>>()?;
    let fits = fit_all(plan, groups, &axes.map(String::from));
    split(fits, column.into(), "the samples")
}

/// As [`fit_groups`], of the moments of groups, by a plan [`of_moments`](Plan::of_moments).
///
/// # Errors
///
/// As [`fit_groups`].
pub fn fit_groups_of_moments(
    plan: &Plan,
    table: MomentsTable,
    column: &str,
    axes: [&str; 2],
) -> Result<(Vec<GroupRow>, Groups), FittingError> {
    memory::check(plan)?;
    if table.groups.is_empty() {
        return Err(FittingError::Table(
            "no row has the numbers and the group that are needed; nothing can be fitted".into(),
        ));
    }
    let rows = |(name, group)| (name, SomeRows::standing_for(group));
    let groups = table.groups.into_iter().map(rows).collect();
    let fits = fit_all(plan, groups, &axes.map(String::from));
    split(fits, column.into(), "the moments")
}

/// Each group's fit, on all cores.
fn fit_all(plan: &Plan, groups: Vec<(String, SomeRows)>, axes: &[String; 2]) -> Vec<GroupFit> {
    let stop = Stop::here();
    let fit = |(name, rows)| stop.with(|| GroupFit::new(plan, name, rows, axes));
    groups.into_par_iter().map(fit).collect()
}

/// The rows of a table, and the networks of those that have one.
fn split(
    fits: Vec<GroupFit>,
    column: String,
    of: &str,
) -> Result<(Vec<GroupRow>, Groups), FittingError> {
    let (rows, fitted): (Vec<GroupRow>, Vec<Option<Fitted>>) =
        fits.into_iter().map(|fit| (fit.row, fit.fitted)).unzip();
    let names = rows.iter().map(|row| row.group.clone());
    let fitted: Vec<(String, Fitted)> = names
        .zip(fitted)
        .filter_map(|(name, fitted)| Some((name, fitted?)))
        .collect();
    if fitted.is_empty() {
        let why = rows[0].note.clone().unwrap_or_default();
        return Err(FittingError::Table(format!(
            "no group by {column} of {of} can be fitted; the first, {}: {why}",
            rows[0].group
        )));
    }
    Ok((rows, Groups::new(column, fitted)))
}

/// A group's fit, and its mean squared error.
struct GroupFit {
    row: GroupRow,
    fitted: Option<Fitted>,
    loss: f64,
    loss_bound: Option<f64>,
}

impl GroupFit {
    fn new(plan: &Plan, group: String, rows: SomeRows, axes: &[String; 2]) -> Self {
        let n = rows.n_samples();
        let of = |hidden, rms, mse_bound, r2, note| GroupRow {
            group,
            rows: n,
            hidden,
            rms,
            mse_bound,
            r2,
            note,
        };
        match fit_rows(plan, rows, axes) {
            Err(error) => Self {
                row: of(None, None, None, None, Some(error.to_string())),
                fitted: None,
                loss: 0.0,
                loss_bound: None,
            },
            Ok(fit) => {
                let mut fitted = fit.fitted;
                fitted.variance = fitted.variance.filter(|_| plan.bands.is_some());
                let r2 = (fit.variance_of_y > 0.0).then(|| 1.0 - fit.loss / fit.variance_of_y);
                let is_level = fitted.domain.0 == fitted.domain.1;
                let note = is_level.then(|| format!("one {}: the mean", axes[0]));
                Self {
                    row: of(
                        Some(fit.hidden),
                        Some(fit.loss.sqrt()),
                        fit.loss_bound,
                        r2,
                        note,
                    ),
                    fitted: Some(fitted),
                    loss: fit.loss,
                    loss_bound: fit.loss_bound,
                }
            }
        }
    }

    fn n_fitted(&self) -> Option<usize> {
        self.fitted.as_ref().map(|_| self.row.rows)
    }
}

/// The mean over the rows of all groups, where all that have a network have the value.
fn pooled(fits: &[GroupFit], value: impl Fn(&GroupFit) -> Option<f64>) -> Option<f64> {
    let (mut sum, mut all) = (0.0, 0.0);
    for fit in fits {
        if let Some(n) = fit.n_fitted() {
            sum += n as f64 * value(fit)?;
            all += n as f64;
        }
    }
    Some(sum / all)
}

/// The rows as a CSV file; bounds are a column of moments alone.
fn table_of(rows: &[GroupRow]) -> Vec<u8> {
    let has_bounds = rows.iter().any(|row| row.mse_bound.is_some());
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:?}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |cells: [String; 7]| {
        let cells = cells.into_iter().enumerate();
        let cells = cells.filter(|(at, _)| has_bounds || *at != 4);
        writer
            .write_record(cells.map(|(_, cell)| cell))
            .expect("it is written to memory");
    };
    write(["group", "rows", "hidden", "rms", "mse_bound", "r2", "note"].map(String::from));
    for row in rows {
        write([
            row.group.clone(),
            row.rows.to_string(),
            row.hidden
                .map_or_else(String::new, |hidden| hidden.to_string()),
            number(row.rms),
            number(row.mse_bound),
            number(row.r2),
            row.note.clone().unwrap_or_default(),
        ]);
    }
    writer.into_inner().expect("it is written to memory")
}
