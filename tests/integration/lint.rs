//! `labctl lint` and `labctl explain` as a user types them, on whatever a file may hold.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Ran, Test};

const GOOD: &str = "{\n  \"StartAt\": \"Grüße\",\n  \"States\": { \"Grüße\": { \"Type\": \"Succeed\" } }\n}\n";
const BAD: &str = "{\n  \"StartAt\": \"Grüße\",\n  \"States\": { \"Grüße\": { \"Type\": \"Pass\" } }\n}\n";

fn with(name: &str, content: impl AsRef<[u8]>) -> Test {
    let test = Test::empty();
    fs::write(test.path(name), content).unwrap();
    test
}

/// Lints what comes through a pipe.
fn piped(input: &str, arguments: &[&str]) -> Ran {
    let test = Test::empty();
    let mut command = test.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_finding_has_code_place_caret_and_help() {
    let ran = with("m.asl.json", BAD).expect(64, &["lint", "m.asl.json"]);
    for word in
        ["asl::missing-next", "m.asl.json:3:24", "help: add `\"Next\"", "Lint: 1 error, 0 warnings in 1 definition."]
    {
        assert!(ran.stdout.contains(word), "`{word}`:\n{}", ran.stdout);
    }
    assert_eq!(ran.stderr, "");
    let ran = with("m.asl.json", GOOD).expect(0, &["lint", "m.asl.json"]);
    assert_eq!(ran.stdout, "Lint: no findings in 1 definition.\n");
}

#[test]
fn files_are_read_as_editors_write_them() {
    with("m.json", format!("\u{feff}{GOOD}")).expect(0, &["lint", "m.json"]);
    with("m.json", GOOD.replace('\n', "\r\n")).expect(0, &["lint", "m.json"]);
    let ran = with("m.json", format!("\u{feff}{}", BAD.replace('\n', "\r\n"))).expect(64, &["lint", "m.json"]);
    assert!(ran.stdout.contains("m.json:3:24"), "{}", ran.stdout);
    with("schöne Datei.yml", "StartAt: A\nStates: {A: {Type: Succeed}}\n").expect(0, &["lint", "schöne Datei.yml"]);
}

#[test]
fn what_is_no_definition_is_told_and_never_a_crash() {
    for (name, bytes, words) in [
        ("m.json", b"\x00\xff\xfe\x01".to_vec(), "is not text in UTF-8"),
        ("m.json", Vec::new(), "asl::no-definition"),
        ("m.json", vec![b'['; 300_000], "asl::invalid-json"),
        ("m.yaml", vec![b'['; 100_000], "asl::invalid-yaml"),
        ("m.json", b"{\"StartAt\": ".to_vec(), "asl::invalid-json"),
        ("m.json.hbs", b"{}".to_vec(), "labctl validate"),
    ] {
        let ran = with(name, bytes).expect(64, &["lint", name]);
        assert!(ran.stdout.contains(words), "{words}:\n{}", ran.stdout);
    }
    let ran = Test::empty().expect(64, &["lint", "nowhere.json"]);
    assert!(ran.stdout.contains("cannot read `nowhere.json`: no such file"), "{}", ran.stdout);
    Test::empty().refuses(64, &["lint", "."], &["no definitions there", "StartAt"]);
    Test::empty().expect(64, &["lint"]).says(&["FILE"]);
}

#[test]
fn a_large_file_is_told_so_and_does_not_take_long() {
    let states: Vec<String> =
        (0..32_000).map(|at| format!("\"S{at}\": {{ \"Type\": \"Pass\", \"Nxt\": \"S\" }}")).collect();
    let text = format!("{{ \"StartAt\": \"S0\", \"States\": {{ {} }} }}", states.join(", "));
    assert!(text.len() > 1024 * 1024);
    let ran = with("m.json", text).expect(64, &["lint", "m.json"]);
    assert!(
        ran.stdout.contains("asl::too-large") && ran.stdout.contains("more findings not shown"),
        "{:.2000}",
        ran.stdout
    );
}

#[test]
fn a_pipe_is_json_or_yaml() {
    assert_eq!(piped(GOOD, &["lint", "-"]).code, 0);
    assert_eq!(piped("StartAt: A\nStates:\n  A:\n    Type: Succeed\n", &["lint", "-"]).code, 0);
    let ran = piped(BAD, &["lint", "-"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stdout.contains("<stdin>:3:24"), "{}", ran.stdout);
}

#[test]
fn folders_are_walked_for_definitions() {
    let test = Test::empty();
    test.write("a/one.asl.json", GOOD);
    test.write("a/b/two.json", GOOD);
    test.write("a/package.json", "{\"name\": \"x\"}");
    test.write("a/broken.json", "{");
    test.write("a/node_modules/three.asl.json", BAD);
    test.write("a/.git/four.asl.json", BAD);
    test.write("a/five.asl.yaml", "StartAt: A\nStates: {A: {Type: Succeed}}\n");
    let document = test.json(0, &["lint", "a", "a/one.asl.json"]);
    assert_eq!(document["summary"]["files"], 3);
    test.write("b/comma.json", "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}},}");
    test.write("b/plain.asl", GOOD);
    test.write("b/six.yaml", "StartAt: A\nStates: {A: {Type: Succeed}}\n");
    test.write("b/template.yaml", "Resources:\n  M:\n    StartAt: A\n    States: {}\n");
    let document = test.json(64, &["lint", "b"]);
    assert_eq!((&document["summary"]["files"], &document["summary"]["errors"]), (&3.into(), &1.into()));
    assert_eq!(document["findings"][0]["code"], "asl::invalid-json");
}

#[test]
fn severities_and_strictness() {
    let wait = r#"{"StartAt": "A", "TimeoutSeconds": 5, "States": {"A": {"Type": "Wait", "Seconds": 9, "End": true}}}"#;
    let test = with("m.json", wait);
    let document = test.json(0, &["lint", "m.json"]);
    assert_eq!(document["findings"][0]["code"], "asl::wait-beyond-timeout");
    test.expect(64, &["lint", "m.json", "--strict"]);
    assert_eq!(test.json(0, &["lint", "m.json", "--severity", "error"])["findings"], Value::Array(Vec::new()));
    let task = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Function.Arn}", "End": true}}}"#;
    with("m.json", task).expect(0, &["lint", "m.json", "--strict"]);
    let map = r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true}}}"#;
    let document = with("m.json", map).json(0, &["lint", "m.json", "--severity", "note"]);
    assert_eq!(document["findings"][0]["severity"], "note");
    let sync = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": true}}}"#;
    with("m.json", sync).expect(0, &["lint", "m.json"]);
    let ran = with("m.json", sync).expect(64, &["lint", "m.json", "--express"]);
    assert!(ran.stdout.contains("asl::not-in-express"), "{}", ran.stdout);
}

#[test]
fn the_document_has_the_common_head() {
    let document = with("m.json", BAD).json(64, &["lint", "m.json"]);
    assert_eq!((&document["schema"], &document["ok"]), (&"labctl/lint/1".into(), &false.into()));
    for key in ["elapsed_ms", "target", "api_calls", "summary", "findings"] {
        assert!(!document[key].is_null(), "{key}");
    }
    let finding = &document["findings"][0];
    assert_eq!((&finding["file"], &finding["line"], &finding["column"]), (&"m.json".into(), &3.into(), &24.into()));
}

/// What readers of SARIF rely on: `<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>`, sections 3.13 to 3.30 and 3.49.
#[test]
fn sarif_has_its_shape() {
    let ran = with("m.json", BAD).expect(64, &["lint", "m.json", "--sarif"]);
    let log: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let driver = &log["runs"][0]["tool"]["driver"];
    assert_eq!(driver["name"], "labctl");
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[text]["text"].as_str().is_some_and(|text| !text.is_empty()), "{rule}");
        }
        assert!(["error", "warning", "note"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
    }
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "m.json");
        for edge in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][edge].as_u64().unwrap() >= 1, "{place}");
        }
    }
    Test::empty().expect(64, &["lint", "x.json", "--sarif", "--json"]).says(&["cannot be used with"]);
}

#[test]
fn every_code_is_explained_and_documented() {
    let test = Test::empty();
    let document = test.json(0, &["explain"]);
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.md")).unwrap();
    let rules = document["rules"].as_array().unwrap();
    for rule in rules {
        let member = |key: &str| rule[key].as_str().unwrap_or("–");
        let row =
            format!("| `{}` | {} | {} | {} |", member("code"), member("severity"), member("aws_code"), member("title"));
        assert!(page.lines().any(|line| line == row), "docs/findings.md lacks\n{row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, rules.len(), "docs/findings.md has rows for rules that are gone");
    let ran = test.expect(0, &["explain", "asl::missing-next"]);
    for word in ["a state leads nowhere", "Wrong:", "Right:", "https://docs.aws.amazon.com/"] {
        assert!(ran.stdout.contains(word), "{}", ran.stdout);
    }
    test.expect(0, &["explain", "missing-next"]);
    let ran = test.expect(0, &["explain", "manifest::name-collision"]);
    for word in ["Wrong in lab-manifest.toml:", "Right in lab-manifest.toml:", "name = \"ann-b\"", "docs/class.md"] {
        assert!(ran.stdout.contains(word), "{}", ran.stdout);
    }
    test.expect(0, &["explain", "SCHEMA_VALIDATION_FAILED"]);
    test.expect(64, &["explain", "mising-next"]).says(&["there is no finding `mising-next`", "`asl::missing-next`"]);
}

#[test]
fn validate_finds_what_scenarios_and_handlers_show() {
    let scenario = "templates/step-functions/scenarios/callback-workflow.yaml";
    let test = Test::with_templates();
    test.edit(scenario, "path: [StartLongRunningTask, TaskCompleted]", "path: [StartLongRunningTask, TaskComplete]");
    test.refuses(64, &["validate"], &["render::scenario-path", "callback-workflow.yaml:14:34", "`TaskCompleted`"]);
    let handler = "templates/step-functions/lambda/order_validator.py";
    let test = Test::with_templates();
    // Old enough for any python3 to be sure of what it says.
    test.edit("lab-manifest.toml", "[settings]\n", "[settings]\nruntime = \"python3.9\"\n");
    test.edit(handler, "def lambda_handler(event, context):", "def lambda_handler(event, context)");
    test.refuses(64, &["validate"], &["pack::python-syntax", "order_validator.py:", "expected ':'"]);
    assert!(!test.path("templates/step-functions/lambda/__pycache__").exists());
}
