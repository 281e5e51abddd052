//! Time ranges and periods.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A range of time in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) struct Range {
    pub(in crate::console) start_ms: i64,
    /// The first moment after it.
    pub(in crate::console) end_ms: i64,
    /// What ranges such as `-PT3H` of a widget are counted from.
    pub(in crate::console) now_ms: i64,
    /// The period in seconds where a widget names none.
    pub(in crate::console) period: i64,
}

/// The period where nothing names one.
pub(super) const PERIOD: i64 = 300;
/// Figures of a series.
const MOST_FIGURES: i64 = 1440;
/// The longest period there is.
const LONGEST: i64 = 31_536_000;
/// The periods that the console offers.
const PERIODS: [i64; 9] = [60, 300, 900, 3600, 21_600, 86_400, 604_800, 2_592_000, LONGEST];

impl Range {
    /// How long it is, in seconds, rounded up.
    pub(super) fn seconds(&self) -> i64 {
        self.end_ms.saturating_sub(self.start_ms).max(1000).saturating_add(999) / 1000
    }

    /// The period that is asked for, or a coarser one where it would give more figures than a graph has.
    pub(super) fn fitting(&self, period: i64) -> i64 {
        if self.seconds() / period.max(1) <= MOST_FIGURES {
            return period;
        }
        let fits = |coarser: &i64| *coarser > period && self.seconds() / coarser <= MOST_FIGURES;
        PERIODS.into_iter().find(fits).unwrap_or(LONGEST)
    }

    /// The shortest period that has the whole range in one figure: periods begin at multiples of themselves since 1970.
    pub(super) fn as_period(&self) -> i64 {
        let first = self.start_ms.div_euclid(60_000);
        let last = self.end_ms.saturating_sub(1).div_euclid(60_000);
        let shortest = (last - first + 1).max(1);
        let mut minutes = shortest;
        while minutes <= LONGEST / 60 {
            if first.div_euclid(minutes) == last.div_euclid(minutes) {
                return minutes * 60;
            }
            minutes += 1;
        }
        (shortest * 60).min(LONGEST)
    }
}

/// A range as it is written: `-PT3H`, or times as ISO 8601.
pub(super) fn written(start: Option<&str>, end: Option<&str>, now_ms: i64) -> Option<Range> {
    let start_ms = moment(start?, now_ms)?;
    let end_ms = end.map_or(Some(now_ms), |end| moment(end, now_ms))?;
    (start_ms < end_ms).then_some(Range { start_ms, end_ms, now_ms, period: PERIOD })
}

/// `-PT3H`, `-P7D`, `2026-11-30T12:00:00.000Z`, in milliseconds since 1970.
pub(super) fn moment(text: &str, now_ms: i64) -> Option<i64> {
    if text.starts_with(['-', 'P']) {
        let span: Span = text.trim_start_matches('-').parse().ok()?;
        let now = Timestamp::from_millisecond(now_ms).ok()?.to_zoned(TimeZone::UTC);
        return Some(now.checked_sub(span).ok()?.timestamp().as_millisecond());
    }
    let time = text.parse::<Timestamp>().ok().or_else(|| format!("{text}Z").parse().ok())?;
    Some(time.as_millisecond())
}

/// The offset that a widget's `timezone` asks for, in minutes, and its name; UTC unless it is like `+0130`.
pub(super) fn zone(name: Option<&str>) -> (i64, String) {
    let read = |name: &str| {
        let sign = if name.starts_with('-') { -1 } else { 1 };
        let digits = name.strip_prefix(['+', '-'])?;
        let hours: i64 = digits.get(..2)?.parse().ok()?;
        let minutes: i64 = digits.get(2..)?.trim_start_matches(':').parse().ok()?;
        (hours <= 14 && minutes < 60).then(|| (sign * (hours * 60 + minutes), name.to_owned()))
    };
    name.and_then(read).filter(|(offset, _)| *offset != 0).unwrap_or_else(|| (0, "UTC".to_owned()))
}

/// A time by a format of `strftime`, so many minutes from UTC.
pub(super) fn shown(at_ms: i64, offset: i64, format: &str) -> String {
    let at = Timestamp::from_millisecond(at_ms.saturating_add(offset * 60_000));
    at.map_or_else(|_| at_ms.to_string(), |at| at.strftime(format).to_string())
}

/// `5 minutes`, as the console names periods.
pub(super) fn period_name(seconds: i64) -> String {
    let (count, unit) = match seconds {
        _ if seconds % 86_400 == 0 => (seconds / 86_400, "day"),
        _ if seconds % 3600 == 0 => (seconds / 3600, "hour"),
        _ if seconds % 60 == 0 => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_796_040_000_000;

    #[test]
    fn ranges_as_they_are_written() {
        let range = |start: &str, end: Option<&str>| {
            written(Some(start), end, NOW).map(|range| (NOW - range.start_ms, range.end_ms - NOW))
        };
        assert_eq!(range("-PT3H", None), Some((3 * 3_600_000, 0)));
        assert_eq!(range("-P7D", None), Some((7 * 86_400_000, 0)));
        assert_eq!(range("-PT90M", Some("-PT30M")), Some((5_400_000, -1_800_000)));
        assert_eq!(range("-P1M", None), Some((31 * 86_400_000, 0)));
        assert_eq!(range("2026-11-30T11:00:00.000Z", Some("2026-11-30T12:30:00")), Some((3_600_000, 1_800_000)));
        for (start, end) in
            [("yesterday", None), ("-PT", None), ("", None), ("-PT1H", Some("-PT2H")), ("-P999999999Y", None)]
        {
            assert_eq!(range(start, end), None, "{start}");
        }
    }

    #[test]
    fn periods_fit_the_range() {
        let range = |seconds: i64| Range { start_ms: NOW - seconds * 1000, end_ms: NOW, now_ms: NOW, period: 300 };
        assert_eq!(range(3 * 3600).fitting(60), 60);
        assert_eq!(range(14 * 86_400).fitting(60), 900);
        assert_eq!(range(14 * 86_400).fitting(3600), 3600);
        assert_eq!(range(i64::MAX / 1000).fitting(60), LONGEST);
        for seconds in [60, 3600, 3 * 3600, 86_400, 15 * 86_400] {
            let range = range(seconds);
            let period = range.as_period() * 1000;
            assert_eq!(range.start_ms.div_euclid(period), (range.end_ms - 1).div_euclid(period), "{seconds}");
        }
        assert_eq!(range(i64::MAX / 2000).as_period(), LONGEST);
    }

    #[test]
    fn names_of_periods_and_zones() {
        assert_eq!(
            ["1 minute", "5 minutes", "1 hour", "2 days", "90 minutes", "10 seconds"],
            [60, 300, 3600, 172_800, 5400, 10].map(period_name).each_ref().map(String::as_str)
        );
        assert_eq!(zone(Some("+0130")), (90, "+0130".to_owned()));
        assert_eq!(zone(Some("-05:00")), (-300, "-05:00".to_owned()));
        for name in [None, Some("UTC"), Some("LOCAL"), Some("+99"), Some("+9é00")] {
            assert_eq!(zone(name), (0, "UTC".to_owned()));
        }
        assert_eq!(shown(NOW, 90, "%H:%M"), "13:30");
        assert_eq!(shown(i64::MAX, 0, "%H:%M"), i64::MAX.to_string());
    }
}
