//! Dates and times in cells, as seconds.

use jiff::{
    Timestamp,
    civil::{DateTime, date},
    tz::Offset,
};

/// The seconds since the beginning of 1970 in UTC that a date or time by ISO 8601 means, such as `2024-01-31`, `2024-01-31 12:30` or
/// `2024-01-31T12:30:00+01:00`; without an offset it is UTC. None of other text.
pub fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let is_year = bytes.len() >= 10 && bytes[..4].iter().all(u8::is_ascii_digit);
    if !is_year || bytes[4] != b'-' {
        return None;
    }
    let local = || {
        let time: DateTime = text.parse().ok()?;
        Some(
            time.duration_since(date(1970, 1, 1).at(0, 0, 0, 0))
                .as_secs_f64(),
        )
    };
    let instant = text.parse::<Timestamp>().ok();
    let instant = instant.map(|time| time.as_microsecond() as f64 / 1e6);
    instant.or_else(local)
}

/// The day, as `2024-01-31`, of a time in seconds since the beginning of 1970 in UTC; nothing beyond the calendar.
pub fn day(seconds: f64) -> String {
    instant(seconds).map_or_else(String::new, |time| time.date().to_string())
}

/// The instant, as `2024-01-31T12:30:00`, of a time in seconds since the beginning of 1970 in UTC, to the second; nothing beyond the
/// calendar.
pub fn moment(seconds: f64) -> String {
    instant(seconds).map_or_else(String::new, |time| time.to_string())
}

fn instant(seconds: f64) -> Option<DateTime> {
    let time = Timestamp::from_second(seconds.round() as i64).ok()?;
    Some(Offset::UTC.to_datetime(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_is_read() {
        assert_eq!(day(1_709_209_801.4), "2024-02-29");
        assert_eq!(day(-1.0), "1969-12-31");
        assert_eq!(moment(1_709_209_801.4), "2024-02-29T12:30:01");
        assert_eq!(day(1e18), "");
    }

    #[test]
    fn iso_dates_and_times_are_seconds() {
        for (text, wanted) in [
            ("1970-01-01", Some(0.0)),
            ("1970-01-02", Some(86_400.0)),
            ("2024-02-29", Some(1_709_164_800.0)),
            (" 2024-02-29T12:30 ", Some(1_709_209_800.0)),
            ("2024-02-29 12:30:01.5", Some(1_709_209_801.5)),
            ("2024-02-29T12:30:00Z", Some(1_709_209_800.0)),
            ("2024-02-29T12:30:00+01:00", Some(1_709_206_200.0)),
            ("1969-12-31T23:59:59Z", Some(-1.0)),
            ("2023-02-29", None),
            ("2024-13-01", None),
            ("9999-12-31", Some(253_402_214_400.0)),
            ("2024", None),
            ("12:30", None),
            ("2024-01-31x", None),
            ("20240131", None),
        ] {
            assert_eq!(seconds(text), wanted, "{text}");
        }
    }
}
