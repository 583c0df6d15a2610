//! Numbers for people: six significant digits.

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

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_short() {
        let written = [0.014924707, 1.0, 123456.789, 1.5e-7, 0.0, -2e9].map(short);
        assert_eq!(written, ["0.0149247", "1", "123457", "1.5e-7", "0", "-2e9"]);
    }
}
