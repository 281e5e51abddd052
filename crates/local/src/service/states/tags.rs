//! TagResource, UntagResource, ListTagsForResource.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#concepts-tagging>

use crate::member::Member as _;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::access::Access;
use super::fault::invalid_arn;
use super::machine::MACHINES;
use super::machine::Record;
use super::registry::Registry;
use super::state::text;
use crate::arn::Arn;
use crate::wire::{Answer, Call, Fault};

/// Tags of one resource.
const MOST: usize = 50;

pub(super) fn tag_resource(access: &Access, registry: &Registry, call: &Call) -> Result<Answer, Fault> {
    let tags = read_tags(call.input.member("tags"))?;
    change_tags(access, registry, call, |there| {
        there.extend(tags);
        if there.len() > MOST {
            let message = format!("Too Many Tags: a resource may have at most {MOST}");
            return Err(Fault::client("TooManyTags", message));
        }
        Ok(())
    })
}

pub(super) fn untag_resource(access: &Access, registry: &Registry, call: &Call) -> Result<Answer, Fault> {
    let keys = call.input.member("tagKeys").as_array().map(Vec::as_slice).unwrap_or_default();
    change_tags(access, registry, call, |there| {
        for key in keys.iter().filter_map(Value::as_str) {
            there.remove(key);
        }
        Ok(())
    })
}

pub(super) fn list_tags(access: &Access, registry: &Registry, call: &Call) -> Result<Answer, Fault> {
    let arn = tagged_arn(access, call)?;
    let machine = registry.state().machines.get(arn).cloned().ok_or_else(|| no_resource(arn))?;
    let tags: Vec<Value> =
        machine.record.tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    Ok(Answer::members(json!({ "tags": tags })))
}

fn change_tags(
    access: &Access,
    registry: &Registry,
    call: &Call,
    change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), Fault>,
) -> Result<Answer, Fault> {
    let arn = tagged_arn(access, call)?;
    let mut state = registry.state();
    let machine = state.machines.get_mut(arn).ok_or_else(|| no_resource(arn))?;
    let record: &mut Record = &mut Arc::make_mut(machine).record;
    let mut tags = record.tags.clone();
    change(&mut tags)?;
    record.tags = tags;
    registry.store.put(MACHINES, arn, json!(record));
    Ok(Answer::members(json!({})))
}

fn tagged_arn<'call>(access: &Access, call: &'call Call) -> Result<&'call str, Fault> {
    let arn = text(&call.input, "resourceArn");
    if Arn::parse(arn).is_none_or(|arn| arn.service != "states") {
        return Err(invalid_arn(format!("Invalid ARN prefix: {arn}")));
    }
    access.permit(call, arn)?;
    Ok(arn)
}

fn no_resource(arn: &str) -> Fault {
    Fault::client("ResourceNotFound", format!("Resource not found: '{arn}'"))
}

fn is_tag_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter)
}

/// Reads a list of tags.
///
/// # Errors
/// `ValidationException`, `TooManyTags`.
pub(super) fn read_tags(value: &Value) -> Result<BTreeMap<String, String>, Fault> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.len() > MOST {
        return Err(Fault::client("TooManyTags", format!("Too Many Tags: a resource may have at most {MOST}")));
    }
    let mut tags = BTreeMap::new();
    for tag in list {
        let (key, value) = (text(tag, "key"), text(tag, "value"));
        if let Some(wrong) = [key, value].into_iter().find(|text| !text.chars().all(is_tag_letter)) {
            let message = format!("Tags may only contain letters, digits, white space and _ . : / = + - @: '{wrong}'");
            return Err(Fault::client("ValidationException", message));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            let message = format!("The tag key '{key}' begins with aws:, which AWS keeps for itself");
            return Err(Fault::client("ValidationException", message));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    Ok(tags)
}
