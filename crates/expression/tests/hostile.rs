//! Texts that nobody would type: none panics, takes long or is answered with more than one line.
//!
//! `PROPTEST_CASES=100000 cargo test -p shallow-expression --test hostile` tries more of them.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use shallow_expression::Expression;

const CATALOGUE: [&str; 3] = ["smooth", "step", "runge"];

/// What formulas are made of, and what is near it.
const PIECES: &[&str] = &[
    "x", "x", "x", "t", "y1", "x_2", "pi", "π", "e", "E", "tau", "0", "1", "2.5", ".5", "1e3",
    "1e-320", "1e400", "1e-400", "0x1", "1.2.3", "7e", "+", "-", "*", "/", "^", "**", "***", "−",
    "·", "×", "÷", "²", "⁻¹", "⁺", "⁰⁹", "ˣ", "½", "(", "(", "(", ")", ")", ")", ",", " ", "\n",
    "\t", "\u{200b}", "\u{2028}", "sin(", "abs(", "sqrt(", "ln(", "min(", "max(x,", "pow(",
    "atan2(", "sin", "cosh", "sinx", "xlnx", "sqr(", "Sin", "nan", "inf", "Smooth", "step", "=",
    "|", "!", "`", "\\", "\0",
];

/// Where doubles end.
const POINTS: [f64; 9] = [0.0, -0.0, 1.0, -1.0, 0.1, 1e308, -1e308, 5e-324, -5e-324];

/// Where the message says that it is, counted from 1.
fn places(message: &str) -> Vec<usize> {
    let after = message.split(" character ").skip(1);
    let number = |text: &str| -> Option<usize> {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        text[..end].parse().ok()
    };
    after.filter_map(number).collect()
}

/// Reads a text in every way, and evaluates and differentiates what it means.
fn check(text: &str) -> Result<(), TestCaseError> {
    let answers = [
        Expression::parse(text),
        Expression::parse_one_variable(text),
        Expression::parse_beside(text, &CATALOGUE),
    ];
    if let Err(error) = Expression::number(text) {
        prop_assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
    for answer in answers {
        match answer {
            Ok(function) => evaluate(&function)?,
            Err(error) => {
                let message = error.to_string();
                prop_assert_eq!(message.lines().count(), 1, "{:?}: {:?}", text, message);
                prop_assert!(
                    !message.contains(char::is_control),
                    "{:?}: {:?}",
                    text,
                    message
                );
                prop_assert!(message.len() < 2000, "{} bytes", message.len());
                let places = places(&message);
                // Two variables are named, and their places are plain.
                prop_assert!(
                    !places.is_empty() || message.contains(" has the variables "),
                    "{message}"
                );
                let end = text.chars().count() + 1;
                prop_assert!(places.iter().all(|at| (1..=end).contains(at)), "{message}");
            }
        }
    }
    Ok(())
}

fn evaluate(function: &Expression) -> Result<(), TestCaseError> {
    let bits = |value: f64| (!value.is_nan()).then_some(value.to_bits());
    if function.variables().len() > 1 {
        function.evaluate(&vec![0.5; function.variables().len()]);
        return Ok(());
    }
    let values = function.values(&POINTS);
    for (x, value) in POINTS.into_iter().zip(values) {
        prop_assert_eq!(
            bits(function.at(x)),
            bits(value),
            "{} at {}",
            function.text(),
            x
        );
        let jet = function.derivatives(x);
        prop_assert_eq!(bits(jet.value), bits(value), "{} at {}", function.text(), x);
        let second = function.second_derivative(x);
        prop_assert!(second.is_none_or(f64::is_finite));
    }
    Ok(())
}

/// A part that nests or goes on, by what stands before and after what it holds.
fn layers() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("(", ")"),
        ("-", ""),
        ("sin(", ")"),
        ("sqrt(1 + ", ")"),
        ("1/", ""),
        ("2^", ""),
        ("", "²"),
        ("", "⁻¹"),
        ("x*", ""),
        ("", " - x"),
        ("min(x, ", ")"),
        ("(", ""),
        ("", ")"),
        ("pow(", ", 2)"),
        ("x", ""),
        ("", " x"),
    ])
}

// The number of cases is the default, so that the environment can set it.
proptest! {
    #[test]
    fn any_characters_are_answered(text in prop::collection::vec(any::<char>(), 0..40), more in "\\PC{0,40}") {
        check(&text.into_iter().collect::<String>())?;
        check(&more)?;
        check(&format!("{more}(x)"))?;
        check(&format!("2*{more} + x"))?;
    }

    #[test]
    fn pieces_of_formulas_in_any_order_are_answered(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..20),
    ) {
        check(&pieces.concat())?;
    }

    #[test]
    fn formulas_with_one_mistake_are_answered(
        layers in prop::collection::vec(layers(), 0..12),
        piece in prop::sample::select(PIECES),
        at in any::<prop::sample::Index>(),
        is_removed: bool,
    ) {
        let mut text: Vec<_> = nest(layers.into_iter().map(|layer| (layer, 1))).chars().collect();
        check(&text.iter().collect::<String>())?;
        let at = at.index(text.len());
        text.splice(at..at + usize::from(is_removed), piece.chars());
        check(&text.into_iter().collect::<String>())?;
    }

    #[test]
    fn deep_and_long_formulas_are_answered(
        layers in prop::collection::vec((layers(), 1_usize..400), 1..6),
    ) {
        check(&nest(layers.into_iter()))?;
    }
}

/// Each layer, so many times, about those before it.
fn nest(layers: impl Iterator<Item = ((&'static str, &'static str), usize)>) -> String {
    layers.fold("x".into(), |inner, ((before, after), times)| {
        format!("{}{inner}{}", before.repeat(times), after.repeat(times))
    })
}

/// A time that grows as the square of the length would be hours.
#[test]
fn the_time_is_in_proportion_to_the_length() {
    let times = 300_000;
    let distinct: String = (0..times / 2).map(|i| format!("sin{i}*x{i}x + ")).collect();
    let start = Instant::now();
    for text in [
        "x + ".repeat(times),
        "sin(x)*".repeat(times) + "x",
        "(".repeat(times),
        "x)".repeat(times),
        "x²".repeat(times),
        "²".repeat(times),
        "x".repeat(times),
        "sinx".repeat(times),
        "sin".repeat(times) + "(x)",
        "x2".repeat(times),
        "1".repeat(times),
        "1e".repeat(times),
        "\n".repeat(times),
        distinct + "x",
    ] {
        let _ = Expression::parse(&text);
        if let Err(error) = Expression::parse_beside(&text, &CATALOGUE) {
            assert!(error.to_string().len() < 1000, "{error}");
        }
    }
    let took = start.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
}
