//! Evenly spaced points, as `numpy.linspace` makes them.

/// `n` evenly spaced points from `start` to `stop`, both included: `start + i (stop - start) / (n - 1)`.
///
/// One point is `start`; the last of several is exactly `stop`.
///
/// # Source
///
/// `numpy.linspace(start, stop, n)`, bit for bit.
///
/// ```
/// assert_eq!(shallow_data::linspace(-1.0, 1.0, 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
/// ```
pub fn linspace(start: f64, stop: f64, n: usize) -> Vec<f64> {
    let step = (stop - start) / n.saturating_sub(1).max(1) as f64;
    let mut points: Vec<f64> = (0..n).map(|i| i as f64 * step + start).collect();
    if n > 1 {
        points[n - 1] = stop;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_points_are_no_points() {
        assert!(linspace(0.0, 1.0, 0).is_empty());
    }
}
