//! The ownership marker of a dashboard: a text widget at the bottom that carries the tags.
//!
//! PutDashboard takes tags at creation only and ignores them on update, so the digest would go stale in a tag; in the body it
//! changes in the same call as the content. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html>

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::model::{Tags, tag};

/// Readable in the console: only what would break `key=value key=value` is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b':').remove(b'/');

/// The body with the marker as its last widget. A body that is no JSON object comes back as it is.
pub(super) fn with_marker(body: &str, tags: &Tags) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let Some(fields) = document.as_object_mut() else { return body.to_owned() };
    let widgets = fields.entry("widgets").or_insert_with(|| json!([]));
    let Some(widgets) = widgets.as_array_mut() else { return body.to_owned() };
    let bottom = widgets.iter().map(|widget| number(widget, "y") + number(widget, "height")).max().unwrap_or(0);
    widgets.push(json!({
        "type": "text", "x": 0, "y": bottom, "width": 24, "height": 1,
        "properties": { "markdown": text(tags) },
    }));
    document.to_string()
}

/// The body without the marker, and the tags the marker carries (`None` when there is no marker).
pub(super) fn without_marker(body: &str) -> (String, Option<Tags>) {
    let Ok(mut document) = serde_json::from_str::<Value>(body) else { return (body.to_owned(), None) };
    let Some(widgets) = document.get_mut("widgets").and_then(Value::as_array_mut) else {
        return (body.to_owned(), None);
    };
    let mut tags = None;
    widgets.retain(|widget| match markdown(widget).and_then(parse) {
        Some(found) => {
            tags = Some(found);
            false
        }
        None => true,
    });
    match tags {
        Some(tags) => (document.to_string(), Some(tags)),
        None => (body.to_owned(), None),
    }
}

fn number(widget: &Value, field: &str) -> i64 {
    widget.get(field).and_then(Value::as_i64).unwrap_or(0)
}

fn text(tags: &Tags) -> String {
    let mut text = String::new();
    // The lab goes first: that is how a marker is known.
    let lab = tags.get_key_value(tag::LAB);
    for (key, value) in lab.into_iter().chain(tags.iter().filter(|(key, _)| *key != tag::LAB)) {
        let separator = if text.is_empty() { "" } else { " " };
        let (key, value) = (utf8_percent_encode(key, ESCAPED), utf8_percent_encode(value, ESCAPED));
        let _ = write!(text, "{separator}{key}={value}");
    }
    text
}

fn markdown(widget: &Value) -> Option<&str> {
    let is_text = widget.get("type").and_then(Value::as_str) == Some("text");
    widget.get("properties").filter(|_| is_text)?.get("markdown")?.as_str()
}

fn parse(markdown: &str) -> Option<Tags> {
    let rest = markdown.trim().strip_prefix(tag::LAB)?;
    rest.starts_with('=').then(|| {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pairs = markdown.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (decode(key), decode(value))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> Tags {
        [(tag::LAB, "lab6"), (tag::USER, "ann"), (tag::DIGEST, "00ff"), ("Course name", "A=B, 100 %")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn what_goes_in_comes_out() {
        let body = r#"{"widgets":[{"type":"metric","x":0,"y":6,"width":24,"height":6,"properties":{}}]}"#;
        let marked = with_marker(body, &tags());
        let document: Value = serde_json::from_str(&marked).unwrap();
        assert_eq!(document["widgets"][1]["y"], 12);
        let markdown = document["widgets"][1]["properties"]["markdown"].as_str().unwrap();
        assert!(markdown.starts_with("labctl:lab=lab6 ") && markdown.contains("labctl:digest=00ff"), "{markdown}");
        let (bare, found) = without_marker(&marked);
        assert_eq!(found, Some(tags()));
        assert_eq!(serde_json::from_str::<Value>(&bare).unwrap(), serde_json::from_str::<Value>(body).unwrap());
    }

    #[test]
    fn a_dashboard_without_marker_is_nobodys() {
        for body in
            ["not json", "[]", "{}", r#"{"widgets":[{"type":"text","properties":{"markdown":"labctl:labour day"}}]}"#]
        {
            assert_eq!(without_marker(body), (body.to_owned(), None));
        }
    }

    #[test]
    fn an_empty_dashboard_can_carry_one() {
        let (bare, found) = without_marker(&with_marker("{}", &tags()));
        assert_eq!((bare.as_str(), found), (r#"{"widgets":[]}"#, Some(tags())));
    }
}
