//! NumPy's numbers, bit for bit: the legacy generator and `linspace`.

mod golden;

use golden::golden;
use shallow::data::{Draw, NumpyRng, linspace};

/// Equality of numbers would let -0.0 pass for 0.0.
fn assert_same_bits(ours: &[f64], name: &str) {
    let theirs = golden(name);
    assert_eq!(ours.len(), theirs.len());
    for (i, (a, b)) in ours.iter().zip(&theirs).enumerate() {
        assert_eq!(
            a.to_bits(),
            b.to_bits(),
            "{name}, value {i}: {a:e} against {b:e}"
        );
    }
}

const SEEDS: [u32; 4] = [0, 1, 42, u32::MAX];

#[test]
fn uniform_equals_numpy() {
    for seed in SEEDS {
        let mut rng = NumpyRng::new(seed);
        let ours: Vec<f64> = (0..2000).map(|_| rng.uniform(-1.0, 1.0)).collect();
        assert_same_bits(&ours, &format!("uniform_{seed}"));
    }
}

#[test]
fn normal_equals_numpy() {
    for seed in SEEDS {
        let mut rng = NumpyRng::new(seed);
        let ours: Vec<f64> = (0..2000).map(|_| rng.normal(0.0, 1.0)).collect();
        assert_same_bits(&ours, &format!("normal_{seed}"));
    }
}

#[test]
fn uniforms_between_odd_numbers_of_normals_leave_the_second_normal_waiting() {
    let mut rng = NumpyRng::new(42);
    let mut ours = Vec::new();
    for count in 1..60 {
        ours.extend((0..2 * count % 7 + 1).map(|_| rng.normal(3.0, 0.5)));
        ours.extend((0..count % 5).map(|_| rng.uniform(-2.0, 5.0)));
        ours.extend((0..count % 3).map(|_| rng.random_sample()));
    }
    assert_same_bits(&ours, "interleaved_42");
}

#[test]
fn linspace_equals_numpy() {
    let quarter = std::f64::consts::FRAC_PI_4;
    let ours = [
        linspace(-1.0, 1.0, 1000),
        linspace(0.0, quarter, 7),
        linspace(3.0, 5.0, 1),
    ];
    assert_same_bits(&ours.concat(), "linspace");
}
