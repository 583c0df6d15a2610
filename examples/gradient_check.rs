//! One gradient, four ways: hand-written backprop beside central differences, the exact engine and Burn's autodiff.
//!
//! For every device of this build and every float type it has, prints the largest relative difference in each parameter
//! block, and fails above the tolerances below. Samples within a central difference's reach of a kink are left out:
//! there the loss has two slopes, and a difference across the kink is neither.
//!
//! Exit codes: 0 done, 1 failed.

use std::process::ExitCode;

use shallow::{
    Error, FloatDType,
    analytic::{ExactGradient, Moments, Reduction, ReluWeights, backprop, differences},
    data::{Dataset, Draw, NumpyRng, Target},
    model::TwoLayerReluNet,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Largest relative difference allowed between autodiff and backprop: thousands of roundings, in f64 and in f32.
const AUTODIFF: [(FloatDType, f64); 2] = [(FloatDType::F64, 1e-12), (FloatDType::F32, 1e-5)];
/// The same between the exact engine and backprop: sums of 10,000 terms in another order.
const EXACT: f64 = 1e-12;
/// The same between backprop and central differences, which carry the loss's rounding divided by their step.
const NUMERIC: f64 = 1e-9;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("error: a gradient differs by more than its tolerance");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run() -> Result<bool, Error> {
    let mut rng = NumpyRng::new(42);
    let all = Dataset::random(Target::named("smooth")?, 10_000, &mut rng)?;
    let mut weights = ReluWeights::random(1, 64, 1, || rng.normal(0.0, 1.0));
    // With the document's zero biases every kink is at x = 0; spread them, so that all are met.
    weights.b1.fill_with(|| rng.normal(0.0, 1.0));

    let clear = |x: &f64| differences::distance_to_kink(&weights, &[*x]) > 2.0 * differences::STEP;
    let (x, y) = all
        .x()
        .iter()
        .zip(all.y())
        .filter(|(x, _)| clear(x))
        .unzip();
    let data = Dataset::new(x, y, all.x().iter().filter(|x| clear(x)).count())?;
    println!(
        "{} samples, {} left out next to a kink; 64 hidden units",
        data.n_samples(),
        10_000 - data.n_samples()
    );
    println!(
        "largest relative difference    {:>9} {:>9} {:>9} {:>9}   tolerance",
        "w1", "b1", "w2", "b2"
    );

    let (_, by_hand) = backprop::gradient(&weights, data.x(), data.y());
    let loss = |weights: &ReluWeights| backprop::gradient(weights, data.x(), data.y()).0;
    let mut passed = report(
        "backprop, differences",
        &by_hand,
        &differences::gradient(&weights, loss),
        NUMERIC,
    );
    let moments = Moments::new(data.x(), data.y());
    let mut exact = weights.clone();
    ExactGradient::new(&moments, 64).loss_and_gradient(&weights, Reduction::Mean, &mut exact);
    passed &= report("exact, backprop", &exact, &by_hand, EXACT);
    for (backend, device) in shallow::devices()? {
        for (dtype, tolerance) in AUTODIFF {
            if device.supports_dtype(dtype) {
                let net = TwoLayerReluNet::from_weights(&weights, &device, dtype)?;
                let (_, autodiff) = shallow::train::gradient(&net, &data, Reduction::Mean)?;
                let autodiff = autodiff.to_weights();
                passed &= report(
                    &format!("autodiff {backend} {dtype:?}, backprop"),
                    &autodiff,
                    &by_hand,
                    tolerance,
                );
            }
        }
    }
    Ok(passed)
}

fn report(what: &str, a: &ReluWeights, b: &ReluWeights, tolerance: f64) -> bool {
    let differences = a.relative_difference(b);
    let [w1, b1, w2, b2] = differences;
    println!("{what:<30} {w1:>9.1e} {b1:>9.1e} {w2:>9.1e} {b2:>9.1e}   {tolerance:.0e}");
    differences
        .into_iter()
        .all(|difference| difference <= tolerance)
}
