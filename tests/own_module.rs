//! Modules of a user's own: `forward` is all they need; losses, optimizers, batches, checkpoints and wrong shapes.

use std::ops::ControlFlow;

use shallow::burn::{
    self,
    module::{Module, Param},
    nn::Linear,
    optim::AdamConfig,
    tensor::{Tensor, TensorData},
};
use shallow::{
    Device,
    data::{Dataset, Draw, SeededRng},
    model::Regressor,
    train::{
        Engine, FitConfig, Optimizer, Training, fit, gradient, mean_absolute_error,
        mean_squared_error,
    },
};

/// Two inputs, one hidden layer of tanh.
#[derive(Module, Debug)]
struct Net {
    hidden: Linear,
    output: Linear,
}

impl Net {
    fn new(n_inputs: usize, n_outputs: usize, device: &Device) -> Self {
        let mut rng = SeededRng::new(3);
        let mut layer = |inputs: usize, outputs: usize| {
            let end = 1.0 / (inputs as f64).sqrt();
            let mut draw =
                |n: usize| -> Vec<f64> { (0..n).map(|_| rng.uniform(-end, end)).collect() };
            let weight = TensorData::new(draw(inputs * outputs), [inputs, outputs]);
            let bias = TensorData::new(draw(outputs), [outputs]);
            let place = (device, burn::tensor::DType::F32);
            Linear {
                weight: Param::from_tensor(Tensor::from_data(weight, place)),
                bias: Some(Param::from_tensor(Tensor::from_data(bias, place))),
            }
        };
        Self {
            hidden: layer(n_inputs, 16),
            output: layer(16, n_outputs),
        }
    }

    fn values(&self) -> Vec<f32> {
        let tensors = [self.hidden.weight.val(), self.output.weight.val()];
        let values = tensors.map(|tensor| tensor.into_data().iter::<f32>().collect::<Vec<_>>());
        values.concat()
    }
}

impl Regressor for Net {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.output.forward(self.hidden.forward(x).tanh())
    }
}

fn device() -> Device {
    shallow::devices().unwrap().pop().unwrap().1
}

fn data(n: usize) -> Dataset {
    let mut rng = SeededRng::new(9);
    let x: Vec<f64> = (0..2 * n).map(|_| rng.uniform(-1.0, 1.0)).collect();
    let y = x.chunks(2).map(|x| x[0] * x[1] + 0.5 * x[0]).collect();
    Dataset::new(x, y, n).unwrap()
}

fn config(epochs: usize) -> FitConfig {
    FitConfig {
        epochs,
        learning_rate: 0.05,
        ..Default::default()
    }
}

fn squared(prediction: Tensor<2>, y: Tensor<2>) -> Tensor<1> {
    let error = prediction - y;
    (error.clone() * error).mean()
}

#[test]
fn forward_is_all_that_a_module_needs() {
    let data = data(300);
    let found = fit(Net::new(2, 1, &device()), &data, &config(400)).unwrap();
    assert_eq!(found.engine, Engine::Autodiff);
    assert!(
        found.losses[399] < 0.3 * found.losses[0],
        "{:?}",
        found.losses
    );
    let after = mean_squared_error(&found.model, &data).unwrap();
    assert!(after <= found.losses[399] * 1.001);
}

/// The gradient of the loss by central differences in f32: a step of 1e-2 leaves a truncation of 1e-4 and a rounding of 1e-5.
#[test]
fn a_modules_gradient_has_two_witnesses() {
    let (data, net) = (data(40), Net::new(2, 1, &device()));
    let (_, of_weights) = gradient(&net, &data, Default::default()).unwrap();
    let by_autodiff: Vec<f64> = of_weights.output.weight.val().into_data().iter().collect();
    let loss_with = |unit: usize, step: f64| {
        let mut moved = net.clone();
        let one_hot: Vec<f64> = (0..16)
            .map(|j| if j == unit { step } else { 0.0 })
            .collect();
        moved.output.weight = moved.output.weight.map(|weight| {
            let place = (&weight.device(), weight.dtype());
            let change = TensorData::new(one_hot.clone(), [16, 1]);
            weight + Tensor::from_data(change, place)
        });
        mean_squared_error(&moved, &data).unwrap()
    };
    for (unit, autodiff) in by_autodiff.into_iter().enumerate() {
        let difference = (loss_with(unit, 1e-2) - loss_with(unit, -1e-2)) / 2e-2;
        assert!(
            (autodiff - difference).abs() < 3e-4,
            "{unit}: {autodiff} {difference}"
        );
    }
}

#[test]
fn a_loss_of_ones_own_is_the_one_that_falls() {
    let (data, net) = (data(200), Net::new(2, 1, &device()));
    let own = Training::new(&config(50)).loss(squared);
    let own = own.fit(net.clone(), &data).unwrap();
    let ours = fit(net.clone(), &data, &config(50)).unwrap();
    for (a, b) in own.losses.iter().zip(&ours.losses) {
        assert!((a / b - 1.0).abs() < 1e-4, "{a} {b}"); // the same sums in f32, in another order
    }
    let absolute = Training::new(&config(300)).loss(|p, y| (p - y).abs().mean());
    let absolute = absolute.fit(net.clone(), &data).unwrap();
    let error = mean_absolute_error(&absolute.previous, &data).unwrap();
    assert!((absolute.losses[299] / error - 1.0).abs() < 1e-4); // a sum in f32 beside one in f64
    assert!(absolute.losses[299] < absolute.losses[0]);
}

/// Burn keeps Adam's betas in f32, and its epsilon elsewhere: 1e-3 after 50 steps.
#[test]
fn burns_adam_descends_as_ours() {
    let (data, net) = (data(200), Net::new(2, 1, &device()));
    let adam = FitConfig {
        optimizer: Optimizer::ADAM,
        learning_rate: 0.01,
        ..config(50)
    };
    let ours = fit(net.clone(), &data, &adam).unwrap();
    let burns = AdamConfig::new().with_epsilon(1e-8).init();
    let burns = Training::new(&adam).optimizer(burns, |_| 0.01);
    let burns = burns.fit(net.clone(), &data).unwrap();
    for (a, b) in ours.losses.iter().zip(&burns.losses) {
        assert!((a / b - 1.0).abs() < 1e-3, "{a} {b}");
    }
}

#[test]
fn batches_repeat_by_their_seed_and_one_of_all_rows_is_the_full_batch() {
    let (data, net) = (data(100), Net::new(2, 1, &device()));
    let run = |rows, seed| {
        let training = Training::new(&config(20)).batch_size(rows, seed);
        training.fit(net.clone(), &data).unwrap()
    };
    assert_eq!(run(32, 1).losses, run(32, 1).losses);
    assert_ne!(run(32, 1).losses, run(32, 2).losses);
    let full = fit(net.clone(), &data, &config(20)).unwrap();
    let one = run(100, 5);
    assert_eq!(
        (one.losses, one.model.values()),
        (full.losses, full.model.values())
    );
    // Four updates an epoch go further than one.
    assert!(run(32, 1).losses[19] < run(100, 1).losses[19]);
}

#[test]
fn a_fit_of_a_users_module_goes_on_to_the_same_bits() {
    let (data, net) = (data(100), Net::new(2, 1, &device()));
    for optimizer in [
        Optimizer::GradientDescent,
        Optimizer::MOMENTUM,
        Optimizer::ADAM,
    ] {
        let until = |epochs| FitConfig {
            optimizer,
            learning_rate: 0.01,
            ..config(epochs)
        };
        let whole = fit(net.clone(), &data, &until(30)).unwrap();
        let part = fit(net.clone(), &data, &until(12)).unwrap();
        let rest = Training::new(&until(30)).resume(Some(&part.checkpoint));
        let rest = rest.fit(net.clone(), &data).unwrap();
        assert_eq!(whole.checkpoint, rest.checkpoint, "{optimizer:?}");
        assert_eq!(whole.losses[12..], rest.losses);
    }
}

#[test]
fn what_does_not_go_together_is_said_in_a_sentence() {
    let (data, device) = (data(50), device());
    let net = || Net::new(2, 1, &device);
    let message = |result: Result<shallow::train::Fit<Net>, shallow::train::FitError>| {
        let message = result.unwrap_err().to_string();
        assert!(
            !message.contains('\n') && !message.contains("--"),
            "{message}"
        );
        message
    };
    let with = |engine| FitConfig {
        engine,
        ..config(5)
    };
    let lm = FitConfig {
        optimizer: Optimizer::LevenbergMarquardt,
        ..config(5)
    };
    let checkpoint = fit(net(), &data, &config(3)).unwrap().checkpoint;
    let adam = || AdamConfig::new().init();
    for (result, part) in [
        (
            fit(net(), &data, &with(Engine::Exact)),
            "and this is another module",
        ),
        (
            fit(net(), &data, &with(Engine::Backprop)),
            "the backprop engine knows only",
        ),
        (
            fit(net(), &data, &lm),
            "the optimizer lm needs the exact engine",
        ),
        (
            fit(Net::new(3, 1, &device), &data, &config(5)),
            "the model fails on a row of 2 inputs",
        ),
        (
            fit(Net::new(2, 4, &device), &data, &config(5)),
            "the model gives 4 outputs, and the samples have 1",
        ),
        (
            Training::new(&config(5)).batch_size(0, 1).fit(net(), &data),
            "batch size must be at least 1",
        ),
        (
            Training::new(&config(5))
                .loss(|p, y| (p - y).reshape([-1]).repeat_dim(0, 3))
                .fit(net(), &data),
            "the loss must be one number, and is 3",
        ),
        (
            Training::new(&with(Engine::Exact))
                .batch_size(5, 1)
                .fit(net(), &data),
            "a batch size needs the engine autodiff",
        ),
        (
            Training::new(&config(5))
                .optimizer(adam(), |_| 0.1)
                .resume(Some(&checkpoint))
                .fit(net(), &data),
            "a fit with an optimizer of Burn's cannot be resumed",
        ),
        (
            Training::new(&config(3))
                .resume(Some(&checkpoint))
                .fit(net(), &data),
            "3 were asked for; ask for more",
        ),
    ] {
        let message = message(result);
        assert!(message.contains(part), "{part} in {message}");
    }
    let seen = std::cell::Cell::new(0);
    let stopped = Training::new(&config(100))
        .observer(|_| {
            seen.set(seen.get() + 1);
            ControlFlow::Break(())
        })
        .fit(net(), &data)
        .unwrap();
    assert_eq!((seen.get(), stopped.losses.len()), (1, 1));
}
