//! Places where a function is not finite: looked for on a grid, between its points where the function is largest, and where its
//! enclosures prove one.

use shallow_analytic::stop::look;
use shallow_data::{LARGEST, linspace};
use shallow_expression::{Expression, Interval};

use crate::truth::{GRID, Truth};

/// Peaks that are looked into, the highest first.
const PEAKS: usize = 2000;

/// Of the interval, the distance from a peak at which the function of a pole is far smaller.
const ASIDE: f64 = 1e-9;

/// How much smaller.
const FAR: f64 = 1e3;

/// Parts of the interval in which a pole is looked for by proof.
const PARTS: usize = 10_000;

/// A place between `low` and `high` where the function is infinite, not a number, or too large to square, or grows towards
/// infinity as fast as `|x - a|^(-1/2)`; or where a pole is proven. None is not a proof.
pub(crate) fn find(truth: &Truth, low: f64, high: f64) -> Option<f64> {
    let x = linspace(low, high, GRID);
    let size: Vec<f64> = truth.values(&x).into_iter().map(f64::abs).collect();
    if let Some(at) = size.iter().position(|size| !is_usable(*size)) {
        return Some(x[at]);
    }
    let mut peaks: Vec<usize> = (0..GRID)
        .filter(|i| {
            let (before, after) = (i.saturating_sub(1), (i + 1).min(GRID - 1));
            size[*i] >= size[before] && size[*i] >= size[after]
        })
        .filter(|i| *i == 0 || *i == GRID - 1 || size[*i] > size[i - 1].min(size[i + 1]))
        .collect();
    peaks.sort_by(|a, b| size[*b].total_cmp(&size[*a]));
    let climbed = peaks.into_iter().take(PEAKS).find_map(|i| {
        let (left, right) = (x[i.saturating_sub(1)], x[(i + 1).min(GRID - 1)]);
        climb(truth, left, right, ASIDE * (high - low))
    });
    climbed.or_else(|| proven(truth.expression(), low, high))
}

/// A place next to which the function grows beyond all bounds: parts without a bound are halved down to neighbouring floats.
fn proven(f: &Expression, low: f64, high: f64) -> Option<f64> {
    let mut parts = vec![(low, high)];
    for _ in 0..PARTS {
        look();
        let (left, right) = parts.pop()?;
        let all = f.enclose(Interval::new(left, right));
        if all.is_defined && all.value.is_bounded() {
            continue;
        }
        let middle = f64::midpoint(left, right);
        if left < middle && middle < right {
            parts.extend([(middle, right), (left, middle)]);
        } else if f.has_pole(left, right) {
            return Some(left);
        }
    }
    None
}

fn is_usable(size: f64) -> bool {
    size <= LARGEST // also false for NaN
}

/// Climbs to where the function is largest between two places, to the last bit; gives that place if it is a pole.
fn climb(truth: &Truth, mut left: f64, mut right: f64, aside: f64) -> Option<f64> {
    let size = |x: f64| truth.at(x).abs();
    let (start, end) = (left, right);
    for _ in 0..100 {
        let third = (right - left) / 3.0;
        let (a, b) = (left + third, right - third);
        let (at_a, at_b) = (size(a), size(b));
        if !is_usable(at_a) {
            return Some(a);
        }
        if !is_usable(at_b) {
            return Some(b);
        }
        if at_a < at_b {
            left = a;
        } else {
            right = b;
        }
    }
    // The neighbors, for the last steps are shorter than a float.
    let mut top = 0.5 * (left + right);
    let below = top.next_down();
    for x in [
        below.next_down(),
        below,
        top,
        top.next_up(),
        top.next_up().next_up(),
    ] {
        if !is_usable(size(x)) {
            return Some(x);
        }
        if size(x) > size(top) {
            top = x;
        }
    }
    let beside = [top - aside, top + aside].map(|x| size(x.clamp(start, end)));
    (size(top) > FAR * beside[0].max(beside[1]) && size(top) > 1.0).then_some(top)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pole(text: &str) -> Option<f64> {
        find(&Truth::parse(text).unwrap(), -1.0, 1.0)
    }

    #[test]
    fn poles_are_found_wherever_they_are() {
        for (text, at) in [
            ("1/x", 0.0),
            ("1/(x - 0.5)", 0.5),
            ("1/(x - 0.123)", 0.123),
            ("ln(abs(x - 0.5))", 0.5),
            ("ln(abs(x - 0.123))", 0.123),
            ("1/(x + 0.3141592653)^2", -0.3141592653),
            ("tan(5*x)", 0.1 * std::f64::consts::PI),
            ("abs(x - 0.7)^(-0.5)", 0.7),
            ("1/(x - 1)", 1.0),
            ("sin(x)/(x*x - 0.04)", 0.2),
            ("1e-30/(x - 0.3)", 0.3), // 1e-14 at the nearest float
        ] {
            let found = pole(text).unwrap_or_else(|| panic!("{text} has a pole"));
            assert!((found.abs() - at.abs()).abs() < 1e-9, "{text}: {found}");
        }
    }

    #[test]
    fn peaks_jumps_and_steep_slopes_are_no_poles() {
        for text in [
            "exp(-1e8*(x - 0.1234)^2)",
            "1e100*x",
            "sign(x - 0.3)",
            "floor(7*x)",
            "tanh(1e6*(x - 0.2))",
            "1/(1e-6 + (x - 0.3)^2)",
            "sqrt(abs(x))",
            "sin(1000*x)",
            "0",
            "1e-200*x",
            "exp(100*x)",
            "sin(x + 1e-9)/(x + 1e-9)",
            "x^2*ln(abs(x - 1e-5))*(x - 1e-5)",
        ] {
            assert_eq!(pole(text), None, "{text}");
        }
    }
}
