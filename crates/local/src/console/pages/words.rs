//! Times, amounts and states as the pages write them.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::wire::Fault;

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

/// JSON text with a line for each member, in the order and with the digits that it came with; any other text as it is.
pub(in crate::console) fn pretty(text: &str) -> String {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut lines = String::with_capacity(text.len() * 2);
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if is_text {
            lines.push(letter);
            is_text = is_escaped || letter != '"';
            is_escaped = letter == '\\' && !is_escaped;
            continue;
        }
        match letter {
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' => {
                lines.push(letter);
                while letters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    lines.push(end);
                } else {
                    depth += 1;
                    new_line(&mut lines, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut lines, depth);
                lines.push(letter);
            }
            ',' => {
                lines.push(letter);
                new_line(&mut lines, depth);
            }
            ':' => lines.push_str(": "),
            _ => {
                is_text = letter == '"';
                lines.push(letter);
            }
        }
    }
    lines
}

fn new_line(lines: &mut String, depth: usize) {
    lines.push('\n');
    lines.extend(std::iter::repeat_n("  ", depth));
}

/// What a service refused, in its words.
pub(in crate::console) fn refused(fault: &Fault) -> String {
    format!("{}: {}", fault.code, fault.message)
}

/// `512 bytes`, `1.2 kB`, `3.4 MB`.
pub(in crate::console) fn bytes(count: u64) -> String {
    match count {
        0..1000 => format!("{count} bytes"),
        1000..1_000_000 => format!("{}.{} kB", count / 1000, count % 1000 / 100),
        _ => format!("{}.{} MB", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

/// `4 days`, `1 hour`, `30 seconds`.
pub(in crate::console) fn span(seconds: u64) -> String {
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute")];
    let whole = units.into_iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length));
    let (length, unit) = whole.unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Tags as IAM and SQS tell them, a list or a map, in the order of their keys.
pub(in crate::console) fn tags(tags: &Value) -> Vec<Value> {
    let text = |tag: &Value, name: &str| tag.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut pairs: Vec<(String, String)> = match tags {
        Value::Array(tags) => tags.iter().map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect(),
        Value::Object(tags) => {
            tags.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
        }
        _ => Vec::new(),
    };
    pairs.sort();
    pairs.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
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
    fn json_keeps_its_order_and_its_digits() {
        let text = r#" {"b" : [1.50,[ ],{ }, "a,\"{[:é\\"], "a":{"c":null} } "#;
        let lines = "{\n  \"b\": [\n    1.50,\n    [],\n    {},\n    \"a,\\\"{[:é\\\\\"\n  ],\n  \"a\": {\n    \"c\": null\n  }\n}";
        assert_eq!(pretty(text), lines);
        assert_eq!(pretty(lines), lines);
        let value = json!({"a": [1, {"b": "x\ny"}, []], "c": {}, "d": [[true]]});
        assert_eq!(pretty(&value.to_string()), serde_json::to_string_pretty(&value).unwrap());
        for text in ["", "plain", "{", "{} x"] {
            assert_eq!(pretty(text), text);
        }
    }

    #[test]
    fn amounts_are_short() {
        assert_eq!([bytes(999), bytes(1234), bytes(5_250_000)], ["999 bytes", "1.2 kB", "5.2 MB"]);
        assert_eq!(
            [span(0), span(1), span(345_600), span(90), span(3600)],
            ["0 seconds", "1 second", "4 days", "90 seconds", "1 hour"]
        );
    }

    #[test]
    fn tags_are_told_as_a_list_and_as_a_map() {
        let wanted = [json!({"key": "a", "value": "1"}), json!({"key": "b", "value": "2"})];
        assert_eq!(tags(&json!([{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}])), wanted);
        assert_eq!(tags(&json!({"b": "2", "a": "1"})), wanted);
        assert!(tags(&Value::Null).is_empty());
    }

    #[test]
    fn times_are_whole_to_the_millisecond() {
        assert_eq!(ms(&serde_json::json!(1_700_000_000.123)), Some(1_700_000_000_123));
        assert_eq!(when(1_700_000_000_123), "Nov 14, 2023, 22:13:20.123 (UTC)");
        assert_eq!(when(i64::MAX), "Jan 01, 1970, 00:00:00.000 (UTC)");
        assert_eq!(lasted(5, 3), "0 ms");
    }
}
