//! UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction.

use crate::member::Member as _;
use serde_json::{Value, json};

use super::configuration::Configuration;
use super::record::Record;
use super::service::LambdaService;
use crate::wire::{Answer, AnswerBody, Call, Fault};

impl LambdaService {
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>
    pub(super) async fn update_function_code(&self, call: &Call) -> Result<Answer, Fault> {
        let record = self.changeable(call)?;
        let unpacking = self.packages.read().await;
        let package = self.package(call, &call.input).await?;
        let architectures = json!({ "Architectures": call.input.member("Architectures") });
        if call.input.is_true("DryRun") {
            return Ok(Answer::members(record.to_wire()));
        }
        // Unpacking took a while; look again.
        let before = self.changeable(call)?;
        let old_folder = before.code_folder();
        let configuration = before.configuration.clone().with(&architectures, &call.operation)?;
        let record = self.settle(Record { configuration, package, updated: true, ..before });
        drop(unpacking);
        self.drop_package(&old_folder);
        Ok(Answer::members(record.to_wire()))
    }

    /// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>
    pub(super) fn update_function_configuration(&self, call: &Call) -> Result<Answer, Fault> {
        let before = self.changeable(call)?;
        let configuration = Configuration::with(before.configuration.clone(), &call.input, &call.operation)?;
        if configuration.role != before.configuration.role {
            self.authorize(&call.caller, "iam:PassRole", &configuration.role)?;
            self.may_assume(&configuration.role, &before.arn)?;
        }
        let record = self.settle(Record { configuration, updated: true, ..before });
        Ok(Answer::members(record.to_wire()))
    }

    /// <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html>
    pub(super) fn delete_function(&self, call: &Call) -> Result<Answer, Fault> {
        let named = Self::named(call)?;
        self.permit(call, &self.function_arn(&named.region, &named.name))?;
        let record = self.find(&named)?;
        self.forget(&record);
        Ok(Answer { status: 204, headers: Vec::new(), body: AnswerBody::Members(Value::Null) })
    }

    /// The function of a request that changes it, if nothing else is changing it now.
    pub(super) fn changeable(&self, call: &Call) -> Result<Record, Fault> {
        let named = Self::named(call)?;
        let arn = self.function_arn(&named.region, &named.name);
        self.permit(call, &arn)?;
        let record = self.find(&named)?;
        unless_settling(&record)?;
        let revision = call.input.member("RevisionId").as_str();
        if revision.is_some_and(|revision| revision != record.revision) {
            let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias \
                           API to retrieve the latest Revision Id";
            return Err(Fault::client("PreconditionFailedException", message).status(412));
        }
        Ok(record)
    }
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
