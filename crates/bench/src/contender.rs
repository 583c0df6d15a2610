//! Who takes part, and one contender's turn in a process of its own.

use std::{
    env,
    io::Write,
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde::{Deserialize, Serialize};
use shallow::Engine;

/// What every contender does.
pub(crate) struct Job {
    pub(crate) samples: usize,
    pub(crate) hidden: usize,
    /// After how many steps the losses are compared.
    pub(crate) check: usize,
    /// How long to measure.
    pub(crate) seconds: f64,
}

impl Job {
    /// The document's, made smaller for wider networks, whose gradients are larger.
    pub(crate) fn learning_rate(&self) -> f64 {
        0.01 * (64.0 / self.hidden as f64).min(1.0)
    }
}

/// What one turn measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Seconds from the samples in memory to the end of the first step.
    pub(crate) prepare: f64,
    /// Seconds a step, of several batches of steps.
    pub(crate) steps: Vec<f64>,
    /// The loss that the last step of the check returned.
    pub(crate) loss: f64,
    /// Peak memory, less what the process held before it made the samples, in bytes.
    pub(crate) memory: f64,
}

impl Measured {
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers have a JSON form")
    }
}

/// The exact engine, in the document's 500 epochs.
pub(crate) const EXACT: &str = "exact";
/// The exact engine, after 100,000 epochs.
pub(crate) const SETTLED: &str = "exact, settled";

/// Someone who does the job.
pub(crate) enum Contender {
    /// This program's engines, by name.
    Engine(String),
    /// A script, with its float type and what else it is told.
    Peer {
        name: String,
        python: String,
        script: &'static str,
        dtype: &'static str,
        mode: &'static str,
    },
}

const JOB: &str = include_str!("../peers/job.py");

/// Name, module to import, script, float type, mode.
const PEERS: [(&str, &str, &str, &str, &str); 7] = [
    (
        "NumPy f64",
        "numpy",
        include_str!("../peers/numpy_peer.py"),
        "float64",
        "",
    ),
    (
        "NumPy f32",
        "numpy",
        include_str!("../peers/numpy_peer.py"),
        "float32",
        "",
    ),
    (
        "PyTorch eager f32",
        "torch",
        include_str!("../peers/torch_peer.py"),
        "float32",
        "eager",
    ),
    (
        "PyTorch compile f32",
        "torch",
        include_str!("../peers/torch_peer.py"),
        "float32",
        "compile",
    ),
    (
        "JAX jit f32",
        "jax",
        include_str!("../peers/jax_peer.py"),
        "float32",
        "",
    ),
    (
        "JAX jit f64",
        "jax",
        include_str!("../peers/jax_peer.py"),
        "float64",
        "",
    ),
    (
        "scikit-learn f32",
        "sklearn",
        include_str!("../peers/sklearn_peer.py"),
        "float32",
        "",
    ),
];

/// The engines on the devices of this build, then the peers that this Python has.
pub(crate) fn all(python: &str) -> Vec<Contender> {
    let engine = |name: String| Contender::Engine(name);
    let mut all = vec![
        engine(EXACT.into()),
        engine(SETTLED.into()),
        engine("backprop".into()),
    ];
    match shallow::devices() {
        Ok(devices) => all.extend(
            devices
                .iter()
                .map(|(name, _)| engine(format!("autodiff {name}"))),
        ),
        Err(error) => eprintln!("note: {error}"),
    }
    for (name, module, script, dtype, mode) in PEERS {
        let import = Command::new(python)
            .args(["-c", &format!("import {module}")])
            .output();
        if import.is_ok_and(|output| output.status.success()) {
            all.push(Contender::Peer {
                name: name.into(),
                python: python.into(),
                script,
                dtype,
                mode,
            });
        } else {
            eprintln!("note: {name} is left out: `{python}` has no module {module}");
        }
    }
    all
}

impl Contender {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Engine(name) | Self::Peer { name, .. } => name,
        }
    }

    pub(crate) fn is_exact(&self) -> bool {
        matches!(self, Self::Engine(name) if name == EXACT || name == SETTLED)
    }

    pub(crate) fn is_f64(&self) -> bool {
        match self {
            Self::Engine(name) => !name.starts_with(Engine::Autodiff.name()),
            Self::Peer { dtype, .. } => *dtype == "float64",
        }
    }

    /// Its turn.
    pub(crate) fn turn(&self, job: &Job) -> Result<Measured, String> {
        let numbers = [
            job.samples as f64,
            job.hidden as f64,
            job.check as f64,
            job.seconds,
        ];
        let numbers = numbers.map(|number| number.to_string());
        let mut command = match self {
            Self::Engine(name) => {
                let this = env::current_exe()
                    .map_err(|error| format!("cannot find this program: {error}"))?;
                let mut command = Command::new(this);
                command.arg("turn").arg(name);
                command
            }
            Self::Peer { python, script, .. } => {
                let mut command = Command::new(python);
                command.arg(script_file(script)?);
                command
            }
        };
        command.args(numbers);
        if let Self::Peer { dtype, mode, .. } = self {
            command.args([dtype, mode]);
        }
        let name = self.name();
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot start {name}: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let last = text.lines().last().unwrap_or_default();
        serde_json::from_str(last).map_err(|error| {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let complaint = complaint.lines().last().unwrap_or_default();
            format!("{name} printed no measurement ({error}): {complaint}")
        })
    }
}

/// The script in a file beside `job.py`.
fn script_file(script: &str) -> Result<std::path::PathBuf, String> {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let fail = |error: std::io::Error| format!("cannot write the peers' scripts: {error}");
    if FOLDER.get().is_none() {
        let folder = tempfile::tempdir().map_err(fail)?;
        std::fs::write(folder.path().join("job.py"), JOB).map_err(fail)?;
        let _ = FOLDER.set(folder);
    }
    let folder = FOLDER.get().expect("was made just now");
    let path = folder.path().join("peer.py");
    std::fs::File::create(&path)
        .and_then(|mut file| file.write_all(script.as_bytes()))
        .map_err(fail)?;
    Ok(path)
}
