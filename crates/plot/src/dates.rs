//! Ticks at whole seconds, days, months or years, of times in seconds since the beginning of 1970 in UTC.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

use crate::ticks::Tick;

/// A step from one tick to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Seconds(i64),
    Months(i32),
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// From the finest on.
const STEPS: [Step; 31] = [
    Step::Seconds(1),
    Step::Seconds(2),
    Step::Seconds(5),
    Step::Seconds(10),
    Step::Seconds(30),
    Step::Seconds(MINUTE),
    Step::Seconds(2 * MINUTE),
    Step::Seconds(5 * MINUTE),
    Step::Seconds(10 * MINUTE),
    Step::Seconds(30 * MINUTE),
    Step::Seconds(HOUR),
    Step::Seconds(2 * HOUR),
    Step::Seconds(6 * HOUR),
    Step::Seconds(12 * HOUR),
    Step::Seconds(DAY),
    Step::Seconds(2 * DAY),
    Step::Seconds(7 * DAY),
    Step::Seconds(14 * DAY),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
    Step::Months(240),
    Step::Months(600),
    Step::Months(1200),
    Step::Months(6000),
    Step::Months(12_000),
];

/// The most ticks there are by the finest step that has at most so many; none where a second or the calendar is left behind.
pub(crate) fn ticks(low: f64, high: f64, most: usize) -> Option<Vec<Tick>> {
    let [first, last] = [low, high].map(date);
    let (first, last) = (first?, last?);
    if high - low < 2.0 {
        return None;
    }
    let steps = STEPS.into_iter();
    let mut counted = steps.map(|step| (step, places(step, (low, high), (first, last), most)));
    let (step, values) = counted.find_map(|(step, values)| Some((step, values?)))?;
    let ticks: Option<Vec<Tick>> = values
        .into_iter()
        .map(|value| {
            let label = label(step, date(value)?);
            Some(Tick { value, label })
        })
        .collect();
    ticks.filter(|ticks| !ticks.is_empty())
}

fn date(seconds: f64) -> Option<DateTime> {
    let whole = seconds.floor();
    let time = Timestamp::from_second((whole.abs() < 1e13).then_some(whole as i64)?).ok()?;
    Some(Offset::UTC.to_datetime(time))
}

/// The places of a step between two times; none where they are more than `most`.
fn places(
    step: Step,
    (low, high): (f64, f64),
    (first, last): (DateTime, DateTime),
    most: usize,
) -> Option<Vec<f64>> {
    match step {
        Step::Seconds(step) => {
            let step = step as f64;
            let (from, to) = ((low / step).ceil(), (high / step).floor());
            let n = (to - from + 1.0).max(0.0);
            (n <= most as f64).then(|| (0..n as usize).map(|i| (from + i as f64) * step).collect())
        }
        Step::Months(step) => {
            let month = |date: DateTime| 12 * i32::from(date.year()) + i32::from(date.month()) - 1;
            let (from, to) = (month(first).div_euclid(step), month(last).div_euclid(step));
            if (to - from) as usize > most + 1 {
                return None;
            }
            let begin = |number: i32| {
                let month = number * step;
                let year = i16::try_from(month.div_euclid(12)).ok()?;
                let day =
                    DateTime::new(year, month.rem_euclid(12) as i8 + 1, 1, 0, 0, 0, 0).ok()?;
                let time = Offset::UTC.to_timestamp(day).ok()?;
                Some(time.as_second() as f64)
            };
            let inside = |time: &f64| (low..=high).contains(time);
            let values: Vec<f64> = (from..=to).filter_map(begin).filter(inside).collect();
            (values.len() <= most).then_some(values)
        }
    }
}

fn label(step: Step, date: DateTime) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match step {
        Step::Months(months) if months % 12 == 0 => format!("{year}"),
        Step::Months(_) => format!("{year:04}-{month:02}"),
        Step::Seconds(step) if step % DAY == 0 => format!("{year:04}-{month:02}-{day:02}"),
        Step::Seconds(step) => {
            let (hour, minute, second) = (date.hour(), date.minute(), date.second());
            let time = match step % MINUTE {
                0 => format!("{hour:02}:{minute:02}"),
                _ => format!("{hour:02}:{minute:02}:{second:02}"),
            };
            // The day where it begins.
            match (hour, minute, second) {
                (0, 0, 0) => format!("{month:02}-{day:02}"),
                _ => time,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> Vec<String> {
        let ticks = ticks(low, high, 8).unwrap();
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn steps_are_those_of_the_calendar() {
        let day = 86_400.0;
        assert_eq!(
            labels(0.0, 10.0),
            [
                "01-01", "00:00:02", "00:00:04", "00:00:06", "00:00:08", "00:00:10"
            ]
        );
        assert_eq!(
            labels(0.0, day),
            ["01-01", "06:00", "12:00", "18:00", "01-02"]
        );
        assert_eq!(
            labels(day, 6.5 * day),
            [
                "1970-01-02",
                "1970-01-03",
                "1970-01-04",
                "1970-01-05",
                "1970-01-06",
                "1970-01-07"
            ]
        );
        assert_eq!(
            labels(0.0, 200.0 * day),
            [
                "1970-01", "1970-02", "1970-03", "1970-04", "1970-05", "1970-06", "1970-07"
            ]
        );
        assert_eq!(labels(0.0, 7300.0 * day), ["1970", "1975", "1980", "1985"]);
        assert_eq!(labels(-3e10, 3e10), ["1500", "2000", "2500"]);
    }

    #[test]
    fn every_tick_lies_between_the_ends_and_there_are_no_more_than_asked_for() {
        for low in [-5e10, -1e9, -1.0, 0.0, 0.5, 951_782_400.0, 1.7e9] {
            for power in 1..=36 {
                let high = low + 2.1_f64.powi(power);
                for most in 2..10 {
                    let Some(ticks) = ticks(low, high, most) else {
                        continue;
                    };
                    assert!(ticks.len() <= most, "{low} {high} {most} {ticks:?}");
                    assert!(ticks.iter().all(|tick| (low..=high).contains(&tick.value)));
                    assert!(ticks.windows(2).all(|two| two[0].value < two[1].value));
                }
            }
        }
        assert!(ticks(0.0, 1e15, 8).is_none() && ticks(0.0, 0.5, 8).is_none());
    }
}
