//! Mistakes in templates are told at their place.

use std::fmt::Write as _;

use serde_json::json;

use super::class::{broken, lab, places, users, with_mode, with_setting};
use crate::model::{IamMode, Lab};
use crate::render::{check, render};
use crate::source::{Diagnostic, Diagnostics};

const ORDER: &str = "asl/order-processing-workflow.asl.json.hbs";
const SQS: &str = "asl/notification-workflow.asl.yaml.hbs";
const INVOKE: &str = "iam/stepfunctions.least-privilege.json.hbs";
const DASHBOARD: &str = "dashboards/stepfunctions-monitoring.json.hbs";

fn reported(finding: &Diagnostic) -> String {
    let place = finding.place.as_ref().map_or_else(
        || "nowhere".to_owned(),
        |(source, span)| {
            let (line, column) = source.line_column(span.offset);
            let under = source.text.get(span.offset..span.offset + span.length).unwrap();
            let path = source.path.strip_prefix("templates/step-functions").unwrap();
            format!("{}:{line}:{column} [{under}]", path.display())
        },
    );
    format!("{place} {}: {}; {}", finding.code, finding.message, finding.help.as_deref().unwrap_or("no help"))
}

fn checked(lab: &Lab) -> Vec<String> {
    check(lab, &users(lab), &places(lab)).0.iter().map(reported).collect()
}

fn refused(lab: &Lab) -> Diagnostics {
    match render(lab, &users(lab), &places(lab), "out".as_ref()) {
        Ok(_) => panic!("nothing was refused"),
        Err(findings) => findings,
    }
}

#[test]
fn the_built_in_pack_has_no_mistakes() {
    for mode in [IamMode::LeastPrivilege, IamMode::AsWritten] {
        for exercise in [false, true] {
            let lab = with_mode(with_setting(lab(&["user3"]), "sqs_exercise", json!(exercise)), mode);
            assert_eq!(checked(&lab), [""; 0]);
        }
    }
}

#[test]
fn each_mistake_is_told_once_at_its_place() {
    let mut all = String::new();
    for (what, file, old, new) in [
        ("misspelt variable", DASHBOARD, "\"region\": \"{{region}}\"", "\"region\": \"{{regoin}}\""),
        ("misspelt setting", INVOKE, "settings.sqs_exercise", "settings.sqs_exercize"),
        ("nothing like it", INVOKE, "{{arn}}", "{{quux}}"),
        ("misspelt helper", ORDER, "function_arn \"payment", "functoin_arn \"payment"),
        ("misspelt function", ORDER, "payment-processor", "payment-procesor"),
        ("switched off", ORDER, "{{function_arn \"payment-processor\"}}", "{{queue_arn \"order-events\"}}"),
        ("no parameter", ORDER, "{{function_arn \"payment-processor\"}}", "{{function_arn}}"),
        ("unescaped", ORDER, "{{function_arn \"payment-processor\"}}", "{{{user}}}"),
        ("chance in a document", ORDER, "\"MaxAttempts\": 3", "\"MaxAttempts\": {{random \"n\" 1 3}}"),
        ("unclosed tag", ORDER, "{{function_arn \"payment-processor\"}}", "{{function_arn \"payment-processor\""),
        ("unclosed block", INVOKE, "{{/each}}", ""),
        ("wrong close", INVOKE, "{{/each}}", "{{/if}}"),
        ("missing comma", ORDER, "\"StartAt\": \"ValidateOrder\",", "\"StartAt\": \"ValidateOrder\""),
        ("comma missing after a value", INVOKE, "\"Resource\": \"*\"", "\"Resource\": \"*\" \"Sid\": \"a\""),
        ("comma too many", INVOKE, "{{#unless @last}},{{/unless}}", ","),
        ("next state missing", ORDER, "\"Next\": \"CheckValidation\"", "\"Next\": \"CheckValidaton\""),
        ("unreachable state", ORDER, "\"Next\": \"FulfillmentFailed\"", "\"Next\": \"ProcessingFailed\""),
        ("state of no type", ORDER, "\"Type\": \"Parallel\"", "\"Type\": \"Paralel\""),
        (
            "token in express",
            "asl/express-workflow.asl.json.hbs",
            "{{function_arn \"realtime-validator\"}}",
            "arn:{{partition}}:states:::lambda:invoke.waitForTaskToken",
        ),
        ("error in a value", ORDER, "{{function_arn \"payment-processor\"}}", "{{user}}"),
        (
            "comma too many in a bulk input",
            "bulk/valid-order.json.hbs",
            "{{random \"price\" 10 109}}\n",
            "{{random \"price\" 10 109}},\n",
        ),
        ("wrong effect", INVOKE, "\"Allow\",\n      \"Action\": [", "\"allow\",\n      \"Action\": ["),
        ("no action", INVOKE, "lambda:InvokeFunction", "InvokeFunction"),
        ("no resource", INVOKE, "\"{{arn}}\"", "\"{{name}}\""),
        ("no principal", "iam/lambda.trust.json.hbs", "\"Principal\": { \"Service\": \"lambda.amazonaws.com\" },", ""),
        ("old dimension", DASHBOARD, "\"StateMachineArn\", \"{{machine_arn", "\"StateMachineName\", \"{{machine_arn"),
        ("wrong module", "pack.toml", "handler = \"order_validator.", "handler = \"order_validatr."),
        ("wrong function", "pack.toml", "\"order_validator.lambda_handler\"", "\"order_validator.lambda_handlr\""),
        ("no source", "pack.toml", "lambda/order_validator.py", "lambda/nothing.py"),
        ("no template", "pack.toml", "iam/lambda.trust.json.hbs", "iam/lambda.trsut.json.hbs"),
        (
            "no role",
            "pack.toml",
            "role = \"lambda\"\ndescription = \"Order v",
            "role = \"lamda\"\ndescription = \"Order v",
        ),
        ("no number", "pack.toml", "{{settings.function_timeout_seconds}}", "{{settings.runtime}}"),
        ("bad name", "pack.toml", "name = \"express-workflow\"", "name = \"../express\""),
        ("bad policy name", "pack.toml", "name = \"LambdaExecutionPolicy\"", "name = \"a/b\""),
        ("long name", "pack.toml", "name = \"order-validator\"", &format!("name = \"{}\"", "v".repeat(60))),
        ("bad switch", "pack.toml", "when = \"sqs_exercise\"", "when = \"sqs\""),
        (
            "no log group",
            "pack.toml",
            "log_group = \"/aws/vendedlogs/states/{{user}}-ex",
            "log_group = \"/aws/other/{{user}}-ex",
        ),
        ("outer name in a list", INVOKE, "\"{{arn}}\"", "\"{{arn}}{{user}}\""),
        (
            "misspelt in pack.toml",
            "pack.toml",
            "VALIDATION_OUTAGE_RATE = \"{{settings.validation_outage_rate}}\"",
            "VALIDATION_OUTAGE_RATE = \"{{settings.validation_outage}}\"",
        ),
    ] {
        let findings = checked(&broken(file, old, new)).join("\n    ");
        let _ = writeln!(all, "{what}\n    {findings}");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_function_whose_output_would_go_nowhere_is_a_warning() {
    let old = "/aws/lambda/{{user}}-realtime-validator";
    let lab = with_mode(broken("pack.toml", old, "/aws/lambda/{{user}}-realtime"), IamMode::AsWritten);
    let findings = check(&lab, &users(&lab), &places(&lab));
    assert!(!findings.has_errors());
    let reported: Vec<String> = findings.0.iter().map(reported).collect();
    assert!(
        reported.len() == 1 && reported[0].contains("the function `realtime-validator` has no log group"),
        "{reported:?}"
    );
}

#[test]
fn mistakes_in_yaml_are_told_in_the_template() {
    let on = |file, old, new| with_setting(broken(file, old, new), "sqs_exercise", json!(true));
    let mut all = String::new();
    for (what, old, new) in [
        ("next state missing", "Next: OrderEventSent", "Next: OrderEventGon"),
        ("misspelt queue", "order-events", "order-event"),
        ("not YAML", "    Parameters:\n", "    Parameters: [\n"),
    ] {
        let _ = writeln!(all, "{what}\n    {}", checked(&on(SQS, old, new)).join("\n    "));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_mistake_that_shows_for_everybody_is_told_once() {
    let mut lab = broken(DASHBOARD, "{{region}}", "{{regoin}}");
    let names = ["ann", "bob", "cid"];
    lab.users = names.iter().map(|name| super::class::user(name, &lab.pack)).collect();
    assert_eq!(refused(&lab).0.len(), 1);
    assert_eq!(checked(&lab).len(), 1);
}

#[test]
fn a_user_whose_account_is_not_known_is_refused() {
    let lab = lab(&["ann", "bob"]);
    let mut places = places(&lab);
    places.remove(&lab.users[1].name);
    let findings = render(&lab, &users(&lab), &places, "out".as_ref()).err().unwrap();
    assert_eq!(findings.0[0].message, "the account of user `bob` is not known");
}

#[test]
fn policies_that_iam_would_find_too_long_are_refused() {
    let many = format!("\"logs:CreateLogDelivery\",\n{}", "        \"logs:CreateLogStream\",\n".repeat(500));
    let findings = checked(&broken(INVOKE, "\"logs:CreateLogDelivery\",", &many));
    assert!(findings.len() == 1 && findings[0].contains("IAM takes 10240"), "{findings:?}");
    let conditions = format!("\"aws:SourceAccount\": [{}\"{{{{account}}}}\"]", "\"{{account}}\",".repeat(200));
    let findings = checked(&broken("iam/lambda.trust.json.hbs", "\"aws:SourceAccount\": \"{{account}}\"", &conditions));
    assert!(findings.len() == 1 && findings[0].contains("IAM takes 2048"), "{findings:?}");
}

#[test]
fn a_package_that_lambda_would_refuse_is_refused() {
    let mut lab = lab(&["user3"]);
    // Noise does not compress: SplitMix64's increments, byte by byte.
    let mut noise = Vec::with_capacity(50 * 1024 * 1024);
    let mut state = 1_u64;
    while noise.len() < 50 * 1024 * 1024 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.extend_from_slice(&(state ^ (state >> 29)).to_le_bytes()[..]);
    }
    lab.pack.files.insert("lambda/order_validator.py".into(), noise.into());
    let findings = refused(&lab);
    let message = &findings.0[0].message;
    assert!(message.contains("too large: 51 MiB packed, and Lambda takes 50 MiB"), "{message}");
}

#[test]
fn an_environment_that_lambda_would_refuse_is_refused() {
    let lab =
        broken("pack.toml", "VALIDATION_OUTAGE_RATE = \"", &format!("VALIDATION_OUTAGE_RATE = \"{}", "x".repeat(4096)));
    let findings = checked(&lab);
    assert!(findings.len() == 1 && findings[0].contains("Lambda takes 4096"), "{findings:?}");
}
