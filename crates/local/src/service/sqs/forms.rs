//! SQS's older query protocol: its flattened names → the members of the JSON protocol.

use serde_json::{Map, Value};

/// Element in the form, member of the JSON protocol.
const LISTS: [(&str, &str); 7] = [
    ("AttributeName", "AttributeNames"),
    ("MessageAttributeName", "MessageAttributeNames"),
    ("MessageSystemAttributeName", "MessageSystemAttributeNames"),
    ("TagKey", "TagKeys"),
    ("SendMessageBatchRequestEntry", "Entries"),
    ("DeleteMessageBatchRequestEntry", "Entries"),
    ("ChangeMessageVisibilityBatchRequestEntry", "Entries"),
];
/// Element, member, the names of key and value in the form.
const MAPS: [(&str, &str, &str, &str); 3] = [
    ("Attribute", "Attributes", "Name", "Value"),
    ("MessageAttribute", "MessageAttributes", "Name", "Value"),
    ("Tag", "Tags", "Key", "Value"),
];

/// Renames what came in a form; members of the JSON protocol stay as they are.
pub(super) fn members(input: Value) -> Value {
    let Value::Object(members) = input else { return input };
    let renamed = members.into_iter().map(|(name, value)| {
        if let Some((_, member)) = LISTS.iter().find(|(element, _)| *element == name) {
            return ((*member).to_owned(), Value::Array(list(value)));
        }
        match MAPS.iter().find(|(element, ..)| *element == name) {
            Some((_, member, key, content)) => ((*member).to_owned(), map(value, key, content)),
            // `CreateQueue` writes its tags in lower case.
            None if name == "tags" => ("Tags".to_owned(), value),
            None => (name, value),
        }
    });
    Value::Object(renamed.collect())
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.into_iter().map(members).collect(),
        one => vec![one],
    }
}

fn map(value: Value, key: &str, content: &str) -> Value {
    let pairs = list(value).into_iter().filter_map(|pair| {
        let name = pair.get(key)?.as_str()?.to_owned();
        Some((name, pair.get(content).cloned().unwrap_or_default()))
    });
    Value::Object(pairs.collect::<Map<String, Value>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms_become_the_json_members() {
        let form = json!({
            "QueueName": "q",
            "Attribute": [{"Name": "DelaySeconds", "Value": "5"}],
            "Tag": [{"Key": "a", "Value": "b"}],
            "AttributeName": ["All"],
            "SendMessageBatchRequestEntry": [{"Id": "1", "MessageAttribute": [{"Name": "n", "Value": {"DataType": "String"}}]}],
        });
        assert_eq!(
            members(form),
            json!({"QueueName": "q", "Attributes": {"DelaySeconds": "5"}, "Tags": {"a": "b"}, "AttributeNames": ["All"],
                "Entries": [{"Id": "1", "MessageAttributes": {"n": {"DataType": "String"}}}]})
        );
    }
}
