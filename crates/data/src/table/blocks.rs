//! A table's rows on all cores: the text is cut between rows, and each block is read by itself.

use std::io::{self, Cursor, Read};

use csv::ByteRecord;
use memchr::{memchr, memchr_iter, memchr2, memrchr};
use rayon::prelude::*;

use super::{
    Counts, Shape, Source, Table, are_numbers, delimiter::COMMENT, error::TableError, reader,
    text::cannot_read,
};

/// Bytes of a block: enough that its rows take much longer than passing it on, and few enough that all cores have one.
const SIZE: usize = 4 << 20;

/// The longest row, in bytes.
const LONGEST: usize = 256 << 20;

/// Whole rows of a file.
struct Block {
    bytes: Vec<u8>,
    first_line: u64,
}

/// What comes of a block: the sum of its rows, how many they were, and which columns are times.
type Summed<T> = (T, Counts, Vec<Option<bool>>);

impl Table {
    /// Sums all rows, on all cores: `take` adds a row's text, in the column that [needs some](Self::need_text), and the numbers in some
    /// columns to the sum of its block; `merge` gets these sums in the order of the file. Blocks do not depend on the number of cores.
    /// Returns how many rows were passed over for want of a number.
    ///
    /// # Errors
    ///
    /// As [`each_row`](Self::each_row), and what `take` and `merge` say.
    pub fn sum_rows<T: Default + Send, E: From<TableError> + Send>(
        &mut self,
        columns: &[usize],
        take: impl Fn(&mut T, &[u8], &[f64]) -> Result<(), E> + Sync,
        mut merge: impl FnMut(T) -> Result<(), E>,
    ) -> Result<usize, E> {
        let mut counts = Counts::default();
        loop {
            let mut source = self.after_header();
            let mut next = source.next(1).map_err(|error| self.cannot_read(error))?;
            while !next.is_empty() {
                let (shape, are_times) = (&self.shape, &self.are_times);
                let summed = |block: Block| shape.sum(block, columns, are_times, &take);
                let (sums, read) = rayon::join(
                    || next.into_par_iter().map(summed).collect::<Vec<_>>(),
                    || source.next(rayon::current_num_threads()),
                );
                for sum in sums {
                    let (sum, here, times) = sum?;
                    self.agree(columns, &times)?;
                    counts.add(here);
                    merge(sum)?;
                }
                next = read.map_err(|error| self.cannot_read(error))?;
            }
            if !self.next_file()? {
                return Ok(counts.n_skipped(&self.name)?);
            }
        }
    }

    /// The text after the header, or all of it where there is none.
    fn after_header(&mut self) -> Blocks<impl Read + Send + use<>> {
        let position = self.reader.position().clone();
        let (start, line) = match self.shape.header {
            Some(_) => (position.byte() as usize, position.line()),
            None => (0, 1),
        };
        let source = self.reader.get_mut();
        let mut seen = source.seen.take().unwrap_or_default();
        let bytes = std::mem::replace(&mut source.bytes, Box::new(io::empty()));
        Blocks {
            source: Cursor::new(seen.split_off(start)).chain(bytes),
            delimiter: self.shape.delimiter,
            rest: Vec::new(),
            line,
        }
    }

    /// Takes over which columns are times.
    fn agree(&mut self, columns: &[usize], times: &[Option<bool>]) -> Result<(), TableError> {
        for at in columns {
            match (self.are_times[*at], times[*at]) {
                (Some(ours), Some(theirs)) if ours != theirs => {
                    return Err(TableError::Content(format!(
                        "{}, column {}: some rows have times, and some have numbers",
                        self.shape.name,
                        self.column_name(*at)
                    )));
                }
                (None, theirs) => self.are_times[*at] = theirs,
                _ => {}
            }
        }
        Ok(())
    }

    fn cannot_read(&self, error: io::Error) -> TableError {
        cannot_read(&self.shape.name, error)
    }
}

impl Shape {
    fn sum<T: Default, E: From<TableError>>(
        &self,
        block: Block,
        columns: &[usize],
        are_times: &[Option<bool>],
        take: impl Fn(&mut T, &[u8], &[f64]) -> Result<(), E>,
    ) -> Result<Summed<T>, E> {
        let mut sum = T::default();
        let mut are_times = are_times.to_vec();
        let take = |text: &[u8], numbers: &[f64]| take(&mut sum, text, numbers);
        let counts = match memchr2(b'"', b'\r', &block.bytes) {
            None => self.lines(&block, columns, &mut are_times, take)?,
            Some(_) => self.cells(&block, columns, &mut are_times, take)?,
        };
        Ok((sum, counts, are_times))
    }

    /// The rows of any block.
    fn cells<E: From<TableError>>(
        &self,
        block: &Block,
        columns: &[usize],
        are_times: &mut [Option<bool>],
        mut take: impl FnMut(&[u8], &[f64]) -> Result<(), E>,
    ) -> Result<Counts, E> {
        let mut reader = reader(Source::new(&block.bytes[..]), self.delimiter);
        let start = (&mut ByteRecord::new(), false, block.first_line);
        self.rows(&mut reader, start, columns, are_times, |row, numbers| {
            take(self.text.map_or(&[], |at| &row[at]), numbers)
        })
    }

    /// The same of a block without quotes, whose rows are lines: three times faster.
    fn lines<E: From<TableError>>(
        &self,
        block: &Block,
        columns: &[usize],
        are_times: &mut [Option<bool>],
        mut take: impl FnMut(&[u8], &[f64]) -> Result<(), E>,
    ) -> Result<Counts, E> {
        let mut counts = Counts::default();
        let mut values = vec![0.0; columns.len()];
        let mut cells: Vec<&[u8]> = Vec::new();
        let (mut rest, mut line_after) = (&block.bytes[..], block.first_line);
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            line_after += 1;
            if line.first().is_none_or(|first| *first == COMMENT) {
                continue;
            }
            cells.clear();
            let mut start = 0;
            for end in memchr_iter(self.delimiter, line) {
                cells.push(&line[start..end]);
                start = end + 1;
            }
            cells.push(&line[start..]);
            let text = self.text.and_then(|at| cells.get(at).copied());
            let is_whole = cells.len() == self.n_columns
                && text.is_none_or(|text| !text.trim_ascii().is_empty());
            let is_taken =
                if is_whole && are_numbers(|at| cells[at], columns, are_times, &mut values) {
                    true // as nearly always
                } else if cells.iter().all(|cell| cell.trim_ascii().is_empty()) {
                    continue;
                } else {
                    let row = ByteRecord::from(&cells[..]);
                    self.numbers(&row, line_after, columns, are_times, &mut values)?
                };
            match is_taken {
                true => {
                    counts.taken += 1;
                    take(text.unwrap_or_default(), &values)?;
                }
                false => counts.skipped += 1,
            }
        }
        Ok(counts)
    }
}

/// Text that is cut into blocks.
struct Blocks<R> {
    source: R,
    delimiter: u8,
    /// What was read of the next block.
    rest: Vec<u8>,
    /// The line at which that begins.
    line: u64,
}

impl<R: Read> Blocks<R> {
    /// So many blocks, or fewer at the end.
    fn next(&mut self, n: usize) -> io::Result<Vec<Block>> {
        let mut blocks = Vec::new();
        while blocks.len() < n {
            match self.next_block()? {
                Some(block) => blocks.push(block),
                None => break,
            }
        }
        Ok(blocks)
    }

    fn next_block(&mut self) -> io::Result<Option<Block>> {
        let mut size = SIZE;
        loop {
            let missing = size.saturating_sub(self.rest.len());
            self.rest.reserve(missing);
            let n = (&mut self.source)
                .take(missing as u64)
                .read_to_end(&mut self.rest)?;
            let is_all = n < missing;
            let end = match is_all {
                true => self.rest.len(),
                false => end_of_rows(&self.rest, self.delimiter),
            };
            if end == 0 && !is_all {
                size *= 2; // a row that is longer than a block
                if size > LONGEST {
                    let line = self.line;
                    return Err(io::Error::other(format!(
                        "the row at line {line} has more than {LONGEST} bytes, as if a quote in it is never closed"
                    )));
                }
                continue;
            }
            let rest = self.rest.split_off(end);
            let bytes = std::mem::replace(&mut self.rest, rest);
            let first_line = self.line;
            self.line += memchr_iter(b'\n', &bytes).count() as u64;
            return Ok((!bytes.is_empty()).then_some(Block { bytes, first_line }));
        }
    }
}

/// Where the last whole row of a text ends, which begins with a row; 0 where there is none.
fn end_of_rows(text: &[u8], delimiter: u8) -> usize {
    if memchr(b'"', text).is_none() {
        return memrchr(b'\n', text).map_or(0, |at| at + 1);
    }
    let (mut end, mut is_start, mut is_quoted) = (0, true, false);
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' if is_quoted && text.get(at + 1) == Some(&b'"') => at += 1,
            b'"' if is_quoted => is_quoted = false,
            _ if is_quoted => {}
            // A quote opens at the beginning of a cell alone.
            b'"' if is_start => (is_quoted, is_start) = (true, false),
            b'\n' => (end, is_start) = (at + 1, true),
            byte => is_start = *byte == delimiter,
        }
        at += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    #[test]
    fn rows_end_where_no_quote_is_open() {
        for (text, rest) in [
            ("a,b\nc", "c"),
            ("a,\"b\nc\"\nd,\"e\nf", "d,\"e\nf"),
            ("5\" pipe,1\nb", "b"),
            ("\"a\"\"\nb\",1\nc", "c"),
            ("abc", "abc"),
        ] {
            let end = end_of_rows(text.as_bytes(), b',');
            assert_eq!(&text[end..], rest, "{text:?}");
        }
    }

    /// A table of many blocks, with blank lines and comments in it, and quotes where they are wanted.
    fn text(n: usize, has_quotes: bool, bad: Option<usize>) -> String {
        let notes = match has_quotes {
            true => ["plain", "\"a, b\"", "\"c\nd\"", "\"e\"\"f\"", "5\" pipe"],
            false => ["plain", "a b", " c", "e", "5 pipe"],
        };
        let mut text = String::from("# by hand\nt,v,note\n");
        for i in 0..n {
            let v = if bad == Some(i) { "abc" } else { "2" };
            text += &format!("{i},{v},{}\n", notes[i % 5]);
            if i % 1000 == 7 {
                text += "\n# a comment\n , ,\nNA,1,x\n1,2,\n";
            }
        }
        text
    }

    /// What one way of reading gives: sums, or what is wrong.
    fn read(path: &Path, in_blocks: bool) -> String {
        let mut table = Table::open(path).unwrap();
        table.skip_missing();
        table.need_text(2);
        let add = |sum: &mut [f64; 3], text: &[u8], numbers: &[f64]| {
            sum[0] += 1.0;
            sum[1] += numbers[0];
            sum[2] += numbers[1] * text.len() as f64;
            Ok::<_, TableError>(())
        };
        let mut sums = [0.0; 3];
        let n_skipped = match in_blocks {
            true => table.sum_rows(&[0, 1], add, |sum: [f64; 3]| {
                sums.iter_mut().zip(sum).for_each(|(all, sum)| *all += sum);
                Ok(())
            }),
            false => table.each_row(&[0, 1], |row, numbers| add(&mut sums, &row[2], numbers)),
        };
        match n_skipped {
            Ok(n) => format!("{n} {sums:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn blocks_give_what_row_after_row_gives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        for has_quotes in [false, true] {
            for bad in [None, Some(590_000)] {
                let all = text(900_000, has_quotes, bad);
                assert!(all.len() > 2 * SIZE);
                fs::write(&path, all).unwrap();
                let ways = [true, false].map(|in_blocks| read(&path, in_blocks));
                assert_eq!(ways[0], ways[1]);
                let expected = match bad {
                    None => "1800 [900000.0",
                    Some(_) => "column v: `abc` is no number",
                };
                assert!(ways[0].contains(expected), "{}", ways[0]);
            }
        }
    }

    #[test]
    fn files_of_a_pattern_are_one_table() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("b.csv", "x,y\n3,4\n"), ("a.csv", "x,y\n1,2\n5,6\n")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let pattern = folder.path().join("*.csv");
        let read = Table::open(&pattern).unwrap().read(&[0, 1]).unwrap();
        assert_eq!(read.values, [[1.0, 5.0, 3.0], [2.0, 6.0, 4.0]]);
        fs::write(folder.path().join("c.csv"), "x,z\n3,4\n").unwrap();
        let error = Table::open(&pattern).unwrap().read(&[0, 1]).unwrap_err();
        assert!(error.to_string().contains("c.csv has other columns than"));
        let none = Table::open(&folder.path().join("*.tsv")).err().unwrap();
        assert!(none.to_string().contains("no file matches"));
    }
}
