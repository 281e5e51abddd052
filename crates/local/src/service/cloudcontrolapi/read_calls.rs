//! Reading: one, a type's, and how a request went.

use serde_json::{Value, json};

use super::record_store::RecordStore;
use super::resource_type::ResourceType;
use crate::service::members::Members;
use crate::service::page::page;
use crate::wire::Fault;

/// The type that a request names.
///
/// # Errors
/// One that is not offered, as AWS words one that it does not have.
pub(super) fn known(members: Members<'_>) -> Result<&'static ResourceType, Fault> {
    let name = members.given("TypeName");
    ResourceType::find(name)
        .ok_or_else(|| Fault::client("TypeNotFoundException", format!("The type '{name}' cannot be found.")))
}

pub(super) fn get_resource(records: &RecordStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let (known, identifier) = (known(members)?, members.given("Identifier"));
    let found = records.find(&records.state(), region, known, identifier);
    let record = found.ok_or_else(|| {
        let message = format!("{} Handler returned status FAILED: {}", known.name, missing(known, identifier));
        Fault::client("ResourceNotFoundException", format!("{message} (HandlerErrorCode: NotFound)"))
    })?;
    let described = json!({"Identifier": record.identifier, "Properties": record.shown(known)});
    Ok(json!({"TypeName": known.name, "ResourceDescription": described}))
}

/// A list shows identifiers alone, as most types' do.
pub(super) fn list_resources(records: &RecordStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let known = known(members)?;
    let state = records.state();
    let all = state.records.range((region.to_owned(), String::new())..).map(|(_, record)| record);
    let all = all.take_while(|record| record.region == region).filter(|record| record.type_name == known.name);
    let size = members.count("MaxResults").unwrap_or(100);
    let page = page(all.collect(), |record| record.arn.clone(), members.text("NextToken"), size)
        .ok_or_else(|| Fault::client("InvalidRequestException", "The NextToken is not valid"))?;
    let described = page.items.into_iter().map(|record| {
        let shown = json!({ known.identifier_property(): record.identifier });
        json!({"Identifier": record.identifier, "Properties": shown.to_string()})
    });
    let described: Vec<Value> = described.collect();
    Ok(json!({"TypeName": known.name, "ResourceDescriptions": described, "NextToken": page.next}))
}

pub(super) fn request_status(records: &RecordStore, region: &str, members: Members<'_>) -> Result<Value, Fault> {
    let token = members.given("RequestToken");
    let state = records.state();
    let found = state.requests.get(&(region.to_owned(), token.to_owned()));
    found.map(super::record::Request::ended).ok_or_else(|| {
        Fault::client("RequestTokenNotFoundException", format!("Request with token {token} was not found"))
    })
}

/// What a handler says of a resource that is not there.
pub(super) fn missing(known: &ResourceType, identifier: &str) -> String {
    format!("Resource of type '{}' with identifier '{identifier}' was not found.", known.name)
}
