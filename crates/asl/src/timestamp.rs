//! Points in time, as the language writes them.

use jiff::SignedDuration;
use jiff::civil::DateTime;

/// The beginning of 1970, from which all is counted.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// What stands before the fraction: `2026-11-22T15:04:05`.
const SECONDS: usize = 19;

/// `2026-11-22T15:04:05.678Z` from milliseconds since 1970; a whole second has no fraction.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
pub(super) fn format(milliseconds: i64) -> String {
    let Ok(time) = EPOCH.checked_add(SignedDuration::from_millis(milliseconds)) else {
        return milliseconds.to_string();
    };
    if milliseconds.rem_euclid(1000) == 0 { format!("{time:.0}Z") } else { format!("{time:.3}Z") }
}

/// Nanoseconds since 1970, if `text` is an RFC 3339 timestamp with a capital `T` and an offset or a capital `Z`.
///
/// Years have four digits, so that the last second is that of 9999. A fraction has any number of digits, of which nine count; the second
/// 60 of a leap second is the one before. <https://www.rfc-editor.org/rfc/rfc3339#section-5.6>, <https://states-language.net/spec.html#timestamps>
pub(super) fn parse(text: &str) -> Option<i128> {
    let (local, rest) = text.split_at_checked(SECONDS)?;
    let shape = local.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    if !shape {
        return None;
    }
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest.split_at_checked(digits).filter(|(fraction, _)| !fraction.is_empty())?
        }
        None => ("0", rest),
    };
    let since = local.parse::<DateTime>().ok()?.duration_since(EPOCH);
    let fraction: i128 = fraction.chars().chain("000000000".chars()).take(9).collect::<String>().parse().ok()?;
    Some(since.as_nanos() + fraction - offset_seconds(zone)? * 1_000_000_000)
}

/// The seconds of `Z`, `+hh:mm` or `-hh:mm`.
fn offset_seconds(zone: &str) -> Option<i128> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes() {
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let part = |at: usize, most: i128| {
        let digits = zone.get(at..at + 2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse::<i128>().ok().filter(|number| *number <= most)
    };
    Some(sign * (part(1, 23)? * 3600 + part(4, 59)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rfc_3339_is_a_timestamp() {
        for good in ["2016-03-14T01:59:00Z", "2016-03-05T21:29:29.243167252Z", "2016-08-18T17:33:00+01:00"] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2016-12-05T21:29:29",
            "2016-12-05 21:29:29Z",
            "2016-13-05T21:29:29Z",
            "2016-12-05T25:29:29Z",
            "05-12-2016T21:29:29Z",
            "2016-12-05t21:29:29z",
            "2023-02-24",
            "2016-12-05T21:29:29.Z",
            "20161205T212929Z",
            "2016-12-05T21:29:29+0100",
            "2016-12-05T21:29:29+01",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
        for beyond in [
            "10000-01-01T00:00:00Z",
            "+10000-01-01T00:00:00Z",
            "2016-02-30T00:00:00Z",
            "2016-03-14T24:00:00Z",
            "2016-03-14T01:60:00Z",
            "2016-03-14T01:59:61Z",
            "2016-03-14T01:59:00+24:00",
            "2016-03-14T01:59:00+01:60",
            "2016-03-14T01:59:00+1:00",
            "2016-03-14T01:59:00.+01:00",
            "2016-03-14T01:59:00Zé",
            "2016-03-14T01:59:0éZ",
        ] {
            assert!(parse(beyond).is_none(), "{beyond}");
        }
        assert_eq!(parse("1970-01-01T00:00:01Z"), Some(1_000_000_000));
    }

    #[test]
    fn all_of_rfc_3339_is_read() {
        let second = 1_000_000_000;
        for (text, nanoseconds) in [
            ("9999-12-31T23:59:59Z", 253_402_300_799 * second),
            ("9999-12-31T23:59:59-23:59", (253_402_300_799 + 86_340) * second),
            ("0000-01-01T00:00:00Z", -62_167_219_200 * second),
            ("1970-01-01T00:00:00+23:59", -86_340 * second),
            ("1970-01-01T00:00:00-00:00", 0),
            ("1970-01-01T00:00:00.1234567891Z", 123_456_789),
            ("1970-01-01T00:00:00.5Z", 500_000_000),
            ("2016-12-31T23:59:60Z", 1_483_228_799 * second),
        ] {
            assert_eq!(parse(text), Some(nanoseconds), "{text}");
        }
    }

    #[test]
    fn times_are_written_with_milliseconds() {
        assert_eq!(format(1_553_631_253_192), "2019-03-26T20:14:13.192Z");
        assert_eq!(format(0), "1970-01-01T00:00:00Z");
        assert_eq!(format(253_402_300_799_999), "9999-12-31T23:59:59.999Z");
        assert_eq!(format(120), "1970-01-01T00:00:00.120Z");
    }
}
