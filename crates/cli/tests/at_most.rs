//! The largest error, proven: of every fit of a function, and the fewest units within one, as a user meets them.

mod program;

use program::{Folder, mcycle, number};
use serde_json::Value;

/// Predictions for a column of inputs.
fn predictions(folder: &Folder, run: &str, x: &[f64]) -> Vec<f64> {
    let rows: Vec<String> = x.iter().map(|x| format!("{x:?}")).collect();
    folder.write("inputs.csv", &format!("x\n{}\n", rows.join("\n")));
    let text = folder.ok(&["predict", run, "--csv", "inputs.csv"]);
    let values = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap());
    values.map(|value| value.parse().unwrap()).collect()
}

fn evenly(low: f64, high: f64, n: usize) -> Vec<f64> {
    (0..=n)
        .map(|i| low + (high - low) * i as f64 / n as f64)
        .collect()
}

#[test]
fn a_network_is_within_the_error_everywhere_and_has_the_fewest_units() {
    let folder = Folder::new();
    let resistance = |x: f64| 10000.0 * (3950.0 * (1.0 / (x + 273.15) - 1.0 / 298.15)).exp();
    let formula = "10000*exp(3950*(1/(x+273.15)-1/298.15))";
    let asked = [
        "--function",
        formula,
        "--domain",
        "-40:125",
        "--norm",
        "max",
        "--tolerance",
        "100",
    ];
    let report = folder.fit(&[&asked[..], &["--out", "run"]].concat());
    assert_eq!(
        (&report["hidden"], &report["at_least"]["units"]),
        (&Value::from(33), &Value::from(33))
    );
    let x = evenly(-40.0, 125.0, 200_000);
    let found = predictions(&folder, "run", &x);
    let largest = found
        .iter()
        .zip(&x)
        .map(|(y, x)| (y - resistance(*x)).abs())
        .fold(0.0, f64::max);
    // What 200,000 points miss of it is far below a ten-thousandth.
    assert!(largest <= 100.0 && largest > 99.99, "{largest}");
    assert!(number(&report, "max_error_bound") <= 100.0);
    // A run repeats itself, and says that it is done.
    let again = folder.fit(&["--config", "run/config.toml"]);
    assert_eq!(again["max_error_bound"], report["max_error_bound"]);
    let sentence = folder.run(&["fit", "--resume", "run"]);
    assert!(
        sentence.sentence(2).contains("is done"),
        "{}",
        sentence.sentence(2)
    );
}

#[test]
fn every_fit_of_a_function_has_a_bound_or_says_why_not() {
    let folder = Folder::new();
    for (arguments, least, most) in [
        (vec!["--function", "step", "--hidden", "8"], 0.5, 1.1),
        (
            vec![
                "--function",
                "exp(x)",
                "--method",
                "descent",
                "--epochs",
                "20",
            ],
            0.1,
            3.0,
        ),
        (
            vec![
                "--function",
                "cos(x)",
                "--model",
                "perceptron",
                "--epochs",
                "20",
            ],
            1e-3,
            1.0,
        ),
        (vec!["--function", "sin(3*x)", "--noise", "0.1"], 0.01, 0.5),
        (
            vec![
                "--function",
                "x^3 + x",
                "--hidden",
                "5",
                "--domain",
                "100:101",
            ],
            1.0,
            1e4,
        ),
    ] {
        let report = folder.fit(&arguments);
        let bound = number(&report, "max_error_bound");
        assert!(least < bound && bound < most, "{arguments:?}: {bound}");
        assert!(number(&report, "max_error") <= bound, "{arguments:?}");
    }
    let removable = ["--function", "sin(x + 1e-9)/(x + 1e-9)", "--hidden", "4"];
    assert_eq!(folder.fit(&removable)["max_error_bound"], Value::Null);
    let summary = folder.ok(&[&["fit"], &removable[..]].concat());
    assert!(
        summary.contains(
            "not proven to be the largest, as the formula may have no value around x = -1e-9"
        ),
        "{summary}"
    );
}

#[test]
fn sides_shares_and_widths_are_kept() {
    let folder = Folder::new();
    let x = evenly(-1.0, 1.0, 20_000);
    let within = |arguments: &[&str], least: f64, most: f64| {
        let fixed = [
            "--function",
            "exp(x)",
            "--norm",
            "max",
            "--out",
            "run",
            "--force",
        ];
        let report = folder.fit(&[&fixed[..], arguments].concat());
        for (y, x) in predictions(&folder, "run", &x).iter().zip(&x) {
            let share = y / x.exp() - 1.0;
            let error = if arguments.contains(&"--relative") {
                share
            } else {
                y - x.exp()
            };
            assert!(
                least - 1e-15 <= error && error <= most + 1e-15,
                "{arguments:?}: {error} at {x}"
            );
        }
        report
    };
    within(&["--tolerance", "0.01"], -0.01, 0.01);
    within(&["--tolerance", "0.01", "--side", "above"], 0.0, 0.01);
    within(&["--tolerance", "0.01", "--side", "below"], -0.01, 0.0);
    within(
        &["--tolerance", "0.01", "--relative", "--side", "below"],
        -0.01,
        0.0,
    );
    let five = within(&["--hidden", "5"], -0.0105199, 0.0105199);
    assert!(number(&five["at_least"], "error") > 0.0105197, "{five}");
    assert_eq!(five["hidden"], 5);
}

#[test]
fn each_row_of_a_file_is_within_the_error() {
    let folder = Folder::new();
    let mut rows = String::from("t,level\n");
    let level = |t: usize| (t as f64 / 30.0).sin() + 0.01 * ((t * 7919) % 13) as f64;
    for t in 0..2000 {
        rows += &format!("{t},{:?}\n", level(t));
    }
    folder.write("series.csv", &rows);
    let data = [
        "--csv",
        "series.csv",
        "--norm",
        "max",
        "--out",
        "run",
        "--force",
    ];
    let report = folder.fit(&[&data[..], &["--tolerance", "0.1"]].concat());
    let t: Vec<f64> = (0..2000).map(|t| t as f64).collect();
    for (t, y) in predictions(&folder, "run", &t).iter().enumerate() {
        assert!((y - level(t)).abs() <= 0.1, "{t}");
    }
    let needed = number(&report["at_least"], "units");
    assert!(
        needed > 40.0
            && needed <= number(&report, "hidden")
            && number(&report, "hidden") <= needed + 1.0
    );
    // All rows are used.
    assert_eq!(report["test_loss"], Value::Null);
    // Two rows of one time, apart by more than twice the error.
    folder.write("apart.csv", "t,level\n0,1\n1,2\n1,3\n2,1\n");
    let apart = folder.run(&[
        "fit",
        "--csv",
        "apart.csv",
        "--norm",
        "max",
        "--tolerance",
        "0.4",
    ]);
    assert!(
        apart
            .sentence(1)
            .contains("no value is within 0.4 of all rows with t = 1"),
        "{}",
        apart.sentence(1)
    );
}

#[test]
fn what_cannot_be_is_answered() {
    let folder = Folder::new();
    for (arguments, code, part) in [
        (
            vec!["--function", "step", "--tolerance", "0.1"],
            1,
            "jumps by 1 at x = 0, so no network is within 0.1; ask for more than 0.5",
        ),
        (
            vec!["--function", "sin(x)", "--tolerance", "1e-17"],
            1,
            "takes about 101663794 straight pieces, and at most 100000 are fitted",
        ),
        (
            vec!["--function", "x", "--tolerance", "1e-18"],
            1,
            "is lost in the rounding of `x`",
        ),
        (
            vec!["--function", "1/(x-0.123)", "--tolerance", "1"],
            1,
            "choose a --domain A:B without that place",
        ),
        (
            vec!["--function", "1e-30/(x - 0.3)", "--tolerance", "1"],
            1,
            "choose a --domain A:B without that place",
        ),
        (
            vec!["--function", "sin(x)", "--tolerance", "0.1", "--relative"],
            1,
            "an error cannot be a share of `sin(x)`, which is 0 or changes its sign at x = 0",
        ),
        (
            vec!["--function", "sin(x)", "--tolerance", "-1"],
            2,
            "it must be a number above 0",
        ),
        (
            vec!["--function", "sin(x)", "--side", "left", "--tolerance", "1"],
            2,
            "[possible values: above, below]",
        ),
        (
            mcycle().to_vec(),
            2,
            "needs a number of hidden units or a tolerance",
        ),
    ] {
        let ran = folder.run(&[&["fit", "--norm", "max"], &arguments[..]].concat());
        let sentence = ran.sentence(code);
        assert!(sentence.contains(part), "{arguments:?}: {sentence}");
    }
    // Larger than the function's range: one piece, said.
    let summary = folder.ok(&[
        "fit",
        "--norm",
        "max",
        "--function",
        "sin(x)",
        "--tolerance",
        "10",
    ]);
    assert!(
        summary
            .contains("1 unit in 1 straight piece is within 10 everywhere, and no fewer: proven"),
        "{summary}"
    );
    assert!(
        !folder.has("runs/2"),
        "a search that finds nothing leaves nothing"
    );
}
