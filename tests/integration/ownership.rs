//! labctl changes and deletes what is its own, and nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{MANIFEST, Test};
use crate::server::Server;

/// Another lab of the same class: its things have the same names, and belong to somebody else.
const OTHER: &str = "other.toml";

fn two_labs() -> Test {
    let test = Test::new();
    test.write(OTHER, &MANIFEST.replace("name = \"lab6\"", "name = \"lab7\""));
    test
}

/// How many resources of a user are in each state.
fn states(document: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for user in document["users"].as_array().unwrap() {
        for resource in user["resources"].as_array().unwrap() {
            *counts.entry(resource["state"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    counts
}

fn only(state: &str) -> BTreeMap<String, usize> {
    BTreeMap::from([(state.to_owned(), 21)])
}

#[test]
fn what_another_lab_made_is_told_and_left_alone() {
    let test = two_labs();
    test.expect(0, &["deploy", "--manifest", OTHER]);

    let plan = test.json(0, &["plan"]);
    assert_eq!((&plan["summary"]["foreign"], &plan["summary"]["create"]), (&21.into(), &0.into()));
    let shown = test.expect(0, &["plan"]).stdout;
    assert!(shown.contains("x foreign function user3-order-validator: belongs to lab `lab7`"), "{shown}");
    assert!(shown.contains("21 in the way and not labctl's"), "{shown}");
    assert!(!shown.contains("No changes.") && !shown.contains("--adopt"), "{shown}");

    let ran = test.expect(1, &["deploy"]);
    ran.says(&["belongs to lab `lab7`", "for: user3", "next: remove what is in the way, or choose another user name"]);
    // To adopt is to take over what nobody has marked; this is marked.
    test.expect(1, &["deploy", "--adopt", "--overwrite-edits"]);
    assert_eq!(states(&test.json(0, &["status"])), only("foreign"));

    let cleanup = test.json(0, &["cleanup"]);
    assert_eq!(cleanup["summary"], json!({ "deleted": 0, "absent": 0, "foreign": 21, "residue": 0 }));
    assert_eq!(states(&test.json(0, &["status", "--manifest", OTHER])), only("present"));
    let plan = test.expect(0, &["plan", "--detailed-exitcode", "--manifest", OTHER]);
    assert_eq!(plan.stdout, "No changes.\n", "nothing of the other lab was touched");
    assert_eq!(test.json(0, &["cleanup", "--manifest", OTHER])["summary"]["residue"], 0);
}

#[test]
fn a_foreign_thing_stops_its_user_and_nobody_else() {
    let test = two_labs();
    test.expect(0, &["deploy", "--manifest", OTHER]);
    test.write("lab-manifest.toml", &format!("{MANIFEST}\n[[users]]\nname = \"zoe\"\n"));
    let deploy = test.json(3, &["deploy", "--all"]);
    let status = |user: usize| deploy["users"][user]["status"].as_str().unwrap();
    assert_eq!((status(0), status(1)), ("failed", "ok"), "{deploy:#}");
    // The user who failed is the one that a rerun is about.
    let again = test.json(1, &["deploy", "--only-failed"]);
    assert_eq!(again["users"].as_array().unwrap().len(), 1);
    assert_eq!(again["users"][0]["user"], "user3");
    test.expect(0, &["cleanup", "--manifest", OTHER]);
    test.expect(0, &["deploy", "--only-failed"]);
    test.expect(0, &["deploy", "--only-failed"]).says(&["no user failed in the last run"]);
    assert_eq!(test.json(0, &["cleanup", "--all"])["summary"]["deleted"], 42);
}

const DAY_OVER: &str = "name = \"lab6\"\nexpires = 2020-01-01";

#[test]
fn those_whom_the_manifest_names_no_more_go_when_asked_to() {
    let test = Test::new();
    test.write("lab-manifest.toml", &format!("{MANIFEST}\n[[users]]\nname = \"zoe\"\n"));
    test.expect(0, &["deploy", "--all"]);
    test.write("lab-manifest.toml", MANIFEST);
    test.expect(0, &["deploy"]);
    let shown = test.expect(0, &["cleanup", "--dry-run", "--departed"]).stdout;
    assert!(shown.contains("zoe\n  - delete ") && shown.contains("  - delete role zoe-lambda-role\n"), "{shown}");
    assert!(!shown.contains("user3"), "{shown}");
    test.expect(64, &["cleanup", "--departed", "--user", "user3"]);

    let kept = test.json(0, &["cleanup", "--departed", "--keep-logs"]);
    assert_eq!((&kept["summary"]["deleted"], &kept["summary"]["residue"]), (&12.into(), &0.into()));
    let words: Vec<_> = kept["users"][0]["resources"].as_array().unwrap().iter().map(|one| &one["result"]).collect();
    assert_eq!(words.iter().filter(|word| **word == "kept").count(), 9, "{kept:#}");
    // Her log groups are all that tells of her now.
    assert_eq!(test.json(0, &["cleanup", "--orphans"])["summary"]["deleted"], 9);
    assert_eq!(test.json(0, &["cleanup", "--orphans"])["summary"]["deleted"], 0);
    assert_eq!(states(&test.json(0, &["status"])), only("present"));
}

#[test]
fn a_lab_whose_day_is_over_goes_whatever_its_name_and_no_other() {
    let test = two_labs();
    test.write("old.toml", &MANIFEST.replace("name = \"lab6\"", DAY_OVER).replace("user3", "zoe"));
    test.expect(0, &["deploy", "--manifest", "old.toml"]);
    test.expect(0, &["deploy", "--manifest", OTHER]);
    let gone = test.json(0, &["cleanup", "--expired"]);
    assert_eq!(gone["summary"], json!({ "deleted": 21, "absent": 0, "foreign": 0, "residue": 0 }));
    assert_eq!(gone["users"][0]["user"], "zoe");
    assert_eq!(states(&test.json(0, &["status", "--manifest", OTHER])), only("present"));
}

/// A manifest's commands against a server that a test can call on its own.
fn served() -> (Server, Test) {
    let test = Test::new();
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    (server, test)
}

const GROUP: &str = "/aws/lambda/user3-order-validator";

/// A call of a service with the query protocol.
fn form(server: &Server, service: &str, body: &str) -> String {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    server.send(service, ("POST", "/"), &headers, body.as_bytes())
}

fn action_of<'document>(document: &'document Value, name: &str) -> &'document Value {
    let resources = document["users"][0]["resources"].as_array().unwrap();
    &resources.iter().find(|resource| resource["name"] == name).unwrap()["action"]
}

#[test]
fn a_thing_without_tags_is_adopted_only_when_asked_to() {
    let (server, test) = served();
    let dashboard = "user3-stepfunctions-monitoring";
    // {"widgets":[]}
    let body = "%7B%22widgets%22%3A%5B%5D%7D";
    let put = format!("Action=PutDashboard&DashboardName={dashboard}&DashboardBody={body}&Version=2010-08-01");
    form(&server, "monitoring", &put);
    let get = format!("Action=GetDashboard&DashboardName={dashboard}&Version=2010-08-01");
    let before = form(&server, "monitoring", &get);
    let is_untouched =
        || before.split("RequestId").next() == form(&server, "monitoring", &get).split("RequestId").next();

    let deploy = test.json(1, &["deploy"]);
    assert_eq!(action_of(&deploy, dashboard), "foreign");
    test.expect(1, &["deploy"]).says(&["does not carry labctl's tags; `--adopt` takes it over"]);
    assert!(is_untouched());
    test.expect(0, &["cleanup"]);
    assert!(is_untouched(), "cleanup leaves what is not labctl's");

    test.expect(0, &["deploy", "--adopt"]);
    assert!(!is_untouched());
    assert_eq!(test.expect(0, &["plan"]).stdout, "No changes.\n");
    assert_eq!(test.json(0, &["cleanup"])["summary"]["deleted"], 21);
}

#[test]
fn a_role_under_another_path_is_never_taken_over() {
    let (server, test) = served();
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal\
                 %22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
    let create = |path: &str| {
        let role = format!("RoleName=user3-lambda-role&Path={path}&AssumeRolePolicyDocument={trust}");
        form(&server, "iam", &format!("Action=CreateRole&{role}&Version=2010-05-08"));
    };
    create("%2Fservice-role%2F");
    for arguments in [&["deploy"][..], &["deploy", "--adopt"]] {
        let deploy = test.json(1, &[arguments, &["--overwrite-edits"]].concat());
        assert_eq!(action_of(&deploy, "user3-lambda-role"), "foreign");
    }
    test.expect(0, &["cleanup"]);
    let role = form(&server, "iam", "Action=GetRole&RoleName=user3-lambda-role&Version=2010-05-08");
    assert!(role.contains("<RoleName>user3-lambda-role</RoleName>") && !role.contains("labctl"), "{role}");

    // Where the console makes roles that are not a service's, it can be adopted.
    form(&server, "iam", "Action=DeleteRole&RoleName=user3-lambda-role&Version=2010-05-08");
    create("%2F");
    test.expect(1, &["deploy"]).says(&["does not carry labctl's tags; `--adopt` takes it over"]);
    test.expect(0, &["deploy", "--adopt"]);
    assert_eq!(test.expect(0, &["plan"]).stdout, "No changes.\n");
    assert_eq!(test.json(0, &["cleanup"])["summary"]["deleted"], 21);
}

#[test]
fn a_log_group_that_a_late_invocation_made_belongs_to_its_function() {
    let (server, test) = served();
    test.expect(0, &["deploy"]);
    server.call("logs", "Logs_20140328.DeleteLogGroup", &json!({ "logGroupName": GROUP }));
    server.call("logs", "Logs_20140328.CreateLogGroup", &json!({ "logGroupName": GROUP }));
    assert_eq!(test.json(0, &["plan"])["summary"]["foreign"], 0);
    let cleanup = test.json(0, &["cleanup"]);
    assert_eq!((&cleanup["summary"]["deleted"], &cleanup["summary"]["residue"]), (&21.into(), &0.into()));
    let found = server.call("logs", "Logs_20140328.DescribeLogGroups", &json!({ "logGroupNamePrefix": GROUP }));
    assert_eq!(found["logGroups"], json!([]));
}

#[test]
fn what_a_student_edited_is_kept_until_the_instructor_says_otherwise() {
    let (server, test) = served();
    let deployed = test.json(0, &["deploy"]);
    let arn = |name: &str| {
        let resources = deployed["users"][0]["resources"].as_array().unwrap();
        resources.iter().find(|resource| resource["name"] == name).unwrap()["arn"].as_str().unwrap().to_owned()
    };
    let machine = arn("user3-callback-workflow");
    let own = json!({ "StartAt": "Mine", "States": { "Mine": { "Type": "Pass", "End": true } } }).to_string();
    let input = json!({ "stateMachineArn": machine, "definition": own });
    server.call("states", "AWSStepFunctions.UpdateStateMachine", &input);
    server.send(
        "lambda",
        ("PUT", "/2015-03-31/functions/user3-order-validator/configuration"),
        &[("content-type", "application/json")],
        json!({ "Timeout": 99 }).to_string().as_bytes(),
    );

    let plan = test.json(0, &["plan", "--detailed-exitcode"]);
    assert_eq!((&plan["summary"]["edited"], &plan["summary"]["update"]), (&2.into(), &0.into()), "{plan:#}");
    let shown = test.expect(0, &["plan"]).stdout;
    assert!(shown.contains("! edited by the user state-machine user3-callback-workflow"), "{shown}");
    assert!(shown.contains("2 edited by users and kept (--overwrite-edits changes them back)."), "{shown}");
    let status = states(&test.json(0, &["status"]));
    assert_eq!(status, BTreeMap::from([("edited".to_owned(), 2), ("present".to_owned(), 19)]));

    let shown = test.expect(0, &["status", "--diff"]).stdout;
    assert!(shown.contains("states: added `Mine`; removed ") && shown.contains("timeout_seconds: 30 → 99"), "{shown}");
    let pulled = test.json(0, &["pull"]);
    assert_eq!(pulled["summary"]["pulled"], 2, "{pulled:#}");
    let saved = |document: &Value, file: &str| {
        test.read(&format!("{}/{file}", document["users"][0]["folder"].as_str().unwrap()))
    };
    let definition = saved(&pulled, "asl/callback-workflow.asl.json");
    assert_eq!(serde_json::from_str::<Value>(&definition).unwrap()["StartAt"], "Mine");
    assert!(saved(&pulled, "changes.json").contains("\"edited\": 99"));

    test.expect(0, &["deploy"]);
    let describe = |server: &Server| {
        server.call("states", "AWSStepFunctions.DescribeStateMachine", &json!({ "stateMachineArn": machine }))
    };
    assert_eq!(describe(&server)["definition"], own, "the student's work is kept");

    let deploy = test.expect(0, &["deploy", "--overwrite-edits"]);
    deploy.says(&["user3: saved 2 edited resources under `out/user3/edited/"]);
    assert!(deploy.stdout.contains("0 created, 2 updated"), "{}", deploy.stdout);
    assert_eq!(test.expect(0, &["pull"]).stdout, "No edits.\n");
    assert!(describe(&server)["definition"].as_str().unwrap().contains("StartLongRunningTask"));
    assert_eq!(test.expect(0, &["plan"]).stdout, "No changes.\n");
    assert_eq!(test.json(0, &["cleanup"])["summary"]["residue"], 0);
}

#[test]
fn the_code_that_a_student_wrote_can_be_had() {
    let (server, test) = served();
    test.expect(0, &["deploy"]);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("order_validator.py", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zip, b"def lambda_handler(event, context):\n    return 'mine'\n").unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    let code = json!({ "ZipFile": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes) });
    let path = "/2015-03-31/functions/user3-order-validator/code";
    let headers = [("content-type", "application/json")];
    server.send("lambda", ("PUT", path), &headers, code.to_string().as_bytes());

    let pulled = test.json(0, &["pull"]);
    assert_eq!(pulled["users"][0]["resources"][0]["files"][1], "lambda/order-validator.zip", "{pulled:#}");
    let folder = pulled["users"][0]["folder"].as_str().unwrap();
    let file = std::fs::File::open(test.path(&format!("{folder}/lambda/order-validator.zip"))).unwrap();
    let mut zip = zip::ZipArchive::new(file).unwrap();
    let source = std::io::read_to_string(zip.by_name("order_validator.py").unwrap()).unwrap();
    assert!(source.contains("return 'mine'"), "{source}");
    // Files of an earlier pull stay as they are.
    let again = test.json(0, &["pull"]);
    assert_ne!(again["users"][0]["folder"], folder);
    assert!(test.path(folder).exists());
}

#[test]
fn an_edited_thing_is_still_cleaned_up() {
    let (server, test) = served();
    test.expect(0, &["deploy"]);
    let input = json!({ "logGroupName": GROUP, "retentionInDays": 30 });
    server.call("logs", "Logs_20140328.PutRetentionPolicy", &input);
    assert_eq!(test.json(0, &["plan"])["summary"]["edited"], 1);
    let cleanup = test.json(0, &["cleanup"]);
    assert_eq!((&cleanup["summary"]["deleted"], &cleanup["summary"]["residue"]), (&21.into(), &0.into()));
}

#[test]
fn what_was_deleted_by_hand_is_made_again_and_cleanup_counts_it_as_gone() {
    let (server, test) = served();
    test.expect(0, &["deploy"]);
    let function = "/2015-03-31/functions/user3-order-validator";
    server.send("lambda", ("DELETE", function), &[], b"");
    let plan = test.json(2, &["plan", "--detailed-exitcode"]);
    assert_eq!((&plan["summary"]["create"], &plan["summary"]["unchanged"]), (&1.into(), &20.into()));
    test.expect(0, &["deploy"]);
    server.send("lambda", ("DELETE", function), &[], b"");
    let cleanup = test.json(0, &["cleanup"]);
    assert_eq!(cleanup["summary"], json!({ "deleted": 20, "absent": 1, "foreign": 0, "residue": 0 }));
}

#[test]
fn what_the_templates_no_longer_name_is_removed() {
    let test = Test::new();
    let with_exercise = MANIFEST.replace("[settings]", "[settings]\nsqs_exercise = true");
    test.write("lab-manifest.toml", &with_exercise);
    let deploy = test.json(0, &["deploy"]);
    let all = deploy["summary"]["created"].as_u64().unwrap();
    assert!(all > 21);
    test.write("lab-manifest.toml", MANIFEST);
    // Either way: a deploy removes what has left the lab, and a cleanup finds it by its tags.
    let plan = test.json(2, &["plan", "--detailed-exitcode"]);
    assert_eq!(plan["summary"]["delete"], all - 21, "{plan:#}");
    let cleanup = test.json(0, &["cleanup"]);
    assert_eq!((&cleanup["summary"]["deleted"], &cleanup["summary"]["residue"]), (&all.into(), &0.into()));
    test.write("lab-manifest.toml", &with_exercise);
    let status = test.json(0, &["status"]);
    assert_eq!(states(&status).keys().collect::<Vec<_>>(), ["absent"]);
}

#[test]
fn a_user_who_has_left_the_manifest_keeps_what_is_there_until_named() {
    let test = Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"zoe\"\n"));
    test.expect(0, &["deploy", "--all"]);
    test.write("lab-manifest.toml", MANIFEST);
    assert_eq!(test.json(0, &["cleanup"])["summary"]["deleted"], 21);
    test.write("lab-manifest.toml", &MANIFEST.replace("\"user3\"", "\"zoe\""));
    assert_eq!(states(&test.json(0, &["status"])), only("present"), "another user's things are not touched");
    assert_eq!(test.json(0, &["cleanup"])["summary"]["deleted"], 21);
}
