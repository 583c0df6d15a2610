//! The best network of each width, and how far above it gradient descent ends.
//!
//! A ReLU network of one input is a continuous function of straight pieces. Where its kinks should be follows from the
//! target's curvature, `|f''|^(2/5)`, and how small its error can be from the same: `(integral |f''|^(2/5))^(5/2) / (sqrt(720)
//! m^2 sqrt(b - a))`, as the number m of pieces grows. Prints both beside what gradient descent reaches, and draws them.
//!
//! Exit codes: 0 done, 1 failed, 2 usage, 3 diverged.

use std::{fs, path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;
use shallow::{
    Error, FloatDType,
    analytic::{Moments, ReluWeights},
    data::{Dataset, Draw, NumpyRng, Target, linspace},
    model::TwoLayerReluNet,
    plot::{Figure, Layout, Line, Mark, Panel},
    splines::{BestNets, Curvature, Spline, second_difference},
    train::{Engine, FitConfig, Optimizer},
};

/// The best network of each width, and how far above it gradient descent ends.
#[derive(Parser)]
struct Args {
    /// Hidden units of the networks that are compared
    #[arg(long, default_value_t = 64)]
    hidden: usize,
    /// Training samples, uniform on the target's domain
    #[arg(long, default_value_t = 10_000)]
    samples: usize,
    /// Steps of the long run of gradient descent
    #[arg(long, default_value_t = 1_000_000)]
    epochs: usize,
    #[arg(long, default_value = "smooth", help = format!("The function to fit: {}", Target::names()))]
    target: String,
    /// Folder for best_net.png and best_net.svg
    #[arg(long, default_value = "out")]
    out: PathBuf,
}

/// The widths of the second table.
const WIDTHS: [usize; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// The width in the picture.
const DRAWN: usize = 8;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(args: &Args) -> Result<(), Error> {
    let target = Target::named(&args.target)?;
    let mut rng = NumpyRng::new(42);
    let train = Dataset::random(target, args.samples, &mut rng)?;
    if args.hidden == 0 {
        return Err(shallow::model::ModelError::ZeroSize {
            what: "the number of hidden units",
        }
        .into());
    }
    let drawn = ReluWeights::random(1, args.hidden, 1, || rng.normal(0.0, 1.0));
    let test = Dataset::grid(target, 1000)?;

    println!(
        "{}: {} on [{}, {}], {} samples, {} hidden units",
        target.name, target.formula, target.domain.0, target.domain.1, args.samples, args.hidden
    );
    println!(
        "{:<36}{:>12}{:>14}{:>10}",
        "", "RMS", "largest error", "seconds"
    );
    // The exact engine computes on the host; a device holds its results, and the CPU has all their digits.
    let device = shallow::device("flex")
        .or_else(|_| shallow::device("ndarray"))
        .or_else(|_| shallow::device("auto"))?;
    let descend = |start: &ReluWeights, optimizer, epochs| -> Result<ReluWeights, Error> {
        let config = FitConfig {
            engine: Engine::Exact,
            optimizer,
            epochs,
            log_every: epochs.max(1),
            ..Default::default()
        };
        let on_device = |dtype| TwoLayerReluNet::from_weights(start, &device, dtype);
        let net = on_device(FloatDType::F64).or_else(|_| on_device(FloatDType::F32))?;
        let fit = shallow::train::fit(net, &train, &config)?;
        Ok(fit.model.to_weights())
    };
    let report = |name: &str, weights: &ReluWeights, seconds: f64| {
        let predicted = weights.predict(test.x());
        let errors: Vec<f64> = predicted.iter().zip(test.y()).map(|(p, y)| p - y).collect();
        let rms = root_mean_square(&errors);
        let largest = errors
            .iter()
            .fold(0.0_f64, |most, error| most.max(error.abs()));
        println!("{name:<36}{rms:>12.3e}{largest:>14.3e}{seconds:>10.4}");
    };
    for epochs in [FitConfig::default().epochs, args.epochs] {
        let clock = Instant::now();
        let weights = descend(&drawn, Optimizer::GradientDescent, epochs)?;
        report(
            &format!("gradient descent, {epochs} epochs"),
            &weights,
            clock.elapsed().as_secs_f64(),
        );
    }
    let clock = Instant::now();
    let weights = descend(&drawn, Optimizer::LevenbergMarquardt, 500)?;
    report(
        "Levenberg-Marquardt, 500 steps",
        &weights,
        clock.elapsed().as_secs_f64(),
    );

    let clock = Instant::now();
    let moments = Moments::new(train.x(), train.y());
    let sorting = clock.elapsed().as_secs_f64();
    let curvature = Curvature::new(
        |x| second_difference(target.f, x, target.domain),
        target.domain.0,
        target.domain.1,
    );
    let clock = Instant::now();
    let nets = BestNets::new(&moments);
    let net = nets.of(args.hidden);
    report("best net", &net.weights, clock.elapsed().as_secs_f64());
    println!("{:<36}{:>36.4}", "(sorting the samples, once)", sorting);

    println!(
        "\nh units make h + 1 pieces at most\n{:>8}{:>12}{:>18}{:>24}",
        "hidden", "best RMS", "h + 1 pieces", "their RMS by curvature"
    );
    let mut found = Vec::new();
    for hidden in WIDTHS {
        let net = nets.of(hidden);
        let (rms, bound) = (net.loss.sqrt(), net.bound.sqrt());
        let asymptotic = curvature.asymptotic_rms(hidden + 1);
        println!("{hidden:>8}{rms:>12.3e}{bound:>18.3e}{asymptotic:>24.3e}");
        found.push(rms);
    }
    draw(args, target, &nets.of(DRAWN).spline, &found, &curvature)
}

fn root_mean_square(errors: &[f64]) -> f64 {
    let squares: f64 = errors.iter().map(|error| error * error).sum();
    (squares / errors.len() as f64).sqrt()
}

/// The best network of a few units and where its kinks are; and the errors against width.
fn draw(
    args: &Args,
    target: &Target,
    best: &Spline,
    found: &[f64],
    curvature: &Curvature,
) -> Result<(), Error> {
    let x = linspace(target.domain.0, target.domain.1, 1000);
    let truth: Vec<f64> = x.iter().map(|x| (target.f)(*x)).collect();
    let predicted: Vec<f64> = x.iter().map(|x| best.predict(*x)).collect();
    let widths = WIDTHS.map(|width| (width as f64).log2());
    let asymptotic = WIDTHS.map(|width| curvature.asymptotic_rms(width + 1));
    let line = |name: &str, x, y, mark| Line {
        name: name.into(),
        x: Some(x),
        y,
        mark,
    };
    let title = format!("The best {DRAWN} units for {}", target.formula);
    let figure = Figure {
        panels: vec![
            Panel {
                title: &title,
                x_label: "x (ticks: where pieces meet)",
                y_label: "y",
                log_y: false,
                lines: vec![
                    line("target", &x, &truth, Mark::Reference),
                    line("best net", &x, &predicted, Mark::Line),
                ],
                x_range: None,
                ticks: &best.knots,
                ..Panel::default()
            },
            Panel {
                title: "The least error of each width",
                x_label: "log2 of the hidden units",
                y_label: "Root mean square error",
                log_y: true,
                lines: vec![
                    line("by curvature", &widths, &asymptotic, Mark::Reference),
                    line("best net found", &widths, found, Mark::Line),
                ],
                x_range: None,
                ticks: &[],
                ..Panel::default()
            },
        ],
        layout: Layout::SideBySide,
    };
    fs::create_dir_all(&args.out).map_err(|error| shallow::plot::PlotError::Write {
        path: args.out.clone(),
        message: error.to_string(),
    })?;
    let paths = ["png", "svg"].map(|ending| args.out.join(format!("best_net.{ending}")));
    for path in &paths {
        figure.save(path)?;
    }
    println!("\npictures {}, {}", paths[0].display(), paths[1].display());
    Ok(())
}
