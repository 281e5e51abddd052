//! Replay tests of the Cloud Control API. Requests and events have the forms of AWS's user guide and API reference.
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations.html>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::replay::Replay;
use super::samples::ann;
use crate::cloud::{Cloud as _, ErrorClass};
use crate::kind::{AnyResource, Part, Resource};
use crate::model::Tags;
use crate::plan::world;

const STREAM: &str = "AWS::Kinesis::Stream/ann-stream";

fn stream(hours: u32) -> Resource {
    world::any_resource(
        STREAM,
        &json!({"Name": "ann-stream", "RetentionPeriodHours": hours, "ShardCount": 3}),
        "lab6",
        "ann",
    )
}

/// An event as the guide shows it.
fn event(operation: &str, status: &str, more: &Value) -> String {
    let mut event = json!({
        "EventTime": 1_632_506_656.706, "TypeName": "AWS::Kinesis::Stream", "OperationStatus": status,
        "Operation": operation, "Identifier": "ann-stream", "RequestToken": "20999d87-e304-4725-ad84-832dcbfd7fc5",
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "ProgressEvent": event }).to_string()
}

fn described(resource: &Resource, more: &Value) -> String {
    let content = resource.body.of::<AnyResource>().unwrap();
    let mut properties = content.tagged(&resource.tags);
    properties.extend(more.as_object().unwrap().clone());
    let properties = Value::Object(properties).to_string();
    json!({"TypeName": "AWS::Kinesis::Stream", "ResourceDescription": {"Identifier": "ann-stream", "Properties": properties}})
        .to_string()
}

const GONE: &str = r#"{"__type": "ResourceNotFoundException", "Message": "AWS::Kinesis::Stream Handler returned status FAILED: Stream ann-stream under account 123456789012 not found. (HandlerErrorCode: NotFound, RequestToken: 1)"}"#;

fn text(value: &Value) -> Value {
    serde_json::from_str(value.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn one_is_made_with_its_tags_and_its_progress_is_asked_for() {
    let replay = Replay::known()
        .answer("CreateResource", 200, event("CREATE", "IN_PROGRESS", &json!({})))
        .answer(
            "GetResourceRequestStatus",
            200,
            event("CREATE", "IN_PROGRESS", &json!({"RetryAfter": 1_632_506_660.0})),
        )
        .answer("GetResourceRequestStatus", 200, event("CREATE", "SUCCESS", &json!({})));
    let resource = stream(168);
    let arn = replay.account().create(&resource).await.unwrap();
    assert_eq!(arn, "arn:aws:kinesis:eu-west-1:123456789012:stream/ann-stream");
    let content = resource.body.of::<AnyResource>().unwrap();
    let sent = replay.one("CreateResource").json();
    assert_eq!(sent["TypeName"], "AWS::Kinesis::Stream");
    assert_eq!(sent["ClientToken"].as_str().unwrap().len(), 32);
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    assert_eq!(
        text(&sent["DesiredState"]),
        json!({
            "Name": "ann-stream", "RetentionPeriodHours": 168, "ShardCount": 3,
            "Tags": [tag("labctl:digest", resource.digest().as_str()), tag("labctl:lab", "lab6"), tag("labctl:properties", &content.marks()), tag("labctl:user", "ann")],
        })
    );
    let asked = replay.sent().into_iter().filter(|sent| sent.operation == "GetResourceRequestStatus");
    let tokens: BTreeSet<String> = asked.map(|sent| sent.json()["RequestToken"].to_string()).collect();
    assert_eq!(tokens, BTreeSet::from(["\"20999d87-e304-4725-ad84-832dcbfd7fc5\"".to_owned()]));
}

#[tokio::test]
async fn what_a_handler_refuses_is_an_error_of_its_class() {
    for (code, class) in [
        ("AlreadyExists", ErrorClass::Exists),
        ("ServiceLimitExceeded", ErrorClass::Quota),
        ("AccessDenied", ErrorClass::Denied),
        ("InvalidRequest", ErrorClass::Invalid),
        ("ResourceConflict", ErrorClass::Busy),
        ("UnauthorizedTaggingOperation", ErrorClass::Denied),
        ("ServiceInternalError", ErrorClass::Service),
    ] {
        let failed = event("CREATE", "FAILED", &json!({"ErrorCode": code, "StatusMessage": "because"}));
        let replay = Replay::known().answer("CreateResource", 200, failed);
        let error = replay.account().create(&stream(24)).await.unwrap_err();
        assert_eq!((error.class, error.code.as_deref(), error.message.as_str()), (class, Some(code), "because"));
    }
    let other = event("CREATE", "SUCCESS", &json!({"Identifier": "of-its-own"}));
    let error = Replay::known().answer("CreateResource", 200, other).account().create(&stream(24)).await.unwrap_err();
    assert!(error.message.contains("calls it `of-its-own`, not `ann-stream`"), "{error}");
}

#[tokio::test]
async fn a_change_is_a_patch_of_what_differs_and_leaves_the_rest() {
    let there = described(&stream(24), &json!({"Arn": "a", "StreamEncryption": {"KeyId": "k"}}));
    let replay = Replay::known().answer("GetResource", 200, there).answer(
        "UpdateResource",
        200,
        event("UPDATE", "SUCCESS", &json!({})),
    );
    let parts = BTreeSet::from([Part::Configuration, Part::Tags]);
    let resource = stream(48);
    replay.account().update(&resource, "arn", &parts, &ann()).await.unwrap();
    let sent = replay.one("UpdateResource").json();
    assert_eq!((&sent["TypeName"], &sent["Identifier"]), (&json!("AWS::Kinesis::Stream"), &json!("ann-stream")));
    let patch = text(&sent["PatchDocument"]);
    assert_eq!(patch[0], json!({"op": "replace", "path": "/RetentionPeriodHours", "value": 48}));
    assert_eq!(
        (&patch[1]["op"], &patch[1]["path"], patch.as_array().unwrap().len()),
        (&json!("replace"), &json!("/Tags"), 2)
    );
}

#[tokio::test]
async fn one_is_removed_if_it_is_still_the_owners_and_seen_to_be_gone() {
    let replay = Replay::known()
        .answer("GetResource", 200, described(&stream(24), &json!({})))
        .answer("DeleteResource", 200, event("DELETE", "IN_PROGRESS", &json!({})))
        .answer("GetResourceRequestStatus", 200, event("DELETE", "SUCCESS", &json!({})))
        .answer("GetResource", 400, GONE);
    let account = replay.account();
    assert!(account.delete(&stream(24).key, "arn", &ann()).await.unwrap());
    assert_eq!(replay.one("DeleteResource").json()["Identifier"], "ann-stream");

    let mut others = stream(24);
    others.tags =
        Tags::from_iter([("labctl:lab".to_owned(), "lab6".to_owned()), ("labctl:user".to_owned(), "bob".to_owned())]);
    let replay = Replay::known().answer("GetResource", 200, described(&others, &json!({})));
    let error = replay.account().delete(&others.key, "arn", &ann()).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Exists);

    let replay = Replay::known().answer("GetResource", 200, described(&stream(24), &json!({}))).answer(
        "DeleteResource",
        200,
        event("DELETE", "FAILED", &json!({"ErrorCode": "NotFound", "StatusMessage": "gone"})),
    );
    assert!(!replay.account().delete(&stream(24).key, "arn", &ann()).await.unwrap(), "it was gone already");
}

#[tokio::test]
async fn one_reads_back_as_it_was_made_whatever_the_service_adds() {
    let replay = Replay::known().answer(
        "GetResource",
        200,
        described(&stream(24), &json!({"Arn": "a", "DesiredShardLevelMetrics": []})),
    );
    let live = replay.account().read(&stream(24).key).await.unwrap().unwrap();
    assert_eq!((live.lab(), live.user()), (Some("lab6"), Some("ann")));
    assert!(crate::kind::difference(&live.body, &stream(24).body).is_empty());
    assert!(live.body.has_digest_beside(&stream(24).body, &stream(24).digest()));
}
