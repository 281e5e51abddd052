//! GetFunction, GetFunctionConfiguration, ListFunctions.

use crate::member::Member as _;
use serde_json::{Value, json};

use super::access::Access;
use super::download::Downloads;
use super::function_store::FunctionStore;
use super::name::Named;
use super::record::absolute;
use crate::service::members::Members;
use crate::service::page::in_region;
use crate::wire::{Answer, Call, Fault};

/// The largest page, and the page when nothing is asked.
const PAGE: usize = 50;

/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>. `Code.Location` is on this endpoint, which
/// has no S3.
pub(super) fn get_function(
    access: &Access,
    functions: &FunctionStore,
    downloads: &Downloads,
    endpoint_url: &str,
    call: &Call,
) -> Result<Answer, Fault> {
    let named = Named::of(call)?;
    access.permit(call, &functions.arn(&named.region, &named.name))?;
    let record = functions.find(&named)?;
    let path = downloads.offer(absolute(&functions.folder, &record.code_folder()));
    let location = format!("{endpoint_url}{path}");
    let code = json!({ "RepositoryType": "S3", "Location": location });
    let mut answer = json!({ "Configuration": record.to_wire(), "Code": code });
    if let Some(members) = answer.as_object_mut().filter(|_| !record.tags.is_empty()) {
        members.insert("Tags".to_owned(), json!(record.tags));
    }
    Ok(Answer::members(answer))
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>
pub(super) fn get_function_configuration(
    access: &Access,
    functions: &FunctionStore,
    call: &Call,
) -> Result<Answer, Fault> {
    let named = Named::of(call)?;
    let arn = functions.arn(&named.region, &named.name);
    access.permit(call, &arn)?;
    Ok(Answer::members(functions.find(&named)?.to_wire()))
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>. The marker is the last name given.
pub(super) fn list_functions(access: &Access, functions: &FunctionStore, call: &Call) -> Result<Answer, Fault> {
    access.permit(call, "*")?;
    let size = Members::of(call).count("MaxItems").unwrap_or(PAGE).min(PAGE);
    let after = call.input.member("Marker").as_str().unwrap_or_default();
    let all = functions.functions();
    let mut rest = in_region(&all, &call.region, after).map(|(_, record)| record).peekable();
    let page: Vec<_> = rest.by_ref().take(size).collect();
    let marker = rest.peek().and_then(|_| page.last()).map(|record| record.name.clone());
    // There are no versions but this one.
    let with_versions = call.input.member("FunctionVersion") == "ALL";
    let shown = |record: &super::record::Record| {
        let mut listed = record.listed();
        if let Some(arn) = listed.get_mut("FunctionArn").filter(|_| with_versions) {
            *arn = json!(format!("{}:$LATEST", record.arn));
        }
        listed
    };
    let configurations: Vec<Value> = page.into_iter().map(|record| shown(record)).collect();
    let mut answer = json!({ "Functions": configurations });
    if let (Some(marker), Some(members)) = (marker, answer.as_object_mut()) {
        members.insert("NextMarker".to_owned(), json!(marker));
    }
    Ok(Answer::members(answer))
}
