//! The contenders, and one contender's turn in a process of its own.

use std::{
    env,
    io::Write,
    process::{Command, Stdio},
    sync::OnceLock,
};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use shallow::train::Engine;

/// Whose training is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Model {
    /// The ReLU document's network
    Relu,
    /// The perceptron document's neuron, on three features
    Perceptron,
}

impl Model {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Perceptron => "perceptron",
        }
    }
}

/// What every contender does.
pub(crate) struct Job {
    pub(crate) model: Model,
    pub(crate) samples: usize,
    pub(crate) inputs: usize,
    pub(crate) hidden: usize,
    /// After how many steps the losses are compared.
    pub(crate) check: usize,
    /// How long to measure.
    pub(crate) seconds: f64,
}

impl Job {
    /// The document's, made smaller where gradients are larger.
    pub(crate) fn learning_rate(&self) -> f64 {
        match self.model {
            Model::Relu => 0.01 * (64.0 / self.hidden as f64).min(1.0) / self.inputs as f64,
            Model::Perceptron => 10.0 / self.samples as f64,
        }
    }

    /// The contender to whose step the others' are compared.
    pub(crate) fn reference(&self) -> &'static str {
        if self.has_exact() { EXACT } else { BACKPROP }
    }

    pub(crate) fn has_exact(&self) -> bool {
        self.model == Model::Relu && self.inputs == 1
    }

    /// As a contender's arguments.
    fn to_arguments(&self) -> Vec<String> {
        let mut arguments = vec![self.model.name().to_string()];
        let numbers = [self.samples, self.inputs, self.hidden, self.check];
        arguments.extend(numbers.map(|number| number.to_string()));
        arguments.push(self.seconds.to_string());
        arguments
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

/// Hand-written backprop.
pub(crate) const BACKPROP: &str = "backprop";
/// What follows the device's name where the forward pass is composed of Burn's operations.
pub(crate) const COMPOSED: &str = ", composed";

/// An engine or a peer that does the job.
pub(crate) enum Contender {
    /// This program's engines, by name.
    Engine(String),
    /// A script, with its float type and its other arguments.
    Peer {
        name: String,
        python: String,
        script: &'static str,
        dtype: &'static str,
        mode: &'static str,
    },
}

const JOB: &str = include_str!("../peers/job.py");

/// Model, name, module to import, script, float type, mode.
const PEERS: [(Model, &str, &str, &str, &str, &str); 10] = [
    (
        Model::Relu,
        "NumPy f64",
        "numpy",
        include_str!("../peers/numpy_peer.py"),
        "float64",
        "",
    ),
    (
        Model::Relu,
        "NumPy f32",
        "numpy",
        include_str!("../peers/numpy_peer.py"),
        "float32",
        "",
    ),
    (
        Model::Relu,
        "PyTorch eager f32",
        "torch",
        include_str!("../peers/torch_peer.py"),
        "float32",
        "eager",
    ),
    (
        Model::Relu,
        "PyTorch compile f32",
        "torch",
        include_str!("../peers/torch_peer.py"),
        "float32",
        "compile",
    ),
    (
        Model::Relu,
        "JAX jit f32",
        "jax",
        include_str!("../peers/jax_peer.py"),
        "float32",
        "",
    ),
    (
        Model::Relu,
        "JAX jit f64",
        "jax",
        include_str!("../peers/jax_peer.py"),
        "float64",
        "",
    ),
    (
        Model::Relu,
        "scikit-learn f32",
        "sklearn",
        include_str!("../peers/sklearn_peer.py"),
        "float32",
        "",
    ),
    (
        Model::Perceptron,
        "NumPy f64",
        "numpy",
        include_str!("../peers/numpy_perceptron.py"),
        "float64",
        "",
    ),
    (
        Model::Perceptron,
        "NumPy f32",
        "numpy",
        include_str!("../peers/numpy_perceptron.py"),
        "float32",
        "",
    ),
    (
        Model::Perceptron,
        "PyTorch eager f32",
        "torch",
        include_str!("../peers/torch_perceptron.py"),
        "float32",
        "",
    ),
];

/// The engines on the devices of this build, then the peers that this Python has.
pub(crate) fn all(model: Model, inputs: usize, python: &str) -> Vec<Contender> {
    let engine = |name: String| Contender::Engine(name);
    let mut all = vec![engine(BACKPROP.into())];
    if model == Model::Relu && inputs == 1 {
        all.splice(0..0, [engine(EXACT.into()), engine(SETTLED.into())]);
    }
    match shallow::devices() {
        Ok(devices) => all.extend(devices.iter().flat_map(|(name, _)| {
            ["", COMPOSED].map(|how| engine(format!("autodiff {name}{how}")))
        })),
        Err(error) => eprintln!("note: {error}"),
    }
    let peers = PEERS.into_iter().filter(|peer| peer.0 == model);
    for (_, name, module, script, dtype, mode) in peers {
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

    /// Whether a step takes less than samples times units.
    pub(crate) fn is_sublinear(&self, job: &Job) -> bool {
        let is_fused = |name: &str| ["autodiff flex", "autodiff ndarray"].contains(&name);
        self.is_exact() || job.has_exact() && matches!(self, Self::Engine(name) if is_fused(name))
    }

    pub(crate) fn is_f64(&self) -> bool {
        match self {
            Self::Engine(name) => !name.starts_with(Engine::Autodiff.name()),
            Self::Peer { dtype, .. } => *dtype == "float64",
        }
    }

    /// Its turn.
    pub(crate) fn turn(&self, job: &Job) -> Result<Measured, String> {
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
        command.args(job.to_arguments());
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
