//! The curvature of a function, and the error that it leaves to the best spline of many pieces.

use crate::start::spread;

/// Cells of the first partition.
const FIRST: usize = 256;

/// How often a cell is halved at most: to a width of 1e-12 of the domain.
const DEPTH: usize = 32;

/// Of so many cells, none is halved any more: a feature that the first ones miss would take all time there is.
const MOST: usize = 1 << 16;

/// Of the integral, the error that a cell may have.
const TOLERANCE: f64 = 1e-7;

/// The density `|f''|^(2/5)` of the best knots for a function on an interval, by de Boor's equidistribution: pieces between
/// knots with the same share of it have the same squared error, `f''^2 h^5 / 720`.
///
/// ```
/// use shallow_splines::Curvature;
/// let square = Curvature::new(|_| 2.0, 0.0, 1.0); // of x^2
/// assert!((square.knots(4)[1] - 0.25).abs() < 1e-12);
/// assert!((square.asymptotic_rms(4) - 2.0 / 720_f64.sqrt() / 16.0).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Curvature {
    edges: Vec<f64>,
    /// The density's integral over each cell.
    mass: Vec<f64>,
}

impl Curvature {
    /// From the second derivative on an interval; where it is not finite, it counts as 0. The integral is taken on cells
    /// halved until halving changes them little, so that it may be infinite at some points, like `x^(-4/3)` at 0.
    ///
    /// # Panics
    ///
    /// When the interval is empty.
    pub fn new(second_derivative: impl Fn(f64) -> f64, low: f64, high: f64) -> Self {
        assert!(low < high, "no interval from {low} to {high}");
        let density = |x: f64| {
            let density = second_derivative(x).abs().powf(0.4);
            if density.is_finite() { density } else { 0.0 }
        };
        let at = |i: usize| low + (high - low) * i as f64 / FIRST as f64;
        let cells: Vec<(f64, f64, f64)> = (0..FIRST)
            .map(|i| (at(i), at(i + 1), rule(&density, at(i), at(i + 1))))
            .collect();
        let mut total = cells.iter().map(|cell| cell.2).sum::<f64>();
        let mut curvature = Self {
            edges: vec![low],
            mass: Vec::new(),
        };
        for (left, right, mass) in cells {
            curvature.refine(&density, left, right, mass, &mut total, DEPTH);
        }
        curvature
    }

    fn refine(
        &mut self,
        density: &impl Fn(f64) -> f64,
        left: f64,
        right: f64,
        mass: f64,
        total: &mut f64,
        depth: usize,
    ) {
        let middle = f64::midpoint(left, right);
        let halves = [rule(density, left, middle), rule(density, middle, right)];
        let change = halves[0] + halves[1] - mass;
        *total += change;
        let is_fine = change.abs() <= TOLERANCE * *total;
        if depth == 0 || is_fine || self.mass.len() >= MOST {
            self.edges.extend([middle, right]);
            self.mass.extend(halves);
        } else {
            self.refine(density, left, middle, halves[0], total, depth - 1);
            self.refine(density, middle, right, halves[1], total, depth - 1);
        }
    }

    /// The root mean square error, over the interval, that the best spline approaches as its pieces become many:
    /// `(integral |f''|^(2/5))^(5/2) / (sqrt(720) m^2 sqrt(b - a))`. Kinks and jumps, which have no curvature, are left out.
    pub fn asymptotic_rms(&self, n_pieces: usize) -> f64 {
        let integral: f64 = self.mass.iter().sum();
        let width = self.edges[self.edges.len() - 1] - self.edges[0];
        integral.powf(2.5) / (720.0 * width).sqrt() / (n_pieces as f64).powi(2)
    }

    /// Knots `[m + 1]` with the same share of the density between them, evenly where there is none.
    pub fn knots(&self, n_pieces: usize) -> Vec<f64> {
        let total: f64 = self.mass.iter().sum();
        // A little of it is even, so that knots do not meet.
        let width = self.edges[self.edges.len() - 1] - self.edges[0];
        let even = if total > 0.0 { 0.01 * total } else { 1.0 } / width;
        let cells = self.edges.windows(2).zip(&self.mass);
        let mass: Vec<f64> = cells
            .map(|(ends, mass)| mass + even * (ends[1] - ends[0]))
            .collect();
        spread(&self.edges, &mass, n_pieces)
    }
}

/// Gauss's rule of three points.
fn rule(density: &impl Fn(f64) -> f64, left: f64, right: f64) -> f64 {
    let (middle, half) = (f64::midpoint(left, right), 0.5 * (right - left));
    let step = half * 0.6_f64.sqrt();
    half * (5.0 * (density(middle - step) + density(middle + step)) + 8.0 * density(middle)) / 9.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrals_are_those_known() {
        // |f''|^(2/5) of x^(2/3) on [0, 1]: (2/9)^(2/5) x^(-8/15), whose integral is (2/9)^(2/5) 15/7.
        let root = Curvature::new(|x| -2.0 / 9.0 * x.powf(-4.0 / 3.0), 0.0, 1.0);
        let expected = ((2.0_f64 / 9.0).powf(0.4) * 15.0 / 7.0).powf(2.5) / 720_f64.sqrt() / 64.0;
        let ratio = root.asymptotic_rms(8) / expected;
        assert!((ratio - 1.0).abs() < 1e-4, "{ratio}"); // what is left in the last cell at 0
        // Of sin on [0, pi]: the integral of sin^(2/5) is sqrt(pi) Gamma(0.7) / Gamma(1.2).
        let sine = Curvature::new(f64::sin, 0.0, std::f64::consts::PI);
        let expected = 2.505_795_576_340_679_6_f64.powf(2.5);
        let ratio = sine.asymptotic_rms(1) * (720.0 * std::f64::consts::PI).sqrt() / expected;
        assert!((ratio - 1.0).abs() < 1e-6, "{ratio}");
    }

    /// The first cells see next to nothing of it.
    #[test]
    fn a_narrow_feature_takes_no_more_than_its_share() {
        let f = |x: f64| {
            let u = 1e10 * (x - 0.3) * (x - 0.3);
            2e10 * (2.0 * u - 1.0) * (-u).exp()
        };
        let narrow = Curvature::new(f, 0.0, 1.0);
        assert!(narrow.mass.len() < 2 * MOST);
        assert!(narrow.asymptotic_rms(8) > 0.0);
    }

    #[test]
    fn without_curvature_knots_are_even_and_the_error_nothing() {
        let line = Curvature::new(|_| 0.0, 0.0, 4.0);
        assert_eq!(line.asymptotic_rms(3), 0.0);
        assert_eq!(line.knots(4), [0.0, 1.0, 2.0, 3.0, 4.0]);
    }
}
