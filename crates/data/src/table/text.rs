//! A file as UTF-8 with line feeds, whatever its compression, encoding and line ends.

use std::io::{self, Cursor, Read};

use encoding_rs::{UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::read::MultiGzDecoder;

use super::error::TableError;

/// Bytes that are enough to see what they are.
const ENOUGH: usize = 1 << 13;

/// What files begin with that are no text.
const NO_TEXT: [(&[u8], &str); 5] = [
    (b"\x89PNG", "a PNG picture"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"PK\x03\x04", "a Zip archive, such as a spreadsheet"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "an SQLite database"),
];

/// The source as UTF-8 without a byte-order mark, its lines ended by line feeds.
pub(super) fn text(
    mut source: Box<dyn Read + Send>,
    name: &str,
) -> Result<Box<dyn Read + Send>, TableError> {
    let mut head = head(&mut source, ENOUGH).map_err(|source| cannot_read(name, source))?;
    if head.starts_with(b"\x1f\x8b") {
        source = Box::new(MultiGzDecoder::new(Cursor::new(head).chain(source)));
        head = self::head(&mut source, ENOUGH).map_err(|source| cannot_read(name, source))?;
    }
    if let Some((_, what)) = NO_TEXT.iter().find(|(start, _)| head.starts_with(start)) {
        return Err(TableError::Content(format!(
            "{name} is {what}, not text; give a CSV file"
        )));
    }
    // Of UTF-16 without a mark, every other byte of ASCII is 0.
    let zeros = |first: usize| {
        let n = head
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count();
        3 * n > head.len()
    };
    let is_marked = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let encoding = match (is_marked, zeros(0), zeros(1)) {
        (false, false, true) => Some(UTF_16LE),
        (false, true, false) => Some(UTF_16BE),
        _ => None,
    };
    if !is_marked && encoding.is_none() && head.contains(&0) {
        return Err(TableError::Content(format!(
            "{name} has bytes of value 0 in it and is no text; give a CSV file"
        )));
    }
    let all = Cursor::new(head).chain(source);
    let mut utf_8: Box<dyn Read + Send> = match is_marked || encoding.is_some() {
        true => {
            let mut builder = DecodeReaderBytesBuilder::new();
            Box::new(builder.encoding(encoding).build(all))
        }
        false => Box::new(all),
    };
    let start = self::head(&mut utf_8, ENOUGH).map_err(|source| cannot_read(name, source))?;
    let has_returns = start.contains(&b'\r');
    let all = Cursor::new(start).chain(utf_8);
    Ok(match has_returns {
        true => Box::new(LineFeeds {
            source: all,
            after_return: false,
        }),
        false => Box::new(all),
    })
}

/// The first bytes, so many at most.
pub(super) fn head(source: &mut dyn Read, most: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    source.take(most as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// A line feed for every line end of Windows (two bytes) or of a classic Mac (a carriage return), so that lines are counted alike.
struct LineFeeds<R> {
    source: R,
    /// Whether the byte before was a carriage return.
    after_return: bool,
}

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.source.read(buffer)?;
            let mut kept = 0;
            for at in 0..n {
                let byte = buffer[at];
                let ends_pair = byte == b'\n' && self.after_return;
                self.after_return = byte == b'\r';
                if !ends_pair {
                    buffer[kept] = if self.after_return { b'\n' } else { byte };
                    kept += 1;
                }
            }
            // Nothing is the end of the source alone.
            if kept > 0 || n == 0 {
                return Ok(kept);
            }
        }
    }
}

pub(super) fn cannot_read(name: &str, source: io::Error) -> TableError {
    TableError::Read {
        name: name.into(),
        source,
    }
}
