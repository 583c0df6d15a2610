//! The best continuous spline with knots at given samples, exactly: dynamic programming on functions of the value at a knot.
//!
//! The least squared error of the samples left of a knot, as a function of the value there, is the lower envelope of parabolas. A
//! piece more makes each of these another parabola at a later knot. All that are lowest anywhere are kept, so nothing is lost.

/// `least + steep * (value - at)^2`, and which parabola of which place it was made from.
#[derive(Debug, Clone, Copy)]
struct Parabola {
    least: f64,
    steep: f64,
    at: f64,
    from: (usize, usize),
}

impl Parabola {
    fn value(&self, at: f64) -> f64 {
        self.least + self.steep * (at - self.at).powi(2)
    }
}

/// The squared error of samples in one piece around their best line: weight, mean, and in the distances from the line's ends.
struct Piece {
    squares: f64,
    line: [f64; 2],
    first: f64,
    both: f64,
    second: f64,
}

impl Piece {
    fn new(x: &[f64], y: &[f64], ends: [f64; 2]) -> Self {
        let n = x.len() as f64;
        let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in x.iter().zip(y) {
            let (x, y) = (x - mean_x, y - mean_y);
            xx += x * x;
            xy += x * y;
            yy += y * y;
        }
        let slope = if xx > 0.0 { xy / xx } else { 0.0 };
        let width = ends[1] - ends[0];
        let (share, tilt) = ((mean_x - ends[0]) / width, xx / (width * width));
        Self {
            squares: (yy - slope * xy).max(0.0),
            line: ends.map(|end| mean_y + slope * (end - mean_x)),
            first: n * (1.0 - share).powi(2) + tilt,
            both: n * share * (1.0 - share) - tilt,
            second: n * share * share + tilt,
        }
    }

    /// The least over the value at the first end, as a function of that at the second.
    fn after(&self, before: &Parabola, from: (usize, usize)) -> Parabola {
        let (off, sum) = (before.at - self.line[0], before.steep + self.first);
        let (cross, rest) = match sum > 0.0 {
            true => (self.both / sum, before.steep * off * off * self.first / sum),
            false => (0.0, 0.0),
        };
        let steep = (self.second - self.both * cross).max(0.0);
        let pull = before.steep * off * cross;
        let shift = if steep > 1e-12 * self.second {
            pull / steep
        } else {
            0.0
        };
        Parabola {
            least: before.least + self.squares + (rest - pull * shift).max(0.0),
            steep,
            at: self.line[1] - shift,
            from,
        }
    }
}

/// The knots, the ends among them; `x` ascends, `places` are numbers of samples, the first and the last among them. Only what has
/// a squared error of at most `bound` is looked for.
pub(super) fn knots(
    x: &[f64],
    y: &[f64],
    places: &[usize],
    n_pieces: usize,
    bound: f64,
) -> Option<Vec<f64>> {
    let last = places.len() - 1;
    if n_pieces > last {
        return None;
    }
    let start = Parabola {
        least: 0.0,
        steep: 0.0,
        at: 0.0,
        from: (0, 0),
    };
    let mut levels = vec![vec![Vec::new(); places.len()]];
    levels[0][0].push(start);
    for piece in 1..=n_pieces {
        let before = &levels[piece - 1];
        let mut level = vec![Vec::new(); places.len()];
        let ends = if piece == n_pieces {
            last..=last
        } else {
            piece..=last - 1
        };
        for to in ends {
            let mut lowest = Vec::new();
            for from in (piece - 1..to).filter(|from| !before[*from].is_empty()) {
                let (first, end) = (places[from], if to == last { x.len() } else { places[to] });
                let ends = [places[from], places[to]].map(|at| x[at]);
                let step = Piece::new(&x[first..end], &y[first..end], ends);
                for (which, parabola) in before[from].iter().enumerate() {
                    let next = step.after(parabola, (from, which));
                    if next.least <= bound {
                        lower(&mut lowest, next);
                    }
                }
            }
            level[to] = lowest.into_iter().map(|(_, parabola)| parabola).collect();
        }
        levels.push(level);
    }
    let ends = levels[n_pieces][last].iter();
    let mut from = ends.min_by(|a, b| a.least.total_cmp(&b.least))?.from;
    let mut knots = vec![x[places[last]]];
    for piece in (0..n_pieces).rev() {
        knots.push(x[places[from.0]]);
        from = levels[piece][from.0][from.1].from;
    }
    knots.reverse();
    Some(knots)
}

/// Puts one more parabola into a lower envelope: where each begins to be the lowest, from minus infinity on.
fn lower(envelope: &mut Vec<(f64, Parabola)>, new: Parabola) {
    let mut lowest: Vec<(f64, Parabola)> = Vec::with_capacity(envelope.len() + 2);
    let mut push = |from: f64, parabola: Parabola| {
        if lowest
            .last()
            .is_none_or(|(_, last)| last.from != parabola.from)
        {
            lowest.push((from, parabola));
        }
    };
    if envelope.is_empty() {
        push(f64::NEG_INFINITY, new);
    }
    for (i, &(left, old)) in envelope.iter().enumerate() {
        let right = envelope.get(i + 1).map_or(f64::INFINITY, |next| next.0);
        let crossings = crossings(&new, &old);
        let inside = crossings.into_iter().filter(|at| left < *at && *at < right);
        let mut edges: Vec<f64> = [left].into_iter().chain(inside).collect();
        edges.push(right);
        for pair in edges.windows(2) {
            let between = match (pair[0].is_finite(), pair[1].is_finite()) {
                (true, true) => f64::midpoint(pair[0], pair[1]),
                (false, true) => pair[1] - 1.0 - pair[1].abs(),
                (true, false) => pair[0] + 1.0 + pair[0].abs(),
                (false, false) => 0.0,
            };
            let is_lower = new.value(between) < old.value(between);
            push(pair[0], if is_lower { new } else { old });
        }
    }
    *envelope = lowest;
}

/// Where two parabolas cross, in increasing order.
fn crossings(p: &Parabola, q: &Parabola) -> Vec<f64> {
    let a = p.steep - q.steep;
    let b = -2.0 * (p.steep * p.at - q.steep * q.at);
    let c = p.least - q.least + p.steep * p.at * p.at - q.steep * q.at * q.at;
    let under_root = b * b - 4.0 * a * c;
    if a == 0.0 {
        return if b == 0.0 { Vec::new() } else { vec![-c / b] };
    }
    if under_root <= 0.0 {
        return Vec::new();
    }
    let t = -0.5 * (b + under_root.sqrt().copysign(b));
    let mut roots = vec![t / a, if t == 0.0 { 0.0 } else { c / t }];
    roots.sort_by(f64::total_cmp);
    roots
}

#[cfg(test)]
mod tests {
    use super::knots;

    /// A tent on a line has three pieces and one place for each knot.
    #[test]
    fn a_tent_is_found_exactly() {
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let tent = |x: f64| 0.5 * x + (4.0 - (x - 21.0).abs()).max(0.0);
        let y: Vec<f64> = x.iter().map(|x| tent(*x)).collect();
        let places: Vec<usize> = (0..40).collect();
        let found = knots(&x, &y, &places, 4, f64::INFINITY);
        assert_eq!(found, Some(vec![0.0, 17.0, 21.0, 25.0, 39.0]));
        assert_eq!(knots(&x, &y, &places, 50, f64::INFINITY), None);
    }
}
