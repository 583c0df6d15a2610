//! The best network of a width: as good as theory says it can be, on every target; and second order beside first.

use std::f64::consts::PI;

use shallow::{
    FloatDType,
    analytic::{Moments, ReluWeights, relative_difference},
    data::{Dataset, Draw, FREE_KNOT_TARGETS, NumpyRng, TARGETS, Target, linspace},
    model::{SigmoidPerceptronConfig, TwoLayerReluNet},
    splines::{BestNets, Curvature, Spline},
    train::{Engine, FitConfig, FitError, Optimizer, mean_squared_error},
};

type Function = fn(f64) -> f64;

/// A function with its second derivative; none where it has kinks or jumps alone, which a network can have, too.
struct Problem {
    name: &'static str,
    f: Function,
    second: Option<Function>,
    domain: (f64, f64),
}

fn catalogue() -> Vec<Problem> {
    let second = |name: &str| -> Option<Function> {
        match name {
            "smooth" => Some(|x| 1.0 - PI * PI * (PI * x).sin()),
            "abs" | "step" => None,
            "tanh" => Some(|x| -800.0 * (20.0 * x).tanh() / (20.0 * x).cosh().powi(2)),
            "cusp" => Some(|x| -2.0 / 9.0 * x.abs().powf(-4.0 / 3.0)),
            "ripple" => Some(|x| -(8.0 * PI).powi(2) * (8.0 * PI * x).sin()),
            "runge" => Some(|x| {
                let d = 1.0 + 25.0 * x * x;
                5000.0 * x * x / d.powi(3) - 50.0 / (d * d)
            }),
            "cosine" => Some(|x| -x.cos()),
            "squashed" => Some(|x| {
                let s = 1.0 / (1.0 + (-x.cos()).exp());
                let slope = s * (1.0 - s);
                slope * (1.0 - 2.0 * s) * x.sin().powi(2) - slope * x.cos()
            }),
            "exp" => Some(|x| 9.0 * (3.0 * x).exp()),
            "parabola" => Some(|_| -2.0),
            "root" => Some(|x| -2.0 / 9.0 * x.powf(-4.0 / 3.0)),
            "front" => Some(|x| {
                let u = 100.0 * (x - 0.25);
                -2e4 * u.tanh() / u.cosh().powi(2)
            }),
            "bell" => Some(|x| {
                let t = x - 0.75;
                (1e6 * t * t - 1e3) * (-500.0 * t * t).exp()
            }),
            "packet" => Some(|x| {
                let (t, k) = (x - 0.5, 20.0 * PI);
                let (bell, sin, cos) = ((-500.0 * t * t).exp(), (k * x).sin(), (k * x).cos());
                bell * ((1e6 * t * t - 1e3 - k * k) * sin - 2e3 * t * k * cos)
            }),
            other => panic!("{other} has no second derivative here"),
        }
    };
    let of = |target: &Target| Problem {
        name: target.name,
        f: target.f,
        second: second(target.name),
        domain: target.domain,
    };
    TARGETS.iter().chain(&FREE_KNOT_TARGETS).map(of).collect()
}

/// With a few pieces the asymptotic error is still a tenth away, on either side.
#[test]
fn every_target_is_fitted_as_well_as_theory_allows() {
    for problem in catalogue() {
        let (low, high) = problem.domain;
        let x = linspace(low, high, 100_000);
        let y: Vec<f64> = x.iter().map(|x| (problem.f)(*x)).collect();
        let moments = Moments::new(&x, &y);
        for (n_pieces, tolerance) in [(8, 1.10), (16, 1.05), (64, 1.05)] {
            let rms = Spline::best(&moments, n_pieces, &[]).1.sqrt();
            let Some(second) = problem.second else {
                assert!(rms < 1e-14, "{} with {n_pieces}: {rms:e}", problem.name);
                continue;
            };
            let curvature = Curvature::new(second, low, high);
            let ratio = rms / curvature.asymptotic_rms(n_pieces);
            println!("{}, {n_pieces} pieces: {ratio:.4}", problem.name);
            assert!(
                ratio < tolerance,
                "{} with {n_pieces}: {ratio}",
                problem.name
            );
            // Knots by curvature can only help.
            let starts = [curvature.knots(n_pieces)];
            let with_start = Spline::best(&moments, n_pieces, &starts).1.sqrt();
            assert!(with_start < 1.02 * rms, "{} with {n_pieces}", problem.name);
        }
    }
}

fn data() -> (Dataset, ReluWeights) {
    let mut rng = NumpyRng::new(42);
    let data = Dataset::random(&TARGETS[0], 10_000, &mut rng).unwrap();
    (data, ReluWeights::random(1, 64, 1, || rng.normal(0.0, 1.0)))
}

fn fitted(
    optimizer: Optimizer,
    epochs: usize,
    device: &str,
    dtype: FloatDType,
) -> (Vec<f64>, ReluWeights) {
    let (data, weights) = data();
    let device = shallow::device(device).unwrap();
    let net = TwoLayerReluNet::from_weights(&weights, &device, dtype).unwrap();
    let config = FitConfig {
        engine: Engine::Auto,
        optimizer,
        epochs,
        log_every: epochs,
        ..Default::default()
    };
    let fit = shallow::train::fit(net, &data, &config).unwrap();
    assert_eq!(fit.engine, Engine::Exact);
    (fit.losses, fit.model.to_weights())
}

fn best() -> (ReluWeights, f64) {
    let (data, _) = data();
    let net = BestNets::new(&Moments::new(data.x(), data.y())).of(64);
    (net.weights, net.loss)
}

#[test]
fn the_best_net_is_a_module_on_every_device() {
    let (best, loss) = best();
    assert!(loss < 4.2e-8, "{loss:e}");
    for (name, device) in shallow::devices().unwrap() {
        let net = TwoLayerReluNet::from_weights(&best, &device, FloatDType::F32).unwrap();
        let (data, _) = data();
        let on_device = mean_squared_error(&net, &data).unwrap();
        // Values near 1 computed in f32, beside errors of 2e-4.
        assert!(
            (on_device / loss - 1.0).abs() < 1e-2,
            "{name}: {on_device:e}"
        );
        let predicted = net.to_weights().predict(data.x());
        let squares: f64 = predicted
            .iter()
            .zip(data.y())
            .map(|(p, y)| (p - y).powi(2))
            .sum();
        // Weights rounded to f32, a few times over.
        assert!((squares / 10_000.0 / loss - 1.0).abs() < 1e-3, "{name}");
    }
}

#[test]
fn second_order_ends_below_a_million_epochs_of_gradient_descent() {
    let device = shallow::devices().unwrap().last().unwrap().0;
    let run = |optimizer, epochs| {
        let (losses, weights) = fitted(optimizer, epochs, device, FloatDType::F32);
        (losses[losses.len() - 1], weights)
    };
    let (first, _) = run(Optimizer::GradientDescent, 1_000_000);
    let (second, _) = run(Optimizer::LevenbergMarquardt, 300);
    let (_, best) = best();
    println!(
        "RMS {:.3e}, {:.3e} and at best {:.3e}",
        first.sqrt(),
        second.sqrt(),
        best.sqrt()
    );
    assert!(second < 0.5 * first && best < 0.1 * second);
}

#[test]
fn gradient_descent_from_the_best_net_stays_there() {
    let (data, _) = data();
    let (start, best) = best();
    let device = shallow::device("auto").unwrap();
    let net = TwoLayerReluNet::from_weights(&start, &device, FloatDType::F32).unwrap();
    let config = FitConfig {
        engine: Engine::Exact,
        epochs: 1000,
        ..Default::default()
    };
    let fit = shallow::train::fit(net, &data, &config).unwrap();
    assert!(
        fit.losses.iter().all(|loss| *loss < 1.01 * best),
        "{:?}",
        &fit.losses[..5]
    );
    let moved = relative_difference(&start.b1, &fit.model.to_weights().b1);
    assert!(moved < 1e-2, "{moved}");
}

#[test]
fn what_they_need_is_said() {
    let (data, weights) = data();
    let device = shallow::device("auto").unwrap();
    let net = || TwoLayerReluNet::from_weights(&weights, &device, FloatDType::F32).unwrap();
    let config = |optimizer, engine| FitConfig {
        engine,
        optimizer,
        ..Default::default()
    };
    let refused = |result: Result<(), FitError>, part: &str| {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    for engine in [Engine::Autodiff, Engine::Backprop] {
        let config = config(Optimizer::LevenbergMarquardt, engine);
        let fit = shallow::train::fit(net(), &data, &config).map(drop);
        refused(
            fit,
            &format!(
                "the optimizer lm needs the exact engine, on a ReLU network of one input, and the engine is {}",
                engine.name()
            ),
        );
    }
    let neuron = SigmoidPerceptronConfig::new()
        .init(|| 0.1, &device, FloatDType::F32)
        .unwrap();
    let features = Dataset::new(vec![1.0; 30], vec![0.5; 10], 10).unwrap();
    let config = config(Optimizer::LevenbergMarquardt, Engine::Auto);
    let fit = shallow::train::fit(neuron, &features, &config).map(drop);
    refused(
        fit,
        "and this is a perceptron; choose the optimizer gd, momentum or adam",
    );
}
