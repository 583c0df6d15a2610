//! Text from outside, made fit to be shown.

/// The text with control characters and those that change the direction of writing or cannot be seen as `\u{...}`.
///
/// ```
/// assert_eq!(shallow_data::visible("a\tb\u{202e}c \u{e9}"), "a\\u{9}b\\u{202e}c \u{e9}");
/// ```
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => shown.extend(c.escape_unicode()),
            // Zero-width and bidirectional marks, line separators, and what XML does not take.
            '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{ffff}' => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}
