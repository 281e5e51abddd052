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

/// What goes wrong, by the user's setting `cause`: each ends with another key.
const PLANTED: &str = r#"import os
import time


class StockError(Exception):
    pass


def lambda_handler(event, context):
    cause, number = int(os.environ["CAUSE"]), event["index"]
    if cause == 0:
        return {"status": event["amount"]}
    if cause == 1:
        raise ValueError(f"order {event['name']}-{number} of {context.function_name} has no amount")
    if cause == 2:
        return {"status": 1 / 0}
    if cause == 3:
        raise StockError("out of stock")
    if cause == 4:
        return {"status": len(number)}
    if cause == 5:
        time.sleep(30)
    if cause == 6:
        os._exit(1)
    if cause == 7:
        return {}
    if cause == 8:
        return {"status": "DECLINED", "reason": "the card was declined"}
    if cause == 10:
        import nothing_here
    if cause == 11:
        return {"status": StockError}
    return {"status": "GREETED"}
"#;

/// Whatever fails is caught, so that only the way to the end tells one from the other; without `status` the Choice fails, which nothing catches.
const CATCHING: &str = r#"{
  "StartAt": "Greet",
  "States": {
    "Greet": {
      "Type": "Task",
      "Resource": "arn:{{partition}}:lambda:{{region}}:{{account}}:function:{{user}}-greeter",
      "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Sorry" }],
      "Next": "Check"
    },
    "Check": { "Type": "Choice", "Choices": [{ "Variable": "$.status", "StringEquals": "GREETED", "Next": "Done" }], "Default": "Declined" },
    "Done": { "Type": "Pass", "End": true },
    "Declined": { "Type": "Pass", "End": true },
    "Sorry": { "Type": "Pass", "Result": { "status": "SORRY" }, "End": true }
  }
}"#;

/// A class in which twelve things go wrong, each for every twelfth user.
fn planted(users: usize) -> Test {
    let test = Test::empty();
    let tiny = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/tiny");
    for file in [
        "pack.toml",
        "iam/invoke.json.hbs",
        "iam/trust.json.hbs",
        "bulk/input.json.hbs",
        "dashboards/monitoring.json.hbs",
    ] {
        test.write(&format!("templates/faulty/{file}"), &std::fs::read_to_string(tiny.join(file)).unwrap());
    }
    let pack = "templates/faulty/pack.toml";
    test.edit(pack, "[[roles]]", "[settings.cause]\ntype = \"integer\"\ndefault = 0\ndescription = \"c\"\n\n[settings.denied]\ntype = \"boolean\"\ndefault = false\ndescription = \"d\"\n\n[[roles]]");
    test.edit(pack, "FAILURE_RATE = \"{{settings.failure_rate}}\"", "CAUSE = \"{{settings.cause}}\"");
    test.edit(pack, "timeout_seconds = \"3\"", "timeout_seconds = \"1\"");
    test.edit(pack, "type = \"EXPRESS\"", "type = \"STANDARD\"\noutcome = \"/status\"\ngood = [\"GREETED\"]");
    test.edit(pack, "logging = { level = \"ALL\"", "logging = { level = \"ERROR\"");
    test.edit(
        "templates/faulty/iam/invoke.json.hbs",
        "\"lambda:InvokeFunction\"",
        "\"lambda:{{#if settings.denied}}Get{{else}}Invoke{{/if}}Function\"",
    );
    test.write("templates/faulty/asl/greet.asl.json.hbs", CATCHING);
    test.write("templates/faulty/lambda/greeter.py", PLANTED);
    let rows = (0..users).map(|user| format!("s{user:03},{},{}\n", user % 12, user % 12 == 9));
    test.write("roster.csv", &format!("name,cause,denied\n{}", rows.collect::<String>()));
    test.write("lab-manifest.toml", "[lab]\npack = \"faulty\"\nname = \"faulty\"\n[roster]\nfile = \"roster.csv\"\n");
    test.expect(0, &["deploy", "--all", "-q"]);
    test
}

#[test]
fn twelve_causes_over_a_class_are_twelve_rows_with_everybody_in_the_right_one() {
    const USERS: usize = 300;
    let test = planted(USERS);
    let document = test.json(4, &["bulk-test", "--all", "-n", "1"]);
    let causes = document["summary"]["causes"].as_array().unwrap();
    let told: Vec<_> = causes.iter().map(|cause| (&cause["key"], &cause["text"], &cause["count"])).collect();
    assert_eq!(causes.len(), 12, "{told:#?}");
    let mut seen = BTreeSet::new();
    for cause in causes {
        let users: Vec<usize> = cause["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user.as_str().unwrap()[1..].parse().unwrap())
            .collect();
        assert_eq!((users.len(), cause["count"].as_u64()), (USERS / 12, Some(USERS as u64 / 12)), "{cause}");
        assert!(users.iter().all(|user| user % 12 == users[0] % 12), "two causes in one row: {cause}");
        assert!(seen.insert(users[0] % 12), "a cause in two rows: {cause}");
        let shown = cause["text"].as_str().unwrap();
        let wanted = match users[0] % 12 {
            0 => "Greet: KeyError: 'amount' (greeter.py:12)",
            1 => "has no amount (greeter.py:14)",
            2 => "Greet: ZeroDivisionError: division by zero (greeter.py:16)",
            3 => "Greet: StockError: out of stock (greeter.py:18)",
            4 => "Greet: TypeError: object of type 'int' has no len()",
            5 => "timed out after 1.00 seconds",
            6 => "Runtime.ExitError",
            7 => "Check: States.Runtime",
            8 => "Declined: the card was declined",
            9 => "may not `lambda:InvokeFunction`",
            10 => "No module named 'nothing_here'",
            _ => "Runtime.MarshalError",
        };
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
}
