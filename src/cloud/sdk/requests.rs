//! Replay tests: the requests that matter, and what comes of the answers.

use std::collections::{BTreeMap, BTreeSet};

use ciborium::Value as Cbor;
use serde_json::{Value, json};

use super::replay::Replay;
use crate::cloud::{Cloud as _, Depth, ErrorClass, Scope};
use crate::host;
use crate::kind::{
    Body, Code, Dashboard, Function, Live, LiveState, LogGroup, Package, Part, Queue, Resource, Role, StateMachine,
};
use crate::model::{ExecutionStatus, Key, LabName, Logging, MachineType, Owner, Policy, Tags, UserName, tag};

const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:ann-m";
const FUNCTION: &str = "GET /2015-03-31/functions/ann-f";
const ACTIVE: &str = r#"{"Configuration":{"FunctionName":"ann-f","State":"Active","LastUpdateStatus":"Successful"}}"#;
const FUNCTIONS: &str = "GET /2015-03-31/functions?MaxItems=1000";
const PENDING: &str = r#"{"Configuration":{"FunctionName":"ann-f","State":"Pending"}}"#;

fn resource(name: &str, body: impl Into<Body>) -> Resource {
    let body = body.into();
    let tags = Tags::from([
        (tag::LAB.to_owned(), "lab6".to_owned()),
        (tag::USER.to_owned(), "ann".to_owned()),
        (tag::DIGEST.to_owned(), body.digest().as_str().to_owned()),
    ]);
    Resource::new(name, body, tags)
}

fn machine() -> Resource {
    resource(
        "ann-m",
        StateMachine {
            machine_type: MachineType::Express,
            role: "arn:aws:iam::123456789012:role/labctl/lab6/ann-r".into(),
            definition: r#"{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#.into(),
            logging: Some(Logging {
                level: "ALL".into(),
                include_execution_data: true,
                log_group: "/aws/vendedlogs/states/ann-m".into(),
            }),
        },
    )
}

fn role() -> Resource {
    resource(
        "ann-r",
        Role {
            path: "/labctl/lab6/".into(),
            description: "runs things".into(),
            trust_policy: Policy::new(&json!({"Version": "2012-10-17", "Statement": []})),
            inline_policies: BTreeMap::from([("Main".to_owned(), Policy::new(&json!({"Version": "2012-10-17"})))]),
            managed_policies: Vec::new(),
            permissions_boundary: None,
        },
    )
}

fn function(package: Option<Package>) -> Resource {
    resource(
        "ann-f",
        Function {
            runtime: "python3.13".into(),
            handler: "main.handler".into(),
            role: "arn:aws:iam::123456789012:role/labctl/lab6/ann-r".into(),
            description: "checks".into(),
            timeout_seconds: 30,
            memory_mib: 128,
            environment: BTreeMap::from([("RATE".to_owned(), "0".to_owned())]),
            code: Code { sha256: "abc=".into(), package },
        },
    )
}

fn zip() -> (tempfile::TempDir, Option<Package>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.zip");
    host::write_atomic(&path, b"zip").unwrap();
    (folder, Some(Package { path, size: 3 }))
}

fn ann() -> Owner {
    Owner { lab: "lab6".into(), user: "ann".into(), or_untagged: false }
}

/// Step Functions' answer for a machine of this user's.
fn tagged(user: &str) -> String {
    json!({"tags": [{"key": "labctl:lab", "value": "lab6"}, {"key": "labctl:user", "value": user}]}).to_string()
}

fn error(code: &str, message: &str) -> String {
    json!({"__type": code, "message": message}).to_string()
}

fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn a_machine_is_created_whole_in_one_call() {
    let replay = Replay::known()
        .answer("CreateStateMachine", 200, json!({"stateMachineArn": MACHINE, "creationDate": 1.0}).to_string())
        .answer("DescribeStateMachine", 200, described("ACTIVE"));
    let resource = machine();
    assert_eq!(replay.account().create(&resource).await.unwrap(), MACHINE);
    let sent = replay.one("CreateStateMachine");
    assert_eq!(
        sent.json(),
        json!({
            "name": "ann-m",
            "definition": r#"{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#,
            "roleArn": "arn:aws:iam::123456789012:role/labctl/lab6/ann-r",
            "type": "EXPRESS",
            "loggingConfiguration": {
                "level": "ALL",
                "includeExecutionData": true,
                "destinations": [{"cloudWatchLogsLogGroup": {
                    "logGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/states/ann-m:*"
                }}],
            },
            "tags": [
                {"key": "labctl:digest", "value": resource.digest().as_str()},
                {"key": "labctl:lab", "value": "lab6"},
                {"key": "labctl:user", "value": "ann"},
            ],
        })
    );
}

fn described(status: &str) -> String {
    json!({
        "stateMachineArn": MACHINE, "name": "ann-m", "type": "EXPRESS", "status": status, "creationDate": 1.0,
        "roleArn": "arn:aws:iam::123456789012:role/labctl/lab6/ann-r",
        "definition": "{\"States\": {\"A\": {\"Type\": \"Succeed\"}}, \"StartAt\": \"A\"}",
        "loggingConfiguration": {"level": "ALL", "includeExecutionData": true, "destinations": [{"cloudWatchLogsLogGroup": {
            "logGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/states/ann-m:*"}}]},
    })
    .to_string()
}

#[tokio::test]
async fn a_machine_reads_back_as_it_was_made() {
    let tags = json!({"tags": [{"key": "labctl:lab", "value": "lab6"}]}).to_string();
    let replay = Replay::known().answer("DescribeStateMachine", 200, described("ACTIVE")).answer(
        "ListTagsForResource",
        200,
        tags,
    );
    let live = replay.account().read(&machine().key).await.unwrap().unwrap();
    assert_eq!(live.body.digest(), machine().body.digest());
    assert_eq!((live.lab(), live.state), (Some("lab6"), LiveState::Ready));
}

#[tokio::test]
async fn the_tag_index_is_believed_only_where_it_agrees() {
    let index = |digest: &str| Tags::from([(tag::DIGEST.to_owned(), digest.to_owned())]);
    let replay = Replay::known().answer("DescribeStateMachine", 200, described("ACTIVE"));
    let agreeing = index(machine().digest().as_str());
    replay.account().read_state_machine(MACHINE, Some(&agreeing)).await.unwrap().unwrap();
    assert_eq!(replay.operations(), ["DescribeStateMachine"]);

    let replay = Replay::known().answer("DescribeStateMachine", 200, described("ACTIVE")).answer(
        "ListTagsForResource",
        200,
        r#"{"tags":[]}"#,
    );
    replay.account().read_state_machine(MACHINE, Some(&index("stale"))).await.unwrap().unwrap();
    assert_eq!(replay.operations(), ["DescribeStateMachine", "ListTagsForResource"]);

    // On its way out it shows no tags itself.
    let replay = Replay::known().answer("DescribeStateMachine", 200, described("DELETING"));
    let going = replay.account().read_state_machine(MACHINE, Some(&index("stale"))).await.unwrap().unwrap();
    assert_eq!((going.state, going.tags), (LiveState::Deleting, index("stale")));
}

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
async fn the_digest_goes_on_a_role_last() {
    let created = "<CreateRoleResponse><CreateRoleResult><Role><Path>/labctl/lab6/</Path><RoleName>ann-r</RoleName><RoleId>A</RoleId>\
                   <Arn>arn:aws:iam::123456789012:role/labctl/lab6/ann-r</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>\
                   </CreateRoleResult></CreateRoleResponse>";
    let replay = Replay::known()
        .answer("CreateRole", 200, created)
        .answer("PutRolePolicy", 200, "<PutRolePolicyResponse/>")
        .answer("TagRole", 200, "<TagRoleResponse/>");
    let arn = replay.account().create(&role()).await.unwrap();
    assert_eq!(arn, "arn:aws:iam::123456789012:role/labctl/lab6/ann-r");
    assert_eq!(replay.operations(), ["GetCallerIdentity", "CreateRole", "PutRolePolicy", "TagRole"]);
    let create = replay.one("CreateRole").form();
    assert_eq!((create["RoleName"].as_str(), create["Path"].as_str()), ("ann-r", "/labctl/lab6/"));
    assert_eq!(create["AssumeRolePolicyDocument"], r#"{"Statement":[],"Version":"2012-10-17"}"#);
    assert!(create.values().any(|value| value == "labctl:lab"));
    assert!(!create.values().any(|value| value == "labctl:digest"));
    assert!(replay.one("TagRole").form().values().any(|value| value == "labctl:digest"));

    // Nothing runs under it, so that it is known to be unfinished without its policy.
    let replay =
        Replay::known().answer("CreateRole", 200, created).answer("PutRolePolicy", 200, "<PutRolePolicyResponse/>");
    let account = replay.account();
    account.fresh.remember(std::time::Duration::ZERO, &BTreeSet::new(), &crate::kind::Observed::default());
    account.create(&role()).await.unwrap();
    assert_eq!(replay.operations(), ["GetCallerIdentity", "CreateRole", "PutRolePolicy"]);
    assert!(replay.one("CreateRole").form().values().any(|value| value == "labctl:digest"));
}

#[tokio::test]
async fn a_role_that_iam_does_not_find_yet_is_waited_for() {
    let missing = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no such role</Message></Error></ErrorResponse>";
    let created = "<CreateRoleResponse><CreateRoleResult><Role><Path>/</Path><RoleName>ann-r</RoleName><RoleId>A</RoleId><Arn>a</Arn>\
                   <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></CreateRoleResult></CreateRoleResponse>";
    let replay = Replay::known().answer("CreateRole", 200, created).answer("PutRolePolicy", 404, missing);
    let error = replay.account().create(&role()).await.unwrap_err();
    assert_eq!((error.class, error.code.as_deref()), (ErrorClass::IamPropagation, Some("NoSuchEntity")));
}

#[tokio::test]
async fn a_function_is_sent_with_its_package_and_waited_for() {
    let (_folder, package) = zip();
    let replay = Replay::known()
        .answer("POST /2015-03-31/functions", 201, r#"{"FunctionArn":"arn:f","State":"Pending"}"#)
        .answer(FUNCTION, 200, PENDING)
        .answer(FUNCTION, 200, ACTIVE);
    assert_eq!(replay.account().create(&function(package)).await.unwrap(), "arn:f");
    let sent = replay.one("POST /2015-03-31/functions").json();
    assert_eq!(sent["Code"], json!({"ZipFile": "emlw"}));
    assert_eq!(sent["Environment"], json!({"Variables": {"RATE": "0"}}));
    assert_eq!(
        (&sent["Runtime"], &sent["Timeout"], &sent["MemorySize"]),
        (&json!("python3.13"), &json!(30), &json!(128))
    );
    assert_eq!(sent["Tags"]["labctl:user"], "ann");
    assert_eq!(replay.operations().len(), 3);
}

#[tokio::test]
async fn functions_that_settle_together_are_looked_at_together_where_a_list_shows_how_they_are() {
    let shown = |state: &str| {
        let one = |name: &str| json!({"FunctionName": name, "State": state});
        let all = ["a", "b", "c", "d", "e"].map(one);
        json!({ "Functions": all }).to_string()
    };
    let replay = Replay::known().answer(FUNCTIONS, 200, shown("Pending")).answer(FUNCTIONS, 200, shown("Active"));
    let account = replay.account();
    let all = ["a", "b", "c", "d", "e"].map(|name| account.settled(name));
    for settled in futures::future::join_all(all).await {
        assert_eq!(settled, Ok(super::settle::Settled::Ready));
    }
    assert_eq!(replay.operations(), [FUNCTIONS; 2]);

    // A list without states, as AWS's are, is asked for once; at AWS not at all.
    let names = ["a", "b", "c", "d"];
    let scripted = names.iter().fold(Replay::known(), |replay, name| {
        let operation = format!("GET /2015-03-31/functions/{name}");
        replay.answer(&operation, 200, ACTIVE).answer(&operation, 200, ACTIVE)
    });
    let replay = scripted.clone().answer(FUNCTIONS, 200, r#"{"Functions": [{"FunctionName": "a"}]}"#);
    let account = replay.account();
    for _ in 0..2 {
        futures::future::join_all(names.map(|name| account.settled(name))).await;
    }
    let lists = replay.operations().iter().filter(|operation| *operation == FUNCTIONS).count();
    assert_eq!((lists, replay.operations().len()), (1, 9));
}

#[tokio::test]
async fn a_function_changes_one_step_at_a_time_and_its_digest_last() {
    let (_folder, package) = zip();
    let resource = function(package);
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:ann-f";
    let untag = format!("DELETE /2017-03-31/tags/{}?tagKeys=labctl%3Adigest", arn.replace(':', "%3A"));
    let put_tags = format!("POST /2017-03-31/tags/{}", arn.replace(':', "%3A"));
    let code = "PUT /2015-03-31/functions/ann-f/code";
    let configuration = "PUT /2015-03-31/functions/ann-f/configuration";
    let replay = Replay::known()
        .answer(&untag, 204, "")
        .answer(code, 200, r#"{"FunctionName":"ann-f","LastUpdateStatus":"InProgress"}"#)
        .answer(FUNCTION, 200, ACTIVE)
        .answer(configuration, 200, r#"{"FunctionName":"ann-f","LastUpdateStatus":"Successful"}"#)
        .answer(&put_tags, 204, "");
    let parts = BTreeSet::from([Part::Code, Part::Configuration, Part::Tags]);
    replay.account().update(&resource, arn, &parts, &ann()).await.unwrap();
    // It is waited only for what is not done with the answer.
    assert_eq!(replay.operations(), [&untag, code, FUNCTION, configuration, &put_tags]);
}

#[tokio::test]
async fn a_function_that_could_not_be_made_says_why() {
    let (_folder, package) = zip();
    let failed = r#"{"Configuration":{"FunctionName":"ann-f","State":"Failed","StateReason":"The image is broken"}}"#;
    let delete = FUNCTION.replace("GET", "DELETE");
    let replay = Replay::known()
        .answer("POST /2015-03-31/functions", 201, r#"{"FunctionArn":"arn:f"}"#)
        .answer(FUNCTION, 200, failed)
        .answer(&delete, 204, "");
    let error = replay.account().create(&function(package)).await.unwrap_err();
    assert_eq!(error.to_string(), "lambda:CreateFunction: `ann-f` could not be made: The image is broken");
    assert_eq!(replay.operations().last(), Some(&delete), "a page would show it as if it were well");
    let error = replay.account().create(&function(None)).await.unwrap_err();
    assert!(error.message.contains("no package is at hand for `ann-f`"), "{error}");
}

#[tokio::test]
async fn a_log_group_comes_with_its_tags_and_gets_its_retention() {
    let resource = resource("/aws/lambda/ann-f", LogGroup { retention_days: Some(7) });
    let replay = Replay::known().answer("CreateLogGroup", 200, "{}").answer("PutRetentionPolicy", 200, "{}");
    let arn = replay.account().create(&resource).await.unwrap();
    assert_eq!(arn, "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/ann-f");
    let made = replay.one("CreateLogGroup").json();
    assert_eq!((&made["logGroupName"], &made["tags"]), (&json!("/aws/lambda/ann-f"), &json!(resource.tags)));
    assert_eq!(made["tags"]["labctl:digest"], resource.digest().as_str());
    assert_eq!(replay.one("PutRetentionPolicy").json()["retentionInDays"], 7);
}

#[tokio::test]
async fn a_dashboard_carries_its_marker_and_reads_back_without_it() {
    let body = r#"{"widgets":[{"type":"metric","y":0,"height":6}]}"#;
    let resource = resource("ann-d", Dashboard { body: body.into() });
    let missing = r#"{"__type":"com.amazonaws.cloudwatch#DashboardNotFoundError","message":"none"}"#;
    let missing = cbor(&serde_json::from_str(missing).unwrap());
    let replay = Replay::known().answer("GetDashboard", 404, missing).answer(
        "PutDashboard",
        200,
        cbor(&json!({"DashboardValidationMessages": []})),
    );
    replay.account().create(&resource).await.unwrap();
    let sent: Cbor = ciborium::from_reader(replay.one("PutDashboard").body.as_slice()).unwrap();
    let sent: Value = sent.deserialized().unwrap();
    assert_eq!(sent["DashboardName"], "ann-d");
    assert_eq!(sent["Tags"].as_array().unwrap().len(), 3);
    let marked = sent["DashboardBody"].as_str().unwrap();
    assert!(marked.contains("labctl:lab=lab6"), "{marked}");

    let answer = json!({"DashboardName": "ann-d", "DashboardBody": marked, "DashboardArn": "arn:d"});
    let replay = Replay::known().answer("GetDashboard", 200, cbor(&answer));
    let live = replay.account().read(&resource.key).await.unwrap().unwrap();
    assert_eq!(
        live,
        Live { arn: "arn:d".into(), body: live.body.clone(), tags: resource.tags.clone(), state: LiveState::Ready }
    );
    assert_eq!(live.body.digest(), resource.body.digest());
}

#[tokio::test]
async fn a_dashboard_without_its_marker_is_known_by_its_tags_and_counts_as_edited() {
    let answer = cbor(&json!({"DashboardName": "ann-d", "DashboardBody": "{\"widgets\":[]}", "DashboardArn": "arn:d"}));
    let tags = json!({"Tags": [{"Key": "labctl:lab", "Value": "lab6"}, {"Key": "labctl:digest", "Value": "00"}]});
    let replay = Replay::known().answer("GetDashboard", 200, &answer).answer("ListTagsForResource", 200, cbor(&tags));
    let live = replay.account().read(&Dashboard::key("ann-d")).await.unwrap().unwrap();
    assert_eq!((live.lab(), live.tags[tag::DIGEST].as_str()), (Some("lab6"), "marker-removed"));

    let nobodys = Replay::known().answer("GetDashboard", 200, &answer);
    let live = nobodys.account().read(&Dashboard::key("ann-d")).await.unwrap().unwrap();
    assert_eq!(live.tags, Tags::new());
}

#[tokio::test]
async fn a_queue_is_compared_by_what_can_be_set() {
    let attributes =
        json!({"Attributes": {"VisibilityTimeout": "40", "QueueArn": "a", "ApproximateNumberOfMessages": "3"}});
    let replay = Replay::known()
        .answer("GetQueueUrl", 200, r#"{"QueueUrl":"http://127.0.0.1:4566/123456789012/ann-q"}"#)
        .answer("GetQueueAttributes", 200, attributes.to_string())
        .answer("ListQueueTags", 200, r#"{"Tags":{"labctl:lab":"lab6"}}"#);
    let live = replay.account().read(&Queue::key("ann-q")).await.unwrap().unwrap();
    let expected = BTreeMap::from([("VisibilityTimeout".to_owned(), "40".to_owned())]);
    assert_eq!(live.body, Body::from(Queue { attributes: expected }));
}

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
        let told = ended.err().map(|error| error.message);
        let is_told = told.as_ref().is_some_and(|told| told.ends_with("; it may have run, and was not started again"));
        assert_eq!(is_told, tries == 1, "{code}: {told:?}");
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
    let events = replay.account().history("arn:e").await.unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!((events[1].event_type.as_str(), events[1].name.as_deref()), ("TaskStateEntered", Some("Call")));
    assert_eq!((events[2].error.as_deref(), events[2].cause.as_deref()), (Some("E"), Some("because")));
    assert_eq!(replay.sent()[1].json()["nextToken"], "more");
}

#[tokio::test]
async fn without_lists_wanted_names_are_read_one_by_one() {
    let key = Function::key("ann-f");
    let missing = r#"{"__type":"ResourceNotFoundException","message":"Function not found"}"#;
    let scope = anns([key.clone(), Function::key("ann-g")]);
    let replay = Replay::known().answer(FUNCTION, 200, ACTIVE).answer("GET /2015-03-31/functions/ann-g", 404, missing);
    let observed = replay.account().observe(&scope).await.unwrap();
    assert_eq!(observed.resources.keys().collect::<Vec<_>>(), [&key]);
    for list in ["GetResources", "ListRoles", "ListStateMachines", "ListDashboards", "DescribeLogGroups", "ListQueues"]
    {
        assert!(replay.operations().contains(&list.to_owned()), "{list}");
    }
}

#[tokio::test]
async fn a_list_shows_what_is_there_and_whose() {
    let scope = anns([Function::key("ann-gone")]);
    let listed =
        json!({"Functions": [{"FunctionName": "ann-f"}, {"FunctionName": "annette-f"}, {"FunctionName": "other"}]});
    let replay = Replay::known().answer(FUNCTIONS, 200, listed.to_string()).answer(
        FUNCTION,
        200,
        ACTIVE.replace("}}", r#"},"Tags":{"labctl:lab":"lab6"}}"#),
    );
    let observed = replay.account().observe(&scope).await.unwrap();
    let told: Vec<_> = observed.resources.iter().map(|(key, live)| (key.name.as_str(), live.lab())).collect();
    assert_eq!(told, [("ann-f", Some("lab6"))]);
    assert!(!replay.operations().iter().any(|operation| operation.contains("ann-gone")));
}

fn anns(keys: impl IntoIterator<Item = Key>) -> Scope {
    Scope {
        lab: LabName::new("lab6").unwrap(),
        users: BTreeSet::from([UserName::new("ann").unwrap()]),
        keys: keys.into_iter().collect(),
        wanted: BTreeMap::new(),
        depth: Depth::Content,
    }
}

/// What the tag index says: these ARNs, each this user's.
fn indexed(entries: &[(&str, &str)]) -> String {
    let entries = entries.iter().map(|(arn, user)| {
        let tags = json!([{"Key": "labctl:lab", "Value": "lab6"}, {"Key": "labctl:user", "Value": user}]);
        json!({"ResourceARN": arn, "Tags": tags})
    });
    json!({"ResourceTagMappingList": entries.collect::<Vec<_>>()}).to_string()
}

#[tokio::test]
async fn a_refused_list_is_made_up_for_or_told() {
    let stray = "arn:aws:lambda:eu-west-1:123456789012:function:ann-f";
    let replay = Replay::known()
        .answer("GetResources", 200, indexed(&[(stray, "ann")]))
        .answer("GetResources", 200, indexed(&[]))
        .answer("GetResources", 200, indexed(&[]))
        .answer(FUNCTIONS, 403, error("AccessDeniedException", "no"))
        .answer(FUNCTION, 200, ACTIVE);
    let observed = replay.account().observe(&anns([])).await.unwrap();
    assert_eq!(observed.resources.keys().collect::<Vec<_>>(), [&Function::key("ann-f")]);
    let unseen: Vec<&str> = observed.unseen.iter().filter_map(|told| told.split(" could not").next()).collect();
    assert_eq!(unseen, ["dashboards", "log groups", "roles"]);
    let told = observed.notes.iter().find(|told| told.starts_with("functions")).unwrap();
    assert!(told.starts_with("functions are read one by one: lambda:ListFunctions") && told.contains("no"), "{told}");

    // Without the index, nothing stands in for the list.
    let replay = Replay::known().answer(FUNCTIONS, 403, error("AccessDeniedException", "you may not"));
    let observed = replay.account().observe(&anns([])).await.unwrap();
    let told = observed.unseen.iter().find(|told| told.starts_with("functions")).unwrap();
    assert!(told.contains("lambda:ListFunctions") && told.contains("you may not"), "{told}");
    assert_eq!(observed.unseen.len(), 6);
}

#[tokio::test]
async fn what_belongs_to_users_who_were_not_asked_for_is_told_apart() {
    let arn = |name: &str| format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}");
    let roles = ["/labctl/lab6/ bob-r", "/labctl/lab60/ bob-old", "/ bob-own"].map(|role| {
        let (path, name) = role.split_once(' ').unwrap();
        format!(
            "<member><Path>{path}</Path><RoleName>{name}</RoleName><RoleId>A</RoleId><Arn>a</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate></member>"
        )
    });
    let roles = format!(
        "<ListRolesResponse><ListRolesResult><Roles>{}</Roles><IsTruncated>false</IsTruncated></ListRolesResult></ListRolesResponse>",
        roles.concat()
    );
    let listed = json!({"Functions": [{"FunctionName": "bob-f"}]}).to_string();
    let replay = Replay::known()
        .answer("GetResources", 200, indexed(&[(&arn("bob-f"), "bob"), (&arn("bob-gone"), "bob")]))
        .answer(FUNCTIONS, 200, listed)
        .answer("ListRoles", 200, roles);
    let observed = replay.account().observe(&anns([])).await.unwrap();
    let told: Vec<_> = observed.others.iter().map(|(key, other)| (key.to_string(), other.user.as_deref())).collect();
    assert_eq!(told, [("role bob-r".to_owned(), None), ("function bob-f".to_owned(), Some("bob"))]);
    assert_eq!(observed.resources, BTreeMap::new());
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

#[tokio::test]
async fn what_the_tag_index_does_not_show_yet_is_read_exactly_and_told() {
    let key = Function::key("ann-f");
    let listed = json!({"Functions": [{"FunctionName": "ann-f"}]}).to_string();
    let tagged = r#"{"Configuration":{"FunctionName":"ann-f","State":"Active"},"Tags":{"labctl:lab":"lab6"}}"#;
    let replay = Replay::known()
        .answer("GetResources", 200, indexed(&[]))
        .answer("GetResources", 200, indexed(&[]))
        .answer("GetResources", 200, indexed(&[]))
        .answer(FUNCTIONS, 200, listed)
        .answer(FUNCTION, 200, tagged);
    let observed = replay.account().observe(&anns([key.clone()])).await.unwrap();
    assert_eq!(observed.resources[&key].lab(), Some("lab6"));
    let told = observed.notes.iter().find(|told| told.contains("1 of the functions"));
    assert!(told.is_some_and(|told| told.contains("the tag index does not show")), "{:?}", observed.notes);
}

#[tokio::test]
async fn a_boundary_and_an_institutions_tags_go_with_the_request_that_makes_a_role() {
    let boundary = "arn:aws:iam::123456789012:policy/b";
    let mut bounded = role();
    bounded.body.of_mut::<Role>().unwrap().permissions_boundary = Some(boundary.to_owned());
    bounded.tags.insert("CostCenter".to_owned(), "teaching".to_owned());
    let made = "<CreateRoleResponse><CreateRoleResult><Role><Path>/</Path><RoleName>ann-r</RoleName><RoleId>A</RoleId><Arn>a</Arn>\
                <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></CreateRoleResult></CreateRoleResponse>";
    let replay = Replay::known()
        .answer("CreateRole", 200, made)
        .answer("PutRolePolicy", 200, "<PutRolePolicyResponse/>")
        .answer("TagRole", 200, "<TagRoleResponse/>");
    replay.account().create(&bounded).await.unwrap();
    let sent = replay.one("CreateRole").form();
    assert_eq!(sent["PermissionsBoundary"], boundary);
    assert!(sent.values().any(|value| value == "CostCenter"), "{sent:?}");

    let replay = Replay::known()
        .answer("UntagRole", 200, "<UntagRoleResponse/>")
        .answer("PutRolePermissionsBoundary", 200, "<PutRolePermissionsBoundaryResponse/>")
        .answer("TagRole", 200, "<TagRoleResponse/>");
    let parts = BTreeSet::from([Part::Boundary, Part::Tags]);
    replay.account().update(&bounded, "a", &parts, &ann()).await.unwrap();
    assert_eq!(replay.one("PutRolePermissionsBoundary").form()["PermissionsBoundary"], boundary);
}

#[tokio::test]
async fn an_institutions_tags_reach_a_dashboard_that_is_there() {
    let mut board = resource("ann-d", Dashboard { body: "{}".into() });
    board.tags.insert("CostCenter".to_owned(), "teaching".to_owned());
    let missing = json!({"__type": "ResourceNotFound", "message": "Dashboard does not exist"});
    let parts = BTreeSet::from([Part::Tags]);
    let replay = Replay::known()
        .answer("GetDashboard", 404, cbor(&missing))
        .answer("PutDashboard", 200, cbor(&json!({})))
        .answer("TagResource", 200, cbor(&json!({})));
    replay.account().update(&board, "a", &parts, &ann()).await.unwrap();
    assert_eq!(replay.operations(), ["GetDashboard", "PutDashboard", "GetCallerIdentity", "TagResource"]);
    let sent: Cbor = ciborium::from_reader(replay.one("TagResource").body.as_slice()).unwrap();
    let told = format!("{sent:?}");
    assert!(told.contains("CostCenter") && !told.contains("labctl:"), "{told}");
    // Without any there is nothing to put; and a stand-in that knows no tags of dashboards is no obstacle.
    board.tags.remove("CostCenter");
    let replay =
        Replay::known().answer("GetDashboard", 404, cbor(&missing)).answer("PutDashboard", 200, cbor(&json!({})));
    replay.account().update(&board, "a", &parts, &ann()).await.unwrap();
    assert!(!replay.operations().contains(&"TagResource".to_owned()));
}
