//! Two columns of a table, and the rows held out.

use shallow_data::{Table, extremes};
use shallow_moments::GroupMoments;

use crate::{
    error::FittingError,
    generator::{Generator, Rows},
    plan::FileSource,
};

/// The columns of x and y, and of weights where there are some.
pub(crate) fn columns(table: &mut Table, source: &FileSource) -> Result<Vec<usize>, FittingError> {
    let find = |name: &Option<String>| name.as_deref().map(|name| table.column(name)).transpose();
    let weight = find(&source.weight)?;
    let columns = match (find(&source.x)?, find(&source.y)?) {
        (Some(x), Some(y)) => [x, y],
        (x, y) if table.n_columns() == 2 => match (x, y) {
            (Some(x), _) => [x, 1 - x],
            (None, y) => [1 - y.unwrap_or(1), y.unwrap_or(1)],
        },
        (Some(x), None) if weight.is_some() && table.n_columns() == 3 => {
            let rest = (0..3).find(|at| ![Some(x), weight].contains(&Some(*at)));
            [x, rest.unwrap_or(x)]
        }
        _ if table.n_columns() < 2 => {
            return Err(FittingError::Table(format!(
                "{} has 1 column; a fit needs one of inputs and one to fit",
                table.name()
            )));
        }
        _ => {
            return Err(FittingError::Columns {
                file: table.name().into(),
                n: table.n_columns(),
                names: table.columns(),
            });
        }
    };
    if columns[0] == columns[1] {
        return Err(FittingError::Options(format!(
            "x and y are both column {} of {}; choose two",
            table.column_name(columns[0]),
            table.name()
        )));
    }
    let columns: Vec<usize> = columns.into_iter().chain(weight).collect();
    let asked = [&source.x, &source.y, &source.weight].map(Option::as_deref);
    table.use_columns(&columns, &asked);
    Ok(columns)
}

/// The least weight that is not 0, as a share of the largest: less changes no digit that matters.
const LIGHTEST: f64 = 1e-12;

/// What to say of a weight below 0.
pub(crate) fn negative_weight(file: &str, weight: f64) -> FittingError {
    FittingError::Table(format!(
        "{file} has a weight of {weight}; weights must be 0 or more"
    ))
}

/// Samples of some rows; weights are empty where all rows count alike.
#[derive(Debug, Clone, Default)]
pub(crate) struct SomeRows {
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    pub(crate) weight: Vec<f64>,
    /// What a weight of 1 was in the file.
    pub(crate) unit: f64,
    /// The moments that the rows stand for, where they do; their weights are then numbers of samples, and stay as they are.
    pub(crate) stand_for: Option<GroupMoments>,
}

impl SomeRows {
    /// Columns of x, of y and, where there are some, of weights, of which rows of weight 0 are left out.
    pub(crate) fn new(values: Vec<Vec<f64>>, file: &str) -> Result<Self, FittingError> {
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or_default();
        let all = Self {
            x: next(),
            y: next(),
            weight: next(),
            unit: 1.0,
            stand_for: None,
        };
        if let Some(negative) = all.weight.iter().find(|weight| **weight < 0.0) {
            return Err(negative_weight(file, *negative));
        }
        if !all.weight.is_empty() && all.weight.iter().all(|weight| *weight == 0.0) {
            return Err(FittingError::Table(format!(
                "all weights in {file} are 0; a fit needs rows that count"
            )));
        }
        let weights = || all.weight.iter().filter(|weight| **weight > 0.0);
        let (least, largest) = extremes(weights());
        if least < LIGHTEST * largest {
            return Err(FittingError::Table(format!(
                "the weights in {file} reach from {least:e} to {largest:e}; give 0 to rows that are to count for next to nothing"
            )));
        }
        let counts = |row: &u32| {
            all.weight
                .get(*row as usize)
                .is_none_or(|weight| *weight > 0.0)
        };
        let rows: Vec<u32> = (0..all.x.len() as u32).filter(counts).collect();
        Ok(match rows.len() == all.x.len() {
            true => all,
            false => all.pick(&rows),
        })
    }

    /// With weights up to 1, by the largest, as their sum may be no finite number. Returns that.
    fn by_largest(&mut self) -> f64 {
        let largest = self.weight.iter().copied().fold(0.0, f64::max);
        self.weight.iter_mut().for_each(|weight| *weight /= largest);
        largest
    }

    /// With weights whose mean is 1, where 1 was so much before.
    fn with_mean_1(&mut self, unit: f64) {
        let mean = self.weight.iter().sum::<f64>() / self.weight.len() as f64;
        self.weight.iter_mut().for_each(|weight| *weight /= mean);
        if !self.weight.is_empty() {
            self.unit = unit * mean;
        }
    }

    /// Rows that have a group's moments.
    pub(crate) fn standing_for(group: GroupMoments) -> Self {
        let [x, y, weight] = group.stand_ins();
        let total: f64 = group.cells.iter().map(|cell| cell.weight).sum();
        Self {
            x,
            y,
            weight,
            unit: total / group.n as f64,
            stand_for: Some(group),
        }
    }

    /// The least and the largest x and y of the samples.
    pub(crate) fn ranges(&self) -> [(f64, f64); 2] {
        match &self.stand_for {
            Some(group) => [group.x(), group.y],
            None => [extremes(&self.x), extremes(&self.y)],
        }
    }

    /// How many samples they are.
    pub(crate) fn n_samples(&self) -> usize {
        self.stand_for
            .as_ref()
            .map_or(self.x.len(), |group| group.n as usize)
    }

    /// All of them to train on, with weights whose mean is 1.
    pub(crate) fn all_kept(mut self) -> Self {
        if self.stand_for.is_some() {
            return self;
        }
        let largest = self.by_largest();
        self.with_mean_1(largest);
        self
    }

    fn pick(&self, rows: &[u32]) -> Self {
        let pick = |values: &[f64]| match values.is_empty() {
            true => Vec::new(),
            false => rows.iter().map(|row| values[*row as usize]).collect(),
        };
        Self {
            x: pick(&self.x),
            y: pick(&self.y),
            weight: pick(&self.weight),
            unit: self.unit,
            stand_for: None,
        }
    }
}

/// Rows held out and rows to train on, whose weights have the mean 1.
pub(crate) fn held_out(
    source: &FileSource,
    file: &str,
    mut all: SomeRows,
    draw: &mut Generator,
) -> Result<[SomeRows; 2], FittingError> {
    let n = all.x.len();
    let test = source.n_test.unwrap_or(n / 5);
    let train = source.n_samples.unwrap_or(n.saturating_sub(test));
    if n < 2 {
        return Err(FittingError::Table(format!(
            "{file} has {n} sample; a fit needs at least 2"
        )));
    }
    if train + test > n || train < 2 {
        return Err(FittingError::TooFewRows {
            file: file.into(),
            n,
            train,
            test,
        });
    }
    let largest = all.by_largest();
    let [held_out, mut kept] = match train == n {
        true => [SomeRows::default(), all],
        false => {
            let mut rows = Rows::new(n, draw);
            let (held_out, kept) = (rows.take(test), rows.take(train));
            [all.pick(&held_out), all.pick(&kept)]
        }
    };
    kept.with_mean_1(largest);
    Ok([held_out, kept])
}
