//! `shallow sql`: the query that reduces a table to moments where it lies.

use anyhow::Result;
use shallow_fitting::interval;
use shallow_moments::{Cells, Query};

use crate::{args::SqlArgs, error::usage, print::print};

/// Prints one query.
pub fn run(args: &SqlArgs) -> Result<()> {
    let query = Query {
        table: args.table.clone(),
        x: args.x.clone(),
        y: args.y.clone(),
        weight: args.weight.clone(),
        by: args.by.clone(),
        condition: args.condition.clone(),
        cells: match args.distinct {
            true => Cells::Distinct,
            false => Cells::Even(args.cells),
        },
        domain: args.domain.as_deref().map(interval).transpose()?,
    };
    let sql = query
        .sql(args.dialect)
        .map_err(|error| usage(error.to_string()))?;
    print((sql + ";\n").as_bytes())
}
