//! A pack whose machine calls what the local endpoint does not have: made, tried and told on mocks.

use serde_json::Value;

use crate::harness::{Test, signal, wait_until};

const PACK: &str = r#"
[pack]
name = "orders"
title = "An order is saved, billed and approved"

[[roles]]
id = "all"
name = "role"
trust = "iam/trust.json.hbs"
brought_by = "lab_role"

[[roles.policies]]
name = "Calls"
template = { least-privilege = "iam/calls.json.hbs" }

[[machines]]
name = "save-order"
type = "STANDARD"
definition = "asl/save-order.asl.json.hbs"
role = "all"
outcome = "/outcome"

[bulk]
machine = "save-order"
input = "bulk/order.json.hbs"
"#;

const TRUST: &str = r#"{ "Version": "2012-10-17", "Statement": [
  { "Effect": "Allow", "Principal": { "Service": "states.amazonaws.com" }, "Action": "sts:AssumeRole" }] }"#;

const CALLS: &str = r#"{ "Version": "2012-10-17", "Statement": [
  { "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:{{partition}}:dynamodb:{{region}}:{{account}}:table/{{user}}-*" },
  { "Effect": "Allow", "Action": ["ecs:RunTask", "ecs:DescribeTasks", "ecs:StopTask", "sns:Publish"], "Resource": "*" },
  { "Effect": "Allow", "Action": ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
    "Resource": "arn:{{partition}}:events:{{region}}:{{account}}:rule/StepFunctionsGetEventsForECSTaskRule" }] }"#;

const MACHINE: &str = r#"{
  "StartAt": "Save",
  "States": {
    "Save": {
      "Type": "Task",
      "Resource": "arn:{{partition}}:states:::dynamodb:putItem",
      "Parameters": { "TableName": "{{user}}-orders", "Item": { "id": { "S.$": "$.id" } } },
      "ResultPath": null,
      "Retry": [{ "ErrorEquals": ["DynamoDB.ProvisionedThroughputExceededException"], "IntervalSeconds": 60 }],
      "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Lost" }],
      "Next": "Bill"
    },
    "Bill": {
      "Type": "Task",
      "Resource": "arn:{{partition}}:states:::ecs:runTask.sync",
      "Parameters": { "TaskDefinition": "bill", "LaunchType": "FARGATE" },
      "ResultPath": "$.bill",
      "Next": "Approve"
    },
    "Approve": {
      "Type": "Task",
      "Resource": "arn:{{partition}}:states:::sns:publish.waitForTaskToken",
      "TimeoutSeconds": 86400,
      "Parameters": { "TopicArn": "arn:{{partition}}:sns:{{region}}:{{account}}:{{user}}-approve", "Message.$": "$$.Task.Token" },
      "ResultPath": "$.approval",
      "Next": "Done"
    },
    "Done": { "Type": "Pass", "Parameters": { "outcome": "SAVED", "by.$": "$.approval.by", "stopped.$": "$.bill.LastStatus" }, "End": true },
    "Lost": { "Type": "Pass", "Parameters": { "outcome": "LOST", "why.$": "$.Error" }, "End": true }
  }
}"#;

const MOCKS: &str = "\
- integration: dynamodb:putItem
  answers:
    - error: DynamoDB.ProvisionedThroughputExceededException
    - output: {}
- integration: ecs:runTask.sync
  answers:
    - output: { LastStatus: STOPPED }
      delay_seconds: 1800
- integration: sns:publish.waitForTaskToken
  answers:
    - token: success
      output: { by: hand }
      submitted: { MessageId: m-1 }
";

const SCENARIOS: &str = "\
- name: saved
  title: An order is saved
  machine: save-order
  input: { id: o-1 }
  expect:
    status: SUCCEEDED
    output: { outcome: SAVED, by: hand, stopped: STOPPED }
    path: [Save, Bill, Approve, Done]
- name: lost
  title: An order without a table is told of
  machine: save-order
  input: { id: o-2 }
  mocks:
    - integration: dynamodb:putItem
      when: { TableName: ann-orders }
      answers:
        - error: DynamoDB.ResourceNotFoundException
          cause: no table
  expect:
    status: SUCCEEDED
    output: { outcome: LOST, why: DynamoDB.ResourceNotFoundException }
    path: [Save, Lost]
";

fn lab() -> Test {
    let test = Test::with_manifest(
        "[lab]\npack = \"./orders\"\nname = \"lab6\"\n[target]\nkind = \"local\"\n[[users]]\nname = \"ann\"\n",
    );
    for (file, text) in [
        ("pack.toml", PACK),
        ("iam/trust.json.hbs", TRUST),
        ("iam/calls.json.hbs", CALLS),
        ("asl/save-order.asl.json.hbs", MACHINE),
        ("bulk/order.json.hbs", "{ \"id\": \"{{index}}\" }"),
        ("mocks.yaml", MOCKS),
        ("scenarios/orders.yaml", SCENARIOS),
    ] {
        test.write(&format!("orders/{file}"), text);
    }
    test
}

#[test]
fn a_machine_of_mocked_integrations_is_deployed_tested_run_and_told() {
    let test = lab();
    test.expect(0, &["validate"]);
    test.expect(0, &["deploy", "--all", "-q"]);
    let tested = test.json(0, &["test", "--all"]);
    let of = |name: &str| tested["scenarios"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone();
    assert_eq!((&of("saved")["passed"], &of("lost")["passed"]), (&true.into(), &true.into()), "{tested}");
    // What was answered, written down, answers the same.
    test.expect(0, &["test", "--all", "--record"]).says(&["recorded: out/recorded/ann/saved.yaml (3 mocks)"]);
    let recorded = test.read("out/recorded/ann/saved.yaml");
    for line in [
        "- integration: dynamodb:putItem",
        "delay_seconds: 1800.0",
        "token: \"success\"",
        "submitted: {\"MessageId\":\"m-1\"}",
    ] {
        assert!(recorded.contains(line), "{line}:\n{recorded}");
    }
    assert!(!recorded.contains("SdkHttpMetadata") && !recorded.contains("  when:"), "{recorded}");
    test.write("orders/mocks.yaml", &recorded);
    test.expect(0, &["validate"]);
    test.expect(0, &["test", "--all"]);
    let ran = test.json(0, &["run", "save-order", "--user", "ann", "--scenario", "lost"]);
    assert!(ran.to_string().contains("LOST"), "{ran}");
    // An input that is no scenario's has the pack's mocks, and so has a bulk test.
    test.write("order.json", "{ \"id\": \"o-3\" }");
    let ran = test.json(0, &["run", "save-order", "--user", "ann", "--input", "order.json"]);
    assert!(ran.to_string().contains("SAVED"), "{ran}");
    let bulk = test.json(0, &["bulk-test", "--all", "-n", "5"]);
    assert!(bulk.to_string().contains("\"SAVED\":5"), "{bulk}");
    test.expect(0, &["cleanup", "--all", "--yes", "-q"]);
    test.expect(0, &["rehearse", "--yes", "-q"]);
}

#[test]
fn what_is_missing_is_said_where_it_is_missing() {
    let test = lab();
    test.write("orders/mocks.yaml", &MOCKS.replace("dynamodb:putItem", "dynamodb:updateItem"));
    test.expect(0, &["deploy", "--all", "-q"]);
    let tested = test.json(4, &["test", "--scenario", "saved", "--all"]);
    let cause = tested["scenarios"][0].to_string();
    assert!(cause.contains("the local endpoint does not have the integration `dynamodb:putItem`"), "{cause}");
    test.edit("orders/iam/calls.json.hbs", "\"dynamodb:PutItem\"", "\"dynamodb:GetItem\"");
    test.write("orders/mocks.yaml", MOCKS);
    let ran = test.expect(0, &["validate"]);
    ran.says(&["state `Save` of machine `save-order` needs `dynamodb:PutItem`"]);
    test.expect(0, &["deploy", "--all", "-q"]);
    let tested = test.json(4, &["test", "--scenario", "saved", "--all"]);
    let why = tested["scenarios"][0].to_string();
    assert!(why.contains("LOST") && why.contains("SAVED"), "{why}");
}

#[test]
fn mocks_are_held_against_the_machines_and_the_endpoint() {
    let test = lab();
    let mocks = "\
- integration: dynamodb:putItm
  answers: [{ output: {} }]
- integration: lambda:invoke
  answers: [{ output: {} }]
- integration: ecs:runTask
  answers: [{ output: { Tasks: [] } }]
- integration: ecs:runTask.sync
  answers: [{ output: { LastStatu: STOPPED }, submitted: { Task: [] } }]
- integration: sns:publish.waitForTaskToken
  answers: [{ token: success, output: { whatever: 1 }, submitted: { MessageId: m } }]
";
    test.write("orders/mocks.yaml", mocks);
    let ran = test.expect(64, &["validate"]);
    ran.says(&[
        "orders/mocks.yaml:1:16",
        "`dynamodb:putItm` is no integration of Step Functions",
        "did you mean `dynamodb:putItem`?",
        "orders/mocks.yaml:3:16",
        "the local endpoint has `lambda:invoke` itself",
        "orders/mocks.yaml:5:16",
        "no machine of the pack calls `ecs:runTask`",
        "did you mean `ecs:runTask.sync`?",
        "orders/mocks.yaml:8:25",
        "the answer of `ecs:runTask.sync` has no `LastStatu`",
        "did you mean `LastStatus`?",
        "the answer of `ecs:runTask.sync` has no `Task`",
    ]);
    assert!(!ran.stderr.contains("whatever") && !ran.stderr.contains("`MessageId`"), "{}", ran.stderr);
}

#[test]
fn a_server_has_the_packs_mocks_and_reads_them_again() {
    let test = lab();
    let mut server = test.spawn(&["local", "serve", "--time", "jump", "--env-file", "env"]);
    wait_until("it serves", || test.path("env").exists());
    test.expect(0, &["deploy", "--all", "-q"]);
    let outcome =
        |scenario: &str| -> Value { test.json(0, &["run", "save-order", "--user", "ann", "--scenario", scenario]) };
    assert!(outcome("saved").to_string().contains("SAVED"));
    assert!(outcome("lost").to_string().contains("LOST"));
    test.write("orders/mocks.yaml", &MOCKS.replace("by: hand", "by: machine"));
    wait_until("the mocks are read again", || {
        let ran = test.run(&["run", "save-order", "--user", "ann", "--scenario", "saved", "--json"]);
        ran.stdout.contains("machine\\\"")
            || ran.stdout.contains("\"by\":\"machine\"")
            || ran.stdout.contains("\"by\": \"machine\"")
    });
    signal(&server, rustix::process::Signal::TERM);
    server.wait().unwrap();
}
