//! Broken definitions (`tests/definitions`): in each the one mistake is found at its place, and nothing else is said.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use labctl_source::{Severity, SourceText};

use super::{Asked, Rule, lint};
use crate::notation::Syntax;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/definitions")
}

/// File, place, code and options of each line of `expected.txt`.
fn expected() -> Vec<[String; 4]> {
    let text = fs::read_to_string(folder().join("expected.txt")).unwrap();
    let line = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        std::array::from_fn(|_| words.next().unwrap_or_default())
    };
    text.lines().map(line).collect()
}

#[test]
fn every_mistake_is_found_at_its_place_and_nothing_else_is_said() {
    let mut wrong = Vec::new();
    for [file, place, code, options] in expected() {
        let text = fs::read_to_string(folder().join(&file)).unwrap();
        let syntax = if file.contains(".asl.yaml") { Syntax::Yaml } else { Syntax::Json };
        let asked = Asked { express: options == "express", lesson: options == "lesson" };
        let mut found = lint(&text, syntax, asked);
        found.retain(|finding| finding.severity != Severity::Note);
        let source = SourceText::new(&file, text.as_str());
        let reported = found.iter().map(|finding| {
            let (line, column) = source.line_column(finding.at.offset);
            format!("{line}:{column} {}", finding.rule.code)
        });
        let reported: Vec<String> = reported.collect();
        if reported != [format!("{place} {code}")] {
            wrong.push(format!("{file}: wanted {place} {code}, got {reported:?}"));
        }
        if let Some(finding) = found.iter().find(|finding| finding.help.is_none()) {
            wrong.push(format!("{file}: no help for {}", finding.message));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn every_file_is_expected_to_be_broken() {
    let listed: BTreeSet<String> = expected().into_iter().map(|[file, ..]| file).collect();
    let there = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<String> = there.filter(|name| name != "expected.txt").collect();
    assert_eq!(listed, there);
    assert!(there.len() >= 90, "{} definitions", there.len());
}

#[test]
fn every_rule_that_a_text_can_break_has_a_broken_text() {
    let broken: BTreeSet<String> = expected().into_iter().map(|[_, _, code, _]| code).collect();
    // Notes are shown by their examples; a text that is too large or too deep is made in a test of its own.
    let others = ["asl::too-large", "asl::too-deep", "asl::not-in-local", "asl::bad-label"];
    let missing: Vec<&str> = Rule::all()
        .filter(|rule| rule.severity != Severity::Note && !broken.contains(rule.code) && !others.contains(&rule.code))
        .map(|rule| rule.code)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
