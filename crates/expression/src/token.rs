//! Cuts a text into numbers, names and symbols.

use crate::error::{ExpressionError, shortened};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token<'a> {
    Number(f64, &'a str),
    Name(&'a str),
    Symbol(&'a str),
}

impl<'a> Token<'a> {
    pub fn text(&self) -> &'a str {
        match self {
            Self::Number(_, text) | Self::Name(text) | Self::Symbol(text) => text,
        }
    }
}

/// A text's tokens, each with the place of its first character, counted from 1.
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token<'_>, usize)>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut at = 1;
    while let Some(first) = rest.chars().next() {
        let (this, after) = rest.split_at(length(first, rest));
        let fail = |what: &str| {
            let (text, this) = (shortened(text), shortened(this));
            let message = format!("function `{text}`: `{this}` at character {at} is no {what}");
            Err(ExpressionError::new(message))
        };
        if is_number(first) {
            match this.parse() {
                Ok(value) => tokens.push((Token::Number(value, this), at)),
                Err(_) => return fail("number"),
            }
        } else if is_name(first) {
            tokens.push((Token::Name(this), at));
        } else if "+-*/^(),".contains(first) {
            let symbol = if this == "**" { "^" } else { this };
            tokens.push((Token::Symbol(symbol), at));
        } else if !first.is_whitespace() {
            return fail("operator");
        }
        at += this.chars().count();
        rest = after;
    }
    Ok(tokens)
}

/// Whether a number begins with this character.
fn is_number(first: char) -> bool {
    first.is_ascii_digit() || first == '.'
}

/// Whether a name begins with this character.
fn is_name(first: char) -> bool {
    first.is_alphabetic() || first == '_'
}

/// The length in bytes of the token that a text begins with.
fn length(first: char, text: &str) -> usize {
    if is_number(first) {
        number_length(text)
    } else if is_name(first) {
        text.find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(text.len())
    } else if text.starts_with("**") {
        2
    } else {
        first.len_utf8()
    }
}

/// The length of the number that a text begins with; `1e5` is one number, `2exp` is not.
fn number_length(text: &str) -> usize {
    let count =
        |text: &str, counted: fn(char) -> bool| text.find(|c| !counted(c)).unwrap_or(text.len());
    let mantissa = count(text, is_number);
    let after = &text[mantissa..];
    if !after.starts_with(['e', 'E']) {
        return mantissa;
    }
    let sign = usize::from(after[1..].starts_with(['+', '-']));
    match count(&after[1 + sign..], |c| c.is_ascii_digit()) {
        0 => mantissa,
        exponent => mantissa + 1 + sign + exponent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let tokens = tokens("π**2 - 1e-3exp").unwrap();
        let expected = [
            (Token::Name("π"), 1),
            (Token::Symbol("^"), 2),
            (Token::Number(2.0, "2"), 4),
            (Token::Symbol("-"), 6),
            (Token::Number(1e-3, "1e-3"), 8),
            (Token::Name("exp"), 12),
        ];
        assert_eq!(tokens, expected);
    }

    #[test]
    fn the_letter_e_after_a_number_is_an_exponent_only_before_digits() {
        for (text, length) in [
            ("1e5", 3),
            ("1E+5x", 4),
            ("2exp", 1),
            ("2e", 1),
            ("2e-x", 1),
            ("1.5.", 4),
        ] {
            assert_eq!(number_length(text), length, "{text}");
        }
    }
}
