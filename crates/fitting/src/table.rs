//! Columns of numbers from a CSV file or standard input, whose delimiter and header are found out.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::error::FittingError;

/// Numbers beyond this in size have squares that are no finite f64.
pub const LARGEST: f64 = 1e150;

/// A table opened: its header is read, its rows are not.
pub struct Table {
    name: String,
    reader: Reader<Box<dyn Read>>,
    header: Option<Vec<String>>,
    /// The first row; with a header still to be read.
    first: ByteRecord,
    n_columns: usize,
}

impl Table {
    /// Opens a file, or standard input where the path is `-`. The first row is a header unless all its cells are numbers.
    pub fn open(path: &Path) -> Result<Self, FittingError> {
        let (name, source): (_, Box<dyn Read>) = if path == Path::new("-") {
            ("standard input".into(), Box::new(io::stdin()))
        } else {
            let name = path.display().to_string();
            let file = File::open(path)
                .and_then(|file| match file.metadata()?.is_dir() {
                    true => Err(io::Error::other("it is a folder")),
                    false => Ok(file),
                })
                .map_err(|source| cannot_read(&name, source))?;
            (name, Box::new(file))
        };
        let (delimiter, source) = detect(source).map_err(|source| cannot_read(&name, source))?;
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(1 << 16)
            .from_reader(source);
        let mut first = ByteRecord::new();
        if !next_row(&mut reader, &mut first, &name)? {
            return Err(FittingError::Table(format!(
                "{name} is empty; it needs a row for each sample"
            )));
        }
        let is_header = !first.iter().all(|cell| number(cell).is_some());
        let header = is_header.then(|| {
            let text = |cell| String::from_utf8_lossy(cell).trim().to_string();
            first.iter().map(text).collect()
        });
        Ok(Self {
            n_columns: first.len(),
            name,
            reader,
            header,
            first,
        })
    }

    /// What to call the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// A column by its name in the header, or by its number from 1.
    pub fn column(&self, asked: &str) -> Result<usize, FittingError> {
        if let Some(at) = self.find(asked) {
            return Ok(at);
        }
        match asked.parse() {
            Ok(number) if (1..=self.n_columns).contains(&number) => Ok(number - 1),
            _ => Err(FittingError::Table(format!(
                "{} has no column `{asked}`; choose among {}",
                self.name,
                self.columns()
            ))),
        }
    }

    /// A column by its name in the header alone.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.header.as_ref()?.iter().position(|known| known == name)
    }

    /// A column's name: the header's, or its number from 1.
    pub fn column_name(&self, at: usize) -> String {
        match &self.header {
            Some(header) if !header[at].is_empty() => header[at].clone(),
            _ => format!("{}", at + 1),
        }
    }

    /// What columns there are, for a sentence.
    pub fn columns(&self) -> String {
        let names: Vec<_> = (0..self.n_columns).map(|at| self.column_name(at)).collect();
        match &self.header {
            Some(_) => format!("`{}`, or their numbers from 1", names.join("`, `")),
            None => format!("the numbers 1 to {}, as it has no header", self.n_columns),
        }
    }

    /// The numbers in some columns, read to the end; rows without any text are passed over.
    pub fn read(mut self, columns: &[usize]) -> Result<Vec<Vec<f64>>, FittingError> {
        let mut values = vec![Vec::new(); columns.len()];
        let mut row = ByteRecord::new();
        if self.header.is_none() {
            self.take(&self.first, columns, &mut values)?;
        }
        while next_row(&mut self.reader, &mut row, &self.name)? {
            self.take(&row, columns, &mut values)?;
        }
        if values.iter().any(Vec::is_empty) {
            return Err(FittingError::Table(format!(
                "{} has a header and no rows; it needs a row for each sample",
                self.name
            )));
        }
        Ok(values)
    }

    fn take(
        &self,
        row: &ByteRecord,
        columns: &[usize],
        values: &mut [Vec<f64>],
    ) -> Result<(), FittingError> {
        // Where the reader is after the row; where the row began, blank lines may lie between.
        let inside = row.iter().flatten().filter(|byte| **byte == b'\n').count();
        let line = || self.reader.position().line() - 1 - inside as u64;
        if row.len() != self.n_columns {
            return Err(FittingError::Table(format!(
                "{} line {} has {} cell{} where the first row has {}; correct or delete it",
                self.name,
                line(),
                row.len(),
                if row.len() == 1 { "" } else { "s" },
                self.n_columns
            )));
        }
        for (at, values) in columns.iter().zip(values) {
            match number(&row[*at]) {
                Some(value) if value.abs() <= LARGEST => values.push(value),
                found => {
                    let text = String::from_utf8_lossy(&row[*at]);
                    let what = match found {
                        Some(value) if value.is_finite() => {
                            "is too large, its square overflows; use other units"
                        }
                        Some(_) => "is not finite; correct or delete the row",
                        None if text.trim().is_empty() => "is empty; fill it or delete the row",
                        None if text.replace(',', ".").trim().parse::<f64>().is_ok() => {
                            "is no number; write decimals with a point"
                        }
                        None => "is no number; correct or delete the row",
                    };
                    let (name, line, column) = (&self.name, line(), self.column_name(*at));
                    return Err(FittingError::Table(format!(
                        "{name} line {line}, column {column}: `{text}` {what}"
                    )));
                }
            }
        }
        Ok(())
    }
}

fn cannot_read(name: &str, source: io::Error) -> FittingError {
    FittingError::Read {
        name: name.into(),
        source,
    }
}

fn number(cell: &[u8]) -> Option<f64> {
    std::str::from_utf8(cell).ok()?.trim().parse().ok()
}

/// The next row that has any text in it; false at the end.
fn next_row(
    reader: &mut Reader<Box<dyn Read>>,
    row: &mut ByteRecord,
    name: &str,
) -> Result<bool, FittingError> {
    while reader
        .read_byte_record(row)
        .map_err(|error| cannot_read(name, error.into()))?
    {
        if row.iter().any(|cell| !cell.trim_ascii().is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The delimiter, by the first line that is not blank (a tab before a semicolon before a comma, for decimals may have commas),
/// and all that was there to read, without a byte-order mark and with a line end behind the last line.
fn detect(source: Box<dyn Read>) -> io::Result<(u8, Box<dyn Read>)> {
    /// A first line is not longer.
    const LONGEST: u64 = 1 << 20;
    let mut source = BufReader::new(source);
    let mut seen = Vec::new();
    let mut line = 0..0;
    while seen[line.clone()].trim_ascii().is_empty() {
        let start = seen.len();
        let length = source.by_ref().take(LONGEST).read_until(b'\n', &mut seen)?;
        line = start..seen.len();
        if length == 0 {
            break;
        }
    }
    let mut is_quoted = false;
    let bare: Vec<u8> = seen[line]
        .iter()
        .copied()
        .filter(|byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted
        })
        .collect();
    let delimiter = [b'\t', b';'].into_iter().find(|byte| bare.contains(byte));
    let mark = if seen.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let seen = seen.split_off(mark);
    Ok((
        delimiter.unwrap_or(b','),
        Box::new(Cursor::new(seen).chain(source).chain(&b"\n"[..])),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(text: &str, columns: &[&str]) -> Result<Vec<Vec<f64>>, FittingError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        fs::write(&path, text).unwrap();
        let table = Table::open(&path)?;
        let columns: Result<Vec<_>, _> = columns.iter().map(|name| table.column(name)).collect();
        table.read(&columns?)
    }

    #[test]
    fn delimiter_header_quotes_blank_lines_and_line_ends_are_found_out() {
        let expected = [vec![1.0, 2.5], vec![-3.0, 4e2]];
        for text in [
            "t,v\n1,-3\n2.5,4e2\n",
            "t;v\r\n1;-3\r\n2.5;4e2\r\n",
            "t\tv\n1\t-3\n2.5\t4e2",
            "\u{feff}t,v\n\n1,-3\n  \n,\n 2.5 , 4e2\n\n",
            "\n\n\"t\",\"v\"\n\"1\",\"-3\"\n\"2.5\",\"4e2\"\n",
            "v,\"note;\",t\n-3,\"a, b\",1\n4e2,\"c\nd\",2.5\n",
        ] {
            assert_eq!(read(text, &["t", "v"]).unwrap(), expected, "{text:?}");
        }
        assert_eq!(read("1,-3\n2.5,4e2", &["1", "2"]).unwrap(), expected);
        assert_eq!(read("t,v\n1,-3\n2.5,4e2", &["1", "2"]).unwrap(), expected);
    }

    #[test]
    fn a_bad_cell_is_named_by_line_column_and_text() {
        for (text, part) in [
            (
                "x,y\r\n1,2\r\n\r\n3,abc",
                "line 4, column y: `abc` is no number",
            ),
            (
                "z,x,y\n\"a\nb\",1,2\n\nc,3,abc\n",
                "line 5, column y: `abc` is no number",
            ),
            (
                "x,y\n1,2\n\n3,abc\n",
                "line 4, column y: `abc` is no number",
            ),
            ("x,y\n1,2\n3,\n", "line 3, column y: `` is empty"),
            ("x,y\n1,NaN\n", "line 2, column y: `NaN` is not finite"),
            (
                "x;y\n1;2,5\n",
                "`2,5` is no number; write decimals with a point",
            ),
            ("x,y\n1,1e200\n", "`1e200` is too large"),
            (
                "x,y\n1,2,3\n",
                "line 2 has 3 cells where the first row has 2",
            ),
            ("x,y\n", "has a header and no rows"),
            ("", "is empty; it needs a row"),
            ("\n \n", "is empty; it needs a row"),
            (
                "x,z\n1,2\n",
                "has no column `y`; choose among `x`, `z`, or their numbers",
            ),
            (
                "1,2,3\n",
                "has no column `x`; choose among the numbers 1 to 3",
            ),
        ] {
            let message = read(text, &["x", "y"]).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
