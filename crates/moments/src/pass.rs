//! One pass over a file that may be larger than memory, to the same table as a query gives.

use std::{collections::BTreeMap, path::Path};

use shallow_analytic::{CellMoments, MomentsBuilder};
use shallow_data::Table;

use crate::{
    error::MomentsError,
    table::{GroupMoments, MomentsTable},
};

/// The columns of a file, by name or by number from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// The inputs.
    pub x: String,
    /// What is to be fitted.
    pub y: String,
    /// What each row counts; all alike, if not given.
    pub weight: Option<String>,
    /// The group of each row.
    pub by: Option<String>,
}

/// Numbers beyond this in size have squares that are no finite f64.
const LARGEST: f64 = shallow_data::LARGEST;

/// Reduces a file, or standard input where the path is `-`, to at most `max_cells` cells for each group. Memory is `O(max_cells)` for
/// each; rows that lack a number are counted apart.
///
/// # Errors
///
/// [`MomentsError`] with what is wrong with the file, and its line.
pub fn reduce(
    path: &Path,
    columns: &Columns,
    max_cells: usize,
) -> Result<MomentsTable, MomentsError> {
    let mut table = Table::open(path)?;
    let mut wanted = vec![table.column(&columns.x)?, table.column(&columns.y)?];
    let weight = columns.weight.as_deref().map(|name| table.column(name));
    wanted.extend(weight.transpose()?);
    let by = columns
        .by
        .as_deref()
        .map(|name| table.column(name))
        .transpose()?;
    let asked: Vec<Option<&str>> = [Some(&columns.x), Some(&columns.y), columns.weight.as_ref()]
        .into_iter()
        .map(|name| name.map(String::as_str))
        .collect();
    table.use_columns(&wanted, &asked);
    table.skip_missing();
    if let Some(by) = by {
        table.need_text(by);
    }
    let mut groups: BTreeMap<String, (u64, MomentsBuilder)> = BTreeMap::new();
    let mut n_beyond = 0;
    let mut name = String::new();
    let n_skipped = table.each_row(&wanted, |row, numbers| {
        let (x, y) = (numbers[0], numbers[1]);
        let weight = numbers.get(2).copied().unwrap_or(1.0);
        let is_sound =
            x.abs() <= LARGEST && y.abs() <= LARGEST && weight > 0.0 && weight <= LARGEST;
        if !is_sound {
            n_beyond += 1;
            return Ok::<_, MomentsError>(());
        }
        name.clear();
        if let Some(by) = by {
            name.push_str(&String::from_utf8_lossy(&row[by]));
        }
        let sample = CellMoments {
            weight,
            low: x,
            high: x,
            x,
            xx: 0.0,
            y,
            xy: 0.0,
            yy: 0.0,
        };
        match groups.get_mut(&name) {
            Some((n, builder)) => {
                *n += 1;
                builder.push_cell_of(&sample);
            }
            None => {
                let mut builder = MomentsBuilder::new(1, max_cells);
                builder.push_cell_of(&sample);
                groups.insert(name.clone(), (1, builder));
            }
        }
        Ok(())
    })?;
    let of = |(name, (n, builder)): (String, (u64, MomentsBuilder))| {
        let cells = builder.into_cells();
        (name, GroupMoments { n, cells })
    };
    Ok(MomentsTable {
        groups: groups.into_iter().map(of).collect(),
        n_left_out: n_skipped as u64 + n_beyond,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_reduced_and_what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d.csv");
        let rows: String = (0..1000)
            .map(|i| format!("{},{},{}\n", i % 97, (i % 13) * i, ["a", "b"][i % 2]))
            .collect();
        fs::write(&path, format!("t,v,g\n{rows},1,a\n3,NA,b\n")).unwrap();
        let columns = Columns {
            x: "t".into(),
            y: "v".into(),
            weight: None,
            by: Some("g".into()),
        };
        let table = reduce(&path, &columns, 200).unwrap();
        assert_eq!(
            (table.n_left_out, table.groups["a"].n, table.groups["b"].n),
            (2, 500, 500)
        );
        assert_eq!(table.groups["a"].cells.len(), 97);
        let written = folder.path().join("m.csv");
        fs::write(&written, table.to_csv()).unwrap();
        let mut back = MomentsTable::default();
        back.add(&written).unwrap();
        assert_eq!(back.n_left_out, 2);
        assert_eq!(back.groups["b"].cells, table.groups["b"].cells);
    }
}
