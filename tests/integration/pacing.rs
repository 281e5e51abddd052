//! Quotas, faults, forecasts: what a class meets at AWS, met at the embedded endpoint whose time jumps.

use serde_json::Value;

use crate::harness::Test;

/// A manifest for so many users, with more tables below.
fn class(users: usize, more: &str) -> String {
    format!(
        "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n\n[target]\nkind = \"local\"\n\n\
         [roster]\nrange = \"user1..user{users}\"\n\n{more}"
    )
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn a_simulation_keeps_to_the_buckets_and_makes_the_calls_that_were_foreseen() {
    let quotas = "[quotas]\n\"states:CreateStateMachine\" = { burst = 2, per_second = 0.5 }\n";
    let test = Test::with_manifest(&class(6, quotas));
    test.write("faults.toml", "iam_delay_ms = 0\n");
    let document = test.json(0, &["plan", "--all", "--simulate", "--faults", "faults.toml"]);
    let (foreseen, simulated) = (&document["preflight"], &document["simulation"]);
    assert_eq!(foreseen["bound_by"], "states:CreateStateMachine");
    assert_eq!(foreseen["bound_seconds"], 32.0, "18 machines, 2 at once and then one every two seconds");
    assert_eq!((&simulated["failed"], &simulated["throttled"]), (&0.into(), &0.into()), "{simulated}");
    assert_eq!(simulated["changes"], 6 * 21);
    let ratio = number(&simulated["ratio"]);
    assert!((1.0..1.1).contains(&ratio), "{simulated}");
    // A change carries the calls it will take; this is what it did cost. Looks at a function may need one more or less,
    // and one at a dashboard is not needed where the class was looked at a moment ago.
    for (operation, calls) in foreseen["calls"].as_object().unwrap() {
        if !matches!(operation.as_str(), "lambda:GetFunction" | "cloudwatch:GetDashboard") {
            assert_eq!(simulated["api_calls"][operation], *calls, "{operation}");
        }
    }
    // The account was only read.
    let status = test.json(0, &["status", "--all"]);
    let users = status["users"].as_array().unwrap().iter();
    let mut resources = users.flat_map(|user| user["resources"].as_array().unwrap());
    assert!(resources.all(|resource| resource["state"] == "absent"));
}

#[test]
fn what_is_there_already_is_there_in_a_simulation_too() {
    let test = Test::with_manifest(&class(2, ""));
    test.expect(0, &["deploy", "--all", "-q"]);
    test.write("lab-manifest.toml", &class(3, "[settings]\nlog_retention_days = 3\n"));
    let document = test.json(0, &["plan", "--all", "--simulate"]);
    let simulated = &document["simulation"];
    assert_eq!(simulated["failed"], 0, "{simulated}");
    let summary = &document["summary"];
    assert_eq!(summary["create"], 21);
    assert_eq!(simulated["changes"].as_u64(), Some(21 + summary["update"].as_u64().unwrap()));
}

#[test]
fn an_endpoint_with_smaller_buckets_than_published_is_found_out_without_a_storm() {
    let test = Test::with_manifest(&class(4, ""));
    test.write(
        "quotas.json",
        r#"{"states:CreateStateMachine": {"burst": 2, "per_second": 0.5}, "logs:*": {"burst": 3, "per_second": 2}}"#,
    );
    let document = test.json(0, &["plan", "--all", "--simulate", "--quotas", "quotas.json"]);
    let simulated = &document["simulation"];
    assert_eq!(simulated["failed"], 0, "{simulated}");
    assert!(number(&simulated["throttled"]) < number(&simulated["calls"]) * 0.2, "{simulated}");
    // In earnest it is the same: throttled, slowed down, done.
    let deployed = test.json(0, &["deploy", "--all", "--quotas", "quotas.json"]);
    assert_eq!(deployed["summary"]["created"], 4 * 21);
    test.expect(0, &["cleanup", "--all", "--quotas", "quotas.json"]);
}

#[test]
fn a_fifth_of_all_calls_may_fail() {
    let seeds = std::env::var("LABCTL_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(3);
    let test = Test::with_manifest(&class(2, ""));
    // Somebody else's lab in the same account, which nothing may touch.
    let others = class(1, "").replace("lab6", "other").replace("user1..user1", "user11..user11");
    test.write("others.toml", &others);
    test.expect(0, &["deploy", "--all", "-q", "--manifest", "others.toml"]);
    for seed in 0..seeds {
        test.write("faults.toml", &format!("seed = {seed}\nerror_rate = 0.1\nreset_rate = 0.1\niam_delay_ms = 8000\n"));
        let faults = ["--all", "--faults", "faults.toml"];
        let deployed = test.json(0, &[&["deploy"][..], &faults].concat());
        let summary = &deployed["summary"];
        let made = summary["created"].as_u64().unwrap() + summary["unchanged"].as_u64().unwrap();
        assert_eq!(made, 42, "seed {seed}: {summary}");
        test.expect(0, &["plan", "--all", "--detailed-exitcode", "-q"]);
        let cleaned = test.json(0, &[&["cleanup"][..], &faults].concat());
        assert_eq!(cleaned["summary"]["residue"], 0, "seed {seed}");
        test.expect(0, &["plan", "--all", "--detailed-exitcode", "-q", "--manifest", "others.toml"]);
    }
}

#[test]
fn credentials_that_run_out_stop_a_deployment_and_the_same_command_continues() {
    let test = Test::with_manifest(&class(3, ""));
    test.write(
        "faults.toml",
        "[[rules]]\noperation = \"states:CreateStateMachine\"\nnth = 4\ncode = \"ExpiredTokenException\"\n\
         message = \"The security token included in the request is expired\"\n",
    );
    let ran = test.expect(77, &["deploy", "--all", "--faults", "faults.toml"]);
    ran.says(&["ExpiredTokenException", "aws sso login", "same command again"]);
    let again = test.json(0, &["deploy", "--all"]);
    let summary = &again["summary"];
    assert!(summary["unchanged"].as_u64().unwrap() > 0 && summary["created"].as_u64().unwrap() > 0, "{summary}");
    test.expect(0, &["plan", "--all", "--detailed-exitcode", "-q"]);
}

#[test]
fn a_plan_says_what_aws_would_take_and_doctor_does_too() {
    let test = Test::with_manifest(&class(60, ""));
    let told = test.expect(0, &["plan", "--all"]).stdout;
    assert!(
        told.contains("On AWS this would take about 1 min 57 s, bound by logs:CreateLogGroup: 540 calls"),
        "{told}"
    );
    let document = test.json(0, &["doctor"]);
    let checks = document["checks"].as_array().unwrap();
    let of = |name: &str| {
        checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name}: {checks:?}"))
    };
    assert!(of("time")["detail"].as_str().unwrap().contains("1 min 57 s"));
    assert_eq!(of("roles")["detail"], "120 more, 1000 in all (as AWS publishes it)");
}

#[test]
fn what_test_and_verify_started_is_followed_by_its_arn_and_never_listed() {
    const USERS: usize = 3;
    let test = Test::with_manifest(&class(USERS, ""));
    test.expect(0, &["deploy", "--all", "-q"]);
    let calls = |document: &Value, operation: &str| document["api_calls"][operation].as_u64().unwrap_or(0);
    let (tried, verified) =
        (test.json(0, &["test", "--all"]), test.json(0, &["verify", "--all", "--through", "task-8"]));
    // STANDARD executions that each of the two starts for a user.
    for (document, each) in [(&tried, 11), (&verified, 9)] {
        let all = u64::try_from(each * USERS).unwrap();
        assert_eq!(calls(document, "states:ListExecutions"), 0, "{}", document["api_calls"]);
        assert_eq!(calls(document, "states:StartExecution"), all, "{}", document["api_calls"]);
        // The last poll has the output; sixteen of them are half a minute.
        let polls = calls(document, "states:DescribeExecution");
        assert!((all..=all * 8).contains(&polls), "{}", document["api_calls"]);
        assert!(calls(document, "states:GetExecutionHistory") <= all * 2, "{}", document["api_calls"]);
    }
    // Only what students started themselves is listed: once for each, for the checklist's bulk test.
    let whole = test.json(4, &["verify", "--all"]);
    assert_eq!(calls(&whole, "states:ListExecutions"), u64::try_from(USERS).unwrap(), "{}", whole["api_calls"]);
}
