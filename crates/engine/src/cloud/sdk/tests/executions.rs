//! Replay tests: executions and their histories, and the errors of calls.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::replay::Replay;
use super::samples::{MACHINE, error, machine};
use crate::cloud::{Cloud as _, ErrorClass};
use crate::model::ExecutionStatus;

#[tokio::test]
async fn the_sync_prefix_stays_at_aws_and_goes_elsewhere() {
    let answer = json!({
        "executionArn": "arn:e", "name": "one", "status": "SUCCEEDED", "startDate": 1.5, "stopDate": 2.5, "output": "{\"a\":1}"
    })
    .to_string();
    let replay = Replay::known().answer("StartSyncExecution", 200, &answer);
    let ended = replay.account().start_sync(MACHINE, "one", &json!({"b": 2})).await.unwrap();
    assert_eq!(replay.one("StartSyncExecution").uri, "http://127.0.0.1:4566/");
    assert_eq!(replay.one("StartSyncExecution").json()["input"], r#"{"b":2}"#);
    assert_eq!((ended.status, ended.output), (ExecutionStatus::Succeeded, Some(json!({"a": 1}))));
    assert_eq!((ended.started_ms, ended.stopped_ms), (1500, Some(2500)));

    let replay = Replay::known().answer("StartSyncExecution", 200, &answer);
    replay.account_at_aws().start_sync(MACHINE, "one", &json!({})).await.unwrap();
    assert_eq!(replay.one("StartSyncExecution").uri, "https://sync-states.eu-west-1.amazonaws.com/");
}

#[tokio::test]
async fn a_synchronous_execution_that_may_have_run_is_not_started_again() {
    for (status, code, tries) in [
        (500, "InternalServerError", 1),
        (503, "ServiceUnavailable", 1),
        (504, "GatewayTimeout", 1),
        (400, "ThrottlingException", 2),
    ] {
        let good = json!({
            "executionArn": "arn:e", "name": "one", "status": "SUCCEEDED", "startDate": 1.5, "stopDate": 2.5, "output": "{}"
        });
        let replay = Replay::known().answer("StartSyncExecution", status, error(code, "later")).answer(
            "StartSyncExecution",
            200,
            good.to_string(),
        );
        let ended = replay.account().start_sync(MACHINE, "one", &json!({})).await;
        let starts = replay.operations().iter().filter(|operation| *operation == "StartSyncExecution").count();
        assert_eq!(starts, tries, "{code}: {ended:?}");
        let reported = ended.err().map(|error| error.message);
        let is_reported = reported
            .as_ref()
            .is_some_and(|reported| reported.ends_with("; it may have run, and was not started again"));
        assert_eq!(is_reported, tries == 1, "{code}: {reported:?}");
    }
}

#[tokio::test]
async fn an_error_that_is_not_in_the_model_still_has_its_class() {
    let text = "The state machine IAM Role is not authorized to access the Log Destination";
    let replay = Replay::known().answer("CreateStateMachine", 400, error("AccessDeniedException", text));
    let error = replay.account().create(&machine()).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::IamPropagation);
    assert_eq!(error.to_string(), format!("states:CreateStateMachine: AccessDeniedException: {text}"));
}

#[tokio::test]
async fn an_answer_that_is_not_awss_names_the_endpoint() {
    let replay = Replay::known().otherwise(200, "<html>hello</html>");
    let error = replay.account().execution("arn:e").await.unwrap_err();
    assert_eq!(error.class, ErrorClass::NoAnswer);
    assert!(error.message.starts_with("`http://127.0.0.1:4566` answered HTTP 200 with a web page: "), "{error}");
}

#[tokio::test]
async fn a_throttled_call_is_made_again() {
    let throttled = error("ThrottlingException", "Rate exceeded");
    let answer =
        json!({"executionArn": "arn:e", "stateMachineArn": MACHINE, "status": "RUNNING", "startDate": 1.0}).to_string();
    let replay = Replay::known().answer("DescribeExecution", 400, throttled).answer("DescribeExecution", 200, answer);
    let account = replay.account();
    assert_eq!(account.execution("arn:e").await.unwrap().status, ExecutionStatus::Running);
    assert_eq!(account.calls(), BTreeMap::from([("states:DescribeExecution".to_owned(), 2)]));
}

#[tokio::test]
async fn a_history_is_read_to_its_last_page() {
    let event = |id: i64, kind: &str, more: Value| {
        let mut event = json!({"id": id, "previousEventId": id - 1, "timestamp": 1.0, "type": kind});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let first = json!({"nextToken": "more", "events": [
        event(1, "ExecutionStarted", json!({})),
        event(2, "TaskStateEntered", json!({"stateEnteredEventDetails": {"name": "Call"}})),
    ]});
    let second = json!({"events": [
        event(3, "LambdaFunctionFailed", json!({"lambdaFunctionFailedEventDetails": {"error": "E", "cause": "because"}})),
    ]});
    let replay = Replay::known().answer("GetExecutionHistory", 200, first.to_string()).answer(
        "GetExecutionHistory",
        200,
        second.to_string(),
    );
    let events = replay.account().history("arn:e", false).await.unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!((events[1].event_type.as_str(), events[1].name.as_deref()), ("TaskStateEntered", Some("Call")));
    assert_eq!((events[2].error.as_deref(), events[2].cause.as_deref()), (Some("E"), Some("because")));
    assert_eq!(replay.sent()[1].json()["nextToken"], "more");
}
