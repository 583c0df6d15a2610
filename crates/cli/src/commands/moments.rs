//! `shallow moments`: a file reduced to moments, in one pass.

use anyhow::{Context, Result};
use shallow_data::write_whole;
use shallow_moments::{Columns, default_cells, reduce};

use crate::{args::MomentsArgs, print::print};

/// Prints or writes the table.
pub fn run(args: &MomentsArgs) -> Result<()> {
    let columns = Columns {
        x: args.x.clone(),
        y: args.y.clone(),
        weight: args.weight.clone(),
        by: args.by.clone(),
    };
    let cells = args.cells.unwrap_or(default_cells(args.by.is_some()));
    let table = reduce(&args.csv, &columns, cells)?.to_csv();
    match &args.out {
        Some(path) => write_whole(path, table.as_bytes())
            .with_context(|| format!("cannot write {}", path.display())),
        None => print(table.as_bytes()),
    }
}
