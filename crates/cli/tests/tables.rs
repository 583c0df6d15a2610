//! Tables as they are: weights, missing numbers, comments, blanks, and predictions beside a file's own columns.

mod program;

use program::{Folder, number};

/// Rows of a wave with noise that repeats itself.
fn rows() -> Vec<[f64; 3]> {
    (0..80)
        .map(|i| {
            let x = f64::from(i) / 20.0;
            let noise = 0.2 * f64::from(i * 37 % 19) / 19.0;
            [x, x.sin() + noise, f64::from(i % 3)]
        })
        .collect()
}

#[test]
fn a_whole_weight_is_as_many_rows_and_none_leaves_a_row_out() {
    let folder = Folder::new();
    let rows = rows();
    let line = |row: &[f64; 3]| format!("{},{},{}\n", row[0], row[1], row[2]);
    let all: String = rows.iter().map(line).collect();
    folder.write("weighted.csv", &format!("x,y,w\n{all}0.5,1000,0\n"));
    let copies = rows
        .iter()
        .flat_map(|row| std::iter::repeat_n(row, row[2] as usize));
    let copies: String = copies.map(line).collect();
    folder.write("copied.csv", &format!("x,y,w\n{copies}"));
    for method in [
        &["--method", "best", "--hidden", "5"][..],
        &["--method", "smooth", "--penalty", "1e-5"],
        &["--method", "smooth"],
    ] {
        let fit = |file: &str, more: &[&str]| {
            let flags = ["--csv", file, "--x", "x", "--y", "y", "--test-samples", "0"];
            folder.fit(&[&flags[..], method, more].concat())
        };
        let weighted = fit(
            "weighted.csv",
            &["--weight", "w", "--out", "weighted", "--force"],
        );
        let copied = fit("copied.csv", &["--out", "copied", "--force"]);
        // The criterion counts samples, of which the weighted file has fewer: all else is the same.
        if method.contains(&"--penalty") || method.contains(&"best") {
            let [a, b] = [&weighted, &copied].map(|fit| number(fit, "train_loss"));
            assert!((a / b - 1.0).abs() < 1e-9, "{method:?}: {a} {b}");
            let predict = |run: &str| -> Vec<f64> {
                let text = folder.ok(&["predict", run, "--x", "0.3,1.7,3.1"]);
                let cell = |line: &str| line.split(',').nth(1).unwrap().parse().unwrap();
                text.lines().skip(1).map(cell).collect()
            };
            for (a, b) in predict("weighted").iter().zip(predict("copied")) {
                assert!((a - b).abs() < 1e-6, "{method:?}: {a} {b}");
            }
        }
    }
    let auto = ["fit", "--csv", "weighted.csv", "--x", "x", "--weight", "w"];
    assert!(folder.ok(&auto).contains("smooth by gcv"));
    for (file, part) in [
        (
            "x,y,w\n1,2,-1\n2,3,1\n3,4,1\n",
            "has a weight of -1; weights must be 0 or more",
        ),
        (
            "x,y,w\n1,2,1e-40\n2,3,1\n3,4,1\n",
            "the weights in bad.csv reach from 1e-40 to 1e0; give 0 to rows",
        ),
        (
            "x,y,w\n1,2,0\n2,3,0\n3,4,0\n",
            "all weights in bad.csv are 0",
        ),
        (
            "x,y,w\n1,2,0\n2,3,1\n3,4,0\n",
            "has 1 sample; a fit needs at least 2",
        ),
    ] {
        folder.write("bad.csv", file);
        let ran = folder.run(&[
            "fit", "--csv", "bad.csv", "--x", "x", "--y", "y", "--weight", "w",
        ]);
        assert!(ran.sentence(1).contains(part), "{}", ran.stderr);
    }
    for (flags, part) in [
        (
            &["--optimizer", "adam"][..],
            "--weight goes with --method best or smooth alone",
        ),
        (
            &["--norm", "max", "--hidden", "3"],
            "--weight goes with --norm rms alone",
        ),
    ] {
        let ran = folder.run(&[&auto[..], flags].concat());
        assert!(ran.sentence(2).contains(part), "{}", ran.stderr);
    }
}

#[test]
fn rows_that_lack_a_number_are_an_error_or_counted() {
    let folder = Folder::new();
    let lines: String = rows()
        .iter()
        .map(|row| format!("  {} {}   {} \n", row[0], row[1], row[2]))
        .collect();
    folder.write(
        "data.txt",
        &format!("# made for a test\nx y z\n{lines}NA 3 1\n4 nan 1\n# the end\n"),
    );
    let fit = [
        "fit", "--csv", "data.txt", "--x", "x", "--y", "y", "--out", "run",
    ];
    let ran = folder.run(&fit);
    let sentence = ran.sentence(1);
    assert!(
        sentence.contains("data.txt line 83, column x: `NA` is missing; fill it or delete the row, or pass such rows over with --missing skip"),
        "{sentence}"
    );
    let summary = folder.ok(&[&fit[..], &["--missing", "skip"]].concat());
    assert!(
        summary.contains("data.txt, 80 rows and 2 passed over that lack a number; header: x, y, z"),
        "{summary}"
    );
    // The run repeats itself from what it wrote down.
    let again = folder.fit(&["--config", "run/config.toml", "--out", "again"]);
    let report: serde_json::Value = serde_json::from_str(&folder.read("run/report.json")).unwrap();
    assert_eq!(number(&again, "test_loss"), number(&report, "test_loss"));

    folder.write("new.csv", "id,time,y\n\"a, b\",0.5,7\nc,,8\nd,9,9\n");
    let predict = ["predict", "run", "--csv", "new.csv", "--x", "time"];
    assert!(
        folder
            .run(&predict)
            .sentence(1)
            .contains("line 3, column time: `` is missing")
    );
    let ran = folder.run(&[&predict[..], &["--missing", "skip"]].concat());
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "id,time,y,y predicted,outside_domain");
    assert!(
        lines[1].starts_with("\"a, b\",0.5,7,0.") && lines[1].ends_with(",false"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].starts_with("d,9,9,") && lines[2].ends_with(",true"),
        "{}",
        lines[2]
    );
    assert_eq!(lines.len(), 3);
    assert!(
        ran.stderr
            .contains("note: 1 row that lacks a number was passed over"),
        "{}",
        ran.stderr
    );

    let to_file = [&predict[..], &["--missing", "skip", "--out", "new.out"]].concat();
    folder.ok(&to_file);
    assert_eq!(folder.read("new.out"), ran.stdout);
    assert!(folder.run(&to_file).sentence(1).contains("--force"));
    let own = [
        &predict[..],
        &[
            "--missing",
            "skip",
            "--force",
            "--out",
            "run/model.safetensors",
        ],
    ]
    .concat();
    assert_eq!(folder.run(&own).code, Some(2));
    let json = folder.ok(&["predict", "run", "--x", "0.5,9", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["x"], serde_json::json!([0.5, 9.0]));
    assert_eq!(json["outside_domain"], serde_json::json!([false, true]));
    assert_eq!(json["names"], serde_json::json!(["x", "y"]));
}

#[test]
fn bands_hold_what_they_say_and_are_refused_where_there_is_no_noise() {
    let folder = Folder::new();
    let fit = [
        "--function",
        "sin(6*x)",
        "--samples",
        "200",
        "--noise",
        "0.2",
        "--bands",
        "0.9",
    ];
    let report = folder.fit(&[&fit[..], &["--out", "run"]].concat());
    let bands = &report["bands"];
    let of = |name: &str| -> Vec<f64> {
        let values = bands[name].as_array().unwrap().iter();
        values.map(|value| value.as_f64().unwrap()).collect()
    };
    assert!((number(bands, "noise") - 0.2).abs() < 0.04, "{bands}");
    let [x, y, low, high, new_low, new_high] =
        ["x", "y", "low", "high", "new_low", "new_high"].map(of);
    let mut inside = 0;
    for at in 0..x.len() {
        assert!(
            new_low[at] < low[at] && low[at] < y[at] && y[at] < high[at] && high[at] < new_high[at]
        );
        inside += i32::from((low[at]..=high[at]).contains(&(6.0 * x[at]).sin()));
    }
    assert!(inside > 60, "{inside} of {}", x.len());
    // What `predict` prints is what the report has.
    let text = folder.ok(&[
        "predict",
        "run",
        "--x",
        &x[50].to_string(),
        "--bands",
        "0.9",
    ]);
    assert!(
        text.starts_with("x,y,outside_domain,low,high,new_low,new_high\n"),
        "{text}"
    );
    let cells: Vec<&str> = text.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(cells[3].parse::<f64>().unwrap(), low[50]);
    assert_eq!(cells[6].parse::<f64>().unwrap(), new_high[50]);
    let json = folder.ok(&["predict", "run", "--x", "0", "--bands", "0.5", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["low"][0].as_f64().unwrap() > low[50], "{json}");
    // PyTorch loads the network alone.
    folder.ok(&["export", "run", "--format", "safetensors"]);
    assert!(
        std::fs::metadata(folder.path().join("run/export/model.safetensors"))
            .unwrap()
            .len()
            < std::fs::metadata(folder.path().join("run/model.safetensors"))
                .unwrap()
                .len()
    );

    let exact = folder.fit(&["--function", "x^2", "--out", "exact"]);
    assert!(exact["bands"].is_null());
    for (arguments, code, part) in [
        (
            "fit --function x^2 --bands 0.9",
            2,
            "a function without noise has no bands",
        ),
        (
            "fit --function x^2 --noise 1 --bands 95",
            2,
            "must be between 0 and 1, as 0.95 is, got 95",
        ),
        (
            "fit --function x^2 --noise 1 --bands 0.9 --epochs 5",
            2,
            "--bands goes with --method best or smooth alone",
        ),
        (
            "predict exact --x 1 --bands 0.9",
            1,
            "the run in exact knows no noise",
        ),
        ("predict run --x 1 --bands 1", 2, "must be between 0 and 1"),
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        assert!(
            folder.run(&arguments).sentence(code).contains(part),
            "{arguments:?}"
        );
    }
    // Samples that are too few, and samples without noise.
    folder.write("few.csv", "x,y\n1,2\n2,3\n3,5\n4,4\n");
    let few = [
        "fit",
        "--csv",
        "few.csv",
        "--test-samples",
        "0",
        "--method",
        "best",
        "--hidden",
        "3",
        "--bands",
        "0.9",
    ];
    assert!(folder.run(&few).stderr.contains("note: there are no bands"));
    let line: String = (0..30).map(|i| format!("{i},{}\n", 2 * i)).collect();
    folder.write("line.csv", &line);
    let constant: String = (0..30).map(|i| format!("{i},3\n")).collect();
    folder.write("constant.csv", &constant);
    let flat = [
        "fit",
        "--csv",
        "constant.csv",
        "--method",
        "best",
        "--hidden",
        "2",
        "--bands",
        "0.9",
    ];
    assert!(!folder.ok(&flat).contains("NaN"));
    folder.write("low.csv", "x,low\n0.5,1\n");
    let low = folder.ok(&["predict", "run", "--csv", "low.csv", "--bands", "0.9"]);
    assert!(
        low.starts_with("x,low,y,outside_domain,low predicted,high,new_low,new_high\n"),
        "{low}"
    );
    let far = folder.run(&["predict", "run", "--x", "1e308"]);
    assert!(far.sentence(2).contains("`1e308` is beyond 1e150"));
    let perfect = folder.fit(&["--csv", "line.csv", "--bands", "0.9"]);
    assert!(number(&perfect["bands"], "noise") < 1e-6, "{perfect}");
}

#[test]
fn a_sample_that_is_far_off_leads_no_fit_with_tukeys_loss() {
    let folder = Folder::new();
    let value = |i: i32| {
        if i == 4 {
            40.0
        } else {
            f64::from(i) + 0.1 * f64::from(i * i % 3)
        }
    };
    let rows: String = (1..=30).map(|i| format!("{i},{}\n", value(i))).collect();
    folder.write("far.csv", &format!("x,y\n{rows}"));
    let at_4 = |flags: &[&str]| -> f64 {
        let fit = [
            "fit",
            "--csv",
            "far.csv",
            "--test-samples",
            "0",
            "--out",
            "run",
            "--force",
        ];
        folder.ok(&[&fit[..], flags].concat());
        let text = folder.ok(&["predict", "run", "--x", "4"]);
        text.lines()
            .nth(1)
            .unwrap()
            .split(',')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap()
    };
    for flags in [
        &["--loss", "tukey"][..],
        &["--loss", "tukey", "--method", "smooth"],
    ] {
        assert!(
            (at_4(flags) - 4.1).abs() < 0.3,
            "{flags:?}: {}",
            at_4(flags)
        );
        let again: String = folder.read("run/config.toml");
        assert!(again.contains("loss = \"tukey\""), "{again}");
    }
    assert!((at_4(&["--loss", "huber"]) - 4.1).abs() < 1.0);
    assert!((at_4(&[]) - 4.1).abs() > 0.3);
    for (flags, part) in [
        (
            "--loss huber --bands 0.9",
            "--bands goes with --loss squared alone",
        ),
        (
            "--loss huber --epochs 4",
            "--loss goes with --method best or smooth alone",
        ),
        (
            "--loss huber --norm max --hidden 3",
            "--loss goes with --norm rms alone",
        ),
    ] {
        let arguments = format!("fit --csv far.csv {flags}");
        let arguments: Vec<&str> = arguments.split(' ').collect();
        assert!(folder.run(&arguments).sentence(2).contains(part), "{flags}");
    }
    let ran = folder.run(&["fit", "--function", "x^2", "--loss", "huber"]);
    assert!(
        ran.sentence(2)
            .contains("a function without noise has no samples that are far off")
    );
}

#[test]
fn dates_are_fitted_and_predicted() {
    let folder = Folder::new();
    let rows: String = (1..=28)
        .map(|day| format!("2024-02-{day:02},{}\n", 3 * day))
        .collect();
    folder.write("days.csv", &format!("day,level\n{rows}"));
    let summary = folder.ok(&["fit", "--csv", "days.csv", "--out", "run"]);
    assert!(
        summary.contains("; day in seconds since 1970-01-01 UTC"),
        "{summary}"
    );
    assert!(summary.contains(" at day = 2024-02-"), "{summary}");
    let picture = folder.read("run/fit.svg");
    assert!(picture.contains("day, UTC, from 2024-02-01"), "{picture}");
    assert!(picture.contains("2024-02-08"), "{picture}");
    let text = folder.ok(&["predict", "run", "--x", "2024-02-10T12:00"]);
    let row: Vec<&str> = text.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(row[0], "2024-02-10T12:00");
    assert!(
        (row[1].parse::<f64>().unwrap() - 31.5).abs() < 0.01,
        "{text}"
    );
    let text = folder.ok(&["predict", "run", "--csv", "days.csv"]);
    assert!(
        text.lines().nth(3).unwrap().starts_with("2024-02-03,9,"),
        "{text}"
    );
}

/// Between inputs that differ by roundings, a variance may have knots that are equal in the user's units: then it is left out.
#[test]
fn a_run_far_from_zero_can_be_read_back() {
    let folder = Folder::new();
    let row = |i: i64| format!("{},{}\n", 10_i64.pow(16) + 2 * i, (i * 37 % 19) % 7);
    let rows: String = (0..40).map(row).collect();
    folder.write("far.csv", &format!("x,y\n{rows}"));
    for method in ["smooth", "auto"] {
        let flags = ["--csv", "far.csv", "--method", method, "--out", method];
        folder.fit(&[&flags[..], &["--test-samples", "0"]].concat());
        let text = folder.ok(&["predict", method, "--x", "10000000000000010"]);
        assert_eq!(text.lines().count(), 2, "{text}");
    }
}
