//! The networks that noisy samples choose among.

use std::cell::RefCell;

use shallow_analytic::{Moments, ReluWeights};
use shallow_splines::{BestNets, Criterion, PieceErrors, Smooth, Smoother, Spline, Variance};

use crate::{request::CriterionName, smoothing::Smoothing};

/// Distinct inputs that a piece of a best network has at least.
const LEAST_OF_PIECE: usize = 5;

/// Knots of a smooth network, at least and at most; in between, two for each distinct input.
const KNOTS: [usize; 2] = [65, 513];

/// The most units of a smooth network whose units are merged.
pub(crate) const MOST_MERGED: usize = 64;

/// What is chosen among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Best networks alone.
    Best,
    /// All candidates.
    All,
}

/// A kind of network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Candidate {
    /// A constant.
    Constant,
    /// A straight line.
    Line,
    /// The best network of so many pieces, each with enough samples, and as many units.
    Best(usize),
    /// A network whose bends are penalised, as much as a criterion says.
    Smooth(Criterion),
    /// The network of fewest units that is as good as the smooth one.
    Merged(Criterion),
}

impl Candidate {
    /// The method that finds it.
    pub fn method(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Line => "line",
            Self::Best(_) => "best",
            Self::Smooth(_) | Self::Merged(_) => "smooth",
        }
    }

    /// A name that is its own but for the number of units.
    pub fn name(self) -> String {
        let of = |criterion: Criterion| CriterionName::of(criterion).name();
        match self {
            Self::Smooth(criterion) => format!("smooth by {}", of(criterion)),
            Self::Merged(criterion) => format!("smooth by {}, merged", of(criterion)),
            _ => self.method().into(),
        }
    }
}

/// A candidate fitted to some samples.
pub(super) struct FittedCandidate {
    pub(super) spline: Spline,
    /// Its weights, of so many units as it needs.
    pub(super) weights: ReluWeights,
    pub(super) smoothing: Option<Smoothing>,
}

/// The candidates on some samples, fitted when asked for.
pub(super) struct Candidates<'a> {
    moments: &'a Moments,
    nets: BestNets<'a>,
    /// By each criterion.
    smooth: RefCell<[Option<Smooth>; 2]>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(moments: &'a Moments) -> Self {
        Self {
            moments,
            nets: BestNets::new(moments).with_least(least_of_piece(moments.n_distinct())),
            smooth: RefCell::default(),
        }
    }

    /// A candidate; none where the samples are too few for it.
    pub(super) fn of(&self, candidate: Candidate) -> Option<FittedCandidate> {
        let plain = |spline: Spline| FittedCandidate {
            weights: spline.to_weights(spline.n_pieces().max(1)),
            spline,
            smoothing: None,
        };
        let line = || Spline::best(self.moments, 1, &[]).0;
        match candidate {
            Candidate::Constant => {
                let sum = self.moments.total()[3].hi;
                let mean = self.moments.y_origin()[0] + sum / self.moments.total_weight();
                let line = line();
                let values = vec![mean; line.values.len()];
                Some(plain(Spline { values, ..line }))
            }
            Candidate::Line => Some(plain(line())).filter(|line| line.spline.n_pieces() == 1),
            Candidate::Best(n_pieces) => {
                let net = self.nets.of_pieces(n_pieces);
                Some(FittedCandidate {
                    spline: net.spline,
                    weights: net.weights,
                    smoothing: None,
                })
            }
            Candidate::Smooth(criterion) => {
                let smooth = self.smooth(criterion)?;
                Some(FittedCandidate {
                    smoothing: Some(Smoothing::new(&smooth, Some(criterion))),
                    ..plain(smooth.spline)
                })
            }
            Candidate::Merged(criterion) => {
                let smooth = self.smooth(criterion)?;
                let net = self.smoother().merged(&smooth, MOST_MERGED)?;
                Some(FittedCandidate {
                    spline: net.spline,
                    weights: net.weights,
                    smoothing: Some(Smoothing::new(&smooth, Some(criterion))),
                })
            }
        }
    }

    /// How much noise moves a candidate that was fitted, and its slopes and kinks if it has few.
    pub(super) fn variance(
        &self,
        candidate: Candidate,
        spline: &Spline,
    ) -> (Option<Variance>, Option<PieceErrors>) {
        match candidate {
            Candidate::Smooth(criterion) | Candidate::Merged(criterion) => {
                let smooth = self.smooth(criterion);
                let variance = smooth.and_then(|smooth| self.smoother().variance(&smooth));
                (variance, None)
            }
            Candidate::Best(n_pieces) => {
                let net = self.nets.of_pieces(n_pieces);
                net.variance(self.moments).unzip()
            }
            _ => spline
                .variance(self.moments, candidate == Candidate::Constant)
                .unzip(),
        }
    }

    fn smoother(&self) -> Smoother<'a> {
        Smoother::new(self.moments, n_knots(self.moments.n_distinct()))
    }

    /// None of fewer than three distinct inputs, which show no bend.
    fn smooth(&self, criterion: Criterion) -> Option<Smooth> {
        let slot = &mut self.smooth.borrow_mut()[criterion as usize];
        if slot.is_none() && self.moments.n_distinct() > 2 {
            *slot = Some(self.smoother().chosen(criterion));
        }
        slot.clone()
    }
}

/// Knots of a smooth network of samples with so many distinct inputs.
pub(crate) fn n_knots(n_distinct: usize) -> usize {
    (2 * n_distinct).clamp(KNOTS[0], KNOTS[1])
}

/// The most pieces that samples with so many distinct inputs can tell from fewer.
pub(super) fn most_pieces(n_distinct: usize) -> usize {
    n_distinct / least_of_piece(n_distinct)
}

/// Runs of noise to one side are about `log2 n` samples long.
fn least_of_piece(n_distinct: usize) -> usize {
    LEAST_OF_PIECE.max(n_distinct.max(1).ilog2() as usize)
}
