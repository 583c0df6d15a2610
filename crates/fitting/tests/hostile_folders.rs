//! Run folders and settings that were changed by a hostile hand, or by a disk: each is answered, none ends in a panic.
//!
//! `PROPTEST_CASES=1000000 cargo test -p shallow-fitting --test hostile_folders` looks for longer.

use std::{
    error::Error,
    fs,
    path::Path,
    sync::{OnceLock, atomic::AtomicBool},
};

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use shallow_export::Model;
use shallow_fitting::{
    Destination, Goal, Method, Plan, Request, RunFolder, Silent, Source, Width, run,
};

/// Runs as the program does, but not what takes long.
fn fit(request: &Request, into: Destination) -> Result<(), Box<dyn Error>> {
    let plan = Plan::new(request)?;
    if is_quick(&plan) {
        run(&plan, into, &AtomicBool::new(false), &mut Silent)?;
    }
    Ok(())
}

/// A digit that was changed can ask for hours of work.
fn is_quick(plan: &Plan) -> bool {
    let samples = match &plan.source {
        Source::Function(function) => function.n_samples.max(function.n_test),
        Source::File(file) => file.n_samples.unwrap_or(0),
        Source::Moments(_) | Source::Given { .. } => 0,
    };
    let steps = match &plan.method {
        Method::Best(Width::Units(hidden)) => *hidden,
        Method::Smooth(smooth) => smooth.hidden.unwrap_or(0),
        Method::Best(_) | Method::Chosen(_) => 0,
        Method::Corridor(corridor) => match corridor.goal {
            Goal::Units(hidden) => 10 * hidden,
            Goal::Within(tolerance) => (1.0 / tolerance) as usize,
        },
        Method::Descent(descent) => descent.config.epochs,
    };
    samples <= 2000 && steps <= 1000
}

fn resume(folder: &Path) -> Result<(), Box<dyn Error>> {
    let folder = RunFolder::open(folder)?;
    let request = Request::read(&folder.join("config.toml"))?;
    fit(&request, Destination::Resumed(folder))
}

const RUNS: [&str; 6] = [
    "function = \"sin(3*x)\"\nsamples = 40\nnoise = 0.1\nmethod = \"smooth\"\ncriterion = \"reml\"",
    "function = \"sin(3*x)\"\nsamples = 40\nnoise = 0.1\nmethod = \"auto\"",
    "function = \"sin(3*x)\"\nsamples = 30\nhidden = 3\nmethod = \"descent\"\nepochs = 12\noptimizer = \"adam\"",
    "function = \"exp(x)\"\nsamples = 30\ntest-samples = 9\nmodel = \"perceptron\"\nepochs = 7",
    "function = \"x^2\"\nsamples = 40\nhidden = 4\ndomain = \"10:12\"",
    "function = \"exp(x)\"\nsamples = 40\nnorm = \"max\"\ntolerance = 0.1\nrelative = true\nside = \"above\"",
];

/// The folders of these runs, finished.
fn finished() -> &'static [tempfile::TempDir] {
    static FINISHED: OnceLock<Vec<tempfile::TempDir>> = OnceLock::new();
    FINISHED.get_or_init(|| {
        let new = |toml: &str| {
            let folder = tempfile::tempdir().unwrap();
            let config = folder.path().join("config.toml");
            fs::write(&config, toml).unwrap();
            let out = Some(folder.path().join("run"));
            let into = Destination::New { out, force: false };
            fit(&Request::read(&config).unwrap(), into).unwrap();
            folder
        };
        RUNS.map(new).into()
    })
}

const FILES: [&str; 8] = [
    "config.toml",
    "model.safetensors",
    "checkpoint/state.safetensors",
    "metrics.jsonl",
    "report.json",
    "fit.svg",
    ".lock",
    "replacement.done/files.txt",
];

/// What is done to a file.
#[derive(Debug, Clone)]
enum Harm {
    Flip(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Digit(Index, u8),
    Remove,
    Folder,
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), 1_u8..).prop_map(|(at, bits)| Harm::Flip(at, bits)),
        2 => at().prop_map(Harm::Cut),
        2 => (at(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Harm::Insert(at, bytes)),
        4 => (at(), b'0'..=b'9').prop_map(|(at, digit)| Harm::Digit(at, digit)),
        1 => Just(Harm::Remove),
        1 => Just(Harm::Folder),
    ]
}

fn do_harm(path: &Path, harm: &Harm) {
    let mut bytes = fs::read(path).unwrap_or_default();
    let n = bytes.len();
    let _ = fs::create_dir_all(path.parent().unwrap());
    match harm {
        Harm::Flip(at, bits) if n > 0 => bytes[at.index(n)] ^= bits,
        Harm::Flip(..) => {}
        Harm::Cut(at) => bytes.truncate(at.index(n + 1)),
        Harm::Insert(at, new) => {
            let at = at.index(n + 1);
            bytes.splice(at..at, new.iter().copied());
        }
        Harm::Digit(at, digit) => {
            let digits: Vec<usize> = (0..n).filter(|i| bytes[*i].is_ascii_digit()).collect();
            if !digits.is_empty() {
                bytes[digits[at.index(digits.len())]] = *digit;
            }
        }
        Harm::Remove => return drop(fs::remove_file(path)),
        Harm::Folder => {
            let _ = fs::remove_file(path);
            return drop(fs::create_dir_all(path));
        }
    }
    let _ = fs::write(path, bytes);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

fn is_a_sentence(error: &dyn Error) -> Result<(), TestCaseError> {
    let text = error.to_string();
    prop_assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
    Ok(())
}

const NAMES: &[&str] = &[
    "function",
    "csv",
    "x",
    "y",
    "domain",
    "samples",
    "test-samples",
    "noise",
    "hidden",
    "method",
    "tolerance",
    "norm",
    "relative",
    "side",
    "model",
    "degree",
    "activation",
    "engine",
    "optimizer",
    "start",
    "lr",
    "epochs",
    "reduction",
    "weight-decay",
    "log-every",
    "device",
    "dtype",
    "rng",
    "seed",
    "nonsense",
    "",
];

const VALUES: &[&str] = &[
    "\"sin(x)\"",
    "\"auto\"",
    "\"best\"",
    "\"descent\"",
    "\"relu\"",
    "\"perceptron\"",
    "\"exact\"",
    "\"lm\"",
    "\"0:1\"",
    "\"1:0\"",
    "\"\"",
    "\"max\"",
    "\"above\"",
    "true",
    "\"sum\"",
    "\"f32\"",
    "\"numpy\"",
    "\"rand\"",
    "1",
    "0",
    "-1",
    "7",
    "1.5",
    "1e-3",
    "1e400",
    "nan",
    "inf",
    "9223372036854775807",
    "18446744073709551615",
    "99999999999999999999",
    "true",
    "[1]",
    "{}",
    "2020-01-01",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(VALUES).prop_map(String::from),
        1 => "[ -~]{0,12}",
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_map(|number| format!("{number:?}")),
    ]
}

proptest! {
    #[test]
    fn a_harmed_run_goes_on_or_says_why_not(
        run in 0..RUNS.len(),
        harms in vec((select(&FILES[..]), harm()), 1..4),
        more_epochs in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        copy(&finished()[run].path().join("run"), &path);
        for (name, harm) in &harms {
            do_harm(&path.join(name), harm);
        }
        match Model::load(&path) {
            Ok(model) => {
                let fitted = model.one(None).unwrap();
                let values = fitted.function.predict(&[0.0, 11.0]);
                prop_assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
            }
            Err(error) => is_a_sentence(&error)?,
        }
        if more_epochs {
            let config = path.join("config.toml");
            let text = fs::read_to_string(&config).unwrap_or_default();
            let _ = fs::write(config, text.replace("epochs = ", "epochs = 1"));
        }
        if let Err(error) = resume(&path) {
            is_a_sentence(&*error)?;
        }
    }

    #[test]
    fn settings_of_any_text_are_read_or_refused(
        lines in vec((select(NAMES), value()), 0..8),
        tail in prop_oneof![6 => Just(String::new()), 1 => any::<String>()],
    ) {
        let text: String = lines.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text + &tail).unwrap();
        match Request::read(&path) {
            Err(error) => is_a_sentence(&error)?,
            Ok(request) => {
                let into = Destination::New { out: Some(folder.path().join("run")), force: false };
                if let Err(error) = fit(&request, into) {
                    is_a_sentence(&*error)?;
                }
            }
        }
    }
}
