//! Where an axis has its ticks, and what is written beside them.

/// A place on an axis and its label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// Ticks at multiples of 1, 2 or 5 times a power of ten: as many as there are up to `most`, or one step's fewest.
/// `is_whole` asks for whole numbers.
pub(crate) fn linear(low: f64, high: f64, most: usize, is_whole: bool) -> Vec<Tick> {
    let least = (high - low) / most.max(1) as f64;
    let start = least.log10().floor() as i32 - 1;
    let start = if is_whole { start.max(0) } else { start };
    let steps = (start..start + 4).flat_map(|power| [1, 2, 5].map(|digit| (digit, power)));
    for (digit, power) in steps {
        let step = f64::from(digit) * power_of_ten(power);
        let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        let n = (last - first + 1.0).max(0.0);
        if n > most as f64 {
            continue;
        }
        if is_whole && n == 0.0 {
            return linear(low, high, most, false);
        }
        let values: Vec<f64> = (0..n as usize).map(|i| (first + i as f64) * step).collect();
        let labels = labels(&values, power);
        let ticks = values.into_iter().zip(labels);
        return ticks.map(|(value, label)| Tick { value, label }).collect();
    }
    Vec::new()
}

/// Labels of multiples of a step whose last digit stands at `power`: all with as many decimals, and plain unless that
/// is long. Otherwise all have the same power of ten.
fn labels(values: &[f64], power: i32) -> Vec<String> {
    let size = values
        .iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    let decimals = (-power).max(0) as usize;
    let written = |write: &dyn Fn(f64) -> String| -> Vec<String> {
        let write = |value: &f64| match *value == 0.0 {
            true => write(0.0), // without the sign of -0
            false => write(*value),
        };
        values.iter().map(write).collect()
    };
    let is_plain = size < 1e7 && decimals <= 4;
    let plain = match size < 1e20 && decimals < 20 {
        true => written(&|value| format!("{value:.decimals$}")),
        false => Vec::new(),
    };
    if is_plain || size == 0.0 && !plain.is_empty() {
        return plain;
    }
    let exponent = format!("{size:e}");
    let exponent = exponent
        .split_once('e')
        .map_or("0", |(_, exponent)| exponent);
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = (exponent - power).max(0) as usize;
    let scientific = written(&|value| match value == 0.0 {
        true => "0".into(),
        false => format!("{:.digits$}e{exponent}", value / power_of_ten(exponent)),
    });
    let longest = |labels: &[String]| labels.iter().map(String::len).max();
    match !plain.is_empty() && longest(&plain) <= longest(&scientific) {
        true => plain,
        false => scientific,
    }
}

/// Ticks of a logarithmic axis that goes from one power of ten to another: at powers, and at 2 and 5 times a power where
/// there is room.
pub(crate) fn decades(low: i32, high: i32, most: usize) -> Vec<Tick> {
    let is_plain = low >= -4 && high <= 4;
    let tick = |digit: i32, power: i32| Tick {
        value: f64::from(digit) * power_of_ten(power),
        label: match is_plain {
            true => format!(
                "{:.*}",
                (-power).max(0) as usize,
                f64::from(digit) * power_of_ten(power)
            ),
            false => format!("{digit}e{power}"),
        },
    };
    if 3 * (high - low) < most as i32 {
        let digits = (low..high).flat_map(|power| [1, 2, 5].map(|digit| tick(digit, power)));
        return digits.chain([tick(1, high)]).collect();
    }
    let step = ((high - low) as usize + 1).div_ceil(most.max(2)).max(1);
    let powers = (low..=high).filter(|power| power.rem_euclid(step as i32) == 0);
    powers.map(|power| tick(1, power)).collect()
}

/// As exact as the numbers allow, which `powi` is not.
pub(crate) fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(low: f64, high: f64, most: usize, is_whole: bool) -> Vec<String> {
        let ticks = linear(low, high, most, is_whole);
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn labels_are_short_end_in_no_point_and_have_the_same_decimals() {
        assert_eq!(shown(-0.1, 1.1, 3, false), ["0.0", "0.5", "1.0"]);
        assert_eq!(shown(-0.1, 1.1, 2, false), ["0", "1"]);
        assert_eq!(
            shown(-1.0, 1.0, 5, false),
            ["-1.0", "-0.5", "0.0", "0.5", "1.0"]
        );
        assert_eq!(shown(-40.0, 125.0, 5, false), ["0", "50", "100"]);
        assert_eq!(
            shown(0.0, 1000.0, 6, false),
            ["0", "200", "400", "600", "800", "1000"]
        );
        assert_eq!(shown(0.0, 0.0004, 3, false), ["0.0000", "0.0002", "0.0004"]);
    }

    #[test]
    fn very_large_very_small_and_very_near_values_are_told_apart() {
        assert_eq!(
            shown(0.0, 4e-8, 5, false),
            ["0", "1e-8", "2e-8", "3e-8", "4e-8"]
        );
        assert_eq!(
            shown(-2e7, 2e7, 5, false),
            ["-2e7", "-1e7", "0", "1e7", "2e7"]
        );
        assert_eq!(
            shown(1.7e9, 1.7e9 + 8e4, 5, false),
            [
                "1.70000e9",
                "1.70002e9",
                "1.70004e9",
                "1.70006e9",
                "1.70008e9"
            ]
        );
        assert_eq!(
            shown(1e6, 1e6 + 1.0, 3, false),
            ["1000000.0", "1000000.5", "1000001.0"]
        );
        assert_eq!(shown(0.0, 2e300, 3, false), ["0", "1e300", "2e300"]);
    }

    #[test]
    fn whole_numbers_have_whole_ticks() {
        assert_eq!(shown(1.0, 3.0, 11, true), ["1", "2", "3"]);
        assert_eq!(shown(-0.1, 1.1, 11, true), ["0", "1"]);
        assert_eq!(
            shown(0.0, 4999.0, 6, true),
            ["0", "1000", "2000", "3000", "4000"]
        );
        assert_eq!(shown(0.3, 0.6, 4, true), ["0.3", "0.4", "0.5", "0.6"]);
    }

    #[test]
    fn a_logarithmic_axis_writes_all_its_ticks_in_one_way() {
        let shown = |low, high, most| -> Vec<String> {
            let ticks = decades(low, high, most);
            ticks.into_iter().map(|tick| tick.label).collect()
        };
        assert_eq!(shown(-3, 1, 9), ["0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(
            shown(-5, 0, 9),
            ["1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1e0"]
        );
        assert_eq!(shown(-1, 0, 9), ["0.1", "0.2", "0.5", "1"]);
        assert_eq!(
            shown(-2, 0, 7),
            ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]
        );
        assert_eq!(shown(-16, 0, 5), ["1e-16", "1e-12", "1e-8", "1e-4", "1e0"]);
    }
}
