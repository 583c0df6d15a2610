//! Columns of numbers from a file or standard input, whose delimiter, header, line ends, encoding and compression are found out.

mod blanks;
mod blocks;
mod delimiter;
mod error;
mod files;
mod parquet;
mod quoted;
mod text;
pub mod time;

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Cursor, Read, Seek},
    path::{Path, PathBuf},
};

use crate::visible::visible;
use csv::{ByteRecord, Reader, ReaderBuilder};

use self::{
    delimiter::{COMMENT, detect},
    files::{files, is_pattern},
    parquet::ParquetText,
    text::{cannot_read, head, text},
};
pub use self::{error::TableError, quoted::quoted};

/// Numbers beyond this in size have squares that are no finite f64.
pub const LARGEST: f64 = 1e150;

/// What stands for no number, in any case of letters, beside nothing.
const MISSING: [&str; 5] = ["na", "n/a", "nan", "null", "."];

/// A table opened: its header is read, its rows are not.
pub struct Table {
    /// What was asked for: a file, or a pattern.
    name: String,
    reader: Reader<Source<Box<dyn Read + Send>>>,
    /// The first row; without a header still to be read.
    first: ByteRecord,
    shape: Shape,
    /// Of each column that was read, whether its cells are times.
    are_times: Vec<Option<bool>>,
    /// Files of the same columns, to be read after this one.
    rest: VecDeque<PathBuf>,
}

/// What is known of each row.
struct Shape {
    /// The file.
    name: String,
    header: Option<Vec<String>>,
    n_columns: usize,
    delimiter: u8,
    skips_missing: bool,
    /// A column of text, which may not be empty.
    text: Option<usize>,
    /// Whether the first row is a header whatever it holds.
    has_names: bool,
}

/// Columns that were read to the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// The numbers, by column; of times the seconds since the beginning of 1970 in UTC.
    pub values: Vec<Vec<f64>>,
    /// Rows that were passed over for want of a number.
    pub n_skipped: usize,
    /// Which of the columns are times.
    pub are_times: Vec<bool>,
}

impl Table {
    /// Opens a file, all files that a pattern such as `data/*.csv` matches, or standard input where the path is `-`. The first row is a
    /// header unless all its cells are numbers, or [`use_columns`](Self::use_columns) finds it to be data. Files of a pattern are read
    /// one after the other, in the order of their names, and must have the same header.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        if !is_pattern(path) {
            return Self::open_file(path);
        }
        let mut files = VecDeque::from(files(path)?);
        let first = files.pop_front().unwrap_or_default();
        Ok(Self {
            name: path.display().to_string(),
            rest: files,
            ..Self::open_file(&first)?
        })
    }

    fn open_file(path: &Path) -> Result<Self, TableError> {
        let (name, mut source): (_, Box<dyn Read + Send>) = if path == Path::new("-") {
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
        let head = head(&mut source, parquet::START.len());
        let head = head.map_err(|source| cannot_read(&name, source))?;
        let is_parquet = head == parquet::START;
        let (delimiter, source): (_, Box<dyn Read + Send>) = if is_parquet {
            let file = on_disk(path, head, source).and_then(ParquetText::new);
            let text = file.map_err(|source| cannot_read(&name, source))?;
            (b',', Box::new(text.chain(&b"\n"[..])))
        } else {
            let source = text(Box::new(Cursor::new(head).chain(source)), &name)?;
            detect(source).map_err(|source| cannot_read(&name, source))?
        };
        let mut reader = reader(Source::new(source), delimiter);
        let mut first = ByteRecord::new();
        if !next_row(&mut reader, &mut first, &name, 1)? {
            return Err(TableError::Content(format!(
                "{name} is empty; it needs a row for each sample"
            )));
        }
        let is_header = is_parquet || !first.iter().all(|cell| value(cell).is_some());
        let header = is_header.then(|| {
            let name = |cell| String::from_utf8_lossy(cell).trim().to_string();
            first.iter().map(name).collect()
        });
        Ok(Self {
            name: name.clone(),
            reader,
            are_times: vec![None; first.len()],
            shape: Shape {
                name,
                header,
                n_columns: first.len(),
                delimiter,
                skips_missing: false,
                text: None,
                has_names: is_parquet,
            },
            first,
            rest: VecDeque::new(),
        })
    }

    /// Rows without a number in a column that is read are passed over from here on.
    pub fn skip_missing(&mut self) {
        self.shape.skips_missing = true;
    }

    /// Rows without text in a column lack something, as those without a number do.
    pub fn need_text(&mut self, column: usize) {
        self.shape.text = Some(column);
    }

    /// What to call the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.shape.n_columns
    }

    /// A column by its name in the header, or by its number from 1.
    pub fn column(&self, asked: &str) -> Result<usize, TableError> {
        if let Some(at) = self.find(asked)? {
            return Ok(at);
        }
        match asked.parse() {
            Ok(number) if (1..=self.shape.n_columns).contains(&number) => Ok(number - 1),
            _ => Err(TableError::Content(format!(
                "{} has no column `{}`; choose among {}",
                self.name,
                brief(asked),
                self.columns()
            ))),
        }
    }

    /// A column by its name in the header alone.
    pub fn find(&self, name: &str) -> Result<Option<usize>, TableError> {
        let known = self.shape.header.iter().flatten().enumerate();
        let mut named = known.filter(|(_, known)| *known == name).map(|(at, _)| at);
        match (named.next(), named.next()) {
            (Some(a), Some(b)) => Err(TableError::Content(format!(
                "columns {} and {} of {} are both called `{}`; choose by number",
                a + 1,
                b + 1,
                self.name,
                brief(name)
            ))),
            (found, _) => Ok(found),
        }
    }

    /// Says which columns will be read. A first row with a number in one of them is no header, unless that is the name by which
    /// the column was asked for.
    pub fn use_columns(&mut self, columns: &[usize], asked: &[Option<&str>]) {
        let Some(header) = self.shape.header.as_ref().filter(|_| !self.shape.has_names) else {
            return;
        };
        let is_number = |at: &&usize| value(&self.first[**at]).is_some();
        let mut numbers = columns.iter().filter(is_number);
        if numbers.any(|at| !asked.contains(&Some(header[*at].as_str()))) {
            self.shape.header = None;
        }
    }

    /// What was taken as its header, for a person.
    pub fn describe_header(&self) -> String {
        match &self.shape.header {
            Some(_) => format!("header: {}", self.names().join(", ")),
            None => "no header".into(),
        }
    }

    /// The columns' names, the first of them if there are many.
    fn names(&self) -> Vec<String> {
        const MOST: usize = 12;
        let mut names: Vec<_> = (0..self.shape.n_columns.min(MOST))
            .map(|at| brief(&self.column_name(at)))
            .collect();
        if self.shape.n_columns > MOST {
            names.push(format!("and {} more", self.shape.n_columns - MOST));
        }
        names
    }

    /// Whether the first row names the columns.
    pub fn has_header(&self) -> bool {
        self.shape.header.is_some()
    }

    /// A column's name: the header's, or its number from 1.
    pub fn column_name(&self, at: usize) -> String {
        column_name(self.shape.header.as_ref(), at)
    }

    /// What columns there are, for a sentence.
    pub fn columns(&self) -> String {
        match &self.shape.header {
            Some(_) => {
                let names = format!("`{}`", self.names().join("`, `"));
                format!(
                    "{}, or their numbers from 1",
                    names.replace("`and ", "and ").replace(" more`", " more")
                )
            }
            None => format!(
                "the numbers 1 to {}, as it has no header",
                self.shape.n_columns
            ),
        }
    }

    /// The numbers in some columns, read to the end.
    ///
    /// # Errors
    ///
    /// As [`each_row`](Self::each_row).
    pub fn read(mut self, columns: &[usize]) -> Result<Columns, TableError> {
        let mut values = vec![Vec::new(); columns.len()];
        let n_skipped = self.each_row(columns, |_, row| {
            for (column, value) in values.iter_mut().zip(row) {
                column.push(*value);
            }
            Ok::<_, TableError>(())
        })?;
        let are_times = self.are_times(columns);
        Ok(Columns {
            values,
            n_skipped,
            are_times,
        })
    }

    /// Which of some columns that were read are times.
    pub fn are_times(&self, columns: &[usize]) -> Vec<bool> {
        let is_time = |at: &usize| self.are_times[*at] == Some(true);
        columns.iter().map(is_time).collect()
    }

    /// Each row's cells, and the numbers in some columns of it; rows without any text are passed over. Returns how many rows were passed
    /// over for want of a number.
    ///
    /// # Errors
    ///
    /// [`TableError::Read`], [`TableError::Content`] and [`TableError::Missing`] with the line, and what `take` says.
    pub fn each_row<E: From<TableError>>(
        &mut self,
        columns: &[usize],
        mut take: impl FnMut(&ByteRecord, &[f64]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let mut counts = Counts::default();
        let mut row = std::mem::take(&mut self.first);
        let mut is_row = self.shape.header.is_none();
        loop {
            let here = self.shape.rows(
                &mut self.reader,
                (&mut row, is_row, 1),
                columns,
                &mut self.are_times,
                &mut take,
            )?;
            counts.add(here);
            match self.next_file()? {
                true => {
                    row = std::mem::take(&mut self.first);
                    is_row = self.shape.header.is_none();
                }
                false => return Ok(counts.n_skipped(&self.name)?),
            }
        }
    }

    /// Goes on to the next file; false where there is none.
    fn next_file(&mut self) -> Result<bool, TableError> {
        let Some(path) = self.rest.pop_front() else {
            return Ok(false);
        };
        let mut next = Self::open_file(&path)?;
        let is_alike = match &self.shape.header {
            Some(_) => next.shape.header == self.shape.header,
            None => next.shape.n_columns == self.shape.n_columns,
        };
        if !is_alike {
            return Err(TableError::Content(format!(
                "{} has other columns than {}, which {} matches too; give files of the same header",
                next.name, self.shape.name, self.name
            )));
        }
        self.reader = next.reader;
        self.first = std::mem::take(&mut next.first);
        self.shape.name = next.shape.name;
        self.shape.delimiter = next.shape.delimiter;
        Ok(true)
    }
}

/// How many rows were taken, and how many passed over for want of a number.
#[derive(Default)]
struct Counts {
    taken: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.skipped += other.skipped;
    }

    /// How many were passed over, if any was taken.
    fn n_skipped(&self, name: &str) -> Result<usize, TableError> {
        match (self.taken, self.skipped) {
            (0, 0) => Err(TableError::Content(format!(
                "{name} has a header and no rows; it needs a row for each sample"
            ))),
            (0, n) => Err(TableError::Content(format!(
                "each of the {n} rows of {name} lacks a number; choose other columns"
            ))),
            (_, skipped) => Ok(skipped),
        }
    }
}

impl Shape {
    /// Each row of a reader's, from one that is there already where `is_row` says so; the reader begins at a line of the file.
    fn rows<R: Read, E: From<TableError>>(
        &self,
        reader: &mut Reader<Source<R>>,
        (row, mut is_row, first_line): (&mut ByteRecord, bool, u64),
        columns: &[usize],
        are_times: &mut [Option<bool>],
        mut take: impl FnMut(&ByteRecord, &[f64]) -> Result<(), E>,
    ) -> Result<Counts, E> {
        reader.get_mut().seen = None;
        let mut counts = Counts::default();
        let mut values = vec![0.0; columns.len()];
        if !is_row {
            is_row = next_row(reader, row, &self.name, first_line)?;
        }
        while is_row {
            let line = first_line - 1 + reader.position().line();
            match self.numbers(row, line, columns, are_times, &mut values)? {
                true => {
                    counts.taken += 1;
                    take(row, &values)?;
                }
                false => counts.skipped += 1,
            }
            is_row = next_row(reader, row, &self.name, first_line)?;
        }
        Ok(counts)
    }

    /// The numbers in some columns of a row after which the reader is at a line; false where one is missing and the row is to be passed
    /// over.
    fn numbers(
        &self,
        row: &ByteRecord,
        line_after: u64,
        columns: &[usize],
        are_times: &mut [Option<bool>],
        values: &mut [f64],
    ) -> Result<bool, TableError> {
        // Where the reader is after the row; where the row began, blank lines may lie between.
        let line = || {
            let inside = row.iter().flatten().filter(|byte| **byte == b'\n').count();
            line_after - 1 - inside as u64
        };
        if row.len() != self.n_columns {
            return Err(TableError::Content(format!(
                "{} line {} has {} cell{} where the first row has {}; correct or delete it",
                self.name,
                line(),
                row.len(),
                if row.len() == 1 { "" } else { "s" },
                self.n_columns
            )));
        }
        let lacks_text = self.text.filter(|at| row[*at].trim_ascii().is_empty());
        if lacks_text.is_none() && are_numbers(|at| &row[at], columns, are_times, values) {
            return Ok(true); // as nearly always
        }
        let lacks_number = columns.iter().any(|at| is_missing(&row[*at]));
        if self.skips_missing && (lacks_number || lacks_text.is_some()) {
            return Ok(false);
        }
        let column = |at| brief(&column_name(self.header.as_ref(), at));
        if let Some(at) = lacks_text {
            let cell = format!("{} line {}, column {}: ``", self.name, line(), column(at));
            return Err(TableError::Missing { cell });
        }
        for (at, value) in columns.iter().zip(values) {
            let found = number(&row[*at]);
            let is_time = found.is_none();
            let found = found.or_else(|| time(&row[*at]));
            let is_alike = are_times[*at].is_none_or(|known| known == is_time);
            if let Some(found) = found.filter(|found| found.abs() <= LARGEST && is_alike) {
                are_times[*at] = Some(is_time);
                *value = found;
                continue;
            }
            let text = String::from_utf8_lossy(&row[*at]);
            let cell = format!(
                "{} line {}, column {}: `{}`",
                self.name,
                line(),
                column(*at),
                brief(&text)
            );
            if is_missing(&row[*at]) {
                return Err(TableError::Missing { cell });
            }
            let what = match found {
                Some(_) if !is_alike && is_time => "is a time, where the rows above have numbers",
                Some(_) if !is_alike => "is a number, where the rows above have times",
                Some(value) if value.is_finite() => {
                    "is too large, its square overflows; use other units"
                }
                Some(_) => "is not finite; correct or delete the row",
                None if text.replace(',', ".").trim().parse::<f64>().is_ok() => {
                    "is no number; write decimals with a point"
                }
                None => "is no number; correct or delete the row",
            };
            return Err(TableError::Content(format!("{cell} {what}")));
        }
        Ok(true)
    }
}

/// Whether some columns are known to have numbers, and have good ones in a row's cells, which are put down.
fn are_numbers<'a>(
    cell: impl Fn(usize) -> &'a [u8],
    columns: &[usize],
    are_times: &[Option<bool>],
    values: &mut [f64],
) -> bool {
    columns.iter().zip(values).all(|(at, value)| {
        let found = number(cell(*at)).filter(|found| found.abs() <= LARGEST);
        *value = found.unwrap_or_default();
        found.is_some() && are_times[*at] == Some(false)
    })
}

/// A column's name: the header's, or its number from 1.
fn column_name(header: Option<&Vec<String>>, at: usize) -> String {
    match header {
        Some(header) if !header[at].is_empty() => header[at].clone(),
        _ => format!("{}", at + 1),
    }
}

/// Whether a cell says that there is no number.
fn is_missing(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.is_empty()
        || MISSING
            .iter()
            .any(|name| cell.eq_ignore_ascii_case(name.as_bytes()))
}

/// Whether a cell holds a number or a time, or what stands for none.
pub fn is_value_or_missing(cell: &str) -> bool {
    is_missing(cell.as_bytes()) || value(cell.as_bytes()).is_some()
}

fn value(cell: &[u8]) -> Option<f64> {
    number(cell).or_else(|| time(cell))
}

fn time(cell: &[u8]) -> Option<f64> {
    time::seconds(std::str::from_utf8(cell).ok()?)
}

fn number(cell: &[u8]) -> Option<f64> {
    std::str::from_utf8(cell).ok()?.trim().parse().ok()
}

/// Text from a table, fit for a sentence: its first forty characters, all of them visible.
fn brief(text: &str) -> String {
    const MOST: usize = 40;
    let text = visible(text);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// A file that can be read anywhere: itself, or a temporary one with what came and the rest of a source.
fn on_disk(path: &Path, head: Vec<u8>, mut source: Box<dyn Read + Send>) -> io::Result<File> {
    if path.is_file() {
        return File::open(path);
    }
    let mut file = tempfile::tempfile()?;
    io::copy(&mut Cursor::new(head).chain(&mut source), &mut file)?;
    file.rewind()?;
    Ok(file)
}

/// Rows of cells with a delimiter between.
fn reader<R: Read>(source: Source<R>, delimiter: u8) -> Reader<Source<R>> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .comment(Some(COMMENT))
        .buffer_capacity(1 << 16)
        .from_reader(source)
}

/// The next row that has any text in it; false at the end. The reader began at a line of the file.
fn next_row<R: Read>(
    reader: &mut Reader<Source<R>>,
    row: &mut ByteRecord,
    name: &str,
    first_line: u64,
) -> Result<bool, TableError> {
    while reader
        .read_byte_record(row)
        .map_err(|error| cannot_read(name, error.into()))?
    {
        // A line end was put behind the last line: only an open quote makes a row that goes on to the end.
        if reader.get_ref().is_at_end {
            let last = row.iter().next_back().unwrap_or_default();
            let below = last.iter().filter(|byte| **byte == b'\n').count() as u64;
            let line = (first_line - 1 + reader.position().line()).saturating_sub(below);
            return Err(TableError::Content(format!(
                "{name} line {line}: the quote that opens there is never closed; close or delete it"
            )));
        }
        if row.iter().any(|cell| !cell.trim_ascii().is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is read, and whether all of it was.
struct Source<R> {
    bytes: R,
    is_at_end: bool,
    /// All that was read, until the rows are.
    seen: Option<Vec<u8>>,
}

impl<R> Source<R> {
    fn new(bytes: R) -> Self {
        Self {
            bytes,
            is_at_end: false,
            seen: Some(Vec::new()),
        }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.is_at_end = n == 0;
        if let Some(seen) = &mut self.seen {
            seen.extend_from_slice(&buffer[..n]);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(text: &str, columns: &[&str]) -> Result<Vec<Vec<f64>>, TableError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        fs::write(&path, text).unwrap();
        let table = Table::open(&path)?;
        let columns: Result<Vec<_>, _> = columns.iter().map(|name| table.column(name)).collect();
        Ok(table.read(&columns?)?.values)
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
            "t,v\r1,-3\r2.5,4e2\r",
            "v,\"caf\u{e9}\",t\n-3,\u{e9},1\n4e2,\u{e9},2.5\n",
            "# made by hand\nt,v\n#1,2\n1,-3\n2.5,4e2\n",
            "  t   v \n 1  -3\n\n2.5    4e2 ",
            "# t v\n\"a b\" t v\n\"c  d\" 1 -3\ne 2.5 4e2\n",
        ] {
            assert_eq!(read(text, &["t", "v"]).unwrap(), expected, "{text:?}");
        }
        assert_eq!(read("1,-3\n2.5,4e2", &["1", "2"]).unwrap(), expected);
        assert_eq!(read("t,v\n1,-3\n2.5,4e2", &["1", "2"]).unwrap(), expected);
    }

    fn read_bytes(bytes: &[u8]) -> Result<Vec<Vec<f64>>, TableError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        fs::write(&path, bytes).unwrap();
        let table = Table::open(&path)?;
        Ok(table.read(&[0, 1])?.values)
    }

    #[test]
    fn encodings_are_decoded_and_what_is_no_text_is_named() {
        let text = "t,v\n1,-3\n2.5,4e2\n";
        let expected = [vec![1.0, 2.5], vec![-3.0, 4e2]];
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            little.clone(),
            big.clone(),
            [b"\xff\xfe", &little[..]].concat(),
            [b"\xfe\xff", &big[..]].concat(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            text.replace('t', "\u{e9}")
                .chars()
                .map(|c| c as u8)
                .collect(), // Latin-1
        ] {
            assert_eq!(read_bytes(&bytes).unwrap(), expected, "{bytes:?}");
        }
        for (bytes, part) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "is a PNG picture, not text"),
            (b"x,y\n1,\0\n", "has bytes of value 0"),
        ] {
            let message = read_bytes(bytes).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn gzip_is_read_and_a_file_cut_short_is_an_error() {
        use flate2::{Compression, write::GzEncoder};
        use std::io::Write;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"t,v\n1,-3\n2.5,4e2\n").unwrap();
        let bytes = encoder.finish().unwrap();
        assert_eq!(
            read_bytes(&bytes).unwrap(),
            [vec![1.0, 2.5], vec![-3.0, 4e2]]
        );
        assert!(read_bytes(&bytes[..bytes.len() - 9]).is_err());
    }

    #[test]
    fn times_are_seconds_and_no_numbers_among_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        fs::write(&path, "1970-01-01,5\n1970-01-02,6\n").unwrap();
        let read = Table::open(&path).unwrap().read(&[0, 1]).unwrap();
        assert_eq!(read.values, [[0.0, 86_400.0], [5.0, 6.0]]);
        assert_eq!(read.are_times, [true, false]);
        for (text, part) in [
            (
                "t\n1970-01-01\n7\n",
                "line 3, column t: `7` is a number, where the rows above have times",
            ),
            (
                "t\n7\n1970-01-01\n",
                "`1970-01-01` is a time, where the rows above have numbers",
            ),
            ("t\n1970-02-30\n", "`1970-02-30` is no number"),
        ] {
            fs::write(&path, text).unwrap();
            let message = Table::open(&path)
                .unwrap()
                .read(&[0])
                .unwrap_err()
                .to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn rows_that_miss_a_used_cell_are_passed_over_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        fs::write(&path, "a,b,c\n1,2,NA\n3,,x\nnan,4,y\n5,null,\n6,7,8\n").unwrap();
        let mut table = Table::open(&path).unwrap();
        table.skip_missing();
        let read = table.read(&[0, 1]).unwrap();
        assert_eq!(read.values, [[1.0, 6.0], [2.0, 7.0]]);
        assert_eq!(
            (read.n_skipped, &read.are_times[..]),
            (3, &[false, false][..])
        );
        let mut table = Table::open(&path).unwrap();
        table.skip_missing();
        let message = table.read(&[2]).unwrap_err().to_string();
        assert!(
            message.contains("line 3, column c: `x` is no number"),
            "{message}"
        );
    }

    #[test]
    fn a_first_row_with_a_number_in_a_used_column_is_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        fs::write(&path, "NA,3,5\n1,2,3\n").unwrap();
        let mut table = Table::open(&path).unwrap();
        table.use_columns(&[1, 2], &[None, None]);
        assert_eq!(table.describe_header(), "no header");
        assert_eq!(
            table.read(&[1, 2]).unwrap().values,
            [[3.0, 2.0], [5.0, 3.0]]
        );

        let mut table = Table::open(&path).unwrap();
        table.use_columns(&[0, 1], &[Some("1"), Some("2")]);
        let message = table.read(&[0, 1]).unwrap_err().to_string();
        assert!(
            message.contains("line 1, column 1: `NA` is missing"),
            "{message}"
        );

        // Years as names.
        fs::write(&path, "id,2020,2021\n1,2,3\n").unwrap();
        let mut table = Table::open(&path).unwrap();
        assert_eq!(table.column("2021").unwrap(), 2);
        table.use_columns(&[0, 2], &[Some("id"), Some("2021")]);
        assert_eq!(table.describe_header(), "header: id, 2020, 2021");
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
            ("x,y\n1,2\n3,\n", "line 3, column y: `` is missing"),
            ("x,y\n1,NaN\n", "line 2, column y: `NaN` is missing"),
            ("x,y\n1,inf\n", "line 2, column y: `inf` is not finite"),
            (
                "x;y\n1;2,5\n",
                "`2,5` is no number; write decimals with a point",
            ),
            ("x,y\n1,1e200\n", "`1e200` is too large"),
            (
                "x,y\n1,2,3\n",
                "line 2 has 3 cells where the first row has 2",
            ),
            (
                "x,y\n1,2\n3,\"4\n5,6\n7,8\n",
                "line 3: the quote that opens there is never closed",
            ),
            (
                "x,y\n1,2\n3,4\r\n5,\u{202e}a\tb\n",
                "line 4, column y: `\\u{202e}a\\u{9}b` is",
            ),
            ("x,y\r1,2\r3,abc\r", "line 3, column y: `abc` is no number"),
            (
                "x,y\r\n1,2\r\n3,abc\r\n4,5\r\n",
                "line 3, column y: `abc` is no number",
            ),
            ("y,x,y\n1,2,3\n", "columns 1 and 3 of"),
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
