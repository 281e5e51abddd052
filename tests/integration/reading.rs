//! A class is read in pages: what that costs in calls, and what takes over where a page is refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{MANIFEST, Test};
use crate::server::Server;

const USERS: u64 = 12;

fn class() -> Test {
    let roster = format!("[roster]\nrange = \"user1..user{USERS}\"\n");
    Test::with_manifest(&MANIFEST.replace("[[users]]\nname = \"user3\"\n", &roster))
}

fn calls(document: &Value) -> BTreeMap<&str, u64> {
    let calls = document["api_calls"].as_object().unwrap();
    calls.iter().map(|(operation, count)| (operation.as_str(), count.as_u64().unwrap())).collect()
}

fn count(document: &Value) -> u64 {
    calls(document).values().sum()
}

/// How often an operation was called.
fn of_operation(document: &Value, operation: &str) -> u64 {
    calls(document).get(operation).copied().unwrap_or_default()
}

#[test]
fn a_class_is_read_in_pages_and_quickly_by_tags() {
    let test = class();
    let deployed = test.json(0, &["deploy", "--all"]);
    assert_eq!(deployed["summary"]["created"], USERS * 21);
    // One call for what is whole when it is made; what is not carries its digest only at the end.
    for (operation, each) in [
        ("lambda:CreateFunction", 6),
        ("lambda:TagResource", 0),
        ("states:CreateStateMachine", 3),
        ("states:DescribeStateMachine", 0),
        ("states:TagResource", 0),
        ("cloudwatch:PutDashboard", 1),
        ("iam:CreateRole", 2),
        ("cloudwatch:GetDashboard", 0),
        ("iam:TagRole", 0),
        ("logs:CreateLogGroup", 9),
        ("logs:TagResource", 0),
    ] {
        assert_eq!(of_operation(&deployed, operation), USERS * each, "{operation}");
    }

    let again = test.json(0, &["deploy", "--all"]);
    assert_eq!(again["summary"]["unchanged"], USERS * 21);
    for (operation, each) in [("states:DescribeStateMachine", 3), ("cloudwatch:GetDashboard", 1)] {
        assert_eq!(of_operation(&again, operation), USERS * each, "{operation}");
    }
    for operation in ["lambda:GetFunction", "iam:GetRole", "logs:ListTagsForResource", "states:ListTagsForResource"] {
        assert_eq!(of_operation(&again, operation), 0, "{operation}");
    }
    // Definitions and dashboards, and pages: fifty functions or groups in one, a hundred tags.
    let pages = |entries: u64, size: u64| entries.div_ceil(size);
    let functions = pages(6 * USERS, 50) + pages(6 * USERS, 100);
    let groups = pages(6 * USERS, 50) + pages(3 * USERS, 50) + pages(9 * USERS, 100);
    // GetCallerIdentity, GetAccountAuthorizationDetails, ListRoles, ListDashboards.
    let once = 4;
    assert_eq!(count(&again), 4 * USERS + functions + groups + pages(3 * USERS, 100) + once, "{:?}", calls(&again));

    let quick = test.json(0, &["deploy", "--all", "--quick"]);
    assert_eq!(quick["summary"]["unchanged"], USERS * 21);
    assert!(count(&quick) <= 9, "{:?}", calls(&quick));

    let cleaned = test.json(0, &["cleanup", "--all"]);
    assert_eq!((&cleaned["summary"]["deleted"], &cleaned["summary"]["residue"]), (&(USERS * 21).into(), &0.into()));
    assert!(count(&cleaned) <= 50 * USERS, "{:?}", calls(&cleaned));
}

#[test]
fn a_quick_deployment_brings_what_changed_and_says_what_it_did_not_look_for() {
    let test = Test::new();
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    let deployed = test.json(0, &["deploy"]);
    let resources = deployed["users"][0]["resources"].as_array().unwrap();
    let arn = |name: &str| resources.iter().find(|resource| resource["name"] == name).unwrap()["arn"].clone();
    let own = json!({ "StartAt": "Mine", "States": { "Mine": { "Type": "Pass", "End": true } } }).to_string();
    let edit = json!({ "stateMachineArn": arn("user3-callback-workflow"), "definition": own });
    server.call("states", "AWSStepFunctions.UpdateStateMachine", &edit);

    let quick = test.expect(0, &["deploy", "--quick"]);
    assert_eq!(quick.stdout, "No changes.\n");
    quick.says(&["digests in tags were believed", "edits by users were not looked for"]);
    assert_eq!(test.json(0, &["plan"])["summary"]["edited"], 1);

    // What differs is read before it is changed: the lab changed, and the edit is kept all the same.
    test.edit("lab-manifest.toml", "[settings]", "[settings]\nmemory_mib = 256\nlog_retention_days = 14");
    let quick = test.json(0, &["deploy", "--quick"]);
    assert_eq!(quick["summary"]["updated"], 15, "{:#}", quick["summary"]);
    let plan = test.json(0, &["plan"]);
    assert_eq!((&plan["summary"]["edited"], &plan["summary"]["update"]), (&1.into(), &0.into()));
    test.expect(64, &["deploy", "--quick", "--overwrite-edits"]);
}

#[test]
fn a_quick_deployment_sees_that_a_dashboard_changed() {
    let test = Test::with_templates();
    test.expect(0, &["deploy"]);
    let dashboard = "templates/step-functions/dashboards/stepfunctions-monitoring.json.hbs";
    // Of the same length, so that the size tells nothing.
    test.edit(dashboard, "\"period\": 300", "\"period\": 600");
    assert_eq!(test.json(0, &["deploy", "--quick"])["summary"]["updated"], 1);
    assert_eq!(test.expect(0, &["plan"]).stdout, "No changes.\n");
}

/// A rule that refuses an operation.
fn refused(operation: &str) -> Value {
    json!({ "operation": operation, "code": "AccessDeniedException", "message": "you may not", "status": 403 })
}

#[test]
fn where_a_page_is_refused_exact_reads_take_over_and_say_so() {
    let test = Test::new();
    test.expect(0, &["deploy"]);
    let cases = [
        ("iam:GetAccountAuthorizationDetails", "roles are read one by one", "iam:GetRole", 2),
        ("lambda:ListFunctions", "functions are read one by one", "lambda:GetFunction", 6),
        ("tagging:GetResources", "tags are read one by one", "logs:ListTagsForResource", 9),
        ("logs:DescribeLogGroups", "log groups are read one by one", "logs:DescribeLogGroups", 1),
    ];
    for (operation, told, instead, times) in cases {
        let mut rule = refused(operation);
        if operation == "logs:DescribeLogGroups" {
            rule["nth"] = 1.into();
        }
        test.write("faults.json", &json!({ "rules": [rule] }).to_string());
        let plan = test.expect(0, &["plan", "--detailed-exitcode", "--faults", "faults.json"]);
        assert_eq!(plan.stdout, "No changes.\n", "{operation}");
        plan.says(&[told, "you may not"]);
        let document = test.json(0, &["plan", "--faults", "faults.json"]);
        assert!(of_operation(&document, instead) >= times, "{operation}: {:?}", calls(&document));
    }
    let without = test.expect(0, &["plan"]);
    assert!(!without.stderr.contains("one by one"), "{}", without.stderr);
}
