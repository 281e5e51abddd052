//! What is known of types, from the schemas of the CloudFormation registry; `.ci/resource_types.py` writes the table.
//! <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html>

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::model::Tags;

/// A type's schema, as far as it matters here.
#[derive(Debug, Default)]
pub struct Schema {
    /// The properties of the primary identifier, and whether the service chooses the value; none of a type that is not known.
    pub identifier: Vec<(&'static str, bool)>,
    /// Where its tags are; none where there are none that can be changed.
    pub tags: Option<TagForm>,
    /// What cannot be changed in place, as paths; `*` is everything.
    fixed: Vec<&'static str>,
    /// What no answer shows, as paths.
    hidden: Vec<&'static str>,
}

/// The form of a type's tags.
#[derive(Debug, PartialEq, Eq)]
pub struct TagForm {
    /// The property that holds them.
    pub property: &'static str,
    /// The members of each in a list; none where they are a map.
    members: Option<(&'static str, &'static str)>,
}

static TYPES: LazyLock<BTreeMap<&'static str, Schema>> = LazyLock::new(|| {
    let rows = include_str!("types.txt").lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let (name, words) = line.split_once(' ')?;
        Some((name, Schema::read(words)))
    })
    .collect()
});

static UNKNOWN: LazyLock<Schema> = LazyLock::new(|| Schema::read("tags=Tags[Key,Value]"));

impl Schema {
    /// A type's schema. One that is not known is taken to have tags as nearly every type has them.
    pub fn of(type_name: &str) -> &'static Self {
        TYPES.get(type_name).unwrap_or(&UNKNOWN)
    }

    /// Whether a type is in the table.
    pub fn is_known(type_name: &str) -> bool {
        TYPES.contains_key(type_name)
    }

    /// Every type of the table.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TYPES.keys().copied()
    }

    fn read(words: &'static str) -> Self {
        let mut schema = Self::default();
        for (word, value) in words.split(' ').filter_map(|word| word.split_once('=')) {
            let list = value.split(',');
            match word {
                "id" => {
                    let part = |part: &'static str| (part.trim_start_matches('!'), part.starts_with('!'));
                    schema.identifier = list.map(part).collect();
                }
                "tags" => schema.tags = Some(TagForm::read(value)),
                "fixed" => schema.fixed = list.collect(),
                _ => schema.hidden = list.collect(),
            }
        }
        schema
    }

    /// Whether a property cannot be changed in place from one value to another.
    pub(super) fn is_fixed(&self, property: &str, from: &Value, to: &Value) -> bool {
        self.fixed.iter().any(|path| {
            let Some(rest) = path.strip_prefix(property) else { return *path == "*" };
            match rest.strip_prefix('/') {
                None => rest.is_empty(),
                // What stands in a list's items is not told apart: the whole list then is.
                Some(rest) => {
                    let steps: Vec<&str> = rest.split('/').take_while(|step| *step != "*").collect();
                    at(from, &steps) != at(to, &steps)
                }
            }
        })
    }

    /// Whether no answer shows a property.
    pub(super) fn is_hidden(&self, property: &str) -> bool {
        self.hidden.contains(&property)
    }

    /// Takes what no answer shows to be as it is wanted.
    pub(super) fn hide(&self, live: &mut Map<String, Value>, wanted: &Map<String, Value>) {
        for path in &self.hidden {
            let steps: Vec<&str> = path.split('/').collect();
            let (Some((first, rest)), Some(wanted)) =
                (steps.split_first(), steps.first().and_then(|it| wanted.get(*it)))
            else {
                continue;
            };
            match live.get_mut(*first) {
                Some(live) => hide(live, wanted, rest),
                None if rest.is_empty() => _ = live.insert((*first).to_owned(), wanted.clone()),
                None => {}
            }
        }
    }
}

fn at<'value>(value: &'value Value, steps: &[&str]) -> Option<&'value Value> {
    steps.iter().try_fold(value, |value, step| value.get(*step))
}

fn hide(live: &mut Value, wanted: &Value, steps: &[&str]) {
    match (steps, live, wanted) {
        ([], live, wanted) => *live = wanted.clone(),
        (["*", rest @ ..], Value::Array(live), Value::Array(wanted)) => {
            live.iter_mut().zip(wanted).for_each(|(live, wanted)| hide(live, wanted, rest));
        }
        ([step, rest @ ..], Value::Object(live), Value::Object(wanted)) => {
            match (live.get_mut(*step), wanted.get(*step)) {
                (Some(live), Some(wanted)) => hide(live, wanted, rest),
                (None, Some(wanted)) => _ = live.insert((*step).to_owned(), wanted.clone()),
                _ => {}
            }
        }
        _ => {}
    }
}

impl TagForm {
    fn read(text: &'static str) -> Self {
        let list = text.strip_suffix(']').and_then(|text| text.split_once('['));
        match list {
            Some((property, members)) => Self { property, members: members.split_once(',') },
            None => Self { property: text, members: None },
        }
    }

    /// Tags as the type takes them.
    pub fn written(&self, tags: &Tags) -> Value {
        match self.members {
            Some((key, value)) => tags.iter().map(|(name, text)| json!({ key: name, value: text })).collect(),
            None => json!(**tags),
        }
    }

    /// Whether tags are written as the type has them.
    pub fn takes(&self, value: &Value) -> bool {
        match (self.members, value) {
            (Some((key, _)), Value::Array(tags)) => tags.iter().all(|tag| tag.get(key).is_some_and(Value::is_string)),
            (None, Value::Object(tags)) => tags.values().all(Value::is_string),
            _ => false,
        }
    }

    /// The form in words.
    pub fn form(&self) -> String {
        match self.members {
            Some((key, value)) => format!("a list of objects with `{key}` and `{value}`"),
            None => "an object of texts".to_owned(),
        }
    }

    /// Tags as an answer, or a pack, has them.
    pub fn tags_in(&self, value: &Value) -> Tags {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match self.members {
            Some((key, named)) => {
                let of = |tag: &Value| Some((text(tag.get(key)?), tag.get(named).map(text).unwrap_or_default()));
                value.as_array().into_iter().flatten().filter_map(of).collect()
            }
            None => value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{AnyResource, Part, difference};
    use crate::plan::world;

    fn content(type_name: &str, properties: &Value) -> crate::kind::Body {
        world::any_resource(&format!("{type_name}/ann-x"), properties, "lab6", "ann").body
    }

    fn parts(type_name: &str, live: &Value, wanted: &Value) -> Vec<Part> {
        difference(&content(type_name, live), &content(type_name, wanted)).parts.into_iter().collect()
    }

    #[test]
    fn every_row_is_read() {
        assert!(TYPES.len() > 1_500);
        for (name, schema) in TYPES.iter() {
            assert!(!schema.identifier.is_empty() && name.split("::").count() == 3, "{name}");
        }
        assert_eq!(Schema::of("AWS::SSM::Parameter").tags, Some(TagForm { property: "Tags", members: None }));
        assert_eq!(
            Schema::of("AWS::Next::Year").tags.as_ref().map(TagForm::form).unwrap(),
            "a list of objects with `Key` and `Value`"
        );
    }

    #[test]
    fn tags_have_the_form_of_their_type() {
        let tags: Tags = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())].into_iter().collect();
        for (type_name, written) in [
            ("AWS::DynamoDB::Table", json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])),
            ("AWS::SSM::Parameter", json!({"a": "1", "b": ""})),
        ] {
            let form = Schema::of(type_name).tags.as_ref().unwrap();
            assert_eq!((form.written(&tags), form.tags_in(&written)), (written.clone(), tags.clone()));
            assert!(form.takes(&written) && !form.takes(&json!("no")));
        }
    }

    #[test]
    fn what_cannot_be_changed_makes_the_resource_anew() {
        let table = "AWS::DynamoDB::Table";
        let with = |mode: &str, key: &str| json!({"BillingMode": mode, "KeySchema": [{"AttributeName": key}]});
        assert_eq!(parts(table, &with("A", "id"), &with("B", "id")), [Part::Configuration]);
        assert_eq!(parts(table, &with("A", "id"), &with("A", "other")), [Part::Type]);
        // A path within a property is told apart from the rest of it.
        let function = "AWS::CloudFront::ConnectionFunction";
        let of = |runtime: &str, comment: &str| json!({"ConnectionFunctionConfig": {"Runtime": runtime, "Comment": comment}});
        assert_eq!(parts(function, &of("js-1", "a"), &of("js-2", "a")), [Part::Type]);
        assert_eq!(parts(function, &of("js-1", "a"), &of("js-1", "b")), [Part::Configuration]);
    }

    #[test]
    fn what_no_answer_shows_is_no_drift() {
        let parameter = "AWS::SSM::Parameter";
        let wanted = json!({"Name": "ann-x", "Value": "v", "Description": "hidden"});
        assert_eq!(parts(parameter, &json!({"Name": "ann-x", "Value": "v", "Arn": "a"}), &wanted), Vec::<Part>::new());
        assert_eq!(parts(parameter, &json!({"Name": "ann-x", "Value": "w"}), &wanted), [Part::Configuration]);
        let rules = |more: Value| json!({"BucketName": "ann-x", "LifecycleConfiguration": {"Rules": [more]}});
        let wanted = rules(json!({"Id": "r", "Transition": {"Days": 1}}));
        assert_eq!(parts("AWS::S3::Bucket", &rules(json!({"Id": "r"})), &wanted), Vec::<Part>::new());
        assert_eq!(parts("AWS::S3::Bucket", &rules(json!({"Id": "s"})), &wanted), [Part::Configuration]);
    }

    #[test]
    fn a_patch_replaces_what_differs_and_keeps_what_nobody_wrote() {
        let of = |value: Value| value.as_object().unwrap().clone();
        let live = of(json!({"A": {"B": 1, "C": 2}, "D": 3, "Arn": "a"}));
        assert_eq!(AnyResource::patch(&live, &of(json!({"A": {"B": 1}, "D": 3}))), Vec::<Value>::new());
        assert_eq!(
            AnyResource::patch(&live, &of(json!({"A": {"B": 2}, "E/F": 4}))),
            [
                json!({"op": "replace", "path": "/A", "value": {"B": 2, "C": 2}}),
                json!({"op": "add", "path": "/E~1F", "value": 4})
            ]
        );
    }
}
