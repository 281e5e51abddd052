//! Replay tests: what goes, and what is not the owner's.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::replay::Replay;
use super::samples::{ACTIVE, FUNCTION, MACHINE, ann, cbor, described, error, machine, resource, tagged};
use crate::cloud::{Cloud as _, ErrorClass};
use crate::kind::{Dashboard, Function, LogGroup, Part, Queue, Role, StateMachine};
use crate::model::Key;

#[tokio::test]
async fn a_machine_goes_after_what_runs_on_it() {
    let standard = described("ACTIVE").replace("EXPRESS", "STANDARD");
    let execution = "arn:aws:states:eu-west-1:123456789012:execution:ann-m:one";
    let running = json!({"executions": [{
        "executionArn": execution, "stateMachineArn": MACHINE, "name": "one", "status": "RUNNING", "startDate": 1.0}]});
    let replay = Replay::known()
        .answer("ListTagsForResource", 200, tagged("ann"))
        .answer("ListExecutions", 200, running.to_string())
        .answer("StopExecution", 200, r#"{"stopDate": 2.0}"#)
        .answer("DeleteStateMachine", 200, "{}")
        .answer("DescribeStateMachine", 200, standard.replace("ACTIVE", "DELETING"))
        .answer("DescribeStateMachine", 400, error("StateMachineDoesNotExist", "gone"));
    assert!(replay.account().delete(&machine().key, MACHINE, &ann()).await.unwrap());
    let describe = "DescribeStateMachine";
    assert_eq!(
        replay.operations(),
        ["ListTagsForResource", "ListExecutions", "StopExecution", "DeleteStateMachine", describe, describe]
    );
    assert_eq!(replay.one("StopExecution").json()["executionArn"], execution);

    let missing = error("StateMachineDoesNotExist", "gone");
    let gone = Replay::known()
        .answer("ListTagsForResource", 400, error("ResourceNotFound", "gone"))
        .answer("ListExecutions", 400, &missing)
        .answer(describe, 400, &missing);
    assert!(!gone.account().delete(&machine().key, MACHINE, &ann()).await.unwrap());

    // An EXPRESS one lists no executions, and one that is going shows no tags.
    let going = Replay::known()
        .answer("ListTagsForResource", 200, r#"{"tags":[]}"#)
        .answer("ListExecutions", 400, error("StateMachineTypeNotSupported", "EXPRESS"))
        .answer(describe, 200, described("DELETING"))
        .answer(describe, 400, &missing);
    assert!(going.account().delete(&machine().key, MACHINE, &ann()).await.unwrap());
    assert!(!going.operations().contains(&"DeleteStateMachine".to_owned()));
}

#[tokio::test]
async fn what_is_not_the_owners_any_more_is_not_deleted() {
    let role = "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>ann-r</RoleName><RoleId>A</RoleId><Arn>a</Arn>\
                <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>";
    let policies = "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames/><IsTruncated>false</IsTruncated>\
                    </ListRolePoliciesResult></ListRolePoliciesResponse>";
    let attached = "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies/>\
                    <IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>";
    let dashboard = json!({"DashboardName": "ann-d", "DashboardBody": "{}", "DashboardArn": "arn:d"});
    let cases = [
        (
            Role::KIND,
            "ann-r",
            Replay::known().answer("GetRole", 200, role).answer("ListRolePolicies", 200, policies).answer(
                "ListAttachedRolePolicies",
                200,
                attached,
            ),
        ),
        (
            LogGroup::KIND,
            "ann-g",
            Replay::known().answer("ListTagsForResource", 200, r#"{"tags":{"labctl:lab":"lab5"}}"#),
        ),
        (Function::KIND, "ann-f", Replay::known().answer(FUNCTION, 200, ACTIVE)),
        (
            Queue::KIND,
            "ann-q",
            Replay::known()
                .answer("GetQueueUrl", 200, r#"{"QueueUrl":"http://127.0.0.1:4566/123456789012/ann-q"}"#)
                .answer("ListQueueTags", 200, "{}"),
        ),
        (
            StateMachine::KIND,
            "ann-m",
            Replay::known()
                .answer("ListTagsForResource", 200, tagged("bob"))
                .answer("ListExecutions", 400, error("StateMachineTypeNotSupported", "EXPRESS"))
                .answer("DescribeStateMachine", 200, described("ACTIVE")),
        ),
        (Dashboard::KIND, "ann-d", Replay::known().answer("GetDashboard", 200, cbor(&dashboard))),
    ];
    for (kind, name, replay) in cases {
        let error = replay.account().delete(&Key::new(kind, name), MACHINE, &ann()).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Exists, "{kind}: {error}");
        let deleted = |operation: &String| operation.to_lowercase().starts_with("delete");
        assert!(!replay.operations().iter().any(deleted), "{:?}", replay.operations());
    }
}

#[tokio::test]
async fn nothing_is_put_over_what_is_there() {
    let body = Dashboard { body: "{}".into() };
    let there = json!({"DashboardName": "ann-d", "DashboardBody": "{}", "DashboardArn": "arn:d"});
    let wanted = resource("ann-d", body);
    let replay = Replay::known().answer("GetDashboard", 200, cbor(&there)).answer("GetDashboard", 200, cbor(&there));
    let account = replay.account();
    assert_eq!(account.create(&wanted).await.unwrap_err().class, ErrorClass::Exists);
    let error = account.update(&wanted, "arn:d", &BTreeSet::from([Part::Body]), &ann()).await.unwrap_err();
    assert!(error.message.contains("`ann-d` does not carry the tags of lab `lab6` and user `ann` any more"), "{error}");
    assert!(!replay.operations().contains(&"PutDashboard".to_owned()));

    let queue = resource("ann-q", Queue { attributes: BTreeMap::new() });
    let url = r#"{"QueueUrl":"http://127.0.0.1:4566/123456789012/ann-q"}"#;
    let replay = Replay::known().answer("GetQueueUrl", 200, url);
    assert_eq!(replay.account().create(&queue).await.unwrap_err().class, ErrorClass::Exists);
    assert_eq!(replay.operations(), ["GetQueueUrl"]);
}
