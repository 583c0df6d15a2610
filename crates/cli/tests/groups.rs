//! Groups: a network for each, in one folder, and predictions by the group's name.

mod program;

use std::fmt::Write;

use program::{Folder, number};

/// Rows of waves, one for each of some sensors, in an order that mixes them.
fn rows(sensors: &[&str]) -> String {
    let mut text = String::from("sensor,t,v\n");
    for i in 0..40 {
        for (at, sensor) in sensors.iter().enumerate() {
            let t = f64::from(i) / 8.0;
            let noise = 0.1 * f64::from((i * 37 + at as i32 * 11) % 19) / 19.0;
            let _ = writeln!(text, "{sensor},{t},{}", (t + at as f64).sin() + noise);
        }
    }
    text
}

const COLUMNS: [&str; 6] = ["--x", "t", "--y", "v", "--by", "sensor"];

#[test]
fn each_group_is_fitted_as_if_it_were_alone() {
    let folder = Folder::new();
    let sensors = ["north", "south, low", "\"quoted\"", "7"];
    let quoted = ["north", "\"south, low\"", "\"\"\"quoted\"\"\"", "7"];
    folder.write("all.csv", &rows(&quoted));
    for method in [
        &["--method", "smooth"][..],
        &["--method", "smooth", "--hidden", "auto"],
        &["--method", "best", "--hidden", "4"],
        &["--method", "auto"],
        &[
            "--method",
            "smooth",
            "--monotone",
            "increasing",
            "--loss",
            "tukey",
        ],
    ] {
        let flags = [
            &["--csv", "all.csv", "--out", "run", "--force"][..],
            &COLUMNS,
            method,
        ];
        let report = folder.fit(&flags.concat());
        assert_eq!(number(&report, "groups"), 4.0);
        let table = folder.read("run/groups.csv");
        assert!(table.contains("\n\"south, low\",40,"), "{table}");
        for (at, sensor) in sensors.iter().enumerate() {
            let all = rows(&["a", "b", "c", "d"]);
            let name = ["a", "b", "c", "d"][at];
            let own = all
                .lines()
                .filter(|line| line.starts_with(&format!("{name},")));
            let own: String = own.map(|line| format!("{line}\n")).collect();
            folder.write("one.csv", &format!("sensor,t,v\n{own}"));
            let is_open = method.contains(&"smooth") && !method.contains(&"--hidden");
            let units = if is_open {
                &["--hidden", "32"][..]
            } else {
                &[]
            };
            let flags = [
                "--csv",
                "one.csv",
                "--x",
                "t",
                "--y",
                "v",
                "--test-samples",
                "0",
            ];
            let out = ["--out", "one", "--force"];
            folder.fit(&[&flags[..], method, units, &out].concat());
            let x = ["--x", "0.3,2.2,4.1"];
            let alone = folder.ok(&[&["predict", "one"][..], &x].concat());
            let by_name = ["predict", "run", "--group", sensor];
            assert_eq!(
                folder.ok(&[&by_name[..], &x].concat()),
                alone,
                "{method:?} {sensor}"
            );
        }
    }
}

#[test]
fn predictions_look_up_the_group_and_name_one_that_is_not_there() {
    let folder = Folder::new();
    folder.write("all.csv", &rows(&["a", "b"]));
    let fit = ["--csv", "all.csv", "--out", "run", "--bands", "0.9"];
    folder.fit(&[&fit[..], &COLUMNS].concat());
    folder.write("new.csv", "t,sensor,place\n1,b,here\n1,a,there\n9,b,far\n");
    let predict = ["predict", "run", "--csv", "new.csv", "--bands", "0.9"];
    let ran = folder.run(&predict);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "t,sensor,place,v,outside_domain,low,high,new_low,new_high"
    );
    assert!(lines[1].starts_with("1,b,here,0.9") && lines[1].contains(",false,"));
    assert!(lines[2].starts_with("1,a,there,0.8") && lines[3].contains(",true,"));
    assert!(
        ran.stderr
            .contains("1 of 3 values lie outside where their groups' networks")
    );
    let one = |name: &str| folder.ok(&["predict", "run", "--x", "1", "--group", name]);
    let value =
        |line: &str, at: usize| -> f64 { line.split(',').nth(at).unwrap().parse().unwrap() };
    assert_eq!(
        value(one("b").lines().nth(1).unwrap(), 1),
        value(lines[1], 3)
    );

    folder.write("unknown.csv", "t,sensor\n1,b\n1,c\n");
    let ran = folder.run(&["predict", "run", "--csv", "unknown.csv"]);
    assert_eq!(
        ran.sentence(2),
        "error: no group of column sensor is called `c`; the first of 2 is `a` (--group NAME)"
    );
    let skip = [
        "predict",
        "run",
        "--csv",
        "unknown.csv",
        "--missing",
        "skip",
    ];
    let ran = folder.run(&skip);
    assert_eq!(ran.stdout.lines().count(), 2);
    assert!(
        ran.stderr
            .contains("1 row that has another group was passed over"),
        "{}",
        ran.stderr
    );
    let ran = folder.run(&["predict", "run", "--x", "1"]);
    assert!(
        ran.sentence(2)
            .contains("the run has 2 groups by sensor; choose one, such as `a`")
    );
    let ran = folder.run(&["export", "run", "--format", "c", "--out", "-"]);
    assert!(ran.sentence(2).contains("choose one"));
    let c = folder.ok(&[
        "export", "run", "--group", "b", "--format", "json", "--out", "-",
    ]);
    assert!(c.contains("relu, 1 -> 32 -> 1"), "{c}");
}

#[test]
fn small_groups_have_notes_and_rows_of_their_own_are_an_error() {
    let folder = Folder::new();
    let more = "one,3,5\none,3,7\nsingle,1,2\n,1,2\n";
    folder.write("all.csv", &(rows(&["a"]) + more));
    let flags = [&["--csv", "all.csv", "--out", "run"][..], &COLUMNS].concat();
    let ran = folder.run(&[&["fit"][..], &flags].concat());
    assert!(
        ran.sentence(1).contains("column sensor: `` is missing"),
        "{}",
        ran.stderr
    );
    assert!(!folder.has("run"));
    let text = folder.ok(&[&["fit", "--missing", "skip"][..], &flags].concat());
    assert!(text.contains("3 by sensor, 43 rows"), "{text}");
    let table = folder.read("run/groups.csv");
    assert!(
        table.contains("\none,2,1,1.0,0.0,one t: the mean\nsingle,1,1,0.0,,one t: the mean\n"),
        "{table}"
    );
    assert!(
        folder
            .ok(&["predict", "run", "--x", "3", "--group", "one"])
            .contains("3,6")
    );
    // With a shape, a group that cannot have it is left out.
    let shape = ["fit", "--missing", "skip", "--force", "--max-slope", "1"];
    let ran = folder.run(&[&shape[..], &flags].concat());
    assert!(
        ran.stdout
            .contains("1 by sensor, 40 rows; 2 without a network"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr
            .contains("2 of 3 groups have no network; groups.csv says why")
    );

    let mut singles = String::from("sensor,t,v\n");
    (0..5000).for_each(|i| singles += &format!("{i},{i},1\n"));
    folder.write("singles.csv", &singles);
    let ran = folder.run(
        &[
            &["fit", "--csv", "singles.csv", "--out", "no"][..],
            &COLUMNS,
        ]
        .concat(),
    );
    assert_eq!(
        ran.sentence(1),
        "error: each of the 5000 groups by sensor of singles.csv has one row; choose a column whose values repeat"
    );
    for (more, part) in [
        (&["--by", "t"][..], "by and x are both column t"),
        (&["--by", "nothing"], "has no column `nothing`"),
        (
            &["--by", "sensor", "--epochs", "5"],
            "--by goes with --method best or smooth alone",
        ),
        (
            &["--by", "sensor", "--test-samples", "5"],
            "all rows of a group are fitted",
        ),
        (
            &["--by", "sensor", "--tolerance", "5"],
            "--by goes with --hidden H or auto alone",
        ),
    ] {
        let flags = [
            "fit",
            "--csv",
            "all.csv",
            "--missing",
            "skip",
            "--out",
            "no",
            "--x",
            "t",
            "--y",
            "v",
        ];
        let ran = folder.run(&[&flags[..], more].concat());
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        assert!(!folder.has("no"));
    }
    let ran = folder.run(&["compare", "--csv", "all.csv", "--by", "sensor"]);
    assert_eq!(ran.code, Some(2));
}
