//! The examples as a user meets them: output, files, and one sentence for every bad input.

mod golden;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The example built beside this test; `cargo test` builds all of them.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let folder = test
        .parent()
        .and_then(Path::parent)
        .unwrap()
        .join("examples");
    let path = folder
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    assert!(
        path.exists(),
        "{} is not there: run `cargo build --examples`",
        path.display()
    );
    Command::new(path)
}

fn relu_fit(arguments: &[&str], out: &Path) -> Output {
    example("relu_fit")
        .args(arguments)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Six decimals, as the document prints them.
#[test]
fn relu_fit_by_the_exact_engine_prints_the_documents_losses_to_the_last_digit() {
    let folder = tempfile::tempdir().unwrap();
    let golden = golden::golden("relu_10000_64_losses");
    let documents = golden.iter().enumerate().step_by(10);
    let documents = documents.map(|(epoch, loss)| format!("epoch {epoch} : loss {loss:.6}"));
    for engine in ["exact", "auto"] {
        let output = relu_fit(&["--engine", engine], folder.path());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let lines = text(&output.stdout).lines();
        let losses: Vec<&str> = lines.filter(|line| line.starts_with("epoch")).collect();
        assert_eq!(losses, documents.clone().collect::<Vec<_>>());
        assert!(text(&output.stdout).contains("engine        exact"));
    }
}

#[test]
fn best_net_sets_gradient_descent_beside_the_best_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = example("best_net");
        command.args(arguments).arg("--out").arg(folder.path());
        command.output().unwrap()
    };
    let output = run(&["--epochs", "2000"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    let rms = |name: &str| -> f64 {
        let line = table.lines().find(|line| line.starts_with(name)).unwrap();
        let number = line[name.len()..].split_whitespace().next().unwrap();
        number.parse().unwrap()
    };
    assert_eq!(rms("gradient descent, 500 epochs"), 0.1222); // the document's test loss, 0.0149247
    assert!(rms("best net") < 2.1e-4, "{table}");
    assert!(rms("best net") < 0.5 * rms("Levenberg-Marquardt, 500 steps"));
    for name in ["best_net.png", "best_net.svg"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    for (arguments, sentence) in [
        (
            ["--hidden", "0"],
            "the number of hidden units must be at least 1, got 0",
        ),
        (["--epochs", "0"], "epochs must be at least 1, got 0"),
        (["--target", "cubic"], "unknown target `cubic`"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains(sentence),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn relu_fit_prints_the_documents_lines_and_leaves_two_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let output = relu_fit(&["--samples", "1000", "--hidden", "256"], folder.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    assert!(lines[0].starts_with("epoch 0 : loss 66.15"), "{}", lines[0]);
    assert!(
        lines[49].starts_with("epoch 490 : loss 0.00"),
        "{}",
        lines[49]
    );
    for (line, name) in lines[50..].iter().zip([
        "test loss",
        "largest error",
        "engine        autodiff",
        "device",
        "seconds",
        "pictures",
    ]) {
        assert!(line.starts_with(name), "{line}");
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder.path())
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(
        files,
        ["relu_fit.png", "relu_fit.svg"].map(|name| folder.path().join(name))
    );
}

#[test]
fn a_fit_that_misses_its_bound_says_so_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let output = relu_fit(&["--epochs", "5", "--samples", "100"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("is not below 0.0165"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn bad_input_gets_one_sentence_the_right_exit_code_and_no_picture() {
    let missing = ["cuda", "wgpu", "flex", "ndarray"].map(|name| (name, shallow::device(name)));
    let missing: Vec<_> = missing
        .iter()
        .filter_map(|(name, device)| Some((*name, device.as_ref().err()?)))
        .collect();
    let mut cases = vec![
        (
            ["--target", "sin"],
            2,
            "unknown target `sin`; choose one of smooth, abs",
        ),
        (
            ["--device", "tpu"],
            2,
            "unknown device `tpu`; choose auto, ndarray",
        ),
        (["--device", "ndarray:0"], 2, "unknown device `ndarray:0`"),
        (
            ["--engine", "magic"],
            2,
            "unknown engine `magic`; choose auto, autodiff, backprop or exact",
        ),
        (["--device", "wgpu:x"], 2, "unknown device `wgpu:x`"),
        (
            ["--hidden", "0"],
            2,
            "the number of hidden units must be at least 1, got 0",
        ),
        (
            ["--samples", "0"],
            2,
            "a data set needs at least 1 sample, got 0",
        ),
        (
            ["--test-samples", "0"],
            2,
            "a data set needs at least 1 sample, got 0",
        ),
        (["--epochs", "0"], 2, "epochs must be at least 1, got 0"),
        (
            ["--lr", "-0.1"],
            2,
            "learning rate must be a positive number, got -0.1",
        ),
        (
            ["--lr", "nan"],
            2,
            "learning rate must be a positive number, got NaN",
        ),
        (
            ["--lr", "inf"],
            2,
            "learning rate must be a positive number, got inf",
        ),
        (["--lr", "10"], 3, "diverged: the loss was "),
        (["--lr", "fast"], 2, "invalid value 'fast' for '--lr <LR>'"),
        (["--hidden", "-3"], 2, "unexpected argument '-3' found"),
    ];
    for (name, error) in &missing {
        let code = if error.to_string().starts_with("this build has no") {
            2
        } else {
            1
        };
        cases.push((
            ["--device", name],
            code,
            if code == 2 {
                "compile it with the feature "
            } else {
                "; install "
            },
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    for (arguments, code, message) in cases {
        let output = relu_fit(&arguments, folder.path());
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(
            stderr.starts_with("error: ") && stderr.contains(message),
            "{arguments:?}: {stderr}"
        );
        assert!(
            !stderr.contains("panicked") && !stderr.contains("backtrace"),
            "{arguments:?}: {stderr}"
        );
        if !stderr.contains("--help") {
            assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
        }
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            0,
            "{arguments:?} left a file"
        );
    }
}

#[test]
fn an_out_folder_that_cannot_be_made_is_named_before_any_training() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let output = relu_fit(&[], &file);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("file`: "),
        "{}",
        text(&output.stderr)
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn perceptron_fit_computes_what_the_document_asserts() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        example("perceptron_fit")
            .args(arguments)
            .arg("--out")
            .arg(folder.path())
            .output()
            .unwrap()
    };
    // The CPU: 13 fits of 5000 steps are minutes on a software device.
    let backend = if cfg!(feature = "flex") {
        "flex"
    } else {
        "ndarray"
    };
    let output = run(&["--device", backend]);
    let stdout = text(&output.stdout);
    assert!(output.status.success(), "{stdout}{}", text(&output.stderr));
    for line in [
        "stability limit of the learning rate 0.0388",
        "mean absolute error 0.213611 at first, 1.703e-4 at last",
        "gradient descent              -0.4383   -0.0330    1.0034",
        "least squares on cos x        -0.4571   -0.0178    1.0013",
        "saturated: learning rate 1 is above the stability limit 0.0388 of this problem; try 0.019",
        "sigmoid only gives values between 0 and 1",
    ] {
        assert!(stdout.contains(line), "{line} is not in\n{stdout}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

    let too_fast = run(&["--device", backend, "--lr", "1", "--epochs", "100"]);
    assert_eq!(too_fast.status.code(), Some(1));
    let stderr = text(&too_fast.stderr);
    assert!(
        stderr.contains("saturated: learning rate 1 is above the stability limit 0.0388"),
        "{stderr}"
    );

    let few = run(&["--device", backend, "--samples", "2", "--epochs", "100"]);
    assert!(
        text(&few.stdout).contains("rank 2 of 3, so the smallest of many solutions"),
        "{}",
        text(&few.stdout)
    );
    let none = run(&["--device", backend, "--samples", "0"]);
    assert_eq!(
        (none.status.code(), text(&none.stderr)),
        (
            Some(2),
            "error: a data set needs at least 1 sample, got 0\n"
        )
    );
}

#[test]
fn gradient_check_passes_on_every_device() {
    let output = example("gradient_check").output().unwrap();
    let stdout = text(&output.stdout);
    assert!(output.status.success(), "{stdout}{}", text(&output.stderr));
    for (backend, _) in shallow::devices().unwrap() {
        assert!(
            stdout.contains(&format!("autodiff {backend} F32, backprop")),
            "{stdout}"
        );
    }
}
