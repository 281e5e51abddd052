//! Short marks of the properties that labctl wrote, kept in a tag: AWS fills in what nobody wrote, so a digest of the whole cannot tell an edit
//! from a property that the lab began to write.

use serde_json::{Map, Value};

use crate::model::{Digest, canonical_json};

/// Hexadecimal digits of a name and of a value.
const NAME: usize = 4;
const VALUE: usize = 5;
/// As many as fit a tag's 256 characters.
const MOST: usize = 256 / (NAME + VALUE);

fn digits(text: &str, count: usize) -> String {
    Digest::of(text.as_bytes()).as_str().chars().take(count).collect()
}

fn of_value(value: &Value) -> String {
    digits(&canonical_json(value), VALUE)
}

/// The marks of properties, as many as fit.
pub(super) fn written(properties: &Map<String, Value>) -> String {
    let mut names: Vec<&String> = properties.keys().collect();
    names.sort();
    let marked = names.into_iter().take(MOST).filter_map(|name| Some((name, properties.get(name)?)));
    marked.map(|(name, value)| digits(name, NAME) + &of_value(value)).collect()
}

/// Whether a property is as it was marked. One without a mark was not written then, and nobody can have edited it.
pub(super) fn fits(marks: &str, name: &str, value: Option<&Value>) -> bool {
    let name = digits(name, NAME);
    let marks: Vec<char> = marks.chars().collect();
    let mark =
        marks.chunks(NAME + VALUE).map(|mark| mark.iter().collect::<String>()).find(|mark| mark.starts_with(&name));
    mark.is_none_or(|mark| value.is_some_and(|value| mark.ends_with(&of_value(value))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mark_is_of_a_name_and_a_value() {
        let properties = json!({"A": {"b": 1, "a": 2}, "B": "x"}).as_object().unwrap().clone();
        let marks = written(&properties);
        assert_eq!(marks.len(), 2 * (NAME + VALUE));
        assert!(fits(&marks, "A", Some(&json!({"a": 2, "b": 1}))) && fits(&marks, "B", Some(&json!("x"))));
        assert!(!fits(&marks, "A", Some(&json!({"a": 2}))) && !fits(&marks, "B", None));
        assert!(fits(&marks, "C", Some(&json!(1))) && fits("", "A", None));
    }

    #[test]
    fn marks_fit_a_tag() {
        let many: Map<String, Value> = (0..60).map(|number| (format!("P{number}"), json!(number))).collect();
        assert!(written(&many).len() <= 256);
    }
}
