//! The best networks of some samples, by their width.
//!
//! A network of h units has h kinks, so it is a function of at most h + 1 straight pieces. It has all of them where the units that
//! are active left of their kinks make the first slope. It has h pieces without any condition, where one unit is spent on the
//! first slope.

use std::{borrow::Cow, cell::RefCell, collections::BTreeMap};

use shallow_analytic::{BLOCK, Moments, ReluWeights};

use crate::{
    fit::Fit,
    search::{self, Problem, Rounded},
    spline::Spline,
    stretch::Samples,
    weights::widened,
};

/// Up to this many pieces, a search begins at the best of one piece fewer, too, where samples are not smooth; and up to this many
/// where they are.
const CHAINED: usize = 64;
const ALWAYS_CHAINED: usize = 12;

/// How far a network's values may be from those of the spline that it is: so much of the root mean square error, and of the
/// range of y.
const ROUNDING: [f64; 2] = [1e-3, 1e-8];

/// How many times what is surely rounding alone a squared error may be for a fit to be exact: eight roundings of each output.
const EXACT: f64 = 64.0;

/// Where pieces have a least number of samples, fewer units than this are spared the unit that only makes the first slope.
const WORTH_SIDES: usize = 6;

/// At how many inputs this is looked at.
const LOOKED_AT: usize = 1024;

/// The best network of a width that was found.
#[derive(Debug, Clone)]
pub struct BestNet {
    /// The function it is.
    pub spline: Spline,
    /// Its mean squared error.
    pub loss: f64,
    /// The mean squared error of the best continuous function of one piece more than there are units that was found. No network
    /// of this width has more pieces.
    pub bound: f64,
    /// Its weights. A unit's two weights are alike in size.
    pub weights: ReluWeights,
}

/// The best networks of some samples. What was searched for is kept, so that nothing is searched for twice.
///
/// The order of the samples changes nothing, and of their mirror image all networks are the mirror images.
///
/// ```
/// use shallow_analytic::Moments;
/// use shallow_splines::BestNets;
/// let x = [-2.0, -1.5, -1.0, 0.0, 0.5, 1.0, 2.0];
/// let moments = Moments::new(&x, &x.map(|x| f64::max(0.0, x)));
/// assert!(BestNets::new(&moments).of(1).loss < 1e-24); // two pieces, of one unit
/// ```
#[derive(Debug)]
pub struct BestNets<'a> {
    /// Mirrored where y falls with x.
    pub(crate) moments: Cow<'a, Moments>,
    pub(crate) is_mirrored: bool,
    rounded: Rounded,
    /// Distinct inputs of a piece, at least.
    pub(crate) least: usize,
    /// By number of pieces.
    searched: RefCell<BTreeMap<usize, Searched>>,
}

/// The best fits of a number of pieces.
#[derive(Debug, Clone)]
struct Searched {
    free: Fit,
    /// Whose first slope is made by units that are active to the left: of one unit fewer than there are pieces. Sought when
    /// first asked for where samples are smooth.
    of_units: Option<Fit>,
}

impl<'a> BestNets<'a> {
    /// # Panics
    ///
    /// With more than one output.
    pub fn new(moments: &'a Moments) -> Self {
        let samples = Samples::new(moments);
        let [first, last] = [0, samples.n_distinct()].map(|at| samples.cut_before(at));
        let is_mirrored = samples.between(&first, &last).slope < 0.0;
        Self {
            moments: match is_mirrored {
                true => Cow::Owned(moments.mirrored()),
                false => Cow::Borrowed(moments),
            },
            is_mirrored,
            rounded: Rounded::new(),
            least: 0,
            searched: RefCell::default(),
        }
    }

    /// Of the networks whose pieces have so many distinct inputs each, at least: of noisy samples, a piece with few follows the
    /// noise. A network that would have too many pieces for that has fewer.
    pub fn with_least(self, least: usize) -> Self {
        Self {
            least,
            searched: RefCell::default(),
            ..self
        }
    }

    /// The most pieces that a network can have.
    pub fn most_pieces(&self) -> usize {
        let n = self.n_distinct();
        match self.least {
            0 | 1 => n.saturating_sub(1), // one piece fewer than distinct inputs passes through all means
            least => (n / least).min(n.saturating_sub(1)),
        }
    }

    /// Number of distinct inputs.
    pub fn n_distinct(&self) -> usize {
        self.moments.n_distinct()
    }

    /// The best network of `n_hidden` units that was found.
    ///
    /// # Panics
    ///
    /// Without units.
    pub fn of(&self, n_hidden: usize) -> BestNet {
        assert!(n_hidden > 0, "a network has at least one unit");
        let net = self.oriented(n_hidden);
        match self.is_mirrored {
            true => net.mirrored(),
            false => net,
        }
    }

    /// The mean squared error of the best continuous function of `n_pieces` that was found.
    ///
    /// # Panics
    ///
    /// Without pieces.
    pub fn bound(&self, n_pieces: usize) -> f64 {
        assert!(n_pieces > 0, "a spline has at least one piece");
        let most = self.most_pieces();
        match most < 2 {
            true => Spline::best(&self.moments, 1, &[]).1,
            false => {
                let fit = self.search(n_pieces.min(most), false).free;
                Spline::of(&fit, &self.moments).1
            }
        }
    }

    /// The best continuous function of `n_pieces` that was found, or of as many as the samples allow, as a network of one unit a piece.
    ///
    /// # Panics
    ///
    /// Without pieces.
    pub fn of_pieces(&self, n_pieces: usize) -> BestNet {
        assert!(n_pieces > 0, "a spline has at least one piece");
        let most = self.most_pieces();
        let (spline, loss) = match most < 2 || n_pieces == 1 {
            true => Spline::best(&self.moments, 1, &[]),
            false => Spline::of(&self.search(n_pieces.min(most), false).free, &self.moments),
        };
        let net = BestNet {
            weights: spline.to_weights(spline.n_pieces().max(1)),
            spline,
            loss,
            bound: loss,
        };
        match self.is_mirrored {
            true => net.mirrored(),
            false => net,
        }
    }

    /// The inner knots of the best spline of so many pieces, two at least, from the moments' origin.
    pub(crate) fn knots(&self, n_pieces: usize) -> Vec<f64> {
        let n_pieces = n_pieces.min(self.most_pieces());
        match n_pieces {
            0 | 1 => Vec::new(),
            _ => {
                let knots = self.search(n_pieces, false).free.knots;
                knots[1..knots.len() - 1].to_vec()
            }
        }
    }

    fn oriented(&self, n_hidden: usize) -> BestNet {
        let most = self.most_pieces();
        if most < 2 {
            let (spline, loss) = Spline::best(&self.moments, 1, &[]);
            return BestNet {
                weights: spline.to_weights(n_hidden),
                spline,
                loss,
                bound: loss,
            };
        }
        let is_worth_it = self.least == 0 || n_hidden < WORTH_SIDES;
        let with_all = (n_hidden < most && is_worth_it).then(|| self.search(n_hidden + 1, true));
        let simple = self.search(n_hidden.min(most), false).free;
        let bound = with_all.as_ref().map_or(&simple, |searched| &searched.free);
        let bound = Spline::of(bound, &self.moments).1;
        let of_units = with_all.and_then(|searched| searched.of_units);
        let of_units = of_units.filter(|fit| fit.total < simple.total);
        for fit in of_units.into_iter().chain([simple]) {
            let (spline, loss) = Spline::of(&fit, &self.moments);
            let weights = match &fit.sides {
                Some(sides) => widened(&spline.to_weights_with(sides), n_hidden, spline.ends()),
                None => spline.to_weights(n_hidden),
            };
            let net = BestNet {
                spline,
                loss,
                bound: bound.min(loss),
                weights,
            };
            let is_line = n_hidden == 1 && net.spline.n_pieces() == 1;
            if is_line || net.is_sound(&self.moments) {
                return net;
            }
        }
        // Bends too steep for numbers of 53 bits.
        let fewer = match n_hidden <= CHAINED {
            true => n_hidden - 1,
            false => n_hidden - n_hidden / 8,
        };
        let net = self.oriented(fewer);
        BestNet {
            weights: widened(&net.weights, n_hidden, net.spline.ends()),
            bound,
            ..net
        }
    }

    /// The best fits of fewer pieces than distinct inputs.
    fn search(&self, n_pieces: usize, is_of_units: bool) -> Searched {
        let known = self.searched.borrow().get(&n_pieces).cloned();
        let mut searched = known.unwrap_or_else(|| self.search_anew(n_pieces));
        if is_of_units && searched.of_units.is_none() {
            let problem = Problem::new(&self.moments, &self.rounded, self.least);
            let of_units = match self.least > 0 {
                true => problem.rough_with_sides(&searched.free),
                false => problem.with_sides(&searched.free),
            };
            searched.of_units = Some(search::eased(&problem.samples, of_units));
        }
        self.searched
            .borrow_mut()
            .insert(n_pieces, searched.clone());
        searched
    }

    fn search_anew(&self, n_pieces: usize) -> Searched {
        let problem = Problem::new(&self.moments, &self.rounded, self.least);
        let samples = &problem.samples;
        let n = samples.n_distinct();
        if self.least > 0 {
            let narrow = (n_pieces > 1).then(|| self.search(n_pieces - 1, false).free);
            let free = problem.rough(n_pieces, narrow.as_ref());
            return Searched {
                free: search::eased(samples, free),
                of_units: None,
            };
        }
        if n_pieces > 2 {
            // Where fewer pieces are exact, more could only be elsewhere between the samples.
            let fewer = self.search((n_pieces - 1).min(ALWAYS_CHAINED), false);
            if fewer.free.total <= EXACT * samples.negligible() {
                return fewer;
            }
        }
        let mut free = match n == n_pieces + 1 {
            true => Fit::new(samples, (0..n).map(|at| samples.x(at)).collect()),
            false => problem.best(n_pieces, Vec::new()),
        };
        let mut of_units = None;
        if n_pieces > 1 {
            let is_balanced = search::is_balanced(samples, &free);
            if !is_balanced || n_pieces <= ALWAYS_CHAINED {
                let narrower = self.search((n_pieces - 1).min(CHAINED), false).free;
                if !is_balanced || free.total > narrower.total {
                    free = problem.widened(&narrower, free);
                }
            }
            if !is_balanced {
                let fit = problem.with_sides(&free);
                if fit.total < free.total {
                    free = search::better(free, problem.released(&fit));
                }
                of_units = Some(search::eased(samples, fit));
            }
        }
        Searched {
            free: search::eased(samples, free),
            of_units,
        }
    }
}

impl BestNet {
    /// With more units, which have no effect until trained.
    ///
    /// # Panics
    ///
    /// With fewer.
    pub fn widened(self, n_hidden: usize) -> Self {
        Self {
            weights: widened(&self.weights, n_hidden, self.spline.ends()),
            ..self
        }
    }

    /// Of the samples' mirror image.
    pub(crate) fn mirrored(mut self) -> Self {
        self.spline.knots.reverse();
        self.spline.values.reverse();
        for x in self.spline.knots.iter_mut().chain(&mut self.weights.w1) {
            *x = -*x;
        }
        self
    }

    /// Whether the network's values are the spline's but for little rounding.
    fn is_sound(&self, moments: &Moments) -> bool {
        let n = moments.n_distinct();
        let step = n.div_ceil(LOOKED_AT);
        let places = (0..n).step_by(step).chain([n - 1]);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for at in places {
            let block = moments.block(at / BLOCK, 1);
            x.push(block.x[at % BLOCK]);
            y.push(block.y[0][at % BLOCK]);
        }
        let low = y.iter().copied().fold(f64::INFINITY, f64::min);
        let high = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let pairs = self.weights.predict(&x).into_iter().zip(&x);
        let squares = pairs.map(|(y, x)| (y - self.spline.predict(*x)).powi(2));
        let rounding = (squares.sum::<f64>() / x.len() as f64).sqrt();
        rounding <= ROUNDING[0] * self.loss.sqrt() + ROUNDING[1] * (high - low)
    }
}
