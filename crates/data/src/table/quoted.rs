//! Text as it stands in a table.

/// Text as a cell of CSV that is read back as it is.
pub fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r', '#', ' ', ';', '\t']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.into(),
    }
}
