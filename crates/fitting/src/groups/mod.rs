//! One fit for each group of a table's rows, all in one run folder.

mod picture;
mod rows;

use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;
use shallow_data::extremes;
use shallow_export::{Fitted, Function, Groups};

use self::rows::{GroupedRows, read};
use crate::{
    columns::SomeRows,
    error::FittingError,
    finish::in_units,
    methods::search::search,
    plan::{Method, Model, Plan, Source, Width},
    progress::Progress,
    report::MeasuredErrors,
    request::Request,
    run_folder::{Destination, RunFolder},
    samples::{NARROWEST, Samples},
    weighted::mean,
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
    let Source::File(source) = &plan.source else {
        panic!("a function has no groups");
    };
    let GroupedRows {
        column,
        axes,
        x_is_time,
        table,
        file,
        groups,
    } = read(source)?;
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
    let fits: Vec<GroupFit> = groups
        .into_par_iter()
        .map(|(name, rows)| GroupFit::new(plan, name, rows, &axes))
        .collect();
    let seconds = clock.elapsed().as_secs_f64();
    let report = GroupsReport {
        method: plan.method.name(),
        by: column.clone(),
        groups: fits.iter().filter(|fit| fit.fitted.is_some()).count(),
        left_out: fits.iter().filter(|fit| fit.fitted.is_none()).count(),
        rows: fits.iter().filter_map(GroupFit::n_fitted).sum(),
        hidden: fits.iter().filter_map(|fit| fit.row.hidden).sum(),
        train_loss: pooled(&fits),
        shape: (!plan.shape.is_free()).then(|| plan.shape.summary()),
        seconds,
        run_dir: folder.path().display().to_string(),
    };
    let (rows, fitted): (Vec<GroupRow>, Vec<Option<Fitted>>) =
        fits.into_iter().map(|fit| (fit.row, fit.fitted)).unzip();
    let names = rows.iter().map(|row| row.group.clone());
    let fitted: Vec<(String, Fitted)> = names
        .zip(fitted)
        .filter_map(|(name, fitted)| Some((name, fitted?)))
        .collect();
    if fitted.is_empty() {
        let why = rows[0].note.clone().unwrap_or_default();
        if is_new {
            folder.abandon()?;
        }
        return Err(FittingError::Table(format!(
            "no group by {column} of {file} can be fitted; the first, {}: {why}",
            rows[0].group
        )));
    }
    let groups = Groups::new(column, fitted);
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

/// A group's fit, and its mean squared error.
struct GroupFit {
    row: GroupRow,
    fitted: Option<Fitted>,
    loss: f64,
}

impl GroupFit {
    fn new(plan: &Plan, group: String, rows: SomeRows, axes: &[String; 2]) -> Self {
        let n = rows.x.len();
        let of = |hidden, rms, r2, note| GroupRow {
            group,
            rows: n,
            hidden,
            rms,
            r2,
            note,
        };
        match fit(plan, rows, axes) {
            Err(error) => Self {
                row: of(None, None, None, Some(error.to_string())),
                fitted: None,
                loss: 0.0,
            },
            Ok((fitted, hidden, [loss, variance])) => {
                let r2 = (variance > 0.0).then(|| 1.0 - loss / variance);
                let is_level = fitted.domain.0 == fitted.domain.1;
                let note = is_level.then(|| format!("one {}: the mean", axes[0]));
                Self {
                    row: of(Some(hidden), Some(loss.sqrt()), r2, note),
                    fitted: Some(fitted),
                    loss,
                }
            }
        }
    }

    fn n_fitted(&self) -> Option<usize> {
        self.fitted.as_ref().map(|_| self.row.rows)
    }
}

/// A group's network, its units, and its mean squared error and y's variance.
fn fit(
    plan: &Plan,
    rows: SomeRows,
    axes: &[String; 2],
) -> Result<(Fitted, usize, [f64; 2]), FittingError> {
    let (low, high) = extremes(&rows.x);
    let is_level = low == high;
    if is_level && !plan.shape.is_free() || !is_level && high - low < NARROWEST {
        return Err(FittingError::Table(format!(
            "all its {} are alike",
            axes[0]
        )));
    }
    let model = Model::Relu { hidden: 1 };
    let mut samples = Samples::of_rows(rows.all_kept(), axes.clone(), &model);
    let data = samples.dataset(&model)?;
    let shape = samples.shape(&plan.shape)?;
    let level;
    let plan = match is_level {
        true => {
            level = plan.with_method(Method::Best(Width::Units(1)));
            &level
        }
        false => plan,
    };
    let found = search(plan, shape.as_ref(), &mut samples, &data)?;
    let variance = plan.bands.and(found.account.variance.as_ref());
    let fitted = Fitted {
        function: Function::new(found.network, samples.x_scaling, samples.y_scaling),
        domain: samples.domain,
        inputs: Vec::new(),
        names: axes.clone(),
        variance: variance.and_then(|variance| in_units(variance, &samples)),
    };
    let loss = MeasuredErrors::new(&fitted.function, &samples).train_loss;
    match loss.is_finite() {
        true => Ok((fitted, found.account.hidden, [loss, variance_of(&samples)])),
        false => Err(FittingError::Table(
            "its squared errors overflow; use other units".into(),
        )),
    }
}

/// The variance of y around its mean.
fn variance_of(samples: &Samples) -> f64 {
    let mean_y = mean(samples.y.iter().copied(), &samples.weight);
    let squares = samples.y.iter().map(|y| (y - mean_y).powi(2));
    mean(squares, &samples.weight)
}

/// The mean squared error over the rows of all groups.
fn pooled(fits: &[GroupFit]) -> f64 {
    let parts = fits.iter().filter_map(|fit| {
        let n = fit.n_fitted()? as f64;
        Some((n * fit.loss, n))
    });
    let (sum, n) = parts.fold((0.0, 0.0), |all, of| (all.0 + of.0, all.1 + of.1));
    sum / n
}

/// The rows as a CSV file.
fn table_of(rows: &[GroupRow]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("a row is text and numbers");
    }
    writer.into_inner().expect("it is written to memory")
}
