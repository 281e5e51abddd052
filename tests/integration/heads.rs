//! Every command's document begins with the same head, whether it succeeds or fails.

use std::collections::BTreeSet;
use std::io::{BufReader, Read as _};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{MANIFEST, Test, finish, signal};
use crate::server::Server;

/// Asserts the head of a document; gives what is not of the head.
fn head(document: &Value, command: &str, ok: bool) -> Vec<String> {
    assert_eq!(document["schema"], format!("labctl/{command}/1"), "{document}");
    assert_eq!(document["ok"], ok, "{document}");
    assert!(document["elapsed_ms"].is_u64(), "{document}");
    assert!(document["api_calls"].as_object().is_some_and(|calls| calls.values().all(Value::is_u64)), "{document}");
    let places = document.get("targets").and_then(Value::as_array).cloned().unwrap_or_default();
    for place in places.iter().chain([&document["target"]]) {
        let keys: Vec<&String> = place.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["kind", "endpoint", "account", "region"], "{document}");
        assert!(place.as_object().unwrap().values().all(|value| value.is_null() || value.is_string()), "{document}");
        assert!(!place.as_object().unwrap().values().any(|value| value == ""), "unknown is null: {document}");
    }
    let keys: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
    let own = if places.is_empty() { 5 } else { 6 };
    assert_eq!(keys[..3], ["schema", "ok", "elapsed_ms"], "{document}");
    assert_eq!(keys[own - 1], "api_calls", "{document}");
    keys[own..].to_vec()
}

/// The subcommands that `labctl COMMAND --help` lists.
fn listed(test: &Test, command: &[&str]) -> BTreeSet<String> {
    let help = test.expect(0, &[command, &["--help"]].concat()).stdout;
    let list = help.split_once("\nCommands:\n").unwrap().1;
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    // What is further to the right continues the line above.
    let names = lines.filter_map(|line| line.get(2..)?.split(' ').next().filter(|name| !name.is_empty()));
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

const DEFINITION: &str = r#"{ "StartAt": "A", "States": { "A": { "Type": "Succeed" } } }"#;

const EXPORT: &str = "Student,ID,SIS Login ID,Section\n\"Example, Ana\",1,ana,M\n";

/// Every command as it succeeds, and what its document calls it; `local serve`, which does not end, is apart.
const COMMANDS: [(&[&str], &str); 37] = [
    (&["init", "elsewhere"], "init"),
    (&["roster", "import", "grades.csv"], "roster-import"),
    (&["validate"], "validate"),
    (&["lint", "machine.asl.json"], "lint"),
    (&["explain"], "explain"),
    (&["pack", "new", "my-pack"], "pack-new"),
    (&["pack", "check", "my-pack"], "pack-check"),
    (&["schema"], "schema"),
    (&["schema", "--pack"], "schema"),
    (&["graph"], "graph"),
    (&["graph", "machine.asl.json"], "graph"),
    (&["render"], "render"),
    (&["completions", "bash"], "completions"),
    (&["man", "pages"], "man"),
    (&["plan"], "plan"),
    (&["deploy"], "deploy"),
    (&["status"], "status"),
    (&["pull"], "pull"),
    (&["test", "--scenario", "express-purchase"], "test"),
    (&["run", "express-workflow"], "run"),
    (&["executions"], "executions"),
    (&["trace", "user3:last"], "trace"),
    (&["logs"], "logs"),
    (&["bulk-test", "-n", "10"], "bulk-test"),
    (&["verify", "--time", "jump"], "verify"),
    (&["gradebook", "--format", "csv"], "gradebook"),
    (&["cost"], "cost"),
    (&["report"], "report"),
    (&["export", "--format", "terraform"], "export"),
    (&["bulk-test", "--runs"], "bulk-test-runs"),
    (&["bulk-test", "--compare", "last", "--with", "last"], "bulk-test-comparison"),
    (&["cleanup"], "cleanup"),
    (&["rehearse", "-n", "1"], "rehearse"),
    (&["doctor"], "doctor"),
    (&["console"], "console"),
    (&["local", "status"], "local-status"),
    (&["local", "reset"], "local-reset"),
];

#[test]
fn every_command_begins_its_document_alike() {
    let test = Test::new();
    test.write("machine.asl.json", DEFINITION);
    test.write("grades.csv", EXPORT);
    for (arguments, command) in COMMANDS {
        // The console is a server's.
        let _server = (command == "console").then(|| Server::on(&test, "out/local", &[]));
        let document = test.json(0, arguments);
        let own = head(&document, command, true);
        assert!(!own.is_empty(), "{arguments:?} has nothing but a head");
        let kind = &document["target"]["kind"];
        match command {
            "init" | "lint" | "explain" | "schema" | "completions" | "man" | "roster-import" | "pack-new"
            | "pack-check" => {
                assert_eq!(*kind, Value::Null, "{command}");
            }
            "graph" if arguments.len() > 1 => assert_eq!(*kind, Value::Null, "{command}"),
            "bulk-test-runs" | "bulk-test-comparison" => {}
            _ => assert_eq!(*kind, "local", "{command}"),
        }
        let calls = document["api_calls"].as_object().unwrap();
        let calls_are_due = matches!(
            command,
            "plan"
                | "deploy"
                | "status"
                | "pull"
                | "test"
                | "run"
                | "executions"
                | "trace"
                | "logs"
                | "bulk-test"
                | "verify"
                | "cost"
                | "export"
                | "cleanup"
                | "rehearse"
                | "doctor"
        );
        assert_eq!(calls.is_empty(), !calls_are_due, "{command}: {calls:?}");
        for (name, step) in document["steps"].as_object().into_iter().flatten() {
            head(step, &name.replace('_', "-"), true);
        }
    }
    let serve = serve(&test, &[]);
    assert_eq!(serve["target"]["endpoint"], serve["AWS_ENDPOINT_URL"], "{serve}");
    assert_eq!(
        head(&serve, "local-serve", true),
        [
            "AWS_ENDPOINT_URL",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_DISABLE_HOST_PREFIX_INJECTION"
        ]
    );
    let tried = |at: usize| COMMANDS.iter().filter_map(move |(words, _)| words.get(at)).map(|word| (*word).to_owned());
    assert_eq!(listed(&test, &[]), tried(0).collect(), "a command is not tried here");
    let of_local = listed(&test, &["local"]);
    assert!(of_local.iter().all(|word| word == "serve" || tried(1).any(|tried| tried == *word)), "{of_local:?}");
}

/// What `local serve --json` prints before it serves.
fn serve(test: &Test, arguments: &[&str]) -> Value {
    let mut child = test.spawn(&[&["local", "serve", "--store", "apart", "--json"], arguments].concat());
    let mut printed = String::new();
    let mut bytes = BufReader::new(child.stdout.take().unwrap()).bytes();
    let document = loop {
        printed.push(char::from(bytes.next().unwrap().unwrap()));
        if let Ok(document) = serde_json::from_str(&printed) {
            break document;
        }
    };
    signal(&child, Signal::INT);
    assert_eq!(finish(child).code, 0);
    document
}

#[test]
fn a_failure_begins_its_document_alike_and_tells_why() {
    let test = Test::empty();
    test.write("machine.asl.json", "{}");
    test.write("grades.csv", EXPORT);
    for (arguments, command) in COMMANDS {
        // What the parser refuses, before any command begins.
        let document = test.json(64, &[arguments, &["--no-such-option"]].concat());
        assert!(head(&document, "error", false).starts_with(&["exit_code".to_owned(), "error".to_owned()]));
        assert!(document["error"].as_str().unwrap().contains("--no-such-option"), "{document}");
        // What needs a manifest, without one.
        let alone = [
            "init",
            "lint",
            "explain",
            "schema",
            "completions",
            "man",
            "roster-import",
            "pack-new",
            "local-status",
            "local-reset",
            "console",
            "doctor",
        ];
        if !alone.contains(&command)
            && arguments.get(1) != Some(&"--runs")
            && arguments != ["graph", "machine.asl.json"]
        {
            let document = test.json(64, arguments);
            head(&document, "error", false);
            assert_eq!(document["exit_code"], 64, "{arguments:?}");
        }
    }
    head(&test.json(64, &["doctor"]), "doctor", false);
    head(&test.json(1, &["console"]), "error", false);
    head(&test.json(64, &["lint", "machine.asl.json"]), "lint", false);
    head(&test.json(64, &["graph", "machine.asl.json"]), "error", false);
    head(&test.json(64, &["explain", "no-such-code"]), "error", false);
}

#[test]
fn a_failure_says_where_it_was_and_what_it_called() {
    let host = Test::empty();
    let server = Server::start(&host, &[]);
    let guarded = MANIFEST.replace("kind = \"local\"", "kind = \"aws\"\naccount_id = \"123456789012\"");
    let test = server.reached_by(Test::with_manifest(&guarded));
    let document = test.json(77, &["deploy"]);
    assert_eq!(head(&document, "error", false), ["exit_code", "error", "help"]);
    assert_eq!(document["exit_code"], 77);
    let place = json!({ "kind": "aws", "endpoint": server.url, "account": "000000000000", "region": "us-east-1" });
    assert_eq!(document["target"], place);
    assert_eq!(document["api_calls"], json!({ "sts:GetCallerIdentity": 1 }));
    // What touches nothing knows what is written: the guard, and no endpoint of its own.
    let validated = test.json(0, &["validate"]);
    assert_eq!(validated["target"]["account"], "123456789012");
    assert_eq!(validated["api_calls"], json!({}));
}

#[test]
fn several_places_are_all_named() {
    let test = Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"ann\"\nregion = \"eu-west-1\"\n"));
    for arguments in [&["plan", "--all"][..], &["deploy", "--all"], &["validate"], &["cleanup", "--all"]] {
        let document = test.json(0, arguments);
        head(&document, arguments[0], true);
        let regions: Vec<&Value> =
            document["targets"].as_array().unwrap().iter().map(|place| &place["region"]).collect();
        assert_eq!(regions, ["eu-west-1", "us-east-1"], "{arguments:?}");
        assert_eq!(document["target"], document["targets"][0], "{arguments:?}");
    }
    assert_eq!(test.json(0, &["plan", "--user", "ann"]).get("targets"), None);
}
