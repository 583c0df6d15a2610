//! What follows from the numbers.

use shallow_data::short;

use super::row::{ADAMS, BEST_NET, CHOSEN, MILLION, Row, SECOND_ORDER, grouped};
use crate::{samples::Samples, yardstick::negligible};

/// What to do, by the numbers of the table, of networks of `h` units.
pub(super) fn advice(samples: &Samples, is_noisy: bool, h: usize, rows: &[&Row]) -> String {
    let least_of =
        |rows: &mut dyn Iterator<Item = &Row>| rows.min_by(|a, b| a.rms.total_cmp(&b.rms)).cloned();
    let is_network = |row: &&Row| flags(&row.method).is_some() || row.method == CHOSEN;
    let mut networks = rows.iter().copied().filter(is_network);
    let find = |name: &str| rows.iter().find(|row| row.method == name);
    let (Some(best_net), Some(least)) = (find(BEST_NET), least_of(&mut networks)) else {
        return "No network could be fitted.".into();
    };
    // Rounding and chance are no reason for another.
    let net = if least.rms < 0.95 * best_net.rms {
        &least
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
    if is_noisy {
        let chosen = find(CHOSEN).filter(|row| row.rms <= 1.05 * least.rms);
        return match chosen {
            Some(row) => format!(
                "Advice: take what `shallow fit ...` chooses, without --hidden: no network here has an RMS more than a twentieth below its {}.",
                short(row.rms)
            ),
            None => format!(
                "Advice: take the {}, {}: its RMS of {} is the least of the networks here.",
                least.method,
                take(&least),
                short(least.rms)
            ),
        };
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
    let all = least_of(&mut rows.iter().copied()).filter(|row| row.rms < 0.5 * net.rms);
    let other = all.map(|row| {
        format!(
            " The {} has an RMS {} times below it, but `shallow` ships straight pieces alone.",
            row.method,
            times(net.rms, row.rms)
        )
    });
    format!(
        "Advice: take the {}, {}: no other network here has an RMS below its {}{descent}.{}",
        net.method,
        take(net),
        short(net.rms),
        other.unwrap_or_default()
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
