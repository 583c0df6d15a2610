//! The program's numbers, against both documents' code in NumPy f64 with other seeds, sizes, rates and functions.

mod program;

use program::{Folder, asset, cpu_devices, number};

/// What rounding leaves: 500 epochs carry at most a few thousand roundings of numbers near 1.
const TOLERANCE: f64 = 1e-10;

#[test]
fn every_engine_and_cpu_device_gives_numpys_numbers() {
    let folder = Folder::new();
    let golden = std::fs::read_to_string(asset("golden/fits.txt")).unwrap();
    let devices = cpu_devices();
    assert!(!devices.is_empty());
    for line in golden.lines() {
        let fields: Vec<_> = line.split('\t').collect();
        let [
            model,
            function,
            domain,
            seed,
            size,
            samples,
            lr,
            epochs,
            noise,
            wanted @ ..,
        ] = fields.as_slice()
        else {
            panic!("{line}");
        };
        let size_flag = if *model == "relu" {
            "--hidden"
        } else {
            "--degree"
        };
        let mut settings: Vec<(&str, &str)> = devices
            .iter()
            .flat_map(|device| [("autodiff", *device), ("backprop", *device)])
            .collect();
        if *model == "relu" {
            settings.push(("exact", "auto"));
        }
        for (engine, device) in settings {
            let report = folder.fit(&[
                "--model",
                model,
                "--function",
                function,
                "--domain",
                domain,
                "--seed",
                seed,
                size_flag,
                size,
                "--samples",
                samples,
                "--lr",
                lr,
                "--epochs",
                epochs,
                "--noise",
                noise,
                "--engine",
                engine,
                "--device",
                device,
                "--dtype",
                "f64",
                "--rng",
                "numpy",
                "--log-every",
                "10",
            ]);
            let names = ["final_loss", "final_mae", "train_loss", "test_loss"];
            for (name, wanted) in names.into_iter().zip(wanted) {
                let (got, wanted) = (number(&report, name), wanted.parse::<f64>().unwrap());
                assert!(
                    (got - wanted).abs() < TOLERANCE,
                    "{name} by {engine} on {device}: {got} against {wanted} of {line}"
                );
            }
            let losses = report["losses"].as_array().unwrap();
            let epochs: usize = epochs.parse().unwrap();
            assert_eq!(
                losses.len(),
                (epochs - 1) / 10 + 1 + usize::from(!(epochs - 1).is_multiple_of(10))
            );
            assert_eq!(losses[losses.len() - 1], report["final_loss"]);
        }
    }
}

/// The ReLU document as it stands, and its printed losses.
#[test]
fn the_defaults_of_descent_are_the_documents() {
    let golden = std::fs::read_to_string(asset("golden/relu_10000_64_losses.txt")).unwrap();
    let golden: Vec<f64> = golden.lines().map(|line| line.parse().unwrap()).collect();
    let report = Folder::new().fit(&["--function", "sin(pi*x) + x^2/2", "--method", "descent"]);
    let losses = report["losses"].as_array().unwrap();
    let printed = golden.iter().step_by(10).chain(golden.last());
    assert_eq!(losses.len(), 51);
    for (loss, golden) in losses.iter().zip(printed) {
        assert!((loss.as_f64().unwrap() - golden).abs() < TOLERANCE);
    }
    assert_eq!(report["engine"], "exact");
    assert_eq!(report["dtype"], "f64");
    assert_eq!(report["epochs"], 500);
}
