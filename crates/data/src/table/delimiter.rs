//! What stands between a table's columns.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::blanks::Blanks;

/// What a line begins with that is no row.
pub(super) const COMMENT: u8 = b'#';

/// The delimiter, by the first line that is no comment and not blank (a tab before a semicolon before a comma, for decimals may have
/// commas; blanks, where that line and the next have nothing else between words), and all that was there to read, without a
/// byte-order mark and with a line end behind the last line.
pub(super) fn detect(source: Box<dyn Read + Send>) -> io::Result<(u8, Box<dyn Read + Send>)> {
    let mut source = BufReader::new(source);
    let mut seen = Vec::new();
    let first = next_line(&mut source, &mut seen)?;
    let second = next_line(&mut source, &mut seen)?;
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .find(|byte| first.contains(byte));
    let is_blank = delimiter.is_none() && [&first, &second].iter().all(|line| n_words(line) > 1);
    let mark = if seen.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let seen = seen.split_off(mark);
    let all = Cursor::new(seen).chain(source).chain(&b"\n"[..]);
    Ok(match is_blank {
        true => (b'\t', Box::new(Blanks::new(all))),
        false => (delimiter.unwrap_or(b','), Box::new(all)),
    })
}

/// The next line that is no comment and not blank, without what is quoted in it; all that was read is added to what was seen.
fn next_line(source: &mut impl BufRead, seen: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    /// A first line is not longer.
    const LONGEST: u64 = 1 << 20;
    loop {
        let start = seen.len();
        let length = source.take(LONGEST).read_until(b'\n', seen)?;
        let line = seen[start..].trim_ascii();
        if length > 0 && (line.is_empty() || line[0] == COMMENT) {
            continue;
        }
        let mut is_quoted = false;
        let bare = line.iter().copied().filter(|byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted
        });
        return Ok(bare.collect());
    }
}

fn n_words(line: &[u8]) -> usize {
    let words = line.split(u8::is_ascii_whitespace);
    words.filter(|word| !word.is_empty()).count()
}
