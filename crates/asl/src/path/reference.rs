//! Reference paths: where a result is put.

use serde_json::{Map, Value};

use super::parser::parse;
use super::syntax::{Root, Step};

/// A path that names one place: only names and positions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReferencePath {
    /// As it is written.
    pub text: String,
    steps: Vec<Place>,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    Name(String),
    Index(usize),
}

impl ReferencePath {
    /// `$.a.b[0]`; `$$…`, lists and conditions are refused.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let path = parse(text)?;
        match path.root {
            Root::Input => {}
            Root::Context => return Err("the context object cannot be written to".to_owned()),
            Root::Variable(_) => return Err("variables are set with `Assign`".to_owned()),
        }
        if path.function.is_some() {
            return Err("a function leads to no place".to_owned());
        }
        let steps = path.steps.into_iter().map(|step| match step {
            Step::Name(name) => Ok(Place::Name(name)),
            Step::Index(at) => {
                usize::try_from(at).map(Place::Index).map_err(|_| "positions count from the front".to_owned())
            }
            _ => Err("only names and positions lead to one place".to_owned()),
        });
        Ok(Self { text: text.to_owned(), steps: steps.collect::<Result<_, _>>()? })
    }

    /// Whether the result takes the place of everything.
    pub(crate) fn is_whole(&self) -> bool {
        self.steps.is_empty()
    }

    /// `input` with `result` at this place; objects on the way are made, array positions must be there.
    /// `None` if there is no such place.
    pub(crate) fn put(&self, mut input: Value, result: Value) -> Option<Value> {
        let mut slot = &mut input;
        for step in &self.steps {
            slot = match step {
                Place::Name(name) => {
                    slot.as_object_mut()?.entry(name.as_str()).or_insert_with(|| Value::Object(Map::new()))
                }
                Place::Index(at) => slot.as_array_mut()?.get_mut(*at)?,
            };
        }
        *slot = result;
        Some(input)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put(path: &str, input: Value) -> Option<Value> {
        ReferencePath::parse(path).unwrap().put(input, json!(7))
    }

    #[test]
    fn a_result_is_put_where_the_path_says() {
        assert_eq!(put("$", json!([1])), Some(json!(7)));
        assert_eq!(put("$.a.b", json!({"c": 1})), Some(json!({"c": 1, "a": {"b": 7}})));
        assert_eq!(put("$.a[1]", json!({"a": [1, 2]})), Some(json!({"a": [1, 7]})));
        assert_eq!(put("$.a", json!({"a": {"b": 1}})), Some(json!({"a": 7})));
    }

    #[test]
    fn there_must_be_such_a_place() {
        assert_eq!(put("$.a", json!("text")), None);
        assert_eq!(put("$.a.b", json!({"a": 1})), None);
        assert_eq!(put("$.a[2]", json!({"a": [1, 2]})), None);
    }

    #[test]
    fn only_one_place_can_be_named() {
        for text in ["$$.a", "$a", "$[*]", "$.a[-1]", "$..a", "$[?(@.a)]", "$[0,1]", "$.a.length()"] {
            assert!(ReferencePath::parse(text).is_err(), "{text}");
        }
    }
}
