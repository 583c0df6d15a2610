//! The networks that noisy samples choose among.

use std::cell::RefCell;

use shallow_analytic::{Moments, ReluWeights};
use shallow_splines::{
    BestNet, BestNets, Criterion, PieceErrors, Shape, Smooth, Smoother, Spline, Variance,
};

use crate::{request::CriterionName, smoothing::Smoothing};

/// Distinct inputs that a piece of a best network has at least.
const LEAST_OF_PIECE: usize = 5;

/// Knots of a smooth network, at least and at most; in between, two for each distinct input. Of few samples with little noise, many
/// knots between them make it the smooth curve that penalised bends mean.
const KNOTS: [usize; 2] = [257, 513];

/// The most units of a smooth network whose units are merged.
pub(crate) const MOST_MERGED: usize = 64;

/// Knots of a smooth network that must have a shape, at most: each may hold a condition.
const MOST_SHAPED: usize = 65;

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

impl From<Spline> for FittedCandidate {
    fn from(spline: Spline) -> Self {
        Self {
            weights: spline.to_weights(spline.n_pieces().max(1)),
            spline,
            smoothing: None,
        }
    }
}

impl From<BestNet> for FittedCandidate {
    fn from(net: BestNet) -> Self {
        Self {
            spline: net.spline,
            weights: net.weights,
            smoothing: None,
        }
    }
}

/// The candidates on some samples, fitted when asked for.
pub(super) struct Candidates<'a> {
    moments: &'a Moments,
    nets: BestNets<'a>,
    /// What all of them must have.
    shape: Option<&'a Shape>,
    /// By each criterion.
    smooth: RefCell<[Option<Smooth>; 2]>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(moments: &'a Moments, shape: Option<&'a Shape>) -> Self {
        Self {
            moments,
            shape,
            nets: BestNets::new(moments).with_least(least_of_piece(moments.n_distinct())),
            smooth: RefCell::default(),
        }
    }

    /// A candidate; none where the samples are too few for it, or where it cannot have the shape.
    pub(super) fn of(&self, candidate: Candidate) -> Option<FittedCandidate> {
        let line = || Spline::best(self.moments, 1, &[]).0;
        if let Some(shape) = self.shape
            && matches!(
                candidate,
                Candidate::Constant | Candidate::Line | Candidate::Best(_)
            )
        {
            return self.shaped(candidate, shape);
        }
        match candidate {
            Candidate::Constant => {
                let sum = self.moments.total()[3].hi;
                let mean = self.moments.y_origin()[0] + sum / self.moments.total_weight();
                let line = line();
                let values = vec![mean; line.values.len()];
                Some(Spline { values, ..line }.into())
            }
            Candidate::Line => {
                Some(line().into()).filter(|line: &FittedCandidate| line.spline.n_pieces() == 1)
            }
            Candidate::Best(n_pieces) => Some(self.nets.of_pieces(n_pieces).into()),
            Candidate::Smooth(criterion) => {
                let smooth = self.smooth(criterion)?;
                Some(FittedCandidate {
                    smoothing: Some(Smoothing::new(&smooth, Some(criterion))),
                    ..smooth.spline.into()
                })
            }
            Candidate::Merged(criterion) => {
                let smooth = self.smooth(criterion)?;
                let net = self.smoother().merged(&smooth, MOST_MERGED, self.shape)?;
                Some(FittedCandidate {
                    smoothing: Some(Smoothing::new(&smooth, Some(criterion))),
                    ..net.into()
                })
            }
        }
    }

    /// The simplest there is: a constant, a line, or the points to pass through alone.
    pub(super) fn simplest(&self) -> FittedCandidate {
        let few = [Candidate::Constant, Candidate::Line];
        let simple = few.into_iter().find_map(|candidate| self.of(candidate));
        simple.unwrap_or_else(|| {
            let points = self.shape.map(|shape| &shape.through[..]);
            let (knots, values) = points.unwrap_or_default().iter().copied().unzip();
            Spline { knots, values }.into()
        })
    }

    /// How much noise moves a candidate that was fitted, and its slopes and kinks if it has few.
    pub(super) fn variance(
        &self,
        candidate: Candidate,
        spline: &Spline,
    ) -> (Option<Variance>, Option<PieceErrors>) {
        let points = self.shape.map_or(&[][..], |shape| &shape.through);
        match candidate {
            Candidate::Smooth(criterion) | Candidate::Merged(criterion) => {
                let smooth = self.smooth(criterion);
                let variance = smooth.and_then(|smooth| self.smoother().variance(&smooth, points));
                (variance, None)
            }
            Candidate::Best(n_pieces) if self.shape.is_none() => {
                let net = self.nets.of_pieces(n_pieces);
                net.variance(self.moments).unzip()
            }
            _ => spline
                .variance(self.moments, candidate == Candidate::Constant)
                .unzip(),
        }
    }

    fn smoother(&self) -> Smoother<'a> {
        let places = self.shape.map(Shape::xs).unwrap_or_default();
        let n_knots = n_knots(self.moments.n_distinct(), self.shape.is_some());
        Smoother::with_knots_at(self.moments, n_knots, &places)
    }

    /// One of few pieces with a shape.
    fn shaped(&self, candidate: Candidate, shape: &Shape) -> Option<FittedCandidate> {
        if self.moments.n_distinct() < 2 {
            return match &shape.through[..] {
                [] => Some(Spline::best(self.moments, 1, &[]).0.into()),
                points if points.iter().all(|(_, y)| *y == points[0].1) => {
                    let (knots, values) = points.iter().copied().unzip();
                    Some(Spline { knots, values }.into())
                }
                _ => None,
            };
        }
        let net = match candidate {
            Candidate::Constant => {
                let level = Shape {
                    slopes: (0.0, 0.0),
                    ..shape.clone()
                };
                self.nets.shaped(1, &level)?
            }
            Candidate::Best(n_pieces) => self.nets.shaped(n_pieces, shape)?,
            _ => self.nets.shaped(1, shape)?,
        };
        Some(net.into())
    }

    /// None of fewer than three distinct inputs, which show no bend, unless points to pass through may.
    fn smooth(&self, criterion: Criterion) -> Option<Smooth> {
        let slot = &mut self.smooth.borrow_mut()[criterion as usize];
        let fewest = if self.shape.is_some() { 2 } else { 3 };
        if slot.is_none() && self.moments.n_distinct() >= fewest {
            let smoother = self.smoother();
            *slot = match self.shape {
                Some(shape) => smoother.chosen_with_shape(criterion, shape),
                None => Some(smoother.chosen(criterion)),
            };
        }
        slot.clone()
    }
}

/// Knots of a smooth network of samples with so many distinct inputs.
pub(crate) fn n_knots(n_distinct: usize, has_shape: bool) -> usize {
    let most = if has_shape { MOST_SHAPED } else { KNOTS[1] };
    (2 * n_distinct).clamp(KNOTS[0], KNOTS[1]).min(most)
}

/// The most pieces that samples with so many distinct inputs can tell from fewer.
pub(super) fn most_pieces(n_distinct: usize) -> usize {
    n_distinct / least_of_piece(n_distinct)
}

/// Runs of noise to one side are about `log2 n` samples long.
fn least_of_piece(n_distinct: usize) -> usize {
    LEAST_OF_PIECE.max(n_distinct.max(1).ilog2() as usize)
}
