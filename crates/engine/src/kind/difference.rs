//! What differs between a live body and a wanted one: which parts to change, and field by field for telling.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::Part;

/// One field that differs, for telling.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// Dotted path into the body (`timeout_seconds`, `definition.States.Wait.Seconds`).
    pub field: String,
    /// What is there; absent when nothing is.
    pub from: Option<Value>,
    /// What is wanted; absent when nothing is.
    pub to: Option<Value>,
}

/// The states of two definitions by name, wherever they are nested: names are unique in a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StateChanges {
    /// Wanted and not there.
    pub added: Vec<String>,
    /// There and not wanted.
    pub removed: Vec<String>,
    /// Different in what they say themselves; states inside them are told by their own names.
    pub changed: Vec<String>,
}

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

    /// Takes in a field of a part, if it differs.
    pub(super) fn field(&mut self, part: Part, path: &str, from: &Value, to: &Value) {
        let before = self.fields.len();
        walk(path, from, to, &mut self.fields);
        if self.fields.len() > before {
            self.parts.insert(part);
        }
    }
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
            let reported = |value: &Value| (!value.is_null()).then(|| value.clone());
            fields.push(FieldChange { field: path.to_owned(), from: reported(from), to: reported(to) });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kind::{Body, LogGroup, Role, difference};
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
        let reported: Vec<_> = found.fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(reported, ["definition.States.Wait.End", "definition.States.Wait.Seconds"]);
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
            body.of_mut::<Role>().unwrap().permissions_boundary = boundary.map(str::to_owned);
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
        wanted.of_mut::<Role>().unwrap().path = "/elsewhere/".to_owned();
        assert_eq!(difference(&live, &wanted).parts, BTreeSet::from([Part::Type]));
    }

    #[test]
    fn something_that_comes_or_goes_has_no_other_side() {
        let group = |retention_days| Body::from(LogGroup { retention_days });
        let found = difference(&group(None), &group(Some(7)));
        assert_eq!(found.fields, [FieldChange { field: "retention_days".into(), from: None, to: Some(json!(7)) }]);
    }
}
