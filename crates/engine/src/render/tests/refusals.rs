//! What AWS would refuse, or what would fail at the first call, found before deploying.

use serde_json::json;

use super::class::{broken, lab, lab_of, pack, places, users, with_mode, with_setting};
use crate::model::{IamMode, Lab};
use crate::render::check;
use crate::source::Severity;

const PACK: &str = "pack.toml";
const INVOKE: &str = "iam/stepfunctions.least-privilege.json.hbs";
const OWN: &str = "iam/lambda.least-privilege.json.hbs";

/// Severity, code and message of everything that is found.
fn reported(lab: &Lab) -> Vec<String> {
    let found = check(lab, &users(lab), &places(lab)).0;
    let word = |severity| if severity == Severity::Error { "error" } else { "warning" };
    found.iter().map(|finding| format!("{} {}: {}", word(finding.severity), finding.code, finding.message)).collect()
}

#[test]
fn values_that_aws_refuses_are_found_in_the_pack() {
    for (old, new, message) in [
        (
            "timeout_seconds = \"{{settings.function_timeout_seconds}}\"",
            "timeout_seconds = \"901\"",
            "`timeout_seconds` of function `order-validator` is `901`",
        ),
        (
            "memory_mib = \"{{settings.memory_mib}}\"",
            "memory_mib = \"64\"",
            "`memory_mib` of function `order-validator` is `64`",
        ),
        (
            "retention_days = \"{{settings.log_retention_days}}\"",
            "retention_days = \"4\"",
            "`retention_days` of `/aws/lambda/{{user}}-order-validator` is `4`",
        ),
        (
            "VALIDATION_OUTAGE_RATE =",
            "AWS_REGION = \"us-east-1\"\nVALIDATION_OUTAGE_RATE =",
            "the variable `AWS_REGION` of function `order-validator` is reserved",
        ),
        (
            "tags = { Project = \"ServerlessLab\" }",
            "tags = { Project = \"a;b\" }",
            "the tag `Project` of role `stepfunctions` has `;`",
        ),
    ] {
        assert_eq!(reported(&broken(PACK, old, new)), [format!("error pack::refused-value: {message}")], "{new}");
    }
}

#[test]
fn values_of_settings_are_looked_at_after_they_are_filled_in() {
    let lab = with_setting(lab(&["user3"]), "log_retention_days", json!(4));
    let reported = reported(&lab);
    assert!(!reported.is_empty());
    assert!(reported.iter().all(|one| one.starts_with("error pack::refused-value: `retention_days`")), "{reported:?}");
}

#[test]
fn queues_have_the_attributes_of_sqs() {
    let with = |queue: &str| {
        let lab = broken(PACK, "[[queues]]\n", &format!("[[queues]]\n{queue}\n\n[[queues]]\n"));
        reported(&with_setting(lab, "sqs_exercise", json!(true)))
    };
    for (queue, message) in [
        ("name = \"a\"\nattributes = { VisibilityTimout = \"3\" }", "queue `a` has no attribute `VisibilityTimout`"),
        (
            "name = \"a\"\nattributes = { VisibilityTimeout = \"99999999\" }",
            "`VisibilityTimeout` of queue `a` is `99999999`",
        ),
        ("name = \"a\"\nattributes = { RedrivePolicy = \"q\" }", "`RedrivePolicy` of queue `a` is no JSON object"),
        ("name = \"a.fifo\"", "the queue `a.fifo` is named as a FIFO queue"),
        ("name = \"a\"\nattributes = { FifoQueue = \"true\" }", "the FIFO queue `a` is not named as one"),
        (
            "name = \"a\"\nattributes = { ContentBasedDeduplication = \"true\" }",
            "`ContentBasedDeduplication` of queue `a` is for FIFO queues",
        ),
    ] {
        assert_eq!(with(queue), [format!("error pack::refused-value: {message}")], "{queue}");
    }
    for queue in [
        "name = \"a.fifo\"\nattributes = { FifoQueue = \"true\", DeduplicationScope = \"queue\" }",
        "name = \"a\"\nattributes = { DelaySeconds = \"900\", RedrivePolicy = '{\"deadLetterTargetArn\":\"x\"}' }",
    ] {
        assert_eq!(with(queue), [""; 0], "{queue}");
    }
}

#[test]
fn runtimes_are_held_against_the_list_and_the_source() {
    let with = |runtime: &str| {
        reported(&broken(PACK, "runtime = \"{{settings.runtime}}\"", &format!("runtime = \"{runtime}\"")))
    };
    assert_eq!(
        with("pyton3.13"),
        [
            "error pack::unknown-runtime: the runtime of function `order-validator` is `pyton3.13`, which AWS does not have"
        ]
    );
    for newer in ["python3.29", "python4.1"] {
        let reported = with(newer);
        assert!(reported.len() == 1 && reported[0].starts_with("warning pack::new-runtime"), "{reported:?}");
    }
    for other in ["nodejs22.x", "ruby3.4"] {
        let reported = with(other);
        assert!(reported.len() == 1 && reported[0].starts_with("error pack::runtime-mismatch"), "{reported:?}");
    }
}

#[test]
fn a_permission_that_is_missing_is_a_warning_at_the_policy() {
    let exercise = |lab: Lab| with_setting(lab, "sqs_exercise", json!(true));
    for (lab, said) in [
        (
            exercise(broken(INVOKE, "\"sqs:SendMessage\"", "\"sqs:ReceiveMessage\"")),
            "of machine `notification-workflow` needs `sqs:SendMessage`, which no policy of role `stepfunctions` allows",
        ),
        (
            exercise(broken(INVOKE, "{{queue_arn \"order-events\"}}", "arn:aws:sqs:us-east-1:1:other")),
            "needs `sqs:SendMessage`, which no policy of role `stepfunctions` allows for what it is called on",
        ),
        (
            broken(INVOKE, "\"logs:PutResourcePolicy\",", ""),
            "the logging of machine `express-workflow` needs `logs:PutResourcePolicy`, which no policy",
        ),
        (
            broken(OWN, "\"states:SendTaskSuccess\", ", ""),
            "the code of function `long-running-task` needs `states:SendTaskSuccess`, which no policy of role `lambda`",
        ),
        (
            broken(OWN, "\"logs:CreateLogStream\", ", ""),
            "the log of function `order-validator` needs `logs:CreateLogStream`",
        ),
        (
            broken(
                INVOKE,
                "\"Effect\": \"Allow\",\n      \"Action\": \"lambda",
                "\"Effect\": \"Deny\",\n      \"Action\": \"lambda",
            ),
            "needs `lambda:InvokeFunction`, which role `stepfunctions` denies here",
        ),
    ] {
        let found = check(&lab, &users(&lab), &places(&lab)).0;
        assert!(found.iter().all(|finding| finding.code == "render::permission"), "{found:?}");
        assert!(found.iter().any(|finding| finding.message.contains(said)), "{said}: {:?}", reported(&lab));
        let in_policy = |finding: &crate::source::Diagnostic| {
            let path = finding.place.as_ref().map(|(source, _)| source.path.clone());
            path.is_some_and(|path| path.to_string_lossy().contains("/iam/"))
        };
        assert!(found.iter().all(in_policy), "{found:?}");
    }
}

#[test]
fn roles_that_are_brought_along_are_not_looked_at() {
    let mut lab = broken(INVOKE, "\"lambda:InvokeFunction\"", "\"lambda:GetFunction\"");
    assert!(!reported(&lab).is_empty());
    for user in &mut lab.users {
        user.iam.brought.insert("stepfunctions_role".into(), "LabRole".into());
    }
    assert_eq!(reported(&lab), [""; 0]);
}

#[test]
fn the_handouts_own_policies_are_enough_as_they_are_written() {
    let lab = with_mode(with_setting(lab(&["user3"]), "sqs_exercise", json!(true)), IamMode::AsWritten);
    assert_eq!(reported(&lab), [""; 0]);
}

#[test]
fn a_log_group_that_costs_the_account_is_told_with_the_number_of_users() {
    let group = "/aws/vendedlogs/states/{{user}}-express-workflow";
    let mut files = super::class::built_in_files();
    let text = String::from_utf8(files[PACK].to_vec()).unwrap().replace(group, "/lab/states/{{user}}-greet");
    files.insert(PACK.into(), text.into_bytes().into());
    let names: Vec<String> = (1..=80).map(|number| format!("user{number}")).collect();
    let many: Vec<&str> = names.iter().map(String::as_str).collect();
    for (names, said) in [
        (many.as_slice(), "AWS refuses the machines from about user 56 of 80 on"),
        (&["ann"], "AWS refuses such machines from about "),
    ] {
        let reported = reported(&lab_of(pack(files.clone()), names));
        assert!(reported.len() == 1 && reported[0].contains(said), "{reported:?}");
    }
}
