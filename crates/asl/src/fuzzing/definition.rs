//! A definition from text to its end.

use std::sync::Arc;

use serde_json::json;

use super::machine::execute;
use crate::{Definition, Finding, Syntax, aws_message, check, parse, parse_yaml, yaml_to_json};

/// A definition in JSON or YAML; what follows a NUL are the fates of its tasks, the first of which says whether it is EXPRESS.
///
/// # Panics
/// Unless, whatever it holds, it is parsed exactly if the check finds no error, every finding is in the text, what is good in YAML is good as the
/// JSON made of it, and a good one runs.
pub fn definition(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let fates = parts.next().unwrap_or_default();
    let express = fates.first().is_some_and(|fate| fate % 2 == 1);
    let in_json = examine(&text, Syntax::Json, parse(&text));
    let in_yaml = examine(&text, Syntax::Yaml, parse_yaml(&text));
    let converted = yaml_to_json(&text);
    if in_yaml.is_some() {
        let found = converted.map(|json| check(&json, Syntax::Json, false));
        let good = found.as_ref().is_ok_and(|found| found.iter().all(|finding| !finding.is_error()));
        assert!(good, "good in YAML, but not as JSON: {found:?}");
    }
    if let Some(machine) = in_json.or(in_yaml) {
        let machine = Arc::new(machine);
        execute(
            &machine,
            &json!({"a": 1, "b": {"c": [1, "x", null]}, "list": [1, {"a": 2}, [3]], "t": "2026-11-22T10:00:00Z"}),
            express,
            fates,
        );
    }
}

fn examine(text: &str, syntax: Syntax, parsed: Result<Definition, Vec<Finding>>) -> Option<Definition> {
    let findings = check(text, syntax, false);
    let refused = findings.iter().any(Finding::is_error);
    assert_eq!(parsed.is_err(), refused, "parse and check disagree: {findings:#?}");
    for finding in findings.iter().chain(&check(text, syntax, true)) {
        let at = text.get(finding.at.offset..finding.at.offset + finding.at.length);
        assert!(at.is_some_and(|at| !at.contains('\n')), "{finding:?} has no place");
    }
    let _ = aws_message(&findings);
    let machine = parsed.ok()?;
    let outline = machine.outline();
    for (place, state) in outline.states.iter().enumerate() {
        for way in &state.transitions {
            let target = outline.states.get(way.to).map(|target| target.scope);
            assert_eq!(target, Some(state.scope), "a transition of `{}` leaves its scope", state.name);
        }
        for inside in &state.inside {
            let around = outline.scopes.get(*inside).and_then(|scope| scope.parent).map(|parent| parent.state);
            assert_eq!(around, Some(place), "a scope of `{}` does not know it", state.name);
        }
    }
    let _ = machine.resources();
    Some(machine)
}
