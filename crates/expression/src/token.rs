//! A typed function in tokens.

use crate::error::{ExpressionError, shortened};

/// A number, a name or a symbol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token<'a> {
    Number(f64, &'a str),
    Name(&'a str),
    /// One of `+ - * / ^ ( ) ,`.
    Symbol(char, &'a str),
}

impl<'a> Token<'a> {
    pub(crate) fn text(self) -> &'a str {
        match self {
            Self::Number(_, text) | Self::Name(text) | Self::Symbol(_, text) => text,
        }
    }
}

/// The tokens of a text, each with its place in characters from 1.
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token<'_>, usize)>, ExpressionError> {
    let mut tokens = Vec::new();
    let (mut rest, mut at) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let length = length(rest, first);
        let (this, after) = rest.split_at(length);
        if !first.is_whitespace() {
            tokens.push((token(text, this, first, at)?, at));
        }
        at += this.chars().count();
        rest = after;
    }
    Ok(tokens)
}

fn token<'a>(
    text: &str,
    this: &'a str,
    first: char,
    at: usize,
) -> Result<Token<'a>, ExpressionError> {
    if first.is_ascii_digit() || first == '.' {
        let value = this.parse().map_err(|_| ExpressionError::NotANumber {
            text: shortened(text),
            digits: shortened(this),
            at,
        })?;
        Ok(Token::Number(value, this))
    } else if first.is_alphabetic() || first == '_' {
        Ok(Token::Name(this))
    } else if "+-*/^(),".contains(first) {
        Ok(Token::Symbol(if this == "**" { '^' } else { first }, this))
    } else {
        Err(ExpressionError::NotAnOperator {
            text: shortened(text),
            symbol: this.into(),
            at,
        })
    }
}

/// How many bytes the token has that a text begins with.
fn length(text: &str, first: char) -> usize {
    if first.is_ascii_digit() || first == '.' {
        number_length(text)
    } else if first.is_alphabetic() || first == '_' {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        end.unwrap_or(text.len())
    } else if text.starts_with("**") {
        2
    } else {
        first.len_utf8()
    }
}

/// How long the number is that a text begins with; `1e5` is one, `2exp` is not.
fn number_length(text: &str) -> usize {
    let run = |text: &str, is_in: fn(u8) -> bool| {
        text.bytes()
            .position(|byte| !is_in(byte))
            .unwrap_or(text.len())
    };
    let mantissa = run(text, |byte| byte.is_ascii_digit() || byte == b'.');
    let after = &text[mantissa..];
    if !after.starts_with(['e', 'E']) {
        return mantissa;
    }
    let sign = usize::from(after[1..].starts_with(['+', '-']));
    match run(&after[1 + sign..], |byte| byte.is_ascii_digit()) {
        0 => mantissa,
        exponent => mantissa + 1 + sign + exponent,
    }
}
