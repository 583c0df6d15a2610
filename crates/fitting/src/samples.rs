//! The samples: drawn from a function or read from a file, in the user's units and as a network sees them.

use std::path::Path;

use shallow_analytic::{Activation, CellMoments, Moments, MomentsBuilder, Reduction};
use shallow_data::{
    Columns, DataError, Dataset, Draw, LARGEST, PolynomialFeatures, Scaling, Table, extremes,
    linspace, short,
};
use shallow_export::Function;
use shallow_expression::Expression;
use shallow_moments::MomentsTable;
use shallow_splines::Shape;

use crate::{
    columns::{SomeRows, columns, held_out},
    error::FittingError,
    generator::Generator,
    plan::{FileSource, FunctionSource, Method, Model, MomentsSource, Plan, Source},
    poles,
    shape::ShapePlan,
    truth::Truth,
    weighted::{mean, moments},
};

/// Inputs of this size are trained on as they are; the documents' are, and so is what NumPy's numbers are compared on.
pub(crate) const NEAR: f64 = 4.0;

/// The least width of a domain: the square of a ten-thousandth of it must be a number above 0.
pub(crate) const NARROWEST: f64 = 1e-140;

/// Samples in the user's own units, and what scales them.
pub struct Samples {
    /// Training inputs.
    pub x: Vec<f64>,
    /// Training outputs, with their noise.
    pub y: Vec<f64>,
    /// The weights of training samples, whose mean is 1; none where all count alike.
    pub weight: Vec<f64>,
    /// What a weight of 1 was before: 1 where there were none.
    pub weight_unit: f64,
    /// The weights times what each sample counts by its error, with the mean 1; none where all count by their weights.
    pub counted: Vec<f64>,
    /// Test inputs; none where none were held out.
    pub test_x: Vec<f64>,
    /// Test outputs, without noise where the function is known.
    pub test_y: Vec<f64>,
    /// The weights of test samples; none where all count alike.
    pub test_weight: Vec<f64>,
    /// The inputs between which the network is trained.
    pub domain: (f64, f64),
    /// What x and y are called.
    pub names: [String; 2],
    /// Whether x is a time, in seconds since the beginning of 1970 in UTC.
    pub x_is_time: bool,
    /// The function, where there is one.
    pub truth: Option<Truth>,
    /// The table they are from, and what was taken as its header, for a person.
    pub table: Option<String>,
    /// The cells that the samples stand for, where they are of moments.
    pub cells: Vec<CellMoments>,
    /// What a network sees of x.
    pub x_scaling: Scaling,
    /// What a network sees of y.
    pub y_scaling: Scaling,
}

/// Samples whose noise is not drawn yet: the documents draw it last, after a network's weights.
pub struct WithoutNoise {
    samples: Samples,
    noise: f64,
}

impl WithoutNoise {
    /// Adds the noise.
    pub fn with_noise(mut self, draw: &mut Generator) -> Samples {
        if self.noise > 0.0 {
            for y in &mut self.samples.y {
                *y += draw.normal(0.0, self.noise);
            }
        }
        self.samples
    }
}

impl Samples {
    /// Draws or reads what a plan fits.
    ///
    /// # Errors
    ///
    /// Everything a function, a table or a domain can have wrong with it.
    pub fn draw(plan: &Plan, draw: &mut Generator) -> Result<WithoutNoise, FittingError> {
        let model = match &plan.method {
            Method::Descent(descent) => descent.model,
            _ => Model::Relu { hidden: 1 },
        };
        let (samples, noise) = match &plan.source {
            Source::Function(function) => {
                (Self::of_function(function, &model, draw)?, function.noise)
            }
            Source::File(file) => (Self::of_file(file, &model, draw)?, 0.0),
            Source::Moments(moments) => (Self::of_moments(moments, &model)?, 0.0),
            Source::Given { .. } => unreachable!("given samples are neither drawn nor read"),
        };
        Ok(WithoutNoise { samples, noise })
    }

    fn of_function(
        source: &FunctionSource,
        model: &Model,
        draw: &mut Generator,
    ) -> Result<Self, FittingError> {
        let truth = Truth::parse(&source.text)?;
        let (low, high) = interval(&source.domain)?;
        let x: Vec<f64> = (0..source.n_samples)
            .map(|_| draw.uniform(low, high))
            .collect();
        let test_x = linspace(low, high, source.n_test);
        let (y, test_y) = (truth.values(&x), truth.values(&test_x));
        check_values(
            &truth,
            (low, high),
            x.iter().zip(&y).chain(test_x.iter().zip(&test_y)),
        )?;
        let is_near = -NEAR <= low && high <= NEAR;
        let (x_scaling, y_scaling) = match is_near {
            true => (Scaling::IDENTITY, Scaling::IDENTITY),
            false => (Scaling::onto(&[low, high], -1.0, 1.0), y_scaling(&y, model)),
        };
        Ok(Self {
            names: [truth.variable().into(), "y".into()],
            x,
            y,
            test_x,
            test_y,
            weight: Vec::new(),
            weight_unit: 1.0,
            counted: Vec::new(),
            test_weight: Vec::new(),
            domain: (low, high),
            x_is_time: false,
            truth: Some(truth),
            table: None,
            cells: Vec::new(),
            x_scaling,
            y_scaling,
        })
    }

    fn of_file(
        source: &FileSource,
        model: &Model,
        draw: &mut Generator,
    ) -> Result<Self, FittingError> {
        let mut table = Table::open(&source.path)?;
        let columns = columns(&mut table, source)?;
        let names = [columns[0], columns[1]].map(|at| table.column_name(at));
        if source.skips_missing {
            table.skip_missing();
        }
        let file = table.name().to_string();
        let header = table.describe_header();
        let Columns {
            values,
            n_skipped,
            are_times,
        } = table.read(&columns)?;
        let table = describe(
            &file,
            values[0].len(),
            n_skipped,
            &header,
            &names,
            &are_times,
        );
        let all = SomeRows::new(values, &file)?;
        let [held_out, kept] = held_out(source, &file, all, draw)?;
        let (low, high) = extremes(&kept.x);
        if low == high {
            return Err(FittingError::ConstantInput {
                column: names[0].clone(),
                file,
                value: low,
            });
        }
        if high - low < NARROWEST {
            return Err(FittingError::Table(format!(
                "column {} of {file} spans less than {NARROWEST:e}; use other units",
                names[0]
            )));
        }
        Ok(Self {
            x_is_time: are_times[0],
            table: Some(table),
            test_x: held_out.x,
            test_y: held_out.y,
            test_weight: held_out.weight,
            ..Self::of_rows(kept, names, model)
        })
    }

    /// Samples that have the moments in some tables.
    fn of_moments(source: &MomentsSource, model: &Model) -> Result<Self, FittingError> {
        let (file, table) = read_moments(source)?;
        let described = describe_moments(&file, &table);
        if table.groups.len() > 1 {
            return Err(FittingError::Table(format!(
                "{file} has the moments of {} groups; say `by` and what to call these, for a network of each",
                table.groups.len()
            )));
        }
        let Some(group) = table.groups.into_values().next() else {
            return Err(no_cell(&file));
        };
        let (low, high) = group.x();
        if low == high {
            let low = short(low);
            return Err(FittingError::Table(format!(
                "all samples of {file} are at x = {low}; nothing can be a function of that"
            )));
        }
        if high - low < NARROWEST {
            return Err(FittingError::Table(format!(
                "x of {file} spans less than {NARROWEST:e}; use other units"
            )));
        }
        group.check()?;
        let rows = SomeRows::standing_for(group);
        Ok(Self {
            table: Some(described),
            ..Self::of_rows(rows, source.names.clone(), model)
        })
    }

    /// Rows of a table to train on, none held out.
    pub(crate) fn of_rows(rows: SomeRows, names: [String; 2], model: &Model) -> Self {
        let [x, y] = rows.ranges();
        Self {
            domain: x,
            x_scaling: Scaling::onto(&[x.0, x.1], -1.0, 1.0),
            y_scaling: y_scaling(&[y.0, y.1], model),
            cells: rows.stand_for.map_or(Vec::new(), |group| group.cells),
            x: rows.x,
            y: rows.y,
            weight: rows.weight,
            weight_unit: rows.unit,
            counted: Vec::new(),
            test_x: Vec::new(),
            test_y: Vec::new(),
            test_weight: Vec::new(),
            names,
            x_is_time: false,
            truth: None,
            table: None,
        }
    }

    /// The training samples as a network sees them: of a perceptron, the features of x.
    ///
    /// # Errors
    ///
    /// [`DataError`] where there are none.
    pub fn dataset(&self, model: &Model) -> Result<Dataset, DataError> {
        let x = self.x_scaling.apply(&self.x);
        as_seen(x, self.y_scaling.apply(&self.y), model)
    }

    /// A shape as a network of these samples sees it; none where any will do.
    pub(crate) fn shape(&self, shape: &ShapePlan) -> Result<Option<Shape>, FittingError> {
        shape.for_network(self.domain, self.x_scaling, self.y_scaling)
    }

    /// The test samples as a network sees them.
    pub(crate) fn test_dataset(&self, model: &Model) -> Result<Dataset, DataError> {
        let x = self.x_scaling.apply(&self.test_x);
        as_seen(x, self.y_scaling.apply(&self.test_y), model)
    }

    /// What each sample counts in a fit, where they do not all count alike.
    pub fn weights(&self) -> Option<&[f64]> {
        let all = [&self.counted, &self.weight];
        all.into_iter()
            .find(|weight| !weight.is_empty())
            .map(|weight| &weight[..])
    }

    /// The moments of the training samples as they are here, or as a network sees them.
    pub fn moments(&self, x: &[f64], y: &[f64]) -> Moments {
        moments(x, y, self.weights())
    }

    /// The mean of what the samples that a fit is judged on have, by their weights.
    pub(crate) fn mean_judged(&self, values: impl Iterator<Item = f64>) -> f64 {
        match self.truth.is_some() || !self.test_x.is_empty() {
            true => mean(values, &self.test_weight),
            false => mean(values, &self.weight),
        }
    }

    /// The samples on which a fit is judged: test samples, rows held out, or the training rows; and what to call them.
    pub fn judged_on(&self) -> (&[f64], &[f64], &'static str) {
        match (&self.truth, self.test_x.is_empty()) {
            (Some(_), _) => (&self.test_x, &self.test_y, "test samples"),
            (None, false) => (&self.test_x, &self.test_y, "rows held out"),
            (None, true) => (&self.x, &self.y, "training rows"),
        }
    }

    /// How far the mean squared error of a network on samples that stand for cells may be from that on the samples of the cells
    /// themselves: not at all where all kinks lie between cells. None of samples that stand for themselves.
    pub(crate) fn loss_bound(&self, function: &Function) -> Option<f64> {
        let Function::Relu { weights, x_shift } = function else {
            return None;
        };
        let mut builder = MomentsBuilder::new(1, self.cells.len().max(1));
        for cell in &self.cells {
            builder.push_cell_of(&CellMoments {
                low: cell.low - x_shift,
                high: cell.high - x_shift,
                x: cell.x - x_shift,
                ..*cell
            });
        }
        let bound = || builder.finish().error_bound(weights, Reduction::Mean).0;
        (!self.cells.is_empty()).then(bound)
    }

    /// What a user should know before the fit: a constant column, values that an activation cannot take.
    pub fn notes(&self, model: &Model, data: &Dataset) -> Vec<String> {
        let mut notes = Vec::new();
        if self.truth.is_none() && self.y.iter().all(|y| *y == self.y[0]) {
            notes.push(format!(
                "column {} is {} in every row; the fit can only be that constant",
                self.names[1], self.y[0]
            ));
        }
        notes.extend(far_apart(&self.cells, &self.names[0]));
        if let (Model::Perceptron { activation, .. }, Some(_)) = (model, &self.truth) {
            notes.extend(activation.out_of_range(data.y()));
        }
        notes
    }
}

/// That nearly all samples of some cells are in a small part of their range, where there are few cells for them.
fn far_apart(cells: &[CellMoments], x: &str) -> Option<String> {
    /// What is beyond each end of nearly all samples, and the part that is small.
    const BEYOND: f64 = 5e-4;
    const SMALL: f64 = 0.1;
    let mut sorted: Vec<&CellMoments> = cells.iter().collect();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x));
    let total: f64 = cells.iter().map(|cell| cell.weight).sum();
    let mut before = 0.0;
    let mut ends = None::<(f64, f64)>;
    for cell in sorted {
        let after = before + cell.weight;
        if after > BEYOND * total && before < (1.0 - BEYOND) * total {
            let low = ends.map_or(cell.low, |(low, _)| low.min(cell.low));
            let high = ends.map_or(cell.high, |(_, high)| high.max(cell.high));
            ends = Some((low, high));
        }
        before = after;
    }
    let (low, high) = ends?;
    let (least, largest) = extremes(cells.iter().flat_map(|cell| [&cell.low, &cell.high]));
    (high - low < SMALL * (largest - least)).then(|| {
        format!(
            "nearly all samples have {x} from {} to {}, and a few reach from {} to {}: leave these out where the moments are made, by a domain or a condition, or make cells of equal count",
            short(low),
            short(high),
            short(least),
            short(largest)
        )
    })
}

/// Some forty of the inputs, evenly spaced in their order, at which an export is checked.
pub(crate) fn some_of(x: &[f64]) -> Vec<f64> {
    let step = x.len().div_ceil(40).max(1);
    x.iter().step_by(step).copied().collect()
}

/// Samples, of a perceptron with the features of x.
fn as_seen(x: Vec<f64>, y: Vec<f64>, model: &Model) -> Result<Dataset, DataError> {
    let n = x.len();
    let data = Dataset::new(x, y, n)?;
    match model {
        Model::Perceptron { degree, .. } => PolynomialFeatures { degree: *degree }.expand(&data),
        Model::Relu { .. } => Ok(data),
    }
}

/// Tables of moments, and their names.
pub(crate) fn read_moments(source: &MomentsSource) -> Result<(String, MomentsTable), FittingError> {
    let mut table = MomentsTable::default();
    for path in &source.paths {
        table.add(path)?;
    }
    let names: Vec<String> = source
        .paths
        .iter()
        .map(|path| match path == Path::new("-") {
            true => "standard input".into(),
            false => path.display().to_string(),
        })
        .collect();
    Ok((names.join(", "), table))
}

/// That there is nothing to fit in a table of moments.
pub(crate) fn no_cell(file: &str) -> FittingError {
    FittingError::Table(format!(
        "{file} has no cell; no row that it was made of has all the numbers that are needed"
    ))
}

/// Moments that were read, for a person.
pub(crate) fn describe_moments(file: &str, table: &MomentsTable) -> String {
    let left_out = match table.n_left_out {
        0 => String::new(),
        n => format!("; {n} more were left out, as they lack a number or are not in the domain"),
    };
    let n: u64 = table.groups.values().map(|group| group.n).sum();
    let cells: usize = table.groups.values().map(|group| group.cells.len()).sum();
    format!("{file}, {n} samples in {cells} cells{left_out}")
}

/// A table that was read, for a person.
pub(crate) fn describe(
    file: &str,
    n_rows: usize,
    n_skipped: usize,
    header: &str,
    names: &[String; 2],
    are_times: &[bool],
) -> String {
    let skipped = match n_skipped {
        0 => String::new(),
        n => format!(" and {n} passed over that lack a number"),
    };
    let times = names.iter().zip(are_times).filter(|(_, is_time)| **is_time);
    let times = times.map(|(name, _)| format!("; {name} in seconds since 1970-01-01 UTC"));
    let times: String = times.collect();
    format!("{file}, {n_rows} rows{skipped}; {header}{times}")
}

/// The interval that a domain such as `-1:1` or `0:pi/4` names.
///
/// # Errors
///
/// [`FittingError::Options`] where it is not two numbers in order.
pub fn interval(text: &str) -> Result<(f64, f64), FittingError> {
    let number = |end: &str| {
        Expression::number(end)
            .map_err(|error| FittingError::Options(format!("domain `{text}`: {error}")))
    };
    let Some((low, high)) = text.split_once(':') else {
        return Err(FittingError::Options(format!(
            "domain `{text}` must be two numbers with a colon between, such as -1:1"
        )));
    };
    let (low, high) = (number(low)?, number(high)?);
    // Not only the ends, but their distance must be a number, and one that can be divided.
    if low < high && high - low < NARROWEST {
        return Err(FittingError::Options(format!(
            "domain `{text}` is narrower than {NARROWEST:e}; use other units"
        )));
    }
    if low.abs().max(high.abs()) > LARGEST && (high - low).is_finite() {
        return Err(FittingError::Options(format!(
            "domain `{text}` reaches beyond {LARGEST:e}, where squares overflow; use other units"
        )));
    }
    if low < high && (high - low).is_finite() {
        Ok((low, high))
    } else {
        Err(FittingError::Options(format!(
            "domain `{text}` must go from a smaller to a larger number, such as -1:1"
        )))
    }
}

/// Every value finite and small enough to square, at the samples and between them.
fn check_values<'a>(
    truth: &Truth,
    (low, high): (f64, f64),
    mut samples: impl Iterator<Item = (&'a f64, &'a f64)>,
) -> Result<(), FittingError> {
    let bad = samples.find(|(_, y)| y.is_nan() || y.abs() > LARGEST);
    let at = bad.map(|(x, _)| *x);
    match at.or_else(|| poles::find(truth, low, high)) {
        None => Ok(()),
        Some(at) => Err(FittingError::NotFinite {
            function: truth.text().into(),
            value: truth.at(at),
            variable: truth.variable().into(),
            at,
        }),
    }
}

/// Onto [-1, 1], and of a perceptron onto what its activation can give with room to spare.
fn y_scaling(y: &[f64], model: &Model) -> Scaling {
    match model {
        Model::Perceptron { activation, .. } => match activation {
            // Shares, and yes or no, are what a sigmoid is for.
            Activation::Sigmoid if y.iter().all(|y| (0.0..=1.0).contains(y)) => Scaling::IDENTITY,
            Activation::Sigmoid => Scaling::onto(y, 0.05, 0.95),
            Activation::Tanh => Scaling::onto(y, -0.9, 0.9),
            Activation::Identity => Scaling::onto(y, -1.0, 1.0),
        },
        Model::Relu { .. } => Scaling::onto(y, -1.0, 1.0),
    }
}
