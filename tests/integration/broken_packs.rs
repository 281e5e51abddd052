//! A pack with mistakes, or none at all, beside labs that are there: what looks at them or removes them goes on.

use serde_json::json;

use crate::account::{everything, make_neighbour};
use crate::harness::{MANIFEST, Test};
use crate::server::Server;

const WORKFLOW: &str = "mine/asl/order-processing-workflow.asl.json.hbs";

/// A class of two whose pack is its own, on a server.
fn served() -> (Server, Test) {
    let test = Test::with_templates();
    std::fs::rename(test.path("templates/step-functions"), test.path("mine")).unwrap();
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    make_whole(&test);
    (server, test)
}

fn make_whole(test: &Test) {
    let manifest = MANIFEST.replace("\"step-functions\"", "\"./mine\"");
    test.write("lab-manifest.toml", &format!("{manifest}[[users]]\nname = \"ann\"\n"));
}

/// A mistake: what it is called, where it is said to be, how it is made, and how it is mended.
type Mistake = (&'static str, &'static str, fn(&Test), fn(&Test));

const MISTAKES: [Mistake; 6] = [
    (
        "a template that does not render",
        "order-processing-workflow.asl.json.hbs:",
        |test| test.edit(WORKFLOW, "{", "{{nowhere}} {"),
        |test| test.edit(WORKFLOW, "{{nowhere}} {", "{"),
    ),
    (
        "no TOML",
        "pack.toml:",
        |test| test.edit("mine/pack.toml", "[pack]", "[pack"),
        |test| test.edit("mine/pack.toml", "[pack", "[pack]"),
    ),
    (
        "a key that is not known",
        "pack.toml:",
        |test| test.edit("mine/pack.toml", "[[functions]]", "[[functions]]\nnonsense = 1"),
        |test| test.edit("mine/pack.toml", "[[functions]]\nnonsense = 1", "[[functions]]"),
    ),
    (
        "a handler that is missing",
        "pack.toml:",
        |test| std::fs::rename(test.path("mine/lambda"), test.path("lambda")).unwrap(),
        |test| std::fs::rename(test.path("lambda"), test.path("mine/lambda")).unwrap(),
    ),
    (
        "no pack",
        "lab-manifest.toml:3:",
        |test| std::fs::rename(test.path("mine"), test.path("away")).unwrap(),
        |test| std::fs::rename(test.path("away"), test.path("mine")).unwrap(),
    ),
    (
        "a setting that is not known",
        "lab-manifest.toml:",
        |test| test.edit("lab-manifest.toml", "[settings]", "[settings]\nnonsense = 1"),
        make_whole,
    ),
];

fn edit(server: &Server) {
    let own = json!({ "StartAt": "Mine", "States": { "Mine": { "Type": "Pass", "End": true } } }).to_string();
    let arn = "arn:aws:states:us-east-1:000000000000:stateMachine:ann-order-processing-workflow";
    server.call("states", "AWSStepFunctions.UpdateStateMachine", &json!({ "stateMachineArn": arn, "definition": own }));
}

#[test]
fn a_mistake_in_the_pack_stops_no_cleanup() {
    let (server, test) = served();
    make_neighbour(&server);
    let others = everything(&server);
    for (mistake, place, make, mend) in MISTAKES {
        test.expect(0, &["deploy", "--all", "-q"]);
        edit(&server);
        make(&test);
        test.expect(64, &["plan", "--all"]);
        let ran = test.expect(0, &["cleanup", "--all", "--json"]);
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(document["summary"], json!({ "deleted": 42, "absent": 0, "foreign": 0, "residue": 0 }), "{mistake}");
        assert_eq!(document["saved"][0]["resources"][0]["kind"], "state-machine", "{mistake}: {document:#}");
        assert_eq!(everything(&server), others, "{mistake}: nothing else was touched");
        let said = ran.stderr.replace('\n', " ");
        assert!(said.contains(place), "{mistake} is not said to be in {place}: {}", ran.stderr);
        assert_eq!(ran.stderr.matches("what is there is found by its tags").count(), 1, "{mistake}: {}", ran.stderr);
        mend(&test);
    }
    // A mistake that leaves open whose labs there are stops it.
    test.edit("lab-manifest.toml", "\"ann\"", "\"-ann\"");
    test.expect(64, &["cleanup", "--all"]);
}

#[test]
fn a_cleanup_without_a_pack_takes_nothing_that_is_not_its_own() {
    let (server, test) = served();
    let name = "arn:aws:states:us-east-1:000000000000:stateMachine:ann-express-workflow";
    test.expect(0, &["deploy", "--all", "-q"]);
    server.call(
        "states",
        "AWSStepFunctions.UntagResource",
        &json!({ "resourceArn": name, "tagKeys": ["labctl:lab", "labctl:user"] }),
    );
    std::fs::rename(test.path("mine"), test.path("away")).unwrap();
    let document = test.json(0, &["cleanup", "--user", "ann"]);
    assert_eq!(document["summary"]["foreign"], 1, "known by the journal: {document:#}");
    let left = everything(&server);
    assert!(left.keys().any(|key| key.ends_with("ann-express-workflow")), "{left:#?}");
    assert_eq!(left.keys().filter(|key| key.contains("user3-")).count(), 21, "another user's lab: {left:#?}");
    // Who has departed is known by tags anyway.
    test.edit("lab-manifest.toml", "\"user3\"", "\"zoe\"");
    assert_eq!(test.json(0, &["cleanup", "--departed"])["summary"]["deleted"], 21);
}

#[test]
fn what_only_looks_goes_on_without_a_pack() {
    let (server, test) = served();
    test.expect(0, &["deploy", "--user", "ann", "-q"]);
    test.expect(0, &["run", "express-workflow", "--user", "ann", "-q"]);
    edit(&server);
    for (mistake, _, make, mend) in MISTAKES {
        make(&test);
        let status = test.json(0, &["status", "--user", "ann"]);
        assert_eq!(
            status["summary"],
            json!({ "present": 20, "absent": 0, "drifted": 0, "edited": 1, "foreign": 0 }),
            "{mistake}: {status:#}"
        );
        let notes = status["notes"].as_array().unwrap();
        assert!(notes.iter().any(|note| note.as_str().unwrap().contains("was not compared")), "{mistake}: {status:#}");
        assert_eq!(test.json(0, &["pull", "--user", "ann"])["summary"]["pulled"], 1, "{mistake}");
        assert_eq!(test.json(0, &["executions", "--user", "ann"])["summary"]["executions"], 1, "{mistake}");
        assert!(!test.json(0, &["logs", "--user", "ann"])["events"].as_array().unwrap().is_empty(), "{mistake}");
        test.expect(0, &["trace", "ann:last"]);
        test.expect(64, &["deploy", "--all"]);
        test.expect(64, &["test", "--all"]);
        mend(&test);
    }
}

#[test]
fn the_local_endpoint_is_served_without_a_pack() {
    let test = Test::with_manifest(&MANIFEST.replace("\"step-functions\"", "\"./gone\""));
    let ran = test.expect(0, &["local", "serve", "--", "true"]);
    ran.says(&["`gone` is not a pack", "what is there is found by its tags"]);
    let _server = Server::on(&test, "out/local", &[]);
    test.expect(0, &["console"]);
}
