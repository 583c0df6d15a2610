//! What is to be fitted: samples of a function or of a CSV file, and how a network sees them.

use std::path::Path;

use anyhow::{Result, bail};
use shallow::{
    Activation, Curvature, Dataset, Draw, PolynomialFeatures, Scaling, Target, extremes, linspace,
};

use crate::{
    args::{Flags, ModelKind},
    error::usage,
    expression::Expression,
    settings::{Generator, Settings},
    table::{LARGEST, Table},
};

/// Samples in the user's own units, and what scales them.
pub struct Problem {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Test samples; none where none were held out.
    pub test_x: Vec<f64>,
    pub test_y: Vec<f64>,
    /// The inputs between which the network is trained.
    pub domain: (f64, f64),
    /// What x and y are called.
    pub names: [String; 2],
    /// The function, where there is one.
    pub truth: Option<Truth>,
    pub x_scaling: Scaling,
    pub y_scaling: Scaling,
}

/// A function to fit.
pub enum Truth {
    Typed(Box<Expression>),
    OfCatalogue(&'static Target),
}

impl Truth {
    fn parse(text: &str) -> Result<Self> {
        match Target::named(text) {
            Ok(target) => Ok(Self::OfCatalogue(target)),
            Err(_) => Expression::parse(text)
                .map(|expression| Self::Typed(Box::new(expression)))
                .map_err(|error| usage(error.to_string())),
        }
    }

    pub fn at(&self, x: f64) -> f64 {
        match self {
            Self::Typed(expression) => expression.at(x),
            Self::OfCatalogue(target) => (target.f)(x),
        }
    }

    fn values(&self, x: &[f64]) -> Vec<f64> {
        x.iter().map(|x| self.at(*x)).collect()
    }

    /// Its curvature on an interval: by the expression's second derivative, elsewhere by second differences.
    pub fn curvature(&self, (low, high): (f64, f64)) -> Curvature {
        let step = 1e-4 * (high - low);
        let differences = |x: f64| {
            // Near an end, of the place that is a step from it.
            let x = x.clamp(low + step, high - step);
            let [left, middle, right] = [x - step, x, x + step].map(|x| self.at(x));
            let bend = left - 2.0 * middle + right;
            let rounding = 16.0 * f64::EPSILON * (left.abs() + middle.abs() + right.abs());
            if bend.abs() > rounding {
                bend / (step * step)
            } else {
                0.0
            }
        };
        match self {
            Self::Typed(expression) => {
                let known = expression.second_derivative();
                Curvature::new(|x| known(x).unwrap_or_else(|| differences(x)), low, high)
            }
            Self::OfCatalogue(_) => Curvature::new(differences, low, high),
        }
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        match self {
            Self::Typed(expression) => expression.text(),
            Self::OfCatalogue(target) => target.formula,
        }
    }

    fn variable(&self) -> &str {
        match self {
            Self::Typed(expression) => expression.variable().unwrap_or("x"),
            Self::OfCatalogue(_) => "x",
        }
    }
}

impl Problem {
    /// Reads or draws the samples; of a function without its noise, which is drawn last of all.
    pub fn load(settings: &Settings, draw: &mut Generator) -> Result<Self> {
        let flags = settings.flags();
        match (&flags.function, &flags.csv) {
            (Some(function), _) => Self::of_function(Truth::parse(function)?, settings, draw),
            (None, Some(path)) => Self::of_file(path, flags, draw),
            (None, None) => bail!("settings name a function or a file"),
        }
    }

    fn of_function(truth: Truth, settings: &Settings, draw: &mut Generator) -> Result<Self> {
        let (low, high) = settings.domain()?;
        let flags = settings.flags();
        let n = flags.samples.unwrap_or(10_000);
        let x: Vec<f64> = (0..n).map(|_| draw.uniform(low, high)).collect();
        let test_x = linspace(low, high, flags.test_samples.unwrap_or(1000));
        let (y, test_y) = (truth.values(&x), truth.values(&test_x));
        // A pole hides between samples; at 0, where poles like to be, none shall.
        let zero = (low < 0.0 && 0.0 < high && truth.at(0.0).is_infinite()).then_some(0.0);
        let mut samples = x.iter().zip(&y).chain(test_x.iter().zip(&test_y));
        let at = samples
            .find(|(_, y)| y.is_nan() || y.abs() > LARGEST)
            .map(|(x, _)| *x)
            .or(zero);
        if let Some(at) = at {
            bail!(
                "function `{}` is {} at {} = {at}; choose a domain on which it is finite, with --domain A:B",
                truth.text(),
                truth.at(at),
                truth.variable()
            );
        }
        Ok(Self {
            names: [truth.variable().into(), "y".into()],
            x,
            y,
            test_x,
            test_y,
            domain: (low, high),
            truth: Some(truth),
            x_scaling: Scaling::IDENTITY,
            y_scaling: Scaling::IDENTITY,
        })
    }

    fn of_file(path: &Path, flags: &Flags, draw: &mut Generator) -> Result<Self> {
        let table = Table::open(path)?;
        let columns = columns(&table, flags)?;
        let names = columns.map(|at| table.column_name(at));
        let file = table.name().to_string();
        let mut values = table.read(&columns)?;
        let (y, x) = (values.pop(), values.pop());
        let (x, y) = (x.unwrap_or_default(), y.unwrap_or_default());
        let n = x.len();
        let test = flags.test_samples.unwrap_or(n / 5);
        let train = flags.samples.unwrap_or(n.saturating_sub(test));
        if n < 2 {
            bail!("{file} has {n} sample; a fit needs at least 2");
        }
        if train + test > n || train < 2 {
            bail!(
                "{file} has {n} samples, too few for {train} to train on (at least 2) and {test} to test; choose smaller --samples or --test-samples"
            );
        }
        let [test_x, test_y, x, y] = if train == n {
            [Vec::new(), Vec::new(), x, y]
        } else {
            let mut rows = Rows::new(n, draw);
            let (held_out, kept) = (rows.take(test), rows.take(train));
            let pick = |rows: &[u32], values: &[f64]| {
                rows.iter().map(|row| values[*row as usize]).collect()
            };
            [
                pick(&held_out, &x),
                pick(&held_out, &y),
                pick(&kept, &x),
                pick(&kept, &y),
            ]
        };
        let (low, high) = extremes(&x);
        if low == high {
            bail!(
                "column {} of {file} is {low} in every row; nothing can be a function of it, choose another with --x",
                names[0]
            );
        }
        Ok(Self {
            domain: (low, high),
            x_scaling: Scaling::onto(&x, -1.0, 1.0),
            y_scaling: y_scaling(&y, flags),
            x,
            y,
            test_x,
            test_y,
            names,
            truth: None,
        })
    }

    /// Adds normal noise to the training samples.
    pub fn add_noise(&mut self, standard_deviation: f64, draw: &mut Generator) {
        if standard_deviation > 0.0 {
            for y in &mut self.y {
                *y += draw.normal(0.0, standard_deviation);
            }
        }
    }

    /// The training samples as a network sees them.
    pub fn train(&self, flags: &Flags) -> Result<Dataset> {
        let data = Dataset::new(
            self.x_scaling.apply(&self.x),
            self.y_scaling.apply(&self.y),
            self.x.len(),
        )
        .map_err(shallow::Error::from)?;
        Ok(match flags.model {
            Some(ModelKind::Perceptron) => features(flags)
                .expand(&data)
                .map_err(shallow::Error::from)?,
            _ => data,
        })
    }
}

/// The features of a perceptron.
pub fn features(flags: &Flags) -> PolynomialFeatures {
    PolynomialFeatures {
        degree: flags.degree.unwrap_or(2),
    }
}

/// Of a file's y: onto [-1, 1], and onto what a perceptron's activation can give with room to spare.
fn y_scaling(y: &[f64], flags: &Flags) -> Scaling {
    let is_perceptron = flags.model == Some(ModelKind::Perceptron);
    match flags.activation.unwrap_or_default() {
        // Shares, and yes or no, are what a sigmoid is for.
        Activation::Sigmoid if is_perceptron && y.iter().all(|y| (0.0..=1.0).contains(y)) => {
            Scaling::IDENTITY
        }
        Activation::Sigmoid if is_perceptron => Scaling::onto(y, 0.05, 0.95),
        Activation::Tanh if is_perceptron => Scaling::onto(y, -0.9, 0.9),
        _ => Scaling::onto(y, -1.0, 1.0),
    }
}

/// The columns of x and y.
fn columns(table: &Table, flags: &Flags) -> Result<[usize; 2]> {
    let find = |name: &Option<String>| name.as_deref().map(|name| table.column(name)).transpose();
    let columns = match (find(&flags.x)?, find(&flags.y)?) {
        (Some(x), Some(y)) => [x, y],
        (x, y) if table.n_columns() == 2 => match (x, y) {
            (Some(x), _) => [x, 1 - x],
            (None, y) => [1 - y.unwrap_or(1), y.unwrap_or(1)],
        },
        _ if table.n_columns() < 2 => bail!(
            "{} has 1 column; a fit needs one of inputs and one to fit",
            table.name()
        ),
        _ => {
            return Err(usage(format!(
                "{} has {} columns; choose two with --x and --y, by {}",
                table.name(),
                table.n_columns(),
                table.columns()
            )));
        }
    };
    if columns[0] == columns[1] {
        return Err(usage(format!(
            "x and y are both column {} of {}; choose two",
            table.column_name(columns[0]),
            table.name()
        )));
    }
    Ok(columns)
}

/// Rows drawn without repetition.
struct Rows<'a> {
    rest: Vec<u32>,
    draw: &'a mut Generator,
}

impl<'a> Rows<'a> {
    fn new(n: usize, draw: &'a mut Generator) -> Self {
        Self {
            rest: (0..n as u32).collect(),
            draw,
        }
    }

    /// `n` of the rows that are left, in their order in the file.
    fn take(&mut self, n: usize) -> Vec<u32> {
        let total = self.rest.len();
        if n == total {
            let mut all = std::mem::take(&mut self.rest);
            all.sort_unstable();
            return all;
        }
        // The end of the list, shuffled as by Fisher and Yates.
        for end in (total - n..total).rev() {
            let other = self.draw.uniform(0.0, (end + 1) as f64) as usize;
            self.rest.swap(end, other.min(end));
        }
        let mut taken = self.rest.split_off(total - n);
        taken.sort_unstable();
        taken
    }
}
