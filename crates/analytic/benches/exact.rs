//! Micro-benchmarks: preparing the exact engine, a step of it, a precise loss, and a step of hand-written backprop.

use divan::{Bencher, counter::ItemsCount};
use shallow_analytic::{
    ExactGradient, Moments, MomentsBuilder, Reduction, ReluWeights, backprop,
    descent::{Descent, Optimizer},
};

fn main() {
    divan::main();
}

/// Numbers between 0 and 1, evenly spread, in no order.
fn uniform(i: usize) -> f64 {
    (i as f64 * 0.754_877_666_246_692_7).fract()
}

fn samples(n: usize) -> (Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..n).map(|i| 2.0 * uniform(i) - 1.0).collect();
    let y = x.iter().map(|x| (3.0 * x).sin()).collect();
    (x, y)
}

fn net(h: usize) -> ReluWeights {
    let mut weights = ReluWeights::zeros(1, h, 1);
    let values = weights.blocks_mut().into_iter().flatten().enumerate();
    values.for_each(|(i, value)| *value = 4.0 * uniform(i * i) - 2.0);
    weights
}

#[divan::bench(args = [10_000, 1_000_000], sample_count = 10)]
fn sort_samples_and_sum_moments(bencher: Bencher, n: usize) {
    let (x, y) = samples(n);
    bencher
        .counter(ItemsCount::new(n))
        .bench(|| Moments::new(&x, &y));
}

#[divan::bench(args = [10_000, 1_000_000], sample_count = 10)]
fn reduce_a_stream_to_4096_cells(bencher: Bencher, n: usize) {
    let (x, y) = samples(n);
    bencher.counter(ItemsCount::new(n)).bench(|| {
        let mut builder = MomentsBuilder::new(1, 4096);
        builder.push(&x, &y);
        builder.finish()
    });
}

/// From the same weights again and again: no kink moves.
#[divan::bench(args = [16, 64, 256, 1024])]
fn loss_and_gradient_of_kinks_at_rest(bencher: Bencher, h: usize) {
    let (x, y) = samples(10_000);
    let moments = Moments::new(&x, &y);
    let (mut engine, weights) = (ExactGradient::new(&moments, h), net(h));
    let mut gradient = weights.clone();
    bencher.bench_local(|| engine.loss_and_gradient(&weights, Reduction::Mean, &mut gradient));
}

#[divan::bench(args = [16, 64, 256, 1024])]
fn precise_loss(bencher: Bencher, h: usize) {
    let (x, y) = samples(10_000);
    let moments = Moments::new(&x, &y);
    let (mut engine, weights) = (ExactGradient::new(&moments, h), net(h));
    bencher.bench_local(|| engine.precise_loss(&weights, Reduction::Mean));
}

#[divan::bench(args = [Optimizer::GradientDescent, Optimizer::MOMENTUM, Optimizer::ADAM])]
fn step_of_64_units(bencher: Bencher, optimizer: Optimizer) {
    let (x, y) = samples(10_000);
    let moments = Moments::new(&x, &y);
    let (mut engine, mut weights) = (ExactGradient::new(&moments, 64), net(64));
    let mut gradient = weights.clone();
    let mut descent = Descent::new(optimizer, 1e-4, 0.0);
    bencher.bench_local(|| {
        let loss = engine.loss_and_gradient(&weights, Reduction::Mean, &mut gradient);
        descent.step(weights.blocks_mut().into_iter().zip(gradient.blocks()));
        loss
    });
}

#[divan::bench(args = [16, 64, 256], sample_count = 10)]
fn backprop_of_10_000_samples(bencher: Bencher, h: usize) {
    let (x, y) = samples(10_000);
    let weights = net(h);
    bencher.bench(|| backprop::gradient(&weights, &x, &y));
}
