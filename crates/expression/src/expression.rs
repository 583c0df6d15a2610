//! A function of some variables: parsed once, evaluated over any kind of number.

use crate::{
    error::{ExpressionError, shortened},
    jet::Jet,
    number::Number,
    parse::{Step, parse},
};

/// A function of some variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: String,
    /// In the order of evaluation, operands before operators.
    steps: Vec<Step>,
    variables: Vec<String>,
}

impl Expression {
    /// Reads a function such as `sin(3*x) + 0.5*x^2`; variables may have any name that is not a function's or a constant's.
    ///
    /// # Errors
    ///
    /// An [`ExpressionError`] with the character where the text is wrong.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let (steps, variables) = parse(text)?;
        Ok(Self {
            text: text.into(),
            steps,
            variables,
        })
    }

    /// Reads a function of at most one variable.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and [`ExpressionError::Variables`].
    pub fn parse_univariate(text: &str) -> Result<Self, ExpressionError> {
        let expression = Self::parse(text)?;
        match expression.variables.len() {
            0 | 1 => Ok(expression),
            _ => Err(ExpressionError::Variables {
                text: shortened(text),
                variables: expression.variables,
            }),
        }
    }

    /// A number typed as text, such as `pi/4`.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), [`ExpressionError::Missing`] and [`ExpressionError::Variable`].
    pub fn number(text: &str) -> Result<f64, ExpressionError> {
        if text.trim().is_empty() {
            return Err(ExpressionError::Missing);
        }
        let expression = Self::parse_univariate(text)?;
        match expression.variables.into_iter().next() {
            Some(variable) => Err(ExpressionError::Variable {
                text: shortened(text),
                variable,
            }),
            None => Ok(run(&expression.steps, &[0.0])),
        }
    }

    /// Its value at one x, whatever its one variable is called.
    ///
    /// # Panics
    ///
    /// When it has several variables.
    pub fn at(&self, x: f64) -> f64 {
        self.evaluate(&[x])
    }

    /// Its value where the variables have these values, in the order of [`variables`](Self::variables).
    ///
    /// # Panics
    ///
    /// When there are more variables than values.
    pub fn evaluate<N: Number>(&self, values: &[N]) -> N {
        assert!(
            values.len() >= self.variables.len(),
            "{} values for {} variables",
            values.len(),
            self.variables.len()
        );
        run(&self.steps, values)
    }

    /// Its values at `x [n]`, whatever its one variable is called.
    ///
    /// # Panics
    ///
    /// As [`at`](Self::at).
    pub fn values(&self, x: &[f64]) -> Vec<f64> {
        assert!(self.variables.len() < 2, "a function of one variable");
        x.iter().map(|x| run(&self.steps, &[*x])).collect()
    }

    /// Its value and first two derivatives at one x, by rules.
    ///
    /// # Panics
    ///
    /// As [`at`](Self::at).
    pub fn jet(&self, x: f64) -> Jet {
        self.evaluate(&[Jet::variable(x)])
    }

    /// Its second derivative, where it is finite; none of a function with kinks or jumps, which a derivative does not see.
    ///
    /// # Panics
    ///
    /// As [`at`](Self::at).
    pub fn second_derivative(&self, x: f64) -> Option<f64> {
        let is_smooth = |step: &Step| !matches!(step, Step::Call(f) if !f.is_smooth());
        let second = self.steps.iter().all(is_smooth).then(|| self.jet(x).second);
        second.filter(|second| second.is_finite())
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its variables' names, in the order in which they first appear.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }
}

/// Runs the steps on a stack.
fn run<N: Number>(steps: &[Step], values: &[N]) -> N {
    let mut stack: Vec<N> = Vec::with_capacity(8);
    for step in steps {
        let mut pop = || {
            stack
                .pop()
                .expect("the parser leaves an operand for every step")
        };
        let value = match *step {
            Step::Constant(value) => N::constant(value),
            Step::Variable(at) => values[at].clone(),
            Step::Negate => pop().negate(),
            Step::Call(function) if function.takes_two() => {
                let right = pop();
                pop().call2(function, right)
            }
            Step::Call(function) => pop().call(function),
            Step::Add | Step::Subtract | Step::Multiply | Step::Divide => {
                let (right, left) = (pop(), pop());
                match step {
                    Step::Add => left.add(right),
                    Step::Subtract => left.subtract(right),
                    Step::Multiply => left.multiply(right),
                    _ => left.divide(right),
                }
            }
        };
        stack.push(value);
    }
    stack.pop().expect("an expression has a value")
}

#[cfg(test)]
mod tests {
    use std::{f64::consts::PI, time::Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::function;

    fn value(text: &str, x: f64) -> f64 {
        Expression::parse(text).unwrap().at(x)
    }

    #[test]
    fn operations_bind_as_in_mathematics() {
        assert_eq!(value("-x^2", 3.0), -9.0);
        assert_eq!(value("2^-x", 2.0), 0.25);
        assert_eq!(value("2^-x*3", 2.0), 0.75);
        assert_eq!(value("2^3^2", 0.0), 512.0);
        assert_eq!(value("x**2", 3.0), 9.0);
        assert_eq!(value("1 - 2 - 3", 0.0), -4.0);
        assert_eq!(value("8 / 2 / 2 * 3", 0.0), 6.0);
        assert_eq!(value("2*-x^2", 3.0), -18.0);
        assert_eq!(value("- - x", 3.0), 3.0);
        assert_eq!(value("(1 + x) * 2", 3.0), 8.0);
        assert_eq!(value("6 - 2*x^2 + 1", 1.0), 5.0);
        assert_eq!(value("-x*2 - +x", 3.0), -9.0);
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
        for (name, n_arguments) in function::all() {
            let call = format!("{name}({})", ["x"; 2][..n_arguments].join(", "));
            assert!(value(&call, 1.0).is_finite() || name == "atanh", "{call}");
        }
    }

    #[test]
    fn second_derivatives_are_known_of_smooth_functions() {
        let second = |text: &str, x: f64| Expression::parse(text).unwrap().second_derivative(x);
        for (text, expected) in [
            ("sin(3*x) + 0.5*x^2", 1.0 - 9.0 * 2.1_f64.sin()),
            ("exp(-x^2)", (4.0 * 0.49 - 2.0) * (-0.49_f64).exp()),
            ("x^(2/3)", -2.0 / 9.0 * 0.7_f64.powf(-4.0 / 3.0)),
            ("tanh(2*x)", -8.0 * 1.4_f64.tanh() / 1.4_f64.cosh().powi(2)),
            ("3*x - 2", 0.0),
            ("5", 0.0),
        ] {
            let found = second(text, 0.7).unwrap();
            assert!(
                (found - expected).abs() < 1e-12,
                "{text}: {found} for {expected}"
            );
        }
        assert_eq!(second("abs(x)", 0.7), None);
        assert_eq!(second("sqrt(x)", 0.0), None);
        // Whole powers, also where their logarithm does not exist.
        assert_eq!(second("x^2", 0.0), Some(2.0));
        assert_eq!(second("x^3", -1.0), Some(-6.0));
        assert_eq!(second("x^1", 0.0), Some(0.0));
    }

    #[test]
    fn a_variable_may_have_any_name_and_there_may_be_several_or_none() {
        let variables = |text: &str| Expression::parse(text).unwrap().variables().to_vec();
        assert_eq!(variables("t_1*2"), ["t_1"]);
        assert_eq!(variables("exponent + 1"), ["exponent"]);
        assert_eq!(variables("b*a + b"), ["b", "a"]);
        let product = Expression::parse("a - b*a").unwrap();
        assert_eq!(product.evaluate(&[3.0, 2.0]), -3.0);
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
            ("x, 2", "there must be an operator before `,`"),
            ("(x, 2)", "there must be an operator before `,`"),
            ("x +", "ends where a number"),
            ("* x", "must stand before `*` at character 1"),
            (
                "sin x",
                "the argument of sin at character 1 must be in parentheses",
            ),
            ("a*x", "has the variables a and x; it may have one"),
            ("min(x)", "min takes 2 arguments, got 1"),
            ("sin(x, 1)", "sin takes 1 argument, got 2"),
            ("sin()", "must stand before `)` at character 5"),
            ("x ! 2", "`!` at character 3 is no operator"),
            ("1.2.3", "`1.2.3` at character 1 is no number"),
            (&"(".repeat(10_000), "ends where a number"),
        ] {
            let message = Expression::parse_univariate(text).unwrap_err().to_string();
            assert!(message.contains(part) && message.len() < 400, "{message}");
        }
        let message = Expression::number("2*x").unwrap_err().to_string();
        assert_eq!(message, "`2*x` must be a number, and `x` is none");
    }

    /// On a thread with a small stack; a second is a hundred times what it takes.
    #[test]
    fn deep_and_long_functions_are_no_obstacle() {
        let deep = |open: &str, close: &str| open.repeat(100_000) + "x" + &close.repeat(100_000);
        let terms: Vec<String> = (0..100_000).map(|k| format!("sin({k}*x)")).collect();
        let texts = [
            deep("(", ")"),
            deep("sin(", ")"),
            deep("-", ""),
            deep("x + (", ")"),
            deep("1^", ""),
            terms.join(" + "),
            vec!["x"; 100_000].join("*"),
        ];
        let thread = std::thread::Builder::new().stack_size(256 << 10);
        let check = move || {
            for text in &texts {
                let since = Instant::now();
                let expression = Expression::parse(text).unwrap();
                assert!(!expression.at(0.5).is_nan());
                assert!(!expression.jet(0.5).first.is_nan());
                drop(expression.clone());
                assert!(since.elapsed().as_secs() < 10, "{:?}", since.elapsed());
            }
        };
        thread.spawn(check).unwrap().join().unwrap();
    }

    /// A random function as a tree, written out with all its parentheses and with what it is worth.
    fn tree() -> impl Strategy<Value = (String, fn(f64) -> f64)> {
        let leaf: Vec<(&str, fn(f64) -> f64)> = vec![
            ("sin(2*x)", |x| (2.0 * x).sin()),
            ("exp(-x)", |x| (-x).exp()),
            ("x^2", |x| x * x),
            ("atan(x)/(1 + x^2)", |x| x.atan() / (1.0 + x * x)),
            ("sqrt(x + 2)", |x| (x + 2.0).sqrt()),
            ("tanh(x) - 0.5", |x| x.tanh() - 0.5),
            ("ln(x + 3)*cosh(x)", |x| (x + 3.0).ln() * x.cosh()),
            ("asinh(x)^3", |x| x.asinh().powi(3)),
            ("cbrt(x + 5)", |x| (x + 5.0).cbrt()),
            ("2^x", |x| 2.0_f64.powf(x)),
            ("(x + 3)^x", |x| (x + 3.0).powf(x)),
            ("atan2(x, 2)", |x| x.atan2(2.0)),
            ("log10(x + 2)", |x| (x + 2.0).log10()),
            ("log2(x + 2)", |x| (x + 2.0).log2()),
            ("asin(x/2) + acos(x/3)", |x| {
                (x / 2.0).asin() + (x / 3.0).acos()
            }),
            ("acosh(x + 3) + atanh(x/2)", |x| {
                (x + 3.0).acosh() + (x / 2.0).atanh()
            }),
            ("tan(x)/sinh(x + 3)", |x| x.tan() / (x + 3.0).sinh()),
        ];
        proptest::sample::select(leaf).prop_map(|(text, f)| (text.to_string(), f))
    }

    proptest! {
        /// Values to 1e-14 of their size, as `x^2` is a power here and a product there; derivatives against central
        /// differences of step 1e-4, whose truncation is 1e-8 and rounding 1e-7 of a second derivative near 10.
        #[test]
        fn values_and_derivatives_have_other_witnesses(
            (a, f) in tree(),
            (b, g) in tree(),
            operator in 0..4,
            x in -1.0..1.0_f64,
        ) {
            let sign = ["+", "-", "*", "/"][operator as usize];
            let value = |x: f64| match operator {
                0 => f(x) + g(x),
                1 => f(x) - g(x),
                2 => f(x) * g(x),
                _ => f(x) / g(x),
            };
            prop_assume!(operator != 3 || g(x).abs() > 0.2);
            let expression = Expression::parse(&format!("({a}) {sign} ({b})")).unwrap();
            let jet = expression.jet(x);
            let size = 1.0 + f(x).abs() + g(x).abs() + value(x).abs();
            prop_assert!((expression.at(x) - value(x)).abs() < 1e-14 * size);
            prop_assert_eq!(jet.value, expression.at(x));
            const STEP: f64 = 1e-4;
            let [low, high] = [x - STEP, x + STEP].map(value);
            let first = (high - low) / (2.0 * STEP);
            let second = (low - 2.0 * value(x) + high) / (STEP * STEP);
            let scale = 1.0 + jet.first.abs() + jet.second.abs();
            prop_assert!((jet.first - first).abs() < 1e-5 * scale, "{} {first}", jet.first);
            prop_assert!((jet.second - second).abs() < 1e-4 * scale * size, "{} {second}", jet.second);
        }
    }
}
