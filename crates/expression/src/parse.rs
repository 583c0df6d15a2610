//! Parses a text into a tree, with its own stack instead of recursion.

use std::{
    collections::{HashMap, HashSet},
    iter::Peekable,
    vec::IntoIter,
};

use crate::{
    error::{ExpressionError, shortened},
    mistake,
    name::{FUNCTIONS, Operation, constant, function},
    open::Open,
    operation::{Binary, Unary},
    token::{Token, tokens},
    tree::{Builder, Tree},
};

/// How deep parentheses, signs and exponents may nest.
const DEPTH: usize = 1000;

/// A variable's name and its first place in the text.
pub(crate) type Variable<'a> = (&'a str, usize);

/// Parses a function and names its variables in order of first appearance.
///
/// The catalogue's names are only for messages: they are no part of a longer text.
pub(crate) fn parse<'a>(
    text: &'a str,
    catalogue: &'a [&'a str],
) -> Result<(Tree, Vec<Variable<'a>>), ExpressionError> {
    let mut parser = Parser {
        text,
        catalogue,
        tokens: tokens(text)?.into_iter().peekable(),
        open: Vec::new(),
        depth: 0,
        builder: Builder::default(),
        names: Vec::new(),
        indices: HashMap::new(),
    };
    loop {
        let number = parser.operand()?;
        if !parser.operator(number)? {
            return Ok((parser.builder.finish(), parser.names));
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    catalogue: &'a [&'a str],
    tokens: Peekable<IntoIter<(Token<'a>, usize)>>,
    open: Vec<Open<'a>>,
    /// How many of the open ones nest.
    depth: usize,
    builder: Builder,
    names: Vec<Variable<'a>>,
    indices: HashMap<&'a str, usize>,
}

type Step<T> = Result<T, ExpressionError>;

impl<'a> Parser<'a> {
    /// Reads one number or variable, and the signs, parentheses and function names before it. Returns a number's text.
    fn operand(&mut self) -> Step<Option<&'a str>> {
        loop {
            if self.depth > DEPTH {
                let end = self.end();
                let at = self.tokens.peek().map_or(end, |(_, at)| *at);
                return Err(ExpressionError::new(format!(
                    "function `{}` at character {at} is nested more than {DEPTH} deep; write it in simpler terms",
                    shortened(self.text)
                )));
            }
            let Some((token, at)) = self.tokens.next() else {
                return Err(ExpressionError::new(format!(
                    "function `{}` ends where a number, a variable or a function must follow, at character {}",
                    shortened(self.text),
                    self.end()
                )));
            };
            match token {
                Token::Number(value, text) => {
                    self.builder.constant(value);
                    return Ok(Some(text));
                }
                Token::Name(name) => {
                    let next = self.tokens.peek();
                    if !matches!(next, Some((Token::Symbol('(', _), _))) {
                        self.name(name, at)?;
                        return Ok(None);
                    }
                    self.tokens.next();
                    self.call(name, at)?;
                }
                Token::Symbol('(', _) => self.push(Open::Parenthesis { at }),
                Token::Symbol('+', _) => self.push(Open::Sign { negative: false }),
                Token::Symbol('-', _) => self.push(Open::Sign { negative: true }),
                Token::Symbol(_, symbol) => {
                    return self.fail(format_args!(
                        "a number, a variable or a function must stand before `{symbol}` at character {at}"
                    ));
                }
            }
        }
    }

    /// After an operand: reads closing parentheses and one operator or comma. False at the end.
    fn operator(&mut self, mut number: Option<&str>) -> Step<bool> {
        loop {
            let Some((token, at)) = self.tokens.next() else {
                self.build(1);
                return match self.open.last() {
                    Some(Open::Parenthesis { at } | Open::Call { at, .. }) => self.fail(
                        format_args!("the parenthesis opened at character {at} is not closed"),
                    ),
                    _ => Ok(false),
                };
            };
            match token {
                Token::Symbol(')', _) => {
                    self.close(at)?;
                    number = None;
                }
                Token::Symbol(',', _) => {
                    self.build(1);
                    let Some(Open::Call { n_arguments, .. }) = self.open.last_mut() else {
                        return self.no_operator_before(token, at);
                    };
                    *n_arguments += 1;
                    return Ok(true);
                }
                Token::Symbol(symbol, _) => {
                    let operation = match symbol {
                        '+' => Binary::Add,
                        '-' => Binary::Subtract,
                        '*' => Binary::Multiply,
                        '/' => Binary::Divide,
                        '^' => Binary::Power,
                        _ => return self.no_operator_before(token, at),
                    };
                    let open = Open::Operation(operation);
                    // A power's base is the operand just read, so that powers associate to the right.
                    if operation != Binary::Power {
                        self.build(open.binding());
                    }
                    self.push(open);
                    return Ok(true);
                }
                Token::Number(..) => return self.no_operator_before(token, at),
                Token::Name(name) => return self.no_product(number, name, at),
            }
        }
    }

    /// Builds the open operations that bind at least this tightly.
    fn build(&mut self, binding: u8) {
        while let Some(open) = self.open.pop_if(|open| open.binding() >= binding) {
            self.depth -= usize::from(open.nests());
            match open {
                Open::Sign { negative: true } => self.builder.unary(Unary::Negate),
                Open::Operation(operation) => self.builder.binary(operation),
                _ => {}
            }
        }
    }

    fn push(&mut self, open: Open<'a>) {
        self.depth += usize::from(open.nests());
        self.open.push(open);
    }

    fn close(&mut self, at: usize) -> Step<()> {
        self.build(1);
        let Some(open) = self.open.pop() else {
            return self.fail(format_args!(
                "the parenthesis at character {at} closes none that is open"
            ));
        };
        self.depth -= 1;
        let Open::Call {
            name,
            operation,
            n_arguments,
            ..
        } = open
        else {
            return Ok(());
        };
        let expected = operation.n_arguments();
        if n_arguments != expected {
            let plural = if expected == 1 { "" } else { "s" };
            return self.fail(format_args!(
                "{name} takes {expected} argument{plural}, got {n_arguments}, before character {at}"
            ));
        }
        match operation {
            Operation::Unary(operation) => self.builder.unary(operation),
            Operation::Binary(operation) => self.builder.binary(operation),
        }
        Ok(())
    }

    fn call(&mut self, name: &'a str, at: usize) -> Step<()> {
        let Some(operation) = function(name) else {
            let remedy = mistake::called(name, &variables(self.text)?, self.catalogue)
                .unwrap_or_else(|| {
                    format!(
                        "choose among {}",
                        FUNCTIONS.map(|(name, _)| name).join(", ")
                    )
                });
            return self.fail(format_args!(
                "unknown function `{}` at character {at}; {remedy}",
                shortened(name)
            ));
        };
        self.push(Open::Call {
            name,
            operation,
            n_arguments: 1,
            at: at + name.chars().count(),
        });
        Ok(())
    }

    /// A name without a parenthesis: a constant or a variable.
    fn name(&mut self, name: &'a str, at: usize) -> Step<()> {
        if let Some(value) = constant(name) {
            self.builder.constant(value);
            return Ok(());
        }
        if function(name).is_some() {
            let power = match self.tokens.peek() {
                Some((Token::Symbol('^', _), _)) => format!("; write its power as {name}(x)^2"),
                _ => String::new(),
            };
            return self.fail(format_args!(
                "the argument of {name} at character {at} must be in parentheses{power}"
            ));
        }
        let index = *self.indices.entry(name).or_insert(self.names.len());
        if index == self.names.len() {
            self.names.push((name, at));
        }
        self.builder.variable(index);
        Ok(())
    }

    fn no_operator_before<T>(&self, token: Token, at: usize) -> Step<T> {
        self.fail(format_args!(
            "there must be an operator before `{}` at character {at}",
            shortened(token.text())
        ))
    }

    /// A name follows an operand.
    fn no_product<T>(&self, number: Option<&str>, name: &str, at: usize) -> Step<T> {
        let remedy = match number.filter(|number| number.is_ascii()) {
            Some(number) => {
                let product = format!("{number}*{}", mistake::example(name));
                format!("; did you mean {}?", shortened(&product))
            }
            None => String::new(),
        };
        self.fail(format_args!(
            "there must be an operator before `{}` at character {at}{remedy}",
            shortened(name)
        ))
    }

    /// The place after the last character.
    fn end(&self) -> usize {
        self.text.chars().count() + 1
    }

    fn fail<T>(&self, what: std::fmt::Arguments) -> Step<T> {
        let message = format!("function `{}`: {what}", shortened(self.text));
        Err(ExpressionError::new(message))
    }
}

/// The names in a text that are not called.
fn variables(text: &str) -> Step<HashSet<&str>> {
    let tokens = tokens(text)?;
    let after = tokens
        .iter()
        .skip(1)
        .map(|(token, _)| Some(token))
        .chain([None]);
    let names = tokens
        .iter()
        .zip(after)
        .filter_map(|((token, _), after)| match (token, after) {
            (Token::Name(_), Some(Token::Symbol('(', _))) => None,
            (Token::Name(name), _) => Some(*name),
            _ => None,
        });
    Ok(names.collect())
}
