//! From scenarios that were run to evidence.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evidence::{AttemptEvidence, CauseEvidence, ExecutionEvidence, VisitEvidence};
use crate::asl::trace::{Attempt, End, Trace, Visit};
use crate::cause::message_of;
use crate::cloud::ErrorClass;
use crate::model::Scenario;
use crate::trial::ScenarioOutcome;

/// Characters of an error's message that are kept.
const MESSAGE: usize = 400;

/// Bytes of an output that are kept whole.
const OUTPUT: usize = 16 * 1024;

/// What an execution of a scenario showed.
pub(super) fn evidence(outcome: &ScenarioOutcome, scenario: &Scenario, tries: u32) -> ExecutionEvidence {
    let refused = outcome.refused.as_ref().filter(|error| error.class != ErrorClass::NotFound);
    let refused = refused.map(|error| format!("`{}` could not be started: {error}", scenario.name));
    let problem = || outcome.problems.first().cloned().unwrap_or_default();
    let skipped = outcome
        .skipped
        .then(|| format!("`{}` waits {} s of real time, and was left out", scenario.name, scenario.waits_seconds));
    let ended = outcome.actual.as_ref();
    let unread = outcome.unread.clone().filter(|_| ended.is_none());
    let lost = (ended.is_none() && !outcome.endless && outcome.refused.is_none()).then(problem);
    ExecutionEvidence {
        scenario: scenario.name.clone(),
        machine: scenario.machine.clone(),
        arn: outcome.execution_arn.clone(),
        started_ms: outcome.started_ms,
        status: ended.map(|ended| ended.status),
        output: ended.and_then(|ended| ended.output.clone()).map(kept),
        expected: scenario.expect.output.clone(),
        nonce: None,
        cause: outcome.cause.as_ref().map(CauseEvidence::from),
        unknown: refused.or(skipped).or(unread).or(lost),
        unseen: outcome.unread.clone().filter(|_| ended.is_some()),
        endless: outcome.endless.then(problem),
        visits: outcome.trace.as_ref().map(visits),
        tries,
    }
}

/// A scenario that was not run, and why.
pub(super) fn not_run(scenario: &Scenario, why: &str) -> ExecutionEvidence {
    ExecutionEvidence {
        scenario: scenario.name.clone(),
        machine: scenario.machine.clone(),
        arn: None,
        started_ms: None,
        status: None,
        output: None,
        expected: scenario.expect.output.clone(),
        nonce: None,
        cause: None,
        unknown: Some(why.to_owned()),
        unseen: None,
        endless: None,
        visits: None,
        tries: 0,
    }
}

/// An output; of a long one its texts and numbers at the top alone.
fn kept(output: Value) -> Value {
    if output.to_string().len() <= OUTPUT {
        return output;
    }
    match output {
        Value::Object(members) => {
            let is_short = |value: &Value| !value.is_array() && !value.is_object() && value.to_string().len() < MESSAGE;
            Value::Object(members.into_iter().filter(|(_, value)| is_short(value)).collect())
        }
        _ => Value::Null,
    }
}

fn visits(trace: &Trace) -> Vec<VisitEvidence> {
    let mut visits: Vec<VisitEvidence> = trace.visits.iter().map(|visit| of_visit(visit, trace)).collect();
    for chosen in &trace.chosen {
        if let Some(visit) = visits.get_mut(chosen.visit) {
            visit.ways = chosen.ways.iter().map(ToString::to_string).collect();
        }
    }
    visits
}

fn of_visit(visit: &Visit, trace: &Trace) -> VisitEvidence {
    let inside = visit.inside.and_then(|inside| {
        let lane = trace.visits.get(inside.visit)?.lanes.get(inside.lane)?;
        Some((inside.visit, lane.index))
    });
    VisitEvidence {
        id: visit.event_id,
        state: visit.state.clone(),
        state_type: visit.state_type.clone(),
        inside,
        entered_ms: visit.entered_ms,
        left_ms: visit.left_ms,
        succeeded: visit.end == Some(End::Succeeded),
        caught_by: visit.caught_by.clone(),
        ways: Vec::new(),
        attempts: visit.attempts.iter().map(attempt).collect(),
    }
}

fn attempt(attempt: &Attempt) -> AttemptEvidence {
    let error = attempt.error.as_ref();
    let is_callback = attempt.resource.as_deref().is_some_and(|resource| resource.contains("waitForTaskToken"));
    AttemptEvidence {
        resource: attempt.resource.clone(),
        event_id: error.map(|error| error.event_id),
        error: error.map(|error| error.error.clone().unwrap_or_default()),
        cause: error
            .and_then(|error| error.cause.as_deref())
            .map(|cause| message_of(cause).chars().take(MESSAGE).collect()),
        next_in_ms: attempt.next_in_ms,
        waited: is_callback,
    }
}

/// Puts a text of this run into a scenario's input, and into what is expected at the same place.
pub(super) fn with_nonce(scenario: &Scenario, nonce: &str) -> Scenario {
    let mut scenario = scenario.clone();
    if let Some(pointer) = scenario.nonce.clone() {
        let places = [Some(&mut scenario.input), scenario.expect.output.as_mut()];
        for place in places.into_iter().flatten().filter_map(|value| value.pointer_mut(&pointer)) {
            *place = Value::String(nonce.to_owned());
        }
    }
    scenario
}

/// Leaves of what a scenario expects only what the checks look at: a lab that was made by hand has its own ways and further fields.
pub(super) fn only_at(scenario: &mut Scenario, pointers: &[String]) {
    scenario.expect.path = None;
    let Some(expected) = scenario.expect.output.take() else { return };
    let mut found = BTreeMap::new();
    for pointer in pointers.iter().chain(&scenario.nonce) {
        if let Some(value) = expected.pointer(pointer) {
            found.insert(pointer.clone(), value.clone());
        }
    }
    let mut output = Value::Object(serde_json::Map::new());
    for (pointer, value) in found {
        put(&mut output, &pointer, value);
    }
    scenario.expect.output = Some(output);
}

/// Puts a value at a pointer, objects in between made.
fn put(root: &mut Value, pointer: &str, value: Value) {
    let mut place = root;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if !place.is_object() {
            *place = Value::Object(serde_json::Map::new());
        }
        let Some(members) = place.as_object_mut() else { return };
        place = members.entry(step).or_insert(Value::Null);
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{ExecutionStatus, Expectation};

    #[test]
    fn a_nonce_is_put_in_and_expected() {
        let scenario = Scenario {
            name: "s".to_owned(),
            title: String::new(),
            machine: "m".to_owned(),
            input: json!({"orderId": "x", "n": 1}),
            expect: Expectation {
                status: ExecutionStatus::Succeeded,
                output: Some(json!({"orderId": "x", "status": "OK", "a": {"b": 2, "c": 3}})),
                error: None,
                path: Some(vec!["A".to_owned()]),
            },
            waits_seconds: 0,
            when: None,
            nonce: Some("/orderId".to_owned()),
            stage: None,
            mocks: Vec::new(),
        };
        let mut changed = with_nonce(&scenario, "labctl-1");
        assert_eq!(changed.input, json!({"orderId": "labctl-1", "n": 1}));
        only_at(&mut changed, &["/status".to_owned(), "/a/b".to_owned(), "/none".to_owned()]);
        assert_eq!(changed.expect.output, Some(json!({"orderId": "labctl-1", "status": "OK", "a": {"b": 2}})));
        assert_eq!(changed.expect.path, None);
    }
}
