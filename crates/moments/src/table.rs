//! The table of moments, version 1: what a query gives, what one pass over a file writes, what a fit reads.
//!
//! | column | what it holds |
//! |---|---|
//! | `shallow_moments_1` | 0 in the row of a cell, 1 in the last row, which counts what was left out |
//! | `grp` | the group; nothing where there are none |
//! | `n`, `w` | how many samples, and the sum of their weights |
//! | `low`, `high` | the least and the largest x of the cell |
//! | `ylow`, `yhigh` | the least and the largest y of the cell, or of the whole group |
//! | `x0`, `y0` | what the sums are about |
//! | `sx`, `sxx`, `sy`, `sxy`, `syy` | the weighted sums of x - x0, of its square, of y - y0, of their product, of its square |

use std::{collections::BTreeMap, fmt::Write, path::Path};

use shallow_analytic::{CellMoments, MomentsBuilder};
use shallow_data::{LARGEST, Table, extremes, quoted, short, visible};

use crate::error::MomentsError;

/// The first column's name, but for the version.
const KIND: &str = "shallow_moments_";

/// The version that is read.
const VERSION: &str = "1";

/// The columns of numbers after the first.
const NUMBERS: [&str; 13] = [
    "n", "w", "low", "high", "ylow", "yhigh", "x0", "sx", "sxx", "y0", "sy", "sxy", "syy",
];

/// The most samples that a table may count: more are no whole f64.
const MOST: f64 = 9_007_199_254_740_992.0;

/// Moments by groups.
#[derive(Debug, Clone, Default)]
pub struct MomentsTable {
    /// The groups by their names; one without a name where there are none.
    pub groups: BTreeMap<String, GroupMoments>,
    /// Samples that lacked a number or lay beyond the domain.
    pub n_left_out: u64,
}

/// The moments of one group.
#[derive(Debug, Clone)]
pub struct GroupMoments {
    /// How many samples.
    pub n: u64,
    /// Their least and largest y.
    pub y: (f64, f64),
    /// Their cells, in any order.
    pub cells: Vec<CellMoments>,
}

impl Default for GroupMoments {
    fn default() -> Self {
        Self {
            n: 0,
            y: (f64::INFINITY, f64::NEG_INFINITY),
            cells: Vec::new(),
        }
    }
}

impl MomentsTable {
    /// Reads a table, or standard input where the path is `-`, and adds it to what is here.
    ///
    /// # Errors
    ///
    /// [`MomentsError`] with the row of what cannot be. Nothing is added then.
    pub fn add(&mut self, path: &Path) -> Result<(), MomentsError> {
        let mut table = Table::open(path)?;
        let name = table.name().to_string();
        let kind = kind(&table, &name)?;
        let mut columns = vec![kind];
        for wanted in NUMBERS {
            columns.push(column(&table, &name, wanted)?);
        }
        let group = column(&table, &name, "grp")?;
        let mut read = Self::default();
        let (mut at, mut is_whole) = (0_usize, false);
        let mut numbers = vec![0.0; columns.len()];
        let names: Vec<String> = columns.iter().map(|at| table.column_name(*at)).collect();
        // Squares may be larger than what a table's columns may hold.
        table.each_row(&[], |row, _| {
            at += 1;
            let wrong = |what| MomentsError::content(format!("{name}, row {at}: {what}"));
            for ((number, column), of) in numbers.iter_mut().zip(&columns).zip(&names) {
                let text = String::from_utf8_lossy(&row[*column]);
                let text = text.trim();
                *number = text
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite())
                    .ok_or_else(|| {
                        wrong(format!(
                            "{of} must be a finite number, got `{}`",
                            visible(text)
                        ))
                    })?;
            }
            // It is the last that engines and files give.
            is_whole |= numbers[0] == 1.0;
            let group = String::from_utf8_lossy(&row[group]).trim().to_string();
            read.add_row(group, &numbers).map_err(wrong)
        })?;
        if !is_whole {
            return Err(MomentsError::content(format!(
                "{name} ends early: it lacks the row that counts what was left out; make it again"
            )));
        }
        self.merge(read)
    }

    /// The table as CSV; reading it gives the same numbers.
    pub fn to_csv(&self) -> String {
        let mut text = format!("{KIND}{VERSION},grp,{}\n", NUMBERS.join(","));
        for (name, group) in &self.groups {
            let (ylow, yhigh) = group.y;
            for cell in &group.cells {
                let CellMoments {
                    n,
                    weight,
                    low,
                    high,
                    x,
                    xx,
                    y,
                    xy,
                    yy,
                } = cell;
                let _ = writeln!(
                    text, // writing to a String does not fail
                    "0,{},{n},{weight:?},{low:?},{high:?},{ylow:?},{yhigh:?},{x:?},0,{xx:?},{y:?},0,{xy:?},{yy:?}",
                    quoted(name)
                );
            }
        }
        let zeros = ",0".repeat(NUMBERS.len() - 1);
        let _ = writeln!(text, "1,,{}{zeros}", self.n_left_out);
        text
    }

    /// Adds the samples of another table.
    ///
    /// # Errors
    ///
    /// [`MomentsError::Content`] for more samples than can be counted.
    pub fn merge(&mut self, other: Self) -> Result<(), MomentsError> {
        let sum = |a: u64, b: u64| {
            let sum = a.checked_add(b).filter(|sum| (*sum as f64) < MOST);
            sum.ok_or_else(|| MomentsError::content("there are more samples than can be counted"))
        };
        self.n_left_out = sum(self.n_left_out, other.n_left_out)?;
        for (name, theirs) in other.groups {
            let ours = self.groups.entry(name).or_default();
            ours.n = sum(ours.n, theirs.n)?;
            ours.add_y(theirs.y);
            ours.cells.extend(theirs.cells);
        }
        Ok(())
    }

    /// Adds a row of an engine's answer: its group, and its other columns in their order.
    ///
    /// # Errors
    ///
    /// What no samples can have, in a sentence.
    pub fn add_row(&mut self, group: String, numbers: &[f64]) -> Result<(), String> {
        let &[
            kind,
            n,
            w,
            low,
            high,
            ylow,
            yhigh,
            x0,
            sx,
            sxx,
            y0,
            sy,
            sxy,
            syy,
        ] = numbers
        else {
            return Err("it has other columns".into());
        };
        if !(0.0..MOST).contains(&n) || n.fract() != 0.0 {
            let n = short(n);
            return Err(format!("n must be a whole number of samples, got {n}"));
        }
        if kind == 1.0 {
            self.n_left_out += n as u64;
        } else if kind != 0.0 {
            let kind = short(kind);
            return Err(format!("{KIND}{VERSION} must be 0 or 1, got {kind}"));
        } else if n == 0.0 {
            return Err("a cell has 1 sample or more, got 0".into());
        } else {
            let sums = Sums {
                n: n as u64,
                w,
                x: (low, high),
                y: (ylow, yhigh),
                about: (x0, y0),
                sx,
                sxx,
                sy,
                sxy,
                syy,
            };
            let cell = sums.moments()?;
            let group = self.groups.entry(group).or_default();
            group.n += n as u64;
            group.add_y(sums.y);
            group.cells.push(cell);
        }
        Ok(())
    }
}

impl GroupMoments {
    /// Checks that samples can stand for them.
    ///
    /// # Errors
    ///
    /// [`MomentsError::Content`] for weights that are too different, and squares that are too large.
    pub fn check(&self) -> Result<(), MomentsError> {
        let (least, largest) = extremes(self.cells.iter().map(|cell| &cell.weight));
        if least < LIGHTEST * largest {
            return Err(MomentsError::content(format!(
                "the weights of cells reach from {} to {}; leave out rows that are to count for next to nothing",
                short(least),
                short(largest)
            )));
        }
        let is_good = |value: &f64| value.abs() <= LARGEST; // no NaN is
        match self.stand_ins().iter().flatten().all(is_good) {
            true => Ok(()),
            false => Err(MomentsError::content(
                "the moments are of numbers too large or too different to be fitted; use other units",
            )),
        }
    }

    /// Their least and largest x.
    pub fn x(&self) -> (f64, f64) {
        extremes(self.cells.iter().flat_map(|cell| [&cell.low, &cell.high]))
    }

    fn add_y(&mut self, y: (f64, f64)) {
        self.y = (self.y.0.min(y.0), self.y.1.max(y.1));
    }

    /// Samples with the same moments in each cell, as columns of x, y and weights; the weights' sum is the number of samples.
    pub fn stand_ins(&self) -> [Vec<f64>; 3] {
        let total: f64 = self.cells.iter().map(|cell| cell.weight).sum();
        let share = self.n as f64 / total;
        let mut columns = [Vec::new(), Vec::new(), Vec::new()];
        for (x, y, weight) in self.cells.iter().flat_map(CellMoments::stand_ins) {
            for (column, value) in columns.iter_mut().zip([x, y, share * weight]) {
                column.push(value);
            }
        }
        columns
    }

    /// The cells in a builder that keeps so many.
    pub fn builder(&self, max_cells: usize) -> MomentsBuilder {
        let mut builder = MomentsBuilder::new(1, max_cells);
        self.cells
            .iter()
            .for_each(|cell| builder.push_cell_of(cell));
        builder
    }
}

/// The column that says what a row is, of this version.
fn kind(table: &Table, file: &str) -> Result<usize, MomentsError> {
    let names: Vec<String> = (0..table.n_columns())
        .map(|at| table.column_name(at))
        .collect();
    let found = names.iter().position(|name| name.starts_with(KIND));
    let Some(at) = found.filter(|_| table.has_header()) else {
        return Err(MomentsError::content(format!(
            "{file} is no table of moments: it has no column {KIND}{VERSION}; make one with a query or from a file"
        )));
    };
    match names[at].strip_prefix(KIND) {
        Some(VERSION) => Ok(at),
        version => Err(MomentsError::content(format!(
            "{file} is a table of moments of version {}, and this program reads {VERSION}; make it with the same version",
            visible(version.unwrap_or_default())
        ))),
    }
}

fn column(table: &Table, file: &str, name: &str) -> Result<usize, MomentsError> {
    let found = table.find(name)?;
    found.ok_or_else(|| MomentsError::content(format!("{file} lacks the column {name} of moments")))
}

/// The least weight of a cell, as a share of the largest: less changes no digit.
const LIGHTEST: f64 = 1e-18;

/// Roundings of a sum, as a share of its terms: sums of 1e9 terms in any order have fewer.
const ROUNDING: f64 = 1e-6;

/// The sums of a row, about two numbers, and the range of its samples.
struct Sums {
    n: u64,
    w: f64,
    x: (f64, f64),
    y: (f64, f64),
    about: (f64, f64),
    sx: f64,
    sxx: f64,
    sy: f64,
    sxy: f64,
    syy: f64,
}

impl Sums {
    /// The same as moments about the means.
    fn moments(&self) -> Result<CellMoments, String> {
        let &Self {
            n,
            w,
            x: (low, high),
            sx,
            sxx,
            sy,
            sxy,
            syy,
            ..
        } = self;
        if w <= 0.0 {
            let w = short(w);
            return Err(format!("the sum of weights must be above 0, got {w}"));
        }
        if sxx < 0.0 || syy < 0.0 {
            return Err("a sum of squares is negative".into());
        }
        let (dx, dy) = (sx / w, sy / w);
        let x = mean_within((self.about.0, dx), self.x, ["x", "low", "high"])?;
        let y = mean_within((self.about.1, dy), self.y, ["y", "ylow", "yhigh"])?;
        let (xx, yy) = (sxx - sx * dx, syy - sy * dy);
        if xx < -ROUNDING * sxx || yy < -ROUNDING * syy {
            return Err("its variance is negative".into());
        }
        let (xx, yy) = (xx.max(0.0), yy.max(0.0));
        let xy = sxy - sx * dy;
        let limit = (xx * yy).sqrt();
        if xy.abs() > limit + ROUNDING * (sxx * syy).sqrt() {
            return Err("its covariance is larger than its variances allow".into());
        }
        let is_one = low == high;
        let cell = CellMoments {
            n,
            weight: w,
            low,
            high,
            x,
            xx: if is_one { 0.0 } else { xx },
            y,
            xy: if is_one { 0.0 } else { xy.clamp(-limit, limit) },
            yy,
        };
        match cell.is_finite() && (high - low).is_finite() {
            true => Ok(cell),
            false => Err("its sums are too large; use other units".into()),
        }
    }
}

/// A mean, as a number and what is added to it, that is between two numbers, but for its rounding.
fn mean_within(
    (about, less): (f64, f64),
    (low, high): (f64, f64),
    [of, low_name, high_name]: [&str; 3],
) -> Result<f64, String> {
    let mean = about + less;
    if low > high {
        let (low, high) = (short(low), short(high));
        return Err(format!("{low_name} {low} is above {high_name} {high}"));
    }
    let size = low.abs().max(high.abs()).max(about.abs());
    let slack = ROUNDING * (high - low) + 1e-9 * size;
    match low - slack <= mean && mean <= high + slack {
        true => Ok(mean.clamp(low, high)),
        false => Err(format!(
            "the mean of {of}, {}, is not between {} and {}",
            short(mean),
            short(low),
            short(high)
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const HEADER: &str = "shallow_moments_1,grp,n,w,low,high,ylow,yhigh,x0,sx,sxx,y0,sy,sxy,syy\n";

    const LAST: &str = "1,,0,0,0,0,0,0,0,0,0,0,0,0,0\n";

    fn read(rows: &str) -> Result<MomentsTable, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        fs::write(&path, rows).unwrap();
        let mut table = MomentsTable::default();
        let added = table.add(&path).map_err(|error| error.to_string());
        added.map(|()| table)
    }

    #[test]
    fn cells_are_read_and_add_up() {
        // x = 1, 2 and y = 5, 7 about 1.5 and 0.
        let rows =
            format!("{HEADER}0,,2,2,1,2,5,7,1.5,0,0.5,0,12,1,74\n1,,3,0,0,0,0,0,0,0,0,0,0,0,0\n");
        let table = read(&rows).unwrap();
        assert_eq!((table.n_left_out, table.groups[""].n), (3, 2));
        let cell = table.groups[""].cells[0];
        assert_eq!(
            [cell.x, cell.xx, cell.y, cell.xy, cell.yy],
            [1.5, 0.5, 6.0, 1.0, 2.0]
        );
        let mut twice = table.clone();
        twice.merge(table).unwrap();
        assert_eq!(twice.groups[""].builder(10).finish().total_weight(), 4.0);
    }

    #[test]
    fn what_no_samples_have_is_named_by_its_row() {
        for (row, said) in [
            (
                "0,,2,2,1,2,5,7,1.5,0,0.1,0,12,1,50",
                "row 1: its variance is negative",
            ),
            (
                "0,,2,2,3,2,5,7,1.5,0,0.5,0,12,1,74",
                "low 3 is above high 2",
            ),
            (
                "0,,2,-1,1,2,5,7,1.5,0,0.5,0,12,1,74",
                "weights must be above 0",
            ),
            (
                "0,,1.5,2,1,2,5,7,1.5,0,0.5,0,12,1,74",
                "whole number of samples",
            ),
            (
                "0,,2,2,1,2,5,7,9,0,0.5,0,12,1,74",
                "the mean of x, 9, is not between 1 and 2",
            ),
            (
                "0,,2,2,1,2,5,5.5,1.5,0,0.5,0,12,1,74",
                "the mean of y, 6, is not between 5 and 5.5",
            ),
            (
                "0,,2,2,1,2,5,7,1.5,0,0.5,0,12,9,74",
                "its covariance is larger",
            ),
            ("2,,2,2,1,2,5,7,1.5,0,0.5,0,12,1,74", "must be 0 or 1"),
        ] {
            let error = read(&format!("{HEADER}{row}\n{LAST}")).unwrap_err();
            assert!(error.contains(said), "{row}: {error}");
        }
        let cut = read(&format!("{HEADER}0,,2,2,1,2,5,7,1.5,0,0.5,0,12,1,74\n")).unwrap_err();
        assert!(cut.contains("ends early"), "{cut}");
        let other = read(&HEADER.replace("_1,", "_2,")).unwrap_err();
        assert!(
            other.contains("version 2, and this program reads 1"),
            "{other}"
        );
        assert!(
            read("a,b\n1,2\n")
                .unwrap_err()
                .contains("is no table of moments")
        );
        assert!(
            read("shallow_moments_1,n\n1,2\n")
                .unwrap_err()
                .contains("lacks the column w")
        );
    }
}
