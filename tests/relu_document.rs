//! The ReLU document on every engine and device of this build, against its own code in NumPy f64.
//!
//! All 500 losses, the final parameters and the test loss, at both of the document's sizes.

mod golden;

use golden::golden;
use shallow::{
    FloatDType,
    analytic::{ReluWeights, backprop},
    data::{Dataset, Draw, NumpyRng, Target},
    model::TwoLayerReluNet,
    train::{Engine, FitConfig, mean_squared_error},
};

/// The document's code has 10,000 samples and 64 units, its prose 1,000 and 256.
const SIZES: [(usize, usize); 2] = [(10_000, 64), (1_000, 256)];

struct Document {
    train: Dataset,
    test: Dataset,
    weights: ReluWeights,
}

/// What the document draws after `np.random.seed(42)`, in its order.
fn document(n_samples: usize, n_hidden: usize) -> Document {
    let target = Target::named("smooth").unwrap();
    let mut rng = NumpyRng::new(42);
    let train = Dataset::random(target, n_samples, &mut rng).unwrap();
    let test = Dataset::grid(target, 1000).unwrap();
    let weights = ReluWeights::random(1, n_hidden, 1, || rng.normal(0.0, 1.0));
    Document {
        train,
        test,
        weights,
    }
}

/// The largest relative difference of any loss, of any parameter block and of the test loss from NumPy's.
fn distance(name: &str, losses: &[f64], weights: &ReluWeights, test_loss: f64) -> f64 {
    let relative = |ours: f64, theirs: f64| ((ours - theirs) / theirs).abs();
    let golden_losses = golden(&format!("{name}_losses"));
    assert_eq!(losses.len(), golden_losses.len());
    let losses = losses
        .iter()
        .zip(golden_losses)
        .map(|(&ours, theirs)| relative(ours, theirs));

    let mut rest = golden(&format!("{name}_parameters"));
    let mut golden_weights = weights.clone();
    for block in golden_weights.blocks_mut() {
        block.copy_from_slice(&rest.drain(..block.len()).collect::<Vec<_>>());
    }
    let parameters = weights.relative_difference(&golden_weights);
    let test_loss = relative(test_loss, golden(&format!("{name}_test_loss"))[0]);
    losses
        .chain(parameters)
        .chain([test_loss])
        .fold(0.0, f64::max)
}

#[test]
fn hand_written_backprop_follows_numpy() {
    /// Sums of 10,000 terms in another order than NumPy's, over 500 steps.
    const TOLERANCE: f64 = 1e-12;
    for (n, h) in SIZES {
        let Document {
            train,
            test,
            weights,
        } = document(n, h);
        let mut net = backprop::LayeredNet::new(&weights);
        let step = |_| net.train_one_step(train.x(), train.y(), 0.01);
        let losses: Vec<f64> = (0..500).map(step).collect();
        let test_loss = net.test(test.x(), test.y());
        let distance = distance(&format!("relu_{n}_{h}"), &losses, &net.weights(), test_loss);
        println!("backprop {n}/{h}: {distance:.1e}");
        assert!(distance < TOLERANCE, "{n}/{h}: {distance:e}");
    }
}

/// Sums of 10,000 terms in another order than NumPy's, over 500 steps: backprop's in blocks of rows, the exact engine's by
/// stretches between kinks. Against each other, the same.
#[test]
fn engines_by_hand_follow_numpy_and_each_other() {
    const TOLERANCE: f64 = 1e-12;
    let (_, device) = shallow::devices().unwrap().pop().unwrap();
    for (n, h) in SIZES {
        let Document {
            train,
            test,
            weights,
        } = document(n, h);
        let fits = [Engine::Backprop, Engine::Exact].map(|engine| {
            let net = TwoLayerReluNet::from_weights(&weights, &device, FloatDType::F64).unwrap();
            let config = FitConfig {
                engine,
                ..Default::default()
            };
            let fit = shallow::train::fit(net, &train, &config).unwrap();
            let test_loss = mean_squared_error(&fit.model, &test).unwrap();
            let weights = fit.model.to_weights();
            let distance = distance(&format!("relu_{n}_{h}"), &fit.losses, &weights, test_loss);
            println!("{} {n}/{h}: {distance:.1e}", engine.name());
            assert!(
                distance < TOLERANCE,
                "{} {n}/{h}: {distance:e}",
                engine.name()
            );
            fit
        });
        for (a, b) in fits[0].losses.iter().zip(&fits[1].losses) {
            assert!(((a - b) / b).abs() < TOLERANCE, "{n}/{h}: {a} and {b}");
        }
        let [a, b] = fits.map(|fit| fit.model.to_weights());
        let difference = a.relative_difference(&b).into_iter().fold(0.0, f64::max);
        println!("exact from backprop {n}/{h}: {difference:.1e}");
        assert!(difference < TOLERANCE, "{n}/{h}: {difference:e}");
    }
}

fn autodiff_follows_numpy(dtype: FloatDType, tolerance: f64) {
    for (backend, device) in shallow::devices().unwrap() {
        if !device.supports_dtype(dtype) {
            continue;
        }
        for (n, h) in SIZES {
            let Document {
                train,
                test,
                weights,
            } = document(n, h);
            let net = TwoLayerReluNet::from_weights(&weights, &device, dtype).unwrap();
            let config = FitConfig {
                engine: Engine::Autodiff,
                ..Default::default()
            };
            let fit = shallow::train::fit(net, &train, &config).unwrap();
            let test_loss = mean_squared_error(&fit.model, &test).unwrap();
            let weights = fit.model.to_weights();
            let distance = distance(&format!("relu_{n}_{h}"), &fit.losses, &weights, test_loss);
            println!("{backend} {dtype:?} {n}/{h}: {distance:.1e}");
            assert!(
                distance < tolerance,
                "{backend} {dtype:?} {n}/{h}: {distance:e}"
            );
        }
    }
}

/// Matrix products in blocks and fused multiply-adds round differently from NumPy's: ten times backprop's tolerance.
#[test]
fn autodiff_in_f64_follows_numpy() {
    autodiff_follows_numpy(FloatDType::F64, 1e-11);
}

/// A thousand roundings of f32 (6e-8): each of 500 steps adds its own to the parameters.
#[test]
fn autodiff_in_f32_follows_numpy() {
    autodiff_follows_numpy(FloatDType::F32, 1e-4);
}
