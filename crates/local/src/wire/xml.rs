//! The query protocol's answers: members → XML.
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization>

use serde_json::Value;

use super::shape::{self, Shape};
use crate::api;

/// A whole answer.
pub(super) fn answer(service: &str, operation: &str, members: &Value, request_id: &str) -> String {
    let mut text = format!("<{operation}Response xmlns=\"{}\">", namespace(service));
    open(&mut text, &format!("{operation}Result"));
    if let Value::Object(members) = members {
        for (name, value) in members {
            Writer { service, operation }.member(&mut text, name, value);
        }
    }
    close(&mut text, &format!("{operation}Result"));
    text.push_str("<ResponseMetadata>");
    element(&mut text, "RequestId", request_id);
    text.push_str("</ResponseMetadata>");
    close(&mut text, &format!("{operation}Response"));
    text
}

/// A whole error.
pub(super) fn error(service: &str, status: u16, code: &str, message: &str, request_id: &str) -> String {
    let mut text = format!("<ErrorResponse xmlns=\"{}\"><Error>", namespace(service));
    element(&mut text, "Type", if status < 500 { "Sender" } else { "Receiver" });
    element(&mut text, "Code", code);
    element(&mut text, "Message", message);
    text.push_str("</Error>");
    element(&mut text, "RequestId", request_id);
    text.push_str("</ErrorResponse>");
    text
}

/// The service's; IAM's for what is none of the services of forms.
fn namespace(service: &str) -> &'static str {
    let own = api::find(service).map(|api| api.namespace).filter(|namespace| !namespace.is_empty());
    own.or_else(|| api::find("iam").map(|api| api.namespace)).unwrap_or_default()
}

/// What decides the form of members.
#[derive(Clone, Copy)]
struct Writer<'name> {
    service: &'name str,
    operation: &'name str,
}

impl Writer<'_> {
    fn member(self, text: &mut String, name: &str, value: &Value) {
        match value {
            // A member that is absent is left out, as AWS does.
            Value::Null => {}
            Value::Array(items) => {
                let flattened = shape::flattened(self.service, self.operation, name);
                if flattened.is_none() {
                    open(text, name);
                }
                for item in items {
                    self.one(text, name, flattened.unwrap_or("member"), item);
                }
                if flattened.is_none() {
                    close(text, name);
                }
            }
            Value::Object(pairs) => match shape::map(self.service, name) {
                Some(map) => {
                    if map.wrapped {
                        open(text, name);
                    }
                    for (key, value) in pairs {
                        open(text, map.element);
                        element(text, map.key, key);
                        self.one(text, name, map.value, value);
                        close(text, map.element);
                    }
                    if map.wrapped {
                        close(text, name);
                    }
                }
                None => self.one(text, name, name, value),
            },
            _ => self.one(text, name, name, value),
        }
    }

    /// One value in one element. `name` is the member it belongs to, which says whether a number is a time.
    fn one(self, text: &mut String, name: &str, element_name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Object(members) => {
                open(text, element_name);
                members.iter().for_each(|(name, value)| self.member(text, name, value));
                close(text, element_name);
            }
            Value::Array(_) => self.member(text, element_name, value),
            Value::String(string) => element(text, element_name, string),
            Value::Number(number) if shape::of(self.service, name) == Shape::Timestamp => {
                element(text, element_name, &shape::iso(number.as_f64().unwrap_or_default()));
            }
            other => element(text, element_name, &other.to_string()),
        }
    }
}

fn open(text: &mut String, name: &str) {
    text.push('<');
    text.push_str(name);
    text.push('>');
}

fn close(text: &mut String, name: &str) {
    text.push_str("</");
    text.push_str(name);
    text.push('>');
}

fn element(text: &mut String, name: &str, content: &str) {
    open(text, name);
    for letter in content.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            // A raw carriage return would be read back as a line feed.
            '\r' => text.push_str("&#xD;"),
            '\t' | '\n' => text.push(letter),
            // XML 1.0 has no way to write the other control characters.
            _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => text.push('\u{fffd}'),
            _ => text.push(letter),
        }
    }
    close(text, name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_members_and_times_are_iso() {
        let members = json!({"Roles": [{"RoleName": "a<b", "CreateDate": 1_700_000_000.5}], "IsTruncated": false, "Marker": null});
        let text = answer("iam", "ListRoles", &members, "id");
        assert_eq!(
            text,
            "<ListRolesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListRolesResult><Roles><member>\
             <RoleName>a&lt;b</RoleName><CreateDate>2023-11-14T22:13:20.500Z</CreateDate></member></Roles>\
             <IsTruncated>false</IsTruncated></ListRolesResult><ResponseMetadata><RequestId>id</RequestId>\
             </ResponseMetadata></ListRolesResponse>"
        );
    }

    #[test]
    fn sqs_flattens_its_lists_and_maps() {
        let members = json!({"QueueUrls": ["u1", "u2"], "Attributes": {"DelaySeconds": "0"}});
        let text = answer("sqs", "X", &members, "id");
        assert!(text.contains("<QueueUrl>u1</QueueUrl><QueueUrl>u2</QueueUrl>"), "{text}");
        assert!(text.contains("<Attribute><Name>DelaySeconds</Name><Value>0</Value></Attribute>"), "{text}");
    }

    #[test]
    fn maps_are_entries_in_an_element_of_their_own() {
        let members = json!({"Datapoints": [{"ExtendedStatistics": {"p90": 2.0, "p<5": 1}, "Unit": "None"}]});
        let text = answer("monitoring", "GetMetricStatistics", &members, "id");
        assert!(
            text.contains(
                "<Datapoints><member><ExtendedStatistics><entry><key>p90</key><value>2.0</value></entry>\
                 <entry><key>p&lt;5</key><value>1</value></entry></ExtendedStatistics><Unit>None</Unit></member>"
            ),
            "{text}"
        );
        let text = answer("iam", "GetAccountSummary", &json!({"SummaryMap": {"Roles": 3}}), "id");
        assert!(text.contains("<SummaryMap><entry><key>Roles</key><value>3</value></entry></SummaryMap>"), "{text}");
        let text = answer("monitoring", "GetMetricStatistics", &json!({"ExtendedStatistics": {}}), "id");
        assert!(text.contains("<ExtendedStatistics></ExtendedStatistics>"), "{text}");
    }

    #[test]
    fn batches_name_their_results_after_themselves() {
        let text = answer("sqs", "SendMessageBatch", &json!({"Successful": [{"Id": "1"}], "Failed": []}), "id");
        assert!(text.contains("<SendMessageBatchResultEntry><Id>1</Id></SendMessageBatchResultEntry>"), "{text}");
    }

    #[test]
    fn an_error_says_whose_it_is_and_is_escaped() {
        let text = error("iam", 404, "NoSuchEntity", "no \u{1} role & <x>", "id");
        assert!(
            text.contains("<Type>Sender</Type><Code>NoSuchEntity</Code><Message>no \u{fffd} role &amp; &lt;x&gt;"),
            "{text}"
        );
    }
}
