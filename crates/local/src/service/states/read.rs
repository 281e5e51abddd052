//! The operations that describe one thing.

use crate::member::Member as _;
use serde_json::Value;

use super::fault::no_machine;
use super::name::{checked_execution_arn, checked_machine_arn};
use super::service::Inner;
use super::state::text;
use crate::wire::{Answer, Call, Fault};

impl Inner {
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
    pub(super) fn describe_state_machine(&self, call: &Call) -> Result<Answer, Fault> {
        let arn = checked_machine_arn(text(&call.input, "stateMachineArn"))?;
        self.permit(call, arn)?;
        let with_definition = all_data(&call.input);
        let state = self.state();
        let machine = state.machines.get(arn).ok_or_else(|| no_machine(arn))?;
        Ok(Answer::members(machine.record.describe(with_definition)))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>
    pub(super) fn describe_for_execution(&self, call: &Call) -> Result<Answer, Fault> {
        let arn = checked_execution_arn(text(&call.input, "executionArn"))?;
        self.permit(call, arn)?;
        let execution = self.execution(arn)?;
        let machine = execution.machine.as_ref().ok_or_else(|| no_machine(&execution.facts.machine_arn))?;
        Ok(Answer::members(machine.record.describe_for_execution(all_data(&call.input))))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
    pub(super) fn describe_execution(&self, call: &Call) -> Result<Answer, Fault> {
        let arn = checked_execution_arn(text(&call.input, "executionArn"))?;
        self.permit(call, arn)?;
        let with_data = all_data(&call.input);
        let execution = self.execution(arn)?;
        Ok(Answer::members(execution.describe(with_data)))
    }
}

/// Reads `includedData`.
pub(super) fn all_data(input: &Value) -> bool {
    input.member("includedData") != "METADATA_ONLY"
}
