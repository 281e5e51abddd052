//! UpdateStateMachine and DeleteStateMachine.

use crate::member::Member as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::access::Access;
use super::checker::{Checker, checked_definition, checked_role_arn, refuse_parts};
use super::engine::Engine;
use super::execution::Status;
use super::fault::{deleting, no_machine};
use super::logging::Logging;
use super::machine::{MACHINES, StateMachine, seconds};
use super::name::checked_machine_arn;
use super::registry::Registry;
use super::state::text;
use crate::clock::Clock;
use crate::wire::{Answer, Call, Fault};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html>
pub(super) fn update_state_machine(
    checker: &Checker,
    registry: &Registry,
    clock: &Clock,
    call: &Call,
) -> Result<Answer, Fault> {
    let input = &call.input;
    let arn = checked_machine_arn(text(input, "stateMachineArn"))?;
    checker.access.permit(call, arn)?;
    refuse_parts(input, &call.operation)?;
    let changes = ["definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration"];
    if changes.iter().all(|member| input.member(member).is_null()) {
        let message = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration \
                       must be specified";
        return Err(Fault::client("MissingRequiredParameter", message));
    }
    let mut machine = StateMachine::clone(&*registry.machine(arn)?);
    let before = machine.record.clone();
    if machine.record.deleting {
        return Err(deleting(arn));
    }
    let mut parsed = None;
    if let Some(definition) = input.member("definition").as_str() {
        parsed = Some(checked_definition(definition, machine.record.express)?);
        definition.clone_into(&mut machine.record.definition);
        machine = StateMachine::new(machine.record);
    }
    if let Some(role) = input.member("roleArn").as_str() {
        checked_role_arn(role)?.clone_into(&mut machine.record.role_arn);
    }
    if input.member("loggingConfiguration").is_object() {
        machine.record.logging = Logging::read(input.member("loggingConfiguration"), checker.logs.as_ref())?;
    }
    if let Some(enabled) = input.member("tracingConfiguration").member("enabled").as_bool() {
        machine.record.tracing = enabled;
    }
    if !input["roleArn"].is_null() || !input["loggingConfiguration"].is_null() {
        checker.role(&call.caller, &machine.record)?;
    }
    if input.member("loggingConfiguration").is_object() {
        checker.delivery(registry, &machine.record)?;
    }
    if !input["roleArn"].is_null() || !input["definition"].is_null() {
        let definition = parsed.map_or_else(|| registry.definition(&machine), |parsed| Ok(Arc::new(parsed)))?;
        checker.managed_rule(&definition, &machine.record)?;
    }
    let now = clock.now_ms();
    // A revision is what was changed: the same content again is no new one.
    if machine.record.differs(&before) {
        machine.record.revision = Some(crate::random::uuid());
    }
    machine.record.updated_ms = Some(now);
    let revision = machine.record.revision.clone();
    let mut state = registry.state();
    let there = state.machines.get_mut(arn).ok_or_else(|| no_machine(arn))?;
    registry.store.put(MACHINES, arn, json!(machine.record));
    *there = Arc::new(machine);
    Ok(Answer::members(json!({ "updateDate": seconds(now), "revisionId": revision })))
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html>: a machine that is not
/// there is deleted; one with running executions is `DELETING` until they have ended.
pub(super) fn delete_state_machine(access: &Access, engine: &Engine, call: &Call) -> Result<Answer, Fault> {
    let arn = match checked_machine_arn(text(&call.input, "stateMachineArn")) {
        Err(fault) if fault.code == "StateMachineDoesNotExist" => return Ok(Answer::members(Value::Null)),
        checked => checked?,
    };
    access.permit(call, arn)?;
    let running: Vec<_> = {
        let mut state = engine.registry.state();
        let machine = state.machines.get_mut(arn).map(Arc::make_mut);
        let Some(machine) = machine else { return Ok(Answer::members(Value::Null)) };
        machine.record.deleting = true;
        let record = json!(machine.record);
        if !state.is_running(arn) {
            state.purge(arn, &engine.registry.store);
            return Ok(Answer::members(Value::Null));
        }
        engine.registry.store.put(MACHINES, arn, record);
        let executions = state.by_machine.get(arn).into_iter().flat_map(|executions| executions.values());
        executions.filter(|execution| execution.status() == Status::Running).cloned().collect()
    };
    for execution in running {
        engine.stop(&execution, None, None);
    }
    Ok(Answer::members(Value::Null))
}
