//! What differs, field by field and state by state.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::style::{Style, Verbosity};
use crate::plan::{FieldChange, StateChanges};

/// The most letters of a value that are shown, without `--verbose`.
const LONGEST: usize = 60;

/// How much of what two values begin with alike is shown before they differ.
const BEFORE: usize = 12;

/// One line for the states of a definition and one for each field. An edit reads from what the manifest says to what is there,
/// anything else from what is there to what the manifest says.
pub(super) fn differences(
    fields: &[FieldChange],
    states: Option<&StateChanges>,
    edited: bool,
    indent: usize,
    style: Style,
    verbosity: Verbosity,
) -> String {
    let mut text = String::new();
    let mut line = |reported: String| {
        let _ = writeln!(text, "{}", style.wrap(&format!("{:indent$}{reported}", ""), indent + 2));
    };
    if let Some(StateChanges { added, removed, changed }) = states {
        let (added, removed) = if edited { (removed, added) } else { (added, removed) };
        let reported = |what: &str, names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
        };
        let parts = [reported("added", added), reported("removed", removed), reported("changed", changed)];
        line(format!("states: {}", parts.into_iter().flatten().collect::<Vec<_>>().join("; ")));
    }
    let reported_whole = |field: &str| {
        let state = field.strip_prefix("definition.States.");
        let mut whole = states.into_iter().flat_map(|states| states.added.iter().chain(&states.removed));
        verbosity < Verbosity::Verbose && state.is_some_and(|state| whole.any(|name| name == state))
    };
    for FieldChange { field, from, to } in fields.iter().filter(|change| !reported_whole(&change.field)) {
        let (from, to) = if edited { (to, from) } else { (from, to) };
        let (from, to) = (whole(from.as_ref()), whole(to.as_ref()));
        let start = if verbosity < Verbosity::Verbose { alike(&from, &to) } else { 0 };
        let (from, to) = (cut(&from, start, style, verbosity), cut(&to, start, style, verbosity));
        line(format!("{field}: {from} {} {to}", style.arrow()));
    }
    text
}

fn whole(value: Option<&Value>) -> String {
    value.map_or_else(|| "(absent)".to_owned(), Value::to_string)
}

/// Where to begin showing two long values, so that their difference is seen.
fn alike(one: &str, other: &str) -> usize {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    if same + BEFORE < LONGEST { 0 } else { same.saturating_sub(BEFORE) }
}

fn cut(text: &str, start: usize, style: Style, verbosity: Verbosity) -> String {
    let length = text.chars().count();
    if verbosity == Verbosity::Verbose || (start == 0 && length <= LONGEST) {
        return text.to_owned();
    }
    let shown: String = text.chars().skip(start).take(LONGEST).collect();
    let (before, after) = (start > 0, start + LONGEST < length);
    let mark = |there: bool| if there { style.ellipsis() } else { "" };
    format!("{}{shown}{}", mark(before), mark(after))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_edit_reads_from_the_lab_to_the_user_and_long_values_where_they_differ() {
        let long = |end: &str| json!(format!("{}{end}", "x".repeat(100)));
        let fields = [
            FieldChange { field: "timeout_seconds".into(), from: Some(json!(9)), to: Some(json!(3)) },
            FieldChange { field: "description".into(), from: Some(long("one")), to: Some(long("two")) },
        ];
        let states = StateChanges { added: vec!["A".into()], removed: vec![], changed: vec!["B".into(), "C".into()] };
        let shown = |edited| differences(&fields, Some(&states), edited, 2, Style::plain(), Verbosity::Normal);
        let dots = Style::plain().ellipsis();
        assert_eq!(
            shown(true),
            format!(
                "  states: removed `A`; changed `B`, `C`\n  timeout_seconds: 3 {arrow} 9\n  description: {dots}{x}two\" {arrow} {dots}{x}one\"\n",
                arrow = Style::plain().arrow(),
                x = "x".repeat(12),
            )
        );
        assert!(shown(false).contains("timeout_seconds: 9"));
    }
}
