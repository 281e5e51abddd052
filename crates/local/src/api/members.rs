//! Members of requests: which are read. One that is not is refused by its name, since silence would look like success.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::table::{ALL, operation};
use crate::wire::{Call, Fault};

/// What becomes of a member.
#[derive(Debug, PartialEq, Eq)]
enum Node {
    /// It and all below it is taken.
    Taken,
    /// Only this value is.
    Only(&'static str),
    /// A structure, or a list of structures, with these members.
    Structure(BTreeMap<&'static str, Node>),
    /// A map, whose keys are the user's, of such values.
    Map(Box<Node>),
}

/// The structure of each operation's input, by service and operation.
fn operations() -> &'static BTreeMap<(&'static str, &'static str), Node> {
    static OPERATIONS: OnceLock<BTreeMap<(&str, &str), Node>> = OnceLock::new();
    OPERATIONS
        .get_or_init(|| rows().map(|(service, operation, members)| ((service, operation), read(members))).collect())
}

/// Service, operation and members of each operation that is offered.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let operations = ALL.iter().flat_map(|api| api.operations.iter().map(|operation| (api.signing, operation)));
    let offered = operations.filter(|(_, operation)| operation.is_offered);
    offered.map(|(signing, operation)| (signing, operation.name, operation.members))
}

fn read(members: &'static str) -> Node {
    let mut root = Node::Structure(BTreeMap::new());
    for path in paths(members) {
        root.add(path.trim_start_matches('~'));
    }
    root
}

/// The members of a row without what their values must be. Of a structure whose members are listed only these stand for themselves.
fn paths(members: &'static str) -> impl Iterator<Item = &'static str> {
    let bare = |word: &'static str| word.split([':', '!']).next().unwrap_or(word);
    // What is said of items, keys and values is said beside the member itself.
    let is_member = |word: &&str| !["[]", "{}", ".*"].iter().any(|end| word.ends_with(end));
    let words = move || members.split_ascii_whitespace().map(bare).filter(is_member);
    words().filter(move |path| {
        let is_within = |word: &str| {
            let rest = word.trim_start_matches('~').strip_prefix(*path);
            rest.is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        !words().any(is_within)
    })
}

impl Node {
    /// Adds a member by its path.
    fn add(&mut self, path: &'static str) {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        match self {
            Self::Map(values) => values.add(rest),
            Self::Structure(members) if rest.is_empty() => {
                let (name, node) =
                    first.split_once('=').map_or((first, Self::Taken), |(name, value)| (name, Self::Only(value)));
                members.insert(name, node);
            }
            Self::Structure(members) => {
                let node = members.entry(first.trim_end_matches("[]")).or_insert_with(|| {
                    let inner = Self::Structure(BTreeMap::new());
                    if rest.starts_with("*.") { Self::Map(Box::new(inner)) } else { inner }
                });
                node.add(rest);
            }
            Self::Taken | Self::Only(_) => {}
        }
    }

    /// The path of the first member that is set and not taken.
    fn refused(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Only(taken), _) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                (text != *taken).then(String::new)
            }
            (Self::Structure(_), Value::Array(items)) => items.iter().find_map(|item| self.refused(item)),
            (Self::Structure(members), Value::Object(given)) => given
                .iter()
                .filter(|(_, value)| is_set(value))
                .find_map(|(name, value)| match members.get(name.as_str()) {
                    Some(node) => Some(joined(name, &node.refused(value)?)),
                    None => Some(name.clone()),
                }),
            (Self::Map(node), Value::Object(given)) => given.values().find_map(|value| node.refused(value)),
            // A value of the wrong type is the service's to refuse.
            _ => None,
        }
    }
}

/// Refuses a request with a member that its operation does not read.
///
/// # Errors
/// 501 that names the member.
pub(crate) fn check(call: &Call) -> Result<(), Fault> {
    // An operation that is not offered is refused by its service.
    let Some(node) = operations().get(&(call.service, call.operation.as_str())) else { return Ok(()) };
    let headers = operation(call.service, &call.operation).map_or(&[][..], |operation| operation.headers);
    let in_headers = headers.iter().filter(|(header, _)| call.header(header).is_some_and(|value| !value.is_empty()));
    let in_headers: Value = in_headers.map(|(_, member)| ((*member).to_owned(), Value::Bool(true))).collect();
    match node.refused(&call.input).or_else(|| node.refused(&in_headers)) {
        None => Ok(()),
        Some(member) => {
            let message =
                format!("the local endpoint does not offer `{member}` of {}:{}", call.service, call.operation);
            Err(Fault::client("NotImplemented", message).status(501))
        }
    }
}

fn joined(name: &str, rest: &str) -> String {
    if rest.is_empty() { name.to_owned() } else { format!("{name}.{rest}") }
}

/// Whether anything is said: empty texts, lists and structures of nothing are what clients send for what was left out.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => members.values().any(is_set),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;
    use crate::wire::Caller;

    fn refusal(service: &'static str, operation: &str, input: Value, headers: &[(&str, &str)]) -> Option<String> {
        let call = Call {
            service,
            operation: operation.to_owned(),
            region: "us-east-1".to_owned(),
            caller: Caller::Root,
            input,
            payload: Vec::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let message = check(&call).err()?.message;
        Some(message.split('`').nth(1).unwrap().to_owned())
    }

    #[test]
    fn what_is_not_read_is_refused_by_its_name() {
        for (service, operation, input, name) in [
            ("logs", "CreateLogGroup", json!({"logGroupName": "g", "kmsKeyId": "k"}), "kmsKeyId"),
            (
                "lambda",
                "CreateFunction",
                json!({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}),
                "TenancyConfig",
            ),
            (
                "lambda",
                "CreateFunction",
                json!({"LoggingConfig": {"SystemLogLevel": "WARN"}}),
                "LoggingConfig.SystemLogLevel",
            ),
            (
                "monitoring",
                "PutMetricData",
                json!({"MetricData": [{"Value": 1}, {"StorageResolution": 1}]}),
                "MetricData.StorageResolution",
            ),
            (
                "sqs",
                "SendMessage",
                json!({"MessageAttributes": {"any": {"StringListValues": ["x"]}}}),
                "MessageAttributes.StringListValues",
            ),
            ("iam", "CreateRole", json!({"RoleName": "r", "AMemberOfNextYear": "x"}), "AMemberOfNextYear"),
            ("states", "StartExecution", json!({"nextYear": {"a": 1}}), "nextYear"),
        ] {
            assert_eq!(refusal(service, operation, input, &[]).as_deref(), Some(name));
        }
        let context = refusal("lambda", "Invoke", json!({}), &[("x-amz-client-context", "e30=")]);
        assert_eq!(context.as_deref(), Some("ClientContext"));
    }

    #[test]
    fn what_says_nothing_or_what_holds_anyway_is_taken() {
        for (service, operation, input) in [
            (
                "logs",
                "CreateLogGroup",
                json!({"logGroupName": "g", "deletionProtectionEnabled": false, "kmsKeyId": null}),
            ),
            (
                "lambda",
                "CreateFunction",
                json!({"TenancyConfig": {}, "Tags": {"any": "x"}, "VpcConfig": {"SubnetIds": []}}),
            ),
            ("lambda", "CreateFunction", json!({"Environment": {"Variables": {"A": "b"}}, "RuntimeConfig": null})),
            (
                "monitoring",
                "PutMetricData",
                json!({"MetricData": [{"StorageResolution": 60}, {"StorageResolution": "60"}]}),
            ),
            (
                "sqs",
                "SendMessage",
                json!({"MessageAttributes": {"any": {"DataType": "String", "StringListValues": []}}}),
            ),
            ("logs", "PutLogEvents", json!({"sequenceToken": "5", "logEvents": [{"timestamp": 1, "message": "m"}]})),
            ("tagging", "GetTagKeys", json!({"PaginationToken": ""})),
            ("states", "TestState", json!({"anything": 1})),
        ] {
            assert_eq!(refusal(service, operation, input.clone(), &[]), None, "{operation} {input}");
        }
        assert_eq!(refusal("lambda", "Invoke", json!({}), &[("x-amz-log-type", "Tail")]), None);
    }

    /// Every text of a service's source.
    fn source(service: &str) -> String {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/service");
        let name = if service == "monitoring" { "cloudwatch" } else { service };
        let Ok(entries) = fs::read_dir(folder.join(name)) else {
            return fs::read_to_string(folder.join(format!("{name}.rs"))).unwrap();
        };
        let shared = ["members.rs", "tags.rs", "page.rs"].map(|name| folder.join(name));
        let files = entries.map(|entry| entry.unwrap().path()).chain(shared);
        files.filter(|path| path.is_file()).map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// The members of a model, each as it is in the table: service, operation, path.
    fn model() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        include_str!("model.txt").lines().filter(|row| !row.starts_with('#')).flat_map(|row| {
            let mut words = row.split(' ');
            let (service, operation) = (words.next().unwrap(), words.next().unwrap_or_default());
            words.map(move |path| (service, operation, path))
        })
    }

    #[test]
    fn the_table_names_only_what_the_models_have() {
        let known: BTreeSet<_> = model().collect();
        for (service, operation, members) in rows() {
            for path in paths(members) {
                let path = path.trim_start_matches('~').split('=').next().unwrap();
                let is_known = known.contains(&(service, operation, path));
                // SQS calls the tags of CreateQueue `tags` and those of TagQueue `Tags`; both are read as `Tags`.
                assert!(is_known || (service, path) == ("sqs", "Tags"), "{service} {operation} {path} is in no model");
            }
        }
    }

    /// A member that the table says is read is named in the service's source.
    #[test]
    fn what_is_said_to_be_read_is_read() {
        for (service, operation, members) in rows() {
            let source = source(service);
            for path in paths(members).filter(|path| !path.starts_with('~') && !path.contains('=')) {
                let name = path.rsplit('.').next().unwrap();
                // Invoke's travel in headers and in the body.
                let headers = super::operation(service, operation).unwrap().headers;
                let in_header = headers.iter().find(|(_, member)| *member == name).map(|(header, _)| *header);
                let is_read = name == "Payload" || source.contains(&format!("\"{}\"", in_header.unwrap_or(name)));
                assert!(is_read, "{service} {operation} {path} is named nowhere");
            }
        }
    }

    /// Every operation that is answered has a row, whose members are then all that is taken.
    #[test]
    fn every_operation_that_is_answered_is_in_the_table() {
        let listed: BTreeSet<(&str, &str)> = rows().map(|(service, operation, _)| (service, operation)).collect();
        let arm = regex::Regex::new(r#"(?m)^\s+("[A-Z][A-Za-z]+"(?: \| "[A-Z][A-Za-z]+")*) =>"#).unwrap();
        for service in ["iam", "sts", "lambda", "states", "logs", "monitoring", "sqs", "tagging", "cloudcontrolapi"] {
            let source = source(service);
            let dispatch = source.split("async fn call(&self").skip(1).map(|rest| rest.split("\n}\n").next().unwrap());
            for found in dispatch.flat_map(|part| arm.captures_iter(part)) {
                for operation in found[1].split(" | ").map(|name| name.trim_matches('"')) {
                    assert!(listed.contains(&(service, operation)), "{service} {operation} has no row");
                }
            }
        }
    }

    /// What the model has and the table has not is refused, whatever its type: nothing is passed over.
    #[test]
    fn every_other_member_of_the_models_is_refused() {
        let mut refused = 0;
        for (service, operation, path) in model() {
            let Some(node) = operations().get(&(service, operation)) else { panic!("{service} {operation}") };
            let value = path.rsplit('.').fold(json!("set"), |inner, part| match part.strip_suffix("[]") {
                Some(name) => json!({ name: [inner] }),
                None => json!({ part: inner }),
            });
            let row = rows().find(|(its, name, _)| (*its, *name) == (service, operation)).unwrap().2;
            let taken = paths(row).map(|word| word.trim_start_matches('~')).any(|word| {
                word == path
                    || path.starts_with(&format!("{word}."))
                    || path.starts_with(&format!("{word}[]."))
                    || path.starts_with(&format!("{word}[]."))
                    || word.starts_with(&format!("{path}."))
                    || word.starts_with(&format!("{path}[]."))
            });
            let said = node.refused(&value);
            assert!(
                taken || said.is_some() || (service, path) == ("sqs", "tags"),
                "{service} {operation} {path} is passed over"
            );
            refused += usize::from(said.is_some());
        }
        assert!(refused > 40, "{refused}");
    }
}
