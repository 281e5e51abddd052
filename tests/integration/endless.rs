//! What does not end by itself is stopped, and said to be.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{MANIFEST, Test};

const CALLBACK: &str = "templates/step-functions/asl/callback-workflow.asl.json.hbs";
const TIMEOUT: &str = "\n      \"TimeoutSeconds\": 300,";

/// Runs one scenario that must fail within a minute of this machine's time; gives what is told of it.
fn problem(test: &Test, scenario: &str) -> String {
    let begun = Instant::now();
    let tested = test.json(4, &["test", "--scenario", scenario]);
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
    let told = &tested["scenarios"][0];
    assert_eq!((&told["passed"], &told["actual"]), (&Value::Bool(false), &Value::Null), "{told:#}");
    assert!(told["execution_arn"].as_str().is_some());
    told["problems"][0].as_str().unwrap().to_owned()
}

#[test]
fn a_callback_without_a_time_limit_is_stopped() {
    let test = Test::with_templates();
    test.edit(CALLBACK, TIMEOUT, "");
    test.expect(0, &["deploy", "-q"]);
    let told = problem(&test, "callback-timeout");
    assert!(
        told.contains("in `StartLongRunningTask` after 360 s (its `waits_seconds` of 300 and 60 s more)"),
        "{told}"
    );
    assert!(told.contains("`TimeoutSeconds` would end it; it was stopped"), "{told}");
    let tested = test.json(4, &["test", "--scenario", "callback-timeout"]);
    let cause = &tested["summary"]["causes"][0];
    assert!(
        cause["key"].as_str().unwrap().starts_with("labctl.Stopped/StartLongRunningTask/was-still-running"),
        "{cause}"
    );
    assert_eq!(tested["scenarios"][0]["cause"]["key"], cause["key"]);
    let run = test.json(4, &["run", "callback-workflow", "--scenario", "callback-timeout"]);
    assert_eq!(run["execution"]["status"], "ABORTED");
    assert!(run["scenario"]["problems"].to_string().contains("was still running in `StartLongRunningTask`"), "{run:#}");
    // What `trace` says of it afterwards is the same.
    for execution in [&tested["scenarios"][0]["execution_arn"], &run["execution"]["arn"]] {
        let traced = test.json(0, &["trace", execution.as_str().unwrap()]);
        assert_eq!(traced["execution"]["cause"]["key"], cause["key"], "{traced:#}");
    }
    // Stopped is stopped: nothing goes on in the store, and the others pass beside one that does not end.
    let tested = test.json(4, &["test"]);
    assert_eq!(tested["summary"]["failed"], 1, "{tested:#}");
    let shown = test.expect(4, &["test", "--scenario", "callback-timeout"]).stdout;
    assert!(shown.contains("was still running in `StartLongRunningTask`"), "{shown}");
}

/// A pack of machines without functions: one that goes round for ever, one that waits for a year, one that waits
/// for a token that nobody sends, one whose child does.
fn pack() -> Test {
    let test = Test::empty();
    test.write(
        "lab-manifest.toml",
        &MANIFEST.replace("pack = \"step-functions\"", "pack = \"slow\"").replace(SETTINGS, ""),
    );
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    test.write("slow/iam/trust.json.hbs", trust);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["states:*","events:*","sqs:*"],"Resource":"*"}]}"#;
    test.write("slow/iam/policy.json.hbs", policy);
    let mut pack = "[pack]\nname = \"slow\"\ntitle = \"Slow\"\n\n[[roles]]\nid = \"m\"\nname = \"role\"\ntrust = \"iam/trust.json.hbs\"\n\
                    brought_by = \"role\"\n\n[[roles.policies]]\nname = \"P\"\n\n[roles.policies.template]\n\
                    least-privilege = \"iam/policy.json.hbs\"\nas-written = \"iam/policy.json.hbs\"\n"
        .to_owned();
    let machines = [
        (
            "round",
            r#"{"StartAt":"Rest","States":{"Rest":{"Type":"Wait","Seconds":700,"Next":"P0"},
            "P0":{"Type":"Pass","Next":"P1"},"P1":{"Type":"Pass","Next":"P2"},"P2":{"Type":"Pass","Next":"P3"},"P3":{"Type":"Pass","Next":"P4"},"P4":{"Type":"Pass","Next":"P5"},"P5":{"Type":"Pass","Next":"P6"},"P6":{"Type":"Pass","Next":"P7"},"P7":{"Type":"Pass","Next":"P8"},"P8":{"Type":"Pass","Next":"P9"},"P9":{"Type":"Pass","Next":"P10"},
            "P10":{"Type":"Pass","Next":"P11"},"P11":{"Type":"Pass","Next":"P12"},"P12":{"Type":"Pass","Next":"P13"},"P13":{"Type":"Pass","Next":"P14"},"P14":{"Type":"Pass","Next":"P15"},"P15":{"Type":"Pass","Next":"P16"},"P16":{"Type":"Pass","Next":"P17"},"P17":{"Type":"Pass","Next":"P18"},"P18":{"Type":"Pass","Next":"P19"},"P19":{"Type":"Pass","Next":"More"},
            "More":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericEquals":1,"Next":"Rest"}],"Default":"Done"},
            "Done":{"Type":"Succeed"}}}"#,
        ),
        (
            "year",
            r#"{"StartAt":"Sleep","States":{"Sleep":{"Type":"Wait","Seconds":31536000,"Next":"Done"},"Done":{"Type":"Succeed"}}}"#,
        ),
        (
            "parent",
            r#"{"StartAt":"Child","States":{"Child":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2",
            "Parameters":{"StateMachineArn":"{{machine_arn "stuck"}}","Input":{}},"End":true}}}"#,
        ),
        (
            "stuck",
            r#"{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters":{"QueueUrl":"{{queue_url "asked"}}","MessageBody":{"token.$":"$$.Task.Token"}},"End":true}}}"#,
        ),
        (
            "quick",
            r#"{"StartAt":"Nap","States":{"Nap":{"Type":"Wait","Seconds":50,"Next":"Done"},"Done":{"Type":"Succeed"}}}"#,
        ),
    ];
    let mut scenarios = String::new();
    for (name, definition) in machines {
        test.write(&format!("slow/asl/{name}.asl.json.hbs"), definition);
        write!(
            pack,
            "\n[[machines]]\nname = \"{name}\"\ntype = \"STANDARD\"\ndefinition = \"asl/{name}.asl.json.hbs\"\nrole = \"m\"\n"
        )
        .unwrap();
        write!(
            scenarios,
            "- name: {name}\n  title: T\n  machine: {name}\n  input: {{n: 1}}\n  expect: {{status: SUCCEEDED}}\n"
        )
        .unwrap();
    }
    pack += "\n[[queues]]\nname = \"asked\"\n";
    test.write("slow/scenarios/all.yaml", &scenarios);
    pack += "\n[bulk]\nmachine = \"stuck\"\ninput = \"bulk/input.json.hbs\"\n";
    test.write("slow/bulk/input.json.hbs", "{}");
    test.write("slow/pack.toml", &pack);
    test.expect(0, &["deploy", "-q"]);
    test
}

const SETTINGS: &str = "[settings]\nsimulated_delay_scale = 0\nvalidation_outage_rate = 0\npayment_failure_rate = 0\n";

#[test]
fn loops_long_waits_and_children_that_do_not_end_are_stopped() {
    let test = pack();
    // Where time jumps, a year is over at once, and a loop where its history is full.
    assert_eq!(test.json(0, &["test", "--scenario", "year"])["summary"]["passed"], 1);
    let round = test.json(4, &["test", "--scenario", "round"]);
    let told = round["scenarios"][0]["problems"][0].as_str().unwrap();
    assert!(told.contains("maximum number of history events (25000)"), "{told}");
    for scenario in ["parent", "stuck"] {
        let told = problem(&test, scenario);
        assert!(told.contains("after 60 s (its `waits_seconds` of 0 and 60 s more)"), "{told}");
        assert!(told.contains("a task token, or the end of what it started"), "{told}");
    }
    // What ends passes beside them.
    let all = test.json(4, &["test", "--scenario", "quick", "--scenario", "parent", "--scenario", "stuck"]);
    assert_eq!((&all["summary"]["passed"], &all["summary"]["failed"]), (&1.into(), &2.into()), "{all:#}");
}

#[test]
fn a_bulk_test_ends_when_nothing_does() {
    let test = pack();
    let begun = Instant::now();
    let bulk = test.json(4, &["bulk-test", "-n", "3"]);
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
    assert_eq!((&bulk["summary"]["started"], &bulk["summary"]["finished"]), (&3.into(), &0.into()), "{bulk:#}");
    let told = test.expect(4, &["bulk-test", "-n", "2"]);
    told.says(&["was still running after 300 s in which nothing ended, and was stopped"]);
}
