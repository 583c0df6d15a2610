//! A forward and a backward pass of the fused network, over sizes: `cargo bench -p shallow-kernels`.

use divan::{Bencher, black_box};
use shallow_kernels::{Activation, Float, Net, Neuron, NeuronSamples};

fn main() {
    divan::main();
}

/// Numbers from a linear congruence, evenly in [-1, 1].
fn numbers<T: Float>(n: usize, mut state: u64) -> Vec<T> {
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        T::from_f64((state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0)
    };
    (0..n).map(|_| next()).collect()
}

fn pass<T: Float>(bencher: Bencher, n: usize, d: usize, h: usize) {
    let (w1, b1, w2, b2) = (
        numbers(d * h, 1),
        numbers(h, 2),
        numbers(h, 3),
        numbers(1, 4),
    );
    let net = Net {
        w1: &w1,
        b1: &b1,
        w2: &w2,
        b2: &b2,
    };
    let (x, grad) = (numbers::<T>(n * d, 5), numbers::<T>(n, 6));
    bencher.bench(|| {
        let (y, saved) = net.forward_saving(&x);
        black_box(y);
        net.backward(&saved, &x, &grad, false)
    });
}

#[divan::bench(types = [f32, f64], consts = [32, 64, 256, 1024, 4096])]
fn one_input_10_000_samples<T: Float, const H: usize>(bencher: Bencher) {
    pass::<T>(bencher, 10_000, 1, H);
}

#[divan::bench(types = [f32, f64], consts = [1, 8, 32, 64, 128, 256, 1024])]
fn one_input_64_units<T: Float, const N: usize>(bencher: Bencher) {
    pass::<T>(bencher, N, 1, 64);
}

#[divan::bench(types = [f32, f64], consts = [32, 64, 128, 256, 1024])]
fn one_input_1024_units<T: Float, const N: usize>(bencher: Bencher) {
    pass::<T>(bencher, N, 1, 1024);
}

#[divan::bench(types = [f32, f64], consts = [2, 4, 8, 16, 32])]
fn one_input_few_units_1000_samples<T: Float, const H: usize>(bencher: Bencher) {
    pass::<T>(bencher, 1000, 1, H);
}

#[divan::bench(types = [f32, f64], consts = [2, 8, 32])]
fn inputs_10_000_samples_64_units<T: Float, const D: usize>(bencher: Bencher) {
    pass::<T>(bencher, 10_000, D, 64);
}

#[divan::bench(types = [f32, f64])]
fn neuron_1000_samples_3_features<T: Float>(bencher: Bencher) {
    let (weight, x, grad) = (
        numbers::<T>(3, 1),
        numbers::<T>(3000, 2),
        numbers::<T>(1000, 3),
    );
    let neuron = Neuron {
        weight: &weight,
        activation: Activation::Sigmoid,
    };
    bencher.bench(|| {
        let p = neuron.forward(&x);
        neuron.backward(&x, &p, &grad, false)
    });
}

#[divan::bench]
fn neuron_and_its_squared_errors(bencher: Bencher) {
    let (weight, x, y) = (numbers::<f64>(3, 1), numbers(3000, 2), numbers(1000, 3));
    let samples = NeuronSamples::new(&x, &y, 3, Activation::Sigmoid);
    bencher.bench(|| samples.squared_errors(&weight));
}
