//! A run that was interrupted goes on to the numbers of one that was not, to the last bit.

mod program;

use program::{Folder, cpu_devices, mcycle, number};

#[cfg(unix)]
#[test]
fn an_interrupted_run_resumed_ends_as_an_unbroken_one() {
    let folder = Folder::new();
    let devices = cpu_devices();
    let mut cases = vec![
        ("relu", "exact", devices[0], "f64", "gd"),
        ("relu", "exact", devices[0], "f64", "adam"),
        ("relu", "backprop", devices[0], "f64", "momentum"),
        ("perceptron", "backprop", devices[0], "f64", "gd"),
    ];
    for device in devices {
        cases.extend([
            ("relu", "autodiff", device, "f32", "adam"),
            ("relu", "autodiff", device, "f64", "momentum"),
            ("perceptron", "autodiff", device, "f32", "gd"),
        ]);
    }
    for (i, (model, engine, device, dtype, optimizer)) in cases.into_iter().enumerate() {
        // Enough that it takes a while, and small steps, so that none diverges.
        let is_quick = engine == "exact" || (model, engine) == ("perceptron", "backprop");
        let epochs = match engine {
            _ if is_quick => "400000",
            "autodiff" => "20000",
            _ => "1500",
        };
        let flags = [
            "--function",
            "sin(3*x)",
            "--domain=-1:1",
            "--model",
            model,
            "--engine",
            engine,
            "--device",
            device,
            "--dtype",
            dtype,
            "--optimizer",
            optimizer,
            "--samples",
            "300",
            "--lr",
            "0.0005",
            "--epochs",
            epochs,
            "--log-every",
            "7",
        ];
        let (whole, broken) = (format!("whole{i}"), format!("broken{i}"));
        let unbroken = folder.fit(&[&flags[..], &["--out", &whole]].concat());

        let arguments = [&["fit", "--quiet", "--out", &broken], &flags[..]].concat();
        let child = folder
            .command(&arguments)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        interrupt_when(&child, || folder.has(&format!("{broken}/metrics.jsonl")));
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{engine} {stderr}");
        let said = format!("; go on with `shallow fit --resume {broken}`");
        assert!(
            stderr.contains("interrupted after ") && stderr.contains(&said),
            "{stderr}"
        );
        assert!(!folder.has(&format!("{broken}/model.safetensors")));

        let resumed = folder.fit(&["--resume", &broken]);
        for name in [
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
        ] {
            assert_eq!(
                unbroken[name], resumed[name],
                "{name} of {model} {engine} {device} {dtype} {optimizer}"
            );
        }
        for name in ["metrics.jsonl", "model.safetensors", "config.toml"] {
            let read = |run: &str| std::fs::read(folder.path().join(run).join(name)).unwrap();
            assert!(read(&whole) == read(&broken), "{name}");
        }
    }
}

/// Sends the signal of Ctrl-C once a run is under way.
#[cfg(unix)]
fn interrupt_when(child: &std::process::Child, is_under_way: impl Fn() -> bool) {
    use std::{process::Command, thread::sleep, time::Duration};
    while !is_under_way() {
        sleep(Duration::from_millis(2));
    }
    // It listens by now; let it do some epochs.
    sleep(Duration::from_millis(20));
    let kill = Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status();
    assert!(kill.unwrap().success());
}

#[test]
fn a_finished_run_goes_further_when_asked_for_more_epochs() {
    let folder = Folder::new();
    let flags = [
        "--function",
        "exp(x)",
        "--engine",
        "exact",
        "--optimizer",
        "adam",
        "--log-every",
        "9",
    ];
    let long = folder.fit(&[&flags[..], &["--epochs", "300", "--out", "long"]].concat());
    folder.fit(&[&flags[..], &["--epochs", "100", "--out", "short"]].concat());
    let done = folder.run(&["fit", "--resume", "short"]);
    assert!(
        done.sentence(2)
            .contains("the run in short is done, with 100 epochs; go further with --epochs N")
    );
    let further = folder.fit(&["--resume", "short", "--epochs", "300"]);
    assert_eq!(long["losses"], further["losses"]);
    assert_eq!(long["test_loss"], further["test_loss"]);
}

#[test]
fn a_run_whose_samples_changed_does_not_go_on() {
    let folder = Folder::new();
    folder.write("data.csv", "1,2\n2,3\n3,5\n");
    folder.fit(&["--csv", "data.csv", "--epochs", "5", "--out", "run"]);
    folder.write("data.csv", "1,2\n2,3\n3,4\n");
    let ran = folder.run(&["fit", "--resume", "run", "--epochs", "9"]);
    assert!(
        ran.sentence(1)
            .contains("the samples are not those it was made with")
    );
}

#[test]
fn a_runs_config_reproduces_it_and_flags_win_over_it() {
    let folder = Folder::new();
    let first = folder.fit(&[
        "--function",
        "abs(x)",
        "--domain=-2:1",
        "--hidden",
        "9",
        "--samples",
        "77",
        "--noise",
        "0.1",
        "--rng",
        "rand",
        "--seed",
        "99999999999",
        "--epochs",
        "40",
        "--out",
        "first",
    ]);
    let again = folder.fit(&["--config", "first/config.toml", "--out", "again"]);
    assert_eq!(first["losses"], again["losses"]);
    assert_eq!(
        folder.read("first/config.toml"),
        folder.read("again/config.toml")
    );
    let other = folder.fit(&["--config", "first/config.toml", "--seed", "1"]);
    assert_ne!(first["final_loss"], other["final_loss"]);

    // A file takes the place of the function.
    folder.write("data.csv", "1,2\n2,3\n3,5\n");
    folder.fit(&[
        "--config",
        "first/config.toml",
        "--csv",
        "data.csv",
        "--samples",
        "3",
        "--test-samples",
        "0",
    ]);
}

/// A run that ended between its last checkpoint and its last file: whatever is missing is made again.
#[test]
fn a_run_whose_files_are_missing_is_completed() {
    let folder = Folder::new();
    let descent = [
        "--function",
        "exp(x)",
        "--epochs",
        "120",
        "--optimizer",
        "adam",
    ];
    let best = ["--function", "exp(x)", "--hidden", "5"];
    for (run, flags) in [("descent", &descent[..]), ("best", &best)] {
        folder.fit(&[flags, &["--out", run]].concat());
        let files: Vec<_> = std::fs::read_dir(folder.path().join(run))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.is_file() && !path.ends_with("config.toml") && !path.ends_with(".lock")
            })
            .collect();
        assert!(files.len() >= 4, "{files:?}");
        let read = |path: &std::path::Path| {
            let bytes = std::fs::read(path).unwrap();
            match path.ends_with("report.json") {
                true => {
                    let mut report: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                    report["seconds"] = 0.into();
                    report.to_string().into_bytes()
                }
                false => bytes,
            }
        };
        for missing in &files {
            let before: Vec<_> = files.iter().map(|path| read(path)).collect();
            std::fs::remove_file(missing).unwrap();
            folder.fit(&["--resume", run]);
            let after: Vec<_> = files.iter().map(|path| read(path)).collect();
            assert!(before == after, "{} came back otherwise", missing.display());
        }
        let done = folder.run(&["fit", "--resume", run]);
        assert!(done.sentence(2).contains("is done"), "{}", done.stderr);
    }
}

#[test]
fn a_search_that_was_killed_is_begun_again() {
    let folder = Folder::new();
    let search = [
        "--function",
        "sin(3*x)/(1.01+x)",
        "--hidden",
        "2000",
        "--samples",
        "1000000",
    ];
    let fit = [&["fit", "--quiet", "--out", "run"], &search[..]].concat();
    let mut child = folder.command(&fit).spawn().unwrap();
    let config = folder.path().join("run/config.toml");
    while !config.exists() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    // What reads the folder meanwhile is told who is at work.
    let process = child.id().to_string();
    let ran = folder.run(&["predict", "run", "--x", "1"]);
    let sentence = ran.sentence(1);
    assert!(
        sentence.contains(&format!("process {process} writes it at this moment")),
        "{sentence}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!folder.path().join("run/model.safetensors").exists());
    folder.fit(&["--resume", "run"]);
    assert!(folder.path().join("run/model.safetensors").exists());
}

#[test]
fn patience_keeps_the_best_network_and_a_resumed_run_ends_as_an_unbroken_one() {
    let folder = Folder::new();
    let flags = ["--optimizer", "adam", "--lr", "0.02", "--patience", "300"];
    let fit = |epochs: &str, out: &str| {
        let more = ["--epochs", epochs, "--log-every", "7", "--out", out];
        folder.fit(&[&mcycle()[..], &flags, &more].concat())
    };
    let whole = fit("20000", "whole");
    let kept = number(&whole["kept"], "epoch");
    assert_eq!(whole["kept"]["has_stopped"], true);
    let epochs = number(&whole, "epochs");
    assert!(
        epochs - kept >= 300.0 && epochs - kept < 310.0,
        "{epochs} {kept}"
    );
    let test_losses = whole["test_losses"].as_array().unwrap();
    let at_epoch = |epoch: f64| test_losses[(epoch / 7.0) as usize].as_f64().unwrap();
    let least = test_losses.iter().map(|loss| loss.as_f64().unwrap());
    assert_eq!(at_epoch(kept), least.fold(f64::INFINITY, f64::min));
    let shipped = number(&whole, "test_loss");
    assert!((at_epoch(kept) / shipped - 1.0).abs() < 1e-9);

    // Cut in the middle, and once more.
    fit("100", "cut");
    for epochs in ["433", "20000"] {
        folder.ok(&["fit", "--resume", "cut", "--epochs", epochs]);
    }
    for file in ["model.safetensors", "metrics.jsonl"] {
        let [a, b] =
            ["whole", "cut"].map(|run| std::fs::read(folder.path().join(run).join(file)).unwrap());
        assert!(a == b, "{file}");
    }
    let again = folder.run(&["fit", "--resume", "cut", "--epochs", "30000"]);
    assert!(again.sentence(2).contains("is done"), "{}", again.stderr);
    let none = [
        "fit",
        "--patience",
        "5",
        "--test-samples",
        "0",
        "--out",
        "none",
    ];
    let none = folder.run(&[&none[..], &mcycle()].concat());
    assert!(
        none.sentence(2).contains("patience needs rows held out"),
        "{}",
        none.stderr
    );
    assert!(!folder.has("none/model.safetensors"));
}
