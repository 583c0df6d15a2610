//! `shallow sql`: the query that reduces a table to moments where it lies.

use anyhow::Result;
use shallow_fitting::interval;
use shallow_moments::{Cells, Query, default_cells};

use crate::{args::SqlArgs, error::usage, print::print};

/// Prints one query.
pub fn run(args: &SqlArgs) -> Result<()> {
    let cells = args
        .cells
        .unwrap_or(default_cells(args.columns.by.is_some()));
    let query = Query {
        table: args.table.clone(),
        x: args.columns.x.clone(),
        x_is_time: args.time,
        y: args.columns.y.clone(),
        weight: args.columns.weight.clone(),
        by: args.columns.by.clone(),
        condition: args.condition.clone(),
        cells: match (args.distinct, args.quantiles) {
            (true, _) => Cells::Distinct,
            (false, true) => Cells::Quantiles(cells),
            (false, false) => Cells::Even(cells),
        },
        domain: args.domain.as_deref().map(interval).transpose()?,
    };
    let sql = query
        .sql(args.dialect)
        .map_err(|error| usage(error.to_string()))?;
    print((sql + ";\n").as_bytes())
}
