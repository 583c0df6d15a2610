//! A function typed as text, by the rules of mathematics: `-x^2` is `-(x^2)`, and `2^3^2` is `2^(3^2)`.
//!
//! exmex evaluates it, and on its own reads `-x^2` as `(-x)^2` and no `1e-3`; so it is given every operation in parentheses
//! and every number in full.

use std::f64::consts::{E, PI, TAU};

use anyhow::{Result, bail};
use exmex::{Differentiate, Express, FlatEx, FloatOpsFactory, MakeOperators, Operator};

/// What a function may be called, and its number of arguments.
const FUNCTIONS: [(&str, usize); 32] = [
    ("abs", 1),
    ("sign", 1),
    ("sqrt", 1),
    ("cbrt", 1),
    ("exp", 1),
    ("ln", 1),
    ("log", 1),
    ("log2", 1),
    ("log10", 1),
    ("sin", 1),
    ("cos", 1),
    ("tan", 1),
    ("asin", 1),
    ("acos", 1),
    ("atan", 1),
    ("sinh", 1),
    ("cosh", 1),
    ("tanh", 1),
    ("asinh", 1),
    ("acosh", 1),
    ("atanh", 1),
    ("floor", 1),
    ("ceil", 1),
    ("round", 1),
    ("trunc", 1),
    ("arcsin", 1),
    ("arccos", 1),
    ("arctan", 1),
    ("min", 2),
    ("max", 2),
    ("pow", 2),
    ("atan2", 2),
];

const CONSTANTS: [(&str, f64); 6] = [
    ("pi", PI),
    ("PI", PI),
    ("π", PI),
    ("e", E),
    ("E", E),
    ("tau", TAU),
];

/// How deep parentheses may nest.
const DEPTH: usize = 100;

/// A function of at most one variable.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    compiled: FlatEx<f64, Operators>,
}

/// exmex's own, and a sign that is 0 at 0, as NumPy's.
#[derive(Debug, Clone)]
struct Operators;

impl MakeOperators<f64> for Operators {
    fn make<'a>() -> Vec<Operator<'a, f64>> {
        let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
        let mut operators = FloatOpsFactory::<f64>::make();
        operators.push(Operator::make_unary("sign", sign));
        operators
    }
}

impl Expression {
    /// Reads a function such as `sin(3*x) + 0.5*x^2`; the variable may have any name.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parser = Parser::new(text)?;
        let explicit = parser.sum(0)?;
        if let Some((token, at)) = parser.next() {
            match token {
                Token::Symbol(")") => bail!(
                    "function `{text}`: the parenthesis at character {at} closes none that is open"
                ),
                _ => bail!(
                    "function `{text}`: there must be an operator before `{}` at character {at}",
                    token.text()
                ),
            }
        }
        if parser.variables.len() > 1 {
            bail!(
                "function `{text}` has the variables {}; it may have one",
                parser.variables.join(" and ")
            );
        }
        let compiled = FlatEx::parse(&explicit)
            .map_err(|error| anyhow::anyhow!("function `{text}`: {error}; write it otherwise"))?;
        Ok(Self {
            text: text.into(),
            compiled,
        })
    }

    /// A number typed as text, such as `pi/4`.
    pub fn number(text: &str) -> Result<f64> {
        if text.trim().is_empty() {
            bail!("a number is missing");
        }
        let expression = Self::parse(text)?;
        match expression.variable() {
            Some(name) => bail!("`{text}` must be a number, and `{name}` is none"),
            None => Ok(expression.at(0.0)),
        }
    }

    /// Its value.
    pub fn at(&self, x: f64) -> f64 {
        let value = self.compiled.eval_relaxed(&[x]);
        value.expect("an expression of at most one variable has a value")
    }

    /// Its second derivative, where it is known of every operation in it, and where it is finite.
    pub fn second_derivative(&self) -> impl Fn(f64) -> Option<f64> {
        let derivative = match self.variable() {
            Some(_) => self.compiled.clone().partial_nth(0, 2).ok(),
            None => None,
        };
        move |x| {
            let value = derivative.as_ref()?.eval_relaxed(&[x]).ok()?;
            value.is_finite().then_some(value)
        }
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its variable's name.
    pub fn variable(&self) -> Option<&str> {
        self.compiled.var_names().first().map(String::as_str)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'a> {
    Number(f64, &'a str),
    Name(&'a str),
    Symbol(&'a str),
}

impl<'a> Token<'a> {
    fn text(&self) -> &'a str {
        match self {
            Self::Number(_, text) | Self::Name(text) | Self::Symbol(text) => text,
        }
    }
}

/// Turns tokens into text with every operation in parentheses, by recursive descent.
struct Parser<'a> {
    text: &'a str,
    /// With each token's place, in characters from 1; the next token last.
    tokens: Vec<(Token<'a>, usize)>,
    variables: Vec<&'a str>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let at = text[..text.len() - rest.len()].chars().count() + 1;
            let length = if first.is_whitespace() {
                rest = &rest[first.len_utf8()..];
                continue;
            } else if first.is_ascii_digit() || first == '.' {
                number_length(rest)
            } else if first.is_alphabetic() || first == '_' {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len())
            } else if rest.starts_with("**") {
                2
            } else {
                first.len_utf8()
            };
            let (this, after) = rest.split_at(length);
            let token = if first.is_ascii_digit() || first == '.' {
                match this.parse() {
                    Ok(value) => Token::Number(value, this),
                    Err(_) => bail!("function `{text}`: `{this}` at character {at} is no number"),
                }
            } else if first.is_alphabetic() || first == '_' {
                Token::Name(this)
            } else if "+-*/^(),".contains(first) {
                Token::Symbol(if this == "**" { "^" } else { this })
            } else {
                bail!("function `{text}`: `{this}` at character {at} is no operator");
            };
            tokens.push((token, at));
            rest = after;
        }
        tokens.reverse();
        Ok(Self {
            text,
            tokens,
            variables: Vec::new(),
        })
    }

    fn next(&mut self) -> Option<(Token<'a>, usize)> {
        self.tokens.pop()
    }

    /// Takes the next token if it is one of these symbols.
    fn take(&mut self, symbols: &[&str]) -> Option<&'a str> {
        match self.tokens.last() {
            Some((Token::Symbol(symbol), _)) if symbols.contains(symbol) => {
                let symbol = *symbol;
                self.tokens.pop();
                Some(symbol)
            }
            _ => None,
        }
    }

    fn sum(&mut self, depth: usize) -> Result<String> {
        let mut left = self.product(depth)?;
        while let Some(symbol) = self.take(&["+", "-"]) {
            left = format!("({left}{symbol}{})", self.product(depth)?);
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<String> {
        let mut left = self.signed(depth)?;
        while let Some(symbol) = self.take(&["*", "/"]) {
            left = format!("({left}{symbol}{})", self.signed(depth)?);
        }
        Ok(left)
    }

    fn signed(&mut self, depth: usize) -> Result<String> {
        if depth > DEPTH {
            bail!(
                "function `{}` is nested more than {DEPTH} deep; write it in simpler terms",
                self.text
            );
        }
        match self.take(&["+", "-"]) {
            Some("-") => Ok(format!("(-{})", self.signed(depth + 1)?)),
            Some(_) => self.signed(depth + 1),
            None => self.power(depth),
        }
    }

    fn power(&mut self, depth: usize) -> Result<String> {
        let base = self.operand(depth)?;
        Ok(match self.take(&["^"]) {
            Some(_) => format!("({base}^{})", self.signed(depth + 1)?),
            None => base,
        })
    }

    fn operand(&mut self, depth: usize) -> Result<String> {
        let text = self.text;
        let Some((token, at)) = self.next() else {
            bail!("function `{text}` ends where a number, a variable or a function must follow");
        };
        match token {
            Token::Number(value, _) => Ok(format!("{value}")),
            Token::Symbol("(") => {
                let inside = self.sum(depth + 1)?;
                self.close(at)?;
                Ok(format!("({inside})"))
            }
            Token::Name(name) => match self.take(&["("]) {
                Some(_) => self.call(name, at, depth),
                None => self.name(name, at),
            },
            Token::Symbol(symbol) => bail!(
                "function `{text}`: a number, a variable or a function must stand before `{symbol}` at character {at}"
            ),
        }
    }

    /// The closing parenthesis of the one opened at a character.
    fn close(&mut self, opened: usize) -> Result<()> {
        let text = self.text;
        match self.take(&[")"]) {
            Some(_) => Ok(()),
            None => match self.next() {
                None => bail!(
                    "function `{text}`: the parenthesis opened at character {opened} is not closed"
                ),
                Some((token, at)) => bail!(
                    "function `{text}`: there must be an operator before `{}` at character {at}",
                    token.text()
                ),
            },
        }
    }

    fn call(&mut self, name: &'a str, at: usize, depth: usize) -> Result<String> {
        let text = self.text;
        let Some((_, n_arguments)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            let names = FUNCTIONS.map(|(name, _)| name).join(", ");
            bail!(
                "function `{text}`: unknown function `{name}` at character {at}; choose among {names}"
            );
        };
        let mut arguments = vec![self.sum(depth + 1)?];
        while self.take(&[","]).is_some() {
            arguments.push(self.sum(depth + 1)?);
        }
        self.close(at + name.chars().count())?;
        if arguments.len() != *n_arguments {
            bail!(
                "function `{text}`: {name} takes {n_arguments} argument{}, got {}",
                if *n_arguments == 1 { "" } else { "s" },
                arguments.len()
            );
        }
        Ok(match (name, arguments.as_slice()) {
            ("pow", [a, b]) => format!("({a}^{b})"),
            (_, [a, b]) => format!("(({a}) {name} ({b}))"),
            ("arcsin", [a]) => format!("asin({a})"),
            ("arccos", [a]) => format!("acos({a})"),
            ("arctan", [a]) => format!("atan({a})"),
            (_, arguments) => format!("{name}({})", arguments[0]),
        })
    }

    fn name(&mut self, name: &'a str, at: usize) -> Result<String> {
        if let Some((_, value)) = CONSTANTS.iter().find(|(known, _)| *known == name) {
            return Ok(format!("{value}"));
        }
        if FUNCTIONS.iter().any(|(known, _)| *known == name) {
            bail!(
                "function `{}`: the argument of {name} at character {at} must be in parentheses",
                self.text
            );
        }
        if !self.variables.contains(&name) {
            self.variables.push(name);
        }
        Ok(format!("{{{name}}}"))
    }
}

/// How long the number is that a text begins with; `1e5` is one, `2exp` is not.
fn number_length(text: &str) -> usize {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mantissa = text.len()
        - text
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
            .len();
    let after = &text[mantissa..];
    if !after.starts_with(['e', 'E']) {
        return mantissa;
    }
    let sign = usize::from(after[1..].starts_with(['+', '-']));
    match digits(&after[1 + sign..]) {
        0 => mantissa,
        exponent => mantissa + 1 + sign + exponent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, x: f64) -> f64 {
        Expression::parse(text).unwrap().at(x)
    }

    #[test]
    fn operations_bind_as_in_mathematics() {
        assert_eq!(value("-x^2", 3.0), -9.0);
        assert_eq!(value("2^-x", 2.0), 0.25);
        assert_eq!(value("2^3^2", 0.0), 512.0);
        assert_eq!(value("x**2", 3.0), 9.0);
        assert_eq!(value("1 - 2 - 3", 0.0), -4.0);
        assert_eq!(value("8 / 2 / 2 * 3", 0.0), 6.0);
        assert_eq!(value("2*-x^2", 3.0), -18.0);
        assert_eq!(value("- - x", 3.0), 3.0);
        assert_eq!(value("(1 + x) * 2", 3.0), 8.0);
        assert_eq!(value("6 - 2*x^2 + 1", 1.0), 5.0);
    }

    #[test]
    fn numbers_constants_and_functions_are_what_they_are_called() {
        assert_eq!(value("1e-3 + 2.5E2 + .5", 0.0), 250.501);
        assert_eq!(value("cos(2*pi) + ln(e) + tau - 2*π", 0.0), 2.0);
        assert_eq!(value("min(x, 2) + max(x, 2) * 10", 3.0), 32.0);
        assert_eq!(value("sign(x)", 0.0), 0.0);
        assert_eq!(value("sign(x) + abs(x)", -2.0), 1.0);
        assert_eq!(value("atan2(x, 1) - arctan(x)", 1.0), 0.0);
        assert_eq!(value("pow(x, 3)", -2.0), -8.0);
        assert_eq!(value("sin(3*x) + 0.5*x^2", 0.5), 1.5_f64.sin() + 0.125);
    }

    #[test]
    fn every_function_there_is_can_be_called() {
        for (name, n_arguments) in FUNCTIONS {
            let call = format!("{name}({})", ["x"; 2][..n_arguments].join(", "));
            assert!(value(&call, 1.0).is_finite() || name == "atanh", "{call}");
        }
    }

    #[test]
    fn second_derivatives_are_known_where_every_operations_is() {
        let second = |text: &str, x: f64| Expression::parse(text).unwrap().second_derivative()(x);
        for (text, expected) in [
            ("sin(3*x) + 0.5*x^2", 1.0 - 9.0 * 2.1_f64.sin()),
            ("exp(-x^2)", (4.0 * 0.49 - 2.0) * (-0.49_f64).exp()),
            ("x^(2/3)", -2.0 / 9.0 * 0.7_f64.powf(-4.0 / 3.0)),
            ("tanh(2*x)", -8.0 * 1.4_f64.tanh() / 1.4_f64.cosh().powi(2)),
            ("3*x - 2", 0.0),
        ] {
            let found = second(text, 0.7).unwrap();
            assert!(
                (found - expected).abs() < 1e-12,
                "{text}: {found} for {expected}"
            );
        }
        assert_eq!((second("abs(x)", 0.7), second("5", 0.7)), (None, None));
    }

    #[test]
    fn a_variable_may_have_any_name_and_there_may_be_none() {
        assert_eq!(Expression::parse("t_1*2").unwrap().variable(), Some("t_1"));
        assert_eq!(
            Expression::parse("exponent + 1").unwrap().variable(),
            Some("exponent")
        );
        assert_eq!(value("3", 7.0), 3.0);
        assert_eq!(Expression::number("-pi/4").unwrap(), -PI / 4.0);
    }

    #[test]
    fn what_is_no_function_is_answered_in_one_sentence() {
        for (text, part) in [
            ("", "ends where a number"),
            (
                "sin(x",
                "the parenthesis opened at character 4 is not closed",
            ),
            (
                "(x))",
                "the parenthesis at character 4 closes none that is open",
            ),
            (
                "foo(x)",
                "unknown function `foo` at character 1; choose among abs,",
            ),
            ("3 x", "there must be an operator before `x` at character 3"),
            (
                "(3 x)",
                "there must be an operator before `x` at character 4",
            ),
            ("x +", "ends where a number"),
            ("* x", "must stand before `*` at character 1"),
            (
                "sin x",
                "the argument of sin at character 1 must be in parentheses",
            ),
            ("a*x", "has the variables a and x; it may have one"),
            ("min(x)", "min takes 2 arguments, got 1"),
            ("sin()", "must stand before `)` at character 5"),
            ("x ! 2", "`!` at character 3 is no operator"),
            ("1.2.3", "`1.2.3` at character 1 is no number"),
            (&"(".repeat(10_000), "nested more than 100 deep"),
        ] {
            let message = Expression::parse(text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        let message = Expression::number("2*x").unwrap_err().to_string();
        assert_eq!(message, "`2*x` must be a number, and `x` is none");
    }
}
