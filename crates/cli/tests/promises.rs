//! What `docs/9-promises.md` promises of runs that end otherwise than planned: nothing is lost, and nothing is mixed.

mod program;

use std::{
    process::{Child, Stdio},
    thread::sleep,
    time::Duration,
};

use program::{Folder, number};

/// A descent that takes until it is killed.
fn long_run(folder: &Folder, more: &[&str]) -> Child {
    let flags = [
        "fit",
        "--function",
        "exp(x)",
        "--method",
        "descent",
        "--hidden",
        "200",
        "--epochs",
        "50000000",
        "--log-every",
        "1000",
        "--quiet",
        "--out",
        "run",
    ];
    let mut command = folder.command(&[&flags[..], more].concat());
    command.stderr(Stdio::null()).spawn().unwrap()
}

fn wait_until(is_so: impl Fn() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(5));
    }
    panic!("it took more than half a minute");
}

#[test]
fn a_folder_takes_one_run_at_a_time() {
    let folder = Folder::new();
    let mut first = long_run(&folder, &[]);
    wait_until(|| folder.has("run/metrics.jsonl"));
    let busy = format!(
        "process {} writes a run to run at this moment; wait until it ends",
        first.id()
    );
    for arguments in [
        &[
            "fit",
            "--function",
            "x",
            "--epochs",
            "5",
            "--out",
            "run",
            "--force",
        ][..],
        &["fit", "--resume", "run"],
        &[
            "compare",
            "--function",
            "x",
            "--samples",
            "20",
            "--hidden",
            "2",
            "--out",
            "run",
            "--force",
        ],
    ] {
        let ran = folder.run(arguments);
        assert!(ran.stderr.contains(&busy), "{}", ran.stderr);
        assert_eq!(ran.code, Some(1));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // The system has released the lock.
    folder.ok(&[
        "fit",
        "--quiet",
        "--function",
        "x",
        "--epochs",
        "5",
        "--out",
        "run",
        "--force",
    ]);
}

#[test]
fn a_replacement_that_fails_leaves_the_old_run_whole() {
    let folder = Folder::new();
    folder.fit(&["--function", "x^2", "--epochs", "20", "--out", "run"]);
    let before = folder.read("run/report.json");
    let model = std::fs::read(folder.path().join("run/model.safetensors")).unwrap();
    let is_as_before = || {
        assert_eq!(folder.read("run/report.json"), before);
        assert_eq!(
            std::fs::read(folder.path().join("run/model.safetensors")).unwrap(),
            model
        );
    };
    let flags = [
        "fit",
        "--quiet",
        "--function",
        "x^2",
        "--out",
        "run",
        "--force",
    ];
    let ran = folder.run(&[&flags[..], &["--lr", "1e5", "--epochs", "100"]].concat());
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    is_as_before();
    assert!(!folder.has("run/replacement"));

    let mut killed = long_run(&folder, &["--force"]);
    wait_until(|| folder.has("run/replacement/metrics.jsonl"));
    killed.kill().unwrap();
    killed.wait().unwrap();
    is_as_before();
    folder.ok(&["predict", "run", "--x", "0.5"]);

    // A replacement that ends well leaves nothing of the old run, and no file that is not its own.
    folder.ok(&[&flags[..], &["--hidden", "3"]].concat());
    assert!(!folder.has("run/replacement") && !folder.has("run/metrics.jsonl"));
    assert!(
        folder
            .read("run/report.json")
            .contains("\"method\":\"best\"")
    );
}

#[test]
fn what_a_kill_left_half_written_is_cleared() {
    let folder = Folder::new();
    folder.fit(&["--function", "x^2", "--epochs", "20", "--out", "run"]);
    let whole = folder.read("run/metrics.jsonl");
    folder.write("run/.a1.unfinished", "half");
    folder.write("run/checkpoint/.b2.unfinished", "half");
    folder.write("run/metrics.jsonl", &whole[..whole.len() - 9]);
    std::fs::remove_file(folder.path().join("run/fit.png")).unwrap();
    folder.fit(&["--resume", "run"]);
    assert!(!folder.has("run/.a1.unfinished") && !folder.has("run/checkpoint/.b2.unfinished"));
    assert_eq!(folder.read("run/metrics.jsonl"), whole);
}

/// Not only NaN: a loss far above where it began, in the last update as well.
#[test]
fn divergence_is_a_loss_far_above_the_starts() {
    let folder = Folder::new();
    for flags in [
        &[
            "--function",
            "x",
            "--samples",
            "40",
            "--hidden",
            "4",
            "--epochs",
            "1",
            "--lr",
            "1e100",
        ][..],
        &[
            "--function",
            "x",
            "--samples",
            "40",
            "--hidden",
            "4",
            "--epochs",
            "1",
            "--lr",
            "1e200",
        ],
        &[
            "--function",
            "smooth",
            "--samples",
            "100",
            "--hidden",
            "16",
            "--lr",
            "10",
            "--epochs",
            "50",
            "--seed",
            "1",
        ],
        &[
            "--function",
            "x^2",
            "--optimizer",
            "adam",
            "--lr",
            "1e6",
            "--epochs",
            "100",
        ],
        &["--function", "x^2", "--hidden", "10000", "--epochs", "20"],
    ] {
        let ran = folder.run(
            &[
                &["fit", "--quiet", "--json", "--method", "descent"][..],
                flags,
            ]
            .concat(),
        );
        let sentence = ran.sentence(3);
        assert!(
            sentence.contains("diverged") && sentence.contains("; try "),
            "{sentence}"
        );
        assert!(sentence.len() < 300, "{sentence}");
    }
}

#[test]
fn memory_is_told_before_it_is_taken() {
    let folder = Folder::new();
    for (arguments, what) in [
        (
            &["fit", "--function", "x", "--samples", "1000000000"][..],
            "1000001000 samples need",
        ),
        (
            &["fit", "--function", "x", "--hidden", "1000000000"],
            "1000000000 hidden units need",
        ),
        (
            &[
                "fit",
                "--function",
                "x",
                "--hidden",
                "2",
                "--epochs",
                "1000000000",
            ],
            "1000000000 epochs need",
        ),
        (
            &["check", "--function", "x", "--samples", "1000000000"],
            "1000001000 samples need",
        ),
        (
            &["compare", "--function", "x", "--samples", "1000000000"],
            "1000001000 samples need",
        ),
    ] {
        let mut command = std::process::Command::new("sh");
        let program = env!("CARGO_BIN_EXE_shallow");
        let line = format!("ulimit -v 16000000; exec {program} {}", arguments.join(" "));
        let output = command
            .args(["-c", &line])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(
            stderr.contains(what) && stderr.contains(" GB are free; give fewer --"),
            "{stderr}"
        );
    }
}

/// Every seed is written and read again; every magnitude of x is fitted or refused, and what is reported is what was shipped.
#[test]
fn seeds_and_inputs_of_every_size() {
    let folder = Folder::new();
    for seed in ["9223372036854775808", "18446744073709551615"] {
        let flags = [
            "--function",
            "x",
            "--rng",
            "rand",
            "--seed",
            seed,
            "--epochs",
            "3",
            "--out",
            seed,
        ];
        let first = folder.fit(&flags);
        let config = format!("{seed}/config.toml");
        let again = folder.fit(&["--config", &config]);
        assert_eq!(first["losses"], again["losses"]);
    }
    let mut x = 0.75_f64;
    let mut ulp = || {
        x = x.next_up();
        x
    };
    let inputs: [(&str, Vec<f64>); 4] = [
        (
            "log",
            (0..60)
                .map(|i| 10_f64.powf(-9.0 + 18.0 * f64::from(i) / 59.0))
                .collect(),
        ),
        (
            "outlier",
            (0..50)
                .map(|i| if i == 3 { 1e15 } else { f64::from(i) / 50.0 })
                .collect(),
        ),
        ("ulps", (0..40).map(|_| ulp()).collect()),
        (
            "pairs",
            (0..40)
                .map(|i| f64::from(i / 2) + f64::from(i % 2) * 1e-15)
                .collect(),
        ),
    ];
    for (name, x) in inputs {
        let rows: String = x
            .iter()
            .enumerate()
            .map(|(i, x)| format!("{x:?},{}\n", i * i % 7))
            .collect();
        folder.write("data.csv", &rows);
        for flags in [
            &[][..],
            &["--hidden", "3"],
            &["--hidden", "12"],
            &["--epochs", "30"],
            &["--model", "perceptron", "--epochs", "9"],
        ] {
            let out = format!("{name}{}", flags.len());
            let report =
                folder.fit(&[&["--csv", "data.csv", "--force", "--out", &out][..], flags].concat());
            // The values' variance is 4 or so.
            assert!(
                number(&report, "train_loss") < 20.0,
                "{name} {flags:?} {report}"
            );
        }
    }
    folder.write("tiny.csv", "1e-200,1\n2e-200,3\n3e-200,2\n5e-200,2\n");
    let ran = folder.run(&["fit", "--csv", "tiny.csv"]);
    assert!(
        ran.sentence(1)
            .contains("spans less than 1e-140; use other units"),
        "{}",
        ran.stderr
    );
}
