//! Names that do not exist are refused before anything starts, with what was meant.

use serde_json::Value;

use crate::harness::{MANIFEST, Test};

fn deployed() -> Test {
    let test = Test::new();
    test.expect(0, &["deploy", "-q"]);
    test
}

#[test]
fn an_outcome_that_no_execution_has_is_no_threshold() {
    let test = deployed();
    let runs = |test: &Test| std::fs::read_dir(test.path("out/runs")).map_or(0, Iterator::count);
    for (expression, meant) in [
        ("FAILURE<=5%", "did you mean `FAILED`?"),
        ("COMPLETE>=80%", "did you mean `COMPLETED`?"),
        ("COMPLETED>=120%", "asks for a share above 100 %"),
        ("p999<5s", "has the unknown name `p999`"),
        ("FAILED<=-1", "unreadable value"),
        ("COMPLETED>=NaN", "unreadable value"),
    ] {
        test.expect(64, &["bulk-test", "-n", "2", "--expect", expression]).says(&[meant]);
        test.expect(64, &["rehearse", "-n", "2", "--expect", expression]).says(&[meant]);
    }
    test.expect(64, &["bulk-test", "-n", "0"]);
    assert_eq!(runs(&test), 0, "nothing was started");
    test.expect(0, &["bulk-test", "-n", "2", "--expect", "COMPLETED>=50%", "--expect", "TIMED_OUT==0"]);
}

#[test]
fn an_outcome_that_is_put_together_at_run_time_is_a_warning() {
    const HANDLER: &str = "templates/step-functions/lambda/order_fulfillment.py";
    let test = Test::with_templates();
    test.edit(
        HANDLER,
        "\"orderSummary\": summarize(event, fulfillment), \"status\": \"COMPLETED\"}",
        "\"orderSummary\": summarize(event, fulfillment), \"status\": \"ORDER_\" + fulfillment[\"status\"]}",
    );
    test.edit("templates/step-functions/pack.toml", "good = [\"COMPLETED\"]\n", "");
    test.expect(0, &["deploy", "-q"]);
    let ran = test.expect(0, &["bulk-test", "-n", "2", "--expect", "ORDER_PROCESSING>=100%"]);
    ran.says(&[
        "warning: `--expect 'ORDER_PROCESSING>=100%'`: nothing in the pack speaks of the outcome",
        "known outcomes: ",
    ]);
    // Told to whoever reads documents too; a slip in what is certain is refused all the same.
    let document = test.json(4, &["bulk-test", "-n", "2", "--expect", "ORDER_PROCESING>=1"]);
    assert!(document["notes"].to_string().contains("ORDER_PROCESING"), "{document:#}");
    for (slip, meant) in [("FAILD<=5%", "`FAILED`"), ("Succeeded>=1", "`SUCCEEDED`"), ("TIMEDOUT==0", "`TIMED_OUT`")] {
        test.expect(64, &["bulk-test", "-n", "2", "--expect", slip]).says(&[&format!("did you mean {meant}?")]);
    }
    test.expect(0, &["cleanup", "-q"]);
    // The scenarios expect COMPLETED, and say so: 4.
    let ran = test.expect(4, &["rehearse", "-n", "2", "--expect", "ORDER_PROCESSING>=1"]);
    assert_eq!(ran.stderr.matches("nothing in the pack speaks of").count(), 1, "{}", ran.stderr);
}

#[test]
fn a_pointer_that_hits_nothing_is_told_before_or_after() {
    const PACK: &str = "templates/step-functions/pack.toml";
    let test = Test::with_templates();
    test.edit(PACK, "good = [\"COMPLETED\"]\n", "");
    test.expect(0, &["deploy", "-q"]);
    test.edit(
        PACK,
        "order-processing-workflow.asl.json.hbs\"\noutcome = \"/status\"",
        "order-processing-workflow.asl.json.hbs\"\noutcome = \"/staet\"",
    );
    test.expect(64, &["bulk-test", "-n", "2"]).says(&[
        "`outcome = \"/staet\"`",
        "hits nothing",
        "did you mean `/status`?",
    ]);
    // A handler speaks of it, so it may be: what came out says that it is not.
    test.edit(PACK, "outcome = \"/staet\"", "outcome = \"/delay_scale\"");
    let ran = test.expect(4, &["bulk-test", "-n", "2"]);
    ran.says(&["the outcome `/delay_scale` hits nothing", "correct `outcome` in the pack's `pack.toml`"]);
}

#[test]
fn a_run_in_which_nothing_completed_proves_nothing() {
    let test = Test::with_manifest(&MANIFEST.replace("payment_failure_rate = 0", "payment_failure_rate = 1"));
    test.expect(0, &["deploy", "-q"]);
    let ran = test.expect(4, &["bulk-test", "-n", "3"]);
    ran.says(&["nothing completed: 3 FAILED"]);
    assert!(ran.stdout.contains("on purpose, by the setting `payment_failure_rate` = 1"), "{}", ran.stdout);
    test.expect(0, &["bulk-test", "-n", "3", "--expect", "FAILED>=1"]);
    test.expect(0, &["bulk-test", "-n", "3", "--invalid", "100%"]);
}

#[test]
fn a_test_of_no_scenario_has_failed() {
    let test = deployed();
    test.expect(64, &["test", "--scenario", "valid-ordr"])
        .says(&["no scenario `valid-ordr`", "did you mean `valid-order`?"]);
    let off = test.expect(4, &["test", "--scenario", "order-event-sent"]).stdout;
    assert!(off.contains("Test failed: 0 passed, 0 failed, 0 skipped; no scenario ran."), "{off}");
    let slow = test.json(4, &["test", "--scenario", "callback-timeout", "--time", "real"]);
    assert_eq!(slow["summary"]["skipped"], 1);
}

#[test]
fn values_of_the_command_line_are_held_as_the_manifests_are() {
    let test = Test::new();
    for (arguments, words) in [
        (&["--region", "us-est-1"][..], &["`--region us-est-1` is not a region", "did you mean `us-east-1`?"][..]),
        (&["--region", "eu-wset-1"], &["did you mean `eu-west-1`?"]),
        (&["--region", "nowhere"], &["`--region nowhere`"]),
        (&["--endpoint-url", "localhost"], &["not an http or https address"]),
        (&["--profile", ""], &["is empty"]),
        (&["--target", "asw"], &["asw"]),
    ] {
        for command in ["validate", "plan", "deploy", "rehearse"] {
            test.refuses(64, &[&[command], arguments].concat(), words);
        }
    }
    test.expect(64, &["local", "serve", "--region", "us-est-1"]).says(&["did you mean `us-east-1`?"]);
    test.expect(0, &["plan", "--profile", "nope"]).says(&["`--profile nope` has no effect on the local target"]);
    test.expect(0, &["plan", "--region", "ap-southeast-9"]).says(&["`ap-southeast-9` is not a region labctl knows"]);
    // The manifest's rule is the same.
    for (region, code) in [("us-est-1", 64), ("eu-wset-1", 64), ("ap-southeast-9", 0), ("eu central", 64)] {
        test.write(
            "lab-manifest.toml",
            &MANIFEST.replace("kind = \"local\"", &format!("kind = \"local\"\nregion = \"{region}\"")),
        );
        test.expect(code, &["validate"]);
        test.write("lab-manifest.toml", MANIFEST);
        test.expect(code, &["validate", "--region", region]);
    }
}

#[test]
fn a_second_lab_in_another_region_is_told_of_before_it_takes_the_first_ones_roles() {
    let test = deployed();
    for command in ["plan", "deploy"] {
        let ran = test.expect(0, &[command, "--region", "eu-west-1"]);
        ran.says(&["warning: roles and dashboards of `user3` are those of a lab in us-east-1", "a lab in eu-west-1"]);
    }
    let back = test.expect(0, &["plan"]);
    back.says(&["are those of a lab in eu-west-1"]);
    let alone = Test::new();
    for _ in 0..2 {
        let ran = alone.expect(0, &["deploy"]);
        assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    }
}

#[test]
fn a_cleanup_of_one_region_keeps_what_a_lab_in_another_stands_on() {
    let test = deployed();
    let ran = test.expect(0, &["cleanup", "--yes", "--region", "eu-west-1"]);
    ran.says(&[
        "warning: roles and dashboards of `user3` are those of a lab in us-east-1 and are kept",
        "`labctl cleanup --region us-east-1` removes that lab and them",
    ]);
    assert!(ran.stdout.contains("3 resources kept."), "{}", ran.stdout);
    let status = test.json(0, &["status"]);
    let all = status["users"][0]["resources"].as_array().unwrap();
    assert!(all.iter().all(|it| it["state"] == "present"), "{status:#}");
    let ran = test.expect(0, &["cleanup", "--yes"]);
    assert!(ran.stdout.contains("21 deleted, 0 already gone, 0 left"), "{}", ran.stdout);
}

#[test]
fn users_are_chosen_by_lists_ranges_and_patterns() {
    let users = "[roster]\nrange = \"s01..s12\"\n";
    let test = Test::with_manifest(&MANIFEST.replace("[[users]]\nname = \"user3\"\n", users));
    let count = |arguments: &[&str]| {
        let status = test.json(0, &[&["status"], arguments].concat());
        status["users"].as_array().unwrap().iter().map(|user| user["user"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(count(&["--user", "s01,s03"]), ["s01", "s03"]);
    assert_eq!(count(&["--user", "s02..s04", "--user", "s12"]), ["s02", "s03", "s04", "s12"]);
    assert_eq!(count(&["--user", "s0*"]).len(), 9);
    assert_eq!(count(&["--user", "s?1"]), ["s01", "s11"]);
    let ran = test.expect(64, &["status", "--user", "s01,s99,t*", "--user", "s11..s14"]);
    ran.says(&["no user `s99`", "nobody is named like `t*`", "no users `s13`, `s14`"]);
}

#[test]
fn an_operation_that_labctl_never_calls_limits_nothing() {
    let test = Test::new();
    let with = |key: &str| format!("{MANIFEST}\n[quotas]\n\"{key}\" = {{ burst = 100, per_second = 1 }}\n");
    for (key, meant) in [
        ("states:CreateStateMachin", "did you mean `states:CreateStateMachine`?"),
        ("lambda:CreateFunctions", "did you mean `lambda:CreateFunction`?"),
        ("monitoring:PutDashbord", "did you mean `cloudwatch:PutDashboard`?"),
    ] {
        test.write("lab-manifest.toml", &with(key));
        test.expect(64, &["validate"]).says(&[&format!("`{key}` is no operation that labctl calls"), meant]);
    }
    for key in ["cloudwatch:PutDashboard", "monitoring:PutDashboard", "tagging:GetResources", "logs:*"] {
        test.write("lab-manifest.toml", &with(key));
        test.expect(0, &["validate"]);
        test.write("quotas.json", &format!("{{\"{key}\": {{\"burst\": 100, \"per_second\": 100}}}}"));
        test.expect(0, &["plan", "--quotas", "quotas.json"]);
    }
    test.write("quotas.json", "{\"states:CreateStateMachin\": {\"burst\": 100, \"per_second\": 1}}");
    test.expect(64, &["plan", "--quotas", "quotas.json"]).says(&["did you mean `states:CreateStateMachine`?"]);
}

#[test]
fn a_path_is_taken_as_it_is_printed() {
    let test = deployed();
    let tested = test.json(0, &["test", "--scenario", "valid-order"]);
    let path: Vec<&str> =
        tested["scenarios"][0]["path"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let drawn =
        |path: &str| test.expect(0, &["graph", "order-processing-workflow", "--format", "dot", "--path", path]).stdout;
    let plain = drawn(&path.join(","));
    for separator in [", ", " → ", " -> "] {
        assert_eq!(drawn(&path.join(separator)), plain, "{separator}");
    }
    test.expect(64, &["graph", "order-processing-workflow", "--path", "ValidateOrdr, CheckValidation"])
        .says(&["ValidateOrder"]);
}
