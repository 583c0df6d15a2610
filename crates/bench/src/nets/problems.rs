//! Random functions with narrow features: spikes, bells, steps and ramps on a smooth curve, with noise or without.

use std::f64::consts::TAU;

/// Uniform numbers (splitmix64).
pub(super) struct Uniform(u64);

impl Uniform {
    pub(super) fn new(seed: u64, n: usize, draw: u64) -> Self {
        Self(
            seed.wrapping_mul(1_000_003)
                .wrapping_add(7919 * draw)
                .wrapping_add(n as u64),
        )
    }

    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() * n as f64) as usize
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }

    /// Between two numbers, their logarithms uniform.
    fn scale(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.next()).ln()).sqrt() * (TAU * self.next()).cos()
    }
}

/// Samples of a random function.
pub(super) struct Problem {
    /// Ascending, in [-1, 1].
    pub(super) x: Vec<f64>,
    pub(super) y: Vec<f64>,
    /// Where its features are.
    features: Vec<f64>,
}

impl Problem {
    pub(super) fn draw(uniform: &mut Uniform, n: usize) -> Self {
        let is_even = uniform.next() < 0.5;
        let mut x: Vec<f64> = (0..n)
            .map(|i| match is_even {
                true => -1.0 + 2.0 * i as f64 / (n - 1) as f64,
                false => uniform.between(-1.0, 1.0),
            })
            .collect();
        x.sort_by(f64::total_cmp);
        x.dedup();
        let (a, b) = (uniform.scale(0.3, 6.0), uniform.between(-1.0, 1.0));
        let base: &dyn Fn(f64) -> f64 = match uniform.below(6) {
            0 => &|_| 0.0,
            1 => &f64::exp,
            2 => &|x| (a * x + b).sin(),
            3 => &|x| a * x * x,
            4 => &|x| (a * (x - b)).tanh(),
            _ => &|x| b * x,
        };
        let mut y: Vec<f64> = x.iter().map(|x| base(*x)).collect();
        let mut features = Vec::new();
        for _ in 0..1 + uniform.below(3) {
            let (at, width) = (
                uniform.between(-1.0, 1.0),
                uniform.scale(3.0 / n as f64, 0.3),
            );
            let sign = if uniform.next() < 0.5 { -1.0 } else { 1.0 };
            let height = sign * uniform.scale(0.1, 5.0);
            let shape: fn(f64) -> f64 = match uniform.below(4) {
                0 => |t| (1.0 - t.abs()).max(0.0),
                1 => |t| (-t * t).exp(),
                2 => |t| f64::from(t > 0.0),
                _ => |t| t.clamp(0.0, 1.0),
            };
            for (x, y) in x.iter().zip(&mut y) {
                *y += height * shape((x - at) / width);
            }
            features.extend([at - width, at, at + width]);
        }
        if uniform.below(3) == 0 {
            let noise = uniform.scale(1e-3, 0.3);
            y.iter_mut().for_each(|y| *y += noise * uniform.normal());
        }
        Self { x, y, features }
    }

    /// The numbers of the samples at which the exact search may put knots: all where they are few, else some evenly and some
    /// around the features.
    pub(super) fn places(&self) -> Vec<usize> {
        let n = self.x.len();
        if n <= 200 {
            return (0..n).collect();
        }
        let mut places: Vec<usize> = (0..60).map(|i| i * (n - 1) / 59).collect();
        for feature in &self.features {
            let at = self.x.partition_point(|x| x < feature) as isize;
            let around = [0, 1, 2, 3, 5, 10, 30, 50, 100, 300];
            let around = around.iter().flat_map(|step| [at - step, at + step]);
            places.extend(
                around
                    .filter_map(|at| usize::try_from(at).ok())
                    .filter(|at| *at < n),
            );
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}
