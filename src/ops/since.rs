//! `--since`: so long ago, or a time.

use std::time::Duration;

/// From when on something is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// So long before now.
    Ago(Duration),
    /// A time, milliseconds since 1970.
    At(i64),
}

impl Since {
    /// Milliseconds since 1970, where it is `now_ms`.
    pub(crate) fn ms(self, now_ms: i64) -> i64 {
        match self {
            Self::Ago(ago) => now_ms.saturating_sub(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX)),
            Self::At(ms) => ms,
        }
    }
}

/// `90s`, `10m`, `2h`, `1d`, `1h30m`.
///
/// # Errors
/// What is none of these.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| "expected a length such as `10m`, `90s`, `1h30m`, `7d`".to_owned())
}

/// `90s`, `10m`, `2h`, `1d`, `1h30m`; a time as RFC 3339 has it; a day.
///
/// # Errors
/// What is none of these.
pub(crate) fn parse_since(text: &str) -> Result<Since, String> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Since::At(at.as_millisecond()));
    }
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        let at = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| error.to_string())?;
        return Ok(Since::At(at.timestamp().as_millisecond()));
    }
    duration(text).map(Since::Ago).ok_or_else(|| {
        "expected a length such as `10m`, `90s`, `1h30m`, or a time such as `2026-11-30T10:00:00Z`".to_owned()
    })
}

fn duration(text: &str) -> Option<Duration> {
    let (mut total, mut digits) = (0_u64, String::new());
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let seconds = match letter {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        total = total.checked_add(std::mem::take(&mut digits).parse::<u64>().ok()?.checked_mul(seconds)?)?;
    }
    (digits.is_empty() && total > 0).then(|| Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_times_are_understood() {
        let ago = |text: &str| match parse_since(text) {
            Ok(Since::Ago(ago)) => ago.as_secs(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(["90s", "10m", "1h30m", "2d"].map(ago), [90, 600, 5400, 172_800]);
        assert_eq!(parse_since("2026-11-30T10:00:00Z"), Ok(Since::At(1_796_032_800_000)));
        assert_eq!(parse_since("2026-11-30"), Ok(Since::At(1_795_996_800_000)));
        for bad in ["", "10", "m", "10x", "0s", "-5m", "yesterday", "99999999999999999999d"] {
            assert!(parse_since(bad).is_err(), "{bad}");
        }
        assert_eq!(Since::Ago(Duration::from_mins(1)).ms(100_000), 40_000);
    }
}
