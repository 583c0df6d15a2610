//! Bad input: one plain sentence with the value and the remedy, the documented exit code, and nothing lost.

mod program;

use std::fs;

use program::Folder;

#[test]
fn bad_arguments_are_answered() {
    are_answered(&[
        (
            "fit --function x --monotone up",
            2,
            &["invalid value 'up'", "increasing, decreasing"],
        ),
        (
            "fit --function x --convex --concave",
            2,
            &["'--convex' cannot be used with '--concave'"],
        ),
        (
            "fit --function x --monotone increasing --through 0:1,1:0",
            2,
            &["no increasing curve passes through 0:1 and 1:0; leave one of these out"],
        ),
        (
            "fit --function x --through 3",
            2,
            &["through `3`: a point is two numbers with a colon between, such as 0:1"],
        ),
        (
            "fit --function x --through 1e9:1",
            2,
            &["the point 1e9:1 lies more than 1e4 times the samples' width away"],
        ),
        (
            "fit --function x --max-slope -1",
            2,
            &["the largest slope must be 0 or more, got -1"],
        ),
        (
            "fit --function x --convex --tolerance 0.1",
            2,
            &["--convex goes with --hidden H or auto alone; leave it out"],
        ),
        (
            "fit --function x --convex --epochs 5",
            2,
            &["--convex goes with --method best or smooth alone"],
        ),
        (
            "fit --function x --hidden 1 --through -1:0,0:1,1:0",
            2,
            &[
                "no network of width 1 was found that has the shape and passes through the points; give more --hidden",
            ],
        ),
        ("fitt", 2, &["unrecognized subcommand 'fitt'", "'fit'"]),
        ("fit", 2, &["nothing to fit; give --function"]),
        (
            "fit --function x --hiden 3",
            2,
            &["unexpected argument '--hiden'", "'--hidden'"],
        ),
        (
            "fit --function x --hidden 0",
            2,
            &["invalid value '0' for '--hidden <H|auto>'", "at least 1"],
        ),
        (
            "fit --function x --hidden -5",
            2,
            &["invalid value '-5'", "at least 1"],
        ),
        (
            "fit --function x --samples=-1",
            2,
            &["invalid value '-1'", "at least 1"],
        ),
        (
            "fit --function x --epochs 1.5",
            2,
            &["invalid value '1.5'", "whole number"],
        ),
        (
            "fit --function x --lr -0.1",
            2,
            &["learning rate must be a positive number, got -0.1"],
        ),
        (
            "fit --function x --lr nan",
            2,
            &["learning rate must be a positive number, got NaN"],
        ),
        (
            "fit --function x --samples 1000000000000",
            2,
            &["samples must be at most 1000000000, got 1000000000000"],
        ),
        (
            "fit --function x --noise -1",
            2,
            &["invalid value '-1'", "at least 0"],
        ),
        (
            "fit --function x --seed 4294967296",
            2,
            &["below 2^32, got 4294967296", "--rng rand"],
        ),
        (
            "fit --function x --test-samples 0",
            2,
            &["test samples of a function must be at least 1"],
        ),
        (
            "fit --function x --engine fast",
            2,
            &["invalid value 'fast'", "auto, autodiff, backprop, exact"],
        ),
        (
            "fit --function x --optimizer sgd",
            2,
            &["invalid value 'sgd'", "gd, momentum, adam"],
        ),
        (
            "fit --function x --device tpu",
            2,
            &["unknown device `tpu`; choose auto"],
        ),
        (
            "fit --function x --device cuda",
            2,
            &["no cuda backend; compile it with the feature cuda"],
        ),
        (
            "fit --function x --degree 3",
            2,
            &["--degree goes with --model perceptron"],
        ),
        (
            "fit --function x --model perceptron --hidden 3",
            2,
            &["--hidden goes with --model relu"],
        ),
        (
            "fit --function x --model perceptron --engine exact",
            2,
            &[
                "the exact engine needs a ReLU network",
                "autodiff or backprop",
            ],
        ),
        ("fit --function x --x time", 2, &["--x goes with --csv"]),
        (
            "fit --function x --domain 1:1",
            2,
            &["domain `1:1` must go from a smaller to a larger number"],
        ),
        (
            "fit --function x --domain 1",
            2,
            &["domain `1` must be two numbers with a colon"],
        ),
        (
            "fit --function x --domain -1:",
            2,
            &["domain `-1:`: a number is missing"],
        ),
        (
            "fit --function x --domain 0:x",
            2,
            &["`x` must be a number"],
        ),
        (
            "fit --function foo(x)",
            2,
            &["unknown function `foo` at character 1"],
        ),
        (
            "fit --function sin(x",
            2,
            &["parenthesis opened at character 4 is not closed"],
        ),
        (
            "fit --function a*x",
            2,
            &["has the variables a and x; it may have one"],
        ),
        (
            "fit --function 1/x",
            1,
            &["function `1/x` is inf at x = 0", "--domain"],
        ),
        (
            "fit --function x --domain 1e-320:1e-310",
            2,
            &["is narrower than 1e-140; use other units"],
        ),
        (
            "fit --function x --domain -1e300:1e300",
            2,
            &["reaches beyond 1e150, where squares overflow; use other units"],
        ),
        (
            "fit --function x --model perceptron --degree 4294967295",
            2,
            &["degree must be at most 1000, got 4294967295"],
        ),
        (
            "fit --function x --optimizer lm --hidden 100000",
            2,
            &["the optimizer lm takes at most 4096 hidden units, got 100000"],
        ),
        (
            "fit --function x --noise 1e200",
            2,
            &["noise must be at most 1e145, got 1e200"],
        ),
        // Poles between the samples: on the yardstick's grid, and off every grid.
        (
            "fit --function 1/(x-0.5)",
            1,
            &["function `1/(x-0.5)` is inf at x = 0.5", "--domain"],
        ),
        (
            "fit --function ln(abs(x-0.123)) --method descent",
            1,
            &["is -inf at x = 0.123", "--domain"],
        ),
        (
            "fit --function ln(x) --domain -1:1",
            1,
            &["is NaN at x = -0.", "--domain"],
        ),
        (
            "fit --function exp(1000*x)",
            1,
            &["function `exp(1000*x)` is ", "--domain"],
        ),
        ("fit --function x --csv a.csv", 2, &["cannot be used with"]),
        ("fit --csv no.csv", 1, &["cannot read no.csv: No such file"]),
        ("fit --csv .", 1, &["cannot read .: it is a folder"]),
        (
            "fit --config no.toml",
            1,
            &["cannot read no.toml: No such file"],
        ),
        ("fit --resume no", 1, &["there is no run in no"]),
        (
            "fit --function x --resume no",
            2,
            &["--resume takes all settings from no/config.toml"],
        ),
        ("predict no --x 1", 1, &["there is no run folder no"]),
        (
            "predict no",
            2,
            &["nothing to predict; give --x V,V,..., --csv FILE"],
        ),
        ("export no --format c", 1, &["there is no run folder no"]),
        (
            "export no --format pdf",
            2,
            &["invalid value 'pdf'", "safetensors, onnx, rust, c, json"],
        ),
        ("completions tcsh", 2, &["invalid value 'tcsh'", "bash"]),
    ]);
}

/// Functions that are one mistake away from what was meant, which must not become the variable.
#[test]
fn mistyped_functions_are_answered() {
    are_answered(&[
        (
            "fit --function sinx",
            2,
            &["`sinx` at character 1 cannot be the variable; did you mean sin(x)?"],
        ),
        (
            "fit --function 1+lnx",
            2,
            &["`lnx` at character 3 cannot be the variable; did you mean ln(x)?"],
        ),
        (
            "fit --function pie",
            2,
            &["`pie` at character 1 cannot be the variable; did you mean pi?"],
        ),
        (
            "fit --function x2",
            2,
            &["`x2` at character 1 cannot be the variable; did you mean 2*x, x^2 or x_2?"],
        ),
        (
            "fit --function 2x",
            2,
            &["operator before `x` at character 2; did you mean 2*x?"],
        ),
        (
            "fit --function nan",
            2,
            &["`nan` at character 1 cannot be the variable; write a finite number"],
        ),
        (
            "fit --function -INF",
            2,
            &["`INF` at character 2 cannot be the variable; write a finite number"],
        ),
        (
            "fit --function Smooth",
            2,
            &["`Smooth` at character 1 cannot be the variable; did you mean smooth?"],
        ),
        (
            "fit --function rippel",
            2,
            &["`rippel` at character 1 cannot be the variable; did you mean ripple?"],
        ),
        (
            "fit --function 2*smooth",
            2,
            &[
                "`smooth` at character 3",
                "give the catalogue's smooth alone",
            ],
        ),
        (
            "check --function sqr(x)",
            2,
            &["unknown function `sqr` at character 1; did you mean sqrt(x)?"],
        ),
        (
            "fit --function 1e400",
            2,
            &["`1e400` at character 1 is too large", "use other units"],
        ),
        (
            "fit --function x+1e-400",
            2,
            &[
                "`1e-400` at character 3 is too small",
                "write 0 or use other units",
            ],
        ),
        (
            "fit --function x --domain 0:1e400",
            2,
            &["`1e400` at character 1 is too large"],
        ),
        (
            "fit --function x --domain 0:inf",
            2,
            &["`inf` must be a number"],
        ),
    ]);
}

/// Commands that fail without any file: arguments, exit code, and parts of the sentence.
fn are_answered(cases: &[(&str, i32, &[&str])]) {
    let folder = Folder::new();
    for (arguments, code, parts) in cases {
        let split: Vec<_> = arguments.split_whitespace().collect();
        let ran = folder.run(&split);
        let sentence = ran.sentence(*code);
        for part in *parts {
            assert!(sentence.contains(part), "{arguments}: {sentence}");
        }
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was written"
    );
}

/// Powers and operators as they are printed, and words for the variable.
#[test]
fn printed_formulas_and_named_variables_are_fitted() {
    let folder = Folder::new();
    let loss = |function: &str| {
        let report = folder.fit(&[
            "--function",
            function,
            "--hidden",
            "4",
            "--force",
            "--out",
            "run",
        ]);
        report["test_loss"].as_f64().unwrap()
    };
    let expected = loss("-3*x^2/2");
    for function in ["−3·x²÷2", "-3×time²/2", " -1.5 * voltage ** 2 "] {
        assert_eq!(loss(function), expected, "{function}");
    }
    assert_eq!(loss(" smooth "), loss("smooth"));
}

#[test]
fn bad_tables_are_answered() {
    let folder = Folder::new();
    let huge = format!("x,y\n0,0\n1,{}\n", "9".repeat(200));
    let one_column = "x\n1\n2\n";
    for (text, flags, code, part) in [
        (
            "",
            "",
            1,
            "data.csv is empty; it needs a row for each sample",
        ),
        ("x,y\n", "", 1, "data.csv has a header and no rows"),
        (
            "x,y\n1,2\n",
            "",
            1,
            "data.csv has 1 sample; a fit needs at least 2",
        ),
        (
            "x,y\n1,2\n2,NaN\n",
            "",
            1,
            "data.csv line 3, column y: `NaN` is missing",
        ),
        (
            "x,y\n1,2\n2,inf\n",
            "",
            1,
            "data.csv line 3, column y: `inf` is not finite",
        ),
        (
            "x,y\n1,2\n2,two\n",
            "",
            1,
            "data.csv line 3, column y: `two` is no number",
        ),
        (
            "x,y\n1,2\n2,\n",
            "",
            1,
            "data.csv line 3, column y: `` is missing",
        ),
        (
            "x,y\n1,2\n2,3,4\n",
            "",
            1,
            "data.csv line 3 has 3 cells where the first row has 2",
        ),
        (
            "x,y\n1,2\n2\n",
            "",
            1,
            "data.csv line 3 has 1 cell where the first row has 2",
        ),
        (
            "x;y\n1;2,5\n",
            "",
            1,
            "`2,5` is no number; write decimals with a point",
        ),
        (
            &huge,
            "",
            1,
            "is too large, its square overflows; use other units",
        ),
        (
            "x,y\n3,1\n3,2\n3,5\n",
            "",
            1,
            "column x of data.csv is 3 in every row",
        ),
        (one_column, "", 1, "data.csv has 1 column"),
        (
            "a,b,c\n1,2,3\n2,3,4\n",
            "",
            2,
            "data.csv has 3 columns; choose two with --x and --y, by `a`, `b`, `c`",
        ),
        (
            "x,y\n1,2\n2,3\n",
            "--y volts",
            1,
            "data.csv has no column `volts`; choose among `x`, `y`",
        ),
        ("x,y\n1,2\n2,3\n", "--x 3", 1, "data.csv has no column `3`"),
        (
            "x,y\n1,2\n2,3\n",
            "--x y --y y",
            2,
            "x and y are both column y",
        ),
        (
            "x,y\n1,2\n2,3\n",
            "--test-samples 1",
            1,
            "2 samples, too few for 2 or more to train on",
        ),
        (
            "x,y\n1,2\n2,3\n",
            "--samples 9",
            1,
            "2 samples, too few for 9 to train on",
        ),
        ("x,y\n1,2\n2,3\n", "--noise 1", 2, "cannot be used with"),
        (
            "\u{0}\u{1}\u{2}\n\u{0}\n",
            "",
            1,
            "data.csv has bytes of value 0 in it",
        ),
    ] {
        folder.write("data.csv", text);
        let arguments = format!("fit --csv data.csv {flags}");
        let arguments: Vec<_> = arguments.split_whitespace().collect();
        let ran = folder.run(&arguments);
        let sentence = ran.sentence(code);
        assert!(sentence.contains(part), "{text:?}: {sentence}");
        assert!(!folder.has("runs"), "{text:?} left a run");
    }
    let ran = folder.run_with(&["fit", "--csv", "-"], "x,y\n1,2\n2,three\n");
    let sentence = ran.sentence(1);
    assert!(
        sentence.contains("standard input line 3, column y: `three`"),
        "{sentence}"
    );
}

#[test]
fn a_constant_y_is_fitted_with_a_note_and_extremes_are_scaled() {
    let folder = Folder::new();
    folder.write("constant.csv", "x,y\n1,5\n2,5\n3,5\n");
    let ran = folder.run(&[
        "fit",
        "--csv",
        "constant.csv",
        "--epochs",
        "2000",
        "--out",
        "c",
        "--quiet",
    ]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.stderr.contains("note: column y is 5 in every row"),
        "{}",
        ran.stderr
    );
    let predicted = folder.ok(&["predict", "c", "--x", "2.5"]);
    let value: f64 = predicted
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    assert!((value - 5.0).abs() < 0.5, "{predicted}");

    let rows: String = (0..50)
        .map(|i| format!("{}e100,{}e-100\n", i, i * i))
        .collect();
    folder.write("extreme.csv", &rows);
    let report = folder.fit(&["--csv", "extreme.csv", "--epochs", "2000", "--lr", "0.02"]);
    let share = report["test_loss"].as_f64().unwrap().sqrt() / 2500e-100;
    assert!(share < 0.05, "{report}");
}

#[test]
fn a_bad_config_is_named_by_line() {
    let folder = Folder::new();
    for (text, part) in [
        (
            "function = \"x\"\nhiden = 3\n",
            "c.toml line 2: unknown field `hiden`",
        ),
        (
            "function = \"x\"\nsamples = -4\n",
            "c.toml line 2: got `-4`, expected a whole number from 0 on",
        ),
        (
            "function = \"x\"\n\nengine = \"fast\"\n",
            "c.toml line 3: unknown name `fast`, expected one of",
        ),
        ("function = \n", "c.toml line 1: "),
        (
            "function = \"x\"\nsamples = 0\n",
            "at least 1 sample, got 0",
        ),
        ("function = \"x\"\nhidden = 0\n", "must be at least 1"),
        (
            "function = \"x\"\nnoise = -1.0\n",
            "noise must be 0 or more, got -1",
        ),
        (
            "function = \"x\"\ncsv = \"a.csv\"\n",
            "choose one of function and csv",
        ),
    ] {
        folder.write("c.toml", text);
        for command in ["fit", "check"] {
            let ran = folder.run(&[command, "--config", "c.toml"]);
            let sentence = ran.sentence(2);
            assert!(sentence.contains(part), "{command} {text:?}: {sentence}");
        }
    }
}

#[test]
fn a_broken_run_folder_is_answered() {
    let folder = Folder::new();
    folder.fit(&["--function", "x", "--epochs", "5", "--out", "run"]);
    let model = folder.path().join("run/model.safetensors");
    let whole = fs::read(&model).unwrap();
    let truncated = |length: usize| fs::write(&model, &whole[..length]).unwrap();
    for length in [0, 7, 100, whole.len() - 1] {
        truncated(length);
        for arguments in [
            &["predict", "run", "--x", "1"][..],
            &["export", "run", "--format", "c"],
        ] {
            let ran = folder.run(arguments);
            let sentence = ran.sentence(1);
            assert!(
                sentence.contains("model.safetensors is not a model of this program: "),
                "{length}: {sentence}"
            );
        }
    }
    for at in (whole.len() - 100..whole.len()).chain(200..300) {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        fs::write(&model, &flipped).unwrap();
        let ran = folder.run(&["predict", "run", "--x", "1"]);
        let sentence = ran.sentence(1);
        assert!(sentence.contains("is not a model of this program"), "{at}");
    }
    fs::remove_file(&model).unwrap();
    let ran = folder.run(&["predict", "run", "--x", "1"]);
    let sentence = ran.sentence(1);
    assert!(
        sentence
            .contains("its run is not done, or diverged; go on with `shallow fit --resume run`"),
        "{sentence}"
    );

    let checkpoint = folder.path().join("run/checkpoint/state.safetensors");
    let whole = fs::read(&checkpoint).unwrap();
    fs::write(&checkpoint, &whole[..whole.len() / 2]).unwrap();
    let ran = folder.run(&["fit", "--resume", "run", "--epochs", "9"]);
    let sentence = ran.sentence(1);
    assert!(
        sentence.contains("cannot go on with the checkpoint of run"),
        "{sentence}"
    );
}

#[test]
fn a_run_is_not_overwritten_unasked() {
    let folder = Folder::new();
    let fit = |function, more: &[&str]| {
        let arguments = ["fit", "--quiet", "--epochs", "5", "--function", function];
        let out = match more.contains(&"--out") {
            true => &[][..],
            false => &["--out", "run"],
        };
        folder.run(&[&arguments[..], out, more].concat())
    };
    assert_eq!(fit("x", &[]).code, Some(0));
    let before = folder.read("run/report.json");
    let ran = fit("x^2", &[]);
    assert!(
        ran.sentence(1)
            .contains("run holds a run already; choose another --out")
    );
    // What fails before it begins takes nothing away, even with leave to.
    assert_eq!(fit("1/x", &["--force"]).code, Some(1));
    assert_eq!(folder.read("run/report.json"), before);
    assert_eq!(fit("x^2", &["--force"]).code, Some(0));
    assert_ne!(folder.read("run/report.json"), before);
    // Neither does a comparison take a run's place, nor a run a comparison's; with leave to, nothing of the other stays.
    let compare = [
        "compare",
        "--function",
        "x",
        "--hidden",
        "2",
        "--samples",
        "50",
    ];
    let compare = |more: &[&str]| folder.run(&[&compare[..], more].concat());
    let refused = compare(&["--out", "run"]);
    assert!(refused.sentence(1).contains("run holds a run already"));
    assert_eq!(compare(&["--out", "compared"]).code, Some(0));
    let refused = fit("x", &["--out", "compared"]);
    assert!(refused.sentence(1).contains("holds a comparison already"));
    assert_eq!(fit("x", &["--out", "compared", "--force"]).code, Some(0));
    assert!(!folder.path().join("compared/compare.json").exists());
    assert!(folder.path().join("compared/model.safetensors").exists());
    assert_eq!(compare(&["--out", "compared", "--force"]).code, Some(0));
    assert!(folder.path().join("compared/compare.json").exists());
    for name in ["config.toml", "model.safetensors", "checkpoint"] {
        assert!(
            !folder.path().join("compared").join(name).exists(),
            "{name}"
        );
    }
}

#[test]
fn a_search_that_finds_nothing_leaves_nothing() {
    let folder = Folder::new();
    let fit = |more: &[&str]| {
        let impossible = [
            "fit",
            "--quiet",
            "--function",
            "floor(7*x)",
            "--noise",
            "1",
            "--tolerance",
            "1e-9",
        ];
        folder.run(&[&impossible[..], more].concat())
    };
    assert_eq!(fit(&[]).code, Some(1));
    assert!(!folder.path().join("runs/1").exists());
    folder.fit(&["--function", "x", "--out", "run"]);
    let before = folder.read("run/report.json");
    assert_eq!(fit(&["--out", "run", "--force"]).code, Some(1));
    assert_eq!(folder.read("run/report.json"), before);
    assert!(!folder.path().join("run/replacement").exists());
}

#[test]
fn divergence_ends_with_code_3_and_advice() {
    let folder = Folder::new();
    for engine in ["exact", "backprop", "autodiff"] {
        let ran = folder.run(&[
            "fit",
            "--function",
            "sin(3*x)",
            "--lr",
            "100",
            "--engine",
            engine,
            "--device",
            "ndarray",
            "--samples",
            "100",
            "--json",
            "--quiet",
        ]);
        let sentence = ran.sentence(3);
        for part in [
            "diverged: the loss was",
            "above the stability limit",
            "; try ",
        ] {
            assert!(sentence.contains(part), "{sentence}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_and_a_folder_that_cannot_be_written_are_answered() {
    use std::process::Command;

    let folder = Folder::new();
    folder.write("file", "");
    for (out, part) in [
        (
            "/dev/null/run",
            "cannot write /dev/null/run, choose a folder",
        ),
        ("file", "file is no folder; name a folder with --out"),
        ("/proc/run", "cannot write /proc/run, choose a folder"),
    ] {
        let ran = folder.run(&["fit", "--function", "x", "--epochs", "5", "--out", out]);
        let sentence = ran.sentence(1);
        assert!(sentence.contains(part), "{sentence}");
    }
    let mut command = folder.command(&["fit", "--function", "x", "--epochs", "5"]);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr.contains("cannot write to standard output: No space left"),
        "{stderr}"
    );
    assert!(
        folder.has("runs/1/model.safetensors"),
        "the fit itself is kept"
    );

    // Files of at most one block: as on a full disk, a write fails half-way.
    let program = env!("CARGO_BIN_EXE_shallow");
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; exec {program} fit --function x --epochs 20000 --log-every 1 --out run"
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let last = stderr.lines().last().unwrap();
    assert!(last.starts_with("error: cannot write run/"), "{last}");
    let left: Vec<_> = fs::read_dir(folder.path().join("run"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        left.iter().all(|name| !name.contains("unfinished")),
        "{left:?}"
    );
}

/// A reader that goes away, and a standard error that takes nothing, end the printing and not the run.
#[cfg(unix)]
#[test]
fn closed_and_full_streams_end_no_run() {
    use std::process::{Command, Stdio};

    let folder = Folder::new();
    let program = env!("CARGO_BIN_EXE_shallow");
    for (number, (script, code)) in [
        (
            "$P fit --function x --epochs 500 --log-every 1 --out $D 2>&1 | head -1; exit 0",
            0,
        ),
        (
            "$P fit --function x --epochs 500 --out $D 2>/dev/full >/dev/null",
            0,
        ),
        (
            "$P fit --function x --epochs 500 --out $D 2>&- >/dev/null",
            0,
        ),
        (
            "set -o pipefail; $P --help | head -1; mkdir $D; touch $D/model.safetensors",
            0,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let run = format!("run{number}");
        let status = Command::new("bash")
            .args(["-c", script])
            .envs([("P", program), ("D", &run)])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(code), "{script}");
        assert!(folder.has(&format!("{run}/model.safetensors")), "{script}");
    }
}
