//! Random expressions: their text means what their tree means, and their derivatives are those of differences.

use proptest::prelude::*;
use shallow_expression::Expression;

/// An expression as its generator sees it.
#[derive(Debug, Clone)]
enum Tree {
    Number(f64),
    X,
    Negative(Box<Tree>),
    Call(usize, Box<Tree>),
    Operator(char, Box<Tree>, Box<Tree>),
    Call2(usize, Box<Tree>, Box<Tree>),
}

type Function = (&'static str, fn(f64) -> f64);
type Function2 = (&'static str, fn(f64, f64) -> f64);

const FUNCTIONS: [Function; 28] = [
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("asin", f64::asin),
    ("acos", f64::acos),
    ("atan", f64::atan),
    ("arcsin", f64::asin),
    ("arccos", f64::acos),
    ("arctan", f64::atan),
    ("sinh", f64::sinh),
    ("cosh", f64::cosh),
    ("tanh", f64::tanh),
    ("asinh", f64::asinh),
    ("acosh", f64::acosh),
    ("atanh", f64::atanh),
    ("exp", f64::exp),
    ("ln", f64::ln),
    ("log", f64::ln),
    ("log2", f64::log2),
    ("log10", f64::log10),
    ("sqrt", f64::sqrt),
    ("cbrt", f64::cbrt),
    ("abs", f64::abs),
    ("sign", |x| if x == 0.0 { 0.0 } else { x.signum() }),
    ("floor", f64::floor),
    ("ceil", f64::ceil),
    ("round", f64::round),
    ("trunc", f64::trunc),
];

const FUNCTIONS2: [Function2; 4] = [
    ("min", f64::min),
    ("max", f64::max),
    ("pow", f64::powf),
    ("atan2", f64::atan2),
];

impl Tree {
    fn value(&self, x: f64) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::X => x,
            Self::Negative(of) => -of.value(x),
            Self::Call(index, of) => FUNCTIONS[*index].1(of.value(x)),
            Self::Call2(index, a, b) => FUNCTIONS2[*index].1(a.value(x), b.value(x)),
            Self::Operator(operator, a, b) => {
                let (a, b) = (a.value(x), b.value(x));
                match operator {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    '/' => a / b,
                    _ => a.powf(b),
                }
            }
        }
    }

    /// How tightly its text binds: a sum 1, a product 2, a sign 3, a power 4, and 5 what needs no parentheses.
    fn binding(&self) -> u8 {
        match self {
            Self::Operator('+' | '-', ..) => 1,
            Self::Operator('*' | '/', ..) => 2,
            Self::Negative(_) => 3,
            Self::Operator(..) => 4,
            _ => 5,
        }
    }

    /// Its text with no more parentheses than the rules of mathematics need.
    fn text(&self) -> String {
        let inner = |tree: &Self, least: u8| match tree.binding() < least {
            true => format!("({})", tree.text()),
            false => tree.text(),
        };
        match self {
            Self::Number(value) => format!("{value:e}"),
            Self::X => "x".into(),
            Self::Negative(of) => format!("-{}", inner(of, 3)),
            Self::Call(index, of) => format!("{}({})", FUNCTIONS[*index].0, of.text()),
            Self::Call2(index, a, b) => {
                format!("{}({}, {})", FUNCTIONS2[*index].0, a.text(), b.text())
            }
            Self::Operator(operator, a, b) => {
                let own = self.binding();
                let (left, right) = match own {
                    4 => (inner(a, 5), inner(b, 3)),
                    _ => (inner(a, own), inner(b, own + 1)),
                };
                format!("{left} {operator} {right}")
            }
        }
    }
}

fn trees(depth: u32) -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        3 => Just(Tree::X),
        1 => (0_u8..5).prop_map(|value| Tree::Number(value.into())),
        1 => (0.0..10.0).prop_map(Tree::Number),
    ];
    leaf.prop_recursive(depth, 40, 2, |inner| {
        let boxed = inner.prop_map(Box::new);
        let two = (boxed.clone(), boxed.clone());
        let operators = prop::sample::select(vec!['+', '-', '*', '/', '^']);
        prop_oneof![
            1 => boxed.clone().prop_map(Tree::Negative),
            3 => (0..FUNCTIONS.len(), boxed).prop_map(|(index, of)| Tree::Call(index, of)),
            5 => (operators, two.clone()).prop_map(|(sign, (a, b))| Tree::Operator(sign, a, b)),
            1 => (0..FUNCTIONS2.len(), two).prop_map(|(index, (a, b))| Tree::Call2(index, a, b)),
        ]
    })
}

/// Bits that are equal for every NaN.
fn bits(value: f64) -> Option<u64> {
    (!value.is_nan()).then_some(value.to_bits())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_text_means_what_its_tree_means(tree in trees(6), x in -3.0..3.0) {
        let expression = Expression::parse_one_variable(&tree.text()).unwrap();
        prop_assert_eq!(bits(expression.at(x)), bits(tree.value(x)));
        prop_assert_eq!(bits(expression.values(&[x])[0]), bits(tree.value(x)));
        prop_assert_eq!(bits(expression.derivatives(x).value), bits(tree.value(x)));
    }

    #[test]
    fn derivatives_are_those_of_differences(tree in trees(3), x in 0.2..2.0) {
        // 1e-4 of the size of value and derivative: the error is 1e-10, the step's square, times a third derivative, and
        // rounding is 1e-16 / step; where differences with wider steps disagree by a tenth of it, they cannot judge.
        let (step, tolerance) = (1e-5, 1e-4);
        let expression = Expression::parse_one_variable(&tree.text()).unwrap();
        // Differences say nothing of a staircase such as floor(exp(100*x)).
        if !expression.is_smooth() {
            return Ok(());
        }
        let here = expression.derivatives(x);
        let differences = [1.0, 2.0, 3.0, 5.0].map(|k| {
            let [left, right] = [x - k * step, x + k * step].map(|x| expression.derivatives(x));
            let slope = |left: f64, right: f64| (right - left) / (2.0 * k * step);
            (slope(left.value, right.value), slope(left.first, right.first))
        });
        let judge = |name: &str, rule: f64, size: f64, [near, wider @ ..]: [f64; 4]| {
            let allowed = tolerance * (1.0 + size + near.abs());
            let can_judge = wider.iter().all(|wide| (near - wide).abs() < 0.1 * allowed);
            prop_assert!(
                !can_judge || !rule.is_finite() || (rule - near).abs() < allowed,
                "{}: {name} is {rule}, differences say {near}",
                tree.text()
            );
            Ok(())
        };
        let size = here.value.abs();
        judge("the first derivative", here.first, size, differences.map(|of| of.0))?;
        let size = size + here.first.abs();
        judge("the second derivative", here.second, size, differences.map(|of| of.1))?;
    }
}
