//! Why a text is no function, in one sentence.

use std::borrow::Cow;

/// Why a text is no function or no number; `Display` says it in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    message: String,
}

impl ExpressionError {
    pub(crate) fn new(message: String) -> Self {
        Self { message }
    }
}

/// The longest text that a message quotes in full, in characters.
const QUOTED: usize = 60;

/// A text to quote in a message of one line: a long one keeps its start and its end, with an ellipsis between, and what
/// does not print is escaped.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    let part = ends(text);
    if part.chars().all(prints) {
        return part;
    }
    let mut escaped = String::new();
    for c in part.chars() {
        match prints(c) {
            true => escaped.push(c),
            false => escaped.extend(c.escape_debug()),
        }
    }
    escaped.into()
}

/// Whether a character is seen; line breaks, marks and those of no width are not.
fn prints(c: char) -> bool {
    matches!(c, '\'' | '"' | '\\') || c.escape_debug().len() == 1
}

fn ends(text: &str) -> Cow<'_, str> {
    let Some((start, _)) = text.char_indices().nth(QUOTED / 2) else {
        return text.into();
    };
    let Some((end, _)) = text.char_indices().nth_back(QUOTED / 2 - 2) else {
        return text.into();
    };
    if text.chars().nth(QUOTED).is_none() {
        return text.into();
    }
    format!("{}…{}", &text[..start], &text[end..]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_start_and_its_end() {
        let sixty = "π".repeat(60);
        assert_eq!(shortened(&sixty), sixty);
        let text = format!("{}{}{}", "a".repeat(30), "b".repeat(1000), "ü".repeat(29));
        let expected = format!("{}…{}", "a".repeat(30), "ü".repeat(29));
        assert_eq!(shortened(&text), expected);
        assert_eq!(shortened(""), "");
        assert_eq!(
            shortened("x\n+\u{200b}'\\\"π\u{2028}"),
            "x\\n+\\u{200b}'\\\"π\\u{2028}"
        );
    }
}
