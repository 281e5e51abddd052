//! The operations that describe one thing.

use crate::member::Member as _;
use serde_json::Value;

use super::access::Access;
use super::name::{checked_execution_arn, checked_machine_arn};
use super::registry::Registry;
use super::state::text;
use crate::wire::{Answer, Call, Fault};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
pub(super) fn describe_state_machine(access: &Access, registry: &Registry, call: &Call) -> Result<Answer, Fault> {
    let arn = checked_machine_arn(text(&call.input, "stateMachineArn"))?;
    access.permit(call, arn)?;
    let with_definition = all_data(&call.input);
    let machine = registry.machine(arn)?;
    Ok(Answer::members(machine.record.describe(with_definition)))
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>
pub(super) fn describe_for_execution(access: &Access, registry: &Registry, call: &Call) -> Result<Answer, Fault> {
    let arn = checked_execution_arn(text(&call.input, "executionArn"))?;
    access.permit(call, arn)?;
    let execution = registry.execution(arn)?;
    Ok(Answer::members(execution.machine.record.describe_for_execution(all_data(&call.input))))
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
pub(super) fn describe_execution(access: &Access, registry: &Registry, call: &Call) -> Result<Answer, Fault> {
    let arn = checked_execution_arn(text(&call.input, "executionArn"))?;
    access.permit(call, arn)?;
    let with_data = all_data(&call.input);
    let execution = registry.execution(arn)?;
    Ok(Answer::members(execution.describe(with_data)))
}

/// Reads `includedData`.
pub(super) fn all_data(input: &Value) -> bool {
    input.member("includedData") != "METADATA_ONLY"
}
