//! Applying a path to a value.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::{Map, Value};

use super::syntax::{Function, Path, Step};

/// Why a definite path leads nowhere, in Jayway's words, which AWS passes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::asl) struct Missing(pub String);

impl Path {
    /// What the path finds in `root`: one value, or the list of all values if the path is indefinite.
    pub(in crate::asl) fn select<'v>(&self, root: &'v Value) -> Result<Cow<'v, Value>, Missing> {
        self.select_from(root, 0, root)
    }

    /// As [`Path::select`], with the first `skip` steps already taken: they led to `value`.
    pub(in crate::asl) fn select_from<'v>(
        &self,
        value: &'v Value,
        skip: usize,
        root: &'v Value,
    ) -> Result<Cow<'v, Value>, Missing> {
        let found = self.find(value, skip, root)?;
        let Some(function) = self.function else { return Ok(found) };
        let length = match (function, &*found) {
            (Function::Length, Value::Array(elements)) => Some(elements.len()),
            (Function::Length, Value::Object(members)) => Some(members.len()),
            (Function::Length, Value::String(text)) => Some(text.encode_utf16().count()),
            _ => None,
        };
        let length = length.ok_or_else(|| Missing(format!("No results for path: {}", self.place(self.steps.len()))))?;
        Ok(Cow::Owned(Value::from(length)))
    }

    fn find<'v>(&self, value: &'v Value, skip: usize, root: &'v Value) -> Result<Cow<'v, Value>, Missing> {
        let steps = self.steps.get(skip..).unwrap_or_default();
        if self.is_definite() {
            return self.walk(value, skip, steps);
        }
        let mut found = vec![value];
        let mut definite = true;
        for (index, step) in steps.iter().enumerate() {
            let taken = skip + index;
            found = match step {
                Step::Name(name) if definite => vec![self.property(one(&found)?, name, taken)?],
                Step::Index(at) if definite => vec![self.element(one(&found)?, *at, taken)?],
                Step::Descend => {
                    let mut all = Vec::new();
                    for value in found {
                        descend(value, &mut all);
                    }
                    all
                }
                other => {
                    let mut next = Vec::new();
                    for value in found {
                        spread(other, value, root, &mut next);
                    }
                    next
                }
            };
            definite = definite && matches!(step, Step::Name(_) | Step::Index(_));
        }
        Ok(Cow::Owned(Value::Array(found.into_iter().cloned().collect())))
    }

    fn walk<'v>(&self, start: &'v Value, skip: usize, steps: &[Step]) -> Result<Cow<'v, Value>, Missing> {
        let mut value = start;
        for (index, step) in steps.iter().enumerate() {
            let taken = skip + index;
            value = match step {
                Step::Name(name) => self.property(value, name, taken)?,
                Step::Index(at) => self.element(value, *at, taken)?,
                Step::Names(names) => return Ok(Cow::Owned(pick(value, names))),
                _ => return Err(Missing(format!("No results for path: {}", self.place(taken + 1)))),
            };
        }
        Ok(Cow::Borrowed(value))
    }

    fn property<'v>(&self, value: &'v Value, name: &str, taken: usize) -> Result<&'v Value, Missing> {
        let Value::Object(members) = value else {
            return Err(Missing(format!(
                "Expected to find an object with property ['{name}'] in path {} but found '{}'. This is not a json object \
                 according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.",
                self.place(taken),
                node_class(value)
            )));
        };
        members.get(name).ok_or_else(|| {
            let place = self.place(taken + 1);
            if taken + 1 == self.steps.len() {
                Missing(format!("No results for path: {place}"))
            } else {
                Missing(format!("Missing property in path {place}"))
            }
        })
    }

    fn element<'v>(&self, value: &'v Value, at: i64, taken: usize) -> Result<&'v Value, Missing> {
        let Value::Array(elements) = value else {
            return Err(Missing(format!("Filter: [{at}] can only be applied to arrays. Current context is: {value}")));
        };
        position(at, elements.len())
            .and_then(|index| elements.get(index))
            .ok_or_else(|| Missing(format!("No results for path: {}", self.place(taken + 1))))
    }

    /// The first steps in Jayway's normal form: `$['a'][0]`.
    fn place(&self, steps: usize) -> String {
        let mut place = "$".to_owned();
        for step in self.steps.iter().take(steps) {
            let _ = match step {
                Step::Name(name) => write!(place, "['{name}']"),
                Step::Index(at) => write!(place, "[{at}]"),
                _ => write!(place, "[*]"),
            };
        }
        place
    }
}

fn one<'v>(found: &[&'v Value]) -> Result<&'v Value, Missing> {
    found.first().copied().ok_or_else(|| Missing("No results for path: $".to_owned()))
}

/// What the steps find below `value`, missing parts left out.
pub(super) fn gather<'v>(steps: &[Step], value: &'v Value, root: &'v Value) -> Vec<&'v Value> {
    let mut found = vec![value];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            match step {
                Step::Descend => descend(value, &mut next),
                other => spread(other, value, root, &mut next),
            }
        }
        found = next;
    }
    found
}

fn descend<'v>(value: &'v Value, into: &mut Vec<&'v Value>) {
    into.push(value);
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| descend(element, into)),
        Value::Object(members) => members.values().for_each(|member| descend(member, into)),
        _ => {}
    }
}

fn spread<'v>(step: &Step, value: &'v Value, root: &'v Value, into: &mut Vec<&'v Value>) {
    match (step, value) {
        (Step::Name(name), Value::Object(members)) => into.extend(members.get(name)),
        (Step::Names(names), Value::Object(members)) => into.extend(names.iter().filter_map(|name| members.get(name))),
        (Step::Index(at), Value::Array(elements)) => {
            into.extend(position(*at, elements.len()).and_then(|index| elements.get(index)));
        }
        (Step::Indices(all), Value::Array(elements)) => into
            .extend(all.iter().filter_map(|at| position(*at, elements.len())).filter_map(|index| elements.get(index))),
        (Step::Slice(from, to), Value::Array(elements)) => {
            let bound = |at: &i64| {
                let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
                let at = if *at < 0 { at.saturating_add(length) } else { *at };
                usize::try_from(at.clamp(0, length)).unwrap_or(0)
            };
            let from = from.as_ref().map_or(0, bound);
            let to = to.as_ref().map_or(elements.len(), bound);
            into.extend(elements.get(from..to.max(from)).unwrap_or_default());
        }
        (Step::Wildcard, Value::Array(elements)) => into.extend(elements),
        (Step::Wildcard, Value::Object(members)) => into.extend(members.values()),
        // What is neither object nor list no filter sees.
        (Step::Filter(filter), Value::Array(elements)) => {
            let nested = elements.iter().filter(|element| element.is_object() || element.is_array());
            into.extend(nested.filter(|element| filter.accepts(element, root)));
        }
        (Step::Filter(filter), Value::Object(_)) if filter.accepts(value, root) => into.push(value),
        _ => {}
    }
}

fn pick(value: &Value, names: &[String]) -> Value {
    let picked = names.iter().filter_map(|name| Some((name.clone(), value.get(name)?.clone())));
    Value::Object(picked.collect::<Map<_, _>>())
}

fn position(at: i64, length: usize) -> Option<usize> {
    let at = if at < 0 { at.checked_add(i64::try_from(length).ok()?)? } else { at };
    usize::try_from(at).ok()
}

fn node_class(value: &Value) -> String {
    let name = match value {
        Value::Null => "NullNode",
        Value::Bool(_) => "BooleanNode",
        Value::Number(number) if number.is_f64() => "DoubleNode",
        Value::Number(number) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => "IntNode",
        Value::Number(_) => "LongNode",
        Value::String(_) => "TextNode",
        Value::Array(_) => "ArrayNode",
        Value::Object(_) => "ObjectNode",
    };
    format!("com.fasterxml.jackson.databind.node.{name}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::parser::parse;
    use super::*;

    fn find(path: &str, value: &Value) -> Result<Value, String> {
        let path = parse(path).unwrap();
        path.select(value).map(Cow::into_owned).map_err(|missing| missing.0)
    }

    #[test]
    fn definite_paths_find_one_value() {
        let value = json!({"a": {"b c": [1, {"d-e": 2}]}, "n": null});
        assert_eq!(find("$", &value), Ok(value.clone()));
        assert_eq!(find("$.a['b c'][1].d-e", &value), Ok(json!(2)));
        assert_eq!(find("$.a[\"b c\"][-2]", &value), Ok(json!(1)));
        assert_eq!(find("$.n", &value), Ok(Value::Null));
    }

    #[test]
    fn a_missing_value_is_told_as_aws_tells_it() {
        let value = json!({"a": {"s": "x", "l": [1]}});
        assert_eq!(find("$.no.such", &value), Err("Missing property in path $['no']".to_owned()));
        assert_eq!(find("$.a.no", &value), Err("No results for path: $['a']['no']".to_owned()));
        assert_eq!(find("$.a.l[5]", &value), Err("No results for path: $['a']['l'][5]".to_owned()));
        assert!(
            find("$.a.s.t", &value).unwrap_err().contains("but found 'com.fasterxml.jackson.databind.node.TextNode'")
        );
        assert!(find("$.gone[*].a", &value).unwrap_err().contains("Missing property in path $['gone']"));
    }

    #[test]
    fn indefinite_paths_find_lists() {
        let value = json!({"l": [{"a": 1, "k": true}, {"a": 2, "k": false}, {"b": 3}], "d": {"x": {"a": [1, 2]}}});
        assert_eq!(find("$.l[*].a", &value), Ok(json!([1, 2])));
        assert_eq!(find("$.l[0,2]", &value), Ok(json!([{"a": 1, "k": true}, {"b": 3}])));
        assert_eq!(find("$.l[1:]", &value), Ok(json!([{"a": 2, "k": false}, {"b": 3}])));
        assert_eq!(find("$.l[:-2].a", &value), Ok(json!([1])));
        assert_eq!(find("$.l[5:]", &value), Ok(json!([])));
        assert_eq!(find("$.d..a", &value), Ok(json!([[1, 2]])));
        assert_eq!(find("$.d..a[*]", &value), Ok(json!([1, 2])));
        assert_eq!(find("$.l[?(@.k)].a", &value), Ok(json!([1, 2])));
        assert_eq!(find("$.l[?(@.k == true)].a", &value), Ok(json!([1])));
        assert_eq!(find("$.l[?(@.a > 1 || @.b)]", &value), Ok(json!([{"a": 2, "k": false}, {"b": 3}])));
        assert_eq!(find("$.l[0]['a','k']", &value), Ok(json!({"a": 1, "k": true})));
        assert_eq!(find("$.*.x", &value), Ok(json!([{"a": [1, 2]}])));
    }
}
