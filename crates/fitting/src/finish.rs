//! What a finished fit leaves: the model, the report, the pictures, and what to do next.

use shallow_analytic::Parameters;
use shallow_data::{extremes, moment, short};
use shallow_export::{Fitted, Function, MaxError};
use shallow_splines::Variance;

use crate::{
    choice::Choices,
    corridor::Within,
    detail::LARGER,
    error::FittingError,
    methods::account::{Account, Found},
    pictures,
    proof::LargestError,
    report::{MeasuredErrors, Report, line_loss, mean_absolute_error},
    run_folder::RunFolder,
    samples::{Samples, some_of},
    uncertainty::BandsReport,
    width::Widths,
    yardstick::{Yardstick, negligible},
};

/// Fewer samples are not taken as a measure of a function over its domain.
const FEW_SAMPLES: usize = 5000;

/// A finished run.
pub struct Finished {
    /// What came of it.
    pub report: Report,
    /// The network, in the user's units.
    pub fitted: Fitted,
    /// The candidates on samples left out, where these decided.
    pub choices: Option<Choices>,
    /// The best networks of the widths that were tried.
    pub widths: Option<Widths>,
    /// The mean squared error of the best straight line, on the samples that the fit is judged on.
    pub line_loss: f64,
    /// The largest error over the whole domain of a function.
    pub largest_error: Option<LargestError>,
    /// Of a network that is best in the largest error: what is proven.
    pub within: Option<Within>,
    /// The names of the files that were written.
    pub files: Vec<String>,
    /// The root mean square error over the whole domain of a function.
    pub rms_everywhere: Option<f64>,
    /// That of a function's best network at the samples it was fitted to, which its yardstick is of.
    pub rms_at_samples: Option<f64>,
    /// What the user might do next, if the fit is not good.
    pub advice: Option<Advice>,
    samples: Samples,
    n_pieces: usize,
    account: Account,
}

/// What a user might do about a fit.
#[derive(Debug, Clone, PartialEq)]
pub enum Advice {
    /// About the learning rate.
    LearningRate(String),
    /// Over the whole domain of a function the error is much larger than at the test samples.
    HiddenDetail {
        /// The root mean square error there.
        rms: f64,
        /// Test samples, evenly spaced.
        n_test: usize,
    },
    /// The network leaves the range of a file's values between its samples.
    Swings {
        /// Where.
        what: String,
        /// Whether the width was chosen already.
        is_chosen: bool,
    },
    /// Bands were asked for, and the samples are too few to tell the noise.
    NoBands,
    /// The best straight line is closer than a best network.
    LineBeatsBest {
        /// Whether the width was chosen already.
        is_chosen: bool,
    },
    /// The best straight line is closer than the descent: more epochs, or another way.
    LineBeatsDescent {
        /// Ten times the epochs.
        epochs: usize,
        /// Whether the model is a perceptron.
        is_perceptron: bool,
        /// Whether the loss has stopped falling, so that more epochs change nothing.
        is_stuck: bool,
    },
}

impl Finished {
    /// What no network of the width can beat in root mean square. After a descent it takes as long as a search. None where the
    /// squared error on the samples was not what was to be least, and of a descent on a file, whose rows have noise.
    pub fn yardstick(&self) -> Option<Yardstick> {
        let search = || Yardstick::new(&self.samples, self.n_pieces);
        // What a best network leaves of noisy samples is no measure of another method.
        let found = self.account.yardstick;
        let is_measure = self.samples.truth.is_some() || found.is_some();
        (self.report.is_in_rms() && is_measure).then(|| found.unwrap_or_else(search))
    }

    /// The table that was read, and what was taken as its header.
    pub fn table(&self) -> Option<&str> {
        self.samples.table.as_deref()
    }

    /// The samples it was fitted to, and those it is judged on.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Where a network that is within an error at a table's rows is farthest from the straight lines between them, and how far: between
    /// rows nothing bounds it. Both bend at rows and kinks alone, so that these are all places there are to look at.
    pub fn between_rows(&self) -> Option<(f64, f64)> {
        let within = self.within.as_ref()?;
        if within.is_of_function {
            return None;
        }
        let Samples { x, y, .. } = &self.samples;
        let mut rows: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let kinks = self.fitted.kinks();
        let values = self.fitted.function.predict(&kinks);
        let departures = kinks.iter().zip(values).filter_map(|(kink, value)| {
            let after = rows.partition_point(|row| row.0 <= *kink);
            let [(x0, y0), (x1, y1)] = *rows.get(after.checked_sub(1)?..=after)? else {
                return None;
            };
            let line = y0 + (y1 - y0) * (kink - x0) / (x1 - x0);
            Some(((value - line).abs(), *kink))
        });
        departures.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// A place on the x axis, for a person: a date where x is a time.
    pub fn place(&self, x: f64) -> String {
        match self.samples.x_is_time {
            true => moment(x),
            false => x.to_string(),
        }
    }

    /// Whether the samples are of a function.
    pub fn is_of_function(&self) -> bool {
        self.samples.truth.is_some()
    }

    /// Writes it, the most precious first.
    pub(crate) fn write(&mut self, folder: &RunFolder) -> Result<(), FittingError> {
        folder.write("model.safetensors", &self.fitted.to_safetensors(&[])?)?;
        let json = serde_json::to_string(&self.report).expect("a report is numbers and text");
        folder.write("report.json", (json + "\n").as_bytes())?;
        if !self.account.losses.is_empty() {
            pictures::draw_losses(folder.work(), &self.account)?;
        }
        let bands = self.report.bands.as_ref().map(|bands| bands.level);
        let within = self.account.corridor.as_ref();
        pictures::draw_fit(folder.work(), &self.samples, &self.fitted, within, bands)?;
        if let Some(widths) = &self.widths {
            pictures::draw_widths(folder.work(), widths)?;
        }
        self.files = folder.files();
        Ok(())
    }
}

/// What a fit comes to, in memory. The folder is the one that it will be written to, if there is one.
pub(crate) fn finish(
    found: Found,
    samples: Samples,
    level: Option<f64>,
    folder: Option<&RunFolder>,
) -> Finished {
    let of = |network: Parameters| Function::new(network, samples.x_scaling, samples.y_scaling);
    let n_pieces = Yardstick::pieces_of(&found.network);
    let is_perceptron = matches!(found.network, Parameters::Perceptron(_));
    let mut fitted = Fitted {
        function: of(found.network),
        domain: samples.domain,
        inputs: some_of(&samples.x),
        names: samples.names.clone(),
        variance: found
            .account
            .variance
            .as_ref()
            .and_then(|variance| in_units(variance, &samples)),
        max_error: found.account.corridor.and_then(|within| within.at_rows()),
    };
    let largest_error = samples.truth.as_ref().map(|truth| {
        let f = truth.expression();
        let error = LargestError::new(f, &fitted.function, samples.domain);
        match found.account.corridor {
            Some(within) if within.is_of_function && !within.band.is_relative => {
                error.at_most(within.band.tolerance)
            }
            _ => error,
        }
    });
    if let Some(bound) = largest_error.and_then(|error| error.bound()) {
        fitted.max_error = Some(MaxError {
            bound,
            at_rows: false,
        });
    }
    let bands = level.and_then(|level| {
        let errors = found.account.piece_errors.as_ref();
        BandsReport::new(&fitted, errors, &samples, level)
    });
    let report = report(
        &found.account,
        &fitted,
        &of(found.previous),
        &samples,
        largest_error.and_then(|error| error.bound()),
        bands,
        folder,
    );
    if fitted.max_error.is_none() && samples.truth.is_none() && samples.cells.is_empty() {
        fitted.max_error = Some(MaxError {
            bound: report.errors.largest,
            at_rows: true,
        });
    }
    let mut account = found.account;
    let mut within = account.corridor;
    if let (Some(within), Some(bound)) = (&mut within, report.max_error_bound)
        && within.is_of_function
        && !within.band.is_relative
    {
        within.band.tolerance = within.band.tolerance.min(bound);
    }
    let predict = |x: &[f64]| fitted.function.predict(x);
    let rms_everywhere = samples
        .truth
        .as_ref()
        .map(|truth| truth.rms(samples.domain, predict));
    let (rms_at_samples, found) = account.rms.unzip();
    // Between a few samples there may be more than their middles show.
    let is_missed = |found: &f64| rms_everywhere.is_some_and(|rms| rms > LARGER * found);
    // And few samples with the places added to them are a coarse measure of the whole, unless what they found is a narrow detail.
    let is_coarse = |found: &f64| {
        samples.x.len() < FEW_SAMPLES && rms_everywhere.is_some_and(|rms| *found < LARGER * rms)
    };
    let found = found.filter(|found| !is_missed(found) && !is_coarse(found));
    let rms_everywhere = found.or(rms_everywhere);
    let line_loss = line_loss(&samples);
    let is_chosen = account.widths.is_some() || account.choices.is_some();
    let is_stuck = is_stuck(&account.losses);
    let no_bands = level.is_some() && report.bands.is_none();
    let learning_rate = account.advice.take().map(Advice::LearningRate);
    Finished {
        advice: learning_rate
            .or_else(|| no_bands.then_some(Advice::NoBands))
            .or_else(|| hidden_detail(rms_everywhere, &report, &samples))
            .or_else(|| {
                let swing = swing(&fitted, &samples).filter(|_| report.smoothing.is_none());
                swing.map(|what| Advice::Swings { what, is_chosen })
            })
            .or_else(|| beaten_by_a_line(&report, line_loss, is_perceptron, is_stuck, &samples.y)),
        choices: account.choices.take(),
        widths: account.widths.take(),
        rms_everywhere,
        rms_at_samples,
        line_loss,
        largest_error,
        within,
        files: Vec::new(),
        report,
        fitted,
        samples,
        n_pieces,
        account,
    }
}

fn report(
    account: &Account,
    fitted: &Fitted,
    previous: &Function,
    samples: &Samples,
    max_error_bound: Option<f64>,
    bands: Option<BandsReport>,
    folder: Option<&RunFolder>,
) -> Report {
    let errors = MeasuredErrors::new(&fitted.function, samples);
    let losses = match account.followed.is_empty() {
        true => vec![errors.train_loss],
        false => account.followed.iter().map(|metric| metric.loss).collect(),
    };
    Report {
        method: account.method,
        engine: account.engine,
        device: account.device.clone(),
        dtype: account.dtype,
        hidden: account.hidden,
        epochs: account.epochs,
        final_loss: losses[losses.len() - 1],
        losses,
        errors,
        max_error_bound,
        at_least: account.corridor.map(|within| within.at_least),
        table: account.corridor.and_then(|within| within.shipped),
        smoothing: account.smoothing,
        shape: account.shape.clone(),
        test_losses: account
            .followed
            .iter()
            .filter_map(|metric| metric.test_loss)
            .collect(),
        kept: account.kept,
        bands,
        candidates: account.choices.as_ref().map(|choices| choices.rows.clone()),
        widths: account.widths.as_ref().map(|widths| widths.rows.clone()),
        final_mae: mean_absolute_error(previous, samples),
        seconds: account.seconds,
        run_dir: folder.map_or_else(String::new, |folder| folder.path().display().to_string()),
    }
}

/// A variance of scaled samples, in the user's units; none where numbers of 53 bits do not hold it.
pub(crate) fn in_units(variance: &Variance, samples: &Samples) -> Option<Variance> {
    let (x, y) = (samples.x_scaling, samples.y_scaling);
    let square = y.scale * y.scale;
    let variance = Variance {
        knots: variance.knots.iter().map(|knot| x.invert(*knot)).collect(),
        values: variance
            .values
            .iter()
            .map(|of| of.map(|value| square * value))
            .collect(),
        noise: square * variance.noise * samples.weight_unit,
        degrees_left: variance.degrees_left,
    };
    is_finite(&variance).then_some(variance)
}

/// Whether numbers of 53 bits hold a variance and its knots.
fn is_finite(variance: &Variance) -> bool {
    let values = variance.values.iter().flatten();
    let numbers = values.chain([&variance.noise]);
    numbers.into_iter().all(|value| value.is_finite()) && variance.knots.is_sorted_by(|a, b| a < b)
}

/// What evenly spaced test samples do not show of a function.
fn hidden_detail(rms: Option<f64>, report: &Report, samples: &Samples) -> Option<Advice> {
    let (rms, test_loss) = rms.zip(report.errors.test_loss)?;
    let shown = LARGER * test_loss.sqrt() + negligible(&samples.y);
    (rms > shown).then_some(Advice::HiddenDetail {
        rms,
        n_test: samples.test_x.len(),
    })
}

/// How many times the best line's mean squared error is worth a word.
const BEATEN: f64 = 1.05;

fn beaten_by_a_line(
    report: &Report,
    line_loss: f64,
    is_perceptron: bool,
    is_stuck: bool,
    y: &[f64],
) -> Option<Advice> {
    let negligible = negligible(y).powi(2);
    // Where samples left out decided, a line was among what they decided on, or only the rows held out say otherwise.
    (report.is_in_rms() && report.errors.judged() > BEATEN * line_loss + negligible).then(|| {
        match report.method {
            "best" => Advice::LineBeatsBest {
                is_chosen: report.widths.is_some(),
            },
            _ => Advice::LineBeatsDescent {
                epochs: 10 * report.epochs,
                is_perceptron,
                is_stuck,
            },
        }
    })
}

/// Whether the loss has not fallen by a ten-thousandth over the second half.
fn is_stuck(losses: &[f64]) -> bool {
    let ends = losses.get(losses.len() / 2).zip(losses.last());
    ends.is_some_and(|(middle, last)| *last >= 0.9999 * middle)
}

/// Where a network leaves the range of a file's values, between few samples.
fn swing(fitted: &Fitted, samples: &Samples) -> Option<String> {
    if samples.truth.is_some() {
        return None;
    }
    let (low, high) = samples.domain;
    let mut kinks = fitted.kinks();
    kinks.retain(|kink| (low..high).contains(kink));
    let values = fitted.function.predict(&kinks);
    let (least, most) = extremes(&samples.y);
    let beyond = |y: f64| (least - y).max(y - most);
    let swings = kinks.iter().zip(values);
    let (x, y) = swings.max_by(|a, b| beyond(a.1).total_cmp(&beyond(b.1)))?;
    let [x_name, y_name] = &samples.names;
    (beyond(y) > 0.25 * (most - least)).then(|| {
        format!(
            "the network goes to {y_name} = {} at {x_name} = {}, beyond all samples, where these are few",
            short(y),
            short(*x)
        )
    })
}
