//! `labctl trace`: which execution is meant, why it failed, and in which forms it is shown.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{MANIFEST, Test};

/// A lab in which these scenarios were run, one after the other.
fn tested(scenarios: &[&str]) -> Test {
    let test = Test::new();
    test.expect(0, &["deploy"]);
    for scenario in scenarios {
        test.expect(0, &["test", "--scenario", scenario]);
    }
    test
}

fn first_line(test: &Test, execution: &[&str]) -> String {
    let ran = test.expect(0, &[&["trace"], execution].concat());
    ran.stdout.lines().next().unwrap_or_default().to_owned()
}

fn names(document: &Value) -> Vec<&str> {
    document["states"].as_array().unwrap().iter().map(|state| state["name"].as_str().unwrap()).collect()
}

fn state<'d>(document: &'d Value, name: &str) -> &'d Value {
    let mut states = document["states"].as_array().unwrap().iter();
    states.find(|state| state["name"] == name).unwrap_or_else(|| panic!("no state {name}: {document:#}"))
}

/// Every scenario of the order machine that fails, with its first line.
#[test]
fn the_first_line_names_state_and_cause_also_of_what_a_catch_took() {
    let test = tested(&[]);
    for (scenario, wanted) in [
        (
            "inventory-failure",
            &["FAILED at UpdateInventory: InventoryError: Stock could not be reserved (inventory_updater.py:"][..],
        ),
        ("fulfillment-failure", &["FAILED at FulfillOrder: ", "(order_fulfillment.py:"]),
        ("validation-outage", &["FAILED at ValidateOrder: TransientServiceError: ", "(order_validator.py:"]),
        ("payment-declined", &["FAILED at ProcessingFailed: Payment or inventory processing failed"]),
        ("invalid-order", &["FAILED at ValidationFailed: Order validation failed"]),
        (
            "callback-failure",
            &["FAILED at StartLongRunningTask: TaskExecutionError: Task failed as the simulation asked"],
        ),
        ("callback-timeout", &["TIMEOUT at StartLongRunningTask: States.Timeout"]),
    ] {
        test.expect(0, &["test", "--slow", "--time", "jump", "--scenario", scenario]);
        let line = first_line(&test, &["user3:last"]);
        assert!(wanted.iter().all(|words| line.contains(words)), "{scenario}: {line}");
        assert!(line.chars().count() <= 200, "{line}");
        assert_eq!(first_line(&test, &[]), line, "nothing typed means the last one that failed");
    }
}

#[test]
fn the_document_has_what_the_history_tells() {
    let test = tested(&["inventory-failure"]);
    let document = test.json(0, &["trace", "user3:last-failed"]);
    let execution = &document["execution"];
    assert_eq!(execution["user"], "user3");
    assert_eq!((&execution["machine"], &execution["type"]), (&"order-processing-workflow".into(), &"STANDARD".into()));
    assert_eq!((&execution["status"], &execution["outcome"]), (&"SUCCEEDED".into(), &"FAILED".into()));
    assert!(execution["started"].as_str().unwrap().ends_with('Z') && execution["ms"].is_u64(), "{execution}");
    assert!(execution["cause"]["key"].as_str().unwrap().starts_with("InventoryError/UpdateInventory/"), "{execution}");
    assert_eq!(
        names(&document),
        [
            "ValidateOrder",
            "CheckValidation",
            "ParallelProcessing",
            "ProcessPayment",
            "UpdateInventory",
            "ProcessingFailed"
        ]
    );
    let parallel = state(&document, "ParallelProcessing");
    assert_eq!((&parallel["caught_by"], &parallel["end"]), (&"ProcessingFailed".into(), &"caught".into()));
    let inventory = state(&document, "UpdateInventory");
    assert_eq!((&inventory["parent"], &inventory["branch"]), (&"ParallelProcessing".into(), &1.into()));
    assert_eq!(inventory["parent_id"], parallel["id"]);
    assert_eq!(inventory["attempts"][0]["error"], "InventoryError");
    assert_eq!(inventory["input"]["orderId"], "order-12345");
    let log: Vec<&str> =
        inventory["log"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert!(log.iter().any(|line| line.starts_with("Updating inventory: ")), "{log:?}");
    assert!(log.iter().any(|line| line.contains("[ERROR] InventoryError")), "{log:?}");
    assert!(!log.iter().any(|line| line.starts_with("START ") || line.starts_with("REPORT ")), "{log:?}");
    // The same by ARN and by name, from another folder's point of view nothing else is known of it.
    let (arn, name) = (execution["arn"].as_str().unwrap(), execution["name"].as_str().unwrap());
    for reference in [
        arn.to_owned(),
        format!("user3:order-processing-workflow:{name}"),
        format!("user3:user3-order-processing-workflow:{name}"),
    ] {
        assert_eq!(test.json(0, &["trace", &reference])["states"], document["states"], "{reference}");
    }
    let failed = test.json(0, &["trace", "--failed", arn]);
    assert_eq!(names(&failed), ["ParallelProcessing", "UpdateInventory"]);
}

#[test]
fn retries_are_told_with_their_pauses() {
    let test = tested(&[]);
    test.expect(0, &["test", "--scenario", "validation-retry", "--time", "jump"]);
    let document = test.json(0, &["trace", "user3:last"]);
    let attempts = state(&document, "ValidateOrder")["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 2);
    assert_eq!((&attempts[0]["error"], &attempts[1]["error"]), (&"TransientServiceError".into(), &Value::Null));
    assert!(
        attempts[0]["next_in_ms"].as_u64().unwrap() >= 2000 && attempts[1].get("next_in_ms").is_none(),
        "{attempts:?}"
    );
    let printed = test.expect(0, &["trace", "user3:last"]).stdout;
    assert!(
        printed.starts_with("SUCCEEDED with outcome COMPLETED in ")
            && printed.contains("1 of 4: ")
            && printed.contains(", next in 2.0 s"),
        "{printed}"
    );
}

#[test]
fn an_express_execution_is_told_from_its_log() {
    let test = tested(&["express-purchase"]);
    let document = test.json(0, &["trace", "user3:express-workflow:last"]);
    assert_eq!(
        (&document["execution"]["type"], &document["execution"]["status"]),
        (&"EXPRESS".into(), &"SUCCEEDED".into())
    );
    assert_eq!(names(&document), ["ValidateEvent", "RouteEvent", "ProcessTransaction"]);
    assert_eq!(state(&document, "ValidateEvent")["input"]["userId"], "user-123");
    let arn = document["execution"]["arn"].as_str().unwrap();
    assert_eq!(test.json(0, &["trace", arn])["states"], document["states"]);
    let name = document["execution"]["name"].as_str().unwrap();
    let named = test.json(0, &["trace", &format!("user3:express-workflow:{name}")]);
    assert_eq!(named["execution"]["arn"], arn);
}

#[test]
fn other_viewers_get_their_formats() {
    let test = tested(&["inventory-failure"]);
    test.expect(0, &["trace", "--export", "chrome", "-o", "chrome.json"]);
    let chrome: Value = serde_json::from_str(&test.read("chrome.json")).unwrap();
    let events = chrome["traceEvents"].as_array().unwrap();
    let mut threads: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    for event in events.iter().filter(|event| event["ph"] == "X") {
        let (ts, dur) = (event["ts"].as_i64().unwrap(), event["dur"].as_i64().unwrap());
        threads.entry(event["tid"].as_i64().unwrap()).or_default().push((ts, ts + dur));
    }
    for spans in threads.values_mut() {
        spans.sort_unstable();
        assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{spans:?}");
    }
    assert!(events.iter().any(|event| event["name"] == "UpdateInventory" && event["cat"] == "state"));
    let printed = test.expect(0, &["trace", "--export", "otlp"]).stdout;
    assert_eq!(printed.lines().count(), 1, "a file of OTLP has one document on a line");
    let otlp: Value = serde_json::from_str(&printed).unwrap();
    let spans = otlp["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    assert!(spans.iter().any(|span| span["name"] == "UpdateInventory" && span["status"]["code"] == 2), "{otlp}");
    assert!(test.expect(0, &["trace", "--graph", "svg"]).stdout.starts_with("<svg "));
    assert!(test.expect(0, &["trace", "--graph", "text"]).stdout.contains("UpdateInventory"));
}

#[test]
fn what_names_no_execution_is_told_with_a_way_out() {
    let test = tested(&[]);
    test.refuses(64, &["trace", "user4:last"], &["no user `user4`", "did you mean `user3`?"]);
    test.refuses(64, &["trace", "user3:lst"], &["`lst` says not which execution", "did you mean `last`?"]);
    test.refuses(64, &["trace", "user3::x"], &["`user3::x` names no execution"]);
    let machine = "arn:aws:states:us-east-1:000000000000:stateMachine:user3-order-processing-workflow";
    test.refuses(64, &["trace", machine], &["is a state machine, not an execution"]);
    let foreign = "arn:aws:states:us-east-1:000000000000:execution:ann-orders:e";
    test.refuses(64, &["trace", foreign], &["`ann-orders` carries the prefix of no user"]);
    test.refuses(64, &["trace", "user3:last", "-o", "x.json"], &["nothing says what goes into it", "--export"]);
    test.refuses(1, &["trace", "user3:nowhere:last"], &["the state machine `nowhere` is not there"]);
    test.refuses(1, &["trace"], &["no execution failed of `user3`"]);
    test.refuses(1, &["trace", "user3:order-processing-workflow:e"], &["no such execution is known"]);
    let unknown = "arn:aws:states:us-east-1:000000000000:express:user3-express-workflow:e:1";
    test.refuses(1, &["trace", unknown], &["nothing is known of the execution", "known from its log alone"]);
    let class = Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"ann\"\n"));
    class.refuses(64, &["trace"], &["none is chosen"]);
}

#[test]
fn a_test_that_fails_names_each_cause_once() {
    let test = Test::with_templates();
    test.write("lab-manifest.toml", &format!("{MANIFEST}\n[[users]]\nname = \"ann\"\n"));
    let handler = "templates/step-functions/lambda/payment_processor.py";
    test.edit(handler, "    print(f\"Processing payment", "    event[\"nothing\"]\n    print(f\"Processing payment");
    test.expect(0, &["deploy", "--all"]);
    let document = test.json(4, &["test", "--all", "--scenario", "valid-order", "--scenario", "express-view"]);
    let causes = document["summary"]["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 1, "{causes:?}");
    assert_eq!((&causes[0]["count"], &causes[0]["users"]), (&2.into(), &serde_json::json!(["ann", "user3"])));
    assert!(causes[0]["key"].as_str().unwrap().starts_with("KeyError/ProcessPayment/"), "{causes:?}");
    assert!(causes[0]["hint"].as_str().unwrap().contains("reads a field"), "{causes:?}");
    let with_cause =
        document["scenarios"].as_array().unwrap().iter().filter(|scenario| scenario.get("cause").is_some());
    assert!(with_cause.clone().all(|scenario| scenario["cause"]["key"] == causes[0]["key"]) && with_cause.count() == 2);
    let printed = test.expect(4, &["test", "--all", "--scenario", "valid-order"]).stdout;
    assert!(printed.contains("2 of 2: ProcessPayment: KeyError: 'nothing' (payment_processor.py:"), "{printed}");
    assert!(
        first_line(&test, &["ann:last-failed"])
            .contains("at ProcessPayment: KeyError: 'nothing' (payment_processor.py:")
    );
}
