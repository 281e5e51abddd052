//! TagResource, UntagResource, ListTags.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html>

use crate::member::Member as _;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::access::Access;
use super::function_store::FunctionStore;
use super::name::Named;
use super::record::Record;
use super::update::unless_settling;
use crate::wire::{Answer, AnswerBody, Call, Fault};

/// Tags of one resource.
const MOST: usize = 50;

pub(super) fn tag_resource(access: &Access, functions: &FunctionStore, call: &Call) -> Result<Answer, Fault> {
    let mut record = tagged_function(access, functions, call)?;
    unless_settling(&record)?;
    Arc::make_mut(&mut record).tags.extend(tags(call.input.member("Tags"))?);
    if record.tags.len() > MOST {
        let message = format!("1 validation error detected: a resource may have at most {MOST} tags");
        return Err(Fault::client("InvalidParameterValueException", message));
    }
    functions.keep(record);
    Ok(nothing())
}

pub(super) fn untag_resource(access: &Access, functions: &FunctionStore, call: &Call) -> Result<Answer, Fault> {
    let mut record = tagged_function(access, functions, call)?;
    unless_settling(&record)?;
    let keys = [call.input.member("TagKeys"), call.input.member("tagKeys")];
    for key in keys.into_iter().flat_map(strings) {
        Arc::make_mut(&mut record).tags.remove(&key);
    }
    functions.keep(record);
    Ok(nothing())
}

pub(super) fn list_tags(access: &Access, functions: &FunctionStore, call: &Call) -> Result<Answer, Fault> {
    let record = tagged_function(access, functions, call)?;
    Ok(Answer::members(json!({ "Tags": record.tags })))
}

fn tagged_function(access: &Access, functions: &FunctionStore, call: &Call) -> Result<Arc<Record>, Fault> {
    let arn = call.input.member("Resource").as_str().unwrap_or_default();
    let named = Named::read(arn, &call.region)?;
    access.permit(call, arn)?;
    functions.find(&named)
}

/// One string or several: a query parameter may have come once.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

fn nothing() -> Answer {
    Answer { status: 204, headers: Vec::new(), body: AnswerBody::Members(Value::Null) }
}

/// A map of tags, checked.
///
/// # Errors
/// `InvalidParameterValueException` when a key or value breaks AWS's rules.
pub(super) fn tags(value: &Value) -> Result<BTreeMap<String, String>, Fault> {
    let Some(members) = value.as_object() else { return Ok(BTreeMap::new()) };
    let invalid = |what: String| Err(Fault::client("InvalidParameterValueException", what));
    if members.len() > MOST {
        return invalid(format!("1 validation error detected: a resource may have at most {MOST} tags"));
    }
    let mut tags = BTreeMap::new();
    for (key, value) in members {
        let value = value.as_str().unwrap_or_default();
        if key.is_empty() || key.chars().count() > 128 || key.to_ascii_lowercase().starts_with("aws:") {
            return invalid(format!("The tag key `{key}` is not valid: 1 to 128 characters, not starting with aws:"));
        }
        if value.chars().count() > 256 {
            return invalid(format!("The value of the tag `{key}` is longer than 256 characters"));
        }
        tags.insert(key.clone(), value.to_owned());
    }
    Ok(tags)
}
