//! `labctl graph`: what is drawn, where it goes, and what is said when nothing can be drawn.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use crate::harness::Test;

const MACHINE: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}"#;

#[test]
fn the_pictures_of_the_documents_are_those_the_command_draws() {
    let test = Test::new();
    for (name, arguments) in [("graph.svg", &[][..]), ("graph-marked.svg", &["--scenario", "valid-order"])] {
        test.expect(0, &[&["graph", "order-processing-workflow", "-o", name], arguments].concat());
        let shown = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap();
        assert!(shown == test.read(name), "docs/{name} is out of date: draw it again as docs/graph.md says");
    }
}

#[test]
fn every_machine_of_the_pack_is_listed_and_drawn_in_every_notation() {
    let test = Test::new();
    let listed = test.expect(0, &["graph"]).stdout;
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["order-processing-workflow", "express-workflow", "callback-workflow"]);
    for name in names {
        for (format, sign) in [("svg", "<svg "), ("mermaid", "flowchart TB"), ("dot", "digraph "), ("text", "● Start")]
        {
            let drawn = test.expect(0, &["graph", name, "--format", format]).stdout;
            assert!(drawn.contains(sign), "{format} of {name}:\n{drawn}");
        }
        // The name in the account is understood as well.
        test.expect(0, &["graph", &format!("user3-{name}")]);
    }
}

#[test]
fn the_document_has_nodes_and_edges() {
    let test = Test::new();
    let document = test.json(0, &["graph", "order-processing-workflow"]);
    assert_eq!(document["schema"], "labctl/graph/1");
    let nodes = document["graph"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 11);
    let inner = nodes.iter().find(|node| node["name"] == "ProcessPayment").unwrap();
    assert_eq!((&inner["parent"], &inner["branch"]), (&"ParallelProcessing".into(), &0.into()));
    let edges = document["graph"]["edges"].as_array().unwrap();
    assert!(edges.iter().any(|edge| edge["kind"] == "catch" && edge["label"] == "States.ALL"));
}

#[test]
fn a_file_or_stdin_is_drawn_without_a_manifest() {
    let test = Test::empty();
    test.write("two.asl.json", MACHINE);
    test.write("two.asl.yaml", "StartAt: A\nStates:\n  A: {Type: Pass, Next: B}\n  B: {Type: Succeed}\n");
    let json = test.expect(0, &["graph", "two.asl.json"]).stdout;
    assert_eq!(json, test.expect(0, &["graph", "two.asl.yaml"]).stdout);
    assert!(json.starts_with("<svg "), "a pipe gets SVG");
    test.expect(0, &["graph", "two.asl.json", "-o", "two.mmd"]);
    assert!(test.read("two.mmd").contains("flowchart"));
    let mut child = test
        .command(&["graph", "-", "--format", "text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(MACHINE.as_bytes()).unwrap();
    let ran = crate::harness::finish(child);
    assert!(ran.stdout.contains("A [Pass]\n▼\nB [Succeed]"), "{}", ran.stdout);
}

#[test]
fn without_unicode_the_text_is_ascii() {
    let test = Test::new().env("LC_ALL", "C");
    let drawn = test.expect(0, &["graph", "order-processing-workflow", "--format", "text"]).stdout;
    assert!(drawn.is_ascii(), "{drawn}");
}

#[test]
fn mistakes_are_told_with_a_way_out() {
    let test = Test::new();
    test.refuses(
        64,
        &["graph", "order-procesing-workflow"],
        &["no machine `order-procesing-workflow`", "did you mean `order-processing-workflow`?"],
    );
    test.refuses(64, &["graph", "express-workflow", "--user", "user4"], &["no user `user4`", "did you mean `user3`?"]);
    test.refuses(64, &["graph", "express-workflow", "-o", "picture.png"], &["`picture.png`", ".svg"]);
    test.refuses(64, &["graph", "express-workflow", "--path", "Nowhere"], &["no state `Nowhere`"]);
    test.refuses(64, &["graph", "express-workflow", "--scenario", "valid-order"], &["no scenario `valid-order`"]);
    test.refuses(64, &["graph", "-o", "x.svg"], &["no machine is named"]);
    test.refuses(1, &["graph", "absent.asl.json"], &["cannot read `absent.asl.json`"]);
    test.write("broken.asl.json", &MACHINE.replace("\"Next\": \"B\"", "\"Next\": \"C\""));
    let drawn = test.run(&["graph", "broken.asl.json"]);
    assert_eq!(drawn.code, 0);
    assert!(drawn.stdout.starts_with("<svg") && drawn.stderr.contains("MISSING_TRANSITION_TARGET"), "{}", drawn.stderr);
    test.write("empty.asl.json", "{\"StartAt\": \"A\", \"States\": {}}");
    test.refuses(64, &["graph", "empty.asl.json"], &["empty.asl.json:1:"]);
    test.write("template.asl.json.hbs", MACHINE);
    test.refuses(64, &["graph", "template.asl.json.hbs"], &["is a template"]);
}
