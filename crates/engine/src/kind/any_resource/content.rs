//! The content of a resource of any type: a type and its properties.
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-types.html>

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::schema::Schema;
use super::{identity, likeness, marks};
use crate::kind::content::{RENAME, when};
use crate::kind::{Content, Dependency, Difference, Entry, Facts, Id, Part};
use crate::model::{Digest, Kind, Pack, Place, Tags, kinds, tag};

/// A resource's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnyResource {
    /// Its type, as CloudFormation names it.
    pub type_name: String,
    /// Its properties without its tags: those that are wanted, or all that were found.
    pub properties: Map<String, Value>,
    /// What the pack calls it; what was found does not say so.
    pub entry: Option<String>,
    /// The marks of what labctl wrote last, where they were found.
    #[serde(skip)]
    marks: Option<String>,
    /// Whether what was written last is as it was written, as far as it is still wanted.
    #[serde(skip)]
    is_as_written: bool,
}

impl AnyResource {
    /// A resource of this type and these properties, without tags among them.
    pub fn new(type_name: &str, properties: Map<String, Value>) -> Self {
        Self { type_name: type_name.to_owned(), properties, entry: None, marks: None, is_as_written: false }
    }

    /// The marks of its properties, for the tag that tells an edit from a change of the lab.
    pub fn marks(&self) -> String {
        marks::written(&self.properties)
    }

    /// What is known of its type.
    pub fn schema(&self) -> &'static Schema {
        Schema::of(&self.type_name)
    }

    /// Properties as they are sent: with these tags in the form that the type has.
    pub fn tagged(&self, tags: &Tags) -> Map<String, Value> {
        let mut properties = self.properties.clone();
        if let Some(form) = &self.schema().tags {
            properties.insert(form.property.to_owned(), form.written(tags));
        }
        properties
    }

    /// A resource as it was found, and its tags.
    pub fn found(type_name: &str, mut properties: Map<String, Value>) -> (Self, Tags) {
        let form = Schema::of(type_name).tags.as_ref();
        let tags = form.and_then(|form| Some(form.tags_in(&properties.remove(form.property)?)));
        let tags = tags.unwrap_or_default();
        let marks = tags.get(tag::PROPERTIES).cloned();
        (Self { marks, ..Self::new(type_name, properties) }, tags)
    }

    /// The list in `pack.toml` in which resources of a type are written, where it has one of its own.
    pub fn list_of(type_name: &str) -> Option<&'static str> {
        identity::list_of(type_name)
    }

    /// The name of the key of a resource with these properties.
    ///
    /// # Errors
    /// Why they do not tell.
    pub fn name_of(type_name: &str, properties: &Map<String, Value>) -> Result<String, identity::Unnamed> {
        identity::key_of_properties(type_name, properties)
    }

    /// An attribute of one that is there (`Endpoint.Address` is one within another), where it is a text that can stand in any other.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let mut steps = name.split('.');
        let first = self.properties.get(steps.next()?)?;
        let text = match steps.try_fold(first, |value, step| value.get(step))? {
            Value::String(text) => text.clone(),
            value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
            _ => return None,
        };
        let is_plain = |letter: char| !letter.is_control() && !matches!(letter, '"' | '\\');
        text.chars().all(is_plain).then_some(text)
    }

    /// The operations, as JSON Patch has them, that make what is there (`live`, as it is sent) what is wanted. What is not wanted stays.
    /// <https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-update.html>
    pub fn patch(live: &Map<String, Value>, wanted: &Map<String, Value>) -> Vec<Value> {
        let changed = wanted.iter().filter_map(|(name, wanted)| {
            let path = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            let Some(there) = live.get(name) else {
                return Some(json!({ "op": "add", "path": path, "value": wanted }));
            };
            let value = likeness::laid_over(there, wanted);
            (value != *there).then(|| json!({ "op": "replace", "path": path, "value": value }))
        });
        changed.collect()
    }
}

/// A text of properties that names something the lab has: its kind.
fn named(text: &str) -> Option<(&'static str, Kind)> {
    macro_rules! words {
        ($($(#[$_doc:meta])* $module:ident $name:ident $word:literal)*) => {
            [$((concat!("the ", $word), Kind::$name),)*]
        };
    }
    if !text.starts_with("arn:") {
        return None;
    }
    kinds!(words).into_iter().find(|(_, kind)| *kind != AnyResource::KIND && kind.named_in(text).is_some())
}

impl Content for AnyResource {
    const FACTS: Facts = Facts {
        plural: "resources",
        list: "resources",
        is_prefixed: true,
        name_suffix: None,
        has_template: true,
        folder: "resources",
        // Each type has its own: see `identity`.
        service: "cloudcontrolapi",
        arn_prefix: "",
        has_path: false,
        is_global: false,
        rank: 1,
        teardown: 1,
        parts: &[Part::Configuration],
        way_out: RENAME,
        is_work: true,
        is_logged: false,
        is_known_late: false,
        scarce: None,
        finds_roles_out: false,
        is_indexed: true,
        is_few: true,
        limits: &[],
        price: None,
        operations: &[
            ("cloudformation:CreateResource", &["ProgressEvent"]),
            ("cloudformation:DeleteResource", &["ProgressEvent"]),
            ("cloudformation:GetResource", &["ResourceDescription"]),
            ("cloudformation:GetResourceRequestStatus", &["ProgressEvent"]),
            ("cloudformation:ListResources", &["ResourceDescriptions"]),
            ("cloudformation:UpdateResource", &["ProgressEvent"]),
        ],
        delete_calls: &[
            "cloudformation:GetResource",
            "cloudformation:DeleteResource",
            "cloudformation:GetResourceRequestStatus",
            "cloudformation:GetResource",
        ],
        constraints: CONSTRAINTS,
    };

    fn as_written(&self) -> Value {
        let Self { type_name, properties, entry: _, marks: _, is_as_written: _ } = self;
        json!({ "type": type_name, "properties": properties })
    }

    fn compare(&self, wanted: &Self, found: &mut Difference) {
        let Self { type_name, properties, entry: _, marks: _, is_as_written: _ } = wanted;
        found.field(Part::Type, "type", &json!(self.type_name), &json!(type_name));
        let names: BTreeSet<&String> = self.properties.keys().chain(properties.keys()).collect();
        for name in names {
            let of = |properties: &Map<String, Value>| properties.get(name).cloned().unwrap_or_default();
            let (from, to) = (of(&self.properties), of(properties));
            let is_fixed = wanted.schema().is_fixed(name, &from, &to);
            let part = if is_fixed { Part::Type } else { Part::Configuration };
            found.field(part, &format!("properties.{name}"), &from, &to);
        }
    }

    /// AWS fills in a good deal that nobody asked for; and what it never shows cannot be compared.
    fn comparable(&self, wanted: &Self) -> Cow<'_, Self> {
        let mut properties = likeness::as_wanted(&self.properties, &wanted.properties);
        self.schema().hide(&mut properties, &wanted.properties);
        let is_kept = |name: &String| {
            let is_hidden = self.schema().is_hidden(name);
            let fits = |marks: &String| marks::fits(marks, name, properties.get(name));
            is_hidden || self.marks.as_ref().is_some_and(fits)
        };
        let is_as_written = self.marks.is_some() && wanted.properties.keys().all(is_kept);
        Cow::Owned(Self { is_as_written, ..Self::new(&self.type_name, properties) })
    }

    /// What the lab began to write is no edit, though AWS filled it in before.
    fn has_digest(&self, digest: &Digest) -> bool {
        self.is_as_written || *digest == self.digest()
    }

    /// Which of its properties were wanted is known of nothing that is not wanted any more, so nobody can say that it was edited.
    fn could_have_digest(&self, _: &Digest) -> bool {
        true
    }

    /// What of the lab its properties name by ARN, if it is there.
    fn dependencies(&self, _: &str) -> Vec<Dependency<'_>> {
        let mut texts = Vec::new();
        self.properties.values().for_each(|value| likeness::texts(value, &mut texts));
        let named = texts.into_iter().filter_map(|text| Some((text, named(text)?)));
        named.map(|(text, (what, kind))| Dependency { what, kind, id: Id::Arn(text), is_own: true }).collect()
    }

    fn replace_texts(&mut self, replace: &dyn Fn(&str) -> String) {
        self.properties.values_mut().for_each(|value| likeness::replace(value, replace));
    }

    fn create_calls(&self) -> Vec<&'static str> {
        vec!["cloudformation:CreateResource", "cloudformation:GetResourceRequestStatus"]
    }

    /// A patch is made of what is there.
    fn update_calls(_: &BTreeSet<Part>) -> Vec<&'static str> {
        let change = ["cloudformation:UpdateResource", "cloudformation:GetResourceRequestStatus"];
        [vec!["cloudformation:GetResource"], when(true, &change)].concat()
    }

    fn entries(pack: &Pack) -> Vec<Entry<'_>> {
        let entry = |name, when, template| Entry { name, when, brought_by: None, template: Some(template) };
        let all = pack.resources.iter();
        all.map(|it| entry(it.name.as_str(), it.when.as_deref(), it.properties.as_str())).collect()
    }

    fn bare_name(name: &str) -> &str {
        identity::bare_name(name)
    }

    fn arn(place: &Place, name: &str, _: &str) -> String {
        identity::TypedName::of_key(name).arn(place)
    }

    fn named_in(arn: &str) -> Option<String> {
        identity::key_in(arn)
    }

    fn tagged_services() -> Vec<&'static str> {
        identity::services()
    }
}

const CONSTRAINTS: &str = r#"{
  "resources.name": {"operation": "cloudformation:GetResource", "member": "Identifier", "shortest": 1, "longest":
    1024, "pattern": ".+", "page":
    "https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-identifier.html"},
  "resources.type": {"operation": "cloudformation:CreateResource", "member": "TypeName", "shortest": 10, "longest":
    196, "pattern": "[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}"}
}"#;
