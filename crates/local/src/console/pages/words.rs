//! Times, amounts and states as the pages write them.

use jiff::Timestamp;
use serde_json::Value;

/// The member of a page of log events that leads on, and the one that takes it.
pub(in crate::console) const LOG_PAGES: (&str, &str) = ("nextToken", "nextToken");

/// A time of an answer, in seconds, as milliseconds since 1970.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
pub(in crate::console) fn ms(seconds: &Value) -> Option<i64> {
    seconds.as_f64().map(|seconds| (seconds * 1000.0).round() as i64)
}

/// `Nov 30, 2026, 16:45:10.123 (UTC)`.
pub(in crate::console) fn when(ms: i64) -> String {
    let time = Timestamp::from_millisecond(ms).unwrap_or_default();
    time.strftime("%b %d, %Y, %H:%M:%S.%3f (UTC)").to_string()
}

/// `3 ms`, `1.2 s`, `2 min 5 s`.
pub(in crate::console) fn lasted(from_ms: i64, to_ms: i64) -> String {
    labctl_picture::chart::duration(u64::try_from(to_ms - from_ms).unwrap_or(0))
}

/// A status as the pages write it, and the class of its colour.
pub(in crate::console) fn status(status: &str) -> (&'static str, &'static str) {
    match status {
        "RUNNING" => ("Running", "busy"),
        "SUCCEEDED" => ("Succeeded", "good"),
        "FAILED" => ("Failed", "bad"),
        "TIMED_OUT" => ("Timed out", "bad"),
        "ABORTED" => ("Aborted", "dim"),
        "PENDING_REDRIVE" => ("Pending redrive", "dim"),
        _ => ("Unknown", "dim"),
    }
}

/// JSON text with a line for each member; any other text as it is.
pub(in crate::console) fn pretty(text: &str) -> String {
    serde_json::from_str::<Value>(text)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| text.to_owned())
}

/// What an execution came to beside its status: the `status` of what it gave, or the error it ended with.
pub(in crate::console) fn came_to(output: Option<&str>, error: Option<&str>) -> Option<String> {
    let output = output.and_then(|output| serde_json::from_str::<Value>(output).ok());
    let said = output.as_ref().and_then(|output| output.get("status")).and_then(Value::as_str);
    said.or(error).filter(|said| !said.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_execution_came_to_is_in_its_output_or_its_error() {
        assert_eq!(came_to(Some(r#"{"status": "COMPLETED"}"#), None).as_deref(), Some("COMPLETED"));
        assert_eq!(came_to(Some("7"), Some("States.Timeout")).as_deref(), Some("States.Timeout"));
        assert_eq!(came_to(Some(r#"{"status": 3}"#), None), None);
        assert_eq!(came_to(None, Some("")), None);
    }

    #[test]
    fn times_are_whole_to_the_millisecond() {
        assert_eq!(ms(&serde_json::json!(1_700_000_000.123)), Some(1_700_000_000_123));
        assert_eq!(when(1_700_000_000_123), "Nov 14, 2023, 22:13:20.123 (UTC)");
        assert_eq!(when(i64::MAX), "Jan 01, 1970, 00:00:00.000 (UTC)");
        assert_eq!(lasted(5, 3), "0 ms");
    }
}
