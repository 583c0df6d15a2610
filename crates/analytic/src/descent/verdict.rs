//! How a fit went, told from its losses, and what to do about its learning rate.

use shallow_data::short;

/// How a fit went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The loss falls, or has settled.
    Converging,
    /// The loss falls, but the learning rate is below a tenth of the stability limit.
    Slow,
    /// The loss goes up and down and does not settle.
    Oscillating,
    /// Every unit is where its activation is flat: gradients vanish, and the loss is stuck above a hundredth of
    /// its first value.
    Saturated,
}

impl Verdict {
    /// One word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Converging => "converging",
            Self::Slow => "slow",
            Self::Oscillating => "oscillating",
            Self::Saturated => "saturated",
        }
    }
}

/// The verdict on a fit with these losses.
pub fn verdict(
    losses: &[f64],
    is_saturated: bool,
    learning_rate: f64,
    stability_limit: f64,
) -> Verdict {
    let (first, last) = (losses[0], losses[losses.len() - 1]);
    if is_saturated && last > 0.01 * first {
        Verdict::Saturated
    } else if oscillates(losses) {
        Verdict::Oscillating
    } else if learning_rate < 0.1 * stability_limit {
        Verdict::Slow
    } else {
        Verdict::Converging
    }
}

/// Whether a loss in the second half is a tenth larger than one before it there, and by more than a millionth of the first,
/// which rounding may be.
pub(super) fn oscillates(losses: &[f64]) -> bool {
    let mut least = f64::INFINITY;
    losses[losses.len() / 2..].iter().any(|loss| {
        least = least.min(*loss);
        *loss > 1.1 * least + 1e-6 * losses[0]
    })
}

/// What to do about a learning rate that failed, in half a sentence: `learning rate 1 is above the stability limit 0.0386 of
/// this problem; try 0.019`. `working_rate` is one that was tried: see [`Diagnosis`](super::Diagnosis).
pub fn advice(learning_rate: f64, stability_limit: f64, working_rate: Option<f64>) -> String {
    let learning_rate_text = short(learning_rate);
    let what = if learning_rate > stability_limit {
        let limit = significant(stability_limit, 3);
        format!(
            "learning rate {learning_rate_text} is above the stability limit {limit} of this problem"
        )
    } else {
        format!("learning rate {learning_rate_text} is too large on the way")
    };
    match working_rate {
        Some(rate) => format!("{what}; try {rate}"),
        None => format!("{what}; try a smaller one"),
    }
}

/// The number to this many significant digits.
pub(super) fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_gives_the_limit_to_three_digits_and_a_rate_that_was_tried() {
        let above =
            "learning rate 1 is above the stability limit 0.0386 of this problem; try 0.019";
        assert_eq!(advice(1.0, 0.038612, Some(0.019)), above);
        assert_eq!(
            advice(0.01, 0.0386, None),
            "learning rate 0.01 is too large on the way; try a smaller one"
        );
    }

    #[test]
    fn losses_that_alternate_oscillate_and_losses_that_fall_converge() {
        let falling: Vec<f64> = (0..100).map(|epoch| 0.9_f64.powi(epoch)).collect();
        let alternating: Vec<f64> = (0..100)
            .map(|epoch| 1.0 + 0.2 * f64::from(epoch % 2))
            .collect();
        assert_eq!(verdict(&falling, false, 0.01, 0.04), Verdict::Converging);
        assert_eq!(verdict(&falling, false, 0.001, 0.04), Verdict::Slow);
        assert_eq!(
            verdict(&alternating, false, 0.05, 0.04),
            Verdict::Oscillating
        );
        assert_eq!(
            verdict(&[1.0, 1.2, 1.2], true, 1.0, 0.04),
            Verdict::Saturated
        );
        assert_eq!(verdict(&[0.5], false, 0.01, 0.04), Verdict::Converging);
    }
}
