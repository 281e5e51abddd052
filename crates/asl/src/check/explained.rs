//! What the rules show is true: each rule's wrong example breaks it and nothing else, its right one breaks nothing.

use std::collections::BTreeSet;

use labctl_source::Severity;

use super::{Asked, Rule, lint};
use crate::finding::Finding;
use crate::notation::Syntax;

/// An example as a whole definition: single states are put into a machine, with a last state if they lead to it.
fn whole(example: &str) -> (String, Asked) {
    let (express, example) = match example.strip_prefix("EXPRESS ") {
        Some(rest) => (true, rest),
        None => (false, example),
    };
    let asked = Asked { express, lesson: true };
    if !example.starts_with('"') {
        return (example.to_owned(), asked);
    }
    let start = example.split('"').nth(1).unwrap();
    let leads = example.contains(r#""Next": "Done""#) || example.contains(r#""Default": "Done""#);
    let done = if leads && !example.contains(r#""Done": {"#) { r#", "Done": { "Type": "Succeed" }"# } else { "" };
    (format!(r#"{{ "StartAt": "{start}", "States": {{ {example}{done} }} }}"#), asked)
}

fn findings(rule: &Rule, example: &str) -> Vec<Finding> {
    let (text, asked) = whole(example);
    let reported = |finding: &Finding| finding.severity != Severity::Note || finding.rule == rule;
    lint(&text, Syntax::Json, asked).into_iter().filter(reported).collect()
}

#[test]
fn the_wrong_example_breaks_the_rule_and_nothing_else() {
    let mut broken = Vec::new();
    for rule in Rule::all().filter(|rule| !rule.wrong.is_empty()) {
        let found = findings(rule, rule.wrong);
        let codes: Vec<&str> = found.iter().map(|finding| finding.rule.code).collect();
        if codes != [rule.code] {
            broken.push(format!("{}: {found:#?}", rule.code));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_right_example_breaks_nothing() {
    let mut broken = Vec::new();
    for rule in Rule::all().filter(|rule| !rule.right.is_empty()) {
        let found = findings(rule, rule.right);
        if !found.is_empty() {
            broken.push(format!("{}: {found:#?}", rule.code));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_rule_is_explained() {
    let mut codes = BTreeSet::new();
    for rule in Rule::all() {
        assert!(codes.insert(rule.code), "{} is there twice", rule.code);
        assert!(rule.name().chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'), "{}", rule.code);
        assert!(rule.title.len() > 10 && rule.text.len() > 40, "{}", rule.code);
        let page = ["https://docs.aws.amazon.com/", "https://states-language.net/"];
        assert!(page.iter().any(|start| rule.page.starts_with(start)), "{}", rule.page);
        assert_eq!(Rule::named(rule.name()), Some(rule));
    }
    assert!(codes.len() >= 60, "{} rules", codes.len());
}
