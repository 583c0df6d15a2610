//! What is known of the samples on a stretch of x: their weight, means and the line that fits them best.

use pulp::{Arch, Simd, WithSimd};

use crate::{Moments, double::Double, moments::BLOCK};

/// The sums W, X, XX, Y, XY, YY of all samples left of a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Distinct inputs left of it.
    pub(super) n_before: usize,
    sums: [Double; 6],
}

/// The samples between two cuts, x and y reckoned from the moments' origins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stretch {
    pub(super) n_distinct: usize,
    pub(super) weight: f64,
    /// Mean x and y.
    pub(super) x: f64,
    pub(super) y: f64,
    /// The sum of squared distances from the mean x.
    pub(super) xx: f64,
    /// Of the best line; 0 where one input leaves it open.
    pub(super) slope: f64,
    /// The squared error of the best line.
    pub(super) squares: f64,
}

impl Stretch {
    /// The best line's value.
    pub(super) fn line(&self, x: f64) -> f64 {
        self.y + self.slope * (x - self.x)
    }

    #[inline(always)]
    pub(super) fn between(left: &Cut, right: &Cut) -> Self {
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
pub(super) struct Samples<'a> {
    moments: &'a Moments,
    arch: Arch,
    negligible: f64,
}

impl<'a> Samples<'a> {
    pub(super) fn new(moments: &'a Moments) -> Self {
        let yy = moments.total[5].hi;
        Self {
            moments,
            arch: Arch::new(),
            negligible: yy * f64::EPSILON * f64::EPSILON,
        }
    }

    pub(super) fn n_distinct(&self) -> usize {
        self.moments.n_distinct()
    }

    /// A distinct input, by its number from 0.
    pub(super) fn x(&self, at: usize) -> f64 {
        self.moments.block(at / BLOCK, 1).x[at % BLOCK] - self.moments.x_origin
    }

    /// The distinct input before the one of this number, from 1, and that one.
    pub(super) fn gap(&self, at: usize) -> (f64, f64) {
        (self.x(at - 1), self.x(at))
    }

    /// These knots between knots at the first and the last input.
    pub(super) fn with_ends(&self, inner: impl Iterator<Item = f64>) -> Vec<f64> {
        let ends = [0, self.n_distinct() - 1].map(|at| self.x(at));
        [ends[0]]
            .into_iter()
            .chain(inner)
            .chain([ends[1]])
            .collect()
    }

    /// A squared error that is rounding alone.
    pub(super) fn negligible(&self) -> f64 {
        self.negligible
    }

    /// The cut left of a distinct input.
    pub(super) fn cut_before(&self, at: usize) -> Cut {
        self.arch.dispatch(CutBefore(self.moments, at))
    }

    pub(super) fn between(&self, left: &Cut, right: &Cut) -> Stretch {
        self.arch.dispatch(Between(left, right))
    }

    /// The stretches between two cuts left and right of a place.
    pub(super) fn split(&self, left: &Cut, place: f64, right: &Cut) -> (Stretch, Stretch) {
        self.arch.dispatch(Split(self.moments, left, place, right))
    }

    /// The cuts at ascending places, of which there are at least two, and the stretches between; the first and the last
    /// stretch have all samples beyond them, too.
    pub(super) fn stretches(&self, places: &[f64]) -> (Vec<Cut>, Vec<Stretch>) {
        self.arch.dispatch(Stretches(self.moments, places))
    }
}

/// The block that x falls in, and how many distinct inputs of it lie left of x.
#[inline(always)]
fn find(moments: &Moments, x: f64) -> (usize, usize) {
    let x = x + moments.x_origin;
    let inner = &moments.starts[1..moments.n_blocks()];
    let block = inner.partition_point(|start| *start < x);
    let mut n_inside = 0;
    for input in moments.block(block, 1).x {
        n_inside += usize::from(*input < x);
    }
    // The last block is filled up with its last input.
    (block, n_inside.min(moments.n_distinct() - block * BLOCK))
}

/// The cut after so many distinct inputs of a block.
#[inline(always)]
fn cut(moments: &Moments, block: usize, n_inside: usize) -> Cut {
    let samples = moments.block(block, 1);
    let mut sums = [Double::default(); 6];
    for moment in 0..6 {
        sums[moment] = Double {
            hi: samples.whole[moment],
            lo: samples.rest[moment],
        };
    }
    for at in 0..n_inside {
        let (x, y) = (samples.x[at] - moments.x_origin, samples.y[0][at]);
        let weight = samples.weight[at];
        let (wx, wy) = (Double::product(weight, x), Double::product(weight, y));
        sums[0] = sums[0].plus(Double {
            hi: weight,
            lo: 0.0,
        });
        sums[1] = sums[1].plus(wx);
        sums[2] = sums[2].plus(wx.times(x));
        sums[3] = sums[3].plus(wy);
        sums[4] = sums[4].plus(wy.times(x));
        sums[5] = sums[5].plus(wy.times(y));
    }
    Cut {
        n_before: block * BLOCK + n_inside,
        sums,
    }
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

struct Stretches<'a>(&'a Moments, &'a [f64]);

impl WithSimd for Stretches<'_> {
    type Output = (Vec<Cut>, Vec<Stretch>);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (Vec<Cut>, Vec<Stretch>) {
        let Self(moments, places) = self;
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
            stretches.push(Stretch::between(&cuts[i - 1], &cuts[i]));
        }
        (cuts, stretches)
    }
}
