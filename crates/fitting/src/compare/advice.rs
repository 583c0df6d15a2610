//! What follows from the numbers.

use shallow_data::short;

use super::row::{ADAMS, BEST_NET, MILLION, Row, SECOND_ORDER, grouped};
use crate::{samples::Samples, yardstick::negligible};

/// What to do, by the numbers of the table, of networks of `h` units.
pub(super) fn advice(samples: &Samples, is_noisy: bool, h: usize, rows: &[&Row]) -> String {
    let least_of =
        |rows: &mut dyn Iterator<Item = &Row>| rows.min_by(|a, b| a.rms.total_cmp(&b.rms)).cloned();
    let mut all = rows.iter().copied();
    let mut networks = rows
        .iter()
        .copied()
        .filter(|row| flags(&row.method).is_some());
    let find = |name: &str| rows.iter().find(|row| row.method == name);
    let (Some(best_net), Some(least), Some(net)) =
        (find(BEST_NET), least_of(&mut all), least_of(&mut networks))
    else {
        return "No network could be fitted.".into();
    };
    // Rounding and chance are no reason for another.
    let net = if net.rms < 0.95 * best_net.rms {
        &net
    } else {
        best_net
    };
    let take = |row: &Row| {
        let flags = flags(&row.method).unwrap_or_default();
        format!("`shallow fit ... --hidden {h} {flags}`")
    };
    if net.rms <= negligible(&samples.y) {
        return format!(
            "Advice: take the {}, {}: it is exact.",
            net.method,
            take(net)
        );
    }
    if is_noisy && (net.method != BEST_NET || net.rms > 1.1 * net.train_rms) {
        return format!(
            "Advice: {h} units are enough to fit the noise; let the data choose the width, with `shallow fit ... --hidden auto`. Of the networks here, the least RMS is that of {}: {}.",
            net.method,
            short(net.rms)
        );
    }
    let million = format!("gradient descent, {} epochs", grouped(MILLION));
    let descent = find(&million).filter(|row| row.rms > 1.05 * net.rms).map(|row| {
        format!(
            "; a million epochs of gradient descent end {} times above it and take {} times as long",
            times(row.rms, net.rms),
            times(row.seconds, net.seconds)
        )
    });
    let descent = descent.unwrap_or_default();
    if least.method.starts_with("polynomial") && least.rms < 0.5 * net.rms {
        return format!(
            "Advice: take the {}, whose RMS is {} times below the best network's here, unless straight pieces are what you need; of the networks, take the {}, {}{descent}.",
            least.method,
            times(net.rms, least.rms),
            net.method,
            take(net)
        );
    }
    format!(
        "Advice: take the {}, {}: no other network here has an RMS below its {}{descent}.",
        net.method,
        take(net),
        short(net.rms)
    )
}

/// The flags of `fit` that make a method's network; none of what is no method of `fit`.
fn flags(method: &str) -> Option<String> {
    let epochs = |name: &str, epochs: usize| format!("{name}, {} epochs", grouped(epochs));
    let descents = [
        ("gradient descent", "gd", 500),
        ("gradient descent", "gd", MILLION),
        ("Adam", "adam", ADAMS),
        ("Levenberg-Marquardt", "lm", SECOND_ORDER),
    ];
    let descent = descents
        .into_iter()
        .find(|(name, _, n)| method == epochs(name, *n));
    match descent {
        Some((_, optimizer, n)) => Some(format!("--optimizer {optimizer} --epochs {n}")),
        None => (method == BEST_NET).then(|| "--method best".into()),
    }
}

fn times(a: f64, b: f64) -> String {
    match a / b {
        times if times < 10.0 => format!("{times:.1}"),
        times if times < 1e4 => format!("{times:.0}"),
        times => format!("{times:.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::methods::DESCENTS;

    #[test]
    fn every_descent_has_flags() {
        for (name, _, epochs, _) in DESCENTS {
            let method = format!("{name}, {} epochs", grouped(epochs));
            assert!(flags(&method).is_some(), "{method}");
        }
        assert!(flags("pwlf fitfast, 8 segments").is_none());
    }
}
