//! Files of every kind, fitted: no panic, nothing that is no number, and no network that swings.

use std::{fmt::Write, fs, sync::atomic::AtomicBool};

use proptest::{prelude::*, sample::select};
use shallow_fitting::{Destination, Direction, Plan, Request, ShapePlan, Silent, run};

/// A file's rows before they are written: a whole part of x, its rest, y and the weight.
type Rows = Vec<(i32, f64, f64, u8)>;

/// As text, with units, a delimiter, comments and cells that are missing.
fn text(rows: &Rows, units: (i32, i32), delimiter: &str, holes: usize) -> String {
    let scale = |power: i32| 10_f64.powi(power);
    let mut text = format!("# drawn\nx{delimiter}y{delimiter}w\n");
    for (at, (whole, rest, y, weight)) in rows.iter().enumerate() {
        let x = (f64::from(*whole) + rest.powi(3)) * scale(units.0);
        let y = match holes > 0 && at % holes == 1 {
            true => "NA".into(),
            false => format!("{:e}", y * scale(units.1)),
        };
        let _ = writeln!(text, "{x:e}{delimiter}{y}{delimiter}{weight}");
    }
    text
}

/// The flags of a fit, and whether it is the default one.
const FLAGS: [(&str, bool); 21] = [
    ("", true),
    ("test-samples = 0", true),
    ("test-samples = 0\nbands = 0.9", true),
    ("weight = \"w\"\ntest-samples = 0", true),
    ("loss = \"tukey\"", false),
    ("loss = \"huber\"\nweight = \"w\"", false),
    ("loss = \"absolute\"\nmethod = \"smooth\"", false),
    ("method = \"smooth\"\nbands = 0.95", false),
    (
        "method = \"smooth\"\nhidden = \"auto\"\ncriterion = \"reml\"",
        false,
    ),
    (
        "method = \"smooth\"\npenalty = 1e-12\nweight = \"w\"",
        false,
    ),
    ("method = \"best\"\nhidden = \"auto\"\nbands = 0.5", false),
    ("method = \"best\"\nhidden = 3\nweight = \"w\"", false),
    ("monotone = \"increasing\"", false),
    ("monotone = \"decreasing\"\nconvex = true", false),
    ("concave = true\nweight = \"w\"\nloss = \"huber\"", false),
    ("through = \"0:0\"\nbands = 0.9", false),
    ("through = \"-1:1,0:0.5,9:2\"\nmethod = \"smooth\"", false),
    (
        "max-slope = 0.3\nmethod = \"smooth\"\nhidden = \"auto\"",
        false,
    ),
    (
        "max-slope = 0\nmonotone = \"increasing\"\nconvex = true",
        false,
    ),
    (
        "monotone = \"increasing\"\nthrough = \"0:0,1:1\"\nmethod = \"best\"\nhidden = 3",
        false,
    ),
    (
        "concave = true\nmethod = \"best\"\nhidden = \"auto\"",
        false,
    ),
];

/// Why predictions at evenly spaced inputs do not have a shape.
fn misses(shape: &ShapePlan, x: &[f64], y: &[f64]) -> Option<String> {
    let size = y.iter().fold(0.0_f64, |size, y| size.max(y.abs()));
    // A curve that passes through a point of size 1 has roundings of that size, wherever it is.
    let through = shape.through.iter().map(|(_, y)| y.abs());
    let room = 1e-9 * size + 64.0 * f64::EPSILON * through.fold(0.0, f64::max);
    let step = x[1] - x[0];
    let rises: Vec<f64> = y.windows(2).map(|two| two[1] - two[0]).collect();
    let least = rises.iter().copied().fold(f64::INFINITY, f64::min);
    let most = rises.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bends = rises.windows(2).map(|two| two[1] - two[0]);
    let is_off = match shape.monotone {
        Some(Direction::Increasing) => least < -room,
        Some(Direction::Decreasing) => most > room,
        None => false,
    } || shape
        .max_slope
        .is_some_and(|slope| most.max(-least) > slope * step * (1.0 + 1e-9) + room)
        || (shape.is_convex && bends.clone().any(|bend| bend < -room))
        || (shape.is_concave && bends.clone().any(|bend| bend > room));
    is_off.then(|| format!("{shape:?} {y:?}"))
}

proptest! {
    #[test]
    fn every_file_is_answered(
        rows in prop::collection::vec((-2_i32..3, 0.0..1.0, -1.0..1.0, 0_u8..4), 1..40),
        units in (-100_i32..100, -100_i32..100),
        is_wild in any::<bool>(),
        delimiter in select(&[",", ";", "\t", "  "][..]),
        holes in select(&[0, 0, 3, 7][..]),
        flags in select(&FLAGS[..]),
        seed in 0_u32..100,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        let units = if is_wild { units } else { (0, 0) };
        fs::write(&path, text(&rows, units, delimiter, holes)).unwrap();
        let config = format!("csv = {path:?}\nx = \"x\"\ny = \"y\"\nseed = {seed}\nmissing = \"skip\"\n{}", flags.0);
        let config_path = folder.path().join("config.toml");
        fs::write(&config_path, config).unwrap();
        let request = Request::read(&config_path).unwrap();
        let plan = Plan::new(&request).unwrap();
        let out = folder.path().join("run");
        let into = Destination::New { out: Some(out.clone()), force: false };
        match run(&plan, into, &AtomicBool::new(false), &mut Silent) {
            Err(error) => {
                let sentence = error.to_string();
                prop_assert!(!sentence.is_empty() && !sentence.contains('\n') && sentence.len() < 500, "{sentence}");
                prop_assert!(!out.exists(), "{sentence}");
            }
            Ok(finished) => {
                let errors = &finished.report.errors;
                prop_assert!(errors.train_loss.is_finite() && errors.test_loss.is_none_or(f64::is_finite));
                let (low, high) = finished.fitted.domain;
                let x: Vec<f64> = (0..=50).map(|step| low + (high - low) * f64::from(step) / 50.0).collect();
                let y = finished.fitted.function.predict(&x);
                prop_assert!(y.iter().all(|y| y.is_finite()), "{y:?}");
                if let Some(bands) = finished.fitted.bands(&x, 0.9) {
                    let all = [bands.low, bands.high, bands.new_low, bands.new_high].concat();
                    prop_assert!(all.iter().all(|end| end.is_finite()), "{all:?}");
                }
                // By the training rows; those that are held out are not known here, so all rows count.
                let kept = rows.iter().enumerate().filter(|(at, _)| holes == 0 || at % holes != 1);
                let all: Vec<f64> = kept.map(|(_, row)| row.2 * 10_f64.powi(units.1)).collect();
                let least = all.iter().copied().fold(f64::INFINITY, f64::min);
                let most = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let room = 0.2501 * (most - least) + 1e-6 * most.abs().max(least.abs());
                if let Some(why) = misses(&plan.shape, &x, &y) {
                    prop_assert!(false, "{why}");
                }
                for (x, wanted) in &plan.shape.through {
                    let y = finished.fitted.function.predict(&[*x])[0];
                    prop_assert!((y - wanted).abs() < 1e-6 * (1.0 + most.abs().max(least.abs())), "{y} {wanted}");
                }
                if flags.1 {
                    prop_assert!(y.iter().all(|y| (least - room..=most + room).contains(y)), "{y:?}");
                }
            }
        }
    }
}
