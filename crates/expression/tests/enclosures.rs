//! Enclosures hold what functions are, by numbers of 50 digits from mpmath and by random points.

use std::{env, fs};

use proptest::prelude::*;
use shallow_expression::{Enclosure, Expression, Interval};

/// Recorded by data/enclosures.py 17 4000.
const RECORDED: &str = include_str!("data/enclosures.txt");

fn float(text: &str) -> f64 {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let (digits, exponent) = rest.strip_prefix("0x").unwrap().split_once('p').unwrap();
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mantissa = u64::from_str_radix(&format!("{whole}{fraction}"), 16).unwrap();
    let exponent: i32 = exponent.parse::<i32>().unwrap() - 4 * fraction.len() as i32;
    // In two steps, for the smallest floats.
    let half = exponent / 2;
    sign * mantissa as f64 * 2_f64.powi(half) * 2_f64.powi(exponent - half)
}

/// Whether an interval holds a number that is between two neighbouring floats, or is both of them.
fn holds(interval: Interval, [below, above]: [f64; 2]) -> bool {
    interval.low <= below && above <= interval.high
}

/// Whether it may: a derivative by differences of 50 digits can be just beside a float that is exact.
fn may_hold(interval: Interval, [below, above]: [f64; 2]) -> bool {
    interval.low <= above && below <= interval.high
}

/// Every number of the record is in the enclosure, at the point and around it; the widths at the points, in units of the last place.
fn check(record: &str) -> Vec<f64> {
    let mut widths = Vec::new();
    for line in record.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let f = Expression::parse(fields[0]).unwrap();
        let x = float(fields[1]);
        let mut known = Vec::new();
        let mut rest = fields[2..].iter();
        while let Some(field) = rest.next() {
            known.push((*field != "?").then(|| [float(field), float(rest.next().unwrap())]));
        }
        let there = f.enclose(Interval::point(x));
        for around in [0.0, 1e-12, 1e-6, 1e-3, 0.1] {
            let all = f.enclose(Interval::new(x - around * x.abs(), x + around * x.abs()));
            let value = known[0].expect("a value is always recorded");
            assert!(
                holds(all.value, value),
                "{line}: {:?} around {around}",
                all.value
            );
            for (part, known) in [all.first, all.second].into_iter().zip(&known[1..]) {
                let is_held = known.is_none_or(|known| may_hold(part, known));
                assert!(is_held, "{line}: {part:?} around {around}");
            }
        }
        let [below, _] = known[0].unwrap();
        if there.value.is_bounded() && below.abs() > 1e-300 {
            widths.push(there.value.width() / (below.abs().next_up() - below.abs()));
        }
    }
    widths.sort_by(f64::total_cmp);
    widths
}

#[test]
fn the_recorded_numbers_are_held() {
    let widths = check(RECORDED);
    assert!(widths.len() > 3000);
    // Tight: some floats for each operation.
    assert!(
        widths[widths.len() / 2] < 40.0,
        "{}",
        widths[widths.len() / 2]
    );
}

/// With more numbers than are recorded: ENCLOSURES=FILE cargo test ... -- --ignored.
#[test]
#[ignore = "reads the file that ENCLOSURES names"]
fn the_numbers_of_a_file_are_held() {
    let file = env::var("ENCLOSURES").expect("ENCLOSURES names a file");
    let widths = check(&fs::read_to_string(file).unwrap());
    let at = |share: f64| widths[(share * (widths.len() - 1) as f64) as usize];
    println!(
        "{} functions; widths: half below {}, 99 % below {}",
        widths.len(),
        at(0.5),
        at(0.99)
    );
}

/// Texts of random functions.
fn texts() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => Just("x".to_string()),
        1 => prop_oneof![Just("2"), Just("0.1"), Just("-3.5"), Just("1e-3"), Just("40"), Just("0")].prop_map(String::from),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        let unary = prop::sample::select(vec![
            "abs", "sign", "sqrt", "cbrt", "exp", "ln", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
            "cosh", "tanh", "asinh", "acosh", "atanh", "floor", "ceil", "round", "trunc", "-",
        ]);
        let binary = prop::sample::select(vec!["+", "-", "*", "/", "^"]);
        let call = prop::sample::select(vec!["min", "max", "atan2", "pow"]);
        prop_oneof![
            3 => (unary, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            3 => (inner.clone(), binary, inner.clone()).prop_map(|(a, f, b)| format!("(({a}) {f} ({b}))")),
            1 => (call, inner.clone(), inner).prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
        ]
    })
}

/// What floats lose on the way: values of this share of all that an enclosure of points grows to.
fn slack(there: &Enclosure) -> f64 {
    8.0 * there.value.width()
}

proptest! {
    #[test]
    fn values_and_slopes_are_held(text in texts(), middle in -20.0..20.0_f64, size in -50..4_i32, share in 0.0..1.0_f64, other in 0.0..1.0_f64) {
        let f = Expression::parse_one_variable(&text).or_else(|_| Expression::parse(&text)).unwrap();
        let x = Interval::new(middle, middle + 2_f64.powi(size));
        let all = f.enclose(x);
        prop_assert!(all.value.low <= all.value.high && all.first.low <= all.first.high && all.second.low <= all.second.high);
        let at = |share: f64| (x.low + share * (x.high - x.low)).clamp(x.low, x.high);
        let [a, b] = [at(share), at(other)];
        let ends = [a, b].map(|x| f.enclose(Interval::point(x)));
        for (x, there) in [a, b].into_iter().zip(&ends) {
            // A point's enclosure lies within that of all, but for the steps of rounding.
            prop_assert!(all.value.low <= there.value.high && there.value.low <= all.value.high, "{text} at {x}: {there:?} in {all:?}");
            if all.is_defined {
                prop_assert!(there.is_defined, "{text} at {x}");
            }
            let value = f.at(x);
            if there.is_defined && there.is_continuous && value.is_finite() && there.value.is_bounded() {
                let slack = slack(there);
                prop_assert!(there.value.low - slack <= value && value <= there.value.high + slack, "{text} at {x}: {value} in {there:?}");
            }
        }
        if all.is_continuous && a < b && all.first.is_bounded() {
            let rise = ends[1].value - ends[0].value;
            let slope = all.first * (Interval::point(b) - Interval::point(a));
            prop_assert!(rise.intersection(slope).is_some(), "{text} from {a} to {b}: {rise:?}, {slope:?}");
        }
        if all.is_smooth && a < b && all.second.is_bounded() {
            let rise = ends[1].first - ends[0].first;
            let bend = all.second * (Interval::point(b) - Interval::point(a));
            prop_assert!(rise.intersection(bend).is_some(), "{text} from {a} to {b}: {rise:?}, {bend:?}");
        }
    }
}
