//! A checkpoint as a file: parameters, what the optimizer remembers, the losses so far, and of which samples they are.

use shallow_analytic::{
    Parameters,
    descent::{Checkpoint, Optimizer},
};
use shallow_export::tensors::{self, Metadata, Tensor};
use xxhash_rust::xxh3::Xxh3;

use crate::samples::Samples;

/// The state of a run: not begun, or at a checkpoint.
#[derive(Debug, Default, Clone)]
pub struct Saved {
    /// The checkpoint.
    pub checkpoint: Option<Checkpoint>,
    /// Seconds of training before it.
    pub seconds: f64,
    /// The loss of every epoch before it, in the user's units.
    pub losses: Vec<f64>,
    /// The loss on test samples of every logged epoch before it, where it is followed, in the user's units.
    pub test_losses: Vec<f64>,
    /// The parameters that were best on test samples, where those are kept.
    pub best: Option<Best>,
    /// Whether the descent ended there for want of patience.
    pub has_stopped: bool,
    /// The parameters before the last step, block by block; only of a run that has ended.
    pub previous: Option<Vec<Vec<f64>>>,
}

/// Parameters that were best on test samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// Steps before it.
    pub epoch: usize,
    /// The loss on test samples, in the user's units.
    pub loss: f64,
    /// The parameters, block by block.
    pub parameters: Vec<Vec<f64>>,
}

impl Saved {
    /// Epochs done.
    pub fn epochs(&self) -> usize {
        self.checkpoint.as_ref().map_or(0, |saved| saved.epochs)
    }
}

const KINDS: [&str; 3] = ["parameters", "first_moment", "second_moment"];
const PREVIOUS: &str = "previous";
const BEST: &str = "best";

/// The bytes of a checkpoint's file.
///
/// # Panics
///
/// Without a checkpoint.
pub(crate) fn to_bytes(saved: &Saved, samples: u64) -> Result<Vec<u8>, String> {
    let checkpoint = saved.checkpoint.as_ref().expect("a checkpoint is saved");
    let mut metadata = Metadata::from([
        ("epochs".into(), checkpoint.epochs.to_string()),
        ("seconds".into(), format!("{:?}", saved.seconds)),
        ("samples".into(), samples.to_string()),
    ]);
    if saved.has_stopped {
        metadata.insert("stopped".into(), "true".into());
    }
    let of = |name: &str, values| Tensor(name.into(), vec![<[f64]>::len(values)], values);
    let mut all = vec![of("losses", &saved.losses)];
    if !saved.test_losses.is_empty() {
        all.push(of("test_losses", &saved.test_losses));
    }
    let loss;
    if let Some(best) = &saved.best {
        metadata.insert("best".into(), best.epoch.to_string());
        loss = [best.loss];
        all.push(of("best.loss", &loss));
    }
    let models = std::iter::once(&checkpoint.parameters).chain(&checkpoint.memory);
    let previous = saved.previous.iter().map(|blocks| (PREVIOUS, blocks));
    let best = saved.best.iter().map(|best| (BEST, &best.parameters));
    for (kind, blocks) in KINDS.into_iter().zip(models).chain(previous).chain(best) {
        for (at, block) in blocks.iter().enumerate() {
            all.push(of(&format!("{kind}.{at}"), block));
        }
    }
    tensors::write(&all, &metadata).map_err(|error| error.to_string())
}

/// Reads a checkpoint of a model shaped like this one, fitted to these samples.
pub(crate) fn from_bytes(
    bytes: &[u8],
    like: &Parameters,
    optimizer: Optimizer,
    samples: u64,
) -> Result<Saved, String> {
    let (metadata, tensors) = tensors::read(bytes).map_err(|error| error.to_string())?;
    let text = |key: &str| metadata.get(key).ok_or(format!("it has no `{key}`"));
    if text("samples")? != &samples.to_string() {
        return Err("the samples are not those it was made with".into());
    }
    let blocks = |kind: &str| -> Result<Vec<Vec<f64>>, String> {
        let own = like.blocks();
        let sizes = own.iter().map(|block| block.len()).enumerate();
        sizes
            .map(|(at, size)| match tensors.get(&format!("{kind}.{at}")) {
                Some(values) if values.len() == size => Ok(values.clone()),
                _ => Err(format!("its {kind} are not those of the model")),
            })
            .collect()
    };
    let epochs = |key: &str| {
        let epochs = text(key)?.parse();
        epochs.map_err(|_| format!("its {key} is not a number"))
    };
    let seconds = text("seconds")?.parse();
    let checkpoint = Checkpoint {
        epochs: epochs("epochs")?,
        parameters: blocks(KINDS[0])?,
        memory: KINDS[1..=optimizer.n_remembered()]
            .iter()
            .map(|kind| blocks(kind))
            .collect::<Result<_, _>>()?,
    };
    let losses = tensors.get("losses").cloned().unwrap_or_default();
    if losses.len() != checkpoint.epochs {
        return Err(format!(
            "it has {} losses of {} epochs",
            losses.len(),
            checkpoint.epochs
        ));
    }
    let previous = tensors.contains_key(&format!("{PREVIOUS}.0"));
    let best = metadata.contains_key(BEST).then(|| {
        let loss = tensors.get("best.loss").and_then(|loss| loss.first());
        Ok::<_, String>(Best {
            epoch: epochs(BEST)?,
            loss: *loss.ok_or("it has no `best.loss`")?,
            parameters: blocks(BEST)?,
        })
    });
    Ok(Saved {
        previous: previous.then(|| blocks(PREVIOUS)).transpose()?,
        checkpoint: Some(checkpoint),
        seconds: seconds.map_err(|_| "its seconds are not a number")?,
        losses,
        test_losses: tensors.get("test_losses").cloned().unwrap_or_default(),
        best: best.transpose()?,
        has_stopped: metadata.contains_key("stopped"),
    })
}

/// A number that tells these training samples from others: XXH3 of their bytes.
pub(crate) fn fingerprint(samples: &Samples) -> u64 {
    let mut hash = Xxh3::new();
    for value in samples.x.iter().chain(&samples.y) {
        hash.update(&value.to_le_bytes());
    }
    hash.digest()
}
