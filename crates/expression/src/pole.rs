//! Poles, proven: a divisor that vanishes between two places where it has opposite signs.

use crate::{
    enclosure::Enclosure,
    interval::Interval,
    number::Number,
    operation::{Binary, Unary},
    tree::{Node, Tree},
};

/// What is known of a part of a function on an interval.
#[derive(Clone, Copy)]
struct Part {
    all: Enclosure,
    /// At the interval's ends.
    ends: [Enclosure; 2],
    /// It is 0 somewhere in the interval, and continuous around that place.
    vanishes: bool,
    /// It grows beyond all bounds somewhere in the interval.
    is_unbounded: bool,
}

/// Whether it is proven that a function of at most one variable grows beyond all bounds between two places.
pub(crate) fn is_between(tree: &Tree, low: f64, high: f64) -> bool {
    let whole = Enclosure::variable(Interval::new(low, high));
    let ends = [low, high].map(|x| Enclosure::variable(Interval::point(x)));
    let mut parts: Vec<Part> = Vec::with_capacity(tree.nodes().len());
    for node in tree.nodes() {
        let part = match *node {
            Node::Constant(value) => {
                Part::new(Enclosure::constant(value), [Enclosure::constant(value); 2])
            }
            Node::Variable(_) => Part::new(whole, ends),
            Node::Unary(f, of) => parts[of].unary(f),
            Node::Binary(f, left, right) => parts[left].binary(f, parts[right]),
        };
        parts.push(part);
    }
    parts.last().is_some_and(|root| root.is_unbounded)
}

fn have_opposite_signs(a: Interval, b: Interval) -> bool {
    (a.high < 0.0 && 0.0 < b.low) || (b.high < 0.0 && 0.0 < a.low)
}

impl Part {
    fn new(all: Enclosure, ends: [Enclosure; 2]) -> Self {
        let [a, b] = ends.map(|end| end.value);
        let is_zero = |end: &Enclosure| end.is_defined && end.value.magnitude() == 0.0;
        Self {
            all,
            ends,
            vanishes: all.is_continuous && (have_opposite_signs(a, b) || ends.iter().any(is_zero)),
            is_unbounded: false,
        }
    }

    fn unary(self, f: Unary) -> Self {
        let u = self;
        let part = Self::new(u.all.unary(f), u.ends.map(|end| end.unary(f)));
        let keeps_zero = matches!(
            f,
            Unary::Negate
                | Unary::Abs
                | Unary::Sqrt
                | Unary::Cbrt
                | Unary::Sin
                | Unary::Asin
                | Unary::Atan
                | Unary::Sinh
                | Unary::Tanh
                | Unary::Asinh
                | Unary::Atanh
        );
        let is_unbounded = match f {
            Unary::Negate | Unary::Abs | Unary::Cbrt | Unary::Sinh | Unary::Cosh => u.is_unbounded,
            // Beside 0 it has to be above it.
            Unary::Ln | Unary::Log2 | Unary::Log10 => {
                u.vanishes && u.ends.iter().any(|end| end.value.low > 0.0)
            }
            Unary::Tan => u.all.is_continuous && u.passes_pole_of_tangent(),
            _ => false,
        };
        Self {
            vanishes: part.vanishes || (keeps_zero && u.vanishes && u.all.is_continuous),
            is_unbounded,
            ..part
        }
    }

    /// Whether an odd multiple of pi/2 is surely between the ends.
    fn passes_pole_of_tangent(self) -> bool {
        let [a, b] = self.ends.map(|end| end.value);
        let (low, high) = if a.high < b.low {
            (a.high, b.low)
        } else {
            (b.high, a.low)
        };
        // Across such a multiple alone, and no further, the cosine changes its sign.
        let cosine = |x: f64| Enclosure::constant(x).unary(Unary::Cos).value;
        low < high && have_opposite_signs(cosine(low), cosine(high))
    }

    fn binary(self, f: Binary, other: Self) -> Self {
        let (a, b) = (self, other);
        let ends = [0, 1].map(|at| a.ends[at].binary(f, b.ends[at]));
        let part = Self::new(a.all.binary(f, b.all), ends);
        let is_bounded = |part: Self| part.all.is_defined && part.all.value.is_bounded();
        let is_factor = |part: Self| is_bounded(part) && !part.all.value.contains(0.0);
        let vanishes = match f {
            Binary::Multiply => (a.vanishes && is_bounded(b)) || (b.vanishes && is_bounded(a)),
            Binary::Divide => a.vanishes && is_factor(b),
            Binary::Power => a.vanishes && b.constant().is_some_and(|n| n > 0.0),
            _ => false,
        };
        let is_unbounded = match f {
            Binary::Add | Binary::Subtract => {
                (a.is_unbounded && is_bounded(b)) || (b.is_unbounded && is_bounded(a))
            }
            Binary::Multiply => {
                (a.is_unbounded && is_factor(b)) || (b.is_unbounded && is_factor(a))
            }
            Binary::Divide => {
                (a.is_unbounded && is_factor(b)) || (is_factor(a) && b.vanishes && !b.is_constant())
            }
            Binary::Power => b.constant().is_some_and(|n| match n < 0.0 {
                true => {
                    a.vanishes
                        && (n.fract() == 0.0 || a.ends.iter().any(|end| end.value.low > 0.0))
                        && !a.is_constant()
                }
                false => a.is_unbounded && n.fract() == 0.0,
            }),
            _ => false,
        };
        Self {
            vanishes: part.vanishes || vanishes,
            is_unbounded,
            ..part
        }
    }

    fn constant(self) -> Option<f64> {
        let value = self.all.value;
        (self.is_constant() && value.low == value.high).then_some(value.low)
    }

    /// One that is 0 somewhere is 0 everywhere, and nothing is divided by it.
    fn is_constant(self) -> bool {
        self.all.first.magnitude() == 0.0
    }
}

#[cfg(test)]
mod tests {
    use crate::Expression;

    fn has_pole(text: &str, low: f64, high: f64) -> bool {
        Expression::parse(text).unwrap().has_pole(low, high)
    }

    #[test]
    fn poles_are_proven() {
        for (text, at) in [
            ("1/x", 0.0),
            ("1/(x - 0.123)", 0.123),
            ("1/x^2", 0.0),
            ("x^-3", 0.0),
            ("ln(abs(x - 0.5))", 0.5),
            ("1/(x*x - 0.04)", 0.2),
            ("abs(x - 0.7)^(-0.5)", 0.7),
            ("2 + 3/sin(x)", 0.0),
            ("tan(x)", std::f64::consts::FRAC_PI_2),
            ("tan(5*x)^2", 0.1 * std::f64::consts::PI),
            ("exp(x)/(x - 1)^2 + 5", 1.0),
        ] {
            assert!(has_pole(text, at - 1e-9, at + 1e-9), "{text}");
            assert!(!has_pole(text, at + 1e-9, at + 1e-8), "{text} beside it");
        }
        assert!(has_pole("ln(x)", 0.0, 1e-300));
    }

    #[test]
    fn what_stays_bounded_is_no_pole() {
        for text in [
            "sin(x)/x",
            "x*ln(x)",
            "exp(-1/x^2)",
            "atan(1/x)",
            "sqrt(abs(x))",
            "((x + 1)^2 - 1)/x",
            "x/abs(x)",
            "floor(x)",
            "1/(x^2 + 1e-9)",
        ] {
            assert!(!has_pole(text, -1e-9, 1e-9), "{text}");
            assert!(!has_pole(text, 0.0, 1e-9), "{text} from 0 on");
        }
    }
}
