//! Fewer points where a picture has not the pixels to show more.

use std::collections::HashSet;

/// A point in pixels.
pub(crate) type At = (i32, i32);

/// The most dots that are drawn of one line.
pub(crate) const DOTS: usize = 5000;

/// Of each run of points within one column, `column` pixels wide: the first, the lowest, the highest and the last. So
/// no spike is lost.
pub(crate) fn columns(points: &[At], column: i32) -> Vec<At> {
    let runs = points.chunk_by(|a, b| a.0.div_euclid(column) == b.0.div_euclid(column));
    let mut kept = Vec::new();
    for run in runs {
        if run.len() <= 4 {
            kept.extend_from_slice(run);
            continue;
        }
        let by_height = |at: &usize| run[*at].1;
        let lowest = (0..run.len()).min_by_key(by_height).unwrap_or(0);
        let highest = (0..run.len()).max_by_key(by_height).unwrap_or(0);
        let mut places = vec![0, lowest, highest, run.len() - 1];
        places.sort_unstable();
        places.dedup();
        kept.extend(places.into_iter().map(|at| run[at]));
    }
    kept
}

/// One point of each square cell. The cells are `cell` pixels wide, or twice, four times, ... as wide, until no more
/// than [`DOTS`] points are left. A point far from the others is always kept.
pub(crate) fn cells(points: &[At], mut cell: i32) -> Vec<At> {
    // In an order like a shuffled one, or the first point of each cell would always lie at its left: a visible grid.
    // The factor is prime, so every point comes once.
    let n = points.len() as u64;
    let mut kept: Vec<At> = (0..n)
        .map(|i| points[(i * 2_654_435_761 % n) as usize])
        .collect();
    let mut seen = HashSet::new();
    loop {
        seen.clear();
        kept.retain(|at| seen.insert((at.0.div_euclid(cell), at.1.div_euclid(cell))));
        if kept.len() <= DOTS {
            return kept;
        }
        cell *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_keeps_its_ends_and_every_spike() {
        let mut points: Vec<At> = (0..1_000_000).map(|i| (i / 1000, 500)).collect();
        points[345_678].1 = 7;
        points[345_679].1 = 990;
        let kept = columns(&points, 1);
        assert!(kept.len() <= 4000);
        assert!(kept.contains(&(345, 7)) && kept.contains(&(345, 990)));
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
    }

    #[test]
    fn a_short_line_stays_as_it_is() {
        let points = [(0, 1), (0, 2), (0, 0), (0, 1), (9, 9), (3, 3)];
        assert_eq!(columns(&points, 1), points);
    }

    #[test]
    fn many_dots_become_a_few_thousand_and_the_lonely_one_stays() {
        let mut points: Vec<At> = (0..1_000_000).map(|i| (i % 997, (i * 31) % 499)).collect();
        points.push((5000, 5000));
        let kept = cells(&points, 1);
        assert!((1000..=DOTS).contains(&kept.len()), "{}", kept.len());
        assert!(kept.contains(&(5000, 5000)));
    }
}
