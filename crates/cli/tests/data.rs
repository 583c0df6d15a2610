//! Real data: three public data sets, each fitted from its CSV file and better than the best straight line on held-out rows.

mod program;

use program::{Folder, asset, number};

/// Columns x and y of a file, read here on its own.
fn columns(file: &str, x: usize, y: usize) -> Vec<(f64, f64)> {
    let text = std::fs::read_to_string(asset(file)).unwrap();
    let cell = |line: &str, at: usize| line.split(',').nth(at).unwrap().parse().unwrap();
    text.lines()
        .skip(1)
        .map(|line| (cell(line, x), cell(line, y)))
        .collect()
}

/// The mean squared error on all rows of the line of least squares through all rows: a straight line can do no better.
fn line_error(rows: &[(f64, f64)]) -> f64 {
    let n = rows.len() as f64;
    let mean = |f: &dyn Fn(&(f64, f64)) -> f64| rows.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(&|row| row.0), mean(&|row| row.1));
    let slope = mean(&|row| (row.0 - x) * (row.1 - y)) / mean(&|row| (row.0 - x).powi(2));
    mean(&|row| (row.1 - y - slope * (row.0 - x)).powi(2))
}

/// The number that follows these words in the summary.
fn number_after(text: &str, words: &str) -> f64 {
    let (_, after) = text
        .split_once(words)
        .unwrap_or_else(|| panic!("{words} in {text}"));
    let end = after.find([';', '\n']).unwrap_or(after.len());
    after[..end].trim().parse().unwrap()
}

#[test]
fn three_public_data_sets_are_fitted_better_than_by_a_straight_line() {
    let folder = Folder::new();
    for (file, x, y, at, flags) in [
        (
            "data/mcycle.csv",
            "times",
            "accel",
            (1, 2),
            ["5000", "0.01", "16"],
        ),
        (
            "data/gagurine.csv",
            "Age",
            "GAG",
            (1, 2),
            ["5000", "0.01", "32"],
        ),
        (
            "data/ethanol.csv",
            "E",
            "NOx",
            (3, 1),
            ["3000", "0.005", "32"],
        ),
    ] {
        let path = asset(file);
        let summary = folder.ok(&[
            "fit",
            "--csv",
            path.to_str().unwrap(),
            "--x",
            x,
            "--y",
            y,
            "--optimizer",
            "adam",
            "--epochs",
            flags[0],
            "--lr",
            flags[1],
            "--hidden",
            flags[2],
            "--out",
            y,
        ]);
        // On the rows held out, beside the line of least squares through the rows trained on; and beside the line through
        // all rows, worked out here.
        let rows = columns(file, at.0, at.1);
        let test = number_after(&summary, "test loss ");
        let line = number_after(&summary, "the best straight line has ");
        assert!(
            test < 0.6 * line,
            "{file}: {test} on held-out rows, {line} by a line"
        );
        let line = line_error(&rows);
        assert!(
            test < 0.6 * line,
            "{file}: {test} on held-out rows, {line} by a line"
        );
        let report: serde_json::Value =
            serde_json::from_str(&folder.read(&format!("{y}/report.json"))).unwrap();
        assert!((number(&report, "test_loss") / test - 1.0).abs() < 1e-5);

        // The folder predicts in the file's own units.
        let (at, value) = rows[rows.len() / 2];
        let predicted = folder.ok(&["predict", y, "--x", &at.to_string()]);
        let row = predicted.lines().nth(1).unwrap();
        let cells: Vec<_> = row.split(',').collect();
        assert_eq!((cells[0], cells[2]), (at.to_string().as_str(), "false"));
        let error = cells[1].parse::<f64>().unwrap() - value;
        assert!(error.abs() < 3.0 * line.sqrt(), "{row}");
    }
}

#[test]
fn a_file_is_fitted_the_same_whatever_its_units_delimiter_header_and_source() {
    let folder = Folder::new();
    let rows: Vec<(f64, f64)> = (0..200)
        .map(|i| f64::from(i) * 0.013)
        .map(|x| (x, (2.0 * x).sin()))
        .collect();
    let file = |name: &str, header: &str, delimiter: char, (sx, sy): (f64, f64)| {
        let lines = rows
            .iter()
            .map(|(x, y)| format!("{}{delimiter}{}\n", sx * x, sy * y));
        folder.write(name, &(header.to_string() + &lines.collect::<String>()));
    };
    file("a.csv", "x,y\n", ',', (1.0, 1.0));
    file("b.csv", "", ';', (1.0, 1.0));
    file("c.csv", "\"time\"\t\"volts\"\n", '\t', (1024.0, 65536.0)); // powers of two: the same bits once scaled
    let fit = |flags: &[&str]| folder.fit(&[flags, &["--epochs", "50"]].concat());
    let a = fit(&["--csv", "a.csv"]);
    let b = fit(&["--csv", "b.csv", "--x", "1", "--y", "2"]);
    let c = fit(&["--csv", "c.csv", "--x", "time", "--y", "volts"]);
    assert_eq!(a["final_loss"], b["final_loss"]);
    let square = 65536.0_f64.powi(2);
    assert_eq!(number(&c, "final_loss"), square * number(&a, "final_loss"));
    assert!((number(&c, "test_loss") / (square * number(&a, "test_loss")) - 1.0).abs() < 1e-12);

    let from_stdin = folder.run_with(
        &["fit", "--csv", "-", "--epochs", "50", "--json", "--quiet"],
        &folder.read("a.csv"),
    );
    let d: serde_json::Value = serde_json::from_str(&from_stdin.stdout).unwrap();
    assert_eq!(a["final_loss"], d["final_loss"]);
}

#[test]
fn held_out_rows_are_drawn_by_the_seed_and_not_trained_on() {
    let folder = Folder::new();
    // Rows that the held-out share must hit: every y but one is 0.
    let lines: String = (0..10).map(|i| format!("{i},{}\n", i % 2)).collect();
    folder.write("data.csv", &lines);
    let fit = |seed: &str| folder.fit(&["--csv", "data.csv", "--seed", seed, "--epochs", "5"]);
    assert_eq!(fit("1")["test_loss"], fit("1")["test_loss"]);
    assert_ne!(fit("1")["test_loss"], fit("2")["test_loss"]);
    let all = folder.fit(&["--csv", "data.csv", "--test-samples", "0", "--epochs", "5"]);
    assert!(all["test_loss"].is_null() && all["max_error"].is_null());
    let few = folder.fit(&[
        "--csv",
        "data.csv",
        "--samples",
        "4",
        "--test-samples",
        "6",
        "--epochs",
        "5",
    ]);
    assert!(few["test_loss"].is_number());
}
