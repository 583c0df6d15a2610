//! How much noise moves a fitted spline: the variance of its values, and of its slopes and kinks.

use shallow_analytic::Moments;

use crate::{
    fit,
    network::BestNet,
    spline::Spline,
    stretch::{Samples, Stretch},
};

/// The variance of a spline's values, a quadratic on each of some pieces.
///
/// That of a fit of few pieces is to first order in the noise. There a knot that moves adds a jump, so knots and values together vary as
/// the pieces' lines do on their own: a value's variance is that of its piece's line. Where two neighbours are nearly one line, the place
/// of the kink between them is not known to first order, and nor is the variance beside it.
///
/// # Shapes
///
/// Knots `[m + 1]`, ascending; values `[m]`, three for each piece: at its left end, its middle and its right end.
#[derive(Debug, Clone, PartialEq)]
pub struct Variance {
    /// The ends of the pieces.
    pub knots: Vec<f64>,
    /// The variance there and in the middle between.
    pub values: Vec<[f64; 3]>,
    /// That of the noise in a sample of weight 1.
    pub noise: f64,
    /// The degrees of freedom that the noise was estimated with.
    pub degrees_left: f64,
}

/// What noise leaves open of a spline's pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct PieceErrors {
    /// The standard error of each slope `[m]`.
    pub slopes: Vec<f64>,
    /// The standard error of each kink's place `[m - 1]`.
    pub kinks: Vec<f64>,
}

impl Variance {
    /// The variance at x; beyond the ends, by the outer pieces.
    pub fn at(&self, x: f64) -> f64 {
        let last = self.values.len();
        let piece = self.knots[1..last].partition_point(|knot| *knot <= x);
        let (a, b) = (self.knots[piece], self.knots[piece + 1]);
        let share = (x - a) / (b - a);
        let [left, middle, right] = self.values[piece];
        // The quadratic through three points.
        let bend = 2.0 * (left - 2.0 * middle + right);
        let value = left + share * (right - left - bend) + share * share * bend;
        value.max(0.0)
    }

    /// Of a constant.
    pub(crate) fn of_constant(moments: &Moments, spline: &Spline, loss: f64) -> Option<Self> {
        let n = moments.total_weight();
        let noise = loss * n / (n - 1.0);
        let (first, last) = spline.ends();
        (n > 1.0 && first < last).then(|| Self {
            knots: vec![first, last],
            values: vec![[noise / n; 3]],
            noise,
            degrees_left: n - 1.0,
        })
    }

    /// Of the spline that is closest to samples, whose knots were found with its values, under the condition of the sides if there are
    /// some; none where a piece has too few samples, or all of them together.
    pub(crate) fn of_lines(
        moments: &Moments,
        spline: &Spline,
        sides: Option<&[bool]>,
        loss: f64,
    ) -> Option<(Self, PieceErrors)> {
        let n = moments.total_weight();
        let m = spline.n_pieces();
        let degrees_left = n - 2.0 * m as f64 + f64::from(u8::from(sides.is_some()));
        let noise = loss * n / degrees_left;
        let origin = moments.x_origin();
        let knots: Vec<f64> = spline.knots.iter().map(|knot| knot - origin).collect();
        let (_, stretches) = Samples::new(moments).stretches(&knots);
        let is_open = |stretch: &Stretch| stretch.n_distinct < 2 || stretch.xx <= 0.0;
        if degrees_left < 1.0 || stretches.iter().any(is_open) {
            return None;
        }
        // The slopes' variances, less what the condition of the sides leaves no freedom for.
        let shares = sides.map_or(vec![0.0; m], fit::shares);
        let pairs = || shares.iter().zip(&stretches);
        let miss: f64 = pairs().map(|(share, of)| share * share / of.xx).sum();
        let slope_variance = |(share, of): (&f64, &Stretch)| {
            let known = if miss > 0.0 {
                (share / of.xx).powi(2) / miss
            } else {
                0.0
            };
            noise * (1.0 / of.xx - known).max(0.0)
        };
        let slopes: Vec<f64> = pairs().map(slope_variance).collect();
        let at = |piece: usize, x: f64| {
            let of = &stretches[piece];
            noise / of.weight + (x - of.x).powi(2) * slopes[piece]
        };
        let values = (0..m).map(|piece| {
            let (a, b) = (knots[piece], knots[piece + 1]);
            [a, f64::midpoint(a, b), b].map(|x| at(piece, x))
        });
        let values = values.collect();
        let kink = |knot: usize| {
            let bend = spline.slope(knot) - spline.slope(knot - 1);
            let place = knots[knot];
            (at(knot - 1, place) + at(knot, place)).sqrt() / bend.abs()
        };
        let errors = PieceErrors {
            slopes: slopes.iter().map(|variance| variance.sqrt()).collect(),
            kinks: (1..m).map(kink).collect(),
        };
        let variance = Self {
            knots: spline.knots.clone(),
            values,
            noise,
            degrees_left,
        };
        Some((variance, errors))
    }
}

impl BestNet {
    /// As [`Spline::variance`], with what a network of one unit fewer than pieces cannot do.
    pub fn variance(&self, moments: &Moments) -> Option<(Variance, PieceErrors)> {
        let sides = self.sides();
        match self.spline.n_pieces() {
            0 => None,
            _ => Variance::of_lines(moments, &self.spline, sides.as_deref(), self.loss),
        }
    }

    /// For each inner knot whether its unit is active to the left, where the units there are make the first slope.
    fn sides(&self) -> Option<Vec<bool>> {
        let weights = &self.weights;
        let (first, last) = self.spline.ends();
        let units = weights.w1.iter().zip(&weights.b1).zip(&weights.w2);
        let bends = units.filter(|((w1, _), w2)| **w1 * **w2 != 0.0);
        let mut kinks: Vec<(f64, bool)> =
            bends.map(|((w1, b1), _)| (-b1 / w1, *w1 < 0.0)).collect();
        kinks.sort_by(|a, b| a.0.total_cmp(&b.0));
        let is_inside = |(kink, _): &(f64, bool)| first < *kink && *kink < last;
        let is_all = kinks.len() + 1 == self.spline.n_pieces() && kinks.iter().all(is_inside);
        is_all.then(|| kinks.into_iter().map(|(_, is_left)| is_left).collect())
    }
}

impl Spline {
    /// The variance of the values under noise of the size that its squared error shows, and what noise leaves open of slopes and kinks;
    /// none where samples are too few to say. With `is_constant` the spline is the samples' mean.
    pub fn variance(
        &self,
        moments: &Moments,
        is_constant: bool,
    ) -> Option<(Variance, PieceErrors)> {
        let loss = self.loss(moments);
        match is_constant {
            true => Variance::of_constant(moments, self, loss).map(|variance| {
                let slopes = vec![0.0];
                (
                    variance,
                    PieceErrors {
                        slopes,
                        kinks: Vec::new(),
                    },
                )
            }),
            false if self.n_pieces() == 0 => None,
            false => Variance::of_lines(moments, self, None, loss),
        }
    }

    /// Its mean squared error.
    fn loss(&self, moments: &Moments) -> f64 {
        let origin = moments.x_origin();
        let knots: Vec<f64> = self.knots.iter().map(|knot| knot - origin).collect();
        if knots.len() < 2 {
            return moments.scatter() / moments.total_weight();
        }
        let shift = moments.y_origin()[0];
        let values: Vec<f64> = self.values.iter().map(|value| value - shift).collect();
        let (_, stretches) = Samples::new(moments).stretches(&knots);
        let ends = knots.windows(2).zip(values.windows(2));
        let squares = stretches
            .iter()
            .zip(ends)
            .map(|(stretch, (knots, values))| stretch.squares_of(knots, values));
        (squares.sum::<f64>() + moments.scatter()) / moments.total_weight()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BestNets, Criterion, Smoother};

    /// Normal random numbers: sums of twelve uniform ones.
    struct Noise(u64);

    impl Noise {
        fn uniform(&mut self) -> f64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }

        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
        }
    }

    /// Over draws of noise, the share of places whose true value is within 1.96 standard errors.
    fn coverage(
        truth: fn(f64) -> f64,
        sd: f64,
        fit: impl Fn(&Moments) -> (Spline, Variance),
    ) -> f64 {
        let mut noise = Noise(5);
        let (mut inside, mut all) = (0, 0);
        for _ in 0..200 {
            let x: Vec<f64> = (0..200).map(|_| noise.uniform()).collect();
            let y: Vec<f64> = x.iter().map(|x| truth(*x) + sd * noise.normal()).collect();
            let (spline, variance) = fit(&Moments::new(&x, &y));
            for step in 1..100 {
                let at = f64::from(step) / 100.0;
                let off = (spline.predict(at) - truth(at)).abs();
                inside += i32::from(off <= 1.96 * variance.at(at).sqrt());
                all += 1;
            }
        }
        f64::from(inside) / f64::from(all)
    }

    #[test]
    fn of_smooth_curves_95_of_100_are_within_two_standard_errors() {
        let share = coverage(
            |x| (6.0 * x).sin(),
            0.3,
            |moments| {
                let smoother = Smoother::new(moments, 257);
                let smooth = smoother.chosen(Criterion::Gcv);
                let variance = smoother.variance(&smooth, &[]).unwrap();
                (smooth.spline, variance)
            },
        );
        assert!((0.93..0.97).contains(&share), "{share}");
    }

    #[test]
    fn of_few_pieces_95_of_100_are_within_two_standard_errors() {
        let truth = |x: f64| 2.0 * x - 4.0 * (x - 0.35).max(0.0) + 5.0 * (x - 0.7).max(0.0);
        let share = coverage(truth, 0.2, |moments| {
            let spline = BestNets::new(moments).with_least(7).of(3).spline;
            let (variance, _) = spline.variance(moments, false).unwrap();
            (spline, variance)
        });
        assert!((0.93..0.97).contains(&share), "{share}");
    }

    #[test]
    fn a_piece_that_a_network_holds_flat_has_no_error_of_slope() {
        let truth = |x: f64| (x - 0.4).max(0.0);
        let mut noise = Noise(3);
        let x: Vec<f64> = (0..200).map(|_| noise.uniform()).collect();
        let y: Vec<f64> = x
            .iter()
            .map(|x| truth(*x) + 0.05 * noise.normal())
            .collect();
        for x in [x.clone(), x.iter().map(|x| 1.0 - x).collect()] {
            let moments = Moments::new(&x, &y);
            let net = BestNets::new(&moments).with_least(7).of(1);
            let (variance, errors) = net.variance(&moments).unwrap();
            let least = errors.slopes.iter().copied().fold(f64::INFINITY, f64::min);
            assert!(least < 1e-9, "{errors:?}");
            // Kink, level and slope.
            assert_eq!(variance.degrees_left, 197.0);
        }
    }

    #[test]
    fn standard_errors_are_the_spread_over_draws() {
        let truth = |x: f64| 3.0 * x - 6.0 * (x - 0.4).max(0.0);
        let mut noise = Noise(9);
        let mut all: [Vec<f64>; 2] = Default::default();
        let mut told = [0.0; 2];
        for _ in 0..300 {
            let x: Vec<f64> = (0..150).map(|_| noise.uniform()).collect();
            let y: Vec<f64> = x.iter().map(|x| truth(*x) + 0.2 * noise.normal()).collect();
            let moments = Moments::new(&x, &y);
            let spline = Spline::best(&moments, 2, &[]).0;
            let (_, errors) = spline.variance(&moments, false).unwrap();
            all[0].push(spline.slope(1));
            all[1].push(spline.knots[1]);
            told[0] += errors.slopes[1] / 300.0;
            told[1] += errors.kinks[0] / 300.0;
        }
        for (values, told) in all.iter().zip(told) {
            let mean = values.iter().sum::<f64>() / 300.0;
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let spread = (squares / 299.0).sqrt();
            assert!((told / spread - 1.0).abs() < 0.15, "{told} {spread}");
        }
    }
}
