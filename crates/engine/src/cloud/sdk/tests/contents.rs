//! Replay tests: what is sent to make and change each kind of resource, and how it reads back.

use std::collections::{BTreeMap, BTreeSet};

use ciborium::Value as Cbor;
use serde_json::{Value, json};

use super::replay::Replay;
use super::samples::{
    ACTIVE, FUNCTION, FUNCTIONS, MACHINE, PENDING, ann, cbor, described, function, machine, resource, role, zip,
};
use crate::cloud::sdk::kind::function;
use crate::cloud::sdk::settle::Settled;
use crate::cloud::{Cloud as _, ErrorClass};
use crate::kind::{Body, Dashboard, Live, LiveState, LogGroup, Part, Queue, Role};
use crate::model::{Tags, tag};

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
    account.last_observation.remember(std::time::Duration::ZERO, &BTreeSet::new(), &crate::kind::Observed::default());
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
    let all = ["a", "b", "c", "d", "e"].map(|name| function::wait(&account, name));
    for settled in futures::future::join_all(all).await {
        assert_eq!(settled, Ok(Settled::Ready));
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
        futures::future::join_all(names.map(|name| function::wait(&account, name))).await;
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
    let reported = format!("{sent:?}");
    assert!(reported.contains("CostCenter") && !reported.contains("labctl:"), "{reported}");
    // Without any there is nothing to put; and a stand-in that knows no tags of dashboards is no obstacle.
    board.tags.remove("CostCenter");
    let replay =
        Replay::known().answer("GetDashboard", 404, cbor(&missing)).answer("PutDashboard", 200, cbor(&json!({})));
    replay.account().update(&board, "a", &parts, &ann()).await.unwrap();
    assert!(!replay.operations().contains(&"TagResource".to_owned()));
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
