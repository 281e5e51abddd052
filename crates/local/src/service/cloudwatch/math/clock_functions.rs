//! Functions of a point's time, in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// From milliseconds since 1970 to what a function tells of them.
pub(super) fn clock_function(name: &str) -> Option<fn(i64) -> f64> {
    fn part(at: i64, part: impl Fn(DateTime) -> i64) -> f64 {
        let time = Timestamp::from_millisecond(at).map(|time| TimeZone::UTC.to_datetime(time));
        #[expect(clippy::cast_precision_loss, reason = "a part of a date")]
        time.map_or(f64::NAN, |time| part(time) as f64)
    }
    Some(match name {
        "MINUTE" => |at| part(at, |time| time.minute().into()),
        "HOUR" => |at| part(at, |time| time.hour().into()),
        // Monday is 1.
        "DAY" => |at| part(at, |time| time.weekday().to_monday_one_offset().into()),
        "DATE" => |at| part(at, |time| time.day().into()),
        "MONTH" => |at| part(at, |time| time.month().into()),
        "YEAR" => |at| part(at, |time| time.year().into()),
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
        "EPOCH" => |at| at.div_euclid(1000) as f64,
        _ => return None,
    })
}
