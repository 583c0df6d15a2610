//! The catalogue of functions to fit, each with its formula, domain and what is hard about it.

use std::f64::consts::{FRAC_PI_4, PI};

use crate::DataError;

/// A named function of one input on an interval.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name it is asked for by.
    pub name: &'static str,
    /// What it computes, as one would write it.
    pub formula: &'static str,
    /// The same as text that an expression is parsed from.
    pub expression: &'static str,
    /// The interval `[low, high]` of x.
    pub domain: (f64, f64),
    /// What a shallow ReLU network finds hard about it.
    pub note: &'static str,
    /// The function itself.
    pub f: fn(f64) -> f64,
}

/// Every target; the first is the default.
pub const TARGETS: [Target; 10] = [
    Target {
        name: "smooth",
        formula: "sin(pi x) + x^2 / 2",
        expression: "sin(pi*x) + x^2/2",
        domain: (-1.0, 1.0),
        note: "nothing: gentle curvature everywhere, the one to start with",
        f: |x| (PI * x).sin() + x * x / 2.0,
    },
    Target {
        name: "abs",
        formula: "|x|",
        expression: "abs(x)",
        domain: (-1.0, 1.0),
        note: "one kink, which two units match exactly if gradient descent puts them there",
        f: f64::abs,
    },
    Target {
        name: "step",
        formula: "0 if x < 0, 1 otherwise",
        expression: "1 + min(floor(x), 0)",
        domain: (-1.0, 1.0),
        note: "a jump: a continuous net can only ramp up, and needs ever larger weights for a steeper ramp",
        f: |x| if x < 0.0 { 0.0 } else { 1.0 },
    },
    Target {
        name: "tanh",
        formula: "tanh(20 x)",
        expression: "tanh(20*x)",
        domain: (-1.0, 1.0),
        note: "all curvature within |x| < 0.1; kinks that start elsewhere are of no use",
        f: |x| (20.0 * x).tanh(),
    },
    Target {
        name: "cusp",
        formula: "|x|^(2/3)",
        expression: "cbrt(x^2)",
        domain: (-1.0, 1.0),
        note: "an infinite slope at 0: kinks must crowd there",
        f: |x| (x * x).cbrt(),
    },
    Target {
        name: "ripple",
        formula: "sin(8 pi x)",
        expression: "sin(8*pi*x)",
        domain: (-1.0, 1.0),
        note: "eight periods: gradient descent learns low frequencies first, and 500 epochs do not reach this one",
        f: |x| (8.0 * PI * x).sin(),
    },
    Target {
        name: "runge",
        formula: "1 / (1 + 25 x^2)",
        expression: "1/(1 + 25*x^2)",
        domain: (-1.0, 1.0),
        note: "a narrow peak on long flat tails, where polynomials through even points swing",
        f: |x| 1.0 / (1.0 + 25.0 * x * x),
    },
    Target {
        name: "cosine",
        formula: "cos(x)",
        expression: "cos(x)",
        domain: (0.0, FRAC_PI_4),
        note: "easy, but a one-sided domain: every kink starts at its left end, x = 0",
        f: f64::cos,
    },
    Target {
        name: "squashed",
        formula: "1 / (1 + exp(-cos(x)))",
        expression: "1/(1 + exp(-cos(x)))",
        domain: (0.0, FRAC_PI_4),
        note: "the perceptron document's: nearly flat, and made for a neuron whose sigmoid undoes it",
        f: |x| 1.0 / (1.0 + (-x.cos()).exp()),
    },
    Target {
        name: "exp",
        formula: "exp(3 x)",
        expression: "exp(3*x)",
        domain: (-1.0, 1.0),
        note: "values from 0.05 to 20: the loss sees only the right end",
        f: |x| (3.0 * x).exp(),
    },
];

impl Target {
    /// The target of this name.
    ///
    /// # Errors
    ///
    /// [`DataError::UnknownTarget`], whose message lists the names there are.
    ///
    /// ```
    /// use shallow_data::Target;
    /// assert_eq!((Target::named("abs").unwrap().f)(-2.0), 2.0);
    /// ```
    pub fn named(name: &str) -> Result<&'static Self, DataError> {
        TARGETS
            .iter()
            .find(|target| target.name == name)
            .ok_or_else(|| DataError::UnknownTarget {
                name: name.into(),
                known: Self::names(),
            })
    }

    /// All names, with commas between.
    pub fn names() -> String {
        TARGETS.map(|target| target.name).join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linspace;

    #[test]
    fn every_target_is_finite_on_its_domain_and_found_by_its_name() {
        for target in &TARGETS {
            assert_eq!(Target::named(target.name).unwrap().formula, target.formula);
            let (low, high) = target.domain;
            assert!(low < high);
            assert!(
                linspace(low, high, 1001)
                    .into_iter()
                    .all(|x| (target.f)(x).is_finite())
            );
        }
    }

    /// Each function at a point where its formula can be worked out by hand; 1e-15 is a few roundings.
    #[test]
    fn the_functions_are_their_formulas() {
        let by_hand = [
            ("smooth", 0.5, 1.125),
            ("abs", -0.25, 0.25),
            ("step", -1e-300, 0.0),
            ("step", 0.0, 1.0),
            ("tanh", 0.05, 1.0_f64.tanh()),
            ("cusp", -0.125, 0.25),
            ("ripple", 1.0 / 16.0, 1.0),
            ("runge", 0.2, 0.5),
            ("cosine", 0.0, 1.0),
            ("squashed", 0.0, 0.7310585786300049),
            ("exp", 1.0, 20.085536923187668),
        ];
        for (name, x, y) in by_hand {
            assert!(
                ((Target::named(name).unwrap().f)(x) - y).abs() <= 1e-15 * y.abs(),
                "{name}({x})"
            );
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_names_there_are() {
        let message = Target::named("sin").unwrap_err().to_string();
        assert!(
            message.starts_with("unknown target `sin`; choose one of smooth, abs,"),
            "{message}"
        );
    }
}
