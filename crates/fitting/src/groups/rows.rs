//! A table's rows by the text that they have in a column.

use std::collections::HashMap;

use shallow_data::Table;
use shallow_moments::GroupMoments;

use crate::{
    columns::{SomeRows, columns, negative_weight},
    error::FittingError,
    plan::{FileSource, MomentsSource},
    samples::{describe, describe_moments, no_cell, read_moments},
};

/// Rows by their groups, in the order in which these begin.
pub(super) struct GroupedRows {
    /// The column of groups.
    pub(super) column: String,
    /// What x and y are called.
    pub(super) axes: [String; 2],
    /// Whether x is a time.
    pub(super) x_is_time: bool,
    /// The table, for a person.
    pub(super) table: String,
    /// The file.
    pub(super) file: String,
    pub(super) groups: Vec<(String, SomeRows)>,
}

/// Rows that have the moments of the groups in some tables.
///
/// # Errors
///
/// What is wrong with a table.
pub(super) fn of_moments(source: &MomentsSource) -> Result<GroupedRows, FittingError> {
    let (file, table) = read_moments(source)?;
    if table.groups.is_empty() {
        return Err(no_cell(&file));
    }
    if table.groups.contains_key("") {
        return Err(FittingError::Table(format!(
            "{file} has moments without a group; make them by a column, or leave `by` out here"
        )));
    }
    let described = describe_moments(&file, &table);
    let rows = |(name, group): (String, GroupMoments)| (name, SomeRows::standing_for(group));
    Ok(GroupedRows {
        column: source.by.clone().unwrap_or_default(),
        axes: source.names.clone(),
        x_is_time: false,
        table: described,
        groups: table.groups.into_iter().map(rows).collect(),
        file,
    })
}

/// Reads them.
///
/// # Errors
///
/// What is wrong with the table.
pub(super) fn read(source: &FileSource) -> Result<GroupedRows, FittingError> {
    let mut table = Table::open(&source.path)?;
    let columns = columns(&mut table, source)?;
    let by = table.column(source.by.as_deref().unwrap_or_default())?;
    if let Some(at) = columns.iter().position(|column| *column == by) {
        return Err(FittingError::Options(format!(
            "by and {} are both column {} of {}; choose two",
            ["x", "y", "weight"][at],
            table.column_name(by),
            table.name()
        )));
    }
    if source.skips_missing {
        table.skip_missing();
    }
    table.need_text(by);
    let axes = [columns[0], columns[1]].map(|at| table.column_name(at));
    let (file, column) = (table.name().to_string(), table.column_name(by));
    let header = table.describe_header();
    let mut numbers: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut group_of: Vec<u32> = Vec::new();
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); columns.len()];
    let mut last = 0;
    let n_skipped = table.each_row(&columns, |cells, row| {
        let name = cells[by].trim_ascii();
        if names.get(last as usize).is_none_or(|last| *last != name) {
            last = match numbers.get(name) {
                Some(number) => *number,
                None => {
                    let number = names.len() as u32;
                    numbers.insert(name.to_vec(), number);
                    names.push(name.to_vec());
                    number
                }
            };
        }
        if let Some(weight) = row.get(2).filter(|weight| **weight < 0.0) {
            return Err(negative_weight(&file, *weight));
        }
        group_of.push(last);
        for (column, value) in values.iter_mut().zip(row) {
            column.push(*value);
        }
        Ok::<_, FittingError>(())
    })?;
    let times = table.are_times(&columns);
    let x_is_time = times[0];
    let described = describe(&file, group_of.len(), n_skipped, &header, &axes, &times);
    let mut n_rows = vec![0_usize; names.len()];
    group_of
        .iter()
        .for_each(|group| n_rows[*group as usize] += 1);
    let empty =
        |n: &usize| -> Vec<Vec<f64>> { columns.iter().map(|_| Vec::with_capacity(*n)).collect() };
    let mut split: Vec<Vec<Vec<f64>>> = n_rows.iter().map(empty).collect();
    for (at, values) in values.into_iter().enumerate() {
        for (value, group) in values.into_iter().zip(&group_of) {
            split[*group as usize][at].push(value);
        }
    }
    let groups = names.into_iter().zip(split).map(|(name, values)| {
        let name = String::from_utf8_lossy(&name).into_owned();
        // Without rows that count, a group has no network, and a note.
        let rows = SomeRows::new(values, &name).unwrap_or_default();
        (name, rows)
    });
    Ok(GroupedRows {
        column,
        axes,
        x_is_time,
        table: described,
        file,
        groups: groups.collect(),
    })
}
