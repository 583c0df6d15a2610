//! Parses a text into a tree, with its own stack instead of recursion.

use std::{collections::HashMap, iter::Peekable, vec::IntoIter};

use crate::{
    error::{ExpressionError, shortened},
    name::{FUNCTIONS, Operation, constant, function},
    open::Open,
    operation::{Binary, Unary},
    token::{Token, tokens},
    tree::{Builder, Tree},
};

/// How deep parentheses, signs and exponents may nest.
const DEPTH: usize = 1000;

/// Parses a function and names its variables in order of first appearance.
pub(crate) fn parse(text: &str) -> Result<(Tree, Vec<String>), ExpressionError> {
    let mut parser = Parser {
        text,
        tokens: tokens(text)?.into_iter().peekable(),
        open: Vec::new(),
        depth: 0,
        builder: Builder::default(),
        names: Vec::new(),
        indices: HashMap::new(),
    };
    loop {
        parser.operand()?;
        if !parser.operator()? {
            let names = parser.names.iter().map(|name| (*name).into()).collect();
            return Ok((parser.builder.finish(), names));
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Peekable<IntoIter<(Token<'a>, usize)>>,
    open: Vec<Open<'a>>,
    /// How many of the open ones nest.
    depth: usize,
    builder: Builder,
    names: Vec<&'a str>,
    indices: HashMap<&'a str, usize>,
}

type Step<T> = Result<T, ExpressionError>;

impl<'a> Parser<'a> {
    /// Reads one number or variable, and the signs, parentheses and function names before it.
    fn operand(&mut self) -> Step<()> {
        loop {
            if self.depth > DEPTH {
                return Err(ExpressionError::new(format!(
                    "function `{}` is nested more than {DEPTH} deep; write it in simpler terms",
                    shortened(self.text)
                )));
            }
            let Some((token, at)) = self.tokens.next() else {
                return Err(ExpressionError::new(format!(
                    "function `{}` ends where a number, a variable or a function must follow",
                    shortened(self.text)
                )));
            };
            match token {
                Token::Number(value, _) => {
                    self.builder.constant(value);
                    return Ok(());
                }
                Token::Name(name) => {
                    let next = self.tokens.peek();
                    if next.is_none_or(|(token, _)| *token != Token::Symbol("(")) {
                        return self.name(name, at);
                    }
                    self.tokens.next();
                    self.call(name, at)?;
                }
                Token::Symbol("(") => self.push(Open::Parenthesis { at }),
                Token::Symbol("+") => self.push(Open::Sign { negative: false }),
                Token::Symbol("-") => self.push(Open::Sign { negative: true }),
                Token::Symbol(symbol) => {
                    return self.fail(format_args!(
                        "a number, a variable or a function must stand before `{symbol}` at character {at}"
                    ));
                }
            }
        }
    }

    /// After an operand: reads closing parentheses and one operator or comma. False at the end.
    fn operator(&mut self) -> Step<bool> {
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
                Token::Symbol(")") => self.close(at)?,
                Token::Symbol(",") => {
                    self.build(1);
                    let Some(Open::Call { n_arguments, .. }) = self.open.last_mut() else {
                        return self.no_operator_before(token, at);
                    };
                    *n_arguments += 1;
                    return Ok(true);
                }
                Token::Symbol(symbol) => {
                    let operation = match symbol {
                        "+" => Binary::Add,
                        "-" => Binary::Subtract,
                        "*" => Binary::Multiply,
                        "/" => Binary::Divide,
                        "^" => Binary::Power,
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
                Token::Number(..) | Token::Name(_) => return self.no_operator_before(token, at),
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
                "{name} takes {expected} argument{plural}, got {n_arguments}"
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
            let names = FUNCTIONS.map(|(name, _)| name).join(", ");
            return self.fail(format_args!(
                "unknown function `{}` at character {at}; choose among {names}",
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
            return self.fail(format_args!(
                "the argument of {name} at character {at} must be in parentheses"
            ));
        }
        let index = *self.indices.entry(name).or_insert(self.names.len());
        if index == self.names.len() {
            self.names.push(name);
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

    fn fail<T>(&self, what: std::fmt::Arguments) -> Step<T> {
        let message = format!("function `{}`: {what}", shortened(self.text));
        Err(ExpressionError::new(message))
    }
}
