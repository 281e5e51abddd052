//! REST-JSON, which Lambda speaks: method and path name the operation, and labels, query and body are its members.
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use serde_json::{Map, Value};

use super::query::percent_decoded;
use crate::api;

/// Query parameters whose member is a list, with the member's name.
const LISTS: [(&str, &str); 1] = [("tagKeys", "TagKeys")];

/// The operation that a method and path mean, and the members in the path.
pub(super) fn operation(method: &str, path: &str) -> Option<(&'static str, Map<String, Value>)> {
    let rows = api::find("lambda")?.operations;
    rows.iter().find_map(|row| {
        let (wanted, pattern) = row.route?;
        if wanted == method { Some((row.name, labels(pattern, path)?)) } else { None }
    })
}

/// Whether a path has the look of Lambda's: a date first.
pub(super) fn is_dated(path: &str) -> bool {
    let date = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    date.len() == 10
        && date.chars().enumerate().all(|(at, letter)| match at {
            4 | 7 => letter == '-',
            _ => letter.is_ascii_digit(),
        })
}

/// The labels of a path that fits a pattern.
fn labels(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    let mut segments = path.trim_matches('/').split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        match wanted.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
            Some(label) => {
                let value = percent_decoded(segment);
                if value.is_empty() {
                    return None;
                }
                members.insert(label.to_owned(), Value::String(value));
            }
            None if segment == wanted => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(members)
}

/// Adds the parameters of the query string.
pub(super) fn add_query(members: &mut Map<String, Value>, query: &str) {
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match LISTS.iter().find(|(wire, _)| *wire == name) {
            Some((_, member)) => {
                let list = members.entry(*member).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.push(Value::String(value.into_owned()));
                }
            }
            None => {
                members.insert(name.into_owned(), Value::String(value.into_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_decoded_and_named() {
        let (name, members) = operation("GET", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Af").unwrap();
        assert_eq!(name, "ListTags");
        assert_eq!(members["Resource"], "arn:aws:lambda:r:1:function:f");
        let (name, members) = operation("POST", "/2015-03-31/functions/f/invocations").unwrap();
        assert_eq!((name, members["FunctionName"].as_str()), ("Invoke", Some("f")));
        assert_eq!(operation("GET", "/2015-03-31/functions/").unwrap().0, "ListFunctions");
    }

    #[test]
    fn unknown_paths_have_no_operation() {
        for (method, path) in
            [("GET", "/"), ("PATCH", "/2015-03-31/functions"), ("GET", "/2015-03-31/functions/a/b/c/d")]
        {
            assert!(operation(method, path).is_none(), "{method} {path}");
        }
        assert!(is_dated("/2015-03-31/x") && !is_dated("/queue/x") && !is_dated("/"));
    }

    #[test]
    fn repeated_parameters_become_a_list() {
        let mut members = Map::new();
        add_query(&mut members, "tagKeys=a&tagKeys=b%20c&MaxItems=5");
        assert_eq!(Value::Object(members), serde_json::json!({"TagKeys": ["a", "b c"], "MaxItems": "5"}));
    }
}
