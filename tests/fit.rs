//! Fitting on every device of this build: gradients, moving between devices, stopping, diverging.

use std::ops::ControlFlow;

use proptest::prelude::*;
use shallow::{
    FloatDType,
    analytic::{Reduction, ReluWeights, backprop, differences},
    data::{Dataset, Draw, NumpyRng, SeededRng, Target},
    model::{TwoLayerReluNet, TwoLayerReluNetConfig},
    train::{Engine, Fit, FitConfig, FitError, Training},
};

/// The float types to try, and some of its roundings, of the terms summed together: the samples, the weights and each of a
/// few hundred additions round, and mostly cancel.
const ROUNDING: [(FloatDType, f64); 2] = [(FloatDType::F64, 1e-14), (FloatDType::F32, 4e-6)];

fn draw(n: usize, rng: &mut SeededRng) -> Vec<f64> {
    (0..n).map(|_| rng.normal(0.0, 1.0)).collect()
}

/// A random net and data, held against backprop on every given device. Away from kinks: there f32 and f64 may see a
/// sample on different sides.
fn autodiff_equals_backprop(
    [d, h, k, n]: [usize; 4],
    seed: u64,
    devices: &[(&str, shallow::Device)],
) -> Result<(), TestCaseError> {
    let rng = &mut SeededRng::new(seed);
    let mut weights = ReluWeights::random(d, h, k, || rng.normal(0.0, 1.0));
    weights.b1 = draw(h, rng);
    weights.b2 = draw(k, rng);
    let mut x = draw(n * d, rng);
    for row in x.chunks_mut(d) {
        while differences::distance_to_kink(&weights, row) < 1e-4 {
            row.copy_from_slice(&draw(d, rng));
        }
    }
    let data = Dataset::new(x, draw(n * k, rng), n).unwrap();

    let (loss, by_hand) = backprop::gradient(&weights, data.x(), data.y());
    let (magnitude, magnitudes) =
        differences::magnitudes(&weights, data.x(), data.y(), Reduction::Mean);
    for (backend, device) in devices {
        for (dtype, rounding) in ROUNDING {
            if device.supports_dtype(dtype) {
                let net = TwoLayerReluNet::from_weights(&weights, device, dtype).unwrap();
                let (burn_loss, autodiff) =
                    shallow::train::gradient(&net, &data, Reduction::Mean).unwrap();
                prop_assert!(
                    (burn_loss - loss).abs() <= rounding * magnitude,
                    "{backend} {dtype:?}: {burn_loss} for {loss}"
                );
                let autodiff = autodiff.to_weights();
                for (block, name) in ReluWeights::BLOCKS.into_iter().enumerate() {
                    let [ours, theirs, magnitudes] =
                        [&autodiff, &by_hand, &magnitudes].map(|weights| weights.blocks()[block]);
                    for ((ours, theirs), magnitude) in ours.iter().zip(theirs).zip(magnitudes) {
                        prop_assert!(
                            (ours - theirs).abs() <= rounding * magnitude,
                            "{backend} {dtype:?} {name}: {ours} for {theirs}"
                        );
                    }
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// On the CPU: a GPU compiles kernels anew for every shape.
    #[test]
    fn autodiff_equals_backprop_at_any_size(
        (d, h, k, n, seed) in (1_usize..4, 1_usize..20, 1_usize..4, 1_usize..50, any::<u64>()),
    ) {
        let mut devices = shallow::devices().unwrap();
        devices.retain(|(backend, _)| matches!(*backend, "ndarray" | "flex"));
        autodiff_equals_backprop([d, h, k, n], seed, &devices)?;
    }
}

#[test]
fn autodiff_equals_backprop_on_every_device_also_in_many_blocks() {
    // The last two are fused and composed; a software GPU ends loops of more than 65,535 steps.
    let sizes = [
        [2, 5, 3, 7],
        [1, 16, 1, 5000],
        [1, 16, 1, 100_000],
        [31, 1, 1, 70_000],
    ];
    for (seed, sizes) in sizes.into_iter().enumerate() {
        autodiff_equals_backprop(sizes, seed as u64, &shallow::devices().unwrap()).unwrap();
    }
}

fn small_fit(
    device: &shallow::Device,
    config: &FitConfig,
) -> Result<Fit<TwoLayerReluNet>, FitError> {
    let mut rng = NumpyRng::new(42);
    let data = Dataset::random(Target::named("smooth").unwrap(), 300, &mut rng).unwrap();
    let net = TwoLayerReluNetConfig::new().with_n_hidden(32);
    let net = net
        .init(|| rng.normal(0.0, 1.0), device, FloatDType::F32)
        .unwrap();
    let config = FitConfig {
        engine: Engine::Autodiff,
        ..config.clone()
    };
    shallow::train::fit(net, &data, &config)
}

/// A prediction sums 32 terms near 1: a few roundings of f32.
#[test]
fn a_net_trained_on_one_device_predicts_the_same_on_every_other() {
    let x = shallow::data::linspace(-1.0, 1.0, 101);
    let devices = shallow::devices().unwrap();
    for (from, device) in &devices {
        let trained = small_fit(device, &FitConfig::default()).unwrap().model;
        let here = shallow::train::predict(&trained, &x, 1).unwrap();
        for (to, device) in &devices {
            let weights = trained.to_weights();
            let moved = TwoLayerReluNet::from_weights(&weights, device, FloatDType::F32).unwrap();
            assert_eq!(
                moved.to_weights(),
                weights,
                "f32 weights pass through f64 unchanged"
            );
            let there = shallow::train::predict(&moved, &x, 1).unwrap();
            for (a, b) in here.iter().zip(&there) {
                assert!((a - b).abs() < 3e-6, "{from} to {to}: {a} against {b}");
            }
        }
    }
}

#[test]
fn divergence_names_the_epoch_the_last_finite_loss_and_the_learning_rate() {
    for (backend, device) in shallow::devices().unwrap() {
        let config = FitConfig {
            learning_rate: 10.0,
            ..Default::default()
        };
        match small_fit(&device, &config).unwrap_err() {
            FitError::Diverged {
                epoch,
                loss,
                last_finite_loss,
                learning_rate,
                stability_limit,
                working_rate,
            } => {
                // One that was tried goes down.
                let tried = FitConfig {
                    learning_rate: working_rate.unwrap(),
                    ..config.clone()
                };
                let fit = small_fit(&device, &tried).unwrap();
                assert!(fit.losses.last() < fit.losses.first(), "{backend}");
                assert!(
                    stability_limit > 0.0 && stability_limit < 1.0,
                    "{backend}: {stability_limit}"
                );
                assert!(
                    epoch > 0 && !loss.is_finite() && learning_rate == 10.0,
                    "{backend}"
                );
                assert!(last_finite_loss.is_some_and(f64::is_finite), "{backend}");
            }
            other => panic!("{backend}: {other}"),
        }
    }
}

#[test]
fn the_epoch_of_divergence_does_not_depend_on_how_often_losses_are_read() {
    let (_, device) = shallow::devices().unwrap().pop().unwrap();
    let error = |log_every| {
        let config = FitConfig {
            learning_rate: 10.0,
            log_every,
            ..Default::default()
        };
        format!("{:?}", small_fit(&device, &config).unwrap_err())
    };
    assert_eq!(error(1), error(500));
}

#[test]
fn the_observer_sees_every_tenth_epoch_and_can_stop_the_fit() {
    let (_, device) = shallow::devices().unwrap().pop().unwrap();
    let mut rng = NumpyRng::new(42);
    let data = Dataset::random(Target::named("abs").unwrap(), 50, &mut rng).unwrap();
    let net = TwoLayerReluNetConfig::new();
    let net = net
        .init(|| rng.normal(0.0, 1.0), &device, FloatDType::F32)
        .unwrap();
    let mut seen = Vec::new();
    let config = FitConfig {
        engine: Engine::Autodiff,
        ..Default::default()
    };
    let fit = Training::new(&config)
        .observer(|epoch| {
            assert_eq!(epoch.losses.len(), epoch.epoch + 1);
            assert_eq!(epoch.losses.last(), Some(&epoch.loss));
            seen.push(epoch.epoch);
            if epoch.epoch == 30 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .fit(net, &data);
    assert_eq!(seen, [0, 10, 20, 30]);
    assert_eq!(fit.unwrap().losses.len(), 31);
}

#[test]
fn a_net_of_no_units_and_a_float_type_the_device_lacks_are_errors() {
    let (_, device) = shallow::devices().unwrap().pop().unwrap();
    let none = TwoLayerReluNetConfig::new()
        .with_n_hidden(0)
        .init(|| 0.0, &device, FloatDType::F32);
    assert_eq!(
        none.unwrap_err().to_string(),
        "the number of hidden units must be at least 1, got 0"
    );
    for (_, device) in shallow::devices().unwrap() {
        for dtype in [
            FloatDType::F64,
            FloatDType::F32,
            FloatDType::F16,
            FloatDType::BF16,
        ] {
            let net = TwoLayerReluNetConfig::new().init(|| 0.0, &device, dtype);
            assert_eq!(net.is_ok(), device.supports_dtype(dtype));
        }
    }
}
