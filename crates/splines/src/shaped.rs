//! Splines that have a shape: penalised ones, and the best of few pieces.

use std::borrow::Cow;

use shallow_analytic::Moments;

use crate::{
    network::{BestNet, BestNets},
    quadratic::{Condition, Solution, dot, least},
    shape::Shape,
    smooth::{Criterion, Smooth, Smoother},
    spline::Spline,
    stretch::Samples,
};

/// Splines that are tried for one of few pieces, at most.
const MOST_TRIED: usize = 1500;

/// A round that lowers the error by less of it is the last.
const LITTLE: f64 = 1e-5;

/// Where samples leave values open, what is added to a squared bend, where the samples add 1.
const OPEN: f64 = 1e-13;

/// Knots of the smooth spline that few pieces may be a part of.
const KNOTS: usize = 65;

impl Smoother<'_> {
    /// The spline of a penalty that has a shape: of all such splines with these knots the one with the least penalised error. Its
    /// degrees of freedom are those of the splines that touch the limits of the shape where it does. None where no spline with these
    /// knots passes through the points, which should be knots. Time `O(h^3)`.
    ///
    /// # Source
    ///
    /// M. Meyer and M. Woodroofe, On the degrees of freedom in shape-restricted regression, Ann. Stat. 28 (2000).
    pub fn with_shape(&self, penalty: f64, shape: &Shape) -> Option<Smooth> {
        let shaped = self.values(penalty, shape)?;
        Some(Smooth {
            spline: Spline::from_origin(self.moments, &self.knots, &shaped.values),
            loss: shaped.loss,
            penalty,
            degrees_of_freedom: shaped.degrees_of_freedom,
            criteria: [
                self.gcv(shaped.loss, shaped.degrees_of_freedom),
                f64::INFINITY,
            ],
        })
    }

    /// The spline with a shape and a penalty that a criterion chooses: as without the shape, but by generalised cross-validation among
    /// splines that pass through the points. The limits of a shape smooth by themselves, and a criterion that knows of them takes
    /// penalties that are too small: over 25 draws of each of three curves the root mean square distance from the curve was up to a
    /// ninth larger.
    pub fn chosen_with_shape(&self, criterion: Criterion, shape: &Shape) -> Option<Smooth> {
        let penalty = if criterion == Criterion::Gcv && !shape.through.is_empty() {
            let points = Shape::through(&shape.through);
            let chosen = self.search(|penalty| {
                let smooth = self.with_shape(penalty, &points)?;
                Some((smooth.criteria[0], smooth))
            });
            chosen?.penalty
        } else {
            self.chosen(criterion).penalty
        };
        self.with_shape(penalty, shape)
    }

    /// What is solved for.
    ///
    /// Unknown are the level at the first knot and the slope there of what differs from the straight line, and the bends, each in the
    /// unit that its penalty is counted in: so the penalty is diagonal, however large it is.
    fn programme(&self, penalty: f64) -> Programme {
        let knots = &self.knots;
        let h = knots.len();
        let n = self.moments.total_weight();
        let width = knots[h - 1] - knots[0];
        let place = |at: usize| (knots[at] - knots[0]) / width;
        let unit = |at: usize| (0.5 * (place(at + 1) - place(at - 1)) / n).sqrt();
        let mut columns: Vec<Vec<f64>> = vec![vec![1.0; h], (0..h).map(place).collect()];
        columns.extend((1..h - 1).map(|bend| {
            let of = |at: usize| unit(bend) * (place(at) - place(bend)).max(0.0);
            (0..h).map(of).collect()
        }));
        let mut hessian = vec![0.0; h * h];
        for (i, column) in columns.iter().enumerate() {
            let product = self.gram.times(column);
            for (j, other) in columns[..=i].iter().enumerate() {
                let value = dot(&product, other);
                (hessian[i * h + j], hessian[j * h + i]) = (value, value);
            }
        }
        let open = OPEN * (0..h).map(|i| hessian[i * h + i]).fold(0.0, f64::max);
        let mut added = vec![0.0; h];
        for i in 2..h {
            added[i] = penalty.max(OPEN * hessian[i * h + i]).max(open);
            hessian[i * h + i] += added[i];
        }
        // Unknowns of the same weight.
        let sizes: Vec<f64> = (0..h).map(|i| hessian[i * h + i].sqrt()).collect();
        for i in 0..h {
            for j in 0..h {
                hessian[i * h + j] /= sizes[i] * sizes[j];
            }
            added[i] /= sizes[i] * sizes[i];
            columns[i].iter_mut().for_each(|value| *value /= sizes[i]);
        }
        let right = columns.iter().map(|column| dot(column, &self.right));
        Programme {
            right: right.collect(),
            columns,
            hessian,
            added,
        }
    }

    fn values(&self, penalty: f64, shape: &Shape) -> Option<Shaped> {
        let programme = self.programme(penalty);
        let solution = programme.solved(&self.conditions(&programme.columns, shape))?;
        let mut values = programme.at_knots(&solution.point);
        for (value, line) in values.iter_mut().zip(&self.line) {
            *value += line;
        }
        self.clean(&mut values, shape);
        let loss = self.loss_of(&values);
        // The trace of the inverse on the free directions with what samples add: all that there is, less what the penalty adds.
        let h = values.len();
        let squares = |column: &[f64]| -> f64 {
            let terms = column.iter().zip(&programme.added);
            terms.map(|(value, added)| added * value * value).sum()
        };
        let penalised: f64 = solution.free.chunks(h).map(squares).sum();
        let n_free = solution.free.len() / h;
        loss.is_finite().then_some(Shaped {
            values,
            loss,
            degrees_of_freedom: n_free as f64 - penalised,
        })
    }

    /// The variance of the values on each piece, at its ends and in its middle, for noise of variance 1, where the spline passes through
    /// points.
    pub(crate) fn spread(&self, penalty: f64, points: &[(f64, f64)]) -> Option<Vec<[f64; 3]>> {
        let shape = Shape::through(points);
        let programme = self.programme(penalty);
        let solution = programme.solved(&self.conditions(&programme.columns, &shape))?;
        let h = self.knots.len();
        let mut spread = vec![[0.0; 3]; h - 1];
        for free in solution.free.chunks(h) {
            let values = programme.at_knots(free);
            for (sums, two) in spread.iter_mut().zip(values.windows(2)) {
                let places = [two[0], 0.5 * (two[0] + two[1]), two[1]];
                for (sum, value) in sums.iter_mut().zip(places) {
                    *sum += value * value;
                }
            }
        }
        Some(spread)
    }

    /// What a shape means for the unknowns.
    fn conditions(&self, columns: &[Vec<f64>], shape: &Shape) -> Vec<Condition> {
        let (knots, line) = (&self.knots, &self.line);
        let h = knots.len();
        let mut conditions = Vec::new();
        // A weighted sum of values at knots, and the least that it is.
        let mut add = |of: &[(usize, f64)], least: f64, is_exact: bool| {
            let at = |values: &[f64]| of.iter().map(|(at, weight)| weight * values[*at]).sum();
            let row: Vec<f64> = columns.iter().map(|column| at(column)).collect();
            let size = row.iter().map(|value| value * value).sum::<f64>().sqrt();
            let known: f64 = at(line);
            conditions.push(Condition {
                row: row.iter().map(|value| value / size).collect(),
                least: (least - known) / size,
                is_exact,
            });
        };
        for (x, y) in &shape.through {
            let (x, y) = (x - self.moments.x_origin(), y - self.moments.y_origin()[0]);
            let piece = knots[1..h - 1].partition_point(|knot| *knot <= x);
            let share = (x - knots[piece]) / (knots[piece + 1] - knots[piece]);
            add(&[(piece, 1.0 - share), (piece + 1, share)], y, true);
        }
        let (low, high) = shape.slopes;
        for piece in 0..h - 1 {
            let gap = knots[piece + 1] - knots[piece];
            if low.is_finite() {
                add(&[(piece, -1.0), (piece + 1, 1.0)], low * gap, false);
            }
            if high.is_finite() {
                add(&[(piece, 1.0), (piece + 1, -1.0)], -high * gap, false);
            }
        }
        for bend in 1..h - 1 {
            let [left, right] = [bend - 1, bend].map(|at| 1.0 / (knots[at + 1] - knots[at]));
            let bends = [left, -left - right, right];
            let of = |sign: f64| [0, 1, 2].map(|at| (bend - 1 + at, sign * bends[at]));
            match (shape.is_convex, shape.is_concave) {
                (true, true) => add(&of(1.0), 0.0, true),
                (true, false) => add(&of(1.0), 0.0, false),
                (false, true) => add(&of(-1.0), 0.0, false),
                (false, false) => {}
            }
        }
        conditions
    }

    /// The shape to the last digit, where rounding left it.
    fn clean(&self, values: &mut [f64], shape: &Shape) {
        let knots = &self.knots;
        let gaps: Vec<f64> = knots.windows(2).map(|two| two[1] - two[0]).collect();
        let pieces = values.windows(2).zip(&gaps);
        let mut slopes: Vec<f64> = pieces.map(|(two, gap)| (two[1] - two[0]) / gap).collect();
        shape.clean(&mut slopes);
        // From a point that is known, if it is a knot.
        let [x_origin, y_origin] = [self.moments.x_origin(), self.moments.y_origin()[0]];
        let known = shape.through.iter().find_map(|(x, y)| {
            let at = knots.iter().position(|knot| *knot == x - x_origin)?;
            Some((at, y - y_origin))
        });
        let (from, value) = known.unwrap_or((0, values[0]));
        values[from] = value;
        for piece in from..gaps.len() {
            values[piece + 1] = values[piece] + slopes[piece] * gaps[piece];
        }
        for piece in (0..from).rev() {
            values[piece] = values[piece + 1] - slopes[piece] * gaps[piece];
        }
    }
}

/// A penalised least-squares problem in unknowns of the same weight.
struct Programme {
    /// The unknowns' values at the knots, by columns.
    columns: Vec<Vec<f64>>,
    /// By rows.
    hessian: Vec<f64>,
    right: Vec<f64>,
    /// What of the diagonal is the penalty's.
    added: Vec<f64>,
}

impl Programme {
    fn solved(&self, conditions: &[Condition]) -> Option<Solution> {
        least(&self.hessian, &self.right, conditions)
    }

    /// The values at the knots of unknowns.
    fn at_knots(&self, unknowns: &[f64]) -> Vec<f64> {
        let mut values = vec![0.0; unknowns.len()];
        for (column, times) in self.columns.iter().zip(unknowns) {
            for (value, of) in values.iter_mut().zip(column) {
                *value += times * of;
            }
        }
        values
    }
}

/// A spline with a shape, from the moments' origins.
struct Shaped {
    values: Vec<f64>,
    loss: f64,
    degrees_of_freedom: f64,
}

impl BestNets<'_> {
    /// The network of at most so many pieces, and as many units, that has a shape and the least squared error of those found. For its
    /// knots it is the best; these are moved one after the other from the best of some starts: the knots without the shape, evenly
    /// ranked ones, those that follow a smooth curve that has the shape, and the points to pass through. None where from none of these
    /// a network passes through the points.
    ///
    /// # Panics
    ///
    /// Without pieces, and with fewer than two distinct inputs.
    pub fn shaped(&self, n_pieces: usize, shape: &Shape) -> Option<BestNet> {
        assert!(n_pieces > 0, "a spline has at least one piece");
        let shape = match self.is_mirrored {
            true => Cow::Owned(shape.mirrored()),
            false => Cow::Borrowed(shape),
        };
        let search = Search {
            nets: self,
            samples: Samples::new(&self.moments),
            shape: &shape,
            ends: ends(&self.moments, &shape),
        };
        let n_pieces = n_pieces.min(self.most_pieces().max(1));
        let starts = search.starts(n_pieces);
        let fitted = starts.into_iter().filter_map(|knots| search.fitted(knots));
        let start = fitted.min_by(|a, b| a.2.total_cmp(&b.2))?;
        let (knots, values, loss) = search.moved(start);
        let spline = Spline::from_origin(&self.moments, &knots, &values);
        let net = BestNet {
            weights: spline.to_weights(spline.n_pieces().max(1)),
            spline,
            loss,
            bound: loss,
        };
        Some(match self.is_mirrored {
            true => net.mirrored(),
            false => net,
        })
    }
}

/// The ends of the data, or points to pass through beyond them, from the moments' origin.
fn ends(moments: &Moments, shape: &Shape) -> [f64; 2] {
    let samples = Samples::new(moments);
    let [mut first, mut last] = [0, samples.n_distinct() - 1].map(|at| samples.x(at));
    for (x, _) in &shape.through {
        first = first.min(x - moments.x_origin());
        last = last.max(x - moments.x_origin());
    }
    [first, last]
}

/// Knots, the values there, the mean squared error.
type Fitted = (Vec<f64>, Vec<f64>, f64);

/// A search for the best knots.
struct Search<'a> {
    nets: &'a BestNets<'a>,
    samples: Samples<'a>,
    shape: &'a Shape,
    ends: [f64; 2],
}

impl Search<'_> {
    fn fitted(&self, knots: Vec<f64>) -> Option<Fitted> {
        let smoother = Smoother::at(&self.nets.moments, knots);
        let Shaped { values, loss, .. } = smoother.values(0.0, self.shape)?;
        Some((smoother.knots, values, loss))
    }

    fn starts(&self, n_pieces: usize) -> Vec<Vec<f64>> {
        let moments = &*self.nets.moments;
        let origin = moments.x_origin();
        let [first, last] = self.ends;
        let inner = |spline: &Spline| -> Vec<f64> {
            let inner = spline.knots.get(1..spline.n_pieces()).unwrap_or_default();
            inner.iter().map(|knot| knot - origin).collect()
        };
        let free = self.nets.knots(n_pieces);
        let n = self.samples.n_distinct();
        let even = (1..n_pieces).map(|knot| self.samples.x(knot * (n - 1) / n_pieces));
        let mut starts = vec![free, even.collect()];
        let smoother = Smoother::with_knots_at(moments, KNOTS, &self.shape.xs());
        let smooth = smoother.chosen_with_shape(Criterion::Reml, self.shape);
        if let Some(smooth) = smooth {
            let curve = smoother.curve(&smooth);
            let nets = BestNets::new(&curve).with_least(self.nets.least.max(1));
            starts.push(inner(&nets.of_pieces(n_pieces).spline));
        }
        // The points themselves, with the nearest knots of the first start out of their way.
        let through: Vec<f64> = self.shape.through.iter().map(|(x, _)| x - origin).collect();
        let inside = through.iter().filter(|x| first < **x && **x < last);
        let inside: Vec<f64> = inside.copied().collect();
        if !inside.is_empty() && inside.len() < n_pieces {
            let mut knots = starts[0].clone();
            while knots.len() + inside.len() >= n_pieces && !knots.is_empty() {
                let off = |knot: f64| {
                    let distances = inside.iter().map(|x| (x - knot).abs());
                    distances.fold(f64::INFINITY, f64::min)
                };
                let nearest =
                    (0..knots.len()).min_by(|a, b| off(knots[*a]).total_cmp(&off(knots[*b])));
                knots.remove(nearest.expect("there are knots"));
            }
            knots.extend(inside);
            starts.push(knots);
        }
        for knots in &mut starts {
            knots.retain(|knot| first < *knot && *knot < last);
            knots.extend([first, last]);
            knots.sort_by(f64::total_cmp);
            knots.dedup();
        }
        starts
    }

    /// Moves one knot after the other to where the error is least between its neighbours, as long as that helps.
    fn moved(&self, start: Fitted) -> Fitted {
        let mut best = start;
        let mut tried = 0;
        loop {
            let before = best.2;
            for knot in 1..best.0.len() - 1 {
                tried += self.move_one(&mut best, knot);
            }
            if best.2 >= (1.0 - LITTLE) * before || tried > MOST_TRIED {
                return best;
            }
        }
    }

    /// Moves a knot by a pattern of shrinking steps. Returns how many places were tried.
    fn move_one(&self, best: &mut Fitted, knot: usize) -> usize {
        let [left, right] = [best.0[knot - 1], best.0[knot + 1]];
        let mut step = 0.25 * (right - left);
        let mut tried = 0;
        while step > 1e-3 * (right - left) {
            let here = best.0[knot];
            let mut is_better = false;
            for place in [here - step, here + step] {
                if !self.is_apart(left, place) || !self.is_apart(place, right) {
                    continue;
                }
                let mut knots = best.0.clone();
                knots[knot] = place;
                tried += 1;
                if let Some(next) = self.fitted(knots).filter(|next| next.2 < best.2) {
                    (*best, is_better) = (next, true);
                    break;
                }
            }
            if !is_better {
                step *= 0.4;
            }
        }
        tried
    }

    fn is_apart(&self, left: f64, right: f64) -> bool {
        let between = self
            .samples
            .n_before(right)
            .saturating_sub(self.samples.n_before(left));
        let width = self.ends[1] - self.ends[0];
        between >= self.nets.least.max(1) && right - left > 1e-9 * width
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(kind: u8, through: Vec<(f64, f64)>, steep: f64) -> Shape {
        let any = Shape::default();
        let slopes = match kind % 4 {
            0 => any.slopes,
            1 => (0.0, f64::INFINITY),
            2 => (f64::NEG_INFINITY, 0.0),
            _ => (-steep, steep),
        };
        Shape {
            slopes,
            is_convex: kind / 4 % 3 == 1,
            is_concave: kind / 4 % 3 == 2,
            through,
        }
    }

    fn holds(spline: &Spline, shape: &Shape, scale: f64) -> Result<(), String> {
        let slopes: Vec<f64> = (0..spline.n_pieces())
            .map(|piece| spline.slope(piece))
            .collect();
        let gap = spline
            .knots
            .windows(2)
            .map(|two| two[1] - two[0])
            .fold(f64::INFINITY, f64::min);
        let rounding = 1e-13 * scale / gap;
        for slope in &slopes {
            let (low, high) = shape.slopes;
            if *slope < low - rounding || *slope > high + rounding {
                return Err(format!("slope {slope}"));
            }
        }
        for two in slopes.windows(2) {
            if (shape.is_convex && two[1] < two[0] - rounding)
                || (shape.is_concave && two[1] > two[0] + rounding)
            {
                return Err(format!("bend {two:?}"));
            }
        }
        for (x, y) in &shape.through {
            if (spline.predict(*x) - y).abs() > 1e-9 * scale {
                return Err(format!("at {x}: {} for {y}", spline.predict(*x)));
            }
        }
        Ok(())
    }

    /// The best rising values, by pooling neighbours that fall.
    fn rising(values: &[f64]) -> Vec<f64> {
        let mut blocks: Vec<(f64, usize)> = Vec::new();
        for value in values {
            blocks.push((*value, 1));
            while blocks.len() > 1 && blocks[blocks.len() - 2].0 >= blocks[blocks.len() - 1].0 {
                let (b, m) = blocks.pop().unwrap();
                let (a, n) = blocks.pop().unwrap();
                blocks.push(((a * n as f64 + b * m as f64) / (m + n) as f64, m + n));
            }
        }
        blocks
            .iter()
            .flat_map(|(value, n)| vec![*value; *n])
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// The shape holds, and no spline with the same knots that was made to have it is closer to the samples.
        #[test]
        fn a_smooth_spline_has_the_shape_and_the_least_error_with_it(
            samples in prop::collection::vec((0.0..1.0, -1.0..1.0), 5..80),
            kind in 0_u8..12,
            steep in 0.1..5.0,
            slope in -3.0..3.0,
            log in -25.0..0.0,
            point in prop::option::of((-0.5..1.5, -1.0..1.0)),
        ) {
            let x: Vec<f64> = samples.iter().map(|sample| sample.0).collect();
            let y: Vec<f64> = samples.iter().map(|(x, y)| slope * x + x * x + y).collect();
            let shape = shape(kind, point.into_iter().collect(), steep);
            let moments = Moments::new(&x, &y);
            let smoother = Smoother::with_knots_at(&moments, 30, &shape.xs());
            let free = smoother.with_penalty(f64::exp(log));
            let free_of = free.degrees_of_freedom;
            let shaped = smoother.with_shape(free.penalty, &shape);
            let shaped = shaped.ok_or_else(|| TestCaseError::fail("no spline"))?;
            holds(&shaped.spline, &shape, 10.0).map_err(TestCaseError::fail)?;
            let shift = moments.y_origin()[0];
            let penalised = |values: &[f64]| {
                let knots = &smoother.knots;
                let slope = |at: usize| (values[at + 1] - values[at]) / (knots[at + 1] - knots[at]);
                let bend = |at: usize| (slope(at) - slope(at - 1)).powi(2) / (0.5 * (knots[at + 1] - knots[at - 1]));
                let bends: f64 = (1..knots.len() - 1).map(bend).sum();
                let width = knots[knots.len() - 1] - knots[0];
                (smoother.loss_of(values) + free.penalty * width.powi(3) * bends) * x.len() as f64
            };
            let from_origin = |spline: &Spline| spline.values.iter().map(|value| value - shift).collect::<Vec<f64>>();
            let least = penalised(&from_origin(&shaped.spline));
            if shape == Shape::default() {
                let free = penalised(&from_origin(&free.spline));
                prop_assert!((least - free).abs() < 1e-9 * free, "{} {}", least, free);
                let [a, b] = [free_of, shaped.degrees_of_freedom];
                prop_assert!((a - b).abs() < 1e-6, "{} {}", a, b);
            }
            if shape.through.is_empty() {
                let values = from_origin(&free.spline);
                let mut others = vec![vec![0.0; values.len()]]; // the mean
                let mut slopes: Vec<f64> = (0..values.len() - 1).map(|piece| free.spline.slope(piece)).collect();
                if kind % 4 == 1 && kind / 4 == 0 {
                    others.push(rising(&values));
                }
                if kind / 4 == 1 {
                    slopes = rising(&slopes);
                }
                if kind / 4 != 2 {
                    let (low, high) = shape.slopes;
                    let mut value = values[0];
                    let mut clamped = vec![value];
                    for (slope, two) in slopes.iter().zip(smoother.knots.windows(2)) {
                        value += slope.clamp(low, high) * (two[1] - two[0]);
                        clamped.push(value);
                    }
                    others.push(clamped);
                }
                for other in &others {
                    prop_assert!(least <= penalised(other) * (1.0 + 1e-9) + 1e-12, "{} {}", least, penalised(other));
                }
                // Nor is one on the way to another that has the shape.
                let of_shaped = from_origin(&shaped.spline);
                for other in &others {
                    let between: Vec<f64> = of_shaped.iter().zip(other).map(|(a, b)| a + 1e-3 * (b - a)).collect();
                    prop_assert!(least <= penalised(&between) * (1.0 + 1e-11) + 1e-13, "{} {}", least, penalised(&between));
                }
            }
        }

        #[test]
        fn few_pieces_have_the_shape(
            samples in prop::collection::vec((0.0..1.0, -1.0..1.0), 8..60),
            kind in 0_u8..12,
            steep in 0.1..5.0,
            slope in -3.0..3.0,
            n_pieces in 1_usize..7,
            n_least in 0_usize..5,
            point in prop::option::of((-0.5..1.5, -1.0..1.0)),
        ) {
            let x: Vec<f64> = samples.iter().map(|sample| sample.0).collect();
            let y: Vec<f64> = samples.iter().map(|(x, y)| slope * x + x * x + 0.3 * y).collect();
            let shape = shape(kind, point.into_iter().collect(), steep);
            let moments = Moments::new(&x, &y);
            let shaped = BestNets::new(&moments).with_least(n_least).shaped(n_pieces, &shape);
            let BestNet { spline, loss, weights, .. } = shaped.ok_or_else(|| TestCaseError::fail("no network"))?;
            prop_assert!(spline.n_pieces() <= n_pieces);
            holds(&spline, &shape, 10.0).map_err(TestCaseError::fail)?;
            let squares: f64 = weights.predict(&x).iter().zip(&y).map(|(of, y)| (of - y).powi(2)).sum();
            prop_assert!((loss - squares / x.len() as f64).abs() < 1e-9, "{} {}", loss, squares / x.len() as f64);
        }
    }

    #[test]
    fn a_spline_varies_as_without_points_far_from_them_and_not_at_them() {
        let x: Vec<f64> = (0..80).map(|i| f64::from(i) / 79.0).collect();
        let y: Vec<f64> = x
            .iter()
            .enumerate()
            .map(|(i, x)| x + 0.1 * f64::from(i as u32 * 37 % 11))
            .collect();
        let moments = Moments::new(&x, &y);
        let points = [(0.5, 0.9)];
        let smoother = Smoother::with_knots_at(&moments, 20, &[0.5]);
        let free = smoother.with_penalty(1e-6);
        let variance = |points: &[(f64, f64)]| smoother.variance(&free, points).unwrap();
        let (with, without) = (variance(&points), variance(&[]));
        assert!(with.at(0.5) < 1e-12 * without.at(0.5));
        for (x, least) in [(0.0, 0.99), (0.45, 0.2), (1.0, 0.99)] {
            let share = with.at(x) / without.at(x);
            assert!((least..1.0 + 1e-9).contains(&share), "{x}: {share}");
        }
        // Two ways to the same numbers.
        let dense = smoother.spread(1e-6, &[]).unwrap();
        for (a, b) in dense.iter().flatten().zip(without.values.iter().flatten()) {
            assert!((a * without.noise / b - 1.0).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn free_pieces_are_the_best_ones() {
        let x: Vec<f64> = (0..200).map(|i| f64::from(i) / 199.0).collect();
        let y: Vec<f64> = x.iter().map(|x| (6.0 * x).sin()).collect();
        let moments = Moments::new(&x, &y);
        for n_pieces in 1..8 {
            let nets = BestNets::new(&moments);
            let free = nets.of_pieces(n_pieces).loss;
            let loss = nets.shaped(n_pieces, &Shape::default()).unwrap().loss;
            assert!(loss < 1.0001 * free + 1e-20, "{n_pieces}: {loss} {free}");
        }
    }

    #[test]
    fn points_that_the_pieces_cannot_pass_through_have_no_spline() {
        let x: Vec<f64> = (0..50).map(f64::from).collect();
        let moments = Moments::new(&x, &x);
        let shape = Shape {
            through: vec![(10.0, 0.0), (20.0, 9.0), (30.0, 0.0), (40.0, 9.0)],
            ..Shape::default()
        };
        assert!(BestNets::new(&moments).shaped(2, &shape).is_none());
        assert!(BestNets::new(&moments).shaped(3, &shape).is_some());
    }
}
