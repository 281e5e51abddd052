//! Tags, as most services take them.

use serde_json::{Value, json};

/// Key and value pairs in the order they were set.
pub(crate) type Tags = Vec<(String, String)>;

/// Tags on a resource at the most.
const MOST: usize = 50;

/// Reads `[{Key, Value}]`.
///
/// # Errors
/// A sentence: a key or value that is too long or has characters that AWS refuses, or a key given twice.
pub(crate) fn read_list(list: &[Value]) -> Result<Tags, String> {
    let mut tags = Tags::new();
    for item in list {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        add(&mut tags, text("Key"), text("Value"))?;
    }
    Ok(tags)
}

/// Reads `{key: value}`.
///
/// # Errors
/// As [`read_list`].
pub(crate) fn read_map(map: Option<&Value>) -> Result<Tags, String> {
    let mut tags = Tags::new();
    for (key, value) in map.and_then(Value::as_object).into_iter().flatten() {
        add(&mut tags, key, value.as_str().unwrap_or_default())?;
    }
    Ok(tags)
}

fn add(tags: &mut Tags, key: &str, value: &str) -> Result<(), String> {
    let allowed = |text: &str| {
        text.chars().all(|letter| letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter))
    };
    if !(1..=128).contains(&key.chars().count()) || !allowed(key) {
        return Err(format!("the tag key '{key}' must have 1 to 128 letters, digits, spaces or _ . : / = + - @"));
    }
    if value.chars().count() > 256 || !allowed(value) {
        return Err(format!(
            "the value of tag '{key}' must have at most 256 letters, digits, spaces or _ . : / = + - @"
        ));
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(format!("the tag key '{key}' uses the prefix aws:, which is reserved for system tags"));
    }
    if tags.iter().any(|(known, _)| known == key) {
        return Err(format!("the tag key '{key}' is given more than once"));
    }
    tags.push((key.to_owned(), value.to_owned()));
    Ok(())
}

/// Sets tags on top of others.
///
/// # Errors
/// A sentence, when there would be more than fifty.
pub(crate) fn merge(onto: &mut Tags, new: Tags) -> Result<(), String> {
    let mut merged = onto.clone();
    for (key, value) in new {
        match merged.iter_mut().find(|(known, _)| *known == key) {
            Some(tag) => tag.1 = value,
            None => merged.push((key, value)),
        }
    }
    if merged.len() > MOST {
        return Err(format!("a resource has at most {MOST} tags"));
    }
    *onto = merged;
    Ok(())
}

/// Takes tags off.
pub(crate) fn remove(from: &mut Tags, keys: &[&str]) {
    from.retain(|(key, _)| !keys.contains(&key.as_str()));
}

/// `[{Key, Value}]`
pub(crate) fn list(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// `{key: value}`
pub(crate) fn map(tags: &Tags) -> Value {
    Value::Object(tags.iter().map(|(key, value)| (key.clone(), Value::String(value.clone()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_merged_in_place_and_limited() {
        let mut tags = read_list(&[json!({"Key": "a", "Value": "1"}), json!({"Key": "b", "Value": ""})]).unwrap();
        merge(&mut tags, vec![("a".to_owned(), "2".to_owned())]).unwrap();
        assert_eq!(map(&tags), json!({"a": "2", "b": ""}));
        let many = (0..60).map(|number| (format!("k{number}"), String::new())).collect();
        assert!(merge(&mut tags, many).is_err());
        assert_eq!(tags.len(), 2, "nothing is set when it is too much");
        remove(&mut tags, &["a", "none"]);
        assert_eq!(list(&tags), json!([{"Key": "b", "Value": ""}]));
    }

    #[test]
    fn reserved_doubled_and_overlong_keys_are_refused() {
        for list in [
            json!([{"Key": "aws:x"}]),
            json!([{"Key": ""}]),
            json!([{"Key": "a"}, {"Key": "a"}]),
            json!([{"Key": "a", "Value": "<"}]),
        ] {
            assert!(read_list(list.as_array().unwrap()).is_err(), "{list}");
        }
        assert!(read_map(Some(&json!({"k": "x".repeat(257)}))).is_err());
    }
}
