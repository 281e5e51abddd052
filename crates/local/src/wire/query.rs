//! The query protocol's requests: `Action=CreateRole&Tags.member.1.Key=…` → members.
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// How deep members may nest; AWS's own shapes stay below 8.
const DEEPEST: usize = 16;

/// A form-encoded body, read.
pub(super) struct Form {
    /// `Action`
    pub(super) operation: Option<String>,
    /// The members, every scalar a string.
    pub(super) members: Map<String, Value>,
}

#[derive(Default)]
struct Node {
    text: Option<String>,
    children: BTreeMap<String, Node>,
}

/// Reads a body.
///
/// # Errors
/// A sentence, when members nest too deeply.
pub(super) fn read(body: &[u8]) -> Result<Form, String> {
    let mut root = Node::default();
    let mut operation = None;
    for (name, value) in form_urlencoded::parse(body) {
        match &*name {
            "Action" => operation = Some(value.into_owned()),
            "Version" => {}
            _ => {
                if name.split('.').count() > DEEPEST {
                    return Err(format!("member `{name}` nests deeper than {DEEPEST}"));
                }
                let mut node = &mut root;
                for part in name.split('.') {
                    node = node.children.entry(part.to_owned()).or_default();
                }
                node.text = Some(value.into_owned());
            }
        }
    }
    let members = match value_of(root) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    Ok(Form { operation, members })
}

/// A node is a scalar, a list (`1`, `2`, … or one `member`), a map (`entry` of `key` and `value`), or a structure.
fn value_of(mut node: Node) -> Value {
    if node.children.is_empty() {
        return Value::String(node.text.unwrap_or_default());
    }
    if node.children.len() == 1 {
        if let Some(list) = node.children.remove("member") {
            return list_of(list);
        }
        if let Some(map) = node.children.remove("entry") {
            return map_of(map);
        }
    }
    if node.children.keys().all(|key| key.parse::<u32>().is_ok()) {
        return list_of(node);
    }
    Value::Object(node.children.into_iter().map(|(key, child)| (key, value_of(child))).collect())
}

fn list_of(node: Node) -> Value {
    if node.children.is_empty() {
        // `TagKeys.member=` and `TagKeys=` are how an empty list is sent.
        return Value::Array(node.text.filter(|text| !text.is_empty()).map(Value::String).into_iter().collect());
    }
    Value::Array(in_order(node).into_iter().map(value_of).collect())
}

fn in_order(node: Node) -> Vec<Node> {
    let numbered: BTreeMap<u32, Node> =
        node.children.into_iter().filter_map(|(key, child)| Some((key.parse().ok()?, child))).collect();
    numbered.into_values().collect()
}

fn map_of(node: Node) -> Value {
    let pairs = in_order(node).into_iter().filter_map(|mut entry| {
        let key = entry.children.remove("key")?.text?;
        Some((key, entry.children.remove("value").map_or(Value::Null, value_of)))
    });
    Value::Object(pairs.collect())
}

/// A path segment or parameter with its percent escapes undone; bytes that are no UTF-8 become U+FFFD.
pub(super) fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn members(body: &str) -> Value {
        Value::Object(read(body.as_bytes()).unwrap().members)
    }

    #[test]
    fn lists_structures_and_scalars_are_told_apart() {
        let body = "Action=CreateRole&Version=2010-05-08&RoleName=r&Tags.member.1.Key=a&Tags.member.1.Value=b%26\
                    &Tags.member.2.Key=c&Tags.member.2.Value=";
        assert_eq!(read(body.as_bytes()).unwrap().operation.as_deref(), Some("CreateRole"));
        assert_eq!(
            members(body),
            json!({"RoleName": "r", "Tags": [{"Key": "a", "Value": "b&"}, {"Key": "c", "Value": ""}]})
        );
    }

    #[test]
    fn the_tenth_element_comes_after_the_ninth() {
        let body = (1..=11).map(|number| format!("L.member.{number}=v{number}")).collect::<Vec<_>>().join("&");
        assert_eq!(members(&body)["L"][1], "v2");
        assert_eq!(members(&body)["L"][10], "v11");
    }

    #[test]
    fn maps_and_flattened_lists_are_read() {
        assert_eq!(members("M.entry.1.key=k&M.entry.1.value=v"), json!({"M": {"k": "v"}}));
        assert_eq!(members("Tag.1.Key=k&Tag.1.Value=v"), json!({"Tag": [{"Key": "k", "Value": "v"}]}));
        assert_eq!(members("TagKeys.member="), json!({"TagKeys": []}));
    }

    #[test]
    fn nonsense_is_no_panic() {
        for body in ["", "=", "&&&", "a.=b", ".a=b", "a..b=c", "%ff=%ff", "L.member.99999999999=x"] {
            let _ = members(body);
        }
        assert!(read("a.".repeat(40).as_bytes()).is_err());
    }
}
