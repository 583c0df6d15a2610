//! One pass over a file that may be larger than memory, to the same table as a query gives.

use std::{collections::HashMap, path::Path};

use shallow_analytic::MomentsBuilder;
use shallow_data::{LARGEST, Table, short};

use crate::{
    error::MomentsError,
    query::MOST_CELLS,
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

/// Samples reduced to at most so many cells for each group, as they come.
///
/// Memory is `O(max_cells)` for each group. While a group has no more distinct inputs than cells, each has its own, and nothing is lost.
#[derive(Debug, Clone)]
pub struct Reducer {
    max_cells: usize,
    groups: Vec<(Vec<u8>, Group)>,
    numbers: HashMap<Vec<u8>, usize>,
    /// The group of the last sample: the next one often has the same.
    last: usize,
    n_left_out: u64,
}

#[derive(Debug, Clone)]
struct Group {
    n: u64,
    y: (f64, f64),
    builder: MomentsBuilder,
}

impl Reducer {
    /// Without samples.
    ///
    /// # Panics
    ///
    /// With no cell at all.
    pub fn new(max_cells: usize) -> Self {
        assert!(max_cells > 0, "there must be at least one cell");
        Self {
            max_cells,
            groups: Vec::new(),
            numbers: HashMap::new(),
            last: 0,
            n_left_out: 0,
        }
    }

    /// Adds a sample of a group. One without finite numbers of a size whose squares are numbers, or with no weight above 0, is counted
    /// apart.
    pub fn push(&mut self, group: &[u8], x: f64, y: f64, weight: f64) {
        let is_sound =
            x.abs() <= LARGEST && y.abs() <= LARGEST && weight > 0.0 && weight <= LARGEST;
        if !is_sound {
            self.n_left_out += 1;
            return;
        }
        let group = self.group(group);
        group.n += 1;
        group.y = (group.y.0.min(y), group.y.1.max(y));
        group.builder.push_weighted(x, &[y], weight);
    }

    /// Counts samples that are left out.
    pub fn leave_out(&mut self, n: u64) {
        self.n_left_out += n;
    }

    /// Adds the samples of another.
    pub fn merge(&mut self, other: Self) {
        self.n_left_out += other.n_left_out;
        for (name, theirs) in other.groups {
            let ours = self.group(&name);
            ours.n += theirs.n;
            ours.y = (ours.y.0.min(theirs.y.0), ours.y.1.max(theirs.y.1));
            ours.builder.merge(theirs.builder);
        }
    }

    fn group(&mut self, name: &[u8]) -> &mut Group {
        // Without groups all names are empty; comparing nothing where no memory is would take 100 ns.
        let is_last = self
            .groups
            .get(self.last)
            .is_some_and(|(last, _)| last.len() == name.len() && (name.is_empty() || last == name));
        if !is_last {
            self.last = match self.numbers.get(name) {
                Some(at) => *at,
                None => {
                    let group = Group {
                        n: 0,
                        y: (f64::INFINITY, f64::NEG_INFINITY),
                        builder: MomentsBuilder::new(1, self.max_cells),
                    };
                    self.numbers.insert(name.to_vec(), self.groups.len());
                    self.groups.push((name.to_vec(), group));
                    self.groups.len() - 1
                }
            };
        }
        &mut self.groups[self.last].1
    }

    /// The table of all samples so far.
    ///
    /// # Errors
    ///
    /// [`MomentsError::Content`] where sums of squares are no finite numbers.
    pub fn finish(self) -> Result<MomentsTable, MomentsError> {
        let of = |(name, group): (Vec<u8>, Group)| {
            let cells = group.builder.into_cells();
            if let Some(cell) = cells.iter().find(|cell| !cell.is_finite()) {
                return Err(MomentsError::content(format!(
                    "the sums of squares of the samples from x = {} to {} are too large; use other units or weights",
                    short(cell.low),
                    short(cell.high)
                )));
            }
            let moments = GroupMoments {
                n: group.n,
                y: group.y,
                cells,
            };
            Ok((String::from_utf8_lossy(&name).into_owned(), moments))
        };
        Ok(MomentsTable {
            groups: self.groups.into_iter().map(of).collect::<Result<_, _>>()?,
            n_left_out: self.n_left_out,
        })
    }
}

/// Reduces a file, the files of a pattern, or standard input where the path is `-`, to at most `max_cells` cells for each group, on all
/// cores. Memory is `O(max_cells)` for each group and core; rows that lack a number, or lie beyond the domain, are counted apart. The answer does not depend on the
/// number of cores.
///
/// # Errors
///
/// [`MomentsError`] with what is wrong with the file, and its line.
pub fn reduce(
    path: &Path,
    columns: &Columns,
    max_cells: usize,
    domain: Option<(f64, f64)>,
) -> Result<MomentsTable, MomentsError> {
    if max_cells == 0 || max_cells > MOST_CELLS {
        return Err(MomentsError::Query(format!(
            "cells must be a number from 1 to {MOST_CELLS}, got {max_cells}"
        )));
    }
    let mut table = Table::open(path)?;
    let names = [Some(&columns.x), Some(&columns.y), columns.weight.as_ref()];
    let asked = names.map(|name| name.map(String::as_str));
    let wanted = asked.iter().flatten().map(|name| table.column(name));
    let wanted = wanted.collect::<Result<Vec<_>, _>>()?;
    let by = columns.by.as_deref().map(|name| table.column(name));
    let by = by.transpose()?;
    for (at, column) in wanted.iter().chain(&by).enumerate() {
        if wanted.iter().chain(&by).position(|other| other == column) != Some(at) {
            return Err(MomentsError::Query(format!(
                "column {} of {} is asked for twice; choose others",
                table.column_name(*column),
                table.name()
            )));
        }
    }
    table.use_columns(&wanted, &asked);
    table.skip_missing();
    if let Some(by) = by {
        table.need_text(by);
    }
    let mut all = Reducer::new(max_cells);
    let n_skipped = table.sum_rows(
        &wanted,
        |sum: &mut Option<Reducer>, group, numbers| {
            let weight = numbers.get(2).copied().unwrap_or(1.0);
            let sum = sum.get_or_insert_with(|| Reducer::new(max_cells));
            if domain.is_some_and(|(low, high)| numbers[0] < low || numbers[0] > high) {
                sum.leave_out(1);
                return Ok(());
            }
            sum.push(group.trim_ascii(), numbers[0], numbers[1], weight);
            Ok::<_, MomentsError>(())
        },
        |sum| {
            if let Some(sum) = sum {
                all.merge(sum);
            }
            Ok(())
        },
    )?;
    all.leave_out(n_skipped as u64);
    all.finish()
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
        let table = reduce(&path, &columns, 200, None).unwrap();
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
