//! UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction.

use std::sync::Arc;

use crate::member::Member as _;
use serde_json::{Value, json};

use super::access::Access;
use super::configuration::Configuration;
use super::function_store::FunctionStore;
use super::name::Named;
use super::record::Record;
use super::upload::package;
use crate::wire::{Answer, AnswerBody, Call, Fault};

/// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>
pub(super) async fn update_function_code(
    access: &Access,
    functions: &FunctionStore,
    call: &Call,
) -> Result<Answer, Fault> {
    let record = changeable(access, functions, call)?;
    let unpacking = functions.packages.read().await;
    let package = package(functions, call, &call.input).await?;
    let architectures = json!({ "Architectures": call.input.member("Architectures") });
    if call.input.is_true("DryRun") {
        return Ok(Answer::members(record.to_wire()));
    }
    // Unpacking took a while; look again.
    let before = changeable(access, functions, call)?;
    let old_folder = before.code_folder();
    let configuration = before.configuration.clone().with(&architectures, &call.operation)?;
    let record = functions.settle(Record { configuration, package, updated: true, ..Record::clone(&before) });
    drop(unpacking);
    functions.drop_package(&old_folder);
    Ok(Answer::members(record.to_wire()))
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>
pub(super) fn update_function_configuration(
    access: &Access,
    functions: &FunctionStore,
    call: &Call,
) -> Result<Answer, Fault> {
    let before = changeable(access, functions, call)?;
    let configuration = Configuration::with(before.configuration.clone(), &call.input, &call.operation)?;
    if configuration.role != before.configuration.role {
        access.may_pass(&call.caller, &configuration.role)?;
        access.may_assume(&configuration.role, &before.arn)?;
    }
    let record = functions.settle(Record { configuration, updated: true, ..Record::clone(&before) });
    Ok(Answer::members(record.to_wire()))
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html>
pub(super) fn delete_function(access: &Access, functions: &FunctionStore, call: &Call) -> Result<Answer, Fault> {
    let named = Named::of(call)?;
    access.permit(call, &functions.arn(&named.region, &named.name))?;
    let record = functions.find(&named)?;
    functions.forget(&record);
    Ok(Answer { status: 204, headers: Vec::new(), body: AnswerBody::Members(Value::Null) })
}

/// The function of a request that changes it, if nothing else is changing it now.
fn changeable(access: &Access, functions: &FunctionStore, call: &Call) -> Result<Arc<Record>, Fault> {
    let named = Named::of(call)?;
    let arn = functions.arn(&named.region, &named.name);
    access.permit(call, &arn)?;
    let record = functions.find(&named)?;
    unless_settling(&record)?;
    let revision = call.input.member("RevisionId").as_str();
    if revision.is_some_and(|revision| revision != record.revision) {
        let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias \
                       API to retrieve the latest Revision Id";
        return Err(Fault::client("PreconditionFailedException", message).status(412));
    }
    Ok(record)
}

/// Refuses what Lambda refuses while a function is being created or updated.
/// <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>
pub(super) fn unless_settling(record: &Record) -> Result<(), Fault> {
    if !record.is_settling() {
        return Ok(());
    }
    let rest = if record.is_pending() {
        "The function is currently in the following state: Pending".to_owned()
    } else {
        format!("An update is in progress for resource: {}", record.arn)
    };
    let message = format!("The operation cannot be performed at this time. {rest}");
    Err(Fault::client("ResourceConflictException", message).status(409))
}
