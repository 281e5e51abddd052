//! `docs/asl-coverage.md` is held to the paths and the context object, as `check::ledger` holds it to the fields.

use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use super::context::{Context, Item};
use super::effect::Seed;
use super::payload::Payload;
use super::variables::Variables;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

fn assert_listed(names: impl IntoIterator<Item = String>, heading: &str, least: usize) {
    let ledger = file("docs/asl-coverage.md");
    let section = ledger.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let mut found = 0;
    for name in names {
        assert!(section.contains(&format!("`{name}`")), "`{name}` under {heading}");
        found += 1;
    }
    assert!(found >= least, "{found} names for {heading}");
}

/// The words that a pattern finds in a file of `crates/asl/src`.
fn words(path: &str, pattern: &str) -> Vec<String> {
    let text = file(path);
    Regex::new(pattern).unwrap().captures_iter(&text).map(|found| found[1].trim().to_owned()).collect()
}

#[test]
fn every_operator_of_a_path_is_in_the_ledger() {
    let operators = words("crates/asl/src/path/filter.rs", r#"\("([^"]+)", Comparison::"#);
    assert_listed(operators, "Paths", 7);
}

#[test]
fn every_member_of_the_context_object_is_in_the_ledger() {
    let text = |name: &str| name.to_owned();
    let seed = Seed {
        execution_arn: text("e"),
        execution_name: text("e"),
        machine_arn: text("m"),
        machine_name: text("m"),
        role_arn: text("r"),
        express: false,
        input: Value::Null,
        started_ms: 0,
        token_seed: 0,
    };
    let payload = Payload::new(Value::Null);
    let item = Item { index: 0, key: Some(text("k")), value: payload.clone() };
    let context = Context {
        seed: &seed,
        input: &payload,
        state: "S",
        entered_ms: 0,
        now_ms: 0,
        variables: &Variables::default(),
        retries: Some(0),
        token: Some("t"),
        item: Some(&item),
        child: None,
    };
    let mut names = Vec::new();
    members(&context.value(), &mut names);
    assert_listed(names, "The context object", 20);
}

fn members(value: &Value, names: &mut Vec<String>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        names.push(name.clone());
        members(member, names);
    }
}
