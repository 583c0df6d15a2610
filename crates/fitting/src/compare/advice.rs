//! What follows from the numbers.

use shallow_data::{largest, short};

use super::row::{BEST_NET, MILLION, Row, grouped};
use crate::samples::Samples;

/// What to do, by the numbers of the table, of networks of `h` units.
pub(super) fn advice(samples: &Samples, h: usize, rows: &[&Row]) -> String {
    let find = |name: &str| rows.iter().find(|row| row.method == name);
    let Some(best_net) = find(BEST_NET) else {
        return "No network could be fitted.".into();
    };
    let least = rows
        .iter()
        .min_by(|a, b| a.rms.total_cmp(&b.rms))
        .unwrap_or(best_net);
    let times = |a: f64, b: f64| match a / b {
        times if times < 10.0 => format!("{times:.1}"),
        times if times < 1e4 => format!("{times:.0}"),
        times => format!("{times:.0e}"),
    };
    if best_net.rms <= 1e-12 * largest(&samples.y) {
        return format!(
            "Advice: take the best net, `shallow fit --method best --hidden {h}`: it is exact."
        );
    }
    let million = format!("gradient descent, {} epochs", grouped(MILLION));
    let descent = find(&million).filter(|row| row.rms > 1.05 * best_net.rms).map(|row| {
        format!(
            "; a million epochs of gradient descent end {} times above it and take {} times as long",
            times(row.rms, best_net.rms),
            times(row.seconds, best_net.seconds)
        )
    });
    let is_overfitted = best_net.rms > 1.1 * best_net.train_rms && samples.truth.is_none();
    if is_overfitted && least.rms < 0.95 * best_net.rms {
        return format!(
            "Advice: {h} units fit the noise, as the best net's error is {} times as large on rows held out as in training, and {} has less; let the data choose the width, with `shallow fit --hidden auto`.",
            times(best_net.rms, best_net.train_rms),
            least.method
        );
    }
    if is_overfitted {
        return format!(
            "Advice: take the best net, `shallow fit --method best --hidden {h}`, or a narrower one by --hidden auto, as its error on rows held out is {} times that in training{}.",
            times(best_net.rms, best_net.train_rms),
            descent.unwrap_or_default()
        );
    }
    if least.rms < 0.5 * best_net.rms {
        return format!(
            "Advice: take the {}, whose RMS is {} times below the best net's, unless straight pieces are what you need; of the networks, take `shallow fit --method best --hidden {h}`{}.",
            least.method,
            times(best_net.rms, least.rms),
            descent.unwrap_or_default()
        );
    }
    format!(
        "Advice: take the best net, `shallow fit --method best --hidden {h}`: nothing here has half its RMS of {}{}.",
        short(best_net.rms),
        descent.unwrap_or_default()
    )
}
