//! Every engine and optimizer on the same fits: the same numbers, the same observer, the same errors.

mod golden;

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

use golden::golden;
use shallow::{
    Device, FloatDType,
    analytic::{Activation, Moments, MomentsBuilder, Perceptron, ReluWeights},
    data::{Dataset, Draw, NumpyRng, Target},
    model::{PerceptronNet, Regressor, TwoLayerReluNet},
    train::{Engine, Fit, FitConfig, FitError, Optimizer, Training, mean_squared_error},
};

/// The CPU devices of this build: those with f64 in every operation.
fn devices() -> Vec<(&'static str, Device)> {
    let mut devices = shallow::devices().unwrap();
    devices.retain(|(backend, _)| matches!(*backend, "ndarray" | "flex"));
    devices
}

fn problem(n_samples: usize, n_hidden: usize) -> (Dataset, ReluWeights) {
    let mut rng = NumpyRng::new(42);
    let data = Dataset::random(Target::named("smooth").unwrap(), n_samples, &mut rng).unwrap();
    let weights = ReluWeights::random(1, n_hidden, 1, || rng.normal(0.0, 1.0));
    (data, weights)
}

fn net(weights: &ReluWeights, device: &Device) -> TwoLayerReluNet {
    TwoLayerReluNet::from_weights(weights, device, FloatDType::F64).unwrap()
}

fn fit<M: Regressor>(model: M, data: &Dataset, config: &FitConfig) -> Result<Fit<M>, FitError> {
    shallow::train::fit(model, data, config)
}

fn config(engine: Engine) -> FitConfig {
    FitConfig {
        engine,
        ..Default::default()
    }
}

const ENGINES: [Engine; 3] = [Engine::Autodiff, Engine::Backprop, Engine::Exact];

/// Momentum and Adam carry the rounding of every step on; Adam divides by gradients that may be small.
#[test]
fn every_engine_steps_as_pytorch_does() {
    const TOLERANCE: f64 = 1e-11;
    let adam = Optimizer::Adam {
        beta1: 0.8,
        beta2: 0.99,
        epsilon: 1e-6,
    };
    let (data, weights) = problem(300, 32);
    for (name, optimizer, learning_rate, weight_decay) in [
        ("sgd_decay", Optimizer::GradientDescent, 0.01, 0.01),
        ("momentum", Optimizer::MOMENTUM, 0.001, 0.0),
        ("adam", Optimizer::ADAM, 0.01, 0.0),
        ("adam_decay", adam, 0.01, 0.001),
    ] {
        let golden = golden(&format!("torch_{name}"));
        for (backend, device) in devices() {
            for engine in ENGINES {
                let config = FitConfig {
                    epochs: 200,
                    learning_rate,
                    engine,
                    optimizer,
                    weight_decay,
                    ..Default::default()
                };
                let fit = fit(net(&weights, &device), &data, &config).unwrap();
                let ours = fit
                    .losses
                    .into_iter()
                    .chain(fit.model.to_weights().blocks().concat());
                let mut worst = 0.0_f64;
                for (ours, theirs) in ours.zip(&golden) {
                    worst = worst.max((ours - theirs).abs() / theirs.abs().max(1e-2));
                }
                println!("{name} {backend} {}: {worst:.1e}", engine.name());
                assert!(
                    worst < TOLERANCE,
                    "{name} {backend} {}: {worst:e}",
                    engine.name()
                );
            }
        }
    }
}

#[test]
fn every_engine_calls_the_observer_at_the_same_epochs_and_stops_when_it_says_so() {
    let (_, device) = devices().pop().unwrap();
    let (data, weights) = problem(50, 8);
    for engine in ENGINES {
        let mut seen = Vec::new();
        let fit = Training::<TwoLayerReluNet>::new(&config(engine))
            .observer(|epoch| {
                assert_eq!(epoch.losses.len(), epoch.epoch + 1);
                assert_eq!(epoch.losses.last(), Some(&epoch.loss));
                seen.push((epoch.epoch, epoch.model().to_weights()));
                match epoch.epoch {
                    30 => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                }
            })
            .fit(net(&weights, &device), &data)
            .unwrap();
        assert_eq!(
            seen.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(),
            [0, 10, 20, 30]
        );
        assert_eq!((fit.losses.len(), fit.engine), (31, engine));
        assert_eq!(fit.model.to_weights(), seen[3].1, "{}", engine.name());
    }
}

/// Sums of 50 terms near 1.
#[test]
fn the_last_loss_is_that_of_the_model_before_the_last_update() {
    let (_, device) = devices().pop().unwrap();
    let (data, weights) = problem(50, 8);
    for engine in ENGINES {
        let fit = fit(net(&weights, &device), &data, &config(engine)).unwrap();
        let (loss, last) = (
            mean_squared_error(&fit.previous, &data).unwrap(),
            fit.losses[499],
        );
        assert!(
            (loss - last).abs() < 1e-13 * last,
            "{}: {loss} and {last}",
            engine.name()
        );
    }
}

/// The reference overflows where squares do, the exact engine where its moments times slopes do: within an epoch.
#[test]
fn every_engine_reports_divergence_at_the_same_epoch() {
    let (_, device) = devices().pop().unwrap();
    let (data, weights) = problem(200, 16);
    let epochs = ENGINES.map(|engine| {
        let config = FitConfig {
            learning_rate: 10.0,
            ..config(engine)
        };
        match fit(net(&weights, &device), &data, &config).unwrap_err() {
            FitError::Diverged {
                epoch,
                last_finite_loss,
                stability_limit,
                ..
            } => {
                assert!(last_finite_loss.is_some() && stability_limit < 1.0);
                epoch
            }
            other => panic!("{other}"),
        }
    });
    assert!(
        epochs.iter().all(|epoch| epoch.abs_diff(epochs[1]) <= 1),
        "{epochs:?}"
    );
}

#[test]
fn auto_is_exact_where_it_applies_and_asking_for_exact_elsewhere_is_an_error() {
    let (_, device) = devices().pop().unwrap();
    let (data, weights) = problem(50, 8);
    assert_eq!(
        fit(net(&weights, &device), &data, &config(Engine::Auto))
            .unwrap()
            .engine,
        Engine::Exact
    );

    let two_inputs = Dataset::new(vec![0.5; 10], vec![1.0; 5], 5).unwrap();
    let wide = net(&ReluWeights::random(2, 3, 1, || 0.5), &device);
    let error = fit(wide.clone(), &two_inputs, &config(Engine::Exact)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the exact engine needs a ReLU network of one input, and this one has 2 inputs; choose the engine autodiff or \
         backprop"
    );
    let automatic = fit(wide, &two_inputs, &config(Engine::Auto)).unwrap();
    assert_eq!(automatic.engine, Engine::Autodiff);

    let neuron = Perceptron {
        weight: vec![0.1, 0.2],
        activation: Activation::Sigmoid,
    };
    let neuron = PerceptronNet::from_weights(&neuron, &device, FloatDType::F64).unwrap();
    let error = fit(neuron.clone(), &two_inputs, &config(Engine::Exact)).unwrap_err();
    assert!(
        error.to_string().contains("and this is a perceptron"),
        "{error}"
    );
    let [a, b] = [Engine::Autodiff, Engine::Backprop].map(|engine| {
        let fit = fit(neuron.clone(), &two_inputs, &config(engine)).unwrap();
        fit.model.to_weights().weight
    });
    assert!((a[0] - b[0]).abs() < 1e-12, "{a:?} and {b:?}"); // sums of five terms, 500 times
}

/// 200 levels, fewer than cells: the same samples, so the same fit but for the order of sums, over 500 steps.
#[test]
fn a_fit_to_a_stream_is_the_fit_to_its_samples() {
    let (_, device) = devices().pop().unwrap();
    let (data, weights) = problem(20_000, 16);
    let x: Vec<f64> = data
        .x()
        .iter()
        .map(|x| (100.0 * x).round() / 100.0)
        .collect();
    let mut builder = MomentsBuilder::new(1, 256);
    for (x, y) in x.chunks(777).zip(data.y().chunks(777)) {
        builder.push(x, y);
    }
    let stream = builder.finish();
    assert!(stream.n_distinct() <= 201);
    let whole = Moments::new(&x, data.y());
    let [a, b] = [stream, whole].map(|moments| {
        let start = net(&weights, &device);
        let fit = shallow::train::fit_moments(start, &moments, &FitConfig::default(), |_| {
            ControlFlow::Continue(())
        });
        fit.unwrap()
    });
    assert!((a.losses[499] / b.losses[499] - 1.0).abs() < 1e-12);
    let worst = a
        .model
        .to_weights()
        .relative_difference(&b.model.to_weights());
    assert!(
        worst.into_iter().all(|difference| difference < 1e-12),
        "{worst:?}"
    );
}

#[test]
fn a_fit_taken_up_from_a_checkpoint_passes_through_the_same_bits() {
    let (data, weights) = problem(300, 16);
    for (_, device) in devices() {
        for engine in ENGINES {
            for optimizer in [
                Optimizer::GradientDescent,
                Optimizer::MOMENTUM,
                Optimizer::ADAM,
                Optimizer::LevenbergMarquardt,
            ] {
                if !optimizer.is_first_order() && engine != Engine::Exact {
                    continue;
                }
                for dtype in [FloatDType::F32, FloatDType::F64] {
                    let net = TwoLayerReluNet::from_weights(&weights, &device, dtype).unwrap();
                    let until = |epochs| FitConfig {
                        epochs,
                        log_every: 7,
                        learning_rate: 0.001,
                        optimizer,
                        ..config(engine)
                    };
                    let whole = fit(net.clone(), &data, &until(30)).unwrap();

                    // Told to stop while it looks at epoch 14, it ends after the next.
                    let stop = AtomicBool::new(false);
                    let broken = Training::new(&until(30))
                        .stop(&stop)
                        .observer(|epoch| {
                            stop.store(epoch.epoch == 14, Ordering::Relaxed);
                            ControlFlow::Continue(())
                        })
                        .fit(net.clone(), &data)
                        .unwrap();
                    let checkpoint = broken.checkpoint;
                    assert_eq!((checkpoint.epochs, broken.losses.len()), (16, 16));
                    let rest = Training::new(&until(30))
                        .resume(Some(&checkpoint))
                        .fit(net, &data)
                        .unwrap();
                    assert_eq!(
                        whole.checkpoint, rest.checkpoint,
                        "{engine:?} {optimizer:?} {dtype:?}"
                    );
                    for logged in [21, 28, 29] {
                        assert_eq!(whole.losses[logged], rest.losses[logged - 16]);
                    }
                }
            }
        }
    }
}

#[test]
fn a_checkpoint_of_another_fit_is_refused() {
    let (data, weights) = problem(50, 4);
    let net = net(&weights, &devices()[0].1);
    let checkpoint = fit(net.clone(), &data, &config(Engine::Exact))
        .unwrap()
        .checkpoint;
    let go_on = |net: TwoLayerReluNet, config: &FitConfig| {
        Training::new(config)
            .resume(Some(&checkpoint))
            .fit(net, &data)
            .unwrap_err()
            .to_string()
    };
    let more = FitConfig {
        epochs: 501,
        ..config(Engine::Exact)
    };
    let adam = FitConfig {
        optimizer: Optimizer::ADAM,
        ..more.clone()
    };
    let wider = problem(50, 5).1;
    let wider = TwoLayerReluNet::from_weights(&wider, &devices()[0].1, FloatDType::F64).unwrap();
    for (message, part) in [
        (
            go_on(net.clone(), &config(Engine::Exact)),
            "500 were asked for; ask for more",
        ),
        (go_on(net, &adam), "it is not of the optimizer adam"),
        (
            go_on(wider, &more),
            "its parameters have sizes [4, 4, 4, 1], the model's [5, 5, 5, 1]",
        ),
    ] {
        assert!(
            message.starts_with("cannot go on from the checkpoint after 500 epochs: ")
                && message.contains(part),
            "{message}"
        );
    }
}
