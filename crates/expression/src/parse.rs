//! Tokens to steps of a stack machine, by operator precedence with a stack of its own.

use std::collections::HashMap;

use crate::{
    error::{ExpressionError, shortened},
    function::{Function, constant},
    token::{Token, tokens},
};

/// One step: each takes its operands from the stack's end and leaves its value there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Constant(f64),
    Variable(usize),
    Negate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Call(Function),
}

/// What waits for its right operand or its closing parenthesis.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Waiting<'a> {
    Operator(Step),
    /// Opened at this character.
    Parenthesis(usize),
    /// A call, opened at this character, with so many arguments before the one at work.
    Call(&'a str, Function, usize, usize, usize),
}

/// How tightly an operator binds.
fn binding(step: Step) -> u8 {
    match step {
        Step::Add | Step::Subtract => 1,
        Step::Multiply | Step::Divide => 2,
        Step::Negate => 3,
        _ => 4,
    }
}

/// The steps and the variables of a text.
pub(crate) fn parse(text: &str) -> Result<(Vec<Step>, Vec<String>), ExpressionError> {
    let mut parser = Parser {
        text,
        steps: Vec::new(),
        variables: HashMap::new(),
        waiting: Vec::new(),
    };
    let tokens = tokens(text)?;
    let mut wants_operand = true;
    let mut rest = tokens.iter().copied().peekable();
    while let Some((token, at)) = rest.next() {
        let is_call = matches!(rest.peek(), Some((Token::Symbol('(', _), _)));
        wants_operand = if !wants_operand {
            parser.after_operand(token, at)?
        } else if let (Token::Name(name), true) = (token, is_call) {
            rest.next();
            parser.call(name, at)?;
            true
        } else {
            parser.operand(token, at)?
        };
    }
    if wants_operand {
        return Err(ExpressionError::Ends {
            text: shortened(text),
        });
    }
    parser.end()?;
    let mut variables: Vec<_> = parser.variables.into_iter().collect();
    variables.sort_by_key(|(_, at)| *at);
    let names = variables.into_iter().map(|(name, _)| name.into());
    Ok((parser.steps, names.collect()))
}

struct Parser<'a> {
    text: &'a str,
    steps: Vec<Step>,
    /// By name, in the order of appearance.
    variables: HashMap<&'a str, usize>,
    waiting: Vec<Waiting<'a>>,
}

impl<'a> Parser<'a> {
    /// A token where an operand is wanted; whether one is wanted still.
    fn operand(&mut self, token: Token<'a>, at: usize) -> Result<bool, ExpressionError> {
        match token {
            Token::Number(value, _) => self.steps.push(Step::Constant(value)),
            Token::Name(name) => self.name(name, at)?,
            Token::Symbol('(', _) => {
                self.waiting.push(Waiting::Parenthesis(at));
                return Ok(true);
            }
            Token::Symbol('-', _) => {
                self.waiting.push(Waiting::Operator(Step::Negate));
                return Ok(true);
            }
            Token::Symbol('+', _) => return Ok(true),
            Token::Symbol(_, symbol) => {
                return Err(ExpressionError::NoOperand {
                    text: shortened(self.text),
                    symbol: symbol.into(),
                    at,
                });
            }
        }
        Ok(false)
    }

    /// A token after an operand; whether an operand is wanted next.
    fn after_operand(&mut self, token: Token<'a>, at: usize) -> Result<bool, ExpressionError> {
        let Token::Symbol(symbol, _) = token else {
            return Err(self.no_operator(token, at));
        };
        let operator = match symbol {
            '+' => Step::Add,
            '-' => Step::Subtract,
            '*' => Step::Multiply,
            '/' => Step::Divide,
            '^' => {
                // From right to left: what waits stays.
                let power = Step::Call(Function::Pow);
                self.waiting.push(Waiting::Operator(power));
                return Ok(true);
            }
            ')' => return self.close(at).map(|()| false),
            ',' => return self.comma(token, at).map(|()| true),
            _ => return Err(self.no_operator(token, at)),
        };
        self.reduce(binding(operator));
        self.waiting.push(Waiting::Operator(operator));
        Ok(true)
    }

    /// The operators that wait and bind at least this tightly have both operands.
    fn reduce(&mut self, least: u8) {
        while let Some(Waiting::Operator(step)) = self.waiting.last().copied()
            && binding(step) >= least
        {
            self.waiting.pop();
            self.steps.push(step);
        }
    }

    fn call(&mut self, name: &'a str, at: usize) -> Result<(), ExpressionError> {
        let Some((function, takes)) = Function::named(name) else {
            return Err(ExpressionError::UnknownFunction {
                text: shortened(self.text),
                name: shortened(name),
                at,
            });
        };
        let opened = at + name.chars().count();
        self.waiting
            .push(Waiting::Call(name, function, takes, opened, 0));
        Ok(())
    }

    fn close(&mut self, at: usize) -> Result<(), ExpressionError> {
        self.reduce(0);
        match self.waiting.pop() {
            None | Some(Waiting::Operator(_)) => Err(ExpressionError::NotOpen {
                text: shortened(self.text),
                at,
            }),
            Some(Waiting::Parenthesis(_)) => Ok(()),
            Some(Waiting::Call(name, _, takes, _, before)) if before + 1 != takes => {
                Err(ExpressionError::Arguments {
                    text: shortened(self.text),
                    name: name.into(),
                    takes,
                    got: before + 1,
                })
            }
            Some(Waiting::Call(_, function, ..)) => {
                self.steps.push(Step::Call(function));
                Ok(())
            }
        }
    }

    fn comma(&mut self, token: Token, at: usize) -> Result<(), ExpressionError> {
        self.reduce(0);
        match self.waiting.last_mut() {
            Some(Waiting::Call(.., before)) => {
                *before += 1;
                Ok(())
            }
            _ => Err(self.no_operator(token, at)),
        }
    }

    fn end(&mut self) -> Result<(), ExpressionError> {
        self.reduce(0);
        match self.waiting.last() {
            Some(Waiting::Parenthesis(at) | Waiting::Call(_, _, _, at, _)) => {
                Err(ExpressionError::NotClosed {
                    text: shortened(self.text),
                    at: *at,
                })
            }
            _ => Ok(()),
        }
    }

    fn name(&mut self, name: &'a str, at: usize) -> Result<(), ExpressionError> {
        if let Some(value) = constant(name) {
            self.steps.push(Step::Constant(value));
            return Ok(());
        }
        if Function::named(name).is_some() {
            return Err(ExpressionError::NotCalled {
                text: shortened(self.text),
                name: name.into(),
                at,
            });
        }
        let next = self.variables.len();
        let variable = *self.variables.entry(name).or_insert(next);
        self.steps.push(Step::Variable(variable));
        Ok(())
    }

    fn no_operator(&self, token: Token, at: usize) -> ExpressionError {
        ExpressionError::NoOperator {
            text: shortened(self.text),
            token: shortened(token.text()),
            at,
        }
    }
}
