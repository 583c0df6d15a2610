//! Every command as a user meets it: what it prints where, and the files it leaves.

mod program;

use program::{Folder, number};

#[test]
fn a_fit_leaves_a_run_folder_and_a_summary() {
    let folder = Folder::new();
    let ran = folder.run(&[
        "fit",
        "--function",
        "sin(3*x) + 0.5*x^2",
        "--noise",
        "0.1",
        "--method",
        "descent",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for part in [
        "relu, 1 -> 64 -> 1",
        "in the last of 500 epochs",
        "train loss ",
        "test loss ",
        "the best straight line has ",
        " at x = ",
        "exact",
        "runs/1/: config.toml, metrics.jsonl, report.json, model.safetensors, loss.svg, fit.svg, fit.png, checkpoint/",
    ] {
        assert!(ran.stdout.contains(part), "{part} in {}", ran.stdout);
    }
    // Not a terminal: plain lines, without colours.
    assert!(
        ran.stderr.starts_with("epoch 0 : loss ") && ran.stderr.contains("\nepoch 490 : loss ")
    );
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stdout.contains('\u{1b}'));

    let mut files: Vec<_> = std::fs::read_dir(folder.path().join("runs/1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            ".lock",
            "checkpoint",
            "config.toml",
            "fit.png",
            "fit.svg",
            "loss.svg",
            "metrics.jsonl",
            "model.safetensors",
            "report.json"
        ]
    );
    let metrics = folder.read("runs/1/metrics.jsonl");
    assert_eq!(metrics.lines().count(), 51);
    let last: serde_json::Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    assert_eq!(last["epoch"], 499);
    let picture = folder.read("runs/1/fit.svg");
    for text in [
        "sin(3*x) + 0.5*x^2",
        "samples",
        "target",
        "prediction",
        "Residuals on the test samples",
        "ticks",
    ] {
        assert!(picture.contains(text), "{text}");
    }
    // The next one goes beside it.
    folder.ok(&["fit", "--function", "x", "--epochs", "1"]);
    assert!(folder.has("runs/2/report.json"));
}

#[test]
fn json_is_one_object_of_these_fields_and_nothing_else_on_stdout() {
    let folder = Folder::new();
    let ran = folder.run(&[
        "fit",
        "--function",
        "x^2",
        "--epochs",
        "25",
        "--json",
        "--out",
        "run",
    ]);
    assert_eq!(ran.stdout.lines().count(), 1);
    assert!(ran.stderr.contains("epoch 20 : loss"));
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut fields: Vec<_> = report
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut wanted = [
        "method",
        "hidden",
        "max_error_bound",
        "engine",
        "device",
        "dtype",
        "epochs",
        "losses",
        "final_loss",
        "train_loss",
        "test_loss",
        "final_mae",
        "max_error",
        "seconds",
        "run_dir",
    ];
    fields.sort();
    wanted.sort();
    assert_eq!(fields, wanted);
    assert_eq!(report["losses"].as_array().unwrap().len(), 4); // epochs 0, 10, 20 and 24
    assert_eq!(report["run_dir"], "run");
    assert_eq!(folder.read("run/report.json"), ran.stdout);
    assert!(number(&report, "train_loss") < number(&report, "final_loss"));

    let quiet = folder.run(&["fit", "--function", "x^2", "--epochs", "25", "--quiet"]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn predictions_flag_values_outside_the_domain() {
    let folder = Folder::new();
    folder.fit(&["--function", "sin(3*t)", "--domain", "-1:1", "--out", "run"]);
    let ran = folder.run(&["predict", "run", "--x", "-0.5,pi/4,1.5"]);
    let rows: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(rows[0], ["t", "y", "outside_domain"]);
    assert_eq!(
        [rows[1][2], rows[2][2], rows[3][2]],
        ["false", "false", "true"]
    );
    let error = rows[1][1].parse::<f64>().unwrap() - (-1.5_f64).sin();
    assert!(error.abs() < 0.3);
    assert_eq!(
        ran.stderr,
        "note: 1 of 3 values lie outside [-1, 1], where the network was trained\n"
    );

    folder.write("in.csv", "a,t\n7,-0.5\n8,1.5\n");
    let from_file = folder.ok(&["predict", "run", "--csv", "in.csv"]);
    let own = format!("7,{}", ran.stdout.lines().nth(1).unwrap());
    assert_eq!(from_file.lines().nth(1), Some(&own[..]));
    let from_stdin = folder.run_with(&["predict", "run", "--csv", "-"], "-0.5\n1.5\n");
    let typed = folder.run(&["predict", "run", "--x", "-0.5,1.5"]);
    assert_eq!(from_stdin.stdout, typed.stdout);
    folder.write("other.csv", "a,b\n7,-0.5\n");
    let ran = folder.run(&["predict", "run", "--csv", "other.csv"]);
    assert!(ran.sentence(1).contains("other.csv has no column `t`"));
}

#[test]
fn a_check_puts_every_engine_side_by_side() {
    let folder = Folder::new();
    for (flags, parts) in [
        (
            "--function exp(x) --samples 500",
            &[
                "relu, 64 hidden units, 500 samples",
                "w1",
                "exact, backprop",
                "backprop, differences",
                "autodiff ndarray f64",
            ][..],
        ),
        (
            "--function 1e6*cos(x) --samples 300 --hidden 9 --reduction sum",
            &["relu, 9 hidden units, 300 samples", "autodiff ndarray f32"],
        ),
        (
            // Its bias's gradient is a thousandth of its terms.
            "--function smooth --samples 1000 --seed 53",
            &["rms", "autodiff ndarray f32"],
        ),
        (
            // At the least loss there is nothing left but roundings.
            "--function smooth --samples 1000 --hidden 9 --start best",
            &["exact, backprop", "autodiff ndarray f32"],
        ),
        (
            "--function cos(x)/2 --model perceptron --degree 3",
            &[
                "perceptron, 4 features, 1000 samples",
                "backprop, differences",
                "autodiff ndarray f64",
            ],
        ),
    ] {
        let arguments: Vec<_> = ["check"].into_iter().chain(flags.split(' ')).collect();
        let text = folder.ok(&arguments);
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn devices_names_every_backend_and_the_default() {
    let text = Folder::new().ok(&["devices"]);
    for part in ["cuda ", "wgpu ", "flex ", "ndarray ", "Default: "] {
        assert!(text.contains(part), "{text}");
    }
    assert!(
        text.contains("build with --features cuda to have it"),
        "{text}"
    );
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = folder.ok(&["completions", shell]);
        assert!(
            script.contains("log-every") && script.contains("export"),
            "{shell}"
        );
    }
    let page = folder.ok(&["man"]);
    for part in [".TH", "EXAMPLES", "predict", "\\-\\-test\\-samples"] {
        assert!(page.to_uppercase().contains(&part.to_uppercase()), "{part}");
    }
    let help = folder.ok(&["help"]);
    for command in [
        "fit",
        "predict",
        "check",
        "export",
        "devices",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
    let nothing = folder.run(&[]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(2), ""));
    assert!(nothing.stderr.contains("\n  predict "));
    assert!(folder.ok(&["--version"]).starts_with("shallow "));
}

/// A GPU's driver is a library that is loaded when it is asked for: a program that is traced tells.
#[cfg(target_os = "linux")]
#[test]
fn help_predict_and_a_fit_on_the_host_wake_no_gpu() {
    let folder = Folder::new();
    folder.fit(&["--function", "x", "--epochs", "5", "--out", "run"]);
    for arguments in [
        &["--help"][..],
        &["predict", "run", "--x", "0.5"],
        &["fit", "--function", "x", "--epochs", "5", "--quiet"],
    ] {
        let mut command = folder.command(arguments);
        let output = command.env("LD_DEBUG", "files").output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && log.contains("libc.so"), "{log}");
        for driver in ["libvulkan", "libcuda", "libEGL"] {
            assert!(!log.contains(driver), "{arguments:?} loads {driver}");
        }
    }
}
