//! `shallow compare`: every method on one problem, one table, one picture, and what follows from them.

use std::{
    fmt::Write as _,
    io::{Read, Write},
    ops::ControlFlow,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};
use shallow::{
    Chebyshev, Dataset, Engine, Error, Figure, FitConfig, FitError, FloatDType, HostModel, Layout,
    Line, Mark, Moments, Optimizer, Panel, PiecewiseLinear, Regressor, ReluWeights, Spline,
    TwoLayerReluNet, linspace,
};

use crate::{
    args::{CompareArgs, Flags},
    error::usage,
    fitted::Function,
    print,
    problem::Problem,
    report::short,
    run_folder::RunFolder,
    settings::Settings,
    start,
};

/// The epochs of the long runs.
const MILLION: usize = 1_000_000;
const ADAMS: usize = 20_000;
const SECOND_ORDER: usize = 500;

const BEST_NET: &str = "best net";

/// How long pwlf may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What pwlf does to the samples on its standard input: fits, and says where its pieces meet.
const PWLF: &str = "
import sys, time, json
import numpy, pwlf
x, y = numpy.loadtxt(sys.stdin, ndmin=2).T
began = time.time()
fit = pwlf.PiecewiseLinFit(x, y)
numpy.random.seed(1)
knots = fit.fitfast(int(sys.argv[1]))
seconds = time.time() - began
print(json.dumps({'seconds': seconds, 'knots': list(knots), 'values': list(fit.predict(knots))}))
";

/// One method's fit.
struct Method {
    row: Row,
    /// Errors at the test samples.
    errors: Vec<f64>,
    /// Its name in the picture, where it is drawn.
    drawn: Option<&'static str>,
    predict: Box<dyn Fn(f64) -> f64>,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Row {
    method: String,
    parameters: usize,
    /// On the training samples.
    train_rms: f64,
    /// On the test samples; of a file, of the rows held out.
    rms: f64,
    max_error: f64,
    /// With all preparation.
    seconds: f64,
}

pub fn run(args: &CompareArgs) -> Result<()> {
    let settings = settings(&args.flags)?;
    let mut draw = settings.generator();
    let mut problem = Problem::load(&settings, &mut draw)?;
    let HostModel::Relu(weights) = start::weights(&settings, &mut draw)? else {
        unreachable!("the settings are of a ReLU network");
    };
    problem.add_noise(settings.flags().noise.unwrap_or(0.0), &mut draw);
    if problem.test_x.is_empty() {
        return Err(usage(
            "a comparison needs test samples; leave out --test-samples 0",
        ));
    }
    let folder = RunFolder::create_for(args.out.as_deref(), args.force, &FILES)?;
    let comparison = Comparison {
        train: problem.train(settings.flags())?,
        weights,
        problem,
    };
    let (methods, notes) = comparison.methods(!args.json)?;
    let rows: Vec<&Row> = methods.iter().map(|method| &method.row).collect();
    let advice = comparison.advice(&rows);
    let json = serde_json::json!({
        "methods": rows,
        "advice": advice,
        "notes": notes,
        "run_dir": folder.path().display().to_string(),
    });
    let json = format!("{json}\n");
    folder.write("compare.json", json.as_bytes())?;
    comparison.draw(&methods, folder.path())?;
    for note in &notes {
        eprintln!("note: {note}");
    }
    if args.json {
        return print(json.as_bytes());
    }
    let mut text = comparison.table(&rows);
    let _ = writeln!(text, "{advice}"); // writing to a String does not fail
    let _ = writeln!(
        text,
        "files {}/: {}",
        folder.path().display(),
        FILES.join(", ")
    );
    print(text.as_bytes())
}

/// What a comparison leaves in its folder.
const FILES: [&str; 3] = ["compare.json", "compare.svg", "compare.png"];

/// Of the flags that say what to fit and how wide; the methods say how to train.
fn settings(flags: &Flags) -> Result<Settings> {
    let others = Flags {
        function: None,
        domain: None,
        csv: None,
        x: None,
        y: None,
        samples: None,
        test_samples: None,
        noise: None,
        hidden: None,
        rng: None,
        seed: None,
        ..flags.clone()
    };
    if others != Flags::default() {
        return Err(usage(
            "compare trains by every method; give it the data, --hidden, --rng and --seed alone",
        ));
    }
    Settings::new(flags.clone())
}

struct Comparison {
    problem: Problem,
    /// The training samples as a network sees them.
    train: Dataset,
    /// The documents' first weights.
    weights: ReluWeights,
}

impl Comparison {
    /// Every method's fit, and what is to be said of those left out. Progress goes to stderr.
    fn methods(&self, is_shown: bool) -> Result<(Vec<Method>, Vec<String>)> {
        let h = self.weights.n_hidden();
        let n_weights = self.weights.blocks().concat().len();
        let (mut methods, mut notes) = (Vec::new(), Vec::new());
        let say = |what: &str| {
            if is_shown {
                eprintln!("{what} ...");
            }
        };
        let descents = [
            (
                "gradient descent",
                Optimizer::GradientDescent,
                FitConfig::default().epochs,
                Some("the document's run"),
            ),
            (
                "gradient descent",
                Optimizer::GradientDescent,
                MILLION,
                Some("a million epochs"),
            ),
            ("Adam", Optimizer::ADAM, ADAMS, None),
            (
                "Levenberg-Marquardt",
                Optimizer::LevenbergMarquardt,
                SECOND_ORDER,
                None,
            ),
            (BEST_NET, Optimizer::Best, 1, Some(BEST_NET)),
        ];
        for (name, optimizer, epochs, drawn) in descents {
            let method = match optimizer {
                Optimizer::Best => name.to_string(),
                _ => format!("{name}, {} epochs", grouped(epochs)),
            };
            say(&method);
            match self.descent(optimizer, epochs)? {
                Ok((weights, seconds)) => {
                    let weights = self.in_units(weights);
                    let centre = f64::midpoint(self.problem.domain.0, self.problem.domain.1);
                    let pieces = PiecewiseLinear::new(&weights, centre);
                    methods.push(self.method(method, n_weights, seconds, drawn, move |x| {
                        pieces.predict(x)
                    }));
                }
                Err(diverged) => notes.push(format!("{method} is left out: {diverged}")),
            }
        }
        say("uniform knots");
        let clock = Instant::now();
        let (low, high) = self.problem.domain;
        let (even, _) = Spline::with_knots(
            &Moments::new(&self.problem.x, &self.problem.y),
            &linspace(low, high, h + 1),
        );
        let seconds = clock.elapsed().as_secs_f64();
        methods.push(self.method(
            "uniform knots, the best values".into(),
            n_weights,
            seconds,
            None,
            move |x| even.predict(x),
        ));

        say("polynomials");
        let clock = Instant::now();
        let polynomial = Chebyshev::least_squares(&self.problem.x, &self.problem.y, n_weights);
        let (seconds, n) = (clock.elapsed().as_secs_f64(), polynomial.coefficients.len());
        let name = "polynomial of least squares";
        methods.push(
            self.method(name.into(), n, seconds, Some("polynomial"), move |x| {
                polynomial.predict(x)
            }),
        );
        if let Some(truth) = &self.problem.truth {
            let clock = Instant::now();
            let polynomial = Chebyshev::interpolate(|x| truth.at(x), low, high, n_weights);
            let seconds = clock.elapsed().as_secs_f64();
            let is_finite = polynomial.coefficients.iter().all(|c| c.is_finite());
            match is_finite {
                true => methods.push(self.method("polynomial through Chebyshev's points".into(), n_weights, seconds, None, move |x| {
                    polynomial.predict(x)
                })),
                false => notes.push("the polynomial through Chebyshev's points is left out: the function is not finite there".into()),
            }
        }
        say("pwlf");
        match self.pwlf(h) {
            Ok((spline, seconds)) => {
                let n = spline.knots.len() + spline.values.len() - 2;
                methods.push(self.method(
                    format!("pwlf fitfast, {h} segments"),
                    n,
                    seconds,
                    None,
                    move |x| spline.predict(x),
                ));
            }
            Err(why) => notes.push(format!("pwlf is left out: {why}")),
        }
        Ok((methods, notes))
    }

    /// The weights after a descent from the documents' start, and the seconds it took; or why it diverged.
    fn descent(
        &self,
        optimizer: Optimizer,
        epochs: usize,
    ) -> Result<Result<(ReluWeights, f64), FitError>> {
        let device = start::cpu()?;
        let net = TwoLayerReluNet::from_weights(&self.weights, &device, FloatDType::F64)
            .map_err(Error::from)?;
        let config = FitConfig {
            engine: Engine::Exact,
            optimizer,
            epochs,
            log_every: epochs,
            ..Default::default()
        };
        let clock = Instant::now();
        let fit = shallow::fit(net, &self.train, &config, |_| ControlFlow::Continue(()));
        let seconds = clock.elapsed().as_secs_f64();
        match fit {
            Ok(fit) => match fit.model.to_host() {
                HostModel::Relu(weights) => Ok(Ok((weights, seconds))),
                HostModel::Perceptron(_) => unreachable!("a ReLU network was fitted"),
            },
            Err(error @ FitError::Diverged { .. }) => Ok(Err(error)),
            Err(error) => Err(Error::from(error).into()),
        }
    }

    /// The network that takes and gives the user's units.
    fn in_units(&self, weights: ReluWeights) -> ReluWeights {
        let (x, y) = (self.problem.x_scaling, self.problem.y_scaling);
        match Function::new(HostModel::Relu(weights), x, y) {
            Function::Relu(weights) => weights,
            Function::Perceptron { .. } => unreachable!("a ReLU network stays one"),
        }
    }

    fn method(
        &self,
        method: String,
        parameters: usize,
        seconds: f64,
        drawn: Option<&'static str>,
        predict: impl Fn(f64) -> f64 + 'static,
    ) -> Method {
        let problem = &self.problem;
        let errors = |x: &[f64], y: &[f64]| -> Vec<f64> {
            x.iter().zip(y).map(|(x, y)| predict(*x) - y).collect()
        };
        let rms = |errors: &[f64]| {
            (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt()
        };
        let on_test = errors(&problem.test_x, &problem.test_y);
        Method {
            row: Row {
                method,
                parameters,
                train_rms: rms(&errors(&problem.x, &problem.y)),
                rms: rms(&on_test),
                max_error: on_test.iter().fold(0.0, |most, e| most.max(e.abs())),
                seconds,
            },
            errors: on_test,
            drawn,
            predict: Box::new(predict),
        }
    }

    /// pwlf's fit, where Python has it, and the seconds it took.
    fn pwlf(&self, n_segments: usize) -> Result<(Spline, f64)> {
        #[derive(Deserialize)]
        struct Printed {
            seconds: f64,
            knots: Vec<f64>,
            values: Vec<f64>,
        }
        let has_it = Command::new("python3").args(["-c", "import pwlf"]).output();
        if !has_it.is_ok_and(|output| output.status.success()) {
            return Err(anyhow!("`python3` has no module pwlf"));
        }
        let mut child = Command::new("python3")
            .args(["-c", PWLF, &n_segments.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start python3")?;
        let mut samples = String::new();
        for (x, y) in self.problem.x.iter().zip(&self.problem.y) {
            let _ = writeln!(samples, "{x:?} {y:?}"); // writing to a String does not fail
        }
        if let Some(mut input) = child.stdin.take() {
            // One that ends early says so by its exit status.
            let _ = input.write_all(samples.as_bytes());
        }
        let since = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if since.elapsed() > PATIENCE {
                child.kill()?;
                child.wait()?;
                return Err(anyhow!(
                    "it was stopped after {} seconds",
                    PATIENCE.as_secs()
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut text = String::new();
        if let Some(mut output) = child.stdout.take() {
            output.read_to_string(&mut text)?;
        }
        if !status.success() {
            return Err(anyhow!("it failed on these samples"));
        }
        let Printed {
            seconds,
            knots,
            values,
        } = serde_json::from_str(text.trim()).context("it printed something else")?;
        Ok((Spline { knots, values }, seconds))
    }

    fn table(&self, rows: &[&Row]) -> String {
        let is_file = self.problem.truth.is_none();
        let (first, second) = if is_file {
            ("RMS, trained", "RMS, held out")
        } else {
            ("RMS, trained", "RMS")
        };
        let mut text = format!(
            "{:<40}{:>10}  {first:<14}{second:<15}{:<15}seconds\n",
            "method", "parameters", "largest error"
        );
        for row in rows {
            let numbers = [row.train_rms, row.rms, row.max_error, row.seconds];
            let numbers = numbers.map(|number| {
                format!("{number:.3e}")
                    .parse()
                    .map_or_else(|_| short(number), short)
            });
            let _ = writeln!(
                text,
                "{:<40}{:>10}  {:<14}{:<15}{:<15}{}",
                row.method, row.parameters, numbers[0], numbers[1], numbers[2], numbers[3]
            ); // writing to a String does not fail
        }
        text
    }

    /// What to do, by the numbers of the table.
    fn advice(&self, rows: &[&Row]) -> String {
        let find = |name: &str| rows.iter().find(|row| row.method == name);
        let Some(best_net) = find(BEST_NET) else {
            return "No network could be fitted.".into();
        };
        let least = rows
            .iter()
            .min_by(|a, b| a.rms.total_cmp(&b.rms))
            .unwrap_or(best_net);
        let h = self.weights.n_hidden();
        let times = |a: f64, b: f64| match a / b {
            times if times < 10.0 => format!("{times:.1}"),
            times if times < 1e4 => format!("{times:.0}"),
            times => format!("{times:.0e}"),
        };
        let problem = &self.problem;
        let values = problem.y.iter().map(|y| y.abs());
        if best_net.rms <= 1e-12 * values.fold(0.0, f64::max) {
            return format!(
                "Advice: take the best net, `shallow fit --optimizer best --hidden {h}`: it is exact."
            );
        }
        let million = format!("gradient descent, {} epochs", grouped(MILLION));
        let descent = find(&million).filter(|row| row.rms > 1.05 * best_net.rms).map(|row| {
            format!(
                "; a million epochs of gradient descent end {} times above it and take {} times as long",
                times(row.rms, best_net.rms),
                times(row.seconds, best_net.seconds)
            )
        });
        let is_overfitted = best_net.rms > 1.1 * best_net.train_rms && problem.truth.is_none();
        if is_overfitted && least.rms < 0.95 * best_net.rms {
            return format!(
                "Advice: {h} units fit the noise, as the best net's error is {} times as large on rows held out as in training, and {} has less; let the data choose the width, with `shallow fit --tolerance auto`.",
                times(best_net.rms, best_net.train_rms),
                least.method
            );
        }
        if is_overfitted {
            return format!(
                "Advice: take the best net, `shallow fit --optimizer best --hidden {h}`, or a narrower one by --tolerance auto, as its error on rows held out is {} times that in training{}.",
                times(best_net.rms, best_net.train_rms),
                descent.unwrap_or_default()
            );
        }
        if least.rms < 0.5 * best_net.rms {
            return format!(
                "Advice: take the {}, whose RMS is {} times below the best net's, unless straight pieces are what you need; of the networks, take `shallow fit --optimizer best --hidden {h}`{}.",
                least.method,
                times(best_net.rms, least.rms),
                descent.unwrap_or_default()
            );
        }
        format!(
            "Advice: take the best net, `shallow fit --optimizer best --hidden {h}`: nothing here has half its RMS of {}{}.",
            short(best_net.rms),
            descent.unwrap_or_default()
        )
    }

    fn draw(&self, methods: &[Method], folder: &Path) -> Result<()> {
        let problem = &self.problem;
        let (low, high) = problem.domain;
        let grid = linspace(low, high, 1000);
        let drawn = || {
            methods
                .iter()
                .filter_map(|method| Some((method.drawn?, method)))
        };
        let curves: Vec<Vec<f64>> = drawn()
            .map(|(_, method)| grid.iter().map(|x| (method.predict)(*x)).collect())
            .collect();
        let line = |name: &str, x: &[f64], y: &[f64], mark| {
            (name.to_string(), x.to_vec(), y.to_vec(), mark)
        };
        let mut above = Vec::new();
        match problem.truth {
            Some(_) => above.push(line(
                "target",
                &problem.test_x,
                &problem.test_y,
                Mark::Reference,
            )),
            None => above.push(line("samples", &problem.x, &problem.y, Mark::Points)),
        }
        // A polynomial may leave the picture; then it is only below.
        let (least, most) = shallow::extremes(problem.y.iter().chain(&problem.test_y));
        let room = 0.5 * (most - least).max(f64::MIN_POSITIVE);
        for ((name, _), curve) in drawn().zip(&curves) {
            if curve
                .iter()
                .all(|y| (least - room..=most + room).contains(y))
            {
                above.push(line(name, &grid, curve, Mark::Line));
            }
        }
        // By x, as lines go.
        let mut order: Vec<usize> = (0..problem.test_x.len()).collect();
        order.sort_by(|a, b| problem.test_x[*a].total_cmp(&problem.test_x[*b]));
        let sorted: Vec<f64> = order.iter().map(|at| problem.test_x[*at]).collect();
        // Of a function a broad line, too, so that the methods have their colours of above.
        let best = methods.iter().find(|method| method.drawn == Some(BEST_NET));
        let rms = best.map_or(0.0, |best| best.row.rms);
        let reference = problem.truth.as_ref().map(|_| {
            line(
                "the best net's RMS",
                &sorted,
                &vec![rms; sorted.len()],
                Mark::Reference,
            )
        });
        let below = drawn().map(|(name, method)| {
            let sizes: Vec<f64> = order.iter().map(|at| method.errors[*at].abs()).collect();
            line(name, &sorted, &sizes, Mark::Line)
        });
        let below: Vec<_> = reference.into_iter().chain(below).collect();
        let title = match &problem.truth {
            Some(truth) => truth.text().to_string(),
            None => format!("{} against {}", problem.names[1], problem.names[0]),
        };
        let whose = if problem.truth.is_some() {
            "test samples"
        } else {
            "rows held out"
        };
        let error_title = format!("Errors on the {whose}");
        let figure = Figure {
            panels: vec![
                Panel {
                    title: &title,
                    x_label: &problem.names[0],
                    y_label: &problem.names[1],
                    log_y: false,
                    lines: above.iter().map(borrowed).collect(),
                    x_range: Some((low, high)),
                    ticks: &[],
                },
                Panel {
                    title: &error_title,
                    x_label: &problem.names[0],
                    y_label: "|Prediction - y|",
                    log_y: true,
                    lines: below.iter().map(borrowed).collect(),
                    x_range: Some((low, high)),
                    ticks: &[],
                },
            ],
            layout: Layout::Stacked,
        };
        for name in ["compare.svg", "compare.png"] {
            figure.save(folder.join(name)).map_err(Error::from)?;
        }
        Ok(())
    }
}

fn borrowed((name, x, y, mark): &(String, Vec<f64>, Vec<f64>, Mark)) -> Line<'_> {
    Line {
        name: name.clone(),
        x: Some(x),
        y,
        mark: *mark,
    }
}

/// With commas between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(
            [500, 20_000, 1_000_000].map(grouped),
            ["500", "20,000", "1,000,000"]
        );
    }
}
