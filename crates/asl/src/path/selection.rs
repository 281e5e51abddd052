//! Applying a path to a value.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Write;

use serde_json::{Map, Value};

use super::syntax::{Function, Path, Step};

/// Why a definite path leads nowhere, in Jayway's words, which AWS passes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing(pub String);

/// What one selection may look at and take, in values and bytes of text: more than any path finds in what a state may hold, but
/// for those that multiply with every step, as `$[0,0][0,0]…` does.
const MOST: usize = 4_000_000;

/// What `$` in a condition stands for, and how much may still be looked at.
pub(super) struct Ground<'v> {
    pub(super) value: &'v Value,
    left: Cell<usize>,
}

impl<'v> Ground<'v> {
    fn new(value: &'v Value) -> Self {
        Self { value, left: Cell::new(MOST) }
    }

    /// Takes note of work; `false` when there has been enough.
    fn spend(&self, work: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(work));
        self.left.get() > 0
    }
}

impl Path {
    /// What the path finds in `root`: one value, or the list of all values if the path is indefinite.
    pub(crate) fn select<'v>(&self, root: &'v Value) -> Result<Cow<'v, Value>, Missing> {
        self.select_from(root, 0, root)
    }

    /// As [`Path::select`], with the first `skip` steps already taken: they led to `value`.
    pub(crate) fn select_from<'v>(
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
        let root = &Ground::new(root);
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
                        descend(value, root, &mut all);
                    }
                    all
                }
                other => {
                    if definite {
                        self.fits(other, one(&found)?, taken)?;
                    }
                    let mut next = Vec::new();
                    for value in found {
                        spread(other, value, root, &mut next);
                    }
                    next
                }
            };
            definite = definite && matches!(step, Step::Name(_) | Step::Index(_));
        }
        if found.iter().all(|value| weigh(value, root)) && root.spend(0) {
            return Ok(Cow::Owned(Value::Array(found.into_iter().cloned().collect())));
        }
        Err(Missing(format!("The path '{}' has more to look at than {MOST} values.", self.text)))
    }

    fn walk<'v>(&self, start: &'v Value, skip: usize, steps: &[Step]) -> Result<Cow<'v, Value>, Missing> {
        let mut value = start;
        for (index, step) in steps.iter().enumerate() {
            let taken = skip + index;
            value = match step {
                Step::Name(name) => self.property(value, name, taken)?,
                Step::Index(at) => self.element(value, *at, taken)?,
                Step::Names(names) => {
                    self.fits(step, value, taken)?;
                    return Ok(Cow::Owned(pick(value, names)));
                }
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

    /// Whether a step can be taken from the one value that the path has led to so far; from one of many it is passed over.
    fn fits(&self, step: &Step, value: &Value, taken: usize) -> Result<(), Missing> {
        match step {
            Step::Slice(..) | Step::Indices(_) if !value.is_array() => Err(Missing(format!(
                "Filter: {} can only be applied to arrays. Current context is: {value}",
                step.shown()
            ))),
            Step::Filter(_) if !value.is_array() && !value.is_object() => {
                Err(Missing(format!("Filter: [?] can not be applied to primitives. Current context is: {value}")))
            }
            Step::Names(names) if !value.is_object() => self.property(value, &names.join("','"), taken).map(|_| ()),
            _ => Ok(()),
        }
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
pub(super) fn gather<'v>(steps: &[Step], value: &'v Value, root: &Ground<'v>) -> Vec<&'v Value> {
    let mut found = vec![value];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            match step {
                Step::Descend => descend(value, root, &mut next),
                other => spread(other, value, root, &mut next),
            }
        }
        found = next;
    }
    found
}

fn descend<'v>(value: &'v Value, root: &Ground<'v>, into: &mut Vec<&'v Value>) {
    if !root.spend(1) {
        return;
    }
    into.push(value);
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| descend(element, root, into)),
        Value::Object(members) => members.values().for_each(|member| descend(member, root, into)),
        _ => {}
    }
}

/// Whether there is room to copy a value.
fn weigh(value: &Value, root: &Ground<'_>) -> bool {
    match value {
        Value::String(text) => root.spend(1 + text.len()),
        Value::Array(elements) => root.spend(1) && elements.iter().all(|element| weigh(element, root)),
        Value::Object(members) => {
            root.spend(1) && members.iter().all(|(name, member)| root.spend(name.len()) && weigh(member, root))
        }
        _ => root.spend(1),
    }
}

fn spread<'v>(step: &Step, value: &'v Value, root: &Ground<'v>, into: &mut Vec<&'v Value>) {
    let looked_at = match (step, value) {
        (Step::Wildcard | Step::Slice(..) | Step::Filter(_), Value::Array(elements)) => elements.len(),
        (Step::Wildcard, Value::Object(members)) => members.len(),
        (Step::Names(names), _) => names.len(),
        (Step::Indices(all), _) => all.len(),
        _ => 0,
    };
    if !root.spend(1 + looked_at) {
        return;
    }
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
    fn a_path_that_multiplies_comes_to_an_end() {
        let deep = (0..60).fold(json!("x"), |inner, _| json!([inner]));
        let doubling = format!("${}", "[0,0]".repeat(60));
        assert!(find(&doubling, &deep).unwrap_err().contains("more to look at"));
        let wide = Value::Array((0..3_000).map(|number| json!([number])).collect());
        assert!(find("$..[?($..[?($..[0])])]", &wide).unwrap_err().contains("more to look at"));
        let long = json!(["x".repeat(100_000)]);
        assert!(find(&format!("$[{}0]", "0,".repeat(1_000)), &long).unwrap_err().contains("more to look at"));
        let ordinary = Value::Array((0..20_000).map(|number| json!({"a": number})).collect());
        assert_eq!(find("$[?(@.a > 19998)].a", &ordinary), Ok(json!([19_999])));
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

    #[test]
    fn a_step_that_the_one_value_cannot_take_leads_nowhere() {
        let value = json!({"o": {"a": 1}, "s": "x", "l": [1]});
        assert_eq!(
            find("$.o[1:]", &value),
            Err("Filter: [1:] can only be applied to arrays. Current context is: {\"a\":1}".to_owned())
        );
        assert!(find("$.s[0,1]", &value).unwrap_err().starts_with("Filter: [0,1] can only"));
        assert!(find("$.s[?(@.a)]", &value).unwrap_err().contains("primitives"));
        assert!(find("$.l['a','b']", &value).unwrap_err().contains("['a','b']"));
        assert_eq!(find("$.s[*]", &value), Ok(json!([])));
        assert_eq!(find("$.*[0,1]", &value), Ok(json!([1])));
    }
}
