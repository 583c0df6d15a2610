//! Tables of any content: read into finite numbers, or refused in one sentence.
//!
//! `PROPTEST_CASES=1000000 cargo test -p shallow-data --test hostile_tables` looks for longer.

use std::fs;

use proptest::{collection::vec, prelude::*, sample::select};
use shallow_data::{Table, TableError};

const CELLS: &[&str] = &[
    "1", "2.5", "-3", "4e2", "1e400", "1e200", "-0", "NaN", "inf", "NA", "", " ", "x", "time",
    "1,5", "\"1\"", "\"a,b\"", "\"a\nb\"", "\"", "\"\"", "a\"b", "\u{202e}", "\u{feff}", "é",
    "0x10", "١", "1_000", "\0", "\t", "=1+1",
];

/// Rows with mistakes, by any delimiter, line end and encoding.
fn rows() -> impl Strategy<Value = Vec<u8>> {
    let rows = vec(vec(select(CELLS), 1..4), 0..12);
    let delimiter = select(&[",", ";", "\t", ", ", " "][..]);
    let end = select(&["\n", "\r\n", "\r", "\n\n"][..]);
    (rows, delimiter, end, any::<bool>(), 0..5).prop_map(
        |(rows, delimiter, end, is_whole, encoding)| {
            let text: String = rows.iter().map(|row| row.join(delimiter) + end).collect();
            let text = if is_whole { &text } else { text.trim_end() };
            match encoding {
                0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                1 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                2 => [
                    b"\xff\xfe".to_vec(),
                    text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                ]
                .concat(),
                3 => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
                _ => text.as_bytes().to_vec(),
            }
        },
    )
}

fn read(bytes: &[u8], asked: &[&str; 2]) -> Result<Vec<Vec<f64>>, TableError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.csv");
    fs::write(&path, bytes).unwrap();
    let mut table = Table::open(&path)?;
    let columns = [table.column(asked[0])?, table.column(asked[1])?];
    table.use_columns(&columns, &asked.map(Some));
    let header = table.describe_header();
    assert!(
        header.chars().count() < 700 && !header.contains('\n'),
        "{header}"
    );
    Ok(table.read(&columns)?.values)
}

fn is_answered(bytes: &[u8], asked: &[&str; 2]) -> Result<(), TestCaseError> {
    match read(bytes, asked) {
        Ok(columns) => {
            prop_assert_eq!(columns[0].len(), columns[1].len());
            prop_assert!(columns.iter().flatten().all(|value| value.abs() <= 1e150));
        }
        Err(error) => {
            let text = error.to_string();
            prop_assert!(
                text.chars().count() < 900 && !text.contains(['\n', '\r', '\u{202e}', '\0']),
                "{text:?}"
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn rows_with_mistakes_are_answered(
        bytes in rows(),
        x in select(&["1", "2", "x", "time", "3", "é", ""][..]),
        y in select(&["1", "2", "x", "time", "3", "-1", "4e2"][..]),
    ) {
        is_answered(&bytes, &[x, y])?;
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..300)) {
        is_answered(&bytes, &["1", "2"])?;
        is_answered(&bytes, &["1", "1"])?;
    }
}
