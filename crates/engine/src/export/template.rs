//! A CloudFormation template for one lab of any user.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::name::logical;
use super::{ExportFile, StandIn};
use crate::kind::{LogGroup, Resource};
use crate::model::{Key, Tags, UserName, tag};

/// Bytes of a template that lies in S3, at most.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
pub const LARGEST_TEMPLATE: usize = 1_000_000;

/// Resources of a template, at most.
pub const MOST_RESOURCES: usize = 500;

/// Characters of a text that a mistake shows.
const LONGEST_SHOWN: usize = 80;

/// A template in the making.
pub struct Template<'lab> {
    stand_in: &'lab StandIn,
    /// The lab's resources by their ARNs and keys, and what they are called in the template.
    by_arn: BTreeMap<String, String>,
    by_key: BTreeMap<&'lab Key, String>,
    resources: Map<String, Value>,
    mistakes: Vec<TemplateError>,
}

/// Why a lab is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// A key of a document depends on the user or place; CloudFormation fills in values only.
    Key {
        /// The resource, as a pack's template would name it.
        resource: String,
        /// The key.
        key: String,
    },
    /// An attribute that the kind has no property for.
    Attribute {
        /// The resource.
        resource: String,
        /// The attribute.
        attribute: String,
    },
    /// A text that CloudFormation would take for a dynamic reference.
    Resolved {
        /// What begins so.
        text: String,
    },
    /// Too many resources.
    Resources(usize),
    /// Too many bytes.
    Bytes(usize),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { resource, key } => {
                write!(formatter, "{resource} has a key `{key}`, and CloudFormation fills in values, not keys")
            }
            Self::Attribute { resource, attribute } => {
                write!(formatter, "{resource} has an attribute `{attribute}`, which is no property in CloudFormation")
            }
            Self::Resolved { text } => {
                write!(
                    formatter,
                    "`{text}` is a dynamic reference to CloudFormation, which would put something else in its place"
                )
            }
            Self::Resources(count) => {
                write!(formatter, "the lab has {count} resources, and a template holds {MOST_RESOURCES} at most")
            }
            Self::Bytes(size) => {
                write!(formatter, "the template has {size} bytes, and may have {LARGEST_TEMPLATE} at most")
            }
        }
    }
}

impl<'lab> Template<'lab> {
    /// The template of a lab that was rendered for the stand-in.
    pub(super) fn new(stand_in: &'lab StandIn, resources: &'lab [Arc<Resource>]) -> Self {
        let mut template = Self {
            stand_in,
            by_arn: BTreeMap::new(),
            by_key: BTreeMap::new(),
            resources: Map::new(),
            mistakes: Vec::new(),
        };
        let mut taken = BTreeSet::new();
        for resource in resources {
            let key = &resource.key;
            let name = key.name.replace(&format!("{}-", stand_in.user), "");
            let plain = format!("{}{}", logical(key.kind.word()), logical(&name));
            let mut id = plain.clone();
            for number in 2.. {
                if taken.insert(id.clone()) {
                    break;
                }
                id = format!("{plain}{number}");
            }
            template.by_arn.insert(stand_in.place.arn(key, resource.body.path()), id.clone());
            template.by_key.insert(key, id);
        }
        template
    }

    /// The document, with the parameter `User` and the bucket that has the code.
    ///
    /// # Errors
    /// What CloudFormation cannot say, and limits that it has.
    pub(super) fn finish(mut self, title: &str, user: &str, bucket: &str) -> Result<ExportFile, Vec<TemplateError>> {
        let mut texts = Vec::new();
        self.resources.values().for_each(|resource| resolved(resource, &mut texts));
        self.mistakes.extend(texts.into_iter().map(|text| TemplateError::Resolved { text }));
        let count = self.resources.len();
        if count > MOST_RESOURCES {
            self.mistakes.push(TemplateError::Resources(count));
        }
        let document = json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": title,
            "Parameters": {
                "User": {
                    "Type": "String",
                    "Default": user,
                    "AllowedPattern": "[a-z]([a-z0-9-]*[a-z0-9])?",
                    "MaxLength": UserName::LONGEST,
                    "Description": "The user whose lab it is: what the names of its resources begin with",
                },
                "CodeBucket": {
                    "Type": "String",
                    "Default": bucket,
                    "Description": "The bucket, in the stack's region, that has the functions' packages below code/",
                },
            },
            "Resources": self.resources,
        });
        let file = ExportFile::json("template.json", &document);
        if file.bytes.len() > LARGEST_TEMPLATE {
            self.mistakes.push(TemplateError::Bytes(file.bytes.len()));
        }
        if self.mistakes.is_empty() { Ok(file) } else { Err(self.mistakes) }
    }

    /// Adds a resource of a type. Properties that are `null` are left out.
    pub(super) fn add(&mut self, key: &Key, type_name: &str, properties: Value, depends_on: &[Key]) {
        let Some(id) = self.by_key.get(key).cloned() else { return };
        self.add_as(id, type_name, properties, depends_on);
    }

    /// Adds what belongs to a resource and is one of its own for CloudFormation.
    pub(super) fn add_beside(&mut self, key: &Key, suffix: &str, type_name: &str, properties: Value) {
        let Some(id) = self.by_key.get(key).map(|id| format!("{id}{suffix}")) else { return };
        self.add_as(id, type_name, properties, std::slice::from_ref(key));
    }

    fn add_as(&mut self, id: String, type_name: &str, mut properties: Value, depends_on: &[Key]) {
        if let Some(properties) = properties.as_object_mut() {
            properties.retain(|_, value| !value.is_null());
        }
        // After class nothing is left.
        let mut resource = json!({
            "Type": type_name, "Properties": properties, "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete",
        });
        let ids: Vec<&String> = depends_on.iter().filter_map(|key| self.by_key.get(key)).collect();
        if let (false, Some(fields)) = (ids.is_empty(), resource.as_object_mut()) {
            fields.insert("DependsOn".to_owned(), json!(ids));
        }
        self.resources.insert(id, resource);
    }

    /// A text with the parameters in their places; one that is empty is left out.
    pub(super) fn text(&self, text: &str) -> Value {
        if text.is_empty() { Value::Null } else { self.stand_in.text(text) }
    }

    /// A text with the parameters in their places, also an empty one.
    pub(super) fn value(&self, text: &str) -> Value {
        self.stand_in.text(text)
    }

    /// The ARN of a log group of this name, as Step Functions wants it.
    pub(super) fn log_group_arn(&self, name: &str) -> String {
        format!("{}:*", self.stand_in.place.arn(&LogGroup::key(name), "/"))
    }

    /// A document with the parameters in their places.
    pub(super) fn document(&mut self, key: &Key, document: &Value) -> Value {
        self.stand_in.document(document).unwrap_or_else(|found| {
            let resource = self.told(key);
            self.mistakes.push(TemplateError::Key { resource, key: found });
            Value::Null
        })
    }

    /// The ARN of one of the lab's own by reference, so that it is made first; of another as it is.
    pub(super) fn arn(&self, arn: &str) -> Value {
        match self.by_arn.get(arn) {
            Some(id) => json!({ "Fn::GetAtt": [id, "Arn"] }),
            None => self.text(arn),
        }
    }

    /// The ARN of a resource by its key, if it is in the lab.
    pub(super) fn arn_of(&self, key: &Key) -> Option<Value> {
        self.by_key.get(key).map(|id| json!({ "Fn::GetAtt": [id, "Arn"] }))
    }

    /// A reference to a resource by its key, if it is in the lab.
    pub(super) fn reference(&self, key: &Key) -> Option<Value> {
        self.by_key.get(key).map(|id| json!({ "Ref": id }))
    }

    /// Its tags as CloudFormation writes them.
    pub(super) fn tags(&self, resource: &Resource) -> Value {
        resource.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": self.stand_in.text(value) })).collect()
    }

    /// Notes an attribute that cannot be written.
    pub(super) fn unknown_attribute(&mut self, key: &Key, attribute: &str) {
        let resource = self.told(key);
        self.mistakes.push(TemplateError::Attribute { resource, attribute: attribute.to_owned() });
    }

    fn told(&self, key: &Key) -> String {
        format!("{} `{}`", key.kind, self.stand_in.told(&key.name))
    }
}

/// Every text in a document that CloudFormation would take for a dynamic reference.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>
fn resolved(document: &Value, found: &mut Vec<String>) {
    match document {
        Value::String(text) if text.contains("{{resolve:") => found.push(text.chars().take(LONGEST_SHOWN).collect()),
        Value::Array(items) => items.iter().for_each(|item| resolved(item, found)),
        Value::Object(fields) => fields.values().for_each(|value| resolved(value, found)),
        _ => {}
    }
}

/// The tags of a resource that a stack manages: they say so. A digest is of one user's content and is left out.
pub fn managed_tags(tags: &Tags) -> Tags {
    let mut tags = tags.clone();
    tags.remove(tag::DIGEST);
    tags.remove(tag::PROPERTIES);
    tags.insert(tag::MANAGED_BY.to_owned(), tag::CLOUDFORMATION.to_owned());
    tags
}
