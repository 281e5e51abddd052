//! `labctl run`: one execution of a chosen input, followed to its end.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{MANIFEST, Test, finish, signal, wait_until};
use crate::server::Server;

fn deployed() -> Test {
    let test = Test::new();
    test.expect(0, &["deploy", "-q"]);
    test
}

#[test]
fn the_handouts_inputs_are_there_by_name() {
    let test = deployed();
    let run = test.json(0, &["run", "order-processing-workflow", "--input", "successful-order-test"]);
    let execution = &run["execution"];
    assert_eq!((&execution["status"], &execution["outcome"]), (&"SUCCEEDED".into(), &"COMPLETED".into()));
    assert!(execution["name"].as_str().unwrap().starts_with("labctl-successful-order-test-"), "{execution}");
    assert_eq!(run["states"][0]["input"]["items"][0]["productId"], "laptop-001");
    let calls = run["api_calls"].as_object().unwrap();
    assert!(!calls.contains_key("states:ListExecutions"), "what was started is never listed: {calls:?}");
    let shown = test.json(0, &["trace", "user3:last"]);
    assert_eq!((&shown["states"], &shown["execution"]), (&run["states"], &run["execution"]), "as `trace` shows it");

    let invalid = test.json(
        0,
        &["run", "user3-order-processing-workflow", "--input", "invalid-order-test", "--name", "invalid-order-test"],
    );
    assert_eq!(
        (&invalid["execution"]["outcome"], &invalid["execution"]["name"]),
        (&"FAILED".into(), &"invalid-order-test".into())
    );
    assert_eq!(invalid["execution"]["cause"]["key"], "outcome/ValidationFailed", "it SUCCEEDED, and its cause is told");
    let again =
        ["run", "order-processing-workflow", "--input", "successful-order-test", "--name", "invalid-order-test"];
    test.expect(64, &again).says(&["an execution `invalid-order-test` was there already", "choose another `--name`"]);

    let express = test.json(0, &["run", "express-workflow", "--input", "realtime-purchase-test"]);
    assert_eq!(
        (&express["execution"]["type"], &express["states"][2]["name"]),
        (&"EXPRESS".into(), &"ProcessTransaction".into())
    );
    assert_eq!(express["api_calls"]["states:StartSyncExecution"], 1);
    let default = test.expect(0, &["run", "callback-workflow"]);
    default.says(&["the input is `callback-test` of the pack"]);
    assert!(default.stdout.starts_with("SUCCEEDED with outcome "), "{}", default.stdout);
}

#[test]
fn a_scenario_is_judged_and_a_failure_is_exit_code_four_with_its_cause() {
    let test = deployed();
    let judged = test.json(0, &["run", "order-processing-workflow", "--scenario", "payment-declined"]);
    assert_eq!((&judged["scenario"]["passed"], &judged["execution"]["outcome"]), (&true.into(), &"FAILED".into()));
    test.write("own.json", "[1]");
    let failed = test.json(4, &["run", "express-workflow", "--input", "own.json"]);
    assert_eq!((&failed["ok"], &failed["execution"]["status"]), (&false.into(), &"FAILED".into()));
    let told = test.expect(4, &["run", "express-workflow", "--input", "own.json"]).stdout;
    assert!(told.starts_with("FAILED at ValidateEvent: AttributeError: "), "{told}");
    test.expect(64, &["run", "express-workflow", "--input", "-"]).says(&["`stdin` is no JSON"]);
}

#[test]
fn own_inputs_come_from_files_and_stdin() {
    let test = deployed();
    test.write("own.json", r#"{"userId": "u", "action": "view", "timestamp": 1}"#);
    let run = test.json(0, &["run", "express-workflow", "--input", "own.json"]);
    assert_eq!(run["states"][0]["input"]["userId"], "u");
    let mut child = test.command(&["run", "express-workflow", "--input", "-", "--json"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(br#"{"userId": "from stdin", "action": "view", "timestamp": 1}"#).unwrap();
    let ran = finish(child);
    assert!(ran.code == 0 && ran.stdout.contains("from stdin"), "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn states_are_told_as_they_are_entered() {
    let test = deployed();
    let ran = test.expect(
        0,
        &["run", "order-processing-workflow", "--scenario", "valid-order", "--watch", "--events", "events.jsonl"],
    );
    for state in ["ValidateOrder", "ProcessPayment", "FulfillOrder"] {
        assert_eq!(ran.stderr.matches(state).count(), 1, "{}", ran.stderr);
    }
    assert!(ran.stdout.contains("valid-order: as expected"), "{}", ran.stdout);
    assert!(test.read("events.jsonl").contains(r#""type":"state-entered""#));
    test.expect(0, &["run", "express-workflow", "--watch"]).says(&["is EXPRESS: its states are known when it is over"]);
}

#[test]
fn what_is_not_there_is_told_with_a_way_out() {
    let test = deployed();
    test.refuses(
        64,
        &["run", "order-procesing-workflow"],
        &["no machine `order-procesing-workflow`", "did you mean `order-processing-workflow`?"],
    );
    test.refuses(
        64,
        &["run", "express-workflow", "--input", "realtime-purchase-tset"],
        &["did you mean `realtime-purchase-test`?"],
    );
    test.refuses(64, &["run", "express-workflow", "--input", "callback-test"], &["is an input of `callback-workflow`"]);
    test.refuses(
        64,
        &["run", "express-workflow", "--scenario", "valid-order"],
        &["is a scenario of `order-processing-workflow`"],
    );
    test.refuses(64, &["run", "express-workflow", "--name", "a b"], &["`--name a b` has ` `"]);
    test.refuses(4, &["run", "notification-workflow"], &["is not there", "sqs_exercise = true"]);
    let class = Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"ann\"\n"));
    class.refuses(64, &["run", "express-workflow", "--all"], &["starts one execution, and 2 users are chosen"]);
    class.expect(4, &["run", "express-workflow", "--user", "ann"]).says(&["is not there", "run `labctl deploy` first"]);
}

#[test]
fn an_interruption_says_what_becomes_of_the_execution() {
    let host = Test::empty();
    let server = Server::start(&host, &[]);
    let test = server.reached_by(Test::new());
    test.expect(0, &["deploy", "-q"]);
    // It waits for a token that nobody answers.
    test.write("silent.json", r#"{"operation": "o", "data": {}, "simulation": {"callback": "silent"}}"#);
    let child = test.spawn(&["run", "callback-workflow", "--input", "silent.json", "--name", "waits"]);
    wait_until("the execution is started", || {
        std::fs::read_to_string(test.path("out/journal.jsonl"))
            .is_ok_and(|journal| journal.contains("execution-started"))
    });
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, Signal::INT);
    let ran = finish(child);
    assert_eq!(ran.code, 130, "{}", ran.stderr);
    ran.says(&[":execution:user3-callback-workflow:waits` goes on", "labctl trace user3:callback-workflow:waits"]);
    assert_eq!(test.json(0, &["trace", "user3:callback-workflow:waits"])["execution"]["status"], "RUNNING");
}

/// Time of the embedded endpoint moves for what a workflow waits for, and for nothing else.
#[test]
fn time_moves_only_for_what_a_workflow_waits_for() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    test.write("lab-manifest.toml", "[lab]\npack = \"./my-pack\"\nname = \"lab\"\n\n[[users]]\nname = \"user1\"\n");
    // Long enough at work that it is waited for.
    test.edit("my-pack/lambda/greeter.py", "import os\n", "import os\nimport time\n");
    test.edit("my-pack/lambda/greeter.py", "    name = event", "    time.sleep(1)\n    name = event");
    let begun = Instant::now();
    test.expect(0, &["deploy", "-q"]);
    for _ in 0..3 {
        test.expect(0, &["test", "-q"]);
        test.expect(0, &["run", "greet", "--input", "ann", "-q"]);
    }
    let spread = |executions: &Value| {
        let started = executions["executions"].as_array().unwrap().iter();
        let mut times: Vec<i64> = started
            .map(|one| one["started"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond())
            .collect();
        times.sort_unstable();
        (times.len(), times[times.len() - 1] - times[0])
    };
    let (count, spread_ms) = spread(&test.json(0, &["executions"]));
    let passed_ms = i64::try_from(begun.elapsed().as_millis()).unwrap();
    assert_eq!(count, 6);
    // Of that, 15 s may be pauses of the endpoint's own beginnings.
    assert!(spread_ms < passed_ms + 15_000, "{spread_ms} ms apart in {passed_ms} ms");

    test.edit("my-pack/asl/greet.asl.json.hbs", "\"StartAt\": \"Greet\"", "\"StartAt\": \"Rest\"");
    let rest = "\"States\": {\n    \"Rest\": { \"Type\": \"Wait\", \"Seconds\": 1000, \"Next\": \"Greet\" },";
    test.edit("my-pack/asl/greet.asl.json.hbs", "\"States\": {", rest);
    test.expect(0, &["deploy", "-q"]);
    test.expect(0, &["run", "greet", "--input", "ann", "-q"]);
    test.expect(0, &["run", "greet", "--input", "ann", "-q"]);
    let (count, waited_ms) = spread(&test.json(0, &["executions"]));
    let passed_ms = i64::try_from(begun.elapsed().as_millis()).unwrap();
    assert_eq!(count, 8);
    assert!((1_000_000..1_015_000 + passed_ms).contains(&waited_ms), "{waited_ms} ms apart in {passed_ms} ms");
}
