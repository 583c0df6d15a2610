//! Two columns of a table, and the rows held out.

use crate::{
    error::FittingError,
    generator::{Generator, Rows},
    plan::FileSource,
    table::Table,
};

/// The columns of x and y.
pub(crate) fn columns(table: &mut Table, source: &FileSource) -> Result<[usize; 2], FittingError> {
    let find = |name: &Option<String>| name.as_deref().map(|name| table.column(name)).transpose();
    let columns = match (find(&source.x)?, find(&source.y)?) {
        (Some(x), Some(y)) => [x, y],
        (x, y) if table.n_columns() == 2 => match (x, y) {
            (Some(x), _) => [x, 1 - x],
            (None, y) => [1 - y.unwrap_or(1), y.unwrap_or(1)],
        },
        _ if table.n_columns() < 2 => {
            return Err(FittingError::Table(format!(
                "{} has 1 column; a fit needs one of inputs and one to fit",
                table.name()
            )));
        }
        _ => {
            return Err(FittingError::Columns {
                file: table.name().into(),
                n: table.n_columns(),
                names: table.columns(),
            });
        }
    };
    if columns[0] == columns[1] {
        return Err(FittingError::Options(format!(
            "x and y are both column {} of {}; choose two",
            table.column_name(columns[0]),
            table.name()
        )));
    }
    table.use_columns(&columns, &[source.x.as_deref(), source.y.as_deref()]);
    Ok(columns)
}

/// Rows held out and rows to train on: test x, test y, x, y.
pub(crate) fn held_out(
    source: &FileSource,
    file: &str,
    x: Vec<f64>,
    y: Vec<f64>,
    draw: &mut Generator,
) -> Result<[Vec<f64>; 4], FittingError> {
    let n = x.len();
    let test = source.n_test.unwrap_or(n / 5);
    let train = source.n_samples.unwrap_or(n.saturating_sub(test));
    if n < 2 {
        return Err(FittingError::Table(format!(
            "{file} has {n} sample; a fit needs at least 2"
        )));
    }
    if train + test > n || train < 2 {
        return Err(FittingError::TooFewRows {
            file: file.into(),
            n,
            train,
            test,
        });
    }
    if train == n {
        return Ok([Vec::new(), Vec::new(), x, y]);
    }
    let mut rows = Rows::new(n, draw);
    let (held_out, kept) = (rows.take(test), rows.take(train));
    let pick =
        |rows: &[u32], values: &[f64]| rows.iter().map(|row| values[*row as usize]).collect();
    Ok([
        pick(&held_out, &x),
        pick(&held_out, &y),
        pick(&kept, &x),
        pick(&kept, &y),
    ])
}
