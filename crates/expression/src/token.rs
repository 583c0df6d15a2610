//! Cuts a text into numbers, names and symbols.

use crate::error::{ExpressionError, shortened};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token<'a> {
    Number(f64, &'a str),
    Name(&'a str),
    /// What it means, one of `+-*/^(),`, and how it was typed.
    Symbol(char, &'a str),
}

impl<'a> Token<'a> {
    pub fn text(&self) -> &'a str {
        match self {
            Self::Number(_, text) | Self::Name(text) | Self::Symbol(_, text) => text,
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
            let message = format!("function `{text}`: `{this}` at character {at} is {what}");
            ExpressionError::new(message)
        };
        if is_number(first) {
            tokens.push((Token::Number(number(this).map_err(fail)?, this), at));
        } else if is_name(first) {
            tokens.push((Token::Name(this), at));
        } else if is_superscript(first) {
            superscript(this, at, &mut tokens).map_err(fail)?;
        } else if let Some(symbol) = symbol(this) {
            tokens.push((Token::Symbol(symbol, this), at));
        } else if !first.is_whitespace() {
            return Err(fail("no operator"));
        }
        at += this.chars().count();
        rest = after;
    }
    Ok(tokens)
}

/// The value of a number, or what is wrong with it.
fn number(text: &str) -> Result<f64, &'static str> {
    let value: f64 = text.parse().map_err(|_| "no number")?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    if value.is_infinite() {
        Err("too large, numbers end at 1.8e308; use other units")
    } else if value == 0.0 && mantissa.contains(|c| matches!(c, '1'..='9')) {
        Err("too small, it would become 0; write 0 or use other units")
    } else {
        Ok(value)
    }
}

const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// A power in superscripts, such as `⁻¹`, as the tokens of `^-1`.
fn superscript<'a>(
    text: &'a str,
    at: usize,
    tokens: &mut Vec<(Token<'a>, usize)>,
) -> Result<(), &'static str> {
    tokens.push((Token::Symbol('^', text), at));
    let (digits, place) = match text.strip_prefix(['⁺', '⁻']) {
        Some(digits) => {
            let sign = if text.starts_with('⁻') { '-' } else { '+' };
            tokens.push((Token::Symbol(sign, text), at));
            (digits, at + 1)
        }
        None => (text, at),
    };
    let plain: Option<String> = digits
        .chars()
        .map(|c| char::from_digit(DIGITS.iter().position(|digit| *digit == c)? as u32, 10))
        .collect();
    let no_power = "no whole number; write such a power with `^`";
    let plain = plain.filter(|digits| !digits.is_empty()).ok_or(no_power)?;
    tokens.push((Token::Number(number(&plain)?, digits), place));
    Ok(())
}

/// What an operator, a parenthesis or a comma means.
fn symbol(text: &str) -> Option<char> {
    Some(match text {
        "+" | "-" | "*" | "/" | "^" | "(" | ")" | "," => text.chars().next()?,
        "**" => '^',
        "·" | "⋅" | "∙" | "•" | "×" | "∗" => '*',
        "÷" | "∕" | "⁄" => '/',
        "−" | "‐" | "‑" | "–" | "—" => '-',
        _ => return None,
    })
}

/// Whether a number begins with this character.
fn is_number(first: char) -> bool {
    first.is_ascii_digit() || first == '.'
}

/// Whether a name begins with this character.
fn is_name(first: char) -> bool {
    (first.is_alphabetic() || first == '_') && !is_superscript(first)
}

/// Whether it is a digit, a sign or a letter in superscript.
fn is_superscript(c: char) -> bool {
    DIGITS.contains(&c)
        || matches!(c, '⁺'..='ⁿ' | 'ⁱ' | '\u{2b0}'..='\u{2b8}' | '\u{2e0}'..='\u{2e4}' | '\u{1d2c}'..='\u{1d61}')
}

/// The length in bytes of the token that a text begins with.
fn length(first: char, text: &str) -> usize {
    let end = |belongs: fn(char) -> bool| text.find(|c| !belongs(c)).unwrap_or(text.len());
    if is_number(first) {
        number_length(text)
    } else if is_name(first) {
        end(|c| is_name(c) || c.is_ascii_digit() || matches!(c, '₀'..='₉'))
    } else if is_superscript(first) {
        end(is_superscript)
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
        let tokens = tokens("π**2 − 1e-3exp·x⁻¹²").unwrap();
        let expected = [
            (Token::Name("π"), 1),
            (Token::Symbol('^', "**"), 2),
            (Token::Number(2.0, "2"), 4),
            (Token::Symbol('-', "−"), 6),
            (Token::Number(1e-3, "1e-3"), 8),
            (Token::Name("exp"), 12),
            (Token::Symbol('*', "·"), 15),
            (Token::Name("x"), 16),
            (Token::Symbol('^', "⁻¹²"), 17),
            (Token::Symbol('-', "⁻¹²"), 17),
            (Token::Number(12.0, "¹²"), 18),
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

    #[test]
    fn numbers_that_an_f64_cannot_hold_are_refused() {
        for text in ["1.7e308", "5e-324", "0", "0e-400", "0.000e999", ".0"] {
            assert_eq!(number(text), text.parse().map_err(|_| ""));
        }
        for (text, part) in [
            ("1e400", "too large"),
            ("0.1e-400", "too small"),
            ("1e-9999999999999999999999", "too small"),
            (&"9".repeat(400), "too large"),
            (".", "no number"),
        ] {
            assert!(number(text).unwrap_err().starts_with(part), "{text}");
        }
    }
}
