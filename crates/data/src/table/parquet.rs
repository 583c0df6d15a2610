//! A Parquet file's columns as the text of a table, so that all that holds of text holds of it.

use std::{
    fs::File,
    io::{self, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    vec,
};

use jiff::Timestamp;
use parquet::{
    basic::{LogicalType, TimeUnit},
    errors::ParquetError,
    file::reader::{FileReader, SerializedFileReader},
    record::{
        Field,
        reader::{ReaderIter, TreeBuilder},
    },
};

use super::{quoted::quoted, time::day};

/// What such files begin with.
pub(super) const START: &[u8] = b"PAR1";

/// Rows that are written at once.
const AT_ONCE: usize = 1024;

/// The text, made as it is read.
pub(super) struct ParquetText {
    file: SerializedFileReader<File>,
    /// Of each column, whether it counts nanoseconds.
    in_nanoseconds: Vec<bool>,
    next_group: usize,
    rows: Option<ReaderIter>,
    text: vec::IntoIter<u8>,
}

impl ParquetText {
    /// With the columns' names as the first line.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let file = SerializedFileReader::new(file).map_err(damaged)?;
        for column in file
            .metadata()
            .row_groups()
            .iter()
            .flat_map(|group| group.columns())
        {
            let offsets = [
                Some(column.data_page_offset()),
                column.dictionary_page_offset(),
                Some(column.compressed_size()),
                Some(column.num_values()),
            ];
            if offsets.into_iter().flatten().any(|offset| offset < 0) {
                return Err(damaged(ParquetError::General("an offset below 0".into())));
            }
        }
        let schema = file.metadata().file_metadata().schema();
        let fields = schema.get_fields();
        let names: Vec<String> = fields.iter().map(|field| quoted(field.name())).collect();
        let in_nanoseconds = fields.iter().map(|field| {
            let kind = field.get_basic_info().logical_type_ref();
            matches!(kind, Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS)
        });
        Ok(Self {
            in_nanoseconds: in_nanoseconds.collect(),
            text: (names.join(",") + "\n").into_bytes().into_iter(),
            file,
            next_group: 0,
            rows: None,
        })
    }

    /// The next rows as text; none at the end.
    fn next_rows(&mut self) -> Result<Vec<u8>, ParquetError> {
        let mut text = Vec::new();
        while text.is_empty() {
            let Some(rows) = &mut self.rows else {
                if self.next_group == self.file.num_row_groups() {
                    break;
                }
                let group = self.file.get_row_group(self.next_group)?;
                let schema = self.file.metadata().file_metadata().schema_descr_ptr();
                self.rows = Some(TreeBuilder::new().as_iter(schema, &*group)?);
                self.next_group += 1;
                continue;
            };
            for row in rows.by_ref().take(AT_ONCE) {
                let row = row?;
                let cells = row.get_column_iter().zip(&self.in_nanoseconds);
                for (at, ((_, field), in_nanoseconds)) in cells.enumerate() {
                    if at > 0 {
                        text.push(b',');
                    }
                    write_cell(&mut text, field, *in_nanoseconds);
                }
                text.push(b'\n');
            }
            if text.is_empty() {
                self.rows = None;
            }
        }
        Ok(text)
    }
}

impl Read for ParquetText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.text.as_slice().is_empty() {
            // A damaged file may be one that the crate does not expect.
            let rows = catch_unwind(AssertUnwindSafe(|| self.next_rows()));
            let panicked = || ParquetError::General("its pages are not what its end says".into());
            let text = rows.unwrap_or_else(|_| Err(panicked()));
            self.text = text.map_err(damaged)?.into_iter();
        }
        let n = self.text.as_slice().read(buffer)?;
        if n > 0 {
            self.text.nth(n - 1);
        }
        Ok(n)
    }
}

fn damaged(error: ParquetError) -> io::Error {
    let text = error.to_string();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    io::Error::other(
        match text.rsplit_once("Disabled feature at compile time: ") {
            Some((_, codec)) => {
                format!("it is compressed by {codec}; write it with snappy, zstd, gzip or lz4")
            }
            None => format!("the Parquet file is damaged, or of a kind that is not read: {text}"),
        },
    )
}

/// A number or a time as the rest of this module reads it, or other text.
fn write_cell(text: &mut Vec<u8>, field: &Field, in_nanoseconds: bool) {
    let timestamp = |time: Result<Timestamp, jiff::Error>| {
        time.map_or_else(
            |_| "a time beyond the calendar".into(),
            |time| time.to_string(),
        )
    };
    // Writing to a vector does not fail.
    let _ = match field {
        Field::Null => Ok(()),
        Field::Double(value) => write!(text, "{value:e}"),
        Field::Float(value) => write!(text, "{value:e}"),
        Field::Long(value) if in_nanoseconds => {
            let time = Timestamp::from_nanosecond((*value).into());
            write!(text, "{}", timestamp(time))
        }
        Field::Long(value) => write!(text, "{value}"),
        Field::Date(days) => write!(text, "{}", day(f64::from(*days) * 86_400.0)),
        Field::TimestampMillis(value) => {
            write!(text, "{}", timestamp(Timestamp::from_millisecond(*value)))
        }
        Field::TimestampMicros(value) => {
            write!(text, "{}", timestamp(Timestamp::from_microsecond(*value)))
        }
        Field::Str(value) => write!(text, "{}", quoted(value)),
        Field::Bytes(value) => write!(text, "{}", quoted(&String::from_utf8_lossy(value.data()))),
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {
            write!(text, "(nested)")
        }
        other => write!(text, "{}", quoted(&other.to_string())),
    };
}
