//! CreateFunction. <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>

use super::access::Access;
use super::configuration::Configuration;
use super::function_store::FunctionStore;
use super::name::Named;
use super::record::Record;
use super::tags::tags;
use super::upload::package;
use crate::member::Member as _;
use crate::service::members::missing;
use crate::wire::{Answer, AnswerBody, Call, Fault};

pub(super) async fn create_function(access: &Access, functions: &FunctionStore, call: &Call) -> Result<Answer, Fault> {
    let input = &call.input;
    let named = Named::of(call)?;
    let arn = functions.arn(&named.region, &named.name);
    access.permit(call, &arn)?;
    for member in ["Handler", "Runtime"] {
        if input.member(member).as_str().is_none_or(str::is_empty) {
            return Err(missing("ValidationException", member));
        }
    }
    let configuration = Configuration::default().with(input, &call.operation)?;
    let tags = tags(input.member("Tags"))?;
    access.may_pass(&call.caller, &configuration.role)?;
    let key = (named.region.clone(), named.name.clone());
    refuse_existing(functions, &key)?;
    access.may_assume(&configuration.role, &arn)?;
    let _unpacking = functions.packages.read().await;
    let package = package(functions, call, input.member("Code")).await?;
    // Unpacking took a while; another request may have been first.
    refuse_existing(functions, &key)?;
    let record = functions.settle(Record {
        arn,
        name: named.name,
        region: named.region,
        configuration,
        package,
        tags,
        revision: String::new(),
        modified_ms: 0,
        updated: false,
        settles: None,
    });
    Ok(Answer { status: 201, headers: Vec::new(), body: AnswerBody::Members(record.to_wire()) })
}

fn refuse_existing(functions: &FunctionStore, key: &(String, String)) -> Result<(), Fault> {
    if functions.functions().contains_key(key) {
        let message = format!("Function already exist: {}", key.1);
        return Err(Fault::client("ResourceConflictException", message).status(409));
    }
    Ok(())
}
