//! `labctl executions`: newest first, chosen by machine, status, outcome, cause and time.

use serde_json::Value;

use crate::harness::{MANIFEST, Test};
use crate::server::Server;

fn class() -> Test {
    let test = Test::with_manifest(&format!("{MANIFEST}label = \"Ana Example\"\n\n[[users]]\nname = \"ann\"\n"));
    test.expect(0, &["deploy", "--all", "-q"]);
    test
}

fn names(document: &Value) -> Vec<&str> {
    document["executions"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

#[test]
fn executions_are_listed_newest_first_with_outcome_and_cause() {
    let test = class();
    for (user, machine, input, name) in [
        ("ann", "order-processing-workflow", "successful-order-test", "first"),
        ("user3", "order-processing-workflow", "invalid-order-test", "second"),
        ("user3", "express-workflow", "realtime-purchase-test", "third"),
        ("ann", "callback-workflow", "callback-test", "fourth"),
    ] {
        test.expect(0, &["run", machine, "--user", user, "--input", input, "--name", name]);
    }
    let all = test.json(0, &["executions", "--all"]);
    assert_eq!(names(&all), ["fourth", "third", "second", "first"]);
    assert_eq!(names(&test.json(0, &["executions", "--all", "--limit", "2"])), ["fourth", "third"]);
    assert_eq!(names(&test.json(0, &["executions", "--user", "ann"])), ["fourth", "first"]);
    assert_eq!(names(&test.json(0, &["executions", "--all", "--machine", "express-workflow"])), ["third"]);
    assert_eq!(names(&test.json(0, &["executions", "--all", "--machine", "user3-express-workflow"])), ["third"]);
    assert_eq!(names(&test.json(0, &["executions", "--all", "--outcome", "failed"])), ["second"]);
    assert_eq!(names(&test.json(0, &["executions", "--all", "--cause", "validationfailed"])), ["second"]);
    assert_eq!(names(&test.json(0, &["executions", "--all", "--status", "FAILED"])), [""; 0]);
    // Each is what `trace` says of it, and common causes stand in the summary.
    let second = &all["executions"][2];
    assert_eq!(*second, test.json(0, &["trace", "user3:order-processing-workflow:second"])["execution"]);
    assert_eq!((&second["outcome"], &second["cause"]["key"]), (&"FAILED".into(), &"outcome/ValidationFailed".into()));
    assert_eq!(all["summary"]["causes"][0]["example"], "user3:order-processing-workflow:second");
    let third = &all["executions"][1];
    assert_eq!((&third["type"], &third["status"]), (&"EXPRESS".into(), &"SUCCEEDED".into()));
    let printed = test.expect(0, &["executions", "--all"]).stdout;
    assert!(printed.contains("user3 Ana Example") && printed.ends_with("4 executions, 1 failed.\n"), "{printed}");
    // By the endpoint's clock, which has jumped ahead of this machine's.
    let started = all["executions"][1]["started"].as_str().unwrap();
    assert_eq!(names(&test.json(0, &["executions", "--all", "--since", started])), ["fourth", "third"]);
    assert_eq!(names(&test.json(0, &["executions", "--all", "--since", "1h"])).len(), 4);
}

#[test]
fn what_a_bulk_test_wrote_down_is_not_asked_for() {
    let test = Test::new();
    test.expect(0, &["deploy", "-q"]);
    test.expect(4, &["bulk-test", "-n", "6", "--invalid", "50%", "--expect", "COMPLETED>=100%"]);
    let listed = test.json(0, &["executions", "--machine", "order-processing-workflow"]);
    assert_eq!((&listed["summary"]["executions"], &listed["summary"]["failed"]), (&6.into(), &3.into()));
    assert_eq!(listed["summary"]["causes"][0]["key"], "outcome/ValidationFailed");
    let calls = listed["api_calls"].as_object().unwrap();
    assert_eq!(calls["states:ListExecutions"], 1);
    for single in ["states:DescribeExecution", "states:GetExecutionHistory"] {
        assert!(!calls.contains_key(single), "{calls:?}");
    }
    std::fs::remove_dir_all(test.path("out/runs")).unwrap();
    let asked = test.json(0, &["executions", "--machine", "order-processing-workflow"]);
    assert_eq!(asked["summary"]["causes"][0]["count"], 3, "without the records each is asked for");
    assert_eq!(asked["api_calls"]["states:DescribeExecution"], 6);
    assert_eq!(asked["api_calls"]["states:GetExecutionHistory"], 3);
}

#[test]
fn what_a_student_made_by_hand_is_run_listed_and_traced_too() {
    let host = Test::empty();
    let server = Server::start(&host, &[]);
    let test = server.reached_by(Test::new());
    test.expect(0, &["deploy", "-q"]);
    let definition =
        serde_json::json!({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Mine", "Cause": "by hand"}}});
    let role = "arn:aws:iam::000000000000:role/user3-stepfunctions-role";
    for name in ["user3-own", "user4-own"] {
        let machine = serde_json::json!({"name": name, "roleArn": role, "definition": definition.to_string()});
        server.call("states", "AWSStepFunctions.CreateStateMachine", &machine);
    }
    let run = test.json(4, &["run", "own", "--name", "by-hand"]);
    assert_eq!(run["execution"]["cause"]["key"], "Mine/A/by-hand");
    let listed = test.json(0, &["executions"]);
    assert_eq!((names(&listed), &listed["executions"][0]["machine"]), (vec!["by-hand"], &"own".into()));
    assert_eq!(test.json(0, &["trace", "user3:last"])["execution"], listed["executions"][0]);
    assert_eq!(listed["api_calls"]["states:ListStateMachines"], 1);
    assert!(
        listed["api_calls"].get("states:ListTagsForResource").is_none(),
        "tags are scarce: {}",
        listed["api_calls"]
    );
}

#[test]
fn what_does_not_exist_is_told_with_what_was_meant() {
    let test = class();
    test.refuses(
        64,
        &["executions", "--all", "--status", "FAILD"],
        &["no execution has the status `FAILD`", "`FAILED`"],
    );
    let machine = ["executions", "--all", "--machine", "expres-workflow"];
    test.refuses(64, &machine, &["no machine `expres-workflow`", "did you mean `express-workflow`?"]);
    test.refuses(64, &["executions", "--all", "--since", "yesterday"], &["expected a length such as `10m`"]);
    let outcome = test.expect(0, &["executions", "--all", "--outcome", "COMPLETE"]).stdout;
    assert!(outcome.contains("speaks of the outcome `COMPLETE`; did you mean `COMPLETED`?"), "{outcome}");
    test.refuses(64, &["executions", "--user", "anm"], &["did you mean `ann`?"]);
    assert_eq!(test.expect(0, &["executions", "--all", "-q"]).stdout, "0 executions.\n");
    let cleaned = Test::new();
    assert_eq!(cleaned.json(0, &["executions"])["summary"]["executions"], 0, "a lab that is not there has none");
}
