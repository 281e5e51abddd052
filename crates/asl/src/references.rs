//! Which variables each state mentions, as DescribeStateMachine tells it.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::jsonata::function_names;

/// Fields whose values are templates: only names that end with `.$` hold expressions in them.
const TEMPLATES: [&str; 5] = ["Parameters", "ResultSelector", "ItemSelector", "Assign", "BatchInput"];

/// Fields that hold other states, or text that is no expression.
const OTHERS: [&str; 6] = ["Branches", "ItemProcessor", "Iterator", "Result", "Comment", "Resource"];

/// The variables that each state of a definition (JSON) mentions, without `$`, in the order of the text. States that
/// mention none are left out; a text that is no definition has none.
pub fn variable_references(definition: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    if let Ok(Value::Object(machine)) = serde_json::from_str(definition) {
        scope(&machine, is_jsonata(&machine, false), &mut found);
    }
    found
}

fn is_jsonata(members: &Map<String, Value>, inherited: bool) -> bool {
    members.get("QueryLanguage").and_then(Value::as_str).map_or(inherited, |language| language == "JSONata")
}

/// Definitions nest as deeply as the parser allows, so this recursion ends.
fn scope(members: &Map<String, Value>, jsonata: bool, found: &mut Vec<(String, Vec<String>)>) {
    let states = members.get("States").and_then(Value::as_object);
    for (name, state) in states.into_iter().flatten() {
        let Some(fields) = state.as_object() else { continue };
        let own = is_jsonata(fields, jsonata);
        let mut names = Vec::new();
        for (field, value) in fields.iter().filter(|(field, _)| !OTHERS.contains(&field.as_str())) {
            if own {
                expressions(value, &mut names);
            } else {
                paths(field, value, TEMPLATES.contains(&field.as_str()), &mut names);
            }
        }
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        if !names.is_empty() {
            found.push((name.clone(), names));
        }
        let branches = fields.get("Branches").and_then(Value::as_array).into_iter().flatten();
        let inside = branches.chain(fields.get("ItemProcessor")).chain(fields.get("Iterator"));
        for inner in inside.filter_map(Value::as_object) {
            scope(inner, jsonata, found);
        }
    }
}

fn expressions(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            if let Some(text) = text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}")) {
                in_expression(text, names);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| expressions(value, names)),
        Value::Object(members) => members.values().for_each(|value| expressions(value, names)),
        _ => {}
    }
}

fn paths(field: &str, value: &Value, in_template: bool, names: &mut Vec<String>) {
    match value {
        Value::String(text) if field.ends_with(".$") || (!in_template && is_path_field(field)) => {
            words(text, &['\''], |name, _| names.push(name.to_owned()));
        }
        Value::Array(list) => list.iter().for_each(|value| paths("", value, in_template, names)),
        Value::Object(members) => members.iter().for_each(|(field, value)| {
            paths(field, value, in_template || TEMPLATES.contains(&field.as_str()), names);
        }),
        _ => {}
    }
}

fn is_path_field(field: &str) -> bool {
    field == "Variable" || field.ends_with("Path")
}

fn in_expression(text: &str, names: &mut Vec<String>) {
    let mut own = BTreeSet::new();
    let mut mentioned = Vec::new();
    words(text, &['\'', '"', '`'], |name, around| {
        let after = around.after.trim_start();
        if after.starts_with(":=") || around.in_parameters {
            own.insert(name.to_owned());
        } else if !after.starts_with('(') && !is_given(name) {
            mentioned.push(name.to_owned());
        }
    });
    names.extend(mentioned.into_iter().filter(|name| !own.contains(name)));
}

/// A function of the language, or what Step Functions binds: no variable of the machine's.
fn is_given(name: &str) -> bool {
    matches!(name, "states" | "eval") || function_names().any(|function| function == name)
}

/// Where a name stands.
struct Around<'text> {
    after: &'text str,
    /// Between the parentheses of `function(…)`: there a name is made, not mentioned.
    in_parameters: bool,
}

/// Calls `visit` for each `$name` outside quotes and comments.
fn words(text: &str, quotes: &[char], mut visit: impl FnMut(&str, Around<'_>)) {
    let mut rest = text;
    let mut in_parameters = false;
    while let Some(letter) = rest.chars().next() {
        if quotes.contains(&letter) {
            rest = after_quote(rest, letter);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
        } else if let Some(parameters) = rest
            .strip_prefix("function")
            .or_else(|| rest.strip_prefix('λ'))
            .filter(|rest| rest.trim_start().starts_with('('))
        {
            in_parameters = true;
            rest = parameters;
        } else if let Some(after) = rest.strip_prefix('$') {
            if let Some(context) = after.strip_prefix('$') {
                rest = context;
                continue;
            }
            let end = after.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if name.starts_with(|letter: char| !letter.is_ascii_digit()) {
                visit(name, Around { after, in_parameters });
            }
            rest = after;
        } else {
            in_parameters &= letter != ')';
            rest = rest.split_at(letter.len_utf8()).1;
        }
    }
}

/// What follows a quoted text; a backslash takes the next letter's meaning.
fn after_quote(text: &str, quote: char) -> &str {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter == quote {
            return text.split_at(at + letter.len_utf8()).1;
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(definition: &Value) -> Vec<(String, Vec<String>)> {
        variable_references(&definition.to_string())
    }

    fn state(name: &str, names: &[&str]) -> (String, Vec<String>) {
        (name.to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn json_path_states_mention_variables_in_paths_and_templates() {
        let definition = json!({"StartAt": "A", "States": {
            "A": {"Type": "Pass", "InputPath": "$total.x", "Parameters": {
                "b.$": "States.Format('$nothing {}', $name[0])", "Path": "$literal", "c.$": "$$.Execution.Id", "d.$": "$.x"}},
            "B": {"Type": "Choice", "Choices": [{"And": [{"Variable": "$count", "NumericEqualsPath": "$limit"}],
                "Assign": {"x.$": "$count"}, "Next": "A"}]},
            "C": {"Type": "Pass", "Result": {"y.$": "$no"}},
        }});
        assert_eq!(of(&definition), [state("A", &["total", "name"]), state("B", &["count", "limit"])]);
    }

    #[test]
    fn jsonata_states_mention_what_they_neither_bind_nor_call() {
        let definition = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
            "A": {"Type": "Task", "Arguments": {"x": "{% $states.input.a + $total %}", "y": "$no", "z": "{% '$no' & \"$no\" %}"},
                "Output": "{% ($local := 1; $map($list, function($one, $two) { $one + $local })) /* $no */ %}"},
            "M": {"Type": "Map", "Items": "{% $items ~> $reverse %}", "ItemProcessor": {"StartAt": "I", "States": {
                "I": {"Type": "Pass", "Output": "{% $inner %}"}, "P": {"Type": "Pass", "QueryLanguage": "JSONPath", "InputPath": "$x"}}}},
            "N": {"Type": "Pass", "Output": "{% $states.context %}"},
        }});
        let found = of(&definition);
        assert_eq!(
            found,
            [state("A", &["total", "list"]), state("M", &["items"]), state("I", &["inner"]), state("P", &["x"])]
        );
    }

    #[test]
    fn what_is_no_definition_mentions_nothing() {
        for text in
            ["", "[]", "{\"States\": 1}", "{\"States\": {\"A\": 1}}", "{\"States\": {\"A\": {\"InputPath\": \"$'\"}}}"]
        {
            assert!(variable_references(text).is_empty(), "{text}");
        }
    }
}
