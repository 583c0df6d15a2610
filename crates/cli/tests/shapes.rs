//! Shapes: fits that rise or fall, bend one way, pass through points or are nowhere steep.

mod program;

use program::{Folder, mcycle, number};

/// What a run predicts at evenly spaced inputs.
fn predictions(folder: &Folder, run: &str, low: f64, high: f64) -> Vec<f64> {
    let x: Vec<String> = (0..=2000)
        .map(|step| (low + (high - low) * f64::from(step) / 2000.0).to_string())
        .collect();
    let text = folder.ok(&["predict", run, "--x", &x.join(",")]);
    let cell = |line: &str| line.split(',').nth(1).unwrap().parse().unwrap();
    text.lines().skip(1).map(cell).collect()
}

#[test]
fn a_fit_has_the_shape_that_is_asked_for() {
    let folder = Folder::new();
    let (low, high) = (2.4, 57.6);
    let step = (high - low) / 2000.0;
    let mut losses = Vec::new();
    for method in [
        &["--method", "auto"][..],
        &["--method", "smooth"],
        &["--method", "smooth", "--hidden", "auto"],
        &["--method", "best", "--hidden", "7"],
        &["--method", "best", "--hidden", "auto"],
    ] {
        let fit = |flags: &[&str], out: &str| {
            let more = ["--test-samples", "0", "--out", out, "--force"];
            let flags = [&mcycle()[..], method, flags, &more].concat();
            let report = folder.fit(&flags);
            (report, predictions(&folder, out, low, high))
        };
        let (free, _) = fit(&[], "free");
        let (report, y) = fit(&["--monotone", "increasing"], "rising");
        assert_eq!(report["shape"], "increasing");
        assert!(
            y.windows(2).all(|two| two[1] >= two[0] - 1e-9),
            "{method:?}"
        );
        let (_, y) = fit(&["--monotone", "decreasing"], "falling");
        assert!(
            y.windows(2).all(|two| two[1] <= two[0] + 1e-9),
            "{method:?}"
        );
        let (_, y) = fit(&["--convex"], "convex");
        let bend = |three: &[f64]| three[0] - 2.0 * three[1] + three[2];
        assert!(y.windows(3).all(|three| bend(three) >= -1e-9), "{method:?}");
        let (_, y) = fit(&["--concave"], "concave");
        assert!(y.windows(3).all(|three| bend(three) <= 1e-9), "{method:?}");
        let (steep, y) = fit(&["--max-slope", "4"], "steep");
        assert!(
            y.windows(2)
                .all(|two| (two[1] - two[0]).abs() <= 4.0 * step + 1e-9),
            "{method:?}"
        );
        // A shape costs something.
        let [free, steep] = [&free, &steep].map(|report| number(report, "train_loss"));
        assert!(steep > free, "{method:?} {free} {steep}");
        losses.push(steep);
        fit(&["--through", "0:10,20:-100,70:1"], "through");
        let text = folder.ok(&["predict", "through", "--x", "0,20,70"]);
        for (line, wanted) in text.lines().skip(1).zip([10.0, -100.0, 1.0]) {
            let y: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
            assert!((y - wanted).abs() < 1e-9, "{method:?} {line}");
        }
    }
    // Seven pieces of that slope, or as many as one likes: nearly the same, and none far above the least.
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(losses.iter().all(|loss| *loss < 1.03 * least), "{losses:?}");
}

#[test]
fn a_shape_is_kept_in_the_configuration_and_a_function_may_have_one() {
    let folder = Folder::new();
    let flags = ["--function", "sin(3*x)", "--hidden", "8", "--out", "run"];
    let shape = ["--monotone", "increasing", "--through", "pi/6:1"];
    let first = folder.fit(&[&flags[..], &shape].concat());
    let config = folder.read("run/config.toml");
    assert!(config.contains("monotone = \"increasing\""), "{config}");
    let again = ["--config", "run/config.toml", "--out", "again"];
    let second = folder.fit(&again);
    assert_eq!(first["train_loss"], second["train_loss"]);
    assert_eq!(second["shape"], "increasing, through 0.523599:1");
    let y = predictions(&folder, "again", -1.0, 1.0);
    assert!(y.windows(2).all(|two| two[1] >= two[0] - 1e-12));
    // A date may be the place of a point.
    let day = |at: u32| format!("2024-01-{:02},{}\n", at + 1, at * at);
    folder.write(
        "days.csv",
        &format!("day,y\n{}", (0..25).map(day).collect::<String>()),
    );
    let dates = [
        "--csv",
        "days.csv",
        "--through",
        "2024-01-10:70",
        "--out",
        "dates",
    ];
    folder.fit(&dates);
    let text = folder.ok(&["predict", "dates", "--x", "2024-01-10"]);
    let cell = text.lines().nth(1).and_then(|line| line.split(',').nth(1));
    let y: f64 = cell.unwrap().parse().unwrap();
    assert!((y - 70.0).abs() < 1e-9, "{text}");
}
