//! `shallow predict`: a fitted network's values, on the host.

use std::fmt::Write;

use anyhow::{Result, bail};

use shallow_export::Fitted;
use shallow_expression::Expression;
use shallow_fitting::Table;

use crate::{
    args::PredictArgs,
    error::usage,
    print::{print, say},
};

/// Rows predicted and printed at once.
const ROWS: usize = 1 << 16;

/// Prints x, prediction, and whether x is outside the domain.
pub fn run(args: &PredictArgs) -> Result<()> {
    if args.csv.is_none() && args.x.is_empty() {
        return Err(usage(
            "nothing to predict; give --x V,V,..., --csv FILE, or --csv - for standard input",
        ));
    }
    let fitted = Fitted::load(&args.dir)?;
    let x = match &args.csv {
        Some(path) => column(Table::open(path)?, &fitted.names[0])?,
        None => values(&args.x)?,
    };
    let (low, high) = fitted.domain;
    let mut text = csv_row(&[&fitted.names[0], &fitted.names[1], "outside_domain"])?;
    let mut n_outside = 0;
    for x in x.chunks(ROWS) {
        for (x, y) in x.iter().zip(fitted.function.predict(x)) {
            let is_outside = !(low..=high).contains(x);
            n_outside += usize::from(is_outside);
            writeln!(text, "{x},{y},{is_outside}")?;
        }
        print(text.as_bytes())?;
        text.clear();
    }
    if n_outside > 0 {
        say(&format!(
            "note: {n_outside} of {} values lie outside [{low}, {high}], where the network was trained",
            x.len()
        ));
    }
    Ok(())
}

fn values(typed: &[String]) -> Result<Vec<f64>> {
    let value = |text: &String| {
        let value =
            Expression::number(text).map_err(|error| usage(format!("values of x: {error}")))?;
        match value.is_finite() {
            true => Ok(value),
            false => Err(usage(format!("`{text}` is no finite number"))),
        }
    };
    typed.iter().map(value).collect()
}

/// The column that has the name it had in training, or the only one there is; a number where training had no header.
fn column(mut table: Table, name: &str) -> Result<Vec<f64>> {
    let at = match (table.find(name)?, table.n_columns()) {
        (Some(at), _) => at,
        (None, 1) => 0,
        (None, _) => match name.parse::<usize>() {
            Ok(_) => table.column(name)?,
            Err(_) => bail!(
                "{} has no column `{name}`, as the network's input is called; give it that name, or a file of one column",
                table.name()
            ),
        },
    };
    table.use_columns(&[at], &[Some(name)]);
    Ok(table.read(&[at])?.pop().unwrap_or_default())
}

/// A row of text cells, quoted where they need it.
fn csv_row(cells: &[&str]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells)?;
    Ok(String::from_utf8(writer.into_inner()?)?)
}
