//! `docs/instructor-policy.json`: with it every command of the README works, and nothing in it is more than they call.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{MANIFEST, Test, wait_until};
use crate::server::Server;

/// What other calls need beside their own action: a role is passed to what runs under it.
const IMPLIED: [&str; 1] = ["iam:PassRole"];

const KEYS: &str = "import os\ndef handler(event, context):\n    return [os.environ[name] for name in \
('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN')]\n";

fn policy() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/instructor-policy.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn allowed(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// Keys of a role that has this policy and no other: what a function of that role is given.
fn keys(server: &Server, policy: &Value) -> [String; 3] {
    let form = |body: String| {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        server.send("iam", ("POST", "/"), &headers, body.as_bytes());
    };
    let encoded = |value: &Value| {
        percent_encoding::utf8_percent_encode(&value.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    form(format!("Action=CreateRole&Version=2010-05-08&RoleName=teacher&AssumeRolePolicyDocument={}", encoded(&trust)));
    let policy = encoded(policy);
    form(format!("Action=PutRolePolicy&Version=2010-05-08&RoleName=teacher&PolicyName=labctl&PolicyDocument={policy}"));
    let code = crate::verify::base64(&crate::verify::zipped("keys.py", KEYS));
    let function = json!({ "FunctionName": "keys", "Runtime": "python3.13", "Role": "arn:aws:iam::000000000000:role/teacher",
        "Handler": "keys.handler", "Code": { "ZipFile": code } });
    let headers = [("content-type", "application/json")];
    server.send("lambda", ("POST", "/2015-03-31/functions"), &headers, function.to_string().as_bytes());
    let path = "/2015-03-31/functions/keys";
    wait_until("the function is there", || !server.send("lambda", ("GET", path), &headers, b"").contains("Pending"));
    let answer = server.send("lambda", ("POST", &format!("{path}/invocations")), &headers, b"{}");
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn every_command_works_with_the_policy_and_needs_all_of_it() {
    let test = Test::with_templates();
    let manifest = MANIFEST.replace("simulated_delay_scale = 0", "simulated_delay_scale = 0\nsqs_exercise = true");
    test.write("lab-manifest.toml", &format!("{manifest}\n[[users]]\nname = \"user4\"\n"));
    let server = Server::on(&test, "served", &["--strict-iam", "--time", "jump"]);
    let policy = policy();
    let [key, secret, token] = keys(&server, &policy);
    let test = test
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_ACCESS_KEY_ID", &key)
        .env("AWS_SECRET_ACCESS_KEY", &secret)
        .env("AWS_SESSION_TOKEN", &token)
        .env("AWS_REGION", "us-east-1");
    let mut called: BTreeSet<String> = BTreeSet::new();
    let mut run = |code: i32, arguments: &[&str]| {
        let document = test.json(code, arguments);
        called.extend(document["api_calls"].as_object().unwrap().keys().cloned());
        assert!(!document.to_string().contains("is not authorized"), "{arguments:?}: {document:#}");
    };
    run(0, &["doctor"]);
    run(0, &["plan", "--all"]);
    run(0, &["deploy", "--all", "--canary", "1"]);
    run(0, &["test", "--all"]);
    run(0, &["run", "order-processing-workflow", "--user", "user3"]);
    run(0, &["trace", "user3:last"]);
    run(0, &["executions", "--all"]);
    run(0, &["logs", "--user", "user3"]);
    run(0, &["bulk-test", "--all", "-n", "10"]);
    run(0, &["cost", "--all"]);
    run(3, &["verify", "--all"]);
    // What a new version of the lesson changes.
    test.edit("lab-manifest.toml", "[target]", "[tags]\nCostCenter = \"teaching\"\n\n[target]");
    test.edit(
        "lab-manifest.toml",
        "simulated_delay_scale = 0",
        "simulated_delay_scale = 0.1\nlog_retention_days = 14\nmemory_mib = 256",
    );
    test.edit("templates/step-functions/asl/express-workflow.asl.json.hbs", "General event logged", "Event logged");
    test.edit("templates/step-functions/lambda/order_fulfillment.py", "import json", "# Changed.\nimport json");
    test.edit("templates/step-functions/iam/lambda.least-privilege.json.hbs", "WriteOwnLogs", "WriteLogs");
    test.edit(
        "templates/step-functions/dashboards/stepfunctions-monitoring.json.hbs",
        "Lambda Function Performance",
        "Functions",
    );
    run(0, &["status", "--all", "--diff"]);
    run(0, &["pull", "--all"]);
    run(0, &["deploy", "--all"]);
    run(0, &["deploy", "--all", "--quick"]);
    run(0, &["graph", "express-workflow", "--user", "user3"]);
    test.edit("lab-manifest.toml", "\n[[users]]\nname = \"user4\"\n", "");
    run(0, &["cleanup", "--departed"]);
    run(0, &["cleanup", "--orphans"]);
    run(0, &["cleanup", "--expired"]);
    run(0, &["cleanup", "--all"]);
    let mut needed = called;
    needed.extend(IMPLIED.map(str::to_owned));
    let allowed = allowed(&policy);
    let missing: Vec<_> = needed.difference(&allowed).collect();
    let needless: Vec<_> = allowed.difference(&needed).collect();
    assert!(missing.is_empty() && needless.is_empty(), "missing {missing:?}\nneedless {needless:?}");
}
