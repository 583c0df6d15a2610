//! A smooth network of many units, as one of few.

use crate::{
    network::{BestNet, BestNets},
    shape::Shape,
    smooth::{Smooth, Smoother},
};

/// The share of the variance of a smooth spline that a network of fewer units may add.
const NEGLIGIBLE: f64 = 0.02;

impl Smoother<'_> {
    /// The network of fewest units that is as good as a smooth spline: the mean squared distance between them is at most a fiftieth
    /// of the variance that noise leaves in the spline. It has the shape that is given. None where more than `most` units would be needed.
    pub fn merged(&self, smooth: &Smooth, most: usize, shape: Option<&Shape>) -> Option<BestNet> {
        let n = self.moments.total_weight();
        let free = smooth.degrees_of_freedom;
        let noise = smooth.loss * n / (n - free).max(1.0);
        let enough = NEGLIGIBLE * noise * free / n;
        let curve = self.curve(smooth);
        let nets = BestNets::new(&curve).with_least(1);
        let is_enough = |net: &Option<BestNet>| net.as_ref().is_some_and(|net| net.loss <= enough);
        let of = |width: usize| match shape {
            Some(shape) => nets.shaped(width, shape),
            None => Some(nets.of(width)),
        };
        let (mut below, mut width) = (0, 1);
        let mut met = loop {
            let net = of(width);
            if is_enough(&net) {
                break net;
            }
            if width == most {
                return None;
            }
            below = width;
            width = (width + width.div_ceil(2)).min(most);
        };
        while width - below > 1 {
            let middle = usize::midpoint(below, width);
            let net = of(middle);
            match is_enough(&net) {
                true => (width, met) = (middle, net),
                false => below = middle,
            }
        }
        met
    }
}
