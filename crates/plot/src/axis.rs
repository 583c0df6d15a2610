//! An axis: which values it shows, and where along it a value lies.

use crate::{
    dates,
    ticks::{self, Tick, power_of_ten},
};

/// Larger numbers lie on the edge, so that no distance overflows.
const LARGEST: f64 = 1e307;

/// The most decades of a logarithmic axis.
const DECADES: i32 = 16;

/// The values from one end to the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Axis {
    /// From `low` to `high`. `is_whole` where all values are whole numbers.
    Linear { low: f64, high: f64, is_whole: bool },
    /// From one time to another, in seconds since the beginning of 1970 in UTC.
    Time { low: f64, high: f64 },
    /// From one power of ten to another.
    Logarithmic { low: i32, high: i32 },
}

impl Axis {
    /// From `low` to `high`, or some more where these are the same number, or hardly differ.
    pub(crate) fn between(low: f64, high: f64, is_whole: bool) -> Self {
        let (low, high) = (low.clamp(-LARGEST, LARGEST), high.clamp(-LARGEST, LARGEST));
        let size = low.abs().max(high.abs());
        let margin = match high - low > (1e-12 * size).max(1e-290) {
            true => 0.0,
            false if size < 1e-280 || is_whole && size < 1e9 => 0.5,
            false => 0.5 * size,
        };
        Self::Linear {
            low: low - margin,
            high: high + margin,
            is_whole,
        }
    }

    /// Around the values, with a share of their extent as a margin on both sides. Without values, from 0 to 1.
    pub(crate) fn around(values: impl Iterator<Item = f64> + Clone, margin: f64) -> Self {
        let is_whole = values.clone().all(|value| value.fract() == 0.0);
        let Some((low, high)) = extremes(values) else {
            return Self::between(0.0, 1.0, false);
        };
        let margin = margin * (high - low).min(LARGEST);
        Self::between(low - margin, high + margin, is_whole)
    }

    /// The same, where the values are times.
    pub(crate) fn of_times(self) -> Self {
        match self {
            Self::Linear { low, high, .. } => Self::Time { low, high },
            other => other,
        }
    }

    /// The whole decades around the values above 0, at most sixteen, from the highest down.
    pub(crate) fn decades(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = extremes(values.filter(|value| *value > 0.0)).unwrap_or((0.1, 1.0));
        let high = high.log10().ceil().min(307.0) as i32;
        let low = (low.log10().floor() as i32).clamp(high - DECADES, high - 1);
        Self::Logarithmic { low, high }
    }

    /// Where a value lies: 0 at the low end, 1 at the high one. A logarithmic axis puts what is below its low end there.
    pub(crate) fn share(&self, value: f64) -> f64 {
        match *self {
            Self::Linear { low, high, .. } | Self::Time { low, high } => {
                (value.clamp(-LARGEST, LARGEST) - low) / (high - low)
            }
            Self::Logarithmic { low, high } => {
                let power = value.max(power_of_ten(low)).log10();
                ((power - f64::from(low)) / f64::from(high - low)).clamp(0.0, 1.0)
            }
        }
    }

    /// The largest number of ticks.
    pub(crate) fn ticks(&self, most: usize) -> Vec<Tick> {
        match *self {
            Self::Linear {
                low,
                high,
                is_whole,
            } => ticks::linear(low, high, most, is_whole),
            Self::Time { low, high } => dates::ticks(low, high, most)
                .unwrap_or_else(|| ticks::linear(low, high, most, false)),
            Self::Logarithmic { low, high } => ticks::decades(low, high, most),
        }
    }

    /// As many ticks, up to `most`, as have room for their labels side by side; `width` tells a label's share of the axis.
    pub(crate) fn ticks_beside(&self, most: usize, width: impl Fn(&str) -> f64) -> Vec<Tick> {
        let fits = |ticks: &Vec<Tick>| {
            ticks.windows(2).all(|pair| {
                let apart = self.share(pair[1].value) - self.share(pair[0].value);
                (width(&pair[0].label) + width(&pair[1].label)) / 2.0 <= apart
            })
        };
        let mut fewer = (2..=most).rev().map(|most| self.ticks(most));
        fewer.find(fits).unwrap_or_else(|| self.ticks(1))
    }
}

/// The least and the greatest, if there are any.
fn extremes(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |ends, value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(values: &[f64]) -> Axis {
        Axis::around(values.iter().copied(), 0.05)
    }

    #[test]
    fn every_value_lies_on_its_axis_and_every_axis_has_ticks_on_it() {
        for values in [
            &[][..],
            &[0.0],
            &[7.0, 7.0],
            &[0.3, 0.3],
            &[1e-5],
            &[1e300, 1e-300],
            &[-f64::MAX, f64::MAX],
            &[f64::MIN_POSITIVE, 5e-324],
            &[1e300, 1e300],
            &[1e6, 1e6 + 1e-9],
            &[1e6, 1e6 + 1.0],
            &[-40.0, 125.0],
        ] {
            for axis in [around(values), Axis::decades(values.iter().copied())] {
                for value in values {
                    assert!(
                        (-1e-9..=1.0 + 1e-9).contains(&axis.share(*value)),
                        "{axis:?}"
                    );
                }
                for most in 2..12 {
                    let ticks = axis.ticks(most);
                    assert!(
                        (1..=most.max(4)).contains(&ticks.len()),
                        "{axis:?}: {ticks:?}"
                    );
                    for tick in ticks {
                        let share = axis.share(tick.value);
                        assert!((-1e-6..=1.0 + 1e-6).contains(&share), "{axis:?}: {tick:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn values_of_zero_do_not_stretch_a_logarithmic_axis() {
        let axis = Axis::decades([0.0, -1.0, 0.02, 3.0].into_iter());
        assert_eq!(axis, Axis::Logarithmic { low: -2, high: 1 });
        assert_eq!([axis.share(0.0), axis.share(10.0)], [0.0, 1.0]);
    }

    #[test]
    fn one_epoch_or_one_unit_has_one_tick() {
        let labels = |values: &[f64]| -> Vec<String> {
            let ticks = around(values).ticks(9);
            ticks.into_iter().map(|tick| tick.label).collect()
        };
        assert_eq!(labels(&[0.0]), ["0"]);
        assert_eq!(labels(&[5.0]), ["5"]);
    }

    #[test]
    fn wide_labels_leave_fewer_ticks() {
        let axis = Axis::between(0.0, 1.0, false);
        let count = |width: f64| axis.ticks_beside(11, |_| width).len();
        assert_eq!([count(0.09), count(0.15), count(0.9)], [11, 6, 2]);
    }
}
