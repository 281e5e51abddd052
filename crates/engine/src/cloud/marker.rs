//! The ownership marker of a dashboard: a text widget at the bottom that carries the tags.
//!
//! PutDashboard takes tags at creation only and ignores them on update, so the digest would go stale in a tag; in the body it
//! changes in the same call as the content. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html>
//!
//! A body can be copied, and the marker with it; so the marker names its dashboard and counts on no other.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::model::{Tags, tag};

/// Readable in the console: only what would break `key=value key=value` is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b':').remove(b'/');

/// What the marker says besides the tags: the dashboard it is for.
const NAME: &str = "labctl:dashboard";

/// The body with the marker of the dashboard `name` as its last widget. A body that is no JSON object comes back as it is.
pub fn with_marker(body: &str, name: &str, tags: &Tags) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let Some(fields) = document.as_object_mut() else { return body.to_owned() };
    let widgets = fields.entry("widgets").or_insert_with(|| json!([]));
    let Some(widgets) = widgets.as_array_mut() else { return body.to_owned() };
    let bottom = widgets.iter().map(|widget| number(widget, "y") + number(widget, "height")).max().unwrap_or(0);
    widgets.push(json!({
        "type": "text", "x": 0, "y": bottom, "width": 24, "height": 1,
        "properties": { "markdown": text(name, tags) },
    }));
    document.to_string()
}

/// The body of the dashboard `name` without its marker, and the tags the marker carries (`None` when it has none). A marker that
/// names another dashboard came with a copied body: it is content.
#[cfg(any(feature = "aws", test))]
pub(super) fn without_marker(body: &str, name: &str) -> (String, Option<Tags>) {
    let Ok(mut document) = serde_json::from_str::<Value>(body) else { return (body.to_owned(), None) };
    let Some(widgets) = document.get_mut("widgets").and_then(Value::as_array_mut) else {
        return (body.to_owned(), None);
    };
    let mut tags = None;
    widgets.retain(|widget| match markdown(widget).and_then(|text| parse(text, name)) {
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

fn text(name: &str, tags: &Tags) -> String {
    let mut text = String::new();
    // The lab goes first: that is how a marker is known.
    let lab = tags.get_key_value(tag::LAB).map(|(key, value)| (key.as_str(), value.as_str()));
    let others = tags.iter().filter(|(key, _)| *key != tag::LAB).map(|(key, value)| (key.as_str(), value.as_str()));
    for (key, value) in lab.into_iter().chain([(NAME, name)]).chain(others) {
        let separator = if text.is_empty() { "" } else { " " };
        let (key, value) = (utf8_percent_encode(key, ESCAPED), utf8_percent_encode(value, ESCAPED));
        let _ = write!(text, "{separator}{key}={value}");
    }
    text
}

#[cfg(any(feature = "aws", test))]
fn markdown(widget: &Value) -> Option<&str> {
    let is_text = widget.get("type").and_then(Value::as_str) == Some("text");
    widget.get("properties").filter(|_| is_text)?.get("markdown")?.as_str()
}

#[cfg(any(feature = "aws", test))]
fn parse(markdown: &str, name: &str) -> Option<Tags> {
    if !markdown.trim().strip_prefix(tag::LAB)?.starts_with('=') {
        return None;
    }
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = markdown.split_whitespace().filter_map(|pair| pair.split_once('='));
    let mut tags: Tags = pairs.map(|(key, value)| (decode(key), decode(value))).collect();
    (tags.remove(NAME)? == name).then_some(tags)
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
        let marked = with_marker(body, "ann-d", &tags());
        let document: Value = serde_json::from_str(&marked).unwrap();
        assert_eq!(document["widgets"][1]["y"], 12);
        let markdown = document["widgets"][1]["properties"]["markdown"].as_str().unwrap();
        assert!(markdown.starts_with("labctl:lab=lab6 ") && markdown.contains("labctl:digest=00ff"), "{markdown}");
        let (bare, found) = without_marker(&marked, "ann-d");
        assert_eq!(found, Some(tags()));
        assert_eq!(serde_json::from_str::<Value>(&bare).unwrap(), serde_json::from_str::<Value>(body).unwrap());
    }

    #[test]
    fn a_dashboard_without_marker_is_nobodys() {
        for body in
            ["not json", "[]", "{}", r#"{"widgets":[{"type":"text","properties":{"markdown":"labctl:labour day"}}]}"#]
        {
            assert_eq!(without_marker(body, "ann-d"), (body.to_owned(), None));
        }
    }

    #[test]
    fn an_empty_dashboard_can_carry_one() {
        let (bare, found) = without_marker(&with_marker("{}", "ann-d", &tags()), "ann-d");
        assert_eq!((bare.as_str(), found), (r#"{"widgets":[]}"#, Some(tags())));
    }

    #[test]
    fn a_copied_marker_makes_nothing_labctls() {
        let marked = with_marker("{}", "ann-d", &tags());
        assert_eq!(without_marker(&marked, "ann-my-own"), (marked.clone(), None));
        // One that names no dashboard at all, neither.
        let nameless = marked.replace("labctl:dashboard=ann-d ", "");
        assert_ne!(nameless, marked);
        assert_eq!(without_marker(&nameless, "ann-d"), (nameless.clone(), None));
    }
}
