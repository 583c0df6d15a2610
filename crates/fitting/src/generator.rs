//! The generator of all that a plan draws.

use shallow_data::{Draw, NumpyRng, SeededRng};

use crate::{plan::Plan, request::RngName};

/// Either generator.
pub enum Generator {
    /// NumPy's numbers.
    Numpy(Box<NumpyRng>),
    /// rand's.
    Rand(SeededRng),
}

impl Generator {
    /// A plan's, before its first number.
    pub fn new(plan: &Plan) -> Self {
        match plan.rng {
            RngName::Numpy => Self::Numpy(Box::new(NumpyRng::new(plan.seed as u32))),
            RngName::Rand => Self::Rand(SeededRng::new(plan.seed)),
        }
    }
}

impl Draw for Generator {
    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        match self {
            Self::Numpy(rng) => rng.uniform(low, high),
            Self::Rand(rng) => rng.uniform(low, high),
        }
    }

    fn normal(&mut self, mean: f64, standard_deviation: f64) -> f64 {
        match self {
            Self::Numpy(rng) => rng.normal(mean, standard_deviation),
            Self::Rand(rng) => rng.normal(mean, standard_deviation),
        }
    }
}

/// Rows drawn without repetition.
pub(crate) struct Rows<'a> {
    rest: Vec<u32>,
    draw: &'a mut Generator,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(n: usize, draw: &'a mut Generator) -> Self {
        Self {
            rest: (0..n as u32).collect(),
            draw,
        }
    }

    /// `n` of the rows that are left, in their order in the file.
    pub(crate) fn take(&mut self, n: usize) -> Vec<u32> {
        let total = self.rest.len();
        if n == total {
            let mut all = std::mem::take(&mut self.rest);
            all.sort_unstable();
            return all;
        }
        // The end of the list, shuffled as by Fisher and Yates.
        for end in (total - n..total).rev() {
            let other = self.draw.uniform(0.0, (end + 1) as f64) as usize;
            self.rest.swap(end, other.min(end));
        }
        let mut taken = self.rest.split_off(total - n);
        taken.sort_unstable();
        taken
    }
}
