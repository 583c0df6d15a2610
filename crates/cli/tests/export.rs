//! Every export, loaded by something else than what wrote it, gives the model's values.

mod program;

use std::{fs, process::Command};

use program::{Folder, number};
use rten::ValueView;

/// Runs to export: with and without scaling, of both models.
fn runs(folder: &Folder) -> [&'static str; 5] {
    let rows: String = (0..300)
        .map(f64::from)
        .map(|i| {
            format!(
                "{},{}\n",
                1.7e9 + 288.0 * i,
                400.0 + 30.0 * (i / 40.0).sin() + 0.1 * i
            )
        })
        .collect();
    folder.write(
        "data.csv",
        &format!("unix time,\"CO2, \"\"ppm\"\"\"\n{rows}"),
    );
    folder.fit(&["--function", "sin(3*x)", "--out", "net"]);
    folder.fit(&[
        "--csv",
        "data.csv",
        "--optimizer",
        "adam",
        "--epochs",
        "2000",
        "--out",
        "scaled",
    ]);
    for (out, activation) in [
        ("sigmoid", "sigmoid"),
        ("tanh", "tanh"),
        ("identity", "identity"),
    ] {
        folder.fit(&[
            "--csv",
            "data.csv",
            "--model",
            "perceptron",
            "--activation",
            activation,
            "--degree",
            "5",
            "--lr",
            "0.0001",
            "--epochs",
            "300",
            "--out",
            out,
        ]);
    }
    ["net", "scaled", "sigmoid", "tanh", "identity"]
}

/// What the program predicts at these values.
fn predict(folder: &Folder, run: &str, x: &[f64]) -> Vec<f64> {
    let values: Vec<_> = x.iter().map(|x| format!("{x:?}")).collect();
    let text = folder.ok(&["predict", run, "--x", &values.join(",")]);
    let cell = |row: &str| row.split(',').nth(1).unwrap().parse().unwrap();
    text.lines().skip(1).map(cell).collect()
}

/// The deviation an export reports.
fn deviation(reported: &str) -> f64 {
    let (_, after) = reported
        .split_once("largest deviation from the model ")
        .unwrap();
    after.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn every_format_of_every_model_is_verified_as_it_is_written() {
    let folder = Folder::new();
    for run in runs(&folder) {
        let is_net = matches!(run, "net" | "scaled");
        for (format, form, dtype) in [
            ("safetensors", "", ""),
            ("onnx", "", ""),
            ("onnx", "", "f32"),
            ("json", "", ""),
            ("json", "net", ""),
            ("json", "table", ""),
            ("c", "", ""),
            ("c", "net", ""),
            ("c", "table", ""),
            ("c", "", "f32"),
            ("c", "net", "f32"),
            ("rust", "", ""),
            ("rust", "net", ""),
            ("rust", "table", ""),
            ("sql", "", ""),
            ("sql", "net", ""),
        ] {
            let mut arguments = vec!["export", run, "--format", format];
            if !form.is_empty() {
                arguments.extend(["--as", form]);
            }
            if !dtype.is_empty() {
                arguments.extend(["--dtype", dtype]);
            }
            if format == "sql" {
                arguments.extend(["--dialect", "sqlite"]);
            }
            let ran = folder.run(&arguments);
            if dtype == "f32" && run != "net" {
                // Inputs near 1.7e9 are 128 apart in f32: a table is good there, and a network that would be no good is not written.
                if ran.code == Some(0) {
                    assert!(deviation(&ran.stdout) <= 1e-4 * 500.0);
                    assert!(run != "scaled" || form != "net");
                } else {
                    let sentence = ran.sentence(1);
                    assert!(sentence.contains("is not written; use f64"), "{sentence}");
                }
                continue;
            }
            if form == "table" && !is_net {
                assert!(
                    ran.sentence(2)
                        .contains("a perceptron has no straight pieces")
                );
                continue;
            }
            assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
            // The values are near 400, and inputs near 1.7e9 are shifted before they are scaled.
            let allowed = if dtype == "f32" { 1e-5 } else { 1e-11 };
            assert!(
                deviation(&ran.stdout) <= allowed,
                "{arguments:?}: {}",
                ran.stdout
            );
            let by = match format {
                "c" => "compiled by cc and run",
                "rust" => "compiled by rustc and its test run",
                "onnx" => "its graph run, node by node",
                "sql" => "computed by SQLite",
                _ => "read back",
            };
            if format != "c" || Command::new("cc").arg("--version").output().is_ok() {
                assert!(ran.stdout.contains(by), "{}", ran.stdout);
            }
        }
    }
    for (arguments, part) in [
        (
            ["--format", "onnx", "--as", "table"],
            "--as goes with the formats rust, c, json and sql alone",
        ),
        (
            ["--format", "json", "--dtype", "f32"],
            "--dtype f32 goes with --format onnx, c and rust",
        ),
    ] {
        let ran = folder.run(&[&["export", "net"][..], &arguments].concat());
        assert!(ran.sentence(2).contains(part));
    }
}

/// By rten, an ONNX runtime that knows nothing of this program; it computes in f32 whatever the graph says.
#[test]
fn an_onnx_runtime_gives_the_models_values() {
    const TOLERANCE: f64 = 3e-6; // a few dozen roundings of f32, of terms up to about 3
    let folder = Folder::new();
    folder.fit(&["--function", "sin(3*x)", "--out", "net"]);
    folder.fit(&[
        "--function",
        "tanh(x)/2 + 0.5",
        "--model",
        "perceptron",
        "--out",
        "neuron",
    ]);
    let x: Vec<f64> = (0..41).map(|i| f64::from(i) / 20.0 - 1.0).collect();
    for run in ["net", "neuron"] {
        for dtype in ["f32", "f64"] {
            folder.ok(&[
                "export", run, "--format", "onnx", "--dtype", dtype, "--out", "m.onnx", "--force",
            ]);
            let model = rten::Model::load_file(folder.path().join("m.onnx")).unwrap();
            let column: Vec<f32> = x.iter().map(|x| *x as f32).collect();
            let input = ValueView::from_shape(&[x.len(), 1], &column).unwrap();
            let output = model.run_one(input.into(), None).unwrap();
            let ([n, 1], values) = output.into_shape_vec::<f32, 2>().unwrap() else {
                panic!("one output a row");
            };
            assert_eq!(n, x.len());
            for (wanted, got) in predict(&folder, run, &x).iter().zip(values) {
                assert!(
                    (wanted - f64::from(got)).abs() < TOLERANCE,
                    "{run} {dtype}: {got} against {wanted}"
                );
            }
        }
    }
}

/// The header promises `no_std` and a name of the file's: a program of two such modules without `std`.
#[test]
fn rust_source_is_a_module_for_no_std_and_c_source_a_unit_to_link() {
    let folder = Folder::new();
    folder.fit(&["--function", "sin(3*x)", "--out", "net"]);
    folder.fit(&[
        "--function",
        "cos(x)/2",
        "--model",
        "perceptron",
        "--out",
        "neuron",
    ]);
    let names = ["sine.rs", "double.rs", "sine.c", "double.c"];
    for (name, run) in names.into_iter().zip(["net", "neuron", "net", "neuron"]) {
        let format = if name.ends_with("rs") { "rust" } else { "c" };
        folder.ok(&["export", run, "--format", format, "--out", name]);
    }
    folder.write(
        "lib.rs",
        "#![no_std]\n#![deny(warnings)]\npub mod sine;\npub mod double;\npub fn both(x: f64) -> f64 { sine::sine(x) + double::double_model(x) }\n",
    );
    let built = Command::new("rustc")
        .args(["--edition", "2021", "--crate-type", "lib", "lib.rs"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );

    if Command::new("cc").arg("--version").output().is_err() {
        return; // no C compiler here; the export says so
    }
    folder.write(
        "main.c",
        "#include <stdio.h>\ndouble sine(double x);\ndouble double_model(double x);\nint main(void) { printf(\"%.17g\\n\", sine(0.3) + double_model(0.3)); return 0; }\n",
    );
    let built = Command::new("cc")
        .args(["main.c", "sine.c", "double.c", "-o", "main", "-lm"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let output = Command::new(folder.path().join("main")).output().unwrap();
    let printed: f64 = String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let wanted = predict(&folder, "net", &[0.3])[0] + predict(&folder, "neuron", &[0.3])[0];
    assert!((printed - wanted).abs() < 1e-13);
}

/// What the README's five lines of PyTorch rely on: names, types and shapes.
#[test]
fn a_safetensors_file_is_laid_out_as_pytorch_wants_it() {
    let folder = Folder::new();
    folder.fit(&["--function", "sin(3*x)", "--hidden", "7", "--out", "net"]);
    folder.ok(&["export", "net", "--format", "safetensors"]);
    let bytes = fs::read(folder.path().join("net/export/model.safetensors")).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    for (name, shape) in [
        ("hidden.weight", vec![7, 1]),
        ("hidden.bias", vec![7]),
        ("output.weight", vec![1, 7]),
        ("output.bias", vec![1]),
    ] {
        assert_eq!(header[name]["dtype"], "F64");
        assert_eq!(header[name]["shape"], serde_json::json!(shape));
    }
    assert_eq!(
        header.as_object().unwrap().len(),
        5,
        "four tensors and the metadata"
    );
    // The text is one JSON object, so that the same model makes the same file.
    let text = header["__metadata__"]["shallow"].as_str().unwrap();
    let text: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        (&text["model"], &text["domain"]),
        (&"relu".into(), &"-1.0:1.0".into())
    );
    folder.ok(&["export", "net", "--format", "json"]);
    let json: serde_json::Value =
        serde_json::from_str(&folder.read("net/export/model.json")).unwrap();
    let test_x: serde_json::Value = serde_json::from_str(text["test_x"].as_str().unwrap()).unwrap();
    assert_eq!(json["test"]["x"], test_x);
    let report: serde_json::Value = serde_json::from_str(&folder.read("net/report.json")).unwrap();
    assert!(number(&report, "test_loss") > 0.0);
}

/// An export replaces nothing unasked, least of all what is no file or belongs to the run.
#[cfg(unix)]
#[test]
fn an_export_replaces_nothing_unasked() {
    let folder = Folder::new();
    folder.fit(&["--function", "sin(3*x)", "--hidden", "4", "--out", "run"]);
    let export = |out: &str, more: &[&str]| {
        let arguments = ["export", "run", "--format", "c", "--out", out];
        folder.run(&[&arguments[..], more].concat())
    };
    std::os::unix::fs::symlink("run/.lock", folder.path().join("to_lock")).unwrap();
    for (out, part) in [
        ("run/model.safetensors", "is a file of the run itself"),
        ("run/../run/config.toml", "is a file of the run itself"),
        ("run/.lock", "is a file of the run itself"),
        ("run/metrics.jsonl", "is a file of the run itself"),
        ("run/checkpoint", "is a file of the run itself"),
        ("run/replacement", "is a file of the run itself"),
        ("run/export", "is a file of the run itself"),
        ("to_lock", "is a file of the run itself"),
        ("/dev/null", "is no regular file"),
        (".", "is no regular file"),
    ] {
        for more in [&[][..], &["--force"]] {
            let ran = export(out, more);
            assert!(ran.sentence(2).contains(part), "{}", ran.stderr);
        }
    }
    folder.ok(&["predict", "run", "--x", "0"]);

    // With the run, what was exported of it to the usual place is replaced.
    folder.ok(&["export", "run", "--format", "c"]);
    folder.fit(&[
        "--function",
        "cos(3*x)",
        "--hidden",
        "4",
        "--out",
        "run",
        "--force",
    ]);
    assert!(!folder.path().join("run/export").exists());

    // Any ending, a link that stays one, and standard output.
    folder.write("there.txt", "mine");
    std::os::unix::fs::symlink("there.txt", folder.path().join("link.h")).unwrap();
    let ran = export("link.h", &[]);
    assert!(
        ran.sentence(1)
            .contains("is there already; choose another --out")
    );
    assert_eq!(folder.read("there.txt"), "mine");
    assert_eq!(export("link.h", &["--force"]).code, Some(0));
    assert!(
        folder
            .read("there.txt")
            .contains("double link_model(double x)")
    );
    assert!(folder.path().join("link.h").is_symlink());
    let ran = export("-", &[]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.stdout.contains("double model(double x)") && ran.stderr.starts_with("note: "));
}

/// Names that C, its library or the file itself use already.
#[test]
fn c_and_rust_names_never_clash() {
    let folder = Folder::new();
    folder.fit(&["--function", "sin(3*x)", "--hidden", "4", "--out", "run"]);
    for name in [
        "w1", "kinks", "test_x", "error", "free", "exit", "puts", "fabs", "fn", "main", "sinf",
        "i", "size_t", "ä b", "9", "gen",
    ] {
        for (format, ending) in [("c", "c"), ("rust", "rs")] {
            let out = format!("{name}.{ending}");
            let ran = folder.run(&[
                "export", "run", "--format", format, "--as", "net", "--out", &out,
            ]);
            assert_eq!(ran.code, Some(0), "{out}: {}", ran.stderr);
        }
    }
}

/// Seconds since 1970, and inputs a rounding apart: the shift is not folded into the weights, where it would cost the digits.
#[test]
fn inputs_far_from_0_keep_their_digits() {
    let folder = Folder::new();
    let seconds = |i: i32| {
        format!(
            "{},{}\n",
            1.7e9 + 60.0 * f64::from(i),
            (f64::from(i) / 10.0).sin()
        )
    };
    folder.write(
        "seconds.csv",
        &format!("t,y\n{}", (0..100).map(seconds).collect::<String>()),
    );
    let mut x = 1.0_f64;
    let ulps = |i: i32| {
        x = x.next_up();
        format!("{x:?},{}\n", f64::from(i % 7))
    };
    folder.write(
        "ulps.csv",
        &format!("t,y\n{}", (0..60).map(ulps).collect::<String>()),
    );
    for name in ["seconds", "ulps"] {
        for flags in [&["--hidden", "6"][..], &["--epochs", "50"]] {
            let csv = format!("{name}.csv");
            let report =
                folder.fit(&[&["--csv", &csv, "--out", name, "--force"][..], flags].concat());
            let (train, last) = (number(&report, "train_loss"), number(&report, "final_loss"));
            assert!(train < 4.5 && train <= 1.5 * last, "{report}");
            // Best networks of the other file jump from one f64 to the next.
            let formats = ["c", "rust", "json", "onnx"];
            for format in formats.into_iter().filter(|_| name == "seconds") {
                let reported = folder.ok(&["export", name, "--format", format]);
                assert!(deviation(&reported) < 1e-12, "{reported}");
            }
        }
    }
}

/// Control characters, marks that turn the direction of writing round, and the end of a comment, in the names of columns.
#[test]
fn names_of_columns_do_no_harm() {
    let folder = Folder::new();
    let rows: String = (0..30).map(|i| format!("{i},{}\n", i * i)).collect();
    folder.write(
        "data.csv",
        &format!("\"a\u{202e}b\tc\",\"*/ x \\ <&\u{1}\"\n{rows}"),
    );
    folder.fit(&["--csv", "data.csv", "--out", "run"]);
    let is_harmless = |text: &str| {
        text.chars()
            .all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}'))
    };
    for (format, ending) in [("c", "c"), ("rust", "rs")] {
        folder.ok(&["export", "run", "--format", format]);
        let source = folder.read(&format!("run/export/model.{ending}"));
        assert!(is_harmless(&source), "{source}");
    }
    assert!(is_harmless(&folder.read("run/fit.svg")));
    assert!(folder.read("run/fit.svg").contains("a\\u{202e}b\\u{9}c"));
}

/// Numbers in JSON are read back as they were written: one rounding of a time in seconds is far from nothing where it is steep.
#[test]
fn steep_models_of_times_in_seconds_are_exported_as_json() {
    let folder = Folder::new();
    folder.write(
        "times.csv",
        "t,y\n1700000001.103,1.187\n1699999999.693,0.4257\n1700000000.664,-1.522\n1700000000.086,-0.9857\n\
         1700000001.142,1.243\n1700000000.319,1.451\n1699999999.736,-0.7543\n1700000001.336,0.01838\n",
    );
    folder.fit(&["--csv", "times.csv", "--hidden", "2", "--out", "run"]);
    for format in ["json", "c", "rust"] {
        folder.ok(&["export", "run", "--format", format]);
    }
}

/// Large bends cancel, so the network itself has fewer digits than the table of its pieces.
#[test]
fn steps_are_exported_as_tables_and_not_in_f32() {
    let folder = Folder::new();
    folder.fit(&["--function", "step", "--hidden", "5", "--out", "run"]);
    for format in ["c", "rust", "json", "onnx"] {
        let exported = folder.ok(&["export", "run", "--format", format]);
        assert!(exported.contains(" kinks; largest deviation"), "{exported}");
        assert!(deviation(&exported) < 1e-8, "{exported}");
    }
    let half = folder.run(&[
        "export", "run", "--format", "onnx", "--dtype", "f32", "--force",
    ]);
    assert!(
        half.sentence(1)
            .contains("f32 has too few digits for these numbers")
    );
}
