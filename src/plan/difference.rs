//! What differs between a live body and a wanted one: which parts to change, and field by field for telling.
//!
//! Both bodies are taken apart field by field, so that a new field does not compile until somebody decides what it means.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::states::state_changes;
use super::{FieldChange, StateChanges};
use crate::model::{Body, Part, Policy, alike_everywhere, alike_in_definition};

/// What differs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// The parts that have to change; [`Part::Tags`] is never among them.
    pub parts: BTreeSet<Part>,
    /// The fields that differ, by dotted path.
    pub fields: Vec<FieldChange>,
    /// The states of a definition that differ.
    pub states: Option<StateChanges>,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    fn field(&mut self, part: Part, path: &str, from: &Value, to: &Value) {
        let before = self.fields.len();
        walk(path, from, to, &mut self.fields);
        if self.fields.len() > before {
            self.parts.insert(part);
        }
    }
}

/// Compares what is there (`live`) with what is wanted. Two kinds that differ are replaced ([`Part::Type`]).
pub fn difference(live: &Body, wanted: &Body) -> Difference {
    let mut found = Difference::default();
    match (&comparable(live, wanted), wanted) {
        (Body::Role { .. }, Body::Role { .. }) => roles(&mut found, live, wanted),
        (Body::LogGroup { retention_days: from }, Body::LogGroup { retention_days: to }) => {
            found.field(Part::Retention, "retention_days", &json!(from), &json!(to));
        }
        (Body::Function { .. }, Body::Function { .. }) => functions(&mut found, live, wanted),
        (Body::Queue { attributes: from }, Body::Queue { attributes: to }) => {
            found.field(Part::Configuration, "attributes", &json!(from), &json!(to));
        }
        (Body::StateMachine { .. }, Body::StateMachine { .. }) => machines(&mut found, live, wanted),
        (Body::Dashboard { body: from }, Body::Dashboard { body: to }) => {
            let (mut from, mut to) = (document(from), document(to));
            alike_everywhere(&mut from);
            alike_everywhere(&mut to);
            found.field(Part::Body, "body", &from, &to);
        }
        (from, to) => found.field(Part::Type, "body", &from.canonical(), &to.canonical()),
    }
    found
}

/// The live body as it is to be compared with a wanted one: a queue has a dozen attributes nobody asked for, and those
/// that stand at AWS's default count as absent unless they are wanted.
pub(super) fn comparable(live: &Body, wanted: &Body) -> Body {
    match (live, wanted) {
        (Body::Queue { attributes }, Body::Queue { attributes: wanted }) => Body::Queue {
            attributes: attributes
                .iter()
                .filter(|(name, value)| wanted.contains_key(*name) || queue_default(name) != Some(value.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        },
        _ => live.clone(),
    }
}

/// What AWS sets an attribute of a queue to that nobody set.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
pub(super) fn queue_default(name: &str) -> Option<&'static str> {
    Some(match name {
        "DelaySeconds" | "ReceiveMessageWaitTimeSeconds" => "0",
        "KmsDataKeyReusePeriodSeconds" => "300",
        "MaximumMessageSize" => "1048576",
        "MessageRetentionPeriod" => "345600",
        "SqsManagedSseEnabled" => "true",
        "VisibilityTimeout" => "30",
        _ => return None,
    })
}

fn roles(found: &mut Difference, live: &Body, wanted: &Body) {
    if let (
        Body::Role { path, description, trust_policy, inline_policies, managed_policies, permissions_boundary },
        Body::Role {
            path: to_path,
            description: to_description,
            trust_policy: to_trust,
            inline_policies: to_inline,
            managed_policies: to_managed,
            permissions_boundary: to_boundary,
        },
    ) = (live, wanted)
    {
        found.field(Part::Type, "path", &json!(path), &json!(to_path));
        found.field(Part::Description, "description", &json!(description), &json!(to_description));
        found.field(Part::TrustPolicy, "trust_policy", &trust_policy.value(), &to_trust.value());
        found.field(Part::Policies, "inline_policies", &by_name(inline_policies), &by_name(to_inline));
        found.field(Part::Policies, "managed_policies", &json!(managed_policies), &json!(to_managed));
        // Where none is wanted, one that is there was put there by whoever looks after the account.
        if to_boundary.is_some() {
            found.field(Part::Boundary, "permissions_boundary", &json!(permissions_boundary), &json!(to_boundary));
        }
    }
}

fn functions(found: &mut Difference, live: &Body, wanted: &Body) {
    if let (
        Body::Function { runtime, handler, role, description, timeout_seconds, memory_mib, environment, code },
        Body::Function {
            runtime: to_runtime,
            handler: to_handler,
            role: to_role,
            description: to_description,
            timeout_seconds: to_timeout,
            memory_mib: to_memory,
            environment: to_environment,
            code: to_code,
        },
    ) = (live, wanted)
    {
        found.field(Part::Configuration, "runtime", &json!(runtime), &json!(to_runtime));
        found.field(Part::Configuration, "handler", &json!(handler), &json!(to_handler));
        found.field(Part::Configuration, "role", &json!(role), &json!(to_role));
        found.field(Part::Configuration, "description", &json!(description), &json!(to_description));
        found.field(Part::Configuration, "timeout_seconds", &json!(timeout_seconds), &json!(to_timeout));
        found.field(Part::Configuration, "memory_mib", &json!(memory_mib), &json!(to_memory));
        found.field(Part::Configuration, "environment", &json!(environment), &json!(to_environment));
        found.field(Part::Code, "code", &json!(code.sha256), &json!(to_code.sha256));
    }
}

fn machines(found: &mut Difference, live: &Body, wanted: &Body) {
    if let (
        Body::StateMachine { machine_type, role, definition, logging },
        Body::StateMachine { machine_type: to_type, role: to_role, definition: to_definition, logging: to_logging },
    ) = (live, wanted)
    {
        found.field(Part::Type, "type", &json!(machine_type), &json!(to_type));
        found.field(Part::Definition, "role", &json!(role), &json!(to_role));
        let (mut definition, mut to_definition) = (document(definition), document(to_definition));
        alike_in_definition(&mut definition);
        alike_in_definition(&mut to_definition);
        found.field(Part::Definition, "definition", &definition, &to_definition);
        found.states = state_changes(&definition, &to_definition);
        found.field(Part::Definition, "logging", &json!(logging), &json!(to_logging));
    }
}

fn by_name(policies: &BTreeMap<String, Policy>) -> Value {
    Value::Object(policies.iter().map(|(name, policy)| (name.clone(), policy.value())).collect::<Map<_, _>>())
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Objects are entered key by key and arrays item by item; everything else is told whole.
fn walk(path: &str, from: &Value, to: &Value, fields: &mut Vec<FieldChange>) {
    if from == to {
        return;
    }
    match (from, to) {
        (Value::Object(from), Value::Object(to)) => {
            let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
            for name in names {
                let path = format!("{path}.{name}");
                match (from.get(name), to.get(name)) {
                    (Some(from), Some(to)) => walk(&path, from, to, fields),
                    (from, to) => fields.push(FieldChange { field: path, from: from.cloned(), to: to.cloned() }),
                }
            }
        }
        (Value::Array(from), Value::Array(to)) => {
            for index in 0..from.len().max(to.len()) {
                let path = format!("{path}.{index}");
                match (from.get(index), to.get(index)) {
                    (Some(from), Some(to)) => walk(&path, from, to, fields),
                    (from, to) => fields.push(FieldChange { field: path, from: from.cloned(), to: to.cloned() }),
                }
            }
        }
        (from, to) => {
            let told = |value: &Value| (!value.is_null()).then(|| value.clone());
            fields.push(FieldChange { field: path.to_owned(), from: told(from), to: told(to) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::world;

    fn machine(definition: &str) -> Body {
        world::machine("ann-m", definition, "lab6", "ann").body
    }

    #[test]
    fn a_definition_is_walked_to_the_field() {
        let live = machine(r#"{"States": {"Wait": {"Type": "Wait", "Seconds": 5}}, "StartAt": "Wait"}"#);
        let wanted = machine(r#"{"StartAt":"Wait","States":{"Wait":{"Seconds":9,"Type":"Wait","End":true}}}"#);
        let found = difference(&live, &wanted);
        assert_eq!(found.parts, BTreeSet::from([Part::Definition]));
        let told: Vec<_> = found.fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(told, ["definition.States.Wait.End", "definition.States.Wait.Seconds"]);
        assert_eq!((&found.fields[1].from, &found.fields[1].to), (&Some(json!(5)), &Some(json!(9))));
        assert_eq!(found.fields[0].from, None);
    }

    #[test]
    fn equal_numbers_are_no_difference_but_in_data() {
        let of = |rate: &str, result: &str| {
            machine(&format!(
                r#"{{"States": {{"A": {{"Result": {result}, "Retry": [{{"BackoffRate": {rate}}}], "End": true}}}}}}"#
            ))
        };
        let (live, wanted) = (of("2", "2"), of("2.0", "2"));
        assert!(difference(&live, &wanted).is_empty());
        assert_eq!(live.digest(), wanted.digest());
        assert!(!difference(&of("2", "2"), &of("2", "2.0")).is_empty());
        // A tag that an earlier build wrote is known all the same.
        let earlier = crate::model::Digest::of(
            br#"{"definition":{"States":{"A":{"End":true,"Result":2,"Retry":[{"BackoffRate":2.0}]}}},"logging":{"include_execution_data":true,"level":"ALL","log_group":"/aws/vendedlogs/states/ann-m"},"role":"arn:aws:iam::123456789012:role/ann-r","type":"STANDARD"}"#,
        );
        assert!(wanted.has_digest(&earlier) && !live.has_digest(&earlier));
        let board =
            |x: &str| world::dashboard("ann-d", &format!(r#"{{"widgets": [{{"x": {x}}}]}}"#), "lab6", "ann").body;
        assert!(difference(&board("6.0"), &board("6")).is_empty());
    }

    #[test]
    fn white_space_and_order_of_keys_are_no_difference() {
        let live = machine("{\"StartAt\": \"A\",\n \"States\": {}}");
        assert!(difference(&live, &machine(r#"{"States":{},"StartAt":"A"}"#)).is_empty());
    }

    #[test]
    fn every_part_of_a_function_is_told_apart() {
        let live = world::function("ann-f", 30, "aaaa", "lab6", "ann").body;
        let code = difference(&live, &world::function("ann-f", 30, "bbbb", "lab6", "ann").body);
        assert_eq!(code.parts, BTreeSet::from([Part::Code]));
        let both = difference(&live, &world::function("ann-f", 15, "bbbb", "lab6", "ann").body);
        assert_eq!(both.parts, BTreeSet::from([Part::Code, Part::Configuration]));
    }

    #[test]
    fn a_boundary_is_put_where_one_is_wanted_and_left_where_none_is() {
        let live = world::role("ann-r", "one", "lab6", "ann").body;
        let with = |boundary: Option<&str>| {
            let mut body = live.clone();
            if let Body::Role { permissions_boundary, .. } = &mut body {
                *permissions_boundary = boundary.map(str::to_owned);
            }
            body
        };
        let bounded = with(Some("arn:aws:iam::123456789012:policy/b"));
        assert_eq!(difference(&live, &bounded).parts, BTreeSet::from([Part::Boundary]));
        assert_eq!(difference(&with(Some("arn:aws:iam::aws:policy/PowerUserAccess")), &bounded).fields.len(), 1);
        assert!(difference(&bounded, &live).is_empty() && difference(&bounded, &bounded).is_empty());
        assert_eq!(bounded.digest(), live.digest(), "a boundary that is put on a role is no edit");
    }

    #[test]
    fn a_role_at_another_path_is_replaced() {
        let live = world::role("ann-r", "one", "lab6", "ann").body;
        let mut wanted = live.clone();
        if let Body::Role { path, .. } = &mut wanted {
            "/elsewhere/".clone_into(path);
        }
        assert_eq!(difference(&live, &wanted).parts, BTreeSet::from([Part::Type]));
    }

    #[test]
    fn queue_attributes_nobody_asked_for_count_only_off_their_default() {
        let queue = |pairs: &[(&str, &str)]| Body::Queue {
            attributes: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let live = queue(&[("VisibilityTimeout", "30"), ("DelaySeconds", "0"), ("MessageRetentionPeriod", "345600")]);
        assert!(difference(&live, &queue(&[("VisibilityTimeout", "30")])).is_empty());
        assert!(difference(&live, &queue(&[])).is_empty());
        let edited = queue(&[("VisibilityTimeout", "30"), ("DelaySeconds", "9")]);
        let found = difference(&edited, &queue(&[("VisibilityTimeout", "30")]));
        assert_eq!(found.parts, BTreeSet::from([Part::Configuration]));
        assert_eq!(found.fields[0].field, "attributes.DelaySeconds");
    }

    #[test]
    fn something_that_comes_or_goes_has_no_other_side() {
        let found = difference(&Body::LogGroup { retention_days: None }, &Body::LogGroup { retention_days: Some(7) });
        assert_eq!(found.fields, [FieldChange { field: "retention_days".into(), from: None, to: Some(json!(7)) }]);
    }
}
