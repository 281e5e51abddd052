//! Why executions of a class failed: each cause once, with everybody who has it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{MANIFEST, Test};

const PAYMENT: &str = "templates/step-functions/lambda/payment_processor.py";

/// Two users whose payments fail with an error that the workflow catches.
fn broken_class() -> Test {
    let test = Test::with_templates();
    test.write("lab-manifest.toml", &format!("{MANIFEST}\n[[users]]\nname = \"ann\"\n"));
    test.edit(PAYMENT, "    print(f\"Processing payment", "    event[\"nothing\"]\n    print(f\"Processing payment");
    test.expect(0, &["deploy", "--all", "-q"]);
    test
}

fn records(test: &Test, document: &Value) -> Vec<Value> {
    let run = document["run"]["id"].as_str().unwrap();
    test.read(&format!("out/runs/{run}.jsonl")).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_bulk_test_names_each_cause_once_and_the_command_that_shows_one() {
    let test = broken_class();
    let document = test.json(4, &["bulk-test", "--all", "-n", "8", "--invalid", "25%"]);
    let causes = document["summary"]["causes"].as_array().unwrap();
    let told: Vec<_> = causes.iter().map(|cause| (cause["key"].as_str().unwrap(), &cause["count"])).collect();
    assert_eq!(told.len(), 2, "{causes:#?}");
    assert!(told[0].0.starts_with("KeyError/ProcessPayment/") && *told[0].1 == 12, "{told:?}");
    assert_eq!(told[1], ("outcome/ValidationFailed", &4.into()));
    assert_eq!(causes[0]["users"], serde_json::json!(["ann", "user3"]));
    assert_eq!((&document["summary"]["failed"], &document["summary"]["not_looked_into"]), (&16.into(), &0.into()));

    let records = records(&test, &document);
    let failed = records.iter().filter(|record| record["error"] == "KeyError").collect::<Vec<_>>();
    assert_eq!(failed.len(), 12);
    for record in failed {
        assert_eq!(record["cause"]["key"], causes[0]["key"]);
        assert!(record["cause"]["text"].as_str().unwrap().contains("(payment_processor.py:"), "{record}");
        assert!(record["states_ms"]["ProcessPayment"][0].is_u64(), "a state that failed is there too: {record}");
        assert!(record["ms"].is_u64() && record["arn"].as_str().unwrap().contains(":execution:"), "{record}");
    }

    let printed = test.expect(4, &["bulk-test", "--all", "-n", "2"]).stdout;
    assert!(printed.contains("4 of 4: ProcessPayment: KeyError: 'nothing' (payment_processor.py:"), "{printed}");
    let command = printed.lines().find_map(|line| line.trim().strip_prefix("one of them: labctl ")).unwrap();
    let shown = test.expect(0, &command.split(' ').collect::<Vec<_>>()).stdout;
    assert!(shown.starts_with("SUCCEEDED with outcome FAILED at ProcessPayment: KeyError: 'nothing'"), "{shown}");
}

#[test]
fn without_a_log_histories_of_failed_executions_are_read() {
    let test = broken_class();
    // Nothing in the log: what a listing leaves out is read one by one, and only what failed beyond the sample.
    test.edit("templates/step-functions/pack.toml", "level = \"ALL\"", "level = \"ERROR\"");
    test.expect(0, &["deploy", "--all", "-q"]);
    let document = test.json(4, &["bulk-test", "--all", "-n", "6", "--invalid", "50%", "--histories", "0"]);
    let causes = document["summary"]["causes"].as_array().unwrap();
    let keys: BTreeSet<_> =
        causes.iter().map(|cause| (cause["key"].as_str().unwrap(), cause["count"].as_u64())).collect();
    assert!(keys.contains(&("outcome/ValidationFailed", Some(6))) && keys.len() == 2, "{causes:#?}");
    assert_eq!(document["api_calls"]["states:GetExecutionHistory"], 12);
    assert_eq!(document["states"], serde_json::json!({}), "what is read for causes says nothing of usual times");
    let records = records(&test, &document);
    assert!(records.iter().all(|record| record["read_for_cause"] == true && record["cause"]["key"].is_string()));
    let compared = test.json(0, &["bulk-test", "--compare", "last", "--with", "last"]);
    assert_eq!(compared["comparison"]["states"], serde_json::json!({}));
}

#[test]
fn a_rehearsal_that_cleaned_up_names_causes_and_no_execution() {
    let test = Test::with_templates();
    test.edit(PAYMENT, "    print(f\"Processing payment", "    event[\"nothing\"]\n    print(f\"Processing payment");
    let document = test.json(4, &["rehearse", "-n", "3"]);
    for step in ["test", "bulk_test"] {
        let causes = document["steps"][step]["summary"]["causes"].as_array().unwrap();
        assert!(!causes.is_empty() && causes.iter().all(|cause| cause.get("example").is_none()), "{step}: {causes:#?}");
    }
    let printed = test.expect(4, &["rehearse", "-n", "3"]).stdout;
    assert!(printed.contains("3 of 3: ProcessPayment: KeyError") && printed.contains("rehearse --keep"), "{printed}");
}
