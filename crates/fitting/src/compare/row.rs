//! One method's numbers.

use serde::Serialize;

/// One line of the table. Errors are in the user's units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The method's name.
    pub method: String,
    /// Its free numbers.
    pub parameters: usize,
    /// Root mean square error on the training samples.
    pub train_rms: f64,
    /// Root mean square error on the test samples; of a file, on the rows held out.
    pub rms: f64,
    /// The largest error there.
    pub max_error: f64,
    /// Seconds, with all preparation.
    pub seconds: f64,
}

/// The best network's row.
pub(super) const BEST_NET: &str = "best net";

/// What cross-validation chooses of noisy samples.
pub(super) const CHOSEN: &str = "chosen by cross-validation";

/// The epochs of the long runs.
pub(super) const MILLION: usize = 1_000_000;

/// The epochs of Adam, and of Levenberg-Marquardt.
pub(super) const ADAMS: usize = 20_000;
pub(super) const SECOND_ORDER: usize = 500;

/// A number with commas between thousands.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(
            [500, 20_000, 1_000_000].map(grouped),
            ["500", "20,000", "1,000,000"]
        );
    }
}
