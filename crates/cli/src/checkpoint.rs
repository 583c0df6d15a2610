//! A checkpoint as a file: parameters, what the optimiser remembers, and of which run they are.

use std::hash::Hasher;

use anyhow::{Context, Result, anyhow, bail};
use shallow::{Checkpoint, HostModel, Optimizer};

use crate::{
    problem::Problem,
    tensors::{self, Metadata, Tensor},
};

/// Where a run stands: nowhere yet, or at a checkpoint.
#[derive(Default)]
pub struct Saved {
    pub checkpoint: Option<Checkpoint>,
    /// Seconds of training before it.
    pub seconds: f64,
    /// The losses that were logged before it.
    pub losses: Vec<f64>,
}

impl Saved {
    /// Epochs done.
    pub fn epochs(&self) -> usize {
        self.checkpoint
            .as_ref()
            .map_or(0, |checkpoint| checkpoint.epochs)
    }
}

/// The file's bytes.
pub fn to_bytes(
    checkpoint: &Checkpoint,
    losses: &[f64],
    seconds: f64,
    samples: u64,
) -> Result<Vec<u8>> {
    let metadata = Metadata::from([
        ("epochs".into(), checkpoint.epochs.to_string()),
        ("seconds".into(), format!("{seconds:?}")),
        ("samples".into(), samples.to_string()),
    ]);
    let mut all = vec![Tensor("losses".into(), vec![losses.len()], losses)];
    for (kind, model) in kinds(checkpoint) {
        for (at, block) in model.blocks().into_iter().enumerate() {
            all.push(Tensor(format!("{kind}.{at}"), vec![block.len()], block));
        }
    }
    tensors::write(&all, &metadata)
}

fn kinds(checkpoint: &Checkpoint) -> impl Iterator<Item = (&'static str, &HostModel)> {
    let models = [&checkpoint.parameters]
        .into_iter()
        .chain(&checkpoint.memory);
    KINDS.into_iter().zip(models)
}

const KINDS: [&str; 3] = ["parameters", "first_moment", "second_moment"];

/// Reads a checkpoint of a model shaped like this one, fitted to these samples.
pub fn from_bytes(
    bytes: &[u8],
    like: &HostModel,
    optimizer: Optimizer,
    samples: u64,
) -> Result<Saved> {
    let (metadata, tensors) = tensors::read(bytes)?;
    let text = |key: &str| {
        metadata
            .get(key)
            .ok_or_else(|| anyhow!("it has no `{key}`"))
    };
    if text("samples")? != &samples.to_string() {
        bail!("the samples are not those it was made with");
    }
    let model = |kind: &str| {
        let mut model = like.clone();
        for (at, block) in model.blocks_mut().into_iter().enumerate() {
            let values = tensors.get(&format!("{kind}.{at}"));
            match values {
                Some(values) if values.len() == block.len() => block.copy_from_slice(values),
                _ => bail!("its {kind} are not those of the model"),
            }
        }
        Ok(model)
    };
    Ok(Saved {
        checkpoint: Some(Checkpoint {
            epochs: text("epochs")?
                .parse()
                .context("its epochs are no number")?,
            parameters: model(KINDS[0])?,
            memory: KINDS[1..=optimizer.n_remembered()]
                .iter()
                .map(|kind| model(kind))
                .collect::<Result<_>>()?,
        }),
        seconds: text("seconds")?
            .parse()
            .context("its seconds are no number")?,
        losses: tensors.get("losses").cloned().unwrap_or_default(),
    })
}

/// A number that tells these training samples from others.
pub fn fingerprint(problem: &Problem) -> u64 {
    // FNV-1a, a word at a time: the same on every machine and in every version.
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for value in problem.x.iter().chain(&problem.y) {
        hash.write_u64(value.to_bits());
    }
    hash.finish()
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word)
            .wrapping_mul(0x0100_0000_01b3)
            .rotate_left(29);
    }
}
