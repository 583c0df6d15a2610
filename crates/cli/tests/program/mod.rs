//! Runs the program as a user does: in a folder of its own, by its command line alone.
#![allow(dead_code)] // every test file uses some of it

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

/// What a run of the program left on its streams.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A folder to work in, removed at the end.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shallow"));
        command.args(arguments).current_dir(self.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().unwrap())
    }

    /// Runs with this text on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who fails early reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        ran(child.wait_with_output().unwrap())
    }

    /// Runs what must succeed, and returns its standard output.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
        ran.stdout
    }

    /// Fits with `--json`, and returns the object.
    pub fn fit(&self, arguments: &[&str]) -> serde_json::Value {
        let arguments = [&["fit", "--json", "--quiet"], arguments].concat();
        let stdout = self.ok(&arguments);
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{stdout}: {error}"))
    }
}

impl Ran {
    /// The one line on standard error, of a run that ended with this code.
    pub fn sentence(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert_eq!(self.stdout, "");
        let lines: Vec<_> = self
            .stderr
            .lines()
            .filter(|line| !line.starts_with("note: "))
            .collect();
        assert_eq!(lines.len(), 1, "{}", self.stderr);
        lines[0]
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code(),
        // An export may be binary.
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file of `assets/`.
pub fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets")
        .join(name)
}

/// The flags that fit the acceleration of a head in a crash, a table of 133 rows.
pub fn mcycle() -> [&'static str; 6] {
    static CSV: LazyLock<String> =
        LazyLock::new(|| asset("data/mcycle.csv").to_str().unwrap().into());
    ["--csv", &CSV, "--x", "times", "--y", "accel"]
}

/// The CPU backends of this build.
pub fn cpu_devices() -> Vec<&'static str> {
    let listed = Folder::new().ok(&["devices"]);
    let present = |backend: &&str| {
        listed.lines().any(|line| {
            line.split_whitespace().take(3).collect::<Vec<_>>() == [*backend, "yes", "yes"]
        })
    };
    ["ndarray", "flex"].into_iter().filter(present).collect()
}

/// A number of the JSON object.
pub fn number(report: &serde_json::Value, name: &str) -> f64 {
    report[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{name} in {report}"))
}
