//! A run that is killed, or that finds the disk full, at any system call that writes: it is resumed to the bits of one that was
//! not, in every file. `cargo test -p shallow-cli --test kill -- --ignored`
#![cfg(target_os = "linux")]

mod program;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use program::Folder;

/// What changes a file or a folder.
const CALLS: &str = "openat,creat,write,pwrite64,writev,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,\
    fdatasync,ftruncate,fchmod,linkat";

/// What is run.
struct Case {
    flags: &'static [&'static str],
    /// Whether a run is there that it replaces.
    replaces: bool,
}

const CASES: [Case; 5] = [
    Case {
        flags: &[
            "--function=exp(x)",
            "--optimizer=adam",
            "--samples=50",
            "--hidden=4",
            "--epochs=40",
        ],
        replaces: false,
    },
    Case {
        flags: &[
            "--function=cos(x)",
            "--model=perceptron",
            "--samples=50",
            "--epochs=40",
            "--log-every=1",
        ],
        replaces: false,
    },
    Case {
        flags: &["--function=sin(3*x)", "--samples=50", "--hidden=4"],
        replaces: false,
    },
    Case {
        flags: &[
            "--function=exp(x)",
            "--optimizer=adam",
            "--samples=50",
            "--hidden=4",
            "--epochs=40",
        ],
        replaces: true,
    },
    Case {
        flags: &["--function=sin(3*x)", "--samples=50", "--noise=0.1"],
        replaces: true,
    },
];

/// The run that is replaced: it has files that the others lack.
const OLD: [&str; 4] = [
    "--function=x^2",
    "--method=descent",
    "--samples=50",
    "--epochs=9",
];

#[test]
#[ignore = "needs strace, and minutes"]
fn a_run_killed_at_any_call_that_writes_is_resumed_to_the_same_bits() {
    each("signal=KILL:when=", "", |code| code != Some(0));
}

#[test]
#[ignore = "needs strace, and minutes"]
fn a_run_on_a_disk_that_is_full_from_any_call_on_is_resumed_to_the_same_bits() {
    // 127: not even its libraries could be opened.
    each("error=ENOSPC:when=", "+", |code| {
        matches!(code, Some(1 | 127))
    });
}

/// Runs every case with a fault at its first call, its second, ..., until a run has fewer.
fn each(fault: &str, from_there_on: &str, is_fault: impl Fn(Option<i32>) -> bool) {
    for case in CASES {
        let unbroken = Folder::new();
        let fit = [&["fit", "--quiet", "--out=run"][..], case.flags].concat();
        unbroken.ok(&fit);
        let new = files(&unbroken.path().join("run"));
        let before = Folder::new();
        before.ok(&[&["fit", "--quiet", "--out=run"][..], &OLD].concat());
        let old = files(&before.path().join("run"));

        let mut n_faults = 0;
        for at in 1.. {
            let folder = Folder::new();
            let mut arguments = fit.clone();
            if case.replaces {
                copy(&before.path().join("run"), &folder.path().join("run"));
                arguments.push("--force");
            }
            let code = run_with_fault(&folder, &format!("{fault}{at}{from_there_on}"), &arguments);
            let run = folder.path().join("run");
            if code == Some(0) {
                assert_eq!(files(&run), new, "call {at}");
                break;
            }
            assert!(is_fault(code), "call {at}: {code:?}");
            n_faults += 1;
            if case.replaces {
                // Whole at any moment, the old one or the new one.
                let model = fs::read(run.join("model.safetensors")).unwrap();
                let name = "model.safetensors";
                assert!(old[name] == model || new[name] == model, "call {at}");
            }
            let ran = folder.run(&["fit", "--quiet", "--resume", "run"]);
            match ran.code {
                Some(0) => {}
                Some(1) if !case.replaces => {
                    // It was ended before it began: begun again, nothing is in the way.
                    assert!(
                        ran.stderr.contains("there is no run in run"),
                        "call {at}: {}",
                        ran.stderr
                    );
                    folder.ok(&fit);
                }
                Some(2) => assert!(ran.stderr.contains("is done"), "call {at}: {}", ran.stderr),
                _ => panic!("call {at}: {}", ran.stderr),
            }
            let after = files(&run);
            let is_whole = after == new || (case.replaces && after == old);
            assert!(is_whole, "call {at}: {:?}", after.keys());
        }
        assert!(n_faults > 20, "{n_faults} calls");
        println!("{:?}: {n_faults} faults", case.flags);
    }
}

fn run_with_fault(folder: &Folder, fault: &str, arguments: &[&str]) -> Option<i32> {
    let program = env!("CARGO_BIN_EXE_shallow");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null"]);
    strace.args([
        "-e",
        &format!("trace={CALLS}"),
        "-e",
        &format!("inject={CALLS}:{fault}"),
    ]);
    strace
        .arg(program)
        .args(arguments)
        .current_dir(folder.path());
    strace.output().expect("strace is installed").status.code()
}

/// The files of a run, without what tells the time.
fn files(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(run).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name == ".lock" {
            continue;
        }
        if entry.path().is_dir() {
            let inner = files_in(&entry.path());
            files.extend(
                inner
                    .into_iter()
                    .map(|(file, bytes)| (format!("{name}/{file}"), bytes)),
            );
            continue;
        }
        files.extend(one(&entry.path(), name));
    }
    files
}

fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .flat_map(|entry| one(&entry.path(), entry.file_name().into_string().unwrap()))
        .collect()
}

fn one(path: &Path, name: String) -> Option<(String, Vec<u8>)> {
    let mut bytes = fs::read(path).unwrap();
    match name.as_str() {
        "report.json" => {
            let mut report: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            report["seconds"] = 0.into();
            bytes = report.to_string().into_bytes();
        }
        // Its text has the seconds; the numbers begin after it.
        "state.safetensors" => {
            let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            bytes.drain(..8 + length);
        }
        _ => {}
    }
    Some((name, bytes))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}
