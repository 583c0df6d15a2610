//! The bench as a user runs it, on a job of a moment.

use std::process::Command;

#[test]
fn every_engine_and_device_takes_part_and_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_shallow-bench"))
        .args(
            "--samples 300 --hidden 8 --rounds 1 --seconds 0.01 --python no-such-python --out"
                .split(' '),
        )
        .arg(folder.path())
        .output()
        .unwrap();
    let (table, notes) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{notes}");
    let devices = shallow::devices().unwrap();
    let devices = devices
        .iter()
        .flat_map(|(name, _)| ["", ", composed"].map(|how| format!("autodiff {name}{how}")));
    for name in ["exact", "exact, settled", "backprop"]
        .map(String::from)
        .into_iter()
        .chain(devices)
    {
        assert!(
            table.contains(&format!("| {name} |")),
            "{name} is not in\n{table}"
        );
    }
    assert!(
        notes.contains("NumPy f64 is left out: `no-such-python` has no module numpy"),
        "{notes}"
    );
    for file in ["bench.json", "bench.png", "bench.svg"] {
        assert!(folder.path().join(file).exists(), "{file}");
    }
}

#[test]
fn networks_of_many_inputs_and_neurons_are_measured_against_backprop() {
    let folder = tempfile::tempdir().unwrap();
    for job in ["--inputs 3 --only flex,ndarray", "--model perceptron"] {
        let rest =
            "--samples 300 --hidden 8 --rounds 1 --seconds 0.01 --python no-such-python --out";
        let output = Command::new(env!("CARGO_BIN_EXE_shallow-bench"))
            .args(job.split(' '))
            .args(rest.split(' '))
            .arg(folder.path())
            .output()
            .unwrap();
        let table = String::from_utf8_lossy(&output.stdout);
        let notes = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{notes}");
        for name in ["backprop", "autodiff ndarray", "autodiff ndarray, composed"] {
            assert!(
                table.contains(&format!("| {name} |")),
                "{name} is not in\n{table}"
            );
        }
        assert!(
            table.contains("times backprop") && !table.contains("exact"),
            "{table}"
        );
    }
}

#[test]
fn splines_are_measured_without_pwlf() {
    let output = Command::new(env!("CARGO_BIN_EXE_shallow-bench"))
        .args(
            "splines --samples 300 --pieces 3 --only smooth,runge --python no-such-python"
                .split(' '),
        )
        .output()
        .unwrap();
    let table = String::from_utf8_lossy(&output.stdout);
    let notes = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{notes}");
    assert!(
        table.contains("| smooth | 3 |") && table.contains("| runge | 3 |"),
        "{table}"
    );
    assert!(
        notes.contains("`no-such-python` has no module pwlf"),
        "{notes}"
    );
}

#[test]
fn nothing_to_measure_is_an_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_shallow-bench"))
        .args(["--rounds", "0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        message,
        "error: rounds, samples, inputs and hidden must be at least 1\n"
    );
}

#[test]
fn the_best_networks_are_set_beside_their_bounds() {
    let output = Command::new(env!("CARGO_BIN_EXE_shallow-bench"))
        .args("nets --samples 300 --hidden 1,3 --draws 4 --draw-samples 40".split(' '))
        .output()
        .unwrap();
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{table}");
    assert!(table.contains("| smooth | 3 |"), "{table}");
    assert!(
        table.contains("4 random functions of 40 samples, 2 to 9 pieces: 4 within 1.01"),
        "{table}"
    );
}
