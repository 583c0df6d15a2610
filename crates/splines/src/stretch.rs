//! The samples on a stretch of x: their weight, their means and the line that fits them best.

use pulp::{Arch, Simd, WithSimd};

use shallow_analytic::{BLOCK, Block, Double, Moments};

/// The sums W, X, XX, Y, XY, YY of all samples left of a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    /// Distinct inputs left of it.
    pub(crate) n_before: usize,
    sums: [Double; 6],
}

/// The samples between two cuts, x and y measured from the moments' origins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stretch {
    pub(crate) n_distinct: usize,
    pub(crate) weight: f64,
    /// Mean x and y.
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// The sum of squared distances from the mean x.
    pub(crate) xx: f64,
    /// Of the best line; 0 where one input leaves it open.
    pub(crate) slope: f64,
    /// The squared error of the best line.
    pub(crate) squares: f64,
}

impl Cut {
    /// Adds a share of one sample of a block.
    #[inline(always)]
    fn add(&mut self, moments: &Moments, block: &Block, at: usize, share: f64) {
        let (x, y) = (block.x[at] - moments.x_origin(), block.y[0][at]);
        let weight = share * block.weight[at];
        let (wx, wy) = (Double::product(weight, x), Double::product(weight, y));
        let terms = [
            Double {
                hi: weight,
                lo: 0.0,
            },
            wx,
            wx.times(x),
            wy,
            wy.times(x),
            wy.times(y),
        ];
        for (sum, term) in self.sums.iter_mut().zip(terms) {
            *sum = sum.plus(term);
        }
    }

    /// Moves the cut from the gap that x lies in to x itself, with the share of the nearest sample on the way.
    #[inline(always)]
    fn move_to(&mut self, moments: &Moments, x: f64) {
        let (right, n) = (self.n_before, moments.n_distinct());
        if right == 0 || right == n {
            return;
        }
        let input = |at: usize| moments.block(at / BLOCK, 1).x[at % BLOCK] - moments.x_origin();
        let (low, high) = (input(right - 1), input(right));
        let share = (x - low) / (high - low) - 0.5;
        let at = if share > 0.0 { right } else { right - 1 };
        self.add(moments, &moments.block(at / BLOCK, 1), at % BLOCK, share);
    }
}

impl Stretch {
    /// The best line's value.
    pub(crate) fn line(&self, x: f64) -> f64 {
        self.y + self.slope * (x - self.x)
    }

    /// The squared error of the line through the values at two knots.
    #[inline(always)]
    pub(crate) fn squares_of(&self, knots: &[f64], values: &[f64]) -> f64 {
        let slope = (values[1] - values[0]) / (knots[1] - knots[0]);
        let off = values[0] + slope * (self.x - knots[0]) - self.y;
        let tilt = slope - self.slope;
        self.squares + self.weight * off * off + self.xx * tilt * tilt
    }

    #[inline(always)]
    pub(crate) fn between(left: &Cut, right: &Cut) -> Self {
        let n_distinct = right.n_before.saturating_sub(left.n_before);
        if n_distinct == 0 {
            return Self::default();
        }
        let between = |moment: usize| right.sums[moment].minus(left.sums[moment]);
        let [w, x, y] = [between(0), between(1), between(3)];
        let (mean_x, mean_y) = (x.over(w), y.over(w));
        let mut stretch = Self {
            n_distinct,
            weight: w.hi,
            x: mean_x.hi,
            y: mean_y.hi,
            ..Self::default()
        };
        let yy = between(5).minus(mean_y.multiply(y));
        let mut squares = yy;
        if n_distinct > 1 {
            let xx = between(2).minus(mean_x.multiply(x));
            let xy = between(4).minus(mean_x.multiply(y));
            let slope = xy.over(xx);
            squares = yy.minus(slope.multiply(xy));
            (stretch.xx, stretch.slope) = (xx.hi, slope.hi);
        }
        stretch.squares = if n_distinct > 2 {
            squares.hi.max(0.0)
        } else {
            0.0
        };
        stretch
    }
}

/// The samples of some [`Moments`] of one output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Samples<'a> {
    moments: &'a Moments,
    arch: Arch,
    negligible: f64,
    is_spread: bool,
    least: usize,
}

impl<'a> Samples<'a> {
    pub(crate) fn new(moments: &'a Moments) -> Self {
        assert_eq!(moments.n_outputs(), 1, "a spline has one output");
        let yy = moments.total()[5].hi;
        Self {
            moments,
            arch: Arch::new(),
            negligible: yy * f64::EPSILON * f64::EPSILON,
            is_spread: false,
            least: 0,
        }
    }

    /// The same samples, of which each piece of a fit has so many distinct inputs at least.
    pub(crate) fn with_least(self, least: usize) -> Self {
        Self { least, ..self }
    }

    /// These knots, moved apart where a piece between them has too few distinct inputs.
    pub(crate) fn apart(&self, mut knots: Vec<f64>) -> Vec<f64> {
        let (last, n) = (knots.len() - 1, self.n_distinct());
        if self.least < 2 || last * self.least > n {
            return knots;
        }
        let before: Vec<usize> = knots.iter().map(|knot| self.n_before(*knot)).collect();
        let mut moved = before.clone();
        (moved[0], moved[last]) = (0, n);
        for knot in 1..last {
            moved[knot] = moved[knot].max(moved[knot - 1] + self.least);
        }
        for knot in (1..last).rev() {
            moved[knot] = moved[knot].min(moved[knot + 1] - self.least);
        }
        for knot in (1..last).filter(|knot| moved[*knot] != before[*knot]) {
            let (low, high) = self.gap(moved[knot]);
            knots[knot] = f64::midpoint(low, high);
        }
        knots
    }

    /// The same samples, each spread over the halves of the gaps beside it: a knot that moves over it takes it along
    /// bit by bit, so the squared error has no corners there.
    pub(crate) fn spread(&self) -> Self {
        Self {
            is_spread: true,
            ..*self
        }
    }

    pub(crate) fn n_distinct(&self) -> usize {
        self.moments.n_distinct()
    }

    /// A distinct input, by its number from 0.
    pub(crate) fn x(&self, at: usize) -> f64 {
        self.moments.block(at / BLOCK, 1).x[at % BLOCK] - self.moments.x_origin()
    }

    /// The distinct input before the one of this number, from 1, and that one.
    pub(crate) fn gap(&self, at: usize) -> (f64, f64) {
        (self.x(at - 1), self.x(at))
    }

    /// These knots between knots at the first and the last input.
    pub(crate) fn with_ends(&self, inner: impl Iterator<Item = f64>) -> Vec<f64> {
        let ends = [0, self.n_distinct() - 1].map(|at| self.x(at));
        [ends[0]]
            .into_iter()
            .chain(inner)
            .chain([ends[1]])
            .collect()
    }

    /// Of samples whose outputs were rounded to whole numbers: a squared error that is rounding alone.
    pub(crate) fn of_whole_numbers(moments: &'a Moments) -> Self {
        Self {
            negligible: moments.total_weight(),
            ..Self::new(moments)
        }
    }

    /// The same samples, their outputs in billionths of their range, rounded to whole numbers; none where y is constant. So
    /// samples that differ by rounding, as those of another unit do, become the same.
    pub(crate) fn rounded(&self) -> Option<Moments> {
        let inputs = 0..self.n_distinct();
        let of = |at: usize| (self.moments.block(at / BLOCK, 1), at % BLOCK);
        let outputs = inputs.clone().map(|at| of(at).0.y[0][at % BLOCK]);
        let low = outputs.clone().fold(f64::INFINITY, f64::min);
        let high = outputs.clone().fold(f64::NEG_INFINITY, f64::max);
        // No round number, so that no output is half way between two whole ones.
        let scale = 754_877_666.246_692_7 / (high - low);
        if !scale.is_finite() {
            return None;
        }
        let y: Vec<f64> = outputs.map(|y| ((y - low) * scale).round()).collect();
        let x: Vec<f64> = inputs.clone().map(|at| of(at).0.x[at % BLOCK]).collect();
        let weight: Vec<f64> = inputs.map(|at| of(at).0.weight[at % BLOCK]).collect();
        Some(Moments::weighted(&x, &y, &weight))
    }

    /// The samples' weights together.
    pub(crate) fn weight(&self) -> f64 {
        self.moments.total_weight()
    }

    /// Distinct inputs left of a place.
    pub(crate) fn n_before(&self, x: f64) -> usize {
        let (block, n_inside) = find(self.moments, x);
        block * BLOCK + n_inside
    }

    /// A place rounded to 64ths of the gap it lies in.
    pub(crate) fn round(&self, x: f64) -> f64 {
        let n_before = self.n_before(x);
        if n_before == 0 || n_before >= self.n_distinct() {
            return x;
        }
        let (low, high) = self.gap(n_before);
        match (64.0 * (x - low) / (high - low)).round() {
            0.0 => low,
            64.0 => high,
            share => low + (high - low) * share / 64.0,
        }
    }

    /// A squared error that is rounding alone.
    pub(crate) fn negligible(&self) -> f64 {
        self.negligible
    }

    /// The cut left of a distinct input.
    pub(crate) fn cut_before(&self, at: usize) -> Cut {
        self.arch.dispatch(CutBefore(self.moments, at))
    }

    pub(crate) fn between(&self, left: &Cut, right: &Cut) -> Stretch {
        self.arch.dispatch(Between(left, right))
    }

    /// The stretches between two cuts left and right of a place.
    pub(crate) fn split(&self, left: &Cut, place: f64, right: &Cut) -> (Stretch, Stretch) {
        self.arch.dispatch(Split(self.moments, left, place, right))
    }

    /// The cuts at ascending places, of which there are at least two, and the stretches between; the first and the last
    /// stretch have all samples beyond them, too.
    pub(crate) fn stretches(&self, places: &[f64]) -> (Vec<Cut>, Vec<Stretch>) {
        self.arch
            .dispatch(Stretches(self.moments, places, self.is_spread))
    }
}

/// The block that x falls in, and how many distinct inputs of it lie left of x.
#[inline(always)]
fn find(moments: &Moments, x: f64) -> (usize, usize) {
    let x = x + moments.x_origin();
    let inner = &moments.starts()[1..moments.n_blocks()];
    let block = inner.partition_point(|start| *start < x);
    let mut n_inside = 0;
    for input in moments.block(block, 1).x {
        n_inside += usize::from(*input < x);
    }
    // The last block is filled up with its last input.
    (block, n_inside.min(moments.n_distinct() - block * BLOCK))
}

/// The cut after a number of distinct inputs of a block.
#[inline(always)]
fn cut(moments: &Moments, block: usize, n_inside: usize) -> Cut {
    let samples = moments.block(block, 1);
    let mut sums = [Double::default(); 6];
    for (sum, (hi, lo)) in sums.iter_mut().zip(samples.whole.iter().zip(samples.rest)) {
        *sum = Double { hi: *hi, lo: *lo };
    }
    let mut cut = Cut {
        n_before: block * BLOCK + n_inside,
        sums,
    };
    for at in 0..n_inside {
        cut.add(moments, &samples, at, 1.0);
    }
    cut
}

// Compiled for the machine's fused multiply-add, which double-double arithmetic lives on.

struct CutBefore<'a>(&'a Moments, usize);

impl WithSimd for CutBefore<'_> {
    type Output = Cut;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Cut {
        let block = (self.1 / BLOCK).min(self.0.n_blocks() - 1);
        cut(self.0, block, self.1 - block * BLOCK)
    }
}

struct Between<'a>(&'a Cut, &'a Cut);

impl WithSimd for Between<'_> {
    type Output = Stretch;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Stretch {
        Stretch::between(self.0, self.1)
    }
}

struct Split<'a>(&'a Moments, &'a Cut, f64, &'a Cut);

impl WithSimd for Split<'_> {
    type Output = (Stretch, Stretch);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (Stretch, Stretch) {
        let Self(moments, left, place, right) = self;
        let (block, n_inside) = find(moments, place);
        let middle = cut(moments, block, n_inside);
        (
            Stretch::between(left, &middle),
            Stretch::between(&middle, right),
        )
    }
}

struct Stretches<'a>(&'a Moments, &'a [f64], bool);

impl WithSimd for Stretches<'_> {
    type Output = (Vec<Cut>, Vec<Stretch>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (Vec<Cut>, Vec<Stretch>) {
        let Self(moments, places, is_spread) = self;
        let n = places.len() - 1;
        let mut cuts = Vec::with_capacity(n + 1);
        let mut stretches = Vec::with_capacity(n);
        cuts.push(cut(moments, 0, 0));
        for i in 1..=n {
            let (block, n_inside) = if i < n {
                find(moments, places[i])
            } else {
                let last = moments.n_blocks() - 1;
                (last, moments.n_distinct() - last * BLOCK)
            };
            cuts.push(cut(moments, block, n_inside));
            if is_spread && i < n {
                cuts[i].move_to(moments, places[i]);
            }
            stretches.push(Stretch::between(&cuts[i - 1], &cuts[i]));
        }
        (cuts, stretches)
    }
}
