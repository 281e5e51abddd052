//! Changing: what is refused at once is an error of the call, what a handler refuses is how the request ends.

use serde_json::Value;

use super::model;
use super::read_calls::{known, missing};
use super::record::{Failed, Record, Request, read_tags};
use super::record_store::{RecordStore, State};
use super::resource_type::{Handler, Properties, ResourceType};
use crate::random;
use crate::service::members::Members;
use crate::wire::{Call, Fault};

/// What a request changes.
enum Wish {
    Create(Properties),
    Update(String, Properties),
    Delete(String),
}

/// Whether the caller may have a handler's action done to an ARN.
pub(super) type MayDo<'a> = &'a dyn Fn(&str, &str) -> Result<(), String>;

/// Answers CreateResource, UpdateResource and DeleteResource.
pub(super) fn change(records: &RecordStore, call: &Call, may: MayDo<'_>) -> Result<Value, Fault> {
    let (region, members) = (call.region.as_str(), Members::of(call));
    let known = known(members)?;
    let client_token = members.text("ClientToken").map(str::to_owned);
    let asked = asked(call);
    let mut state = records.state();
    if let Some(earlier) = earlier(&state, region, client_token.as_deref(), &asked)? {
        return Ok(earlier.ended());
    }
    let wish = read(records, &state, region, known, call)?;
    let outcome = carry_out(records, &mut state, region, known, wish, may);
    let (identifier, done) = outcome;
    let request = Request {
        region: region.to_owned(),
        token: random::uuid(),
        client_token,
        asked,
        type_name: known.name.to_owned(),
        identifier,
        operation: call.operation.trim_end_matches("Resource").to_ascii_uppercase(),
        at_ms: records.clock.now_ms(),
        model: done.as_ref().ok().cloned().flatten(),
        failed: done.err(),
    };
    let begun = request.begun();
    records.remember(&mut state, request);
    Ok(begun)
}

/// Operation and input, without the client token.
fn asked(call: &Call) -> String {
    let mut input = call.input.clone();
    if let Some(members) = input.as_object_mut() {
        members.remove("ClientToken");
    }
    format!("{} {input}", call.operation)
}

/// The request that this one repeats.
fn earlier<'state>(
    state: &'state State,
    region: &str,
    client_token: Option<&str>,
    asked: &str,
) -> Result<Option<&'state Request>, Fault> {
    let Some(client) = client_token else { return Ok(None) };
    let token = state.by_client.get(&(region.to_owned(), client.to_owned()));
    let found = token.and_then(|token| state.requests.get(&(region.to_owned(), token.clone())));
    match found {
        Some(request) if request.asked != asked => {
            let message = "The specified client token has already been used in another resource request.";
            Err(Fault::client("ClientTokenConflictException", message))
        }
        found => Ok(found),
    }
}

/// Reads what is asked for, held to the type's schema.
fn read(records: &RecordStore, state: &State, region: &str, known: &ResourceType, call: &Call) -> Result<Wish, Fault> {
    let members = Members::of(call);
    let identifier = members.given("Identifier").to_owned();
    match call.operation.as_str() {
        "CreateResource" => {
            let properties = model::read(members.given("DesiredState"), "DesiredState")?;
            model::hold(known, &properties)?;
            Ok(Wish::Create(model::complete(known, (region, &records.account), records.clock.now_ms(), properties)))
        }
        "UpdateResource" => {
            let Some(record) = records.find(state, region, known, &identifier) else {
                return Ok(Wish::Update(identifier, Properties::new()));
            };
            let properties =
                model::patched(known, records.clock.now_ms(), &record.properties, members.given("PatchDocument"))?;
            Ok(Wish::Update(identifier, properties))
        }
        _ => Ok(Wish::Delete(identifier)),
    }
}

/// Does it, and says to what, and how the resource is then.
fn carry_out(
    records: &RecordStore,
    state: &mut State,
    region: &str,
    known: &ResourceType,
    wish: Wish,
    may: MayDo<'_>,
) -> (Option<String>, Result<Option<String>, Failed>) {
    let allowed = |handler, arn: &str| may(known.action(handler), arn).map_err(|why| Failed::new("AccessDenied", why));
    let arn_of = |identifier: &str| known.arn_of(region, &records.account, identifier);
    let missing = |identifier: &str| Failed::new("NotFound", missing(known, identifier));
    match wish {
        Wish::Create(properties) => {
            let arn = known.arn(region, &records.account, &properties);
            let identifier = known.identifier(&properties, &arn);
            let made = allowed(Handler::Create, &arn).and_then(|()| create(records, state, region, known, properties));
            (Some(identifier), made)
        }
        Wish::Update(identifier, properties) => {
            let done = allowed(Handler::Update, &arn_of(&identifier)).and_then(|()| {
                let record = records.find(state, region, known, &identifier).ok_or_else(|| missing(&identifier))?;
                read_tags(&properties).map_err(|why| Failed::new("InvalidRequest", why))?;
                let record = Record { properties, ..record };
                let shown = record.shown(known);
                records.save(state, record);
                Ok(Some(shown))
            });
            (Some(identifier), done)
        }
        Wish::Delete(identifier) => {
            let done = allowed(Handler::Delete, &arn_of(&identifier)).and_then(|()| {
                let record = records.find(state, region, known, &identifier).ok_or_else(|| missing(&identifier))?;
                records.forget(state, &record);
                Ok(None)
            });
            (Some(identifier), done)
        }
    }
}

fn create(
    records: &RecordStore,
    state: &mut State,
    region: &str,
    known: &ResourceType,
    properties: Properties,
) -> Result<Option<String>, Failed> {
    read_tags(&properties).map_err(|why| Failed::new("InvalidRequest", why))?;
    let arn = known.arn(region, &records.account, &properties);
    let identifier = known.identifier(&properties, &arn);
    // The names of buckets are one space over all regions.
    let is_everywhere = known.name == "AWS::S3::Bucket";
    if state.records.contains_key(&(region.to_owned(), arn.clone()))
        || is_everywhere && state.records.values().any(|record| record.arn == arn)
    {
        let message = format!("Resource of type '{}' with identifier '{identifier}' already exists.", known.name);
        return Err(Failed::new("AlreadyExists", message));
    }
    let type_name = known.name.to_owned();
    let record = Record { region: region.to_owned(), arn, type_name, identifier, properties };
    let shown = record.shown(known);
    records.save(state, record);
    Ok(Some(shown))
}
