//! Warnings of a pack are told once, those of the class in documents too, and what AWS refuses says where it stands in the pack.

use crate::harness::{MANIFEST, Test};
use crate::kill_points::tiny;

/// A class whose pack is a copy of the smallest one.
fn class(users: &[&str]) -> Test {
    let test = Test::with_manifest(&tiny(users).replacen(
        concat!("'", env!("CARGO_MANIFEST_DIR"), "/tests/packs/tiny'"),
        "\"./tiny\"",
        1,
    ));
    let from = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packs/tiny");
    let mut folders = vec![std::path::PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(format!("{from}/{}", folder.display())).unwrap().map(Result::unwrap) {
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                test.write(&format!("tiny/{}", path.display()), &std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    test
}

fn log_elsewhere(test: &Test) {
    for _ in 0..2 {
        test.edit("tiny/pack.toml", "/aws/vendedlogs/states/{{user}}-greet", "/lab/states/{{user}}-greet");
    }
}

#[test]
fn a_warning_of_a_pack_is_told_once_for_as_long_as_the_pack_stays_as_it_is() {
    const WARNINGS: [&str; 3] = ["logs to `/lab/states/", "lambda:InvokeFunction", "`/aws/lambda/{{user}}-greeter`"];
    let test = class(&["ann"]);
    log_elsewhere(&test);
    test.edit("tiny/iam/invoke.json.hbs", "lambda:InvokeFunction", "lambda:GetFunction");
    let told = |arguments: &[&str]| {
        let ran = test.expect(0, arguments);
        let said = ran.stderr.replace('\n', " ");
        WARNINGS.iter().filter(|warning| said.contains(**warning)).count()
    };
    assert_eq!(told(&["validate"]), 3);
    assert_eq!(told(&["validate"]), 3, "validate tells them each time");
    assert_eq!(told(&["render"]), 3);
    assert_eq!((told(&["render"]), told(&["plan"]), told(&["render", "--json"])), (0, 0, 0));
    assert_eq!(test.read("out/warnings-told").lines().count(), 3);
    // A pack that was changed is another.
    test.edit("tiny/pack.toml", "title = \"One function", "title = \"A function");
    assert_eq!((told(&["plan"]), told(&["plan"])), (3, 0));
    // Nobody who wants silence has been told.
    test.edit("tiny/pack.toml", "title = \"A function", "title = \"Some function");
    assert_eq!((told(&["plan", "--quiet"]), told(&["plan"])), (0, 3));
    // Without the memory they are told again.
    std::fs::write(test.path("out/warnings-told"), "\u{0}nonsense\n").unwrap();
    assert_eq!((told(&["plan"]), told(&["plan"])), (3, 0));
}

#[test]
fn a_class_that_logs_elsewhere_is_warned_and_told_what_helps_where_aws_stops_it() {
    let names: Vec<String> = (1..=80).map(|number| format!("s{number:02}")).collect();
    let test = class(&names.iter().map(String::as_str).collect::<Vec<_>>());
    log_elsewhere(&test);
    let warned = test.expect(0, &["validate"]).stderr.replace('\n', " ");
    assert!(warned.contains("AWS refuses the machines from about user "), "{warned}");
    let ran = test.expect(3, &["deploy", "--all", "--quotas", "aws", "--time", "jump"]);
    ran.says(&["Resource Policy size was exceeded", "next: let the names of log groups", "/aws/vendedlogs/states/"]);
    let refused = test.json(0, &["status", "--all"])["summary"]["absent"].as_u64().unwrap();
    // The warning's number is about right.
    let from: u64 = warned.split("from about user ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(refused.abs_diff(81 - from) <= 3, "{refused} refused, from about {from}");
}

#[test]
fn hidden_files_that_are_left_out_are_told() {
    let test = class(&["ann"]);
    test.write("tiny/.gitignore", "*.pyc\n");
    test.write("tiny/lambda/.DS_Store", "");
    assert_eq!(test.json(0, &["validate"])["summary"]["warnings"], 1, "the class's own");
    test.write("tiny/lambda/.env", "KEY=1\n");
    test.write("tiny/.config/prices.json", "{}");
    let ran = test.expect(0, &["validate"]);
    ran.says(&["pack::hidden-file", "`.config`, `lambda/.env`", "name without the dot"]);
    let told = |arguments: &[&str]| test.expect(0, arguments).stderr.matches("pack::hidden-file").count();
    assert_eq!(told(&["render"]), 1);
    assert_eq!((told(&["render"]), told(&["plan"])), (1, 0), "once there is a folder to remember it in");
    test.write("tiny/lambda/.secret", "x");
    assert_eq!((told(&["plan"]), told(&["plan"])), (1, 0), "another file is another warning");
}

#[test]
fn a_tag_that_was_taken_out_of_the_manifest_is_listed_by_plan() {
    let test =
        Test::with_manifest(&format!("{}\n[tags]\nCostCenter = \"1\"\nOwner = \"x\"\nTerm = \"w\"\n", tiny(&["ann"])));
    test.expect(0, &["deploy"]);
    assert!(!test.expect(0, &["plan"]).stderr.contains("tags that are not in `[tags]`"));
    test.edit("lab-manifest.toml", "CostCenter = \"1\"\nOwner = \"x\"\n", "");
    let ran = test.expect(0, &["plan", "--detailed-exitcode"]);
    ran.says(&["tags that are not in `[tags]`: `CostCenter` (", "`Owner` (", "labctl removes none"]);
    assert!(!ran.stderr.contains("`Term`") && ran.stdout.contains("No changes."), "{}", ran.stdout);
}

#[test]
fn two_manifests_of_one_lab_name_are_told_in_documents_too() {
    let test = Test::new();
    for group in ["b", "c"] {
        test.write(&format!("group-{group}.toml"), &MANIFEST.replace("user3", &format!("{group}01")));
        test.expect(0, &["--manifest", &format!("group-{group}.toml"), "deploy"]);
    }
    let document = test.json(0, &["validate"]);
    let told = document["findings"].as_array().unwrap();
    let shared: Vec<&str> = told
        .iter()
        .filter(|finding| finding["code"] == "manifest::shared-name")
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    assert_eq!(shared.len(), 2, "{document:#}");
    assert!(shared[0].contains("`group-b.toml`") && shared[1].contains("`group-c.toml`"), "{shared:?}");
    assert_eq!(document["summary"]["warnings"], told.len());
    let status = test.json(0, &["status"]);
    let notes = status["notes"].to_string();
    assert!(notes.contains("2 users were not deployed to lab `lab6` from this manifest: b01, c01"), "{status:#}");
    // Another name is another lab.
    test.edit("lab-manifest.toml", "name = \"lab6\"", "name = \"lab7\"");
    assert_eq!(test.json(0, &["validate"])["summary"]["warnings"], 0);
    assert_eq!(test.json(0, &["status"])["notes"], serde_json::Value::Null);
}
