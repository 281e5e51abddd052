//! Mocks out of what an execution was answered.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::asl::trace::{EventData, HistoryEvent};
use crate::asl::{self, Pattern};
use crate::local;
use crate::model::{IntegrationMock, MockedAnswer, TokenAnswer};

/// Mocks that answer as an execution was answered, and what could not be written down, in words.
pub(crate) fn recorded(events: &[HistoryEvent]) -> (Vec<IntegrationMock>, Vec<String>) {
    let mut by_integration: BTreeMap<String, Vec<Call<'_>>> = BTreeMap::new();
    let mut order = Vec::new();
    for call in calls(events) {
        if !order.contains(&call.integration) {
            order.push(call.integration.clone());
        }
        by_integration.entry(call.integration.clone()).or_default().push(call);
    }
    let (mut mocks, mut untold) = (Vec::new(), Vec::new());
    for integration in order {
        let calls = by_integration.remove(&integration).unwrap_or_default();
        let mut states: Vec<&str> = calls.iter().map(|call| call.state).collect();
        states.dedup();
        states.sort_unstable();
        states.dedup();
        for state in &states {
            let when = if states.len() > 1 { told_apart(&calls, state) } else { Some(Map::new()) };
            let Some(when) = when else {
                untold.push(format!(
                    "{integration}: the calls of `{state}` have nothing that those of other states have not"
                ));
                continue;
            };
            let own = calls.iter().filter(|call| call.state == *state);
            let mut answers: Vec<MockedAnswer> = own.filter_map(|call| call.answer(&mut untold)).collect();
            // The last one stays.
            while matches!(answers.as_slice(), [.., before, last] if before == last) {
                answers.pop();
            }
            if !answers.is_empty() {
                let when = Some(when).filter(|when| !when.is_empty());
                mocks.push(IntegrationMock { integration: integration.clone(), when, answers });
            }
        }
    }
    (mocks, untold)
}

/// One attempt of a task.
struct Call<'e> {
    integration: String,
    pattern: Pattern,
    state: &'e str,
    arguments: Map<String, Value>,
    since_ms: i64,
    submitted: Option<&'e HistoryEvent>,
    end: Option<&'e HistoryEvent>,
}

/// The calls of what the local endpoint does not have, as they were scheduled.
fn calls(events: &[HistoryEvent]) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    let mut call_of: BTreeMap<i64, usize> = BTreeMap::new();
    let mut state_of: BTreeMap<i64, &str> = BTreeMap::new();
    for event in events {
        let kind = event.event_type.as_str();
        let state = match (kind, event.name.as_deref()) {
            ("TaskStateEntered", Some(name)) => Some(name),
            _ if kind.starts_with("Task") => state_of.get(&event.previous_id).copied(),
            _ => None,
        };
        state_of.extend(state.map(|state| (event.id, state)));
        if kind == "TaskScheduled" {
            if let Some(call) = state.and_then(|state| scheduled(event, state)) {
                call_of.insert(event.id, calls.len());
                calls.push(call);
            }
            continue;
        }
        let Some(at) = call_of.get(&event.previous_id).copied() else { continue };
        let Some(call) = calls.get_mut(at) else { continue };
        match kind {
            "TaskStarted" => {}
            "TaskSubmitted" => (call.submitted, call.since_ms) = (Some(event), event.timestamp_ms),
            "TaskSucceeded" | "TaskFailed" | "TaskTimedOut" => call.end = Some(event),
            _ => continue,
        }
        if call.end.is_none() {
            call_of.insert(event.id, at);
        }
    }
    calls
}

fn scheduled<'e>(event: &'e HistoryEvent, state: &'e str) -> Option<Call<'e>> {
    let integration = event.resource.clone()?;
    let resource = asl::integration(&integration).ok().filter(|resource| !local::has_integration(resource))?;
    let arguments = event.input.as_ref().and_then(|data| serde_json::from_str(&data.text).ok()).unwrap_or_default();
    let since_ms = event.timestamp_ms;
    Some(Call { pattern: resource.pattern(), integration, state, arguments, since_ms, submitted: None, end: None })
}

/// Arguments that all calls of a state have alike and no call of another state has.
fn told_apart(calls: &[Call<'_>], state: &str) -> Option<Map<String, Value>> {
    let (own, others): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.state == state);
    let tells = |(name, value): &(&String, &Value)| {
        own.iter().all(|call| call.arguments.get(*name) == Some(*value))
            && others.iter().all(|call| call.arguments.get(*name) != Some(*value))
    };
    let (name, value) = own.first()?.arguments.iter().find(tells)?;
    Some([(name.clone(), value.clone())].into_iter().collect())
}

impl Call<'_> {
    fn answer(&self, untold: &mut Vec<String>) -> Option<MockedAnswer> {
        let end = self.end?;
        let mut data = |data: Option<&EventData>| {
            let data = data?;
            if data.truncated {
                untold.push(format!("{}: an answer to `{}` was cut off", self.integration, self.state));
            }
            serde_json::from_str::<Value>(&data.text).ok()
        };
        let submitted = self.submitted.and_then(|event| data(event.output.as_ref())).map(without_metadata);
        let submitted = submitted.filter(|value| value.as_object().is_none_or(|members| !members.is_empty()));
        // To the nearest: an event is written a little after, or before, what it tells of began.
        let seconds = end.timestamp_ms.saturating_sub(self.since_ms).saturating_add(500) / 1000;
        let delay_seconds = i32::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(f64::from);
        let answer = MockedAnswer { submitted, delay_seconds, ..MockedAnswer::default() };
        let is_token = self.pattern == Pattern::WaitForTaskToken && self.submitted.is_some();
        let token = |token| is_token.then_some(token);
        Some(match end.event_type.as_str() {
            "TaskSucceeded" => {
                let output = data(end.output.as_ref())?;
                let output = if self.pattern == Pattern::RequestResponse { without_metadata(output) } else { output };
                MockedAnswer { output: Some(output), token: token(TokenAnswer::Success), ..answer }
            }
            "TaskTimedOut" if is_token => {
                MockedAnswer { token: Some(TokenAnswer::Silent), delay_seconds: None, ..answer }
            }
            _ => MockedAnswer {
                error: Some(end.error.clone().unwrap_or_default()),
                cause: end.cause.clone().map(|cause| match serde_json::from_str(&cause) {
                    Ok(value @ Value::Object(_)) => value,
                    _ => Value::String(cause),
                }),
                token: token(TokenAnswer::Failure),
                ..answer
            },
        })
    }
}

/// An answer without its HTTP side, which the endpoint adds itself.
fn without_metadata(mut answer: Value) -> Value {
    if let Some(members) = answer.as_object_mut() {
        members.retain(|name, _| name != "SdkHttpMetadata" && name != "SdkResponseMetadata");
    }
    answer
}

/// As `mocks.yaml` has them; values are JSON, which is YAML too.
pub(crate) fn written(mocks: &[IntegrationMock]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for mock in mocks {
        let _ = writeln!(text, "- integration: {}", mock.integration);
        if let Some(when) = &mock.when {
            let _ = writeln!(text, "  when: {}", Value::Object(when.clone()));
        }
        text.push_str("  answers:\n");
        for answer in &mock.answers {
            let members = match serde_json::to_value(answer) {
                Ok(Value::Object(members)) => members,
                _ => Map::new(),
            };
            for (at, (name, value)) in members.iter().enumerate() {
                let _ = writeln!(text, "    {} {name}: {value}", if at == 0 { '-' } else { ' ' });
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(id: i64, previous_id: i64, event_type: &str) -> HistoryEvent {
        HistoryEvent {
            id,
            previous_id,
            timestamp_ms: id * 1000,
            event_type: event_type.to_owned(),
            ..HistoryEvent::default()
        }
    }

    /// A state's events from entry to its end, one after the other.
    fn task(events: &mut Vec<HistoryEvent>, state: &str, integration: &str, arguments: &Value, rest: &[(&str, Value)]) {
        let next = |events: &[HistoryEvent]| i64::try_from(events.len()).unwrap() + 1;
        let entered =
            HistoryEvent { name: Some(state.to_owned()), ..event(next(events), next(events) - 1, "TaskStateEntered") };
        events.push(entered);
        let input = Some(arguments.to_string().as_str().into());
        let scheduled = HistoryEvent {
            resource: Some(integration.to_owned()),
            input,
            ..event(next(events), next(events) - 1, "TaskScheduled")
        };
        events.push(scheduled);
        events.push(event(next(events), next(events) - 1, "TaskStarted"));
        for (kind, value) in rest {
            let mut told = event(next(events), next(events) - 1, kind);
            match *kind {
                "TaskFailed" => (told.error, told.cause) = (Some("E".to_owned()), value.as_str().map(str::to_owned)),
                _ => told.output = Some(value.to_string().as_str().into()),
            }
            events.push(told);
        }
    }

    #[test]
    fn answers_are_written_down_by_state_and_in_order() {
        let mut events = vec![event(1, 0, "ExecutionStarted")];
        let metadata =
            json!({"Item": {"n": {"N": "1"}}, "SdkHttpMetadata": {"HttpStatusCode": 200}, "SdkResponseMetadata": {}});
        task(&mut events, "Get", "dynamodb:getItem", &json!({"TableName": "a"}), &[("TaskFailed", json!("c"))]);
        task(
            &mut events,
            "Get",
            "dynamodb:getItem",
            &json!({"TableName": "a"}),
            &[("TaskSucceeded", metadata.clone())],
        );
        task(&mut events, "Get", "dynamodb:getItem", &json!({"TableName": "a"}), &[("TaskSucceeded", metadata)]);
        task(&mut events, "Other", "dynamodb:getItem", &json!({"TableName": "b"}), &[("TaskSucceeded", json!({}))]);
        task(&mut events, "Own", "lambda:invoke", &json!({}), &[("TaskSucceeded", json!({}))]);
        let submitted = ("TaskSubmitted", json!({"Tasks": [], "SdkHttpMetadata": {}}));
        task(
            &mut events,
            "Run",
            "ecs:runTask.sync",
            &json!({}),
            &[submitted.clone(), ("TaskSucceeded", json!({"LastStatus": "STOPPED"}))],
        );
        task(
            &mut events,
            "Ask",
            "sns:publish.waitForTaskToken",
            &json!({}),
            &[submitted.clone(), ("TaskTimedOut", json!(null))],
        );
        task(
            &mut events,
            "Ask",
            "sns:publish.waitForTaskToken",
            &json!({}),
            &[submitted.clone(), ("TaskFailed", json!("{\"a\":1}"))],
        );
        task(&mut events, "Ask", "sns:publish.waitForTaskToken", &json!({}), &[submitted, ("TaskSucceeded", json!(7))]);
        let (mocks, lost) = recorded(&events);
        assert_eq!(lost, [""; 0]);
        let wanted = "\
- integration: dynamodb:getItem
  when: {\"TableName\":\"a\"}
  answers:
    - cause: \"c\"
      delay_seconds: 2.0
      error: \"E\"
    - delay_seconds: 2.0
      output: {\"Item\":{\"n\":{\"N\":\"1\"}}}
- integration: dynamodb:getItem
  when: {\"TableName\":\"b\"}
  answers:
    - delay_seconds: 2.0
      output: {}
- integration: ecs:runTask.sync
  answers:
    - delay_seconds: 1.0
      output: {\"LastStatus\":\"STOPPED\"}
      submitted: {\"Tasks\":[]}
- integration: sns:publish.waitForTaskToken
  answers:
    - submitted: {\"Tasks\":[]}
      token: \"silent\"
    - cause: {\"a\":1}
      delay_seconds: 1.0
      error: \"E\"
      submitted: {\"Tasks\":[]}
      token: \"failure\"
    - delay_seconds: 1.0
      output: 7
      submitted: {\"Tasks\":[]}
      token: \"success\"
";
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(|line| line.replace("- ", "  ")).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&written(&mocks)), sorted(wanted));
        let read: Value = crate::source::read(&written(&mocks), crate::source::Format::Yaml).unwrap().to_value();
        assert_eq!(serde_json::from_value::<Vec<IntegrationMock>>(read).unwrap(), mocks);
    }

    #[test]
    fn states_that_call_alike_are_told_apart_or_named() {
        let mut events = vec![event(1, 0, "ExecutionStarted")];
        task(&mut events, "A", "sns:publish", &json!({"Message": 1}), &[("TaskSucceeded", json!({}))]);
        task(&mut events, "B", "sns:publish", &json!({"Message": 1}), &[("TaskSucceeded", json!({}))]);
        let (mocks, lost) = recorded(&events);
        assert!(mocks.is_empty());
        assert_eq!(lost.len(), 2, "{lost:?}");
        assert!(lost[0].contains("the calls of `A`"));
    }
}
