//! Numbers for people: six significant digits, and how many there are of something.

/// A number to six significant digits, without trailing zeros.
///
/// ```
/// assert_eq!(shallow_data::short(0.014924707), "0.0149247");
/// ```
pub fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    match rounded.abs() {
        0.0 => "0".into(),
        size if !(1e-4..1e7).contains(&size) => format!("{rounded:e}"),
        _ => format!("{rounded}"),
    }
}

/// A number to six significant digits, and no less than it is.
pub fn short_up(value: f64) -> String {
    six(value, |digits, value| digits < value, 1.0)
}

/// A number to six significant digits, and no more than it is.
pub fn short_down(value: f64) -> String {
    six(value, |digits, value| digits > value, -1.0)
}

fn six(value: f64, is_wrong: impl Fn(f64, f64) -> bool, by: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if value == 0.0 || !is_wrong(rounded, value) {
        return short(rounded);
    }
    let unit = 10_f64.powi(value.abs().log10().floor() as i32 - 5);
    let moved = format!("{:.5e}", rounded + by * unit);
    short(moved.parse().unwrap_or(value))
}

/// A number of things.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let written = [0.014924707, 1.0, 123456.789, 1.5e-7, 0.0, -2e9].map(short);
        assert_eq!(written, ["0.0149247", "1", "123457", "1.5e-7", "0", "-2e9"]);
    }

    #[test]
    fn bounds_are_rounded_to_what_is_true() {
        for (value, down, up) in [
            (0.0, "0", "0"),
            (0.5, "0.5", "0.5"),
            (1.0 / 3.0, "0.333333", "0.333334"),
            (9.999_999_9, "9.99999", "10"),
            (1.000_000_1e-8, "1e-8", "1.00001e-8"),
        ] {
            assert_eq!(
                (short_down(value).as_str(), short_up(value).as_str()),
                (down, up)
            );
        }
    }
}
