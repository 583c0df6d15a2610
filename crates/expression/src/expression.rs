//! A function typed as text.

use crate::{
    batch,
    enclosure::Enclosure,
    error::{ExpressionError, shortened},
    interval::Interval,
    jet::Jet,
    mistake,
    number::Number,
    parse::{Variable, parse},
    pole,
    tree::Tree,
};

/// A function typed as text, of any number of variables.
///
/// Parts without a variable, such as `2*pi`, are evaluated once, in `f64`, when the text is parsed.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    variables: Vec<String>,
    tree: Tree,
}

impl Expression {
    /// Parses a function such as `a*sin(3*x) + 0.5*x^2`; the variables may have any names.
    ///
    /// # Errors
    ///
    /// A text that is no function, or one that is nested more than 1000 deep.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let (tree, variables) = parse(text, &[])?;
        Ok(Self::new(text, tree, &variables))
    }

    /// Parses a function of at most one variable.
    ///
    /// Any name is the variable's unless it looks like a mistake, as `sinx`, `x2`, `nan` and `Exp` do.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`], a function of more than one variable, and a variable that looks like a mistake.
    pub fn parse_one_variable(text: &str) -> Result<Self, ExpressionError> {
        Self::parse_beside(text, &[])
    }

    /// As [`Self::parse_one_variable`] beside a catalogue of functions, whose names are no variables either.
    ///
    /// # Errors
    ///
    /// As [`Self::parse_one_variable`].
    ///
    /// ```
    /// # use shallow_expression::Expression;
    /// let message = Expression::parse_beside("Bump", &["bump"]).unwrap_err().to_string();
    /// let expected = "function `Bump`: `Bump` at character 1 cannot be the variable; did you mean bump?";
    /// assert_eq!(message, expected);
    /// ```
    pub fn parse_beside(text: &str, catalogue: &[&str]) -> Result<Self, ExpressionError> {
        let (tree, variables) = parse(text, catalogue)?;
        let names = variables.iter().map(|(name, _)| *name).collect();
        let mistake = variables
            .iter()
            .find_map(|(name, at)| Some((*name, *at, mistake::variable(name, &names, catalogue)?)));
        let text_quoted = shortened(text);
        if variables.len() > 1 {
            let names: Vec<_> = variables.iter().map(|(name, _)| *name).collect();
            let hint = mistake.map_or(String::new(), |(name, at, remedy)| {
                format!(" (`{}` at character {at}: {remedy})", shortened(name))
            });
            return Err(ExpressionError::new(format!(
                "function `{text_quoted}` has the variables {}; it may have one{hint}",
                shortened(&names.join(" and "))
            )));
        }
        if let Some((name, at, remedy)) = mistake {
            return Err(ExpressionError::new(format!(
                "function `{text_quoted}`: `{}` at character {at} cannot be the variable; {remedy}",
                shortened(name)
            )));
        }
        Ok(Self::new(text, tree, &variables))
    }

    fn new(text: &str, tree: Tree, variables: &[Variable]) -> Self {
        Self {
            text: text.into(),
            variables: variables.iter().map(|(name, _)| (*name).into()).collect(),
            tree,
        }
    }

    /// The value of a number typed as text, such as `pi/4`.
    ///
    /// # Errors
    ///
    /// An empty text, one that is no function, or a function of a variable.
    pub fn number(text: &str) -> Result<f64, ExpressionError> {
        if text.trim().is_empty() {
            return Err(ExpressionError::new("a number is missing".into()));
        }
        let expression = Self::parse(text)?;
        match expression.variable() {
            Some(name) => Err(ExpressionError::new(format!(
                "`{}` must be a number, and `{}` is none",
                shortened(text),
                shortened(name)
            ))),
            None => Ok(expression.evaluate(&[])),
        }
    }

    /// The text as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The variables' names, in order of first appearance.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// The first variable's name.
    pub fn variable(&self) -> Option<&str> {
        self.variables.first().map(String::as_str)
    }

    /// Whether it uses none of `abs`, `sign`, `floor`, `ceil`, `round`, `trunc`, `min` and `max` on a variable.
    ///
    /// Those have kinks and jumps, which derivatives at other points do not show.
    pub fn is_smooth(&self) -> bool {
        self.tree.is_smooth()
    }

    /// How many numbers, variables and operations it is made of.
    pub fn n_operations(&self) -> usize {
        self.tree.nodes().len()
    }

    /// Its value at `x`. Without a variable, `x` does not matter.
    ///
    /// # Panics
    ///
    /// If it has more than one variable.
    pub fn at(&self, x: f64) -> f64 {
        self.evaluate_in(self.arguments(&[x]))
    }

    /// Its values at many points; faster than [`Self::at`] for each of them, and equal to it bit for bit.
    ///
    /// # Panics
    ///
    /// If it has more than one variable.
    pub fn values(&self, x: &[f64]) -> Vec<f64> {
        self.arguments(&[0.0]);
        batch::values(&self.tree, x)
    }

    /// Its value and its exact first and second derivatives at `x`; see [`Jet`].
    ///
    /// # Panics
    ///
    /// If it has more than one variable.
    ///
    /// ```
    /// # use shallow_expression::Expression;
    /// let jet = Expression::parse("x^3")?.derivatives(-1.0);
    /// assert_eq!((jet.value, jet.first, jet.second), (-1.0, 3.0, -6.0));
    /// # Ok::<(), shallow_expression::ExpressionError>(())
    /// ```
    pub fn derivatives(&self, x: f64) -> Jet {
        self.evaluate_in(self.arguments(&[Jet::variable(x)]))
    }

    /// Its second derivative at `x`, where it exists and is finite.
    ///
    /// # Panics
    ///
    /// If it has more than one variable.
    pub fn second_derivative(&self, x: f64) -> Option<f64> {
        Some(self.derivatives(x).second).filter(|second| second.is_finite())
    }

    /// All that it can be on an interval; see [`Enclosure`].
    ///
    /// # Panics
    ///
    /// If it has more than one variable.
    pub fn enclose(&self, x: Interval) -> Enclosure {
        self.evaluate_in(self.arguments(&[Enclosure::variable(x)]))
    }

    /// Whether it is proven that it grows beyond all bounds between two places, as `1/x` does around 0.
    ///
    /// # Panics
    ///
    /// If it has more than one variable, or `low > high`.
    pub fn has_pole(&self, low: f64, high: f64) -> bool {
        self.arguments(&[low]);
        pole::is_between(&self.tree, low, high)
    }

    /// Its value, with the variables in the order of [`Self::variables`].
    ///
    /// # Panics
    ///
    /// If there is not one value for each variable.
    pub fn evaluate(&self, variables: &[f64]) -> f64 {
        self.evaluate_in(variables)
    }

    /// Its value in any type of number, with the variables in the order of [`Self::variables`].
    ///
    /// # Panics
    ///
    /// If there is not one value for each variable.
    pub fn evaluate_in<N: Number>(&self, variables: &[N]) -> N {
        let expected = self.variables.len();
        assert!(
            variables.len() == expected,
            "an expression of {expected} variables needs as many values, got {}",
            variables.len()
        );
        self.tree.evaluate(variables)
    }

    /// The arguments of a function of at most one variable.
    fn arguments<'a, N>(&self, x: &'a [N; 1]) -> &'a [N] {
        let count = self.variables.len();
        assert!(
            count <= 1,
            "an expression of {count} variables needs a value for each"
        );
        &x[..count]
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::name::FUNCTIONS;

    fn value(text: &str, x: f64) -> f64 {
        Expression::parse_one_variable(text).unwrap().at(x)
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
    fn superscripts_are_powers_and_signs_of_print_are_operators() {
        for (print, plain) in [
            ("x²", "x^2"),
            ("-x³ + 2", "-x^3 + 2"),
            ("x⁻¹·x¹²", "x^-1*x^12"),
            ("x⁺²×2^x²", "x^2*2^x^2"),
            ("x²^3 ÷ (1 + x)⁰", "x^2^3/(1 + x)^0"),
            ("sin(x)² − π²", "sin(x)^2 - pi^2"),
            ("2⋅x ∕ 3 – e⁻²", "2*x/3 - e^-2"),
        ] {
            assert_eq!(
                value(print, 1.7).to_bits(),
                value(plain, 1.7).to_bits(),
                "{print}"
            );
        }
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
        for (name, operation) in FUNCTIONS {
            let arguments = &["x"; 2][..operation.n_arguments()];
            let call = format!("{name}({})", arguments.join(", "));
            assert!(value(&call, 1.0).is_finite() || name == "atanh", "{call}");
        }
    }

    #[test]
    fn second_derivatives_are_exact_and_finite() {
        let second = |text: &str, x: f64| {
            Expression::parse_one_variable(text)
                .unwrap()
                .second_derivative(x)
        };
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
        assert_eq!(
            (second("abs(x)", 0.7), second("abs(x)", 0.0)),
            (Some(0.0), None)
        );
        assert_eq!((second("5", 0.7), second("1/x", 0.0)), (Some(0.0), None));
        assert_eq!(
            (second("x^2", 0.0), second("x^3", -1.0)),
            (Some(2.0), Some(-6.0))
        );
        // A constant may stand where a function has no derivative.
        assert_eq!(second("x^2*(sqrt(0) + floor(2) + abs(0))", 0.7), Some(4.0));
        // x^4 is 0 at 0, and so are its derivatives, but it is no constant.
        assert_eq!(second("sqrt(x^4)", 0.0), None);
    }

    #[test]
    fn a_variable_may_have_any_name_and_there_may_be_none() {
        assert_eq!(
            Expression::parse_one_variable("t_1*2").unwrap().variable(),
            Some("t_1")
        );
        assert_eq!(
            Expression::parse_one_variable("exponent + 1")
                .unwrap()
                .variable(),
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
            (
                "x*1e400",
                "`1e400` at character 3 is too large, numbers end at 1.8e308; use",
            ),
            (
                "x*1e-400",
                "`1e-400` at character 3 is too small, it would become 0; write 0 or use",
            ),
            (
                "x⁻",
                "`⁻` at character 2 is no whole number; write such a power with `^`",
            ),
            (
                "eˣ",
                "`ˣ` at character 2 is no whole number; write such a power with `^`",
            ),
            ("²x", "must stand before `²` at character 1"),
            ("x½", "`½` at character 2 is no operator"),
            (
                "2x",
                "there must be an operator before `x` at character 2; did you mean 2*x?",
            ),
            ("1 + 3t", "before `t` at character 6; did you mean 3*t?"),
            (
                "2sin(x)",
                "before `sin` at character 2; did you mean 2*sin(x)?",
            ),
            (
                "x² y",
                "there must be an operator before `y` at character 4",
            ),
            (
                "sin²(x)",
                "sin at character 1 must be in parentheses; write its power as sin(x)^2",
            ),
            (
                "x +\n\u{200b}",
                "function `x +\\n\\u{200b}`: `\\u{200b}` at character 5 is no operator",
            ),
            (&"(".repeat(10_000), "nested more than 1000 deep"),
        ] {
            let message = Expression::parse_one_variable(text)
                .unwrap_err()
                .to_string();
            assert!(message.contains(part), "{message}");
        }
        let message = Expression::number("2*x").unwrap_err().to_string();
        assert_eq!(message, "`2*x` must be a number, and `x` is none");
    }

    #[test]
    fn several_variables_stand_in_order_of_first_appearance() {
        let expression = Expression::parse("b*x - a^b/x + pi").unwrap();
        assert_eq!(expression.variables(), ["b", "x", "a"]);
        assert_eq!(expression.evaluate(&[2.0, 4.0, 6.0]), 8.0 - 9.0 + PI);
        // The slope along x, with b and a constant.
        let [b, a] = [2.0, 6.0].map(Jet::constant);
        let slope = expression.evaluate_in(&[b, Jet::variable(4.0), a]).first;
        assert_eq!(slope, 2.0 + 36.0 / 16.0);
    }

    #[test]
    #[should_panic(expected = "an expression of 2 variables needs a value for each")]
    fn one_value_is_not_enough_for_two_variables() {
        Expression::parse("a*x").unwrap().at(1.0);
    }

    #[test]
    fn values_at_many_points_are_those_at_each() {
        let points: Vec<f64> = (0..1000).map(|i| f64::from(i) / 100.0 - 5.0).collect();
        for text in ["sin(3*x) + 0.5*x^2/(1 + x) - -x", "3", "x", "max(ln(x), 1)"] {
            let expression = Expression::parse(text).unwrap();
            let expected: Vec<_> = points.iter().map(|x| expression.at(*x).to_bits()).collect();
            let values = expression.values(&points);
            let bits: Vec<_> = values.iter().map(|value| value.to_bits()).collect();
            assert_eq!(bits, expected, "{text}");
        }
        assert!(Expression::parse("x").unwrap().values(&[]).is_empty());
    }

    #[test]
    fn long_and_deep_functions_need_no_stack_and_little_time() {
        let deep = |levels: usize, before: &str, after: &str| {
            format!("{}x{}", before.repeat(levels), after.repeat(levels))
        };
        let check = move || {
            for (text, expected) in [
                (deep(1000, "(", ")"), 0.5),
                (deep(1000, "abs(", ")"), 0.5),
                (deep(1000, "-", ""), 0.5),
                (deep(1000, "1^", ""), 1.0),
                (deep(500, "max(0, 1*(1-", "))"), 0.5),
                (["x"; 100_000].join(" + "), 50_000.0),
                (["x"; 100_000].join(" - "), 0.5 - 49_999.5),
                (["x/x"; 100_000].join("*"), 1.0),
            ] {
                let expression = Expression::parse(&text).unwrap();
                assert_eq!(expression.at(0.5), expected);
                assert_eq!(expression.values(&[0.5, 0.5]), [expected; 2]);
                assert_eq!(expression.derivatives(0.5).value, expected);
            }
            for text in [
                deep(1001, "(", ")"),
                deep(1001, "-", ""),
                deep(100_000, "1^", ""),
            ] {
                let message = Expression::parse(&text).unwrap_err().to_string();
                let expected = "is nested more than 1000 deep; write it in simpler terms";
                assert!(message.ends_with(expected), "{message}");
            }
        };
        let small = std::thread::Builder::new().stack_size(256 * 1024);
        let start = std::time::Instant::now();
        small.spawn(check).unwrap().join().unwrap();
        assert!(start.elapsed().as_secs_f64() < 5.0);
    }

    #[test]
    fn messages_quote_long_texts_in_part() {
        let long = format!("{} + y", "x + ".repeat(1000));
        let message = Expression::parse_one_variable(&long)
            .unwrap_err()
            .to_string();
        let expected = "function `x + x + x + x + x + x + x + x … x + x + x + x + x + x +  + y` has the variables x and y; \
                        it may have one";
        assert_eq!(message, expected);
        let name = "n".repeat(1000);
        for text in [format!("{name}(1)"), format!("1 {name}"), "1.".repeat(1000)] {
            let message = Expression::parse(&text).unwrap_err().to_string();
            assert!(message.chars().count() < 450, "{message}");
        }
    }
}
