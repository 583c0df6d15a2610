//! A checkpoint as a file: parameters, what the optimizer remembers, the losses so far, and of which samples they are.

use shallow_analytic::{
    Parameters,
    descent::{Checkpoint, Optimizer},
};
use shallow_export::tensors::{self, Metadata, Tensor};
use xxhash_rust::xxh3::Xxh3;

use crate::samples::Samples;

/// The state of a run: not begun, or at a checkpoint.
#[derive(Debug, Default)]
pub struct Saved {
    /// The checkpoint.
    pub checkpoint: Option<Checkpoint>,
    /// Seconds of training before it.
    pub seconds: f64,
    /// The loss of every epoch before it, in the user's units.
    pub losses: Vec<f64>,
    /// The parameters before the last step, block by block; only of a run that has all its epochs.
    pub previous: Option<Vec<Vec<f64>>>,
}

impl Saved {
    /// Epochs done.
    pub fn epochs(&self) -> usize {
        self.checkpoint.as_ref().map_or(0, |saved| saved.epochs)
    }
}

const KINDS: [&str; 3] = ["parameters", "first_moment", "second_moment"];
const PREVIOUS: &str = "previous";

/// The file's bytes.
pub(crate) fn to_bytes(
    checkpoint: &Checkpoint,
    losses: &[f64],
    seconds: f64,
    samples: u64,
    previous: Option<&Parameters>,
) -> Result<Vec<u8>, String> {
    let metadata = Metadata::from([
        ("epochs".into(), checkpoint.epochs.to_string()),
        ("seconds".into(), format!("{seconds:?}")),
        ("samples".into(), samples.to_string()),
    ]);
    let mut all = vec![Tensor("losses".into(), vec![losses.len()], losses)];
    let models = std::iter::once(&checkpoint.parameters).chain(&checkpoint.memory);
    let previous = previous.map(Parameters::to_blocks);
    let previous = previous.iter().map(|blocks| (PREVIOUS, blocks));
    for (kind, blocks) in KINDS.into_iter().zip(models).chain(previous) {
        for (at, block) in blocks.iter().enumerate() {
            all.push(Tensor(format!("{kind}.{at}"), vec![block.len()], block));
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
    let epochs = text("epochs")?.parse();
    let seconds = text("seconds")?.parse();
    let checkpoint = Checkpoint {
        epochs: epochs.map_err(|_| "its epochs are not a number")?,
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
    Ok(Saved {
        previous: previous.then(|| blocks(PREVIOUS)).transpose()?,
        checkpoint: Some(checkpoint),
        seconds: seconds.map_err(|_| "its seconds are not a number")?,
        losses,
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
