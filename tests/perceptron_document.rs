//! The perceptron document on every engine and device of this build, against its own code in NumPy f64.
//!
//! All 5000 mean absolute errors and the final weights; then what the document says of learning rates.

mod golden;

use std::{f64::consts::FRAC_PI_4, ops::ControlFlow};

use golden::golden;
use shallow::{
    FloatDType,
    analytic::{Activation, Perceptron, Reduction, least_squares},
    data::{Dataset, Draw, NumpyRng, PolynomialFeatures, Target},
    model::{HostRegressor, PerceptronNet},
    train::{Fit, FitConfig, Training, Verdict, mean_absolute_error, verdict},
};

/// What the document draws after `np.random.seed(42)`, in its order: R, then the weights for `[R^2, R, 1]`.
fn document() -> (Dataset, Dataset, Perceptron) {
    let mut rng = NumpyRng::new(42);
    let target = Target::named("squashed").unwrap();
    assert_eq!(target.domain, (0.0, FRAC_PI_4));
    let samples = Dataset::random(target, 1000, &mut rng).unwrap();
    let data = PolynomialFeatures { degree: 2 }.expand(&samples).unwrap();
    let weight = (0..3).map(|_| rng.normal(0.0, 0.1)).collect();
    (
        samples,
        data,
        Perceptron {
            weight,
            activation: Activation::Sigmoid,
        },
    )
}

/// The largest relative difference of any mean absolute error and of any weight from NumPy's.
fn distance(errors: &[f64], weight: &[f64]) -> f64 {
    let golden = [golden("perceptron_mae"), golden("perceptron_weights")].concat();
    assert_eq!(errors.len() + weight.len(), golden.len());
    let ours = errors.iter().chain(weight);
    ours.zip(golden)
        .map(|(ours, theirs)| ((ours - theirs) / theirs).abs())
        .fold(0.0, f64::max)
}

/// Errors near 2e-4 are differences of numbers near 0.7, each off by a rounding: 1e-12 of the error, and sums in another
/// order than NumPy's.
const ROUNDING: f64 = 1e-11;

#[test]
fn the_hand_written_rule_follows_numpy() {
    let (_, data, mut neuron) = document();
    let errors: Vec<f64> = (0..5000)
        .map(|_| neuron.train_one_step(data.x(), data.y(), 0.01))
        .collect();
    let distance = distance(&errors, &neuron.weight);
    println!("hand-written rule: {distance:.1e}");
    assert!(distance < ROUNDING, "{distance:e}");
}

/// The fit, and the mean absolute error of every epoch's forward pass.
fn fit(neuron: PerceptronNet, learning_rate: f64) -> (Fit<PerceptronNet>, Vec<f64>) {
    let (_, data, _) = document();
    let config = FitConfig {
        learning_rate,
        log_every: 1,
        ..FitConfig::perceptron()
    };
    let mut errors = Vec::new();
    let fit = Training::new(&config)
        .observer(|epoch| {
            errors.push(mean_absolute_error(&epoch.previous(), &data).unwrap());
            ControlFlow::Continue(())
        })
        .fit(neuron, &data)
        .unwrap();
    (fit, errors)
}

fn autodiff_follows_numpy(dtype: FloatDType, tolerance: f64) {
    let (_, _, start) = document();
    for (backend, device) in shallow::devices().unwrap() {
        let neuron = match PerceptronNet::from_weights(&start, &device, dtype) {
            // A GPU may have no f64, or no tanh in it.
            Err(_) if dtype == FloatDType::F64 && !matches!(backend, "ndarray" | "flex") => {
                continue;
            }
            neuron => neuron.unwrap(),
        };
        let (fit, errors) = fit(neuron, 0.01);
        let distance = distance(&errors, &fit.model.to_weights().weight);
        println!("{backend} {dtype:?}: {distance:.1e}");
        assert!(distance < tolerance, "{backend} {dtype:?}: {distance:e}");
    }
}

#[test]
fn autodiff_in_f64_follows_numpy() {
    autodiff_follows_numpy(FloatDType::F64, ROUNDING);
}

/// Errors near 2e-4 are differences of numbers near 0.7 known to 6e-8, so to 3e-4 of themselves each, and their
/// mean better.
#[test]
fn autodiff_in_f32_follows_numpy() {
    autodiff_follows_numpy(FloatDType::F32, 3e-4);
}

/// Entries near 1 made of 1000 terms; a few roundings.
#[test]
fn autodiff_equals_the_hand_written_gradient() {
    let (_, data, neuron) = document();
    let (_, device) = shallow::devices().unwrap().pop().unwrap();
    for activation in Activation::ALL {
        for reduction in [Reduction::Mean, Reduction::HalfSum] {
            let neuron = Perceptron {
                activation,
                ..neuron.clone()
            };
            let (loss, by_hand) = neuron.gradient(data.x(), data.y(), reduction);
            let module = PerceptronNet::from_weights(&neuron, &device, FloatDType::F64).unwrap();
            let (burn_loss, autodiff) =
                shallow::train::gradient(&module, &data, reduction).unwrap();
            assert!((burn_loss / loss - 1.0).abs() < 1e-12);
            for (a, b) in autodiff.to_weights().weight.iter().zip(&by_hand) {
                assert!(
                    (a / b - 1.0).abs() < 1e-12,
                    "{activation:?} {reduction:?}: {a} against {b}"
                );
            }
        }
    }
}

#[test]
fn least_squares_equals_numpys_lstsq() {
    let (samples, data, _) = document();
    let cosines: Vec<f64> = samples.x().iter().map(|x| x.cos()).collect();
    let closed = least_squares(data.x(), &cosines, 3);
    for (ours, theirs) in closed.weight.iter().zip(golden("perceptron_lstsq")) {
        assert!(
            (ours / theirs - 1.0).abs() < 1e-12,
            "{ours} against {theirs}"
        );
    }
    assert!((closed.condition - 30.382884).abs() < 1e-5);
}

fn verdict_of(fit: &Fit<PerceptronNet>, data: &Dataset, rate: f64, limit: f64) -> Verdict {
    let is_saturated = fit.model.to_host().is_saturated(data.x());
    verdict(&fit.losses, is_saturated, rate, limit)
}

/// NumPy gives 0.03884 for the limit at the minimum; its last errors stand beside the rates.
#[test]
fn the_limit_tells_which_learning_rates_work_and_the_verdict_says_how_the_others_fail() {
    let (_, data, neuron) = document();
    let (_, device) = shallow::devices().unwrap().pop().unwrap();
    let module = PerceptronNet::from_weights(&neuron, &device, FloatDType::F64).unwrap();
    let limit = module
        .to_host()
        .stability_limit(data.x(), data.y(), Reduction::HalfSum);
    assert!((limit - 0.03884).abs() < 5e-6, "{limit}");
    // The gradient of the mean of 1000 squares is 2/1000 of that of half their sum.
    let of_mean = module
        .to_host()
        .stability_limit(data.x(), data.y(), Reduction::Mean);
    assert!((of_mean / (500.0 * limit) - 1.0).abs() < 1e-12, "{of_mean}");

    for (rate, numpys_error, verdict) in [
        (0.001, Some(0.0017531996194380581), Verdict::Slow),
        (0.01, Some(0.00017034577514967163), Verdict::Converging),
        (0.03, Some(0.00010041677210097755), Verdict::Converging),
        // Chaotic: after 5000 steps a rounding of the first has grown to the size of the error.
        (0.1, None, Verdict::Oscillating),
        (1.0, Some(0.2888450645547243), Verdict::Saturated),
    ] {
        let (fit, errors) = fit(module.clone(), rate);
        let last = errors[4999];
        if let Some(error) = numpys_error {
            assert!(
                (last / error - 1.0).abs() < ROUNDING,
                "{rate}: {last} against {error}"
            );
        }
        assert_eq!(verdict_of(&fit, &data, rate, limit), verdict, "{rate}");
    }
}
