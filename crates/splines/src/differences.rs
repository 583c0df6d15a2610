//! Second differences: the curvature of a function that is only known by its values.

/// The second derivative of `f` at x, from three values a ten-thousandth of the interval apart; 0 where they differ by
/// roundings alone. Near an end, that of the place one step inside.
pub fn second_difference(f: impl Fn(f64) -> f64, x: f64, (low, high): (f64, f64)) -> f64 {
    let step = 1e-4 * (high - low);
    let x = x.clamp(low + step, high - step);
    let [left, middle, right] = [x - step, x, x + step].map(f);
    let bend = left - 2.0 * middle + right;
    let rounding = 16.0 * f64::EPSILON * (left.abs() + middle.abs() + right.abs());
    if bend.abs() > rounding {
        bend / (step * step)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::second_difference;

    #[test]
    fn a_parabola_bends_by_two_and_a_line_not_at_all() {
        for x in [-1.0, -0.3, 1.0] {
            let bend = second_difference(|x| x * x + 3.0, x, (-1.0, 1.0));
            assert!((bend - 2.0).abs() < 1e-6, "{bend}"); // roundings of 3 over a step squared
            assert_eq!(second_difference(|x| 3.0 * x + 1.0, x, (-1.0, 1.0)), 0.0);
        }
    }
}
