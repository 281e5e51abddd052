//! Definitions compared state by state.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::StateChanges;

/// What became of the states from one definition to another; `None` when every state says the same.
pub(super) fn state_changes(from: &Value, to: &Value) -> Option<StateChanges> {
    let (from, to) = (flat(from), flat(to));
    let missing = |here: &BTreeMap<String, Value>, there: &BTreeMap<String, Value>| {
        here.keys().filter(|name| !there.contains_key(*name)).cloned().collect::<Vec<_>>()
    };
    let differs = |(name, state): (&String, &Value)| to.get(name).is_some_and(|other| other != state);
    let changes = StateChanges {
        added: missing(&to, &from),
        removed: missing(&from, &to),
        changed: from.iter().filter(|entry| differs(*entry)).map(|(name, _)| name.clone()).collect(),
    };
    (changes != StateChanges::default()).then_some(changes)
}

/// Every state by its name, those inside Parallel and Map states too, each without the states inside it.
fn flat(definition: &Value) -> BTreeMap<String, Value> {
    let mut states = BTreeMap::new();
    collect(definition, &mut states);
    states
}

fn collect(machine: &Value, states: &mut BTreeMap<String, Value>) {
    for (name, state) in machine.get("States").and_then(Value::as_object).into_iter().flatten() {
        let Some(fields) = state.as_object() else { continue };
        let mut own = Map::new();
        for (field, value) in fields {
            let inner: Vec<&Value> = match (field.as_str(), value) {
                ("Branches", Value::Array(branches)) => branches.iter().collect(),
                ("ItemProcessor" | "Iterator", processor) => vec![processor],
                _ => Vec::new(),
            };
            for machine in &inner {
                collect(machine, states);
            }
            // Where an inner machine starts, and how it runs, is the outer state's own.
            let kept = if inner.is_empty() { value.clone() } else { inner.into_iter().map(without_states).collect() };
            own.insert(field.clone(), kept);
        }
        states.insert(name.clone(), Value::Object(own));
    }
}

fn without_states(machine: &Value) -> Value {
    let mut machine = machine.clone();
    if let Some(fields) = machine.as_object_mut() {
        fields.remove("States");
    }
    machine
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_states_are_told_by_their_own_names() {
        let branch = |seconds: u32| json!({"StartAt": "Inner", "States": {"Inner": {"Type": "Wait", "Seconds": seconds, "End": true}}});
        let from = json!({"States": {"Both": {"Type": "Parallel", "Branches": [branch(1)], "End": true}, "Old": {"Type": "Succeed"}}});
        let to = json!({"States": {"Both": {"Type": "Parallel", "Branches": [branch(2)], "End": true}, "New": {"Type": "Fail"}}});
        let reported = state_changes(&from, &to).unwrap();
        assert_eq!(
            (reported.added, reported.removed, reported.changed),
            (vec!["New".into()], vec!["Old".into()], vec!["Inner".into()])
        );
        assert_eq!(state_changes(&from, &from), None);
        let moved = json!({"States": {"Each": {"Type": "Map", "ItemProcessor": branch(1), "End": true}}});
        let mut elsewhere = moved.clone();
        elsewhere["States"]["Each"]["ItemProcessor"]["StartAt"] = "Elsewhere".into();
        assert_eq!(state_changes(&moved, &elsewhere).unwrap().changed, ["Each"]);
    }

    #[test]
    fn what_is_no_definition_has_no_states() {
        assert_eq!(state_changes(&json!("text"), &json!({"States": []})), None);
    }
}
