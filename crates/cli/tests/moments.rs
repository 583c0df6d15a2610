//! Moments: files reduced, tables that add up, what their fits say, and what cannot be.

mod program;

use std::fmt::Write;

use program::{Folder, number};

/// A wave with noise, some rows of which lack a number.
fn rows(from: usize, to: usize) -> String {
    let mut text = String::from("t,v,w,g\n");
    for i in from..to {
        let t = (i * 7919 % 1009) as f64 / 100.0;
        let v = t.sin() + (i % 13) as f64 / 64.0;
        let _ = writeln!(text, "{t},{v},{},{}", 1 + i % 3, ["a", "b"][i % 2]);
        if i % 500 == 7 {
            text += "NA,1,1,a\n1,,1,b\n";
        }
    }
    text
}

#[test]
fn two_halves_are_the_whole_and_nothing_is_lost() {
    let folder = Folder::new();
    folder.write("1.csv", &rows(0, 2000));
    folder.write("2.csv", &rows(2000, 5000));
    folder.write("all.csv", &rows(0, 5000));
    for name in ["1", "2", "all"] {
        let (csv, out) = (format!("{name}.csv"), format!("{name}.moments.csv"));
        folder.ok(&[
            "moments", "--csv", &csv, "--x", "t", "--y", "v", "--weight", "w", "--out", &out,
        ]);
    }
    let halves = ["--moments", "1.moments.csv", "--moments", "2.moments.csv"];
    let samples = [
        "--csv",
        "all.csv",
        "--x",
        "t",
        "--y",
        "v",
        "--weight",
        "w",
        "--missing",
        "skip",
        "--test-samples",
        "0",
    ];
    for method in [
        &["--hidden", "8", "--method", "best"][..],
        &["--method", "smooth", "--hidden", "20"],
    ] {
        let fit = |source: &[&str], out: &str| {
            folder.fit(&[source, method, &["--force", "--out", out]].concat())
        };
        let (ours, whole) = (
            fit(&halves, "halves"),
            fit(&["--moments", "all.moments.csv"], "whole"),
        );
        let theirs = fit(&samples, "samples");
        assert_eq!(number(&ours, "train_loss_bound"), 0.0);
        // 1e-9: sums in another order.
        for other in [&whole, &theirs] {
            let (a, b) = (number(&ours, "train_loss"), number(other, "train_loss"));
            assert!((a / b - 1.0).abs() < 1e-9, "{a} {b}");
        }
        // No mean of absolute errors is known.
        assert!(ours["final_mae"].is_null() && theirs["final_mae"].is_number());
    }
    // A pattern is all of its files.
    let pattern = folder.ok(&[
        "moments", "--csv", "[12].csv", "--x", "t", "--y", "v", "--weight", "w",
    ]);
    let all = folder.read("all.moments.csv");
    let n = |table: &str| -> u64 {
        let cells = table.lines().filter(|line| line.starts_with("0,"));
        cells
            .map(|line| line.split(',').nth(2).unwrap().parse::<u64>().unwrap())
            .sum()
    };
    assert_eq!((n(&all), n(&pattern)), (5000, 5000));
    assert!(all.lines().any(|line| line.starts_with("0,,4,")) && all.lines().count() == 1011);
    assert_eq!(all.lines().last(), pattern.lines().last());
}

#[test]
fn groups_have_a_network_each_and_a_bound() {
    let folder = Folder::new();
    folder.write("all.csv", &rows(0, 5000));
    let columns = ["--x", "t", "--y", "v", "--by", "g"];
    let reduce = [
        &[
            "moments", "--csv", "all.csv", "--out", "m.csv", "--cells", "200",
        ],
        &columns[..],
    ]
    .concat();
    folder.ok(&reduce);
    folder.ok(&[
        "fit",
        "--moments",
        "m.csv",
        "--by",
        "g",
        "--x",
        "t",
        "--y",
        "volts",
        "--out",
        "run",
    ]);
    let table = folder.read("run/groups.csv");
    assert!(
        table.starts_with("group,rows,hidden,rms,mse_bound,r2,note\na,2500,"),
        "{table}"
    );
    let predicted = folder.ok(&["predict", "run", "--csv", "all.csv", "--missing", "skip"]);
    assert!(
        predicted.starts_with("t,v,w,g,volts,outside_domain\n") || predicted.contains("predicted"),
        "{predicted}"
    );
    let sql = folder.ok(&[
        "export",
        "run",
        "--group",
        "a",
        "--format",
        "sql",
        "--dialect",
        "sqlite",
        "--out",
        "-",
    ]);
    assert!(sql.contains("CAST(\"t\" AS REAL)"), "{sql}");
}

#[test]
fn what_cannot_be_is_one_sentence() {
    let folder = Folder::new();
    folder.write("all.csv", &rows(0, 500));
    folder.write("other.csv", "a,b\n1,2\n");
    let header = "shallow_moments_1,grp,n,w,low,high,ylow,yhigh,x0,sx,sxx,y0,sy,sxy,syy\n";
    folder.write("empty.csv", header);
    folder.write(
        "left_out.csv",
        &format!("{header}1,,5{}\n", ",0".repeat(12)),
    );
    folder.write(
        "cut.csv",
        &format!("{header}0,,2,2,1,2,5,7,1.5,0,0.5,6,0,0,2\n"),
    );
    let last = format!("1,,5{}\n", ",0".repeat(12));
    folder.write(
        "one.csv",
        &format!("{header}0,,2,2,1,1,5,7,1,0,0,6,0,0,2\n{last}"),
    );
    folder.write(
        "negative.csv",
        &format!(
            "{header}0,,2,2,1,2,5,7,1.5,0,0.5,6,0,0,2\n0,,2,2,3,4,5,7,3,1,0.2,6,0,0,2\n{last}"
        ),
    );
    folder.write(
        "light.csv",
        &format!("{header}0,,1,1,0,0,5,5,0,0,0,5,0,0,0\n0,,1,1e100,1,1,5,5,1,0,0,5,0,0,0\n{last}"),
    );
    folder.write("later.csv", &header.replace("_1,", "_9,"));
    let reduce = ["moments", "--csv", "all.csv", "--x", "t", "--y", "v"];
    folder.ok(&[&reduce[..], &["--out", "m.csv"]].concat());
    folder.ok(&[&reduce[..], &["--by", "g", "--out", "g.csv"]].concat());
    let fit =
        |options: &'static [&'static str]| [&["fit", "--out", "no", "--moments"], options].concat();
    for (arguments, code, said) in [
        (fit(&["other.csv"]), 1, "is no table of moments"),
        (
            fit(&["later.csv"]),
            1,
            "of version 9, and this program reads 1",
        ),
        (fit(&["empty.csv"]), 1, "no rows"),
        (fit(&["left_out.csv"]), 1, "has no cell"),
        (fit(&["cut.csv"]), 1, "cut.csv ends early"),
        (fit(&["one.csv"]), 1, "all samples of one.csv are at x = 1"),
        (fit(&["negative.csv"]), 1, "row 2: its variance is negative"),
        (
            fit(&["light.csv"]),
            1,
            "the weights of cells reach from 1 to 1e100",
        ),
        (fit(&["g.csv"]), 1, "the moments of 2 groups"),
        (fit(&["m.csv", "--by", "g"]), 1, "moments without a group"),
        (
            fit(&["m.csv", "--norm", "max", "--hidden", "3"]),
            2,
            "the largest error is that of one sample",
        ),
        (
            fit(&["m.csv", "--loss", "tukey"]),
            2,
            "a robust loss looks at each sample",
        ),
        (
            fit(&["m.csv", "--model", "perceptron"]),
            2,
            "a perceptron visits each sample",
        ),
        (
            fit(&["m.csv", "--csv", "all.csv"]),
            2,
            "cannot be used with",
        ),
        (
            [&reduce[..], &["--out", "m.csv"]].concat(),
            1,
            "m.csv is there already",
        ),
        (
            [&reduce[..], &["--out", "all.csv", "--force"]].concat(),
            2,
            "--out is the file that is read",
        ),
        (
            [&reduce[..], &["--cells", "99999999"]].concat(),
            1,
            "cells must be a number from 1 to 10000000",
        ),
        (
            vec!["moments", "--csv", "*.tsv", "--x", "t", "--y", "v"],
            1,
            "no file matches *.tsv",
        ),
        (
            vec!["moments", "--csv", "all.csv", "--x", "t", "--y", "t"],
            1,
            "is asked for twice",
        ),
        (
            vec![
                "sql",
                "--dialect",
                "duckdb",
                "--table",
                "t",
                "--x",
                "a",
                "--y",
                "a",
            ],
            2,
            "is asked for twice",
        ),
        (
            vec![
                "sql",
                "--dialect",
                "duckdb",
                "--table",
                "",
                "--x",
                "a",
                "--y",
                "b",
            ],
            2,
            "is no name of a table",
        ),
        (
            vec![
                "sql",
                "--dialect",
                "duckdb",
                "--table",
                "t",
                "--x",
                "a",
                "--y",
                "b",
                "--where",
                "1=1) --",
            ],
            2,
            "one expression",
        ),
        (
            vec!["studio", "--moments", "m.csv"],
            2,
            "leave --moments out",
        ),
    ] {
        let ran = folder.run(&arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}");
        let sentence = ran.sentence(code);
        assert!(sentence.contains(said), "{arguments:?}: {sentence}");
    }
    assert!(!folder.path().join("no").exists());
}
