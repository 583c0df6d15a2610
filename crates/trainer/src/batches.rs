//! Samples on a model's device: all of them in blocks of rows, or mini-batches in a new order each epoch.

use burn::tensor::{DType, Device, Tensor};
use shallow_analytic::Reduction;
use shallow_data::{Dataset, Draw, SeededRng};

use crate::tensors;

/// Rows of a block on the CPU: of 256, 512, 1024 and 2048 the fastest on flex with 64 hidden units. It does not depend
/// on the number of cores, so neither do the sums.
const ROWS: usize = 1024;

/// Rows of a block on an accelerator: Burn's sums over them are loops, and a software GPU ends every loop after 65,535
/// steps without an error.
const ROWS_OF_ACCELERATOR: usize = 1 << 15;

/// Samples on a device, in blocks of rows.
pub(crate) struct Batch {
    pub(crate) blocks: Vec<Block>,
    pub(crate) is_on_cpu: bool,
}

/// Some rows, and the weight of their loss in that of all.
pub(crate) struct Block {
    pub(crate) x: Tensor<2>,
    pub(crate) y: Tensor<2>,
    pub(crate) share: f64,
}

/// How samples may be divided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Division {
    /// The loss is a sum over rows, and the model is composed of operations: small blocks stay in the cache.
    Blocks(Reduction),
    /// The model is one operation, so all rows are one block.
    Whole(Reduction),
    /// The loss is the user's: all rows are one block, whose loss counts as it is.
    UsersLoss,
}

impl Batch {
    /// All samples.
    pub(crate) fn new(data: &Dataset, placement: &(Device, DType), division: Division) -> Self {
        let (n, d, k) = (data.n_samples(), data.n_inputs(), data.n_outputs());
        let is_on_cpu = placement.0.memory_pool_usage().is_none();
        let rows = match (division, is_on_cpu) {
            (Division::Whole(_) | Division::UsersLoss, _) => n,
            (Division::Blocks(_), true) => ROWS,
            (Division::Blocks(_), false) => ROWS_OF_ACCELERATOR,
        };
        let blocks = data.x().chunks(rows * d).zip(data.y().chunks(rows * k));
        let on_device = |(x, y): (&[f64], &[f64])| Block {
            share: match division {
                Division::Blocks(reduction) | Division::Whole(reduction) => {
                    y.len() as f64 * reduction.factor((n * k) as f64)
                }
                Division::UsersLoss => 1.0,
            },
            x: tensors::rows(x, d, placement),
            y: tensors::rows(y, k, placement),
        };
        Self {
            blocks: blocks.map(on_device).collect(),
            is_on_cpu,
        }
    }
}

/// The batches of each epoch.
pub(crate) enum Batches<'a> {
    /// All samples at once.
    Full(Batch),
    /// Mini-batches of this many rows, drawn without repetition.
    Mini {
        data: &'a Dataset,
        size: usize,
        rows: Vec<usize>,
        draw: SeededRng,
        placement: (Device, DType),
        division: Division,
    },
}

impl<'a> Batches<'a> {
    /// Full, unless a size below the number of samples is given, with the seed of their order.
    pub(crate) fn new(
        data: &'a Dataset,
        placement: (Device, DType),
        division: Division,
        size: Option<(usize, u64)>,
    ) -> Self {
        match size {
            Some((size, seed)) if size < data.n_samples() => Self::Mini {
                data,
                size,
                rows: (0..data.n_samples()).collect(),
                draw: SeededRng::new(seed),
                placement,
                division,
            },
            _ => Self::Full(Batch::new(data, &placement, division)),
        }
    }

    /// The batches of the next epoch, each with the weight of its loss in the epoch's, handed to `each` one after the other.
    pub(crate) fn epoch(&mut self, mut each: impl FnMut(&Batch, f64)) {
        match self {
            Self::Full(batch) => each(batch, 1.0),
            Self::Mini {
                data,
                size,
                rows,
                draw,
                placement,
                division,
            } => {
                shuffle(rows, draw);
                let n = rows.len();
                for rows in rows.chunks(*size) {
                    let batch = Batch::new(&of_rows(data, rows), placement, *division);
                    let weight = match division {
                        // Half a sum over all rows is the sum of those over the batches.
                        Division::Blocks(Reduction::HalfSum)
                        | Division::Whole(Reduction::HalfSum) => 1.0,
                        _ => rows.len() as f64 / n as f64,
                    };
                    each(&batch, weight);
                }
            }
        }
    }
}

/// Fisher and Yates's shuffle.
fn shuffle(rows: &mut [usize], draw: &mut SeededRng) {
    for end in (1..rows.len()).rev() {
        let other = draw.uniform(0.0, (end + 1) as f64) as usize;
        rows.swap(end, other.min(end));
    }
}

fn of_rows(data: &Dataset, rows: &[usize]) -> Dataset {
    let pick = |values: &[f64], width: usize| -> Vec<f64> {
        let row = |row: &usize| values[row * width..(row + 1) * width].iter().copied();
        rows.iter().flat_map(row).collect()
    };
    let x = pick(data.x(), data.n_inputs());
    let y = pick(data.y(), data.n_outputs());
    Dataset::new(x, y, rows.len()).expect("rows of a data set are a data set")
}
