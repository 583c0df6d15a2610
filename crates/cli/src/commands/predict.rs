//! `shallow predict`: a fitted network's values, on the host.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use csv::ByteRecord;
use serde::Serialize;
use shallow_data::write_whole;
use shallow_export::Fitted;
use shallow_expression::Expression;
use shallow_fitting::{LARGEST, MissingName, Table, check_export, check_level, seconds};

use crate::{
    args::PredictArgs,
    error::usage,
    print::{print, say},
};

/// Rows predicted and printed at once.
const ROWS: usize = 1 << 16;

/// Prints what is known of each row, the prediction, and whether x is outside the domain.
pub fn run(args: &PredictArgs) -> Result<()> {
    if args.csv.is_none() && args.x.is_empty() {
        return Err(usage(
            "nothing to predict; give --x V,V,..., --csv FILE, or --csv - for standard input",
        ));
    }
    let fitted = Fitted::load(&args.dir)?;
    if let Some(level) = args.bands {
        check_level(level)?;
        if fitted.variance.is_none() {
            bail!(
                "the run in {} knows no noise, so it has no bands; leave --bands out, or fit noisy samples by --method best or smooth",
                args.dir.display()
            );
        }
    }
    if let Some(path) = &args.out {
        check_export(&args.dir, path, args.force)?;
    }
    let mut output = Output::new(args, &fitted);
    match (&args.csv, &args.x[..]) {
        (None, typed) => {
            output.header(&[fitted.names[0].clone()])?;
            for (x, text) in values(typed)?.into_iter().zip(typed) {
                let cell = match seconds(text) {
                    Some(_) => text.trim().to_string(),
                    None => x.to_string(),
                };
                output.row(&ByteRecord::from(vec![cell]), x)?;
            }
        }
        (Some(path), asked) => {
            let mut table = Table::open(path)?;
            let asked = (!asked.is_empty()).then(|| asked.join(","));
            let at = column(&mut table, &fitted.names[0], asked.as_deref())?;
            if args.missing == Some(MissingName::Skip) {
                table.skip_missing();
            }
            let mut names: Vec<String> = (0..table.n_columns())
                .map(|at| table.column_name(at))
                .collect();
            if !table.has_header() {
                names[at] = fitted.names[0].clone();
            }
            output.header(&names)?;
            let n_skipped = table.each_row(&[at], |cells, x| output.row(cells, x[0]))?;
            if n_skipped > 0 {
                say(&format!(
                    "note: {n_skipped} rows that lack a number were passed over"
                ));
            }
        }
    }
    output.end()
}

/// What is written, row by row, and where.
struct Output<'a> {
    args: &'a PredictArgs,
    fitted: &'a Fitted,
    /// Rows that are not predicted yet, and their x.
    cells: Vec<ByteRecord>,
    x: Vec<f64>,
    writer: csv::Writer<Vec<u8>>,
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
    fn new(args: &'a PredictArgs, fitted: &'a Fitted) -> Self {
        Self {
            args,
            fitted,
            cells: Vec::new(),
            x: Vec::new(),
            writer: csv::Writer::from_writer(Vec::new()),
            all: Predictions {
                names: fitted.names.clone(),
                ..Predictions::default()
            },
            n: 0,
            n_outside: 0,
        }
    }

    /// The names of the columns that are there, and of those that are added.
    fn header(&mut self, names: &[String]) -> Result<()> {
        let y = &self.fitted.names[1];
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

    fn row(&mut self, cells: &ByteRecord, x: f64) -> Result<()> {
        self.cells.push(cells.clone());
        self.x.push(x);
        match self.x.len() < ROWS {
            true => Ok(()),
            false => self.predict(),
        }
    }

    /// Predicts the rows that wait, and prints them unless they are to go into one file or object.
    fn predict(&mut self) -> Result<()> {
        let (low, high) = self.fitted.domain;
        let y = self.fitted.function.predict(&self.x);
        let bands = self
            .args
            .bands
            .and_then(|level| self.fitted.bands(&self.x, level));
        let bands = bands.map(|bands| [bands.low, bands.high, bands.new_low, bands.new_high]);
        let rows = self.cells.iter_mut().zip(&self.x).zip(y).enumerate();
        for (at, ((cells, x), y)) in rows {
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
                cells.push_field(ends[at].to_string().as_bytes());
            }
            self.writer.write_byte_record(cells)?;
        }
        self.n += self.x.len();
        self.cells.clear();
        self.x.clear();
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
        let (low, high) = self.fitted.domain;
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
            say(&format!(
                "note: {} of {} values lie outside [{low}, {high}], where the network was trained",
                self.n_outside, self.n
            ));
        }
        Ok(())
    }
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
