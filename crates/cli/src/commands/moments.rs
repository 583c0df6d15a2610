//! `shallow moments`: a file reduced to moments, in one pass.

use anyhow::Result;
use shallow_fitting::{check_file, interval};
use shallow_moments::{Columns, default_cells, reduce};

use crate::{
    args::MomentsArgs,
    error::usage,
    print::{print, write},
};

/// Prints or writes the table.
pub fn run(args: &MomentsArgs) -> Result<()> {
    let columns = Columns {
        x: args.columns.x.clone(),
        y: args.columns.y.clone(),
        weight: args.columns.weight.clone(),
        by: args.columns.by.clone(),
    };
    if let Some(path) = &args.out {
        check_file(path, args.force)?;
        let is_input = path
            .canonicalize()
            .is_ok_and(|out| args.csv.canonicalize().is_ok_and(|csv| csv == out));
        if is_input {
            return Err(usage("--out is the file that is read; choose another"));
        }
    }
    let cells = args
        .cells
        .unwrap_or(default_cells(args.columns.by.is_some()));
    let domain = args.domain.as_deref().map(interval).transpose()?;
    let table = reduce(&args.csv, &columns, cells, domain)?.to_csv();
    let Some(path) = &args.out else {
        return print(table.as_bytes());
    };
    write(path, table.as_bytes())
}
