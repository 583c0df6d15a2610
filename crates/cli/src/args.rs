//! What can be typed: commands and flags.

use std::path::{Path, PathBuf};

use clap::{
    Arg, Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::Error as NotNamed},
};
use shallow_analytic::{Activation, Reduction, descent::Engine};
use shallow_data::Target;
use shallow_export::{Counts, Direction, Dtype, Form, Format, Lookup};
use shallow_fitting::{
    AutoName, CriterionName, FittingError, Hidden, LossName, MethodName, MissingName, ModelName,
    Norm, OptimizerName, Request, RngName, Side, StartName,
};
use shallow_moments::Dialect;

/// Fit any function or CSV column with a shallow neural network, check it and ship it.
///
/// Exit codes: 0 done, 1 failed, 2 usage, 3 diverged.
#[derive(Debug, Parser)]
#[command(name = "shallow", version, max_term_width = 100)]
pub struct Shallow {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fit a network to a function or to a CSV column
    Fit(FitArgs),
    /// Predict with a fitted network: prints x or the file's columns, the prediction, and whether x is outside the domain of training
    Predict(PredictArgs),
    /// Hold the gradients of every engine and device of this build against each other, at the start of such a fit
    Check(CheckArgs),
    /// Fit one problem by every method there is, and say which to take: one table, one picture
    Compare(CompareArgs),
    /// Write a fitted network for other programs, with test vectors, and verify what was written
    Export(ExportArgs),
    /// Print the query that reduces a table to moments where it lies, for `fit --moments`
    Sql(SqlArgs),
    /// Reduce a file, which may be larger than memory, to moments, for `fit --moments`
    Moments(MomentsArgs),
    /// Watch a network learn: a page in the browser, served to this machine alone until Ctrl-C
    Studio(StudioArgs),
    /// List what this build and machine can run on
    Devices,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, for `man -l -`
    Man,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  shallow fit --function \"sin(3*x) + 0.5*x^2\" --domain -2:2
  shallow fit --csv data.csv --x time --y volts --out volts
  shallow fit --function smooth --method descent --optimizer adam --epochs 20000
  shallow predict volts --x 0.5,1.5
  shallow export volts --format c")]
pub struct FitArgs {
    #[command(flatten)]
    pub flags: Flags,
    /// Folder for the run; runs/1, runs/2, ... when not given
    #[arg(long, value_name = "DIR", help_heading = "Run")]
    pub out: Option<PathBuf>,
    /// Replace the run that is in the folder
    #[arg(long, help_heading = "Run")]
    pub force: bool,
    /// Go on with the run in this folder; of the other flags, only --epochs, --json and --quiet may stand beside it
    #[arg(long, value_name = "DIR", help_heading = "Run")]
    pub resume: Option<PathBuf>,
    /// Flags from a TOML file, by the same names, such as a run's config.toml; flags on the command line win
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub config: Option<PathBuf>,
    /// Print one JSON object on stdout, and nothing else there
    #[arg(long, help_heading = "Run")]
    pub json: bool,
    /// Neither progress nor summary
    #[arg(long, help_heading = "Run")]
    pub quiet: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  shallow studio
  shallow studio --function \"sin(3*x)\" --hidden 8
  shallow studio --csv data.csv --x time --y volts
  shallow studio --optimizer adam --lr 0.01     opens the view Train
  shallow studio --model perceptron             opens the view One neuron")]
pub struct StudioArgs {
    #[command(flatten)]
    pub flags: Flags,
    /// Flags from a TOML file, by the same names, such as a run's config.toml; flags on the command line win
    #[arg(long, value_name = "FILE", help_heading = "Page")]
    pub config: Option<PathBuf>,
    /// Port on 127.0.0.1 [default: 8317, or another that is free]
    #[arg(long, value_name = "P", help_heading = "Page")]
    pub port: Option<u16>,
    /// Print the address, and leave the browser alone
    #[arg(long, help_heading = "Page")]
    pub no_open: bool,
}

/// The columns that moments are of.
#[derive(Debug, Args)]
pub struct ColumnArgs {
    /// The column of inputs
    #[arg(long, value_name = "COL")]
    pub x: String,
    /// The column to fit
    #[arg(long, value_name = "COL")]
    pub y: String,
    /// The column of weights
    #[arg(long, value_name = "COL")]
    pub weight: Option<String>,
    /// The column of groups
    #[arg(long, value_name = "COL")]
    pub by: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  shallow moments --csv readings.csv.gz --x t --y volts > m.csv
  shallow moments --csv 'logs/*.parquet' --x t --y volts --by sensor --out m.csv
  shallow fit --moments m.csv --moments other_machine.csv --out volts")]
pub struct MomentsArgs {
    /// The file, CSV or Parquet, a pattern such as 'data/*.csv' in quotes, or - for standard input; columns go by name or number from 1, and rows that
    /// lack a number are left out
    #[arg(long, value_name = "FILE")]
    pub csv: PathBuf,
    #[command(flatten)]
    pub columns: ColumnArgs,
    /// At most so many cells for each group; with no more distinct x than that, nothing is lost [default: 10000, with --by 100]
    #[arg(long, value_name = "N", value_parser = count(1))]
    pub cells: Option<usize>,
    /// The interval of x; other rows are counted apart
    #[arg(long, value_name = "A:B", allow_hyphen_values = true)]
    pub domain: Option<String>,
    /// The file to write; standard output, if not given
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace the file that --out names
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  shallow sql --dialect duckdb --table readings --x t --y volts > q.sql
  duckdb -csv plant.db < q.sql | shallow fit --moments - --out volts")]
pub struct SqlArgs {
    /// The engine
    #[arg(long, value_parser = among(Dialect::ALL.map(|dialect| (dialect.name(), dialect))))]
    pub dialect: Dialect,
    /// The table; dots stand between catalogue, schema and table, a part in double quotes may have dots in it
    #[arg(long, value_name = "T")]
    pub table: String,
    #[command(flatten)]
    pub columns: ColumnArgs,
    /// x is a date or a time: take the seconds since the beginning of 1970
    #[arg(long)]
    pub time: bool,
    /// A condition in SQL, which is yours and stands as it is
    #[arg(long = "where", value_name = "COND")]
    pub condition: Option<String>,
    /// Cells of equal width between the least and the largest x of each group [default: 10000, with --by 100]
    #[arg(long, value_name = "N", value_parser = count(1))]
    pub cells: Option<usize>,
    /// Cells of about equal count in place of that, for x with a few values far from the rest; at most 10000
    #[arg(long, conflicts_with = "domain")]
    pub quantiles: bool,
    /// A cell for each distinct x in place of that: nothing is lost
    #[arg(long, conflicts_with_all = ["cells", "quantiles"])]
    pub distinct: bool,
    /// The interval of x, which the engine then need not look for; other rows are counted apart
    #[arg(long, value_name = "A:B", allow_hyphen_values = true)]
    pub domain: Option<String>,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub flags: Flags,
    /// Flags from a TOML file, by the same names; flags on the command line win
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(mut_args = of_comparison)]
pub struct CompareArgs {
    #[command(flatten)]
    pub flags: Flags,
    /// Folder for the table and the picture; runs/1, runs/2, ... when not given
    #[arg(long, value_name = "DIR", help_heading = "Run")]
    pub out: Option<PathBuf>,
    /// Replace the comparison or the run that is in the folder
    #[arg(long, help_heading = "Run")]
    pub force: bool,
    /// Print one JSON object on stdout, and nothing else there
    #[arg(long, help_heading = "Run")]
    pub json: bool,
}

/// A flag as a comparison takes it.
fn of_comparison(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "hidden" => arg
            .value_name("H")
            .help("Hidden units of the networks [default: 64]"),
        "test_samples" => arg.help(
            "Test samples, evenly spaced; of a CSV file rows held out, drawn [default: 1000; of a CSV file each row is left out once, in five folds]",
        ),
        name if COMPARED.contains(&name) => arg,
        _ => arg.hide(true),
    }
}

/// The flags that have a place in a comparison.
const COMPARED: [&str; 15] = [
    "function",
    "domain",
    "csv",
    "x",
    "y",
    "missing",
    "samples",
    "test_samples",
    "noise",
    "hidden",
    "rng",
    "seed",
    "out",
    "force",
    "json",
];

#[derive(Debug, Args)]
pub struct PredictArgs {
    /// The run's folder
    pub dir: PathBuf,
    /// A file as for `fit`, or - for standard input; its columns are kept. The inputs are found by the name they had in training, or
    /// are the only column
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Values, with commas between, or dates and times as 2024-01-31T12:30; with --csv the column of inputs, by name or by number from 1
    #[arg(
        long,
        value_name = "V,V,...|COL",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub x: Vec<String>,
    /// Rows that lack a number: an error, or passed over and counted [default: error]
    #[arg(long, value_parser = named::<MissingName>(["error", "skip"]))]
    pub missing: Option<MissingName>,
    /// With --x V,V,...: the group whose network predicts, of a run by groups
    #[arg(long, value_name = "NAME", conflicts_with = "csv")]
    pub group: Option<String>,
    /// A file to write to, which appears whole; standard output when not given
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace the file that --out names
    #[arg(long)]
    pub force: bool,
    /// Pointwise bands that hold such a share of cases, as four columns: low and high for the curve, new_low and new_high for a new row
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    pub bands: Option<f64>,
    /// One JSON object with the lists x, y, outside_domain and those of the bands, without a file's other columns
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The run's folder
    pub dir: PathBuf,
    /// The kind of file
    #[arg(long, value_parser = among(Format::ALL.map(|format| (format.name(), format))))]
    pub format: Format,
    /// Of C, Rust, JSON and SQL: as the network, or as a table of its straight pieces; table where it can be
    #[arg(long = "as", value_parser = among(FORMS), value_name = "FORM")]
    pub form: Option<Form>,
    /// The group whose network it is, of a run by groups
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,
    /// The type of the numbers: of C and Rust f64, f32, or counts of 16 or 32 bits; of ONNX f64 or f32 [default: what the run was
    /// fitted for, or f64]
    #[arg(long, value_parser = among(Dtype::ALL.map(|dtype| (dtype.name(), dtype))))]
    pub dtype: Option<Dtype>,
    /// Fit again what the run was fitted to: as few units as give a table with at most this largest error, in its own arithmetic
    #[arg(long, value_name = "E", allow_negative_numbers = true, value_parser = tolerance, conflicts_with = "group", help_heading = "C and Rust")]
    pub tolerance: Option<f64>,
    /// Of a table: how a row is found, by binary search or, in constant time, by equal cells [default: search]
    #[arg(long, value_parser = among(LOOKUPS), help_heading = "C and Rust")]
    pub lookup: Option<Lookup>,
    /// Give inputs beyond the domain the value of its end; counts always do
    #[arg(long, help_heading = "C and Rust")]
    pub clamp: bool,
    /// What one count of x stands for, and count 0: x = OFFSET + SCALE X [default: the domain over all counts]
    #[arg(
        long,
        value_name = "SCALE[:OFFSET]",
        allow_hyphen_values = true,
        help_heading = "C and Rust"
    )]
    pub x_scale: Option<Counts>,
    /// What one count of y stands for, and count 0: y = OFFSET + SCALE Y [default: the values over all counts]
    #[arg(
        long,
        value_name = "SCALE[:OFFSET]",
        allow_hyphen_values = true,
        help_heading = "C and Rust"
    )]
    pub y_scale: Option<Counts>,
    /// Refuse a table that does not go this way in its own arithmetic
    #[arg(long, value_parser = named::<Direction>(["increasing", "decreasing"]), help_heading = "C and Rust")]
    pub monotone: Option<Direction>,
    /// Of C: declare the function __attribute__((const)), so that a compiler may merge calls; tables are constant always
    #[arg(long = "const", help_heading = "C and Rust")]
    pub is_const: bool,
    /// Of C: tables stay in an AVR's flash
    #[arg(long, help_heading = "C and Rust")]
    pub progmem: bool,
    /// Of sql: the engine
    #[arg(long, value_parser = among(Dialect::ALL.map(|dialect| (dialect.name(), dialect))))]
    pub dialect: Option<Dialect>,
    /// Of sql: the column of inputs [default: called as in the fit]
    #[arg(long, value_name = "COL")]
    pub x: Option<String>,
    /// The file, whose name is the function's in source, or - for standard output; DIR/export/model with the format's ending
    /// when not given. C has a header beside it, or is one where this ends in .h
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace the file that --out names
    #[arg(long)]
    pub force: bool,
}

/// What describes a fit; absent flags take their method's and model's defaults.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What to fit")]
pub struct Flags {
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true,
        help = format!("The function, such as \"sin(3*x) + 0.5*x^2\", or one of the catalogue: {}", Target::names()))]
    pub function: Option<String>,
    /// The interval of x, such as -1:1 or 0:pi/4 [default: -1:1; of a perceptron 0:pi/4; of the catalogue its own]
    #[arg(long, value_name = "A:B", allow_hyphen_values = true)]
    pub domain: Option<String>,
    /// A CSV file, or - for standard input: comma, semicolon, tab or blanks, with a header or without, plain or compressed by gzip;
    /// lines that begin with # are comments
    #[arg(long, value_name = "FILE", conflicts_with_all = ["function", "domain", "noise"])]
    pub csv: Option<PathBuf>,
    /// A table of moments, which `shallow sql` asked an engine for or `shallow moments` made, or - for standard input; several add up
    #[arg(long, value_name = "FILE", conflicts_with_all = ["function", "csv", "domain", "noise"])]
    pub moments: Vec<PathBuf>,
    /// The column of inputs, by name or by number from 1 [default: of two columns the first]
    #[arg(long, value_name = "COL")]
    pub x: Option<String>,
    /// The column to fit, by name or by number from 1 [default: of two columns the second]
    #[arg(long, value_name = "COL")]
    pub y: Option<String>,
    /// The column of weights, by name or by number from 1: the noise of a row of weight 2 has half the variance of one of weight 1
    #[arg(long, value_name = "COL")]
    pub weight: Option<String>,
    /// The column of groups, by name or by number from 1: each group has a network of its own, and they share one folder
    #[arg(long, value_name = "COL")]
    pub by: Option<String>,
    /// Rows that lack a number in a column that is used, as by NA, nan or nothing: an error, or passed over and counted
    /// [default: error]
    #[arg(long, value_parser = named::<MissingName>(["error", "skip"]))]
    pub missing: Option<MissingName>,
    /// Training samples; of a CSV file this many rows, drawn [default: 10000; of a perceptron 1000; of a CSV file all others]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(1))]
    pub samples: Option<usize>,
    /// Test samples, evenly spaced; of a CSV file rows held out, drawn [default: 1000; of a CSV file a fifth of the rows, with --norm max none]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(0))]
    pub test_samples: Option<usize>,
    /// Standard deviation of normal noise on the training samples of a function [default: 0]
    #[arg(long, value_name = "SD", allow_negative_numbers = true, value_parser = at_least_0)]
    pub noise: Option<f64>,

    /// How the network is found. auto: of a function best, of a file and with --noise what predicts samples left out best, and
    /// descent where a flag of descent is given, with --by smooth; best: the best network of a width, from the samples' moments;
    /// smooth: of noisy samples, a network whose bends are penalised; descent: gradient descent and its kin [default: auto]
    #[arg(long, value_parser = named::<MethodName>(["auto", "best", "smooth", "descent"]), help_heading = "Network")]
    pub method: Option<MethodName>,
    /// Hidden units; auto: of best networks the one that predicts samples left out best, with --method smooth the fewest that are
    /// as good as very many [default: 64; of a CSV file, and with --noise, as --method auto finds]
    #[arg(long, value_name = "H|auto", allow_negative_numbers = true, value_parser = hidden, help_heading = "Network")]
    pub hidden: Option<Hidden>,
    /// With --method smooth: how much bends are penalised, a number without unit, from 1e-15 to 1e6
    #[arg(
        long,
        value_name = "F",
        allow_negative_numbers = true,
        conflicts_with = "criterion",
        help_heading = "Network"
    )]
    pub penalty: Option<f64>,
    /// With --method smooth: by what the penalty is chosen, generalised cross-validation or restricted maximum likelihood
    /// [default: gcv]
    #[arg(long, value_parser = named::<CriterionName>(["gcv", "reml"]), help_heading = "Network")]
    pub criterion: Option<CriterionName>,
    /// What is least over noisy samples: the squared errors, Huber's or Tukey's function of them, or their sizes. All but the squared
    /// make little of samples that are far off, Tukey's nothing of the farthest [default: squared]
    #[arg(long, value_parser = named::<LossName>(["squared", "huber", "absolute", "tukey"]), help_heading = "Network")]
    pub loss: Option<LossName>,
    /// Of noisy samples: pointwise bands, within which the curve is, and a new row, in such a share of cases, in the picture and the
    /// report, with the errors of slopes and kinks
    #[arg(
        long,
        value_name = "L",
        allow_negative_numbers = true,
        help_heading = "Network"
    )]
    pub bands: Option<f64>,
    /// A fit that goes one way: nowhere down, or nowhere up, between the least and the largest x
    #[arg(long, value_parser = named::<Direction>(["increasing", "decreasing"]), help_heading = "Shape")]
    pub monotone: Option<Direction>,
    /// A fit whose slopes rise
    #[arg(long, conflicts_with = "concave", help_heading = "Shape")]
    pub convex: bool,
    /// A fit whose slopes fall
    #[arg(long, help_heading = "Shape")]
    pub concave: bool,
    /// Points that the fit passes through; they may lie beyond the samples
    #[arg(
        long,
        value_name = "X:Y[,X:Y]",
        allow_hyphen_values = true,
        help_heading = "Shape"
    )]
    pub through: Option<String>,
    /// A fit whose slopes have at most this size
    #[arg(
        long,
        value_name = "S",
        allow_negative_numbers = true,
        help_heading = "Shape"
    )]
    pub max_slope: Option<f64>,
    /// As few hidden units as give a best network with at most this error: on the test samples, with --norm max everywhere
    #[arg(long, value_name = "E", allow_negative_numbers = true, value_parser = tolerance, conflicts_with = "hidden", help_heading = "Network")]
    pub tolerance: Option<f64>,
    /// The error that is least, and that --tolerance means: the root mean square, or the largest, proven on the whole domain of a
    /// function and at every row of a file [default: rms]
    #[arg(long, value_parser = named::<Norm>(["rms", "max"]), help_heading = "Network")]
    pub norm: Option<Norm>,
    /// With --norm max: errors are shares of the values' magnitudes
    #[arg(long, help_heading = "Network")]
    pub relative: bool,
    /// With --norm max: the network is nowhere below the values, or nowhere above them [default: on both sides]
    #[arg(long, value_parser = named::<Side>(["above", "below"]), help_heading = "Network")]
    pub side: Option<Side>,

    /// relu: y = relu(x W1 + b1) W2 + b2; perceptron: y = activation(w . [x^D, ..., x, 1]) [default: relu]
    #[arg(long, value_parser = named::<ModelName>(["relu", "perceptron"]), help_heading = "Descent")]
    pub model: Option<ModelName>,
    /// Degree of the perceptron's polynomial [default: 2]
    #[arg(long, value_name = "D", allow_negative_numbers = true, value_parser = count(0), help_heading = "Descent")]
    pub degree: Option<usize>,
    /// The perceptron's activation [default: sigmoid]
    #[arg(long, value_parser = named::<Activation>(Activation::ALL.map(Activation::name)), help_heading = "Descent")]
    pub activation: Option<Activation>,
    /// How gradients are computed; auto: exact where it applies, else autodiff [default: auto]
    #[arg(long, value_parser = named::<Engine>(Engine::ALL.map(Engine::name)), help_heading = "Descent")]
    pub engine: Option<Engine>,
    /// How a step follows from the gradient: gradient descent, with momentum 0.9, Adam with 0.9, 0.999 and 1e-8, or
    /// Levenberg-Marquardt on the exact engine [default: gd]
    #[arg(long, value_parser = named::<OptimizerName>(["gd", "momentum", "adam", "lm"]), help_heading = "Descent")]
    pub optimizer: Option<OptimizerName>,
    /// Where descent begins: at random weights, or at the best network of this width [default: random]
    #[arg(long, value_parser = named::<StartName>(["random", "best"]), help_heading = "Descent")]
    pub start: Option<StartName>,
    /// Learning rate of gd, momentum and adam [default: 0.01]
    #[arg(
        long,
        value_name = "F",
        allow_negative_numbers = true,
        help_heading = "Descent"
    )]
    pub lr: Option<f64>,
    /// Steps, each over all samples [default: 500; of a perceptron 5000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(1), help_heading = "Descent")]
    pub epochs: Option<usize>,
    /// Stop when the loss on test samples, looked at where losses are logged, has not fallen for so many epochs, and keep the
    /// network of the least
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(1), help_heading = "Descent")]
    pub patience: Option<usize>,
    /// The loss: the mean of the squared errors, or half their sum [default: mean; of a perceptron sum]
    #[arg(long, value_parser = named::<Reduction>(["mean", "sum"]), help_heading = "Descent")]
    pub reduction: Option<Reduction>,
    /// Times each parameter, added to its gradient [default: 0]
    #[arg(
        long,
        value_name = "F",
        allow_negative_numbers = true,
        help_heading = "Descent"
    )]
    pub weight_decay: Option<f64>,
    /// Epochs from one logged loss to the next [default: 10; of a perceptron 500]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(1), help_heading = "Descent")]
    pub log_every: Option<usize>,

    /// The device for autodiff: auto, ndarray, flex, wgpu[:I] or cuda[:I]; auto: the CPU, with --engine autodiff a GPU where there
    /// is one. A GPU means --engine autodiff
    #[arg(long, help_heading = "Machine")]
    pub device: Option<String>,
    /// Float type there; f32 means --engine autodiff [default: f64 on the CPU, f32 on a GPU]. With --norm max --tolerance: the type
    /// of the exported table, f32 or counts of 16 or 32 bits, that is to be within the error in its own arithmetic
    #[arg(long, value_parser = among(Dtype::ALL.map(|dtype| (dtype.name(), dtype))), help_heading = "Machine")]
    pub dtype: Option<Dtype>,
    /// With --dtype q15 or q31: what one count of x stands for, and count 0 [default: the domain over all counts]
    #[arg(
        long,
        value_name = "SCALE[:OFFSET]",
        allow_hyphen_values = true,
        help_heading = "Machine"
    )]
    pub x_scale: Option<Counts>,
    /// With --dtype q15 or q31: what one count of y stands for, and count 0 [default: the values over all counts]
    #[arg(
        long,
        value_name = "SCALE[:OFFSET]",
        allow_hyphen_values = true,
        help_heading = "Machine"
    )]
    pub y_scale: Option<Counts>,
    /// numpy repeats numpy.random's numbers, rand has more seeds [default: numpy]
    #[arg(long, value_parser = named::<RngName>(["numpy", "rand"]), help_heading = "Machine")]
    pub rng: Option<RngName>,
    /// Seed of all that is drawn [default: 42]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed, help_heading = "Machine")]
    pub seed: Option<u64>,
}

impl Flags {
    /// The same as options by name, and where they are silent, those of a file.
    pub fn request_over(&self, config: Option<&Path>) -> Result<Request, FittingError> {
        let request = self.request();
        Ok(match config {
            Some(file) => request.or(Request::read(file)?),
            None => request,
        })
    }

    /// The same as options by name.
    pub fn request(&self) -> Request {
        let flags = self.clone();
        Request {
            function: flags.function,
            domain: flags.domain,
            csv: flags.csv,
            moments: flags.moments,
            x: flags.x,
            y: flags.y,
            weight: flags.weight,
            by: flags.by,
            missing: flags.missing,
            samples: flags.samples,
            test_samples: flags.test_samples,
            noise: flags.noise,
            method: flags.method,
            hidden: flags.hidden,
            penalty: flags.penalty,
            criterion: flags.criterion,
            loss: flags.loss,
            bands: flags.bands,
            monotone: flags.monotone,
            convex: flags.convex.then_some(true),
            concave: flags.concave.then_some(true),
            through: flags.through,
            max_slope: flags.max_slope,
            tolerance: flags.tolerance,
            norm: flags.norm,
            relative: flags.relative.then_some(true),
            side: flags.side,
            model: flags.model,
            degree: flags.degree,
            activation: flags.activation,
            engine: flags.engine,
            optimizer: flags.optimizer,
            start: flags.start,
            lr: flags.lr,
            epochs: flags.epochs,
            patience: flags.patience,
            reduction: flags.reduction,
            weight_decay: flags.weight_decay,
            log_every: flags.log_every,
            device: flags.device,
            dtype: flags.dtype,
            x_scale: flags.x_scale,
            y_scale: flags.y_scale,
            rng: flags.rng,
            seed: flags.seed,
        }
    }
}

const FORMS: [(&str, Form); 2] = [("net", Form::Net), ("table", Form::Table)];
const LOOKUPS: [(&str, Lookup); 2] = [("search", Lookup::Search), ("uniform", Lookup::Uniform)];

/// One of these names, each of which stands for a value.
fn among<T, const N: usize>(values: [(&'static str, T); N]) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let names = PossibleValuesParser::new(values.map(|(name, _)| name));
    names.map(move |name: String| {
        let known = values.iter().find(|(known, _)| *known == name);
        known.expect("the parser lets only these names pass").1
    })
}

/// One of these names, each of which deserializes.
fn named<T>(names: impl Into<PossibleValuesParser>) -> impl TypedValueParser<Value = T>
where
    T: for<'de> Deserialize<'de> + Clone + Send + Sync + 'static,
{
    names.into().try_map(|name: String| {
        T::deserialize(IntoDeserializer::<NotNamed>::into_deserializer(
            name.as_str(),
        ))
    })
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(error) if error > 0.0 && f64::is_finite(error) => Ok(error),
        _ => Err("it must be a number above 0".into()),
    }
}

fn hidden(text: &str) -> Result<Hidden, String> {
    match text.parse() {
        _ if text == "auto" => Ok(Hidden::Named(AutoName::Auto)),
        Ok(hidden) if hidden > 0 => Ok(Hidden::Units(hidden)),
        _ => Err("it must be a whole number, at least 1, or auto".into()),
    }
}

fn count(least: usize) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse() {
        Ok(count) if count >= least => Ok(count),
        _ => Err(format!("it must be a whole number, at least {least}")),
    }
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "it must be a whole number, at least 0".into())
}

fn at_least_0(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if value >= 0.0 && f64::is_finite(value) => Ok(value),
        _ => Err("it must be a number, at least 0".into()),
    }
}
