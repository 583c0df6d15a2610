//! `shallow predict`: a fitted network's values, on the host.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use csv::ByteRecord;
use serde::Serialize;
use shallow_data::{LARGEST, Table, TableError, moment, seconds, write_whole};
use shallow_export::{Fitted, Groups, Model};
use shallow_expression::Expression;
use shallow_fitting::{FittingError, MissingName, check_export, check_level};

use crate::{
    args::PredictArgs,
    error::usage,
    print::{print, say},
};

/// Rows predicted and printed at once.
const ROWS: usize = 1 << 16;

/// Prints what is known of each row, the prediction, and whether x is outside the domain.
pub fn run(args: &PredictArgs) -> Result<()> {
    predict(args).map_err(|error| match error.downcast::<TableError>() {
        Ok(error) => FittingError::from(error).into(),
        Err(error) => error,
    })
}

fn predict(args: &PredictArgs) -> Result<()> {
    if args.csv.is_none() && args.x.is_empty() {
        return Err(usage(
            "nothing to predict; give --x V,V,..., --csv FILE, or --csv - for standard input",
        ));
    }
    let networks = match (Model::load(&args.dir)?, &args.group) {
        (Model::Groups(groups), None) if args.csv.is_some() => Networks::Groups(groups),
        (model, group) => Networks::One(Box::new(model.one(group.as_deref())?)),
    };
    if let Some(level) = args.bands {
        check_level(level)?;
        if !networks.has_bands() {
            bail!(
                "the run in {} knows no noise, so it has no bands; leave --bands out, or fit noisy samples by --method best or smooth, groups with --bands",
                args.dir.display()
            );
        }
    }
    if let Some(path) = &args.out {
        check_export(&args.dir, path, args.force)?;
    }
    let axes = networks.axes().clone();
    let mut output = Output::new(args, &networks);
    match (&args.csv, &args.x[..]) {
        (None, typed) => {
            output.header(&[axes[0].clone()])?;
            output.x_is_time = typed.iter().any(|text| seconds(text).is_some());
            for (x, text) in values(typed)?.into_iter().zip(typed) {
                let cell = match seconds(text) {
                    Some(_) => text.trim().to_string(),
                    None => x.to_string(),
                };
                output.row(&ByteRecord::from(vec![cell]), x, 0)?;
            }
        }
        (Some(path), asked) => {
            let mut table = Table::open(path)?;
            let asked = (!asked.is_empty()).then(|| asked.join(","));
            let at = column(&mut table, &axes[0], asked.as_deref())?;
            if args.missing == Some(MissingName::Skip) {
                table.skip_missing();
            }
            let mut names: Vec<String> = (0..table.n_columns())
                .map(|at| table.column_name(at))
                .collect();
            if !table.has_header() {
                names[at] = axes[0].clone();
            }
            output.header(&names)?;
            let by = match &networks {
                Networks::One(_) => None,
                Networks::Groups(groups) => Some((groups, table.column(&groups.column)?)),
            };
            if let Some((_, at)) = by {
                table.need_text(at);
            }
            let skips = args.missing == Some(MissingName::Skip);
            let mut n_unknown = 0;
            let n_skipped = table.each_row(&[at], |cells, x| {
                let Some((groups, by)) = by else {
                    return output.row(cells, x[0], 0);
                };
                let name = String::from_utf8_lossy(cells[by].trim_ascii());
                match groups.place(&name) {
                    Some(place) => output.row(cells, x[0], place),
                    None if skips => {
                        n_unknown += 1;
                        Ok(())
                    }
                    None => Err(groups.unknown(&name).into()),
                }
            })?;
            output.x_is_time = table.are_times(&[at])[0];
            for (n, one, more) in [
                (
                    n_skipped,
                    "row that lacks a number was",
                    "rows that lack a number were",
                ),
                (
                    n_unknown,
                    "row that has another group was",
                    "rows that have another group were",
                ),
            ] {
                let rows = if n == 1 { one } else { more };
                if n > 0 {
                    say(&format!("note: {n} {rows} passed over"));
                }
            }
        }
    }
    output.end()
}

/// What predicts.
enum Networks {
    One(Box<Fitted>),
    /// By a column.
    Groups(Groups),
}

impl Networks {
    fn all(&self) -> &[Fitted] {
        match self {
            Self::One(fitted) => std::slice::from_ref(fitted),
            Self::Groups(groups) => groups.fits(),
        }
    }

    /// What x and y are called.
    fn axes(&self) -> &[String; 2] {
        &self.all()[0].names
    }

    fn has_bands(&self) -> bool {
        self.all().iter().any(|fitted| fitted.variance.is_some())
    }
}

/// What is written, row by row, and where.
struct Output<'a> {
    args: &'a PredictArgs,
    networks: &'a Networks,
    /// Rows that are not predicted yet, their x, and the number of the network.
    cells: Vec<ByteRecord>,
    x: Vec<f64>,
    of: Vec<usize>,
    writer: csv::Writer<Vec<u8>>,
    /// Whether x is a time.
    x_is_time: bool,
    /// For the JSON object.
    all: Predictions,
    n: usize,
    n_outside: usize,
}

/// The JSON object.
#[derive(Default, Serialize)]
struct Predictions {
    names: [String; 2],
    x: Vec<f64>,
    y: Vec<f64>,
    outside_domain: Vec<bool>,
    #[serde(flatten)]
    bands: BTreeMap<&'static str, Vec<f64>>,
}

/// The columns of bands.
const BANDS: [&str; 4] = ["low", "high", "new_low", "new_high"];

impl<'a> Output<'a> {
    fn new(args: &'a PredictArgs, networks: &'a Networks) -> Self {
        Self {
            args,
            networks,
            cells: Vec::new(),
            x: Vec::new(),
            of: Vec::new(),
            writer: csv::Writer::from_writer(Vec::new()),
            x_is_time: false,
            all: Predictions {
                names: networks.axes().clone(),
                ..Predictions::default()
            },
            n: 0,
            n_outside: 0,
        }
    }

    /// The names of the columns that are there, and of those that are added.
    fn header(&mut self, names: &[String]) -> Result<()> {
        let y = &self.networks.axes()[1];
        let mut added = vec![&y[..], "outside_domain"];
        if self.args.bands.is_some() {
            added.extend(BANDS);
        }
        let added = added
            .into_iter()
            .map(|name| match names.iter().any(|known| known == name) {
                true => format!("{name} predicted"),
                false => name.into(),
            });
        let added: Vec<String> = added.collect();
        Ok(self.writer.write_record(names.iter().chain(&added))?)
    }

    fn row(&mut self, cells: &ByteRecord, x: f64, network: usize) -> Result<()> {
        self.cells.push(cells.clone());
        self.x.push(x);
        self.of.push(network);
        match self.x.len() < ROWS {
            true => Ok(()),
            false => self.predict(),
        }
    }

    /// Predicts the rows that wait, and prints them unless they are to go into one file or object.
    fn predict(&mut self) -> Result<()> {
        let networks = self.networks.all();
        let (y, bands) = predictions(networks, &self.x, &self.of, self.args.bands);
        let rows = self.cells.iter_mut().zip(&self.x).zip(y).enumerate();
        for (at, ((cells, x), y)) in rows {
            let (low, high) = networks[self.of[at]].domain;
            let is_outside = !(low..=high).contains(x);
            self.n_outside += usize::from(is_outside);
            if self.args.json {
                self.all.x.push(*x);
                self.all.y.push(y);
                self.all.outside_domain.push(is_outside);
                for (name, ends) in BANDS.into_iter().zip(bands.iter().flatten()) {
                    self.all.bands.entry(name).or_default().push(ends[at]);
                }
                continue;
            }
            cells.push_field(y.to_string().as_bytes());
            cells.push_field(is_outside.to_string().as_bytes());
            for ends in bands.iter().flatten() {
                let end = ends[at];
                let text = if end.is_nan() {
                    String::new()
                } else {
                    end.to_string()
                };
                cells.push_field(text.as_bytes());
            }
            self.writer.write_byte_record(cells)?;
        }
        self.n += self.x.len();
        self.cells.clear();
        self.x.clear();
        self.of.clear();
        if self.args.out.is_none() && !self.args.json {
            let writer = csv::Writer::from_writer(Vec::new());
            let done = std::mem::replace(&mut self.writer, writer);
            print(&done.into_inner()?)?;
        }
        Ok(())
    }

    /// Writes what is left, and notes what lies outside the domain.
    fn end(mut self) -> Result<()> {
        self.predict()?;
        let bytes = match self.args.json {
            true => (serde_json::to_string(&self.all)? + "\n").into_bytes(),
            false => self.writer.into_inner()?,
        };
        match &self.args.out {
            Some(path) => write_whole(path, &bytes)
                .with_context(|| format!("cannot write {}", path.display()))?,
            None => print(&bytes)?,
        }
        if self.n_outside > 0 {
            let place = match self.networks {
                Networks::One(fitted) => {
                    let (low, high) = fitted.domain;
                    let [low, high] = [low, high].map(|end| match self.x_is_time {
                        true => moment(end),
                        false => end.to_string(),
                    });
                    format!("[{low}, {high}], where the network was trained")
                }
                Networks::Groups(_) => "where their groups' networks were trained".into(),
            };
            let (n_outside, n) = (self.n_outside, self.n);
            say(&format!(
                "note: {n_outside} of {n} values lie outside {place}"
            ));
        }
        Ok(())
    }
}

/// Each x's value by its network, and the ends of its bands.
fn predictions(
    networks: &[Fitted],
    x: &[f64],
    of: &[usize],
    level: Option<f64>,
) -> (Vec<f64>, Option<[Vec<f64>; 4]>) {
    let mut y = Vec::with_capacity(x.len());
    let mut ends: [Vec<f64>; 4] = Default::default();
    let mut from = 0;
    // A run of rows of one network at a time.
    while from < x.len() {
        let more = of[from..].iter().take_while(|other| **other == of[from]);
        let to = from + more.count();
        let (fitted, x) = (&networks[of[from]], &x[from..to]);
        y.extend(fitted.function.predict(x));
        if let Some(level) = level {
            // A group whose noise is not known has no bands.
            let none = || vec![f64::NAN; x.len()];
            let bands = fitted.bands(x, level);
            let bands = bands.map(|bands| [bands.low, bands.high, bands.new_low, bands.new_high]);
            let bands = bands.unwrap_or_else(|| [none(), none(), none(), none()]);
            for (all, of) in ends.iter_mut().zip(bands) {
                all.extend(of);
            }
        }
        from = to;
    }
    (y, level.map(|_| ends))
}

fn values(typed: &[String]) -> Result<Vec<f64>> {
    let value = |text: &String| {
        if let Some(seconds) = seconds(text) {
            return Ok(seconds);
        }
        let value =
            Expression::number(text).map_err(|error| usage(format!("values of x: {error}")))?;
        match value.abs() {
            size if size <= LARGEST => Ok(value),
            size if size.is_finite() => Err(usage(format!(
                "`{text}` is beyond {LARGEST:e}; use other units"
            ))),
            _ => Err(usage(format!("`{text}` is no finite number"))),
        }
    };
    typed.iter().map(value).collect()
}

/// The column that is asked for, or that has the name it had in training, or the only one there is; a number where training had no
/// header.
fn column(table: &mut Table, name: &str, asked: Option<&str>) -> Result<usize> {
    if let Some(asked) = asked {
        let at = table.column(asked)?;
        table.use_columns(&[at], &[Some(asked)]);
        return Ok(at);
    }
    let at = match (table.find(name)?, table.n_columns()) {
        (Some(at), _) => at,
        (None, 1) => 0,
        (None, _) => match name.parse::<usize>() {
            Ok(_) => table.column(name)?,
            Err(_) => bail!(
                "{} has no column `{name}`, as the network's input is called; name one with --x",
                table.name()
            ),
        },
    };
    table.use_columns(&[at], &[Some(name)]);
    Ok(at)
}
