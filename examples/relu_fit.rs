//! Fit a function with a two-layer ReLU network by full-batch gradient descent.
//!
//! `y = relu(x W1 + b1) W2 + b2`, 1 -> 64 -> 1, loss `mean((h2 - y)^2)`, 500 epochs at learning rate 0.01 on 10,000
//! samples, from the weights NumPy draws after `np.random.seed(42)`. Prints the document's lines and draws its figure.
//!
//! Exit codes: 0 done, 1 failed or the test loss is not below the target's bound, 2 usage, 3 diverged.

use std::{fs, io, ops::ControlFlow, path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;
use shallow::{
    Error, FloatDType,
    data::{Dataset, Draw, NumpyRng, Target},
    model::{HostRegressor, TwoLayerReluNetConfig},
    plot::Figure,
    train::{Diagnosis, Engine, FitConfig, Training, advice, describe_engine, verdict},
};

/// The default allocator hands every large buffer back to the kernel; on the CPU that costs more than the arithmetic.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Fit a function with a two-layer ReLU network by full-batch gradient descent.
#[derive(Parser)]
struct Args {
    /// auto, ndarray, flex, wgpu[:I] or cuda[:I]; auto is a GPU where the build and the machine have one
    #[arg(long, default_value = "auto")]
    device: String,
    /// autodiff: Burn's, on the device; backprop: by hand; exact: from moments of the sorted samples; auto: the fastest
    #[arg(long, default_value = "autodiff")]
    engine: Engine,
    /// Hidden units
    #[arg(long, default_value_t = 64)]
    hidden: usize,
    /// Training samples, uniform on the target's domain
    #[arg(long, default_value_t = 10_000)]
    samples: usize,
    /// Test samples, evenly spaced over the target's domain
    #[arg(long, default_value_t = 1000)]
    test_samples: usize,
    /// Steps of gradient descent, each over all samples
    #[arg(long, default_value_t = 500)]
    epochs: usize,
    /// Learning rate
    #[arg(long, default_value_t = 0.01, allow_negative_numbers = true)]
    lr: f64,
    #[arg(long, default_value = "smooth", help = format!("The function to fit: {}", Target::names()))]
    target: String,
    /// Folder for relu_fit.png and relu_fit.svg
    #[arg(long, default_value = "out")]
    out: PathBuf,
}

/// What the test loss must be below: a tenth above the larger of what 500 epochs at 0.01 reached with 10,000 samples and
/// 64 units and with 1,000 and 256. The losses of ripple (0.5 is no fit at all) and exp (its values reach 20) stay high.
const BOUNDS: [(&str, f64); 10] = [
    ("smooth", 0.0165),
    ("abs", 0.00068),
    ("step", 0.003),
    ("tanh", 0.00026),
    ("cusp", 0.00088),
    ("ripple", 0.52),
    ("runge", 0.0083),
    ("cosine", 0.0033),
    ("squashed", 0.0019),
    ("exp", 0.21),
];

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(args: &Args) -> Result<bool, Error> {
    let target = Target::named(&args.target)?;
    let config = FitConfig {
        epochs: args.epochs,
        learning_rate: args.lr,
        engine: args.engine,
        ..Default::default()
    };
    config.check()?;

    let mut rng = NumpyRng::new(42);
    let train = Dataset::random(target, args.samples, &mut rng)?;
    let test = Dataset::grid(target, args.test_samples)?;
    // All engines but autodiff train on the host in f64, and so do not need a GPU.
    let on_host = args.engine != Engine::Autodiff;
    let cpu = || {
        ["flex", "ndarray"]
            .into_iter()
            .find_map(|name| shallow::device(name).ok())
    };
    let (device, passed_over) = match cpu() {
        Some(cpu) if on_host && args.device == "auto" => (cpu, Vec::new()),
        _ => shallow::choose(&args.device)?,
    };
    let dtype = match on_host && device.supports_dtype(FloatDType::F64) {
        true => FloatDType::F64,
        false => FloatDType::F32,
    };
    for why in passed_over {
        eprintln!("note: {why}");
    }
    let net = TwoLayerReluNetConfig::new().with_n_hidden(args.hidden);
    let start = net.init(|| rng.normal(0.0, 1.0), &device, dtype)?;
    fs::create_dir_all(&args.out).map_err(|error| cannot_write(args, error))?;

    let clock = Instant::now();
    let fit = Training::new(&config)
        .observer(|epoch| {
            println!("epoch {} : loss {:.6}", epoch.epoch, epoch.loss);
            ControlFlow::Continue(())
        })
        .fit(start.clone(), &train)?;
    let seconds = clock.elapsed().as_secs_f64();

    let prediction = shallow::train::predict(&fit.model, test.x(), 1)?;
    let test_loss = shallow::train::mean_squared_error(&fit.model, &test)?;
    let figure = Figure::fit(&fit.losses, test.x(), test.y(), &prediction);
    let pictures = ["png", "svg"].map(|ending| args.out.join("relu_fit").with_extension(ending));
    for path in &pictures {
        figure.save(path)?;
    }

    let errors = prediction.iter().zip(test.y()).map(|(a, b)| (a - b).abs());
    let (worst, error) =
        errors.enumerate().fold(
            (0, 0.0),
            |worst, this| if this.1 > worst.1 { this } else { worst },
        );
    println!("test loss     {test_loss:.6}");
    println!("largest error {error:.6} at x = {:.4}", test.x()[worst]);
    println!("engine        {}", describe_engine(&fit));
    println!("device        {}", shallow::describe(&device));
    println!(
        "seconds       {seconds:.4}, {:.1} us a step",
        1e6 * seconds / args.epochs as f64
    );
    println!(
        "pictures      {}, {}",
        pictures[0].display(),
        pictures[1].display()
    );

    let (_, bound) = BOUNDS
        .iter()
        .find(|(name, _)| *name == target.name)
        .expect("every target has a bound");
    if test_loss >= *bound {
        let diagnosis = Diagnosis::of(&start.to_host(), &train, &config);
        let limit = diagnosis.stability_limit;
        let advice = if args.lr > limit {
            let is_saturated = fit.model.to_host().is_saturated(train.x());
            let verdict = verdict(&fit.losses, is_saturated, args.lr, limit);
            let advice = advice(args.lr, limit, diagnosis.working_rate);
            format!("; {}: {advice}", verdict.name())
        } else {
            String::new()
        };
        eprintln!(
            "error: the test loss {test_loss:.6} is not below {bound}, what 500 epochs at 0.01 reach on {}{advice}",
            target.name
        );
    }
    Ok(test_loss < *bound)
}

fn cannot_write(args: &Args, error: io::Error) -> Error {
    shallow::plot::PlotError::Write {
        path: args.out.clone(),
        message: error.to_string(),
    }
    .into()
}
