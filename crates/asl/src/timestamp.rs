//! Points in time, as the language writes them.

use jiff::Timestamp;

/// `2026-11-22T15:04:05.678Z` from milliseconds since 1970; a whole second has no fraction.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>
pub(super) fn format(milliseconds: i64) -> String {
    let Ok(time) = Timestamp::from_millisecond(milliseconds) else { return milliseconds.to_string() };
    if milliseconds.rem_euclid(1000) == 0 { format!("{time:.0}") } else { format!("{time:.3}") }
}

/// Nanoseconds since 1970, if `text` is an RFC 3339 timestamp with a capital `T` and an offset or a capital `Z`.
/// <https://states-language.net/spec.html#timestamps>
pub(super) fn parse(text: &str) -> Option<i128> {
    let shape = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        0..19 => byte.is_ascii_digit(),
        _ => byte.is_ascii_digit() || b".:+-Z".contains(&byte),
    });
    let zone =
        text.ends_with('Z') || text.len() >= 6 && text.get(text.len() - 3..).is_some_and(|end| end.starts_with(':'));
    if !shape || !zone || text.len() < 20 || text.ends_with([':', '.']) {
        return None;
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond)
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
        assert_eq!(parse("1970-01-01T00:00:01Z"), Some(1_000_000_000));
    }

    #[test]
    fn times_are_written_with_milliseconds() {
        assert_eq!(format(1_553_631_253_192), "2019-03-26T20:14:13.192Z");
        assert_eq!(format(0), "1970-01-01T00:00:00Z");
        assert_eq!(format(120), "1970-01-01T00:00:00.120Z");
    }
}
